import type { Region } from '../../ipc/memory-map.ts';
import { TIMEFRAMES, type TimeframeName } from '../bars/timeframe.ts';
import { type Priority, priorityOf } from '../patterns/pattern-confidence.ts';
import {
  bucketName,
  CONFIDENCE_BUCKETS,
  largestFirst,
  type OutcomeGroup,
  type OutcomeStatistics,
  statisticsOf,
} from './outcome-statistics.ts';
import { PATTERN_NAMES } from './pattern-names.ts';
import type { PatternFamily } from './signal.ts';
import type { OutcomeKind } from './signal-outcome.ts';
import {
  FAMILIES,
  MERGED,
  MERGED_COUNT,
  type MergedNews,
  OUTCOME_KINDS,
  ROW,
  ROW_COUNT,
  SignalCells,
  TALLY,
  TALLY_COUNT,
  TALLY_FROM,
} from './signal-table.ts';
import { refusalsIn, type TradeRefusal } from './trade-gate.ts';

/** A signal is followed for so many bars; when nothing came after two more, nobody knows what became of it. */
const FOLLOWED_BARS = 11;

/** alive: it may be entered; followed: it may not any more, and has not ended; unknown: nobody followed it to its end. */
export type SignalState = 'alive' | 'followed' | OutcomeKind | 'unknown';

/** A signal as other threads see it. Prices in quote units, times ms since the epoch. */
export interface SignalRow {
  /** Number of the signal in this run of the engine, and of the newest change of any. */
  readonly seq: number;
  readonly change: number;
  readonly instrumentIndex: number;
  readonly timeframe: TimeframeName;
  readonly pattern: string;
  readonly family: PatternFamily;
  readonly direction: 1 | -1;
  readonly timeMs: number;
  readonly expiresMs: number;
  readonly entry: number;
  readonly stop: number;
  readonly target: number;
  readonly atr: number;
  readonly base: number;
  readonly mtfBoost: number;
  readonly alignmentFactor: number;
  readonly volumeFactor: number;
  readonly final: number;
  readonly priority: Priority | null;
  readonly state: SignalState;
  /** null while it is open. */
  readonly outcome: {
    readonly kind: OutcomeKind;
    readonly timeMs: number;
    readonly exit: number;
    readonly favourableAtr: number;
    readonly adverseAtr: number;
    readonly r: number;
  } | null;
}

/** What the living signals of an instrument say together, and what speaks against trading it. */
export interface MergedRow extends MergedNews {
  readonly instrumentIndex: number;
  readonly madeMs: number;
  readonly priority: Priority | null;
  /** null = not looked at: a conflict, or no live book. */
  readonly refusals: readonly TradeRefusal[] | null;
}

/** Changed signals, and the change up to which there are none more. */
export interface ChangedSignals {
  readonly upTo: number;
  readonly rows: readonly SignalRow[];
}

/** Reads the table of signals. Any thread; allocates. */
export class SignalTableReader {
  private readonly cells: SignalCells;
  private readonly headCopy: Float64Array = new Float64Array(3);
  private readonly copy: Float64Array = new Float64Array(Math.max(ROW_COUNT, MERGED_COUNT, TALLY_COUNT));

  constructor(buffer: SharedArrayBuffer, region: Region, instrumentsMax: number) {
    this.cells = new SignalCells(buffer, region, instrumentsMax);
  }

  /** The venue's time when the table was last written, ms since the epoch; 0 = never. */
  get nowMs(): number {
    return this.readHead()[2];
  }

  /** The signals that came or ended after a change, in the order they changed; 0 = all that are kept. */
  changedSince(change: number): ChangedSignals {
    const [, upTo, nowMs] = this.readHead();
    const rows: SignalRow[] = [];
    if (upTo <= change) return { upTo: change, rows };
    for (const cell of this.cells.rows) {
      if (!cell.tryRead(this.copy, ROW_COUNT)) continue;
      // What is written meanwhile is for the next time: an earlier row may have been passed already.
      if (this.copy[ROW.change] > change && this.copy[ROW.change] <= upTo) rows.push(rowOf(this.copy, nowMs));
    }
    return { upTo, rows: rows.sort((a, b) => a.change - b.change) };
  }

