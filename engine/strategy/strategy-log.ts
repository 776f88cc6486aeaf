// hot path: no allocation after start
import type { CounterBlock } from '../ipc/counters.ts';
import type { Publication } from '../ipc/ring.ts';
import { LOG_RECORD, LOG_RECORD_BYTES, LogRecord } from '../messages/codecs.ts';
import { LOG_LEVEL } from '../messages/enums.ts';
import { STRATEGY_COUNTER } from './counters.ts';
import type { LogLevel } from './strategy-api.ts';
import type { Turn } from './turn.ts';

/** Lines one strategy may write in a second. */
const LINES_PER_SECOND_MAX = 10;
const SECOND_NS = 1e9;
const ALL = -1;

/** Lines of the strategy actor for the engine's log, which somebody else writes. One thread. */
export class StrategyLog {
  private readonly ring: Publication;
  private readonly turn: Turn;
  private readonly record: LogRecord = new LogRecord();

  constructor(ring: Publication, turn: Turn) {
    this.ring = ring;
    this.turn = turn;
  }

  /** @param level LOG_LEVEL @param value a number that belongs to the line; false when there was no room */
  write(level: number, value: number, text: string): boolean {
    const at = this.ring.tryClaim(LOG_RECORD, LOG_RECORD_BYTES);
    if (at < 0) return false;
    const line = this.record.wrap(this.ring.view, at);
    line.eventNs = this.turn.nowNs;
    line.value = value;
    line.level = level;
    line.instrumentIndex = ALL;
    line.message = text;
    this.ring.commit();
    return true;
  }
}

/** One strategy's lines, so many a second. */
export class StrategyLines {
  private readonly log: StrategyLog;
  private readonly counters: CounterBlock;
  private readonly turn: Turn;
  private readonly name: string;
  private readonly rate: Float64Array = Float64Array.of(-Infinity, 0);

  constructor(log: StrategyLog, counters: CounterBlock, turn: Turn, name: string) {
    this.log = log;
    this.counters = counters;
    this.turn = turn;
    this.name = name;
  }

  write(level: LogLevel, text: string): void {
    const { rate } = this;
    if (this.turn.nowNs - rate[0] >= SECOND_NS) {
      rate[0] = this.turn.nowNs;
      rate[1] = 0;
    }
    rate[1] += 1;
    const isKnown = rate[1] <= LINES_PER_SECOND_MAX && typeof text === 'string';
    if (isKnown && this.log.write(LOG_LEVEL[level] ?? LOG_LEVEL.info, 0, `${this.name}: ${text}`)) {
      this.counters.increment(STRATEGY_COUNTER.logLines);
    } else this.counters.increment(STRATEGY_COUNTER.logLinesThinned);
  }
}
