import { clamp } from '../../core/clamp.ts';
import { pearsonOf } from '../portfolio/correlation.ts';
import { logisticOf, logitOf } from './calibration.ts';
import { type JudgedForecast, skillOf } from './forecast-quality.ts';

/** Outcomes that a model is judged by. */
export const JUDGED_MAX = 500;
const SKILL_MIN = 0.02;
const SKILL_MAX = 0.5;
/** A later answer is none. */
export const ANSWER_MS_MAX = 50;
const QUORUM = 0.5;

/** What is known of a model: its forecasts of the same outcomes as those of the other models, oldest first. */
export interface ModelRecord {
  readonly name: string;
  /** NaN probabilities = it had nothing to say. At most the last 500 are looked at. */
  readonly forecasts: readonly JudgedForecast[];
}

/** Why a model has no say. */
export type Abstention = 'missing' | 'late' | 'nan' | 'benched';

/** What a model says now. */
export interface ModelAnswer {
  /** Probability of the target before the stop; null = it did not answer. */
  readonly probability: number | null;
  /** How long the answer took. */
  readonly tookMs: number;
  readonly isBenched: boolean;
}

/** What the models say together. */
export interface Consensus {
  /** null = those that answered have less than half of the weight. */
  readonly probability: number | null;
  /** 1 = all say the same; null with the probability. */
  readonly agreement: number | null;
  /** Share of the weight that answered, 0..1. */
  readonly answered: number;
  readonly abstentions: readonly { readonly name: string; readonly reason: Abstention }[];
}

/**
 * Weights of models, by place, sum 1: skill within 0.02..0.5, divided by one and the sum of the positive correlations with
 * better models. Correlated are the misses (forecast less outcome) over the outcomes both forecast; of equal skill the
 * earlier model counts as better. Pure.
 */
export function modelWeights(models: readonly ModelRecord[]): number[] {
  const judged = models.map(({ forecasts }) => forecasts.slice(-JUDGED_MAX));
  const skills = judged.map((forecasts) =>
    skillOf(forecasts.filter(({ probability }) => !Number.isNaN(probability))),
  );
  const raw = skills.map((skill, place) => {
    let likeness = 0;
    for (const [other, otherSkill] of skills.entries()) {
      const isBetter = otherSkill > skill || (otherSkill === skill && other < place);
      if (isBetter) likeness += Math.max(0, missCorrelation(judged[place], judged[other]));
    }
    return clamp(skill, SKILL_MIN, SKILL_MAX) / (1 + likeness);
  });
  const total = raw.reduce((sum, weight) => sum + weight, 0);
  return raw.map((weight) => weight / total);
}

/** 0 when too little is in common, or one of them never differs. */
function missCorrelation(one: readonly JudgedForecast[], other: readonly JudgedForecast[]): number {
  const shared = Math.min(one.length, other.length);
  const a: number[] = [];
  const b: number[] = [];
  for (let back = shared; back >= 1; back--) {
    const missA = one[one.length - back].probability - one[one.length - back].hit;
    const missB = other[other.length - back].probability - other[other.length - back].hit;
    if (Number.isNaN(missA) || Number.isNaN(missB)) continue;
    a.push(missA);
    b.push(missB);
  }
  const correlation = a.length < 2 ? NaN : pearsonOf(a, b);
  return Number.isNaN(correlation) ? 0 : correlation;
}

/**
 * Joins what models say: the weighted mean of their logits. Who is late, silent, without a number or benched abstains; with
 * less than half of all weight answering there is none. Agreement: 1 - 2 x weighted mean distance from the result. Pure.
 * @param weights by place; see modelWeights
 */
export function consensusOf(
  names: readonly string[],
  weights: readonly number[],
  answers: readonly ModelAnswer[],
): Consensus {
  const abstentions: { name: string; reason: Abstention }[] = [];
  const voters: { weight: number; probability: number }[] = [];
  for (const [place, answer] of answers.entries()) {
    const reason = abstentionOf(answer);
    if (reason === null) voters.push({ weight: weights[place], probability: answer.probability! });
    else abstentions.push({ name: names[place], reason });
  }
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const voting = voters.reduce((sum, { weight }) => sum + weight, 0);
  const answered = total === 0 ? 0 : voting / total;
  if (voting === 0 || answered < QUORUM) return { probability: null, agreement: null, answered, abstentions };
  const meanOf = (value: (probability: number) => number): number =>
    voters.reduce((sum, { weight, probability }) => sum + weight * value(probability), 0) / voting;
  const probability = logisticOf(meanOf(logitOf));
  const agreement = 1 - 2 * meanOf((each) => Math.abs(each - probability));
  return { probability, agreement, answered, abstentions };
}

function abstentionOf({ probability, tookMs, isBenched }: ModelAnswer): Abstention | null {
  if (isBenched) return 'benched';
  if (probability === null) return 'missing';
  if (tookMs > ANSWER_MS_MAX) return 'late';
  return probability >= 0 && probability <= 1 ? null : 'nan';
}
