// hot path: no allocation after start
import { invariant } from '../core/assert.ts';

/**
 * The bar model of strategies and of the slow path: open, high, low, close and volume of an interval, made from trades
 * with the venue's time or from smaller bars. A closed bar can no longer change and a forming one still does: they are
 * different types, so that half a bar is not taken for a whole one by mistake. Pure; one thread per builder.
 */

const DAY_MS = 86_400_000;
const WEEK_MS = 7 * DAY_MS;
/** The epoch was a Thursday; weeks open on Monday 00:00 UTC (as Binance's do). */
const MONDAY_OFFSET_MS = 4 * DAY_MS;
/** Bars without trades handed out in one call; a longer silence is skipped and leaves an incomplete bar behind it. */
export const EMPTY_BARS_MAX = 64;

/** Interval names as exchanges write them, in milliseconds. */
export const BAR_INTERVAL_MS = {
  '1m': 60_000,
  '5m': 300_000,
  '15m': 900_000,
  '1h': 3_600_000,
  '4h': 14_400_000,
  '1d': 86_400_000,
  '1w': 604_800_000,
} as const;

interface BarFigures {
  readonly instrumentIndex: number;
  readonly intervalMs: number;
  /** Venue time, ms since the epoch; the bar covers [openTimeMs, openTimeMs + intervalMs). */
  readonly openTimeMs: number;
  readonly openTicks: number;
  readonly highTicks: number;
  readonly lowTicks: number;
  readonly closeTicks: number;
  readonly volumeLots: number;
  /** Trades, or smaller bars' trades. 0 = nobody traded: the prices are the last close. */
  readonly tradeCount: number;
}

/** A bar that can no longer change. */
export interface ClosedBar extends BarFigures {
  readonly kind: 'closed';
  /** False when trades are known, or must be feared, to be missing from it. */
  readonly isComplete: boolean;
}

/** The bar of the present interval, as far as it is known. */
export interface FormingBar extends BarFigures {
  readonly kind: 'forming';
  /** Whether it would be complete if it closed without a gap from here on. */
  readonly isCompleteSoFar: boolean;
}

/** A trade, as far as a bar reads it. */
export interface TradeRecord {
  /** Venue time, ms since the epoch. */
  readonly exchangeTsMs: number;
  readonly priceTicks: number;
  readonly qtyLots: number;
}

/** Receives each bar as it closes, oldest first. The bar object is reused: copy what must outlive the call. */
export type OnBarClosed = (bar: ClosedBar) => void;

/** The opening time of the bar of `intervalMs` that contains `timeMs`. */
export function barOpenTimeMs(timeMs: number, intervalMs: number): number {
  const offsetMs = intervalMs % WEEK_MS === 0 ? MONDAY_OFFSET_MS : 0;
  return Math.floor((timeMs - offsetMs) / intervalMs) * intervalMs + offsetMs;
}

class BarRecord<Kind extends 'closed' | 'forming'> implements BarFigures {
  readonly kind: Kind;
  readonly instrumentIndex: number;
  readonly intervalMs: number;
  openTimeMs: number;
  openTicks: number;
  highTicks: number;
  lowTicks: number;
  closeTicks: number;
  volumeLots: number;
  tradeCount: number;
  isComplete: boolean;

  constructor(kind: Kind, instrumentIndex: number, intervalMs: number) {
    this.kind = kind;
    this.instrumentIndex = instrumentIndex;
    this.intervalMs = intervalMs;
    this.openTimeMs = 0;
    this.openTicks = 0;
    this.highTicks = 0;
    this.lowTicks = 0;
    this.closeTicks = 0;
    this.volumeLots = 0;
    this.tradeCount = 0;
    this.isComplete = false;
  }

  get isCompleteSoFar(): boolean {
    return this.isComplete;
  }

