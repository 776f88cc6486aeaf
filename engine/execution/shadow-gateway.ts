// hot path: no allocation after start
import type { Instrument } from '../core/instrument.ts';
import type { CounterBlock } from '../ipc/counters.ts';
import { EXECUTION_COUNTER } from './counters.ts';
import { ENCODE_KIND } from './venue-port.ts';
import type { VenueGateway } from './venue-port.ts';

/**
 * Shadow mode: every request is built and signed by the real venue's gateway exactly as in live mode and then not sent; a
 * simulated twin answers it. The real gateway is made with events of its own (nobody's orders) and is used for nothing
 * that changes the account.
 */
export class ShadowGateway implements VenueGateway {
  private readonly real: VenueGateway;
  private readonly twin: VenueGateway;
  private readonly counters: CounterBlock;

  constructor(real: VenueGateway, twin: VenueGateway, counters: CounterBlock) {
    this.real = real;
    this.twin = twin;
    this.counters = counters;
  }

  start(nowNs: number): void {
    this.real.start(nowNs);
    this.twin.start(nowNs);
  }

  doWork(turnNs: Float64Array): number {
    return this.real.doWork(turnNs) + this.twin.doWork(turnNs);
  }

  hasWork(): boolean {
    return this.real.hasWork() || this.twin.hasWork();
  }

  isReady(): boolean {
    return this.twin.isReady();
  }

  place(slot: number, nowNs: number): number {
    this.encode(ENCODE_KIND.place, slot, -1, nowNs);
    return this.twin.place(slot, nowNs);
  }

  cancel(slot: number, nowNs: number): number {
    this.encode(ENCODE_KIND.cancel, slot, -1, nowNs);
    return this.twin.cancel(slot, nowNs);
  }

  replace(slot: number, replacedSlot: number, nowNs: number): number {
    this.encode(ENCODE_KIND.replace, slot, replacedSlot, nowNs);
    return this.twin.replace(slot, replacedSlot, nowNs);
  }

  queryOrder(slot: number, nowNs: number): number {
    return this.twin.queryOrder(slot, nowNs);
  }

  queryOpenOrders(instrumentIndex: number, nowNs: number): number {
    return this.twin.queryOpenOrders(instrumentIndex, nowNs);
  }

  queryFills(instrumentIndex: number, afterVenueTradeId: number, nowNs: number, sinceMs: number): number {
    return this.twin.queryFills(instrumentIndex, afterVenueTradeId, nowNs, sinceMs);
  }

  addInstrument(instrument: Instrument): void {
    this.real.addInstrument?.(instrument);
    this.twin.addInstrument?.(instrument);
  }

  dropConnections(): void {
    this.real.dropConnections();
    this.twin.dropConnections();
  }

  close(): void {
    this.real.close();
    this.twin.close();
  }

  /** Builds the request's bytes as live would; what could not be built is counted and simulated all the same. */
  private encode(kind: number, slot: number, replacedSlot: number, nowNs: number): void {
    if (this.real.encodeOnly === undefined) return;
    const bytes = this.real.encodeOnly(kind, slot, replacedSlot, nowNs);
    if (bytes > 0) this.counters.increment(EXECUTION_COUNTER.shadowEncoded);
    else this.counters.increment(EXECUTION_COUNTER.shadowUnencoded);
  }
}
