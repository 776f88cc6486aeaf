import type { ConfidenceCalibration, ForecastQuality } from '../../analysis/models/confidence-calibration.ts';
import type { JudgedModels } from '../../analysis/models/judge-models.ts';
import type { MergedSignal } from '../../analysis/signals/merge-signals.ts';
import type { OutcomeStatistics } from '../../analysis/signals/outcome-statistics.ts';
import type { Outcome } from '../../analysis/signals/signal-outcome.ts';
import type { Signal } from '../../analysis/signals/signal.ts';
import { columns, table } from '../cli/text-table.ts';
import { fixedText, priceText, signedText, timeText } from './analysis-numbers.ts';

/** A signal as `--json` tells it; `outcome` is null while it is open. */
export function signalJson(signal: Signal, outcome: Outcome | null): object {
  const { timeframe, confidence, ...rest } = signal;
  const told =
    outcome === null
      ? null
      : {
          kind: outcome.kind,
          timeMs: outcome.timeMs,
          exit: outcome.exit,
          favourableAtr: outcome.favourableAtr,
          adverseAtr: outcome.adverseAtr,
          r: outcome.rMultiple,
        };
  return { timeframe: timeframe.name, ...rest, ...confidence, outcome: told };
}

/** What the living signals say together; absent prices are null. */
export function mergedJson(merged: MergedSignal | null): object | null {
  if (merged === null) return null;
  const { direction, signals, entry, stop, target, ...rest } = merged;
  const prices = direction === 0 ? { entry: null, stop: null, target: null } : { entry, stop, target };
  return {
    direction,
    isConflict: direction === 0,
    ...rest,
    ...prices,
    signals: signals.map((signal) => signalJson(signal, null)),
  };
}

/** The list of signals, what the living ones say together, and the statistics, for people. */
export function signalsText(
  signals: readonly Signal[],
  outcomes: ReadonlyMap<Signal, Outcome>,
  merged: MergedSignal | null,
  statistics: readonly OutcomeStatistics[],
  tick: number,
): string {
  const rows = signals.map((signal) => {
    const outcome = outcomes.get(signal);
    return [
      timeText(signal.timeMs),
      signal.timeframe.name,
      signal.direction > 0 ? 'long' : 'short',
      priceText(signal.entry, tick),
      priceText(signal.stop, tick),
      priceText(signal.target, tick),
      `${fixedText(signal.confidence.final, 3)} ${signal.priority}`,
      outcome === undefined ? 'open' : `${outcome.kind} ${signedText(outcome.rMultiple, 2)} R`,
      signal.pattern,
    ];
  });
  const head = ['TIME', 'TF', 'SIDE', 'ENTRY', 'STOP', 'TARGET', 'CONFIDENCE', 'OUTCOME', 'PATTERN'];
  const list = rows.length === 0 ? 'no signals' : columns([head, ...rows]);
  return [list, '', mergedText(merged, tick), '', statisticsText(statistics)].join('\n');
}

function mergedText(merged: MergedSignal | null, tick: number): string {
  if (merged === null) return 'no signal is alive';
  const strengths = `up ${fixedText(merged.upStrength, 3)}, down ${fixedText(merged.downStrength, 3)}`;
  if (merged.direction === 0) return `together: conflict (${strengths}), not traded`;
  const side = merged.direction > 0 ? 'long' : 'short';
  const prices = [merged.entry, merged.stop, merged.target].map((price) => priceText(price, tick));
  const plan = `${side} at ${prices[0]}, stop ${prices[1]}, target ${prices[2]}`;
  return `together: ${plan}, confidence ${fixedText(merged.confidence, 2)} (${strengths})`;
}

/** Statistics of outcomes as a table. */
export function statisticsText(statistics: readonly OutcomeStatistics[]): string {
  if (statistics.length === 0) return 'no outcomes yet';
  const percent = (share: number): string => fixedText(100 * share, 0);
  const rows = statistics.map((one) => [
    `${one.group} ${one.key}`,
    `${one.count}`,
    `${percent(one.winRate)} %`,
    `${percent(one.winRateLow)}..${percent(one.winRateHigh)}`,
    signedText(one.meanR, 2),
    fixedText(one.meanFavourableAtr, 2),
    fixedText(one.meanAdverseAtr, 2),
    one.isFew ? 'few' : '',
  ]);
  const head = ['outcomes by', 'count', 'target', '95 %', 'mean R', 'for, ATR', 'against', ''];
  return table([head, ...rows]);
}

/** What confidences and patterns are worth as a probability of the target, for people. */
export function calibrationText(
  { learned, judged, quality }: ConfidenceCalibration,
  models: JudgedModels | null,
): string {
  if (quality === null || models === null)
    return `probability of the target: uncalibrated (${learned + judged} outcomes were target or stop)`;
  const row = (name: string, of: ForecastQuality, weight = '', health = ''): string[] => [
    name,
    fixedText(of.brier, 4),
    fixedText(of.calibrationError, 3),
    signedText(of.skill, 3),
    weight,
    health,
  ];
  const rows = [
    row('the confidence itself', quality.raw),
    ...models.models.map(({ name, weight, health, isBenched, quality: own }) =>
      row(name, own, fixedText(weight, 2), isBenched ? 'benched' : fixedText(health, 0)),
    ),
    row('together', models.consensus),
  ];
  const head = ['probability of the target', 'Brier', 'error', 'skill', 'weight', 'health'];
  return `${table([head, ...rows])}\nlearned from ${learned} outcomes, judged by the ${judged} after them`;
}