  /** Opens an interval nobody has traded in yet: flat at the last close. */
  open(openTimeMs: number, lastCloseTicks: number, isComplete: boolean): void {
    this.openTimeMs = openTimeMs;
    this.openTicks = lastCloseTicks;
    this.highTicks = lastCloseTicks;
    this.lowTicks = lastCloseTicks;
    this.closeTicks = lastCloseTicks;
    this.volumeLots = 0;
    this.tradeCount = 0;
    this.isComplete = isComplete;
  }

  take(
    openTicks: number,
    highTicks: number,
    lowTicks: number,
    closeTicks: number,
    volumeLots: number,
    tradeCount: number,
  ): void {
    if (this.tradeCount === 0) {
      this.openTicks = openTicks;
      this.highTicks = highTicks;
      this.lowTicks = lowTicks;
    } else {
      if (highTicks > this.highTicks) this.highTicks = highTicks;
      if (lowTicks < this.lowTicks) this.lowTicks = lowTicks;
    }
    this.closeTicks = closeTicks;
    this.volumeLots += volumeLots;
    this.tradeCount += tradeCount;
  }

  copyFrom(bar: BarRecord<'closed' | 'forming'>): void {
    this.openTimeMs = bar.openTimeMs;
    this.openTicks = bar.openTicks;
    this.highTicks = bar.highTicks;
    this.lowTicks = bar.lowTicks;
    this.closeTicks = bar.closeTicks;
    this.volumeLots = bar.volumeLots;
    this.tradeCount = bar.tradeCount;
    this.isComplete = bar.isComplete;
  }
}

/**
 * Makes the bars of one instrument and interval. Feed it trades (`addTrade`) or closed smaller bars (`addBar`), in order
 * of time, and say when data is missing (`noteGap`) and from when it is whole again (`noteDataFrom`; the first trade
 * after a gap says so by itself). No bar is handed out before the first trade.
 */
export class BarBuilder {
  readonly instrumentIndex: number;
  readonly intervalMs: number;
  /** Trades that came after their bar had closed: they are in no bar. */
  lateCount: number;
  /** Bars without trades that were not handed out because a silence was too long. */
  skippedCount: number;
  private readonly onClosed: OnBarClosed;
  private readonly bar: BarRecord<'forming'>;
  private readonly closed: BarRecord<'closed'>;
  private isOpen: boolean;
  /** Data is missing now: nothing that opens before it comes back is complete. */
  private isGapOpen: boolean;
  /** Venue time from which no trade is missing. */
  private wholeFromMs: number;
  /** Where the next smaller bar must open; NaN = none was added yet. */
  private nextBarOpenMs: number;

  /** @param intervalMs any positive whole number of milliseconds */
  constructor(instrumentIndex: number, intervalMs: number, onClosed: OnBarClosed) {
    invariant(
      Number.isSafeInteger(intervalMs) && intervalMs > 0,
      'a bar lasts a whole number of milliseconds',
    );
    this.instrumentIndex = instrumentIndex;
    this.intervalMs = intervalMs;
    this.lateCount = 0;
    this.skippedCount = 0;
    this.onClosed = onClosed;
    this.bar = new BarRecord('forming', instrumentIndex, intervalMs);
    this.closed = new BarRecord('closed', instrumentIndex, intervalMs);
    this.isOpen = false;
    this.isGapOpen = true;
    this.wholeFromMs = Infinity;
    this.nextBarOpenMs = NaN;
  }

  /** The bar of the present interval, reused; null before the first trade. */
  get forming(): FormingBar | null {
    return this.isOpen ? this.bar : null;
  }

  /** One trade; closes the bars before it. A trade older than the present bar is counted and ignored. */
  addTrade(timeMs: number, priceTicks: number, qtyLots: number): void {
    // What came before the first trade of a stream is not known, not even within its millisecond.
    if (this.isGapOpen) this.noteDataFrom(timeMs + 1);
    if (!this.enter(timeMs, priceTicks)) return;
    this.bar.take(priceTicks, priceTicks, priceTicks, priceTicks, qtyLots, 1);
  }

