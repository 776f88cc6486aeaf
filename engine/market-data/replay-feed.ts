// hot path: no allocation after start
import { CONNECTION_STATE, GAP_REASON } from '../messages/enums.ts';
import type { Feed, FeedContext, FrameDecoder, FrameDecoderFactory } from './feed-port.ts';

/**
 * A feed without sockets: the replay pushes the recorded frames, one after the other, and turns the
 * actors between them. A book that is lost stays hidden until the recording brings another snapshot: nothing
 * can be asked for.
 */
export class ReplayFeed implements Feed {
  private readonly context: FeedContext;
  private readonly decoder: FrameDecoder;
  private readonly times: Float64Array;

  constructor(context: FeedContext, createDecoder: FrameDecoderFactory) {
    this.context = context;
    this.decoder = createDecoder(context);
    this.times = this.decoder.times;
  }

  start(): void {
    this.decoder.restartAll(GAP_REASON.start);
    this.context.onConnection(CONNECTION_STATE.live, 1);
  }

  /**
   * Offers the frame of `length` bytes at `byteOffset`, received at `recvNs`. False = the ring is full: turn
   * the actors and push it again.
   */
  push(bytes: Buffer, byteOffset: number, length: number, recvNs: number): boolean {
    this.times[0] = recvNs;
    return this.decoder.take(bytes, byteOffset, byteOffset + length);
  }

  doWork(): number {
    return this.decoder.doWork();
  }

  hasWork(): boolean {
    return this.decoder.hasWork();
  }

  resync(instrumentIndex: number, reason: number): void {
    this.decoder.resync(instrumentIndex, reason);
  }

  /** Nothing can be asked for; a snapshot that the recording happens to hold is used. */
  refresh(instrumentIndex: number): void {
    this.decoder.refresh(instrumentIndex);
  }

  lastDataNs(instrumentIndex: number): number {
    return this.decoder.lastDataNs(instrumentIndex);
  }

  dropConnections(): void {
    this.decoder.restartAll(GAP_REASON.disconnected);
  }

  close(): void {
    /* Nothing is open. */
  }
}
