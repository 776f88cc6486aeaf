import type { OutcomeStatistics } from '../../analysis/signals/outcome-statistics.ts';
import type { MergedRow, SignalRow, SignalTableReader } from '../../analysis/signals/signal-table-reader.ts';
import type { TradeRefusal } from '../../analysis/signals/trade-gate.ts';
import type { SignalFeed } from '../../api/signal-feed.ts';
import { type Instrument, instrumentName, tickSizeText } from '../../core/instrument.ts';
import { priceText } from './analysis-numbers.ts';

/** A signal of a running engine as it is told. */
export type ShownSignal = Omit<SignalRow, 'instrumentIndex'> & { readonly symbol: string };

/** What the living signals of a symbol say together; null prices in a conflict. */
export interface ShownMerged {
  readonly symbol: string;
  readonly atMs: number;
  readonly direction: 1 | -1 | 0;
  readonly isConflict: boolean;
  readonly upStrength: number;
  readonly downStrength: number;
  readonly confidence: number;
  readonly priority: string | null;
  readonly entry: number | null;
  readonly stop: number | null;
  readonly target: number | null;
  readonly untilMs: number;
  readonly signalCount: number;
  /** What spoke against trading it when it was made; empty = nothing did, null = nobody looked. */
  readonly refusals: readonly TradeRefusal[] | null;
}

/** Signals of a running engine, `shrike.live-signals/1`. Times ms since the epoch. */
export interface LiveSignals {
  readonly schema: 'shrike.live-signals/1';
  /** The venue's time when the slow path last said anything; null = it has not yet. */
  readonly nowMs: number | null;
  /** Ask with it for what changes later. */
  readonly upTo: number;
  readonly signals: readonly ShownSignal[];
  readonly merged: readonly ShownMerged[];
  readonly statistics: readonly OutcomeStatistics[];
}

/** The signals of the slow path in the words of people and clients. Any thread that may allocate. */
export class SignalView implements SignalFeed {
  private readonly table: SignalTableReader;
  private readonly instruments: readonly Instrument[];
  private told: number;

  /** @param instruments by index; the caller's list, which grows */
  constructor(table: SignalTableReader, instruments: readonly Instrument[]) {
    this.table = table;
    this.instruments = instruments;
    this.told = 0;
  }

  /** Everything there is. */
  list(): LiveSignals {
    const { upTo, rows } = this.table.changedSince(0);
    return {
      schema: 'shrike.live-signals/1',
      nowMs: this.table.nowMs === 0 ? null : this.table.nowMs,
      upTo,
      signals: rows.toSorted((a, b) => a.seq - b.seq).flatMap((row) => this.signalOf(row) ?? []),
      merged: this.instruments.flatMap((instrument) => this.mergedOf(instrument) ?? []),
      statistics: this.table.statistics(this.instruments.map(instrumentName)),
    };
  }

  state(): Readonly<Record<string, unknown>> {
    const { rows } = this.table.changedSince(0);
    const entries: Record<string, unknown> = {
      outcomes: this.table.statistics(this.instruments.map(instrumentName)),
    };
    for (const instrument of this.instruments) {
      const open = rows.filter(
        ({ instrumentIndex, outcome, state }) =>
          instrumentIndex === instrument.index && outcome === null && state !== 'unknown',
      );
      entries[instrumentName(instrument)] = {
        merged: this.mergedOf(instrument),
        open: open.toSorted((a, b) => a.seq - b.seq).flatMap((row) => this.signalOf(row) ?? []),
      };
    }
    return entries;
  }

  takeNews(): readonly object[] {
    const { upTo, rows } = this.table.changedSince(this.told);
    this.told = upTo;
    return rows.flatMap((row) => this.signalOf(row) ?? []);
  }

  private signalOf({ instrumentIndex, ...row }: SignalRow): ShownSignal | null {
    const instrument = this.instruments.at(instrumentIndex);
    if (instrument === undefined) return null;
    const { entry, stop, target, outcome } = row;
    const round = rounderOf(instrument);
    return {
      symbol: instrumentName(instrument),
      ...row,
      entry: round(entry),
      stop: round(stop),
      target: round(target),
      outcome: outcome === null ? null : { ...outcome, exit: round(outcome.exit) },
    };
  }

  private mergedOf(instrument: Instrument): ShownMerged | null {
    const merged = this.table.merged(instrument.index);
    if (merged === null) return null;
    const { direction, upStrength, downStrength, confidence, priority } = merged;
    const { untilMs, signalCount, refusals, madeMs } = merged;
    return {
      symbol: instrumentName(instrument),
      atMs: madeMs,
      direction,
      isConflict: direction === 0,
      upStrength,
      downStrength,
      confidence,
      priority,
      ...pricesOf(merged, rounderOf(instrument)),
      untilMs,
      signalCount,
      refusals,
    };
  }
}

function pricesOf(
  { direction, entry, stop, target }: MergedRow,
  round: (price: number) => number,
): Pick<ShownMerged, 'entry' | 'stop' | 'target'> {
  if (direction === 0) return { entry: null, stop: null, target: null };
  return { entry: round(entry), stop: round(stop), target: round(target) };
}

function rounderOf(instrument: Instrument): (price: number) => number {
  const tick = Number(tickSizeText(instrument));
  return (price) => Number(priceText(price, tick));
}
