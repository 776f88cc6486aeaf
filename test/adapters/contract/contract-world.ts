import type { GatewayOptions } from '../../../adapters/venue-kit/venue-descriptor.ts';
import type { Instrument } from '../../../engine/core/instrument.ts';
import type { VenueContext, VenueGateway } from '../../../engine/execution/venue-port.ts';
import { ORDER_TYPE, SIDE, TIME_IN_FORCE } from '../../../engine/messages/enums.ts';
import type { OrderTerms } from '../../fixtures/venue-rig.ts';

/** What the venue is to do wrong with the next thing. */
export type Fault =
  /** The next order request never arrives. */
  | 'lose-request'
  /** The next order request is carried out and never answered. */
  | 'lose-answer'
  /** The next order request is carried out and answered with "nobody knows". */
  | 'answer-unknown'
  /** The next report comes twice. */
  | 'repeat-report'
  /** The next report never comes. */
  | 'lose-report';

/** An open order as the venue knows it. */
export interface OpenOrder {
  readonly clientId: string;
  readonly filledLots: number;
  readonly qtyLots: number;
  readonly priceTicks: number;
  readonly isBuy: boolean;
}

/** An order that the venue refuses, and why. */
export interface RefusedOrder {
  readonly what: string;
  readonly terms: OrderTerms;
  /** A REASON. */
  readonly reason: number;
}

/** A venue, of whatever kind, as the contract of gateways needs it: it can be watched and made to misbehave. */
export interface ContractWorld {
  readonly instruments: readonly Instrument[];
  /** Price at which a buy rests; any price above it by a tenth would be far through the book. */
  readonly restingTicks: number;
  /** Whether the venue replaces an order in one request. */
  readonly canReplace: boolean;
  readonly refusals: readonly RefusedOrder[];
  /** The venue's code for "nobody knows what became of it". */
  readonly unknownCode: number;
  makeGateway(options: Partial<GatewayOptions>): (context: VenueContext) => VenueGateway;
  openOrders(): readonly OpenOrder[];
  /** Orders taken in so far. */
  orderCount(): number;
  /** Somebody trades so much against the account's resting buy. */
  fill(clientId: string, qtyLots: number): Promise<void>;
  /** The account trades and orders by hand: `qtyLots` bought at once, and a buy that rests. */
  tradeByHand(qtyLots: number): Promise<void>;
  inject(fault: Fault): void;
  /** Cuts the order connection. */
  drop(): void;
  /** Refuses everything for so long, with status 429 or, as a ban, 418. */
  refuseAll(status: 418 | 429, ms: number): void;
  close(): unknown;
}

/** A buy of 0.001 (100 lots) that rests. */
export function restingBuy(world: ContractWorld, over: Partial<OrderTerms> = {}): OrderTerms {
  return {
    side: SIDE.buy,
    orderType: ORDER_TYPE.limit,
    timeInForce: TIME_IN_FORCE.gtc,
    priceTicks: world.restingTicks,
    qtyLots: 100,
    ...over,
  };
}