  /** null = no signal is alive, or it could not be read now. */
  merged(instrumentIndex: number): MergedRow | null {
    const nowMs = this.readHead()[2];
    const { copy } = this;
    if (!this.cells.merged[instrumentIndex].tryRead(copy, MERGED_COUNT)) return null;
    if (copy[MERGED.madeMs] === 0 || Number.isNaN(copy[MERGED.direction]) || copy[MERGED.untilMs] <= nowMs)
      return null;
    return {
      instrumentIndex,
      madeMs: copy[MERGED.madeMs],
      direction: copy[MERGED.direction] as 1 | -1 | 0,
      upStrength: copy[MERGED.upStrength],
      downStrength: copy[MERGED.downStrength],
      entry: copy[MERGED.entry],
      stop: copy[MERGED.stop],
      target: copy[MERGED.target],
      confidence: copy[MERGED.confidence],
      untilMs: copy[MERGED.untilMs],
      signalCount: copy[MERGED.signalCount],
      priority: priorityOf(copy[MERGED.confidence]),
      refusals: Number.isNaN(copy[MERGED.refusals]) ? null : refusalsIn(copy[MERGED.refusals]),
    };
  }

  /** Statistics of all outcomes by each group, largest groups first. @param symbols by index of their instrument */
  statistics(symbols: readonly string[]): OutcomeStatistics[] {
    const keys: Readonly<Record<OutcomeGroup, readonly string[]>> = {
      pattern: PATTERN_NAMES,
      timeframe: TIMEFRAMES.map(({ name }) => name),
      symbol: symbols.slice(0, this.cells.instrumentsMax),
      confidence: Array.from({ length: CONFIDENCE_BUCKETS }, (_, bucket) => bucketName(bucket)),
    };
    return (Object.keys(keys) as OutcomeGroup[]).flatMap((group) =>
      keys[group]
        .flatMap((key, place) => this.statisticsAt(group, key, TALLY_FROM[group] + place) ?? [])
        .sort(largestFirst),
    );
  }

  private statisticsAt(group: OutcomeGroup, key: string, place: number): OutcomeStatistics | null {
    const { copy } = this;
    if (!this.cells.tallies[place].tryRead(copy, TALLY_COUNT)) return null;
    if (copy[TALLY.target] + copy[TALLY.stop] + copy[TALLY.expired] === 0) return null;
    return statisticsOf(group, key, {
      targetCount: copy[TALLY.target],
      stopCount: copy[TALLY.stop],
      expiredCount: copy[TALLY.expired],
      sumR: copy[TALLY.sumR],
      sumFavourableAtr: copy[TALLY.sumFavourable],
      sumAdverseAtr: copy[TALLY.sumAdverse],
    });
  }

  private readHead(): Float64Array {
    if (!this.cells.head.tryRead(this.headCopy, this.headCopy.length)) this.headCopy.fill(0);
    return this.headCopy;
  }
}

function rowOf(row: Float64Array, nowMs: number): SignalRow {
  const kind = OUTCOME_KINDS[row[ROW.kind]];
  const { name, lengthMs } = TIMEFRAMES[row[ROW.slot]];
  const isLost = nowMs > row[ROW.timeMs] + FOLLOWED_BARS * lengthMs;
  return {
    seq: row[ROW.seq],
    change: row[ROW.change],
    instrumentIndex: row[ROW.instrument],
    timeframe: name,
    pattern: PATTERN_NAMES[row[ROW.pattern]] ?? '?',
    family: FAMILIES[row[ROW.family]],
    direction: row[ROW.direction] > 0 ? 1 : -1,
    timeMs: row[ROW.timeMs],
    expiresMs: row[ROW.expiresMs],
    entry: row[ROW.entry],
    stop: row[ROW.stop],
    target: row[ROW.target],
    atr: row[ROW.atr],
    base: row[ROW.base],
    mtfBoost: row[ROW.mtfBoost],
    alignmentFactor: row[ROW.alignmentFactor],
    volumeFactor: row[ROW.volumeFactor],
    final: row[ROW.final],
    priority: priorityOf(row[ROW.final]),
    state: kind ?? (isLost ? 'unknown' : nowMs < row[ROW.expiresMs] ? 'alive' : 'followed'),
    outcome:
      kind === null
        ? null
        : {
            kind,
            timeMs: row[ROW.endMs],
            exit: row[ROW.exit],
            favourableAtr: row[ROW.favourableAtr],
            adverseAtr: row[ROW.adverseAtr],
            r: row[ROW.rMultiple],
          },
  };
}