  /** The same of a record: a time that is handed over becomes an object, and most trades belong to the present bar. */
  addTradeOf(trade: TradeRecord): void {
    const timeMs = trade.exchangeTsMs;
    const isPresent =
      this.isOpen &&
      !this.isGapOpen &&
      timeMs >= this.bar.openTimeMs &&
      timeMs < this.bar.openTimeMs + this.intervalMs;
    if (!isPresent) {
      this.addTrade(timeMs, trade.priceTicks, trade.qtyLots);
      return;
    }
    const { priceTicks } = trade;
    this.bar.take(priceTicks, priceTicks, priceTicks, priceTicks, trade.qtyLots, 1);
  }

  /** One closed smaller bar whose interval divides ours; when it ends our bar, ours closes at once. */
  addBar(bar: ClosedBar): void {
    invariant(this.intervalMs % bar.intervalMs === 0, 'a smaller bar divides the greater one');
    if (bar.openTimeMs > this.nextBarOpenMs) this.noteGap();
    if (this.isGapOpen) this.noteDataFrom(bar.openTimeMs);
    if (!this.enter(bar.openTimeMs, bar.openTicks)) return;
    if (bar.tradeCount > 0) {
      this.bar.take(
        bar.openTicks,
        bar.highTicks,
        bar.lowTicks,
        bar.closeTicks,
        bar.volumeLots,
        bar.tradeCount,
      );
    }
    if (!bar.isComplete) this.bar.isComplete = false;
    this.nextBarOpenMs = bar.openTimeMs + bar.intervalMs;
    this.closeUpTo(this.nextBarOpenMs);
  }

  /** Closes every bar that ended at or before this venue time: for markets in which nobody trades. */
  advanceTo(timeMs: number): void {
    if (this.isOpen && timeMs >= this.bar.openTimeMs + this.intervalMs) this.closeUpTo(timeMs);
  }

  /** Trades may be missing from here on: the present bar and all that open before data is whole are incomplete. */
  noteGap(): void {
    this.isGapOpen = true;
    this.bar.isComplete = false;
  }

  /** No trade at or after this venue time is missing. */
  noteDataFrom(timeMs: number): void {
    if (!this.isGapOpen) return;
    // Bars between the gap's beginning and now close while the gap is still open.
    this.advanceTo(timeMs);
    this.isGapOpen = false;
    this.wholeFromMs = timeMs;
    if (this.isOpen) this.bar.isComplete = this.bar.openTimeMs >= timeMs;
  }

  /** Makes the bar that contains `timeMs` the present one; false when that bar has already closed. */
  private enter(timeMs: number, priceTicks: number): boolean {
    if (!this.isOpen) {
      const openTimeMs = barOpenTimeMs(timeMs, this.intervalMs);
      this.bar.open(openTimeMs, priceTicks, openTimeMs >= this.wholeFromMs);
      this.isOpen = true;
      return true;
    }
    if (timeMs < this.bar.openTimeMs) {
      this.lateCount++;
      return false;
    }
    if (timeMs >= this.bar.openTimeMs + this.intervalMs) this.closeUpTo(timeMs);
    return true;
  }

  private closeUpTo(timeMs: number): void {
    const intervalMs = this.intervalMs;
    for (let handedOut = 0; timeMs >= this.bar.openTimeMs + intervalMs; handedOut++) {
      const nextOpenMs = this.bar.openTimeMs + intervalMs;
      this.closed.copyFrom(this.bar);
      if (handedOut > EMPTY_BARS_MAX) {
        const openTimeMs = barOpenTimeMs(timeMs, intervalMs);
        this.skippedCount += (openTimeMs - this.bar.openTimeMs) / intervalMs;
        this.bar.open(openTimeMs, this.closed.closeTicks, false);
        return;
      }
      this.bar.open(nextOpenMs, this.closed.closeTicks, this.isWholeAt(nextOpenMs));
      this.onClosed(this.closed);
    }
  }

  private isWholeAt(openTimeMs: number): boolean {
    return !this.isGapOpen && openTimeMs >= this.wholeFromMs;
  }
}
