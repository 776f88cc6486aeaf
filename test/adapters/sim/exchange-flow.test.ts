/** The simulated crowd: reproducible, bursty, and a market one can believe. */
import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { findInstrument } from '../../../adapters/sim/instruments.ts';
import type { MarketObserver } from '../../../adapters/sim/market.ts';
import { Market } from '../../../adapters/sim/market.ts';
import { BUY, EngineOrder } from '../../../adapters/sim/matching-engine.ts';
import { OrderFlow } from '../../../adapters/sim/order-flow.ts';

interface Tally {
  trades: number;
  tops: number;
  crossed: number;
  readonly digest: string;
  readonly perSecond: number[];
  readonly perQuarter: number[];
  readonly middles: number[];
  readonly spreads: number[];
  readonly resting: number[];
}

/** Runs a market for `seconds` of simulated time and digests everything it publishes. */
function run(symbol: string, seed: number, eventsPerSecond: number, seconds: number): Tally {
  const market = new Market<null>(findInstrument(symbol)!);
  const flow = new OrderFlow<null>(market, null, seed, eventsPerSecond);
  const hash = createHash('sha256');
  const tally = {
    trades: 0,
    tops: 0,
    crossed: 0,
    perSecond: [] as number[],
    perQuarter: Array.from({ length: seconds * 4 }, () => 0),
    middles: [] as number[],
  };
  const spreads: number[] = [];
  const resting: number[] = [];
  const observer: MarketObserver<null> = {
    onTrade: (_market, _taker, maker, trade) => {
      if (maker.openLots === 0) flow.forget(maker);
      tally.trades++;
      hash.update(`t${trade.tradeId},${trade.priceTicks},${trade.qtyLots},${trade.epochMs};`);
    },
    onAggTrade: () => undefined,
    onLevel: (_market, side, price, lots) => void hash.update(`l${side},${price},${lots};`),
    onTop: () => {
      tally.tops++;
      if (market.bidTicks >= market.askTicks && market.askTicks > 0) tally.crossed++;
    },
    onExpired: () => undefined,
    onSettled: () => undefined,
  };
  flow.open(0, true);
  market.observe(observer);
  while (flow.nextEventUs < seconds * 1e6) {
    const second = Math.floor(flow.nextEventUs / 1e6);
    tally.perQuarter[Math.floor(flow.nextEventUs / 250_000)]++;
    tally.perSecond[second] = (tally.perSecond[second] ?? 0) + 1;
    flow.step(Math.floor(flow.nextEventUs / 1000));
    tally.middles[second] = (market.bidTicks + market.askTicks) / 2;
    spreads.push(market.askTicks - market.bidTicks);
    resting.push(flow.restingCount);
  }
  return { ...tally, spreads, resting, digest: hash.digest('hex') };
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function least(values: readonly number[]): number {
  return values.reduce((low, value) => Math.min(low, value), Number.POSITIVE_INFINITY);
}

describe('the simulated order flow', () => {
  it('makes the same market from the same seed, and another one from another', () => {
    const first = run('BTCUSDT', 42, 500, 60);
    expect(run('BTCUSDT', 42, 500, 60).digest).toBe(first.digest);
    expect(run('BTCUSDT', 43, 500, 60).digest).not.toBe(first.digest);
  });

  it.each(['BTCUSDT', 'ETHUSDT', 'SOLUSDT', 'XRPUSDT', 'ETHBTC'])(
    'keeps %s a believable market',
    (symbol) => {
      const tally = run(symbol, 5, 300, 600);
      const count = tally.perSecond.reduce((sum, each) => sum + (each ?? 0), 0);
      expect(count / 600).toBeGreaterThan(150);
      expect(count / 600).toBeLessThan(600);
      expect(tally.crossed).toBe(0);
      expect(least(tally.spreads)).toBeGreaterThan(0);
      expect(mean(tally.spreads) / tally.middles[0]).toBeLessThan(0.002);
      expect(-least(tally.resting.map((count) => -count))).toBeLessThanOrEqual(1400);
      expect(least(tally.resting)).toBeGreaterThan(100);
      expect(tally.trades).toBeGreaterThan(2000);
      const moves = tally.middles
        .slice(1)
        .map((middle, index) => Math.log(middle / tally.middles[index]) * 1e4);
      const deviation = Math.sqrt(mean(moves.map((move) => move * move)));
      // Basis points per second: alive, and not absurd.
      expect(deviation).toBeGreaterThan(0.2);
      expect(deviation).toBeLessThan(10);
    },
  );

  it('arrives in bursts: neighbouring quarter-seconds differ far more than chance alone would', () => {
    const { perQuarter } = run('BTCUSDT', 9, 200, 600);
    const steps = perQuarter.slice(1).map((count, index) => (count - perQuarter[index]) ** 2 / 2);
    // Differences of neighbours leave slow regimes out; of a Poisson process this ratio is 1.
    expect(mean(steps) / mean(perQuarter)).toBeGreaterThan(1.5);
  });

  it('never takes a whole side: an order 10% below the market is not filled by one large taker', () => {
    // Seeds in which the longest tail of the takers' sizes comes up within two minutes.
    for (const seed of [3, 11, 12, 52, 72]) {
      const market = new Market<null>(findInstrument('BTCUSDT')!);
      const flow = new OrderFlow<null>(market, null, seed, 375);
      market.observe({
        onTrade: (_market, _taker, maker) => {
          if (maker.openLots === 0) flow.forget(maker);
        },
        onAggTrade: () => undefined,
        onLevel: () => undefined,
        onTop: () => undefined,
        onExpired: () => undefined,
        onSettled: () => undefined,
      });
      flow.open(0, true);
      const priceTicks = Math.round(market.instrument.openingPriceTicks * 0.9);
      const far = new EngineOrder<null>(
        { side: BUY, kind: 'LIMIT', timeInForce: 'GTC', stpMode: 'NONE', priceTicks, qtyLots: 300 },
        market.nextOrderId(),
        1,
        null,
      );
      market.submit(far, 0);
      let lowestBid = market.bidTicks;
      while (flow.nextEventUs < 120e6) {
        flow.step(Math.floor(flow.nextEventUs / 1000));
        lowestBid = Math.min(lowestBid, market.bidTicks);
      }
      expect(far.status, `seed ${seed}`).toBe('NEW');
      expect(lowestBid, `seed ${seed}`).toBeGreaterThan(priceTicks);
    }
  });

  it('refills a side that somebody took whole', () => {
    const market = new Market<null>(findInstrument('BTCUSDT')!);
    const flow = new OrderFlow<null>(market, null, 3, 100);
    flow.open(0, true);
    for (;;) {
      const level = market.engine.best(1);
      if (level === undefined) break;
      flow.forget(level.head!);
      market.cancel(level.head!, 0);
    }
    expect(market.askTicks).toBe(0);
    for (let count = 0; count < 200; count++) flow.step(0);
    expect(market.askTicks).toBeGreaterThan(market.bidTicks);
  });
});
