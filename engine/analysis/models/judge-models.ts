import type { Outcome } from '../signals/signal-outcome.ts';
import { isotonicBlocks, isotonicCalibration, plattCalibration, plattLine } from './calibration.ts';
import { forecastsOf, type ForecastQuality, learnedCountOf, qualityOf } from './confidence-calibration.ts';
import { consensusOf, JUDGED_MAX, modelWeights } from './consensus.ts';
import { calibrationErrorOf, type JudgedForecast, skillOf } from './forecast-quality.ts';
import { Bench, decilesOf, type FeatureDeciles, healthOf, stabilityIndexOf } from './model-health.ts';

/** Outcomes that the base rate counts as in the rate of a pattern. */
const PRIOR_OUTCOMES = 10;
/** A model is not judged by fewer outcomes. */
const JUDGED_MIN = 100;

/** A model after the last outcome. */
export interface JudgedModel {
  readonly name: string;
  /** Share of the consensus, 0..1. */
  readonly weight: number;
  /** 0..100. */
  readonly health: number;
  readonly isBenched: boolean;
  readonly quality: ForecastQuality;
}

/** Models of the target being reached before the stop, judged by outcomes they did not learn from. */
export interface JudgedModels {
  readonly models: readonly JudgedModel[];
  /** What they said together before each outcome, with the weights of that moment; absent where fewer than half had a say. */
  readonly consensus: ForecastQuality & { readonly forecasts: number; readonly meanAgreement: number };
}

interface Model {
  readonly name: string;
  readonly forecast: (outcome: Outcome) => number;
  readonly judged: JudgedForecast[];
  readonly bench: Bench;
  health: number;
}

/**
 * Learns three models from the earlier outcomes (confidence by Platt's scaling, confidence by isotonic regression, how often
 * the pattern reached its target) and lets them forecast the later ones, one after the other. null = too few. Pure.
 */
export function judgeModels(outcomes: readonly Outcome[]): JudgedModels | null {
  const ended = outcomes.filter(({ kind }) => kind !== 'expired').toSorted((a, b) => a.timeMs - b.timeMs);
  const learned = learnedCountOf(ended.length);
  const later = ended.slice(learned);
  const models = modelsFrom(ended.slice(0, learned));
  const deciles = decilesOf(ended.slice(0, learned).map(confidenceOf));
  if (models === null || deciles === null || later.length === 0) return null;
  const together: JudgedForecast[] = [];
  const agreements: number[] = [];
  for (const [place, outcome] of later.entries()) {
    const hit = outcome.kind === 'target' ? 1 : 0;
    const answers = models.map(({ forecast, bench: { isBenched } }) => ({
      probability: forecast(outcome),
      tookMs: 0,
      isBenched,
    }));
    const names = models.map(({ name }) => name);
    const said = consensusOf(names, modelWeights(recordsOf(models)), answers);
    if (said.probability !== null && said.agreement !== null) {
      together.push({ probability: said.probability, hit });
      agreements.push(said.agreement);
    }
    for (const [at, model] of models.entries())
      model.judged.push({ probability: answers[at].probability, hit });
    if (place + 1 >= JUDGED_MIN) updateHealth(models, deciles, later.slice(0, place + 1));
  }
  const weights = modelWeights(recordsOf(models));
  return {
    models: models.map(({ name, judged, health, bench }, at) => ({
      name,
      weight: weights[at],
      health,
      isBenched: bench.isBenched,
      quality: qualityOf(judged),
    })),
    consensus: {
      ...qualityOf(together),
      forecasts: together.length,
      meanAgreement: agreements.reduce((sum, one) => sum + one, 0) / agreements.length,
    },
  };
}

function confidenceOf({ signal }: Outcome): number {
  return signal.confidence.final;
}

function recordsOf(models: readonly Model[]): { name: string; forecasts: readonly JudgedForecast[] }[] {
  return models.map(({ name, judged }) => ({ name, forecasts: judged }));
}

/** The only feature of these models is the confidence; the pattern is a name. */
function updateHealth(models: readonly Model[], deciles: FeatureDeciles, seen: readonly Outcome[]): void {
  const index = stabilityIndexOf(deciles, seen.slice(-JUDGED_MAX).map(confidenceOf));
  for (const model of models) {
    const judged = model.judged.slice(-JUDGED_MAX);
    model.health = healthOf([index], calibrationErrorOf(judged), skillOf(judged));
    model.bench.update(model.health);
  }
}

function modelsFrom(learned: readonly Outcome[]): Model[] | null {
  const forecasts = forecastsOf(learned);
  const line = plattLine(forecasts);
  const blocks = isotonicBlocks(forecasts);
  if (line === null || blocks === null) return null;
  const platt = plattCalibration(line);
  const isotonic = isotonicCalibration(blocks);
  const rate = forecasts.reduce((sum, { hit }) => sum + hit, 0) / forecasts.length;
  const byPattern = new Map<string, { hits: number; count: number }>();
  for (const { signal, kind } of learned) {
    const known = byPattern.get(signal.pattern) ?? { hits: 0, count: 0 };
    byPattern.set(signal.pattern, {
      hits: known.hits + (kind === 'target' ? 1 : 0),
      count: known.count + 1,
    });
  }
  const patternRate = ({ signal }: Outcome): number => {
    const { hits, count } = byPattern.get(signal.pattern) ?? { hits: 0, count: 0 };
    return (hits + PRIOR_OUTCOMES * rate) / (count + PRIOR_OUTCOMES);
  };
  const model = (name: string, forecast: (outcome: Outcome) => number): Model => ({
    name,
    forecast,
    judged: [],
    bench: new Bench(),
    health: 100,
  });
  return [
    model('confidence (Platt)', (outcome) => platt(confidenceOf(outcome))),
    model('confidence (isotonic)', (outcome) => isotonic(confidenceOf(outcome))),
    model('pattern', patternRate),
  ];
}
