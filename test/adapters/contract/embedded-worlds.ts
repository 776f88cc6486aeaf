import { fetchBinanceSpotInstruments } from '../../../adapters/binance-spot/instruments.ts';
import { createBinanceSpotVenue } from '../../../adapters/binance-spot/venue.ts';
import { fetchBinanceUsdmInstruments } from '../../../adapters/binance-usdm/instruments.ts';
import { createBinanceUsdmVenue } from '../../../adapters/binance-usdm/venue.ts';
import type { DrillCommand, RunningExchange } from '../../../adapters/sim/exchange.ts';
import { startExchange } from '../../../adapters/sim/exchange.ts';
import type { GatewayOptions } from '../../../adapters/venue-kit/venue-descriptor.ts';
import type { Instrument } from '../../../engine/core/instrument.ts';
import { lotsToQty, ticksToPrice } from '../../../engine/core/instrument.ts';
import type { VenueContext, VenueGateway } from '../../../engine/execution/venue-port.ts';
import { REASON } from '../../../engine/messages/enums.ts';
import { rest } from '../../fixtures/exchange-client.ts';
import type { ContractWorld, Fault, OpenOrder, RefusedOrder } from './contract-world.ts';
import { restingBuy } from './contract-world.ts';

const FAULTS: Readonly<Record<Fault, DrillCommand>> = {
  'lose-request': { kind: 'lose-requests', count: 1 },
  'lose-answer': { kind: 'lose-replies', count: 1 },
  'answer-unknown': { kind: 'answer-unknown', count: 1 },
  'repeat-report': { kind: 'repeat-events', count: 1 },
  'lose-report': { kind: 'lose-events', count: 1 },
};

/** What differs between the two kinds of markets of the embedded exchange. */
interface EmbeddedParts {
  readonly canReplace: boolean;
  readonly refusals: (world: ContractWorld) => readonly RefusedOrder[];
  readonly create: (options: GatewayOptions) => (context: VenueContext) => VenueGateway;
  readonly wsApi: (exchange: RunningExchange) => string;
  readonly orderPath: string;
  readonly openOrders: (exchange: RunningExchange) => readonly OpenOrder[];
  readonly orderCount: (exchange: RunningExchange) => number;
}

const SPOT: EmbeddedParts = {
  canReplace: true,
  refusals: (world) => [
    {
      what: 'no balance',
      terms: restingBuy(world, { qtyLots: 2_000_000 }),
      reason: REASON.insufficientBalance,
    },
    { what: 'too small', terms: restingBuy(world, { qtyLots: 1 }), reason: REASON.filterFailure },
    { what: 'no such price', terms: restingBuy(world, { priceTicks: 9e8 }), reason: REASON.filterFailure },
  ],
  create: createBinanceSpotVenue,
  wsApi: ({ urls }) => urls.wsApi,
  orderPath: '/api/v3/order',
  openOrders: (exchange) =>
    exchange.accountSnapshot().openOrders.map((order) => ({
      clientId: order.clientOrderId,
      filledLots: order.filledLots,
      qtyLots: order.qtyLots,
      priceTicks: order.priceTicks,
      isBuy: order.side === 'BUY',
    })),
  orderCount: (exchange) => exchange.accountSnapshot().orderCount,
};

const PERPETUAL: EmbeddedParts = {
  canReplace: false,
  refusals: (world) => [
    {
      what: 'no margin',
      terms: restingBuy(world, { qtyLots: 50_000_000 }),
      reason: REASON.insufficientBalance,
    },
    { what: 'too small', terms: restingBuy(world, { qtyLots: 1 }), reason: REASON.filterFailure },
    { what: 'beyond the band', terms: restingBuy(world, { priceTicks: 9e6 }), reason: REASON.venuePriceBand },
  ],
  create: createBinanceUsdmVenue,
  wsApi: ({ urls }) => urls.wsApi.replace('/ws-api/v3', '/ws-fapi/v1'),
  orderPath: '/fapi/v1/order',
  openOrders: (exchange) =>
    exchange.perpSnapshot()!.openOrders.map((order) => ({
      clientId: order.clientOrderId,
      filledLots: order.filledLots,
      qtyLots: order.qtyLots,
      priceTicks: order.priceTicks,
      isBuy: order.isBuy,
    })),
  orderCount: (exchange) => exchange.perpSnapshot()!.orderCount,
};

