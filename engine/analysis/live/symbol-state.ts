import type { ClosedCandle } from '../bars/candle.ts';
import { TIMEFRAMES } from '../bars/timeframe.ts';
import type { ReportFrame } from '../report/deep-report.ts';
import { makeReport } from '../report/make-report.ts';
import { quickFrame } from '../report/quick-frame.ts';
import { reportInputsOf } from '../report/report-inputs.ts';
import { mergeSignals } from '../signals/merge-signals.ts';
import type { Outcome } from '../signals/signal-outcome.ts';
import type { MergedNews } from '../signals/signal-table.ts';
import type { Signal } from '../signals/signal.ts';
import { SymbolSignals } from '../signals/symbol-signals.ts';
import { buildContext, type LiveInputs } from '../symbol/build-context.ts';
import { ANCHOR, SymbolAnalysis } from '../symbol/symbol-analysis.ts';
import { barAt, type SeriesColumns } from './series-history.ts';
import {
  type PackedBars,
  PACKED_NUMBERS,
  type SymbolAnswer,
  type SymbolSeed,
  type SymbolTask,
} from './symbol-task.ts';
import type { TakenCandle } from './taken-candle.ts';

/** How far a score made anew may be from the kept one where the kept one knows bars that are forgotten. */
const FORGOTTEN_TOLERANCE = 1e-3;

const [MINUTE] = TIMEFRAMES;

/** The analysis of one symbol as a thread of the pool keeps it. One thread. */
export class SymbolState {
  readonly generation: number;
  private signals: SymbolSignals;
  private news: { signals: Signal[]; outcomes: Outcome[] };
  private isTold: boolean;

  constructor(generation: number, seed: SymbolSeed) {
    this.generation = generation;
    this.news = { signals: [], outcomes: [] };
    this.isTold = true;
    this.signals = this.made(seed);
  }

  /** Takes the bars and answers. */
  answer(task: SymbolTask): SymbolAnswer {
    takePacked(this.signals, task.bars);
    const isDrifted = task.isForced && this.remake(task.seed);
    const { analysis } = this.signals;
    const { live, previous, version, isBetween } = task;
    const quick = quickFrame(analysis, live, previous, version, isBetween);
    const report = task.wantsReport
      ? makeReport(reportInputsOf(analysis, live, previous, version, isBetween)).report
      : null;
    const { signals, outcomes } = this.news;
    this.news = { signals: [], outcomes: [] };
    return {
      instrumentIndex: task.instrumentIndex,
      generation: this.generation,
      failure: null,
      ...quick,
      report,
      context: contextText(analysis, live, quick.frame),
      signals,
      outcomes,
      merged: mergedNews(this.signals, live.nowMs ?? analysis.finest.metrics.closeTimeMs),
      minuteAtr: analysis.of(MINUTE)?.metrics.atr.value ?? NaN,
      isDrifted,
    };
  }

  /** Makes the analysis anew from all bars; it takes the place of the kept one when that is another. */
  private remake(seed: SymbolSeed | null): boolean {
    if (seed === null) return false;
    this.isTold = false;
    const anew = this.made(seed);
    this.isTold = true;
    const isSame = isSameAnalysis(this.signals.analysis, anew.analysis);
    if (!isSame) this.signals = anew;
    return !isSame;
  }

  private made(seed: SymbolSeed): SymbolSignals {
    const timeframes = seed.series.map(({ slot }) => TIMEFRAMES[slot]);
    const signals = new SymbolSignals(new SymbolAnalysis(seed.symbol, timeframes, seed.tick), seed.feeBps, {
      onSignal: (signal) => {
        if (this.isTold) this.news.signals.push(signal);
      },
      onOutcome: (outcome) => {
        if (this.isTold) this.news.outcomes.push(outcome);
      },
    });
    for (const { slot, bar } of inOrder(seed.series)) signals.update(TIMEFRAMES[slot], bar, bar.buyVolume);
    return signals;
  }
}

