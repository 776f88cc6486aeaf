// hot path: no allocation after start
import { BarBuilder } from '../analysis/bars.ts';
import type { Instrument } from '../core/instrument.ts';
import { STRATEGIES_MAX } from '../core/limits.ts';
import { ActivityBars, isSameLength } from './activity-bars.ts';
import type { BarByActivity, BarLength, ClosedBarView } from './strategy-api.ts';
import type { BookUpdated, TradeTick } from '../messages/codecs.ts';

/** Bar series (instrument and length) one strategy actor builds. */
const BAR_SERIES_MAX = 256;
/** A quiet bar is closed this long after its end by the venue's clock: a trade just before the end may still be on its way. */
const CLOSE_GRACE_MS = 50;

/** Receives a closed bar and the strategies that asked for it: 1 at the index of each. */
export type OnBar = (bar: ClosedBarView, wantedBy: Uint8Array) => void;

class BarSeries {
  readonly builder: BarBuilder;
  readonly wantedBy: Uint8Array = new Uint8Array(STRATEGIES_MAX);

  constructor(instrumentIndex: number, intervalMs: number, onBar: OnBar) {
    this.builder = new BarBuilder(instrumentIndex, intervalMs, (bar) => {
      onBar(bar, this.wantedBy);
    });
  }
}

class ActivitySeries {
  readonly bars: ActivityBars;
  readonly wantedBy: Uint8Array = new Uint8Array(STRATEGIES_MAX);

  constructor(instrument: Instrument, length: BarByActivity, onBar: OnBar) {
    this.bars = new ActivityBars(instrument, length, (bar) => {
      onBar(bar, this.wantedBy);
    });
  }
}

/** Builds each bar series once, however many strategies want it. One thread. */
export class BarService {
  private readonly byInstrument: readonly BarSeries[][];
  private readonly byActivity: readonly ActivitySeries[][];
  private readonly onBar: OnBar;
  private seriesCount: number;

  constructor(instrumentCount: number, onBar: OnBar) {
    this.byInstrument = Array.from({ length: instrumentCount }, () => []);
    this.byActivity = Array.from({ length: instrumentCount }, () => []);
    this.onBar = onBar;
    this.seriesCount = 0;
  }

  /** Ends all subscriptions of a strategy; a series that nobody wants any more is no longer built. */
  unsubscribe(strategyIndex: number): void {
    for (const list of [...this.byInstrument, ...this.byActivity]) {
      for (let place = list.length - 1; place >= 0; place--) {
        const { wantedBy } = list[place];
        if (wantedBy[strategyIndex] === 0) continue;
        wantedBy[strategyIndex] = 0;
        if (wantedBy.includes(1)) continue;
        list.splice(place, 1);
        this.seriesCount--;
      }
    }
  }

  /** Adds a subscription; at the start of a strategy only. @throws RangeError for a bad argument or too many series */
  subscribe(
    strategyIndex: number,
    instrument: Instrument | undefined,
    instrumentIndex: number,
    length: BarLength,
  ): void {
    if (instrument === undefined || this.byInstrument[instrumentIndex] === undefined)
      throw new RangeError(`subscribeBars: there is no instrument ${instrumentIndex}`);
    const series =
      typeof length === 'number' ? this.timed(instrumentIndex, length) : this.active(instrument, length);
    series.wantedBy[strategyIndex] = 1;
  }

  private timed(instrumentIndex: number, intervalMs: number): BarSeries {
    const list = this.byInstrument[instrumentIndex];
    if (!Number.isSafeInteger(intervalMs) || intervalMs <= 0) {
      throw new RangeError(`subscribeBars: a bar lasts a whole number of milliseconds, not ${intervalMs}`);
    }
    const known = list.find((candidate) => candidate.builder.intervalMs === intervalMs);
    if (known !== undefined) return known;
    this.requireRoom();
    const series = new BarSeries(instrumentIndex, intervalMs, this.onBar);
    list.push(series);
    this.seriesCount++;
    return series;
  }

  private active(instrument: Instrument, length: BarByActivity): ActivitySeries {
    const list = this.byActivity[instrument.index];
    const known = list.find(({ bars }) => isSameLength(bars, length));
    if (known !== undefined) return known;
    this.requireRoom();
    const series = new ActivitySeries(instrument, length, this.onBar);
    list.push(series);
    this.seriesCount++;
    return series;
  }

  private requireRoom(): void {
    if (this.seriesCount === BAR_SERIES_MAX)
      throw new RangeError(`subscribeBars: more than ${BAR_SERIES_MAX} bar series`);
  }

  /** What bars by activity are asked for, in words, each once. Allocates: for tools. */
  activities(): string[] {
    const all = this.byActivity.flatMap((list) =>
      list.map(({ bars: { basis, size } }) => `${basis} ${size}`),
    );
    return [...new Set(all)];
  }

  /** The lengths of the bars that are asked for, each once, shortest first. Allocates: for tools. */
  intervalsMs(): number[] {
    const lengths = this.byInstrument.flatMap((list) => list.map(({ builder }) => builder.intervalMs));
    return [...new Set(lengths)].sort((a, b) => a - b);
  }

  // Records are handed on whole: a double passed to a function that is not inlined is a new object per call.

  onTrade(trade: TradeTick): void {
    const list = this.byInstrument[trade.instrumentIndex];
    for (let index = 0; index < list.length; index++) {
      list[index].builder.addTradeOf(trade);
    }
    const active = this.byActivity[trade.instrumentIndex];
    for (let index = 0; index < active.length; index++) active[index].bars.addTrade(trade);
  }

  /** A valid book says that trades are whole after it, and how far the venue's clock is: quiet bars close too. */
  onBook(updated: BookUpdated): void {
    const list = this.byInstrument[updated.instrumentIndex];
    // Snapshots bear no venue time.
    if (list.length === 0 || updated.exchangeTsMs <= 0) return;
    for (let index = 0; index < list.length; index++) {
      list[index].builder.noteDataFrom(updated.exchangeTsMs + 1);
      list[index].builder.advanceTo(updated.exchangeTsMs - CLOSE_GRACE_MS);
    }
  }

  /** Trades may be missing from now on. */
  noteGap(instrumentIndex: number): void {
    const list = this.byInstrument[instrumentIndex];
    for (let index = 0; index < list.length; index++) list[index].builder.noteGap();
    const active = this.byActivity[instrumentIndex];
    for (let index = 0; index < active.length; index++) active[index].bars.noteGap();
  }
}