async function openEmbedded(parts: EmbeddedParts, perpetuals: readonly string[]): Promise<EmbeddedWorld> {
  const exchange = await startExchange({
    seed: 5,
    symbols: ['BTCUSDT'],
    perpetuals,
    eventsPerSecond: 0,
    openingBook: false,
    accountCount: 2,
    restPort: 0,
    streamPort: 0,
    wsApiPort: 0,
  });
  const fetchThem = perpetuals.length > 0 ? fetchBinanceUsdmInstruments : fetchBinanceSpotInstruments;
  return new EmbeddedWorld(exchange, parts, await fetchThem(exchange.urls.rest, ['BTCUSDT'], 5_000));
}

/** Spot of the embedded exchange: an empty still market, an account for the gateway and one for everybody else. */
export function openEmbeddedSpot(): Promise<EmbeddedWorld> {
  return openEmbedded(SPOT, []);
}

/** The same of its perpetuals. */
export function openEmbeddedPerpetual(): Promise<EmbeddedWorld> {
  return openEmbedded(PERPETUAL, ['BTCUSDT']);
}

/** The embedded exchange as the contract sees it. */
export class EmbeddedWorld implements ContractWorld {
  readonly instruments: readonly Instrument[];
  readonly restingTicks = 6_000_000;
  readonly canReplace: boolean;
  readonly unknownCode = -1007;
  readonly exchange: RunningExchange;
  private readonly parts: EmbeddedParts;

  constructor(exchange: RunningExchange, parts: EmbeddedParts, instruments: readonly Instrument[]) {
    this.exchange = exchange;
    this.parts = parts;
    this.canReplace = parts.canReplace;
    this.instruments = instruments;
  }

  get refusals(): readonly RefusedOrder[] {
    return this.parts.refusals(this);
  }

  makeGateway(options: Partial<GatewayOptions>): (context: VenueContext) => VenueGateway {
    const { exchange, parts } = this;
    const { credentials, urls } = exchange;
    return parts.create({
      endpoints: { ...urls, wsApi: parts.wsApi(exchange) },
      credentials: { kind: 'hmac', apiKey: credentials.apiKey, apiSecret: credentials.hmacSecret },
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
    return this.parts.openOrders(this.exchange);
  }

  orderCount(): number {
    return this.parts.orderCount(this.exchange);
  }

  async fill(clientId: string, qtyLots: number): Promise<void> {
    const { priceTicks } = this.openOrders().find((order) => order.clientId === clientId)!;
    await this.order(1, 'SELL', priceTicks, qtyLots, 'IOC');
  }

  async tradeByHand(qtyLots: number): Promise<void> {
    await this.order(1, 'SELL', this.restingTicks + 100, qtyLots, 'GTC');
    await this.order(0, 'BUY', this.restingTicks + 100, qtyLots, 'IOC');
    await this.order(0, 'BUY', this.restingTicks - 100, qtyLots, 'GTC');
  }

  inject(fault: Fault): void {
    this.exchange.drill(FAULTS[fault]);
  }

  drop(): void {
    this.exchange.drill({ kind: 'drop-ws-api' });
  }

  refuseAll(status: 418 | 429, ms: number): void {
    this.exchange.drill(status === 429 ? { kind: 'rate-limit', ms } : { kind: 'ban', ms });
  }

  close(): Promise<void> {
    return this.exchange.close();
  }

  /** An order of an account that is not the gateway's business. */
  async order(
    account: number,
    side: string,
    priceTicks: number,
    qtyLots: number,
    timeInForce: string,
  ): Promise<void> {
    const { urls, allCredentials } = this.exchange;
    const [instrument] = this.instruments;
    const params = {
      symbol: instrument.symbol,
      side,
      type: 'LIMIT',
      timeInForce,
      price: ticksToPrice(instrument, priceTicks),
      quantity: lotsToQty(instrument, qtyLots),
    };
    const answer = await rest(urls, 'POST', this.parts.orderPath, params, allCredentials[account]);
    if (answer.status !== 200) throw new Error(`by hand: ${JSON.stringify(answer.body)}`);
  }
}