function mergedNews(signals: SymbolSignals, nowMs: number): MergedNews | null {
  const merged = mergeSignals(signals.book.alive(nowMs));
  if (merged === null) return null;
  const { signals: own, ...said } = merged;
  const untilMs = own.reduce((first, { expiresMs }) => Math.min(first, expiresMs), Infinity);
  return { ...said, untilMs, signalCount: own.length };
}

/** The context as it goes over the wire, with the bias that was found in this turn. */
function contextText(analysis: SymbolAnalysis, live: LiveInputs, frame: ReportFrame | null): string {
  const bias =
    frame === null ? null : { value: frame.value, class: frame.class, validUntil: frame.validUntil };
  const profiles = analysis.profiles.read(analysis.of(ANCHOR));
  return JSON.stringify(buildContext(analysis, profiles, { ...live, bias }));
}

/** Writes one bar into `into`, at the place of the `index`-th. */
export function packBar(into: PackedBars, index: number, slot: number, bar: TakenCandle): void {
  const at = index * PACKED_NUMBERS;
  into[at] = slot;
  into[at + 1] = bar.openTimeMs;
  into[at + 2] = bar.open;
  into[at + 3] = bar.high;
  into[at + 4] = bar.low;
  into[at + 5] = bar.close;
  into[at + 6] = bar.volume;
  into[at + 7] = bar.buyVolume;
  into[at + 8] = bar.isComplete ? 1 : 0;
}

function takePacked(signals: SymbolSignals, bars: PackedBars): void {
  for (let at = 0; at < bars.length; at += PACKED_NUMBERS) {
    const bar: ClosedCandle = {
      kind: 'closed',
      openTimeMs: bars[at + 1],
      open: bars[at + 2],
      high: bars[at + 3],
      low: bars[at + 4],
      close: bars[at + 5],
      volume: bars[at + 6],
      isComplete: bars[at + 8] === 1,
    };
    signals.update(TIMEFRAMES[bars[at]], bar, bars[at + 7]);
  }
}

/** The bars of all series by the time they closed, of those that closed together the longest first. */
function* inOrder(series: readonly SeriesColumns[]): Generator<{ slot: number; bar: TakenCandle }> {
  const longestFirst = series.toSorted((a, b) => b.slot - a.slot);
  const next = new Uint32Array(longestFirst.length);
  for (;;) {
    let first = -1;
    let firstCloseMs = Infinity;
    for (const [place, { slot, columns }] of longestFirst.entries()) {
      if (next[place] >= columns[0].length) continue;
      const closeMs = columns[0][next[place]] + TIMEFRAMES[slot].lengthMs;
      if (closeMs >= firstCloseMs) continue;
      first = place;
      firstCloseMs = closeMs;
    }
    if (first < 0) return;
    const { slot, columns } = longestFirst[first];
    yield { slot, bar: barAt(columns, next[first]++) };
  }
}

/** Whether two analyses that ended with the same bars say the same. */
function isSameAnalysis(kept: SymbolAnalysis, anew: SymbolAnalysis): boolean {
  return kept.timeframes.every(({ metrics }, place) => {
    const other = anew.timeframes[place].metrics;
    // Where bars were forgotten, averages began later: what is left of the difference is small.
    const tolerance = metrics.barCount === other.barCount ? 0 : FORGOTTEN_TOLERANCE;
    const isNear = (one: number, two: number): boolean =>
      Object.is(one, two) || Math.abs(one - two) <= tolerance;
    return (
      metrics.closeTimeMs === other.closeTimeMs &&
      isNear(metrics.trend, other.trend) &&
      isNear(metrics.momentum, other.momentum) &&
      isNear(metrics.position, other.position) &&
      isNear(metrics.structure, other.structure) &&
      isNear(metrics.flow, other.flow) &&
      isNear(metrics.score, other.score)
    );
  });
}
