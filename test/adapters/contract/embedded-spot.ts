import { fetchBinanceSpotInstruments } from '../../../adapters/binance-spot/instruments.ts';
import { createBinanceSpotVenue } from '../../../adapters/binance-spot/venue.ts';
import type { DrillCommand, RunningExchange } from '../../../adapters/sim/exchange.ts';
import { startExchange } from '../../../adapters/sim/exchange.ts';
import type { GatewayOptions } from '../../../adapters/venue-kit/venue-descriptor.ts';
import type { Instrument } from '../../../engine/core/instrument.ts';
import { lotsToQty, ticksToPrice } from '../../../engine/core/instrument.ts';
import type { VenueContext, VenueGateway } from '../../../engine/execution/venue-port.ts';
import { REASON } from '../../../engine/messages/enums.ts';
import { rest } from '../../fixtures/exchange-client.ts';
import type { ContractWorld, Fault, OpenOrder } from './contract-world.ts';
import { restingBuy } from './contract-world.ts';

const FAULTS: Readonly<Record<Fault, DrillCommand>> = {
  'lose-request': { kind: 'lose-requests', count: 1 },
  'lose-answer': { kind: 'lose-replies', count: 1 },
  'answer-unknown': { kind: 'answer-unknown', count: 1 },
  'repeat-report': { kind: 'repeat-events', count: 1 },
  'lose-report': { kind: 'lose-events', count: 1 },
};

/** Spot of the embedded exchange: an empty still market, an account for the gateway and one for everybody else. */
export async function openEmbeddedSpot(): Promise<ContractWorld> {
  const exchange = await startExchange({
    seed: 5,
    symbols: ['BTCUSDT'],
    eventsPerSecond: 0,
    openingBook: false,
    accountCount: 2,
    restPort: 0,
    streamPort: 0,
    wsApiPort: 0,
  });
  return new EmbeddedSpot(
    exchange,
    await fetchBinanceSpotInstruments(exchange.urls.rest, ['BTCUSDT'], 5_000),
  );
}

class EmbeddedSpot implements ContractWorld {
  readonly instruments: readonly Instrument[];
  readonly restingTicks = 6_000_000;
  readonly canReplace = true;
  readonly unknownCode = -1007;
  private readonly exchange: RunningExchange;

  constructor(exchange: RunningExchange, instruments: readonly Instrument[]) {
    this.exchange = exchange;
    this.instruments = instruments;
  }

  get refusals(): ContractWorld['refusals'] {
    return [
      {
        what: 'no balance',
        terms: restingBuy(this, { qtyLots: 2_000_000 }),
        reason: REASON.insufficientBalance,
      },
      { what: 'too small', terms: restingBuy(this, { qtyLots: 1 }), reason: REASON.filterFailure },
      { what: 'no such price', terms: restingBuy(this, { priceTicks: 9e8 }), reason: REASON.filterFailure },
    ];
  }

  makeGateway(options: Partial<GatewayOptions>): (context: VenueContext) => VenueGateway {
    const { credentials, urls } = this.exchange;
    return createBinanceSpotVenue({
      endpoints: urls,
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
    return this.exchange.accountSnapshot().openOrders.map((order) => ({
      clientId: order.clientOrderId,
      filledLots: order.filledLots,
      qtyLots: order.qtyLots,
      priceTicks: order.priceTicks,
      isBuy: order.side === 'BUY',
    }));
  }

  orderCount(): number {
    return this.exchange.accountSnapshot().orderCount;
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

  private async order(
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
    const answer = await rest(urls, 'POST', '/api/v3/order', params, allCredentials[account]);
    if (answer.status !== 200) throw new Error(`by hand: ${JSON.stringify(answer.body)}`);
  }
}
