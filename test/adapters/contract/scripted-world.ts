import type { GatewayOptions } from '../../../adapters/venue-kit/venue-descriptor.ts';
import type { Instrument } from '../../../engine/core/instrument.ts';
import type { VenueContext, VenueGateway } from '../../../engine/execution/venue-port.ts';
import type { ContractWorld, Fault, OpenOrder, RefusedOrder } from './contract-world.ts';
import type { Params, ScriptedVenue } from './scripted-venue.ts';

/** What differs between scripted worlds. */
export interface ScriptedWorldParts {
  readonly instrument: Instrument;
  readonly canReplace: boolean;
  readonly unknownCode: number;
  readonly refusals: (world: ContractWorld) => readonly RefusedOrder[];
  readonly create: (options: GatewayOptions) => (context: VenueContext) => VenueGateway;
  /** An order by hand. */
  readonly byHand: (priceTicks: number, qtyLots: number) => Params;
}

/** A scripted venue as the contract sees it. */
export class ScriptedWorld implements ContractWorld {
  readonly instruments: readonly Instrument[];
  readonly restingTicks = 6_000_000;
  readonly canReplace: boolean;
  readonly unknownCode: number;
  readonly venue: ScriptedVenue;
  private readonly parts: ScriptedWorldParts;

  constructor(venue: ScriptedVenue, parts: ScriptedWorldParts) {
    this.venue = venue;
    this.parts = parts;
    this.instruments = [parts.instrument];
    this.canReplace = parts.canReplace;
    this.unknownCode = parts.unknownCode;
  }

  get refusals(): readonly RefusedOrder[] {
    return this.parts.refusals(this);
  }

  makeGateway(options: Partial<GatewayOptions>): (context: VenueContext) => VenueGateway {
    const { venue } = this;
    return this.parts.create({
      endpoints: venue.endpoints,
      credentials: { kind: 'hmac', apiKey: venue.apiKey, apiSecret: venue.secret },
      namespace: 'shrike',
      recvWindowMs: 5_000,
      requestTimeoutMs: 5_000,
      reconnectMinMs: 5,
      reconnectMaxMs: 20,
      rotateAfterMs: 0,
      ...options,
    });
  }

  openOrders(): readonly OpenOrder[] {
    return this.venue.openList.map(({ clientId, filledLots, qtyLots, priceTicks, side }) => ({
      clientId,
      filledLots,
      qtyLots,
      priceTicks,
      isBuy: side === 'BUY',
    }));
  }

  orderCount(): number {
    return this.venue.orders.length;
  }

  fill(clientId: string, qtyLots: number): Promise<void> {
    const order = this.venue.openList.find((open) => open.clientId === clientId)!;
    this.venue.fill(order, qtyLots, true);
    return Promise.resolve();
  }

  tradeByHand(qtyLots: number): Promise<void> {
    const { venue, parts } = this;
    venue.fill(venue.place(parts.byHand(this.restingTicks + 100, qtyLots)), qtyLots, false);
    venue.place(parts.byHand(this.restingTicks - 100, qtyLots));
    return Promise.resolve();
  }

  inject(fault: Fault): void {
    this.venue.inject(fault);
  }

  drop(): void {
    this.venue.dropOrders();
  }

  refuseAll(status: 418 | 429, ms: number): void {
    this.venue.refusal = { status, untilMs: Date.now() + ms };
  }

  close(): void {
    this.venue.close();
  }
}
