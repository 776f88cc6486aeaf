// hot path: no allocation after start (updates of unexpected shape excepted)
import type { CounterBlock } from '../../../engine/ipc/counters.ts';
import { MARKET_DATA_COUNTER as COUNTER } from '../../../engine/market-data/counters.ts';
import { REFUSAL } from '../scan/byte-scan.ts';
import { parseFallback } from './frame-fallback.ts';
import { FRAME } from './frame-fields.ts';
import type { FrameGrammar } from './frame-grammar.ts';
import type { FrameScanner } from './frame-scanner.ts';
import type { RecordWriter } from './record-writer.ts';
import { WRITE } from './record-writer.ts';

/** Writes depth updates; one whose levels have an unexpected shape is tried the slow way, and counted. One thread. */
export class DepthWriter {
  private readonly grammar: FrameGrammar;
  private readonly scanner: FrameScanner;
  private readonly writer: RecordWriter;
  private readonly counters: CounterBlock;

  constructor(grammar: FrameGrammar, scanner: FrameScanner, writer: RecordWriter, counters: CounterBlock) {
    this.grammar = grammar;
    this.scanner = scanner;
    this.writer = writer;
    this.counters = counters;
  }

  /** Writes the update in bytes[at, to), on which the scanner stands; as RecordWriter.writeDepth. */
  write(
    bytes: Buffer,
    at: number,
    to: number,
    instrumentIndex: number,
    timeSlot: number,
    flags: number,
  ): number {
    const status = this.writer.writeDepth(bytes, to, instrumentIndex, timeSlot, flags);
    if (status !== REFUSAL.unexpected) return status;
    const slow = parseFallback(bytes, at, to, this.grammar).bytes;
    if (slow === null) return status;
    const kind = this.scanner.scan(slow, 0, slow.length);
    if (kind !== FRAME.depth || this.scanner.instrumentIndex !== instrumentIndex) return status;
    const slowStatus = this.writer.writeDepth(slow, slow.length, instrumentIndex, timeSlot, flags);
    if (slowStatus === WRITE.done) this.counters.increment(COUNTER.fallbackFrames);
    return slowStatus;
  }
}
