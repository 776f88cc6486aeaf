import { setImmediate as turn, setTimeout as sleep } from 'node:timers/promises';
import { parentPort, workerData } from 'node:worker_threads';
import { findInstrument } from '../../adapters/sim/instruments.ts';
import { MarketHistory } from '../../adapters/sim/market-history.ts';
import { MarketTape } from '../../adapters/sim/market-tape.ts';
import { AnalysisActor } from '../../engine/analysis/analysis-actor.ts';
import { ANALYSIS_COUNTER } from '../../engine/analysis/analysis-counters.ts';
import type { CandleFetcher, CandleQuery, VenueCandle } from '../../engine/analysis/bars/candle-port.ts';
import { TIMEFRAMES } from '../../engine/analysis/bars/timeframe.ts';
import { biasBytes, BiasWriter } from '../../engine/analysis/bias-frame.ts';
import { openShardPool } from '../../engine/analysis/live/shard-pool.ts';
import { SimulatedClock } from '../../engine/core/clock.ts';
import { type Instrument, lotsToQty, spotInstrument, ticksToPrice } from '../../engine/core/instrument.ts';
import { COUNTER_BLOCK_BYTES, CounterBlock } from '../../engine/ipc/counters.ts';
import { MemoryMapBuilder } from '../../engine/ipc/memory-map.ts';
import { Publication, ringBytes, RingMonitor, Subscription } from '../../engine/ipc/ring.ts';
import type { RingDeclaration } from '../../engine/ipc/ring.ts';
import { TRADE_TICK, TRADE_TICK_BYTES, TradeTick } from '../../engine/messages/codecs.ts';
import { SIDE } from '../../engine/messages/enums.ts';
import type { RoundResult } from '../harness/comparison.ts';

/* One round of the bench `closes`, on a thread like that of the slow path: its heap has the same limits. */

/** What a round is told. */
export interface ClosesRound {
  readonly symbols: number;
  readonly threads: number;
  /** Bytes of the process before the thread was started. */
  readonly rssBefore: number;
  /** Instead of a round: closes all symbols' bars this often, ms, until it is told to stop; null = a round. */
  readonly everyMs: number | null;
}

const MARKET = 'BTCUSDT';
const RING: RingDeclaration = { name: 'book-to-analysis', policy: 'drop', capacityBytes: 1024 * 1024 };
const MINUTE_MS = 60_000;
/** A Monday: every timeframe closes. */
const CLOSE_MS: number = Date.UTC(2024, 6, 29);
/** Two whole minutes of trades come before. */
const OPENED_MS: number = CLOSE_MS - 3 * MINUTE_MS + 2_000;
const SEED = 1;
const WAIT_MS = 120_000;

/** A venue with a past, which has every symbol trade the same market. */
class Venue implements CandleFetcher {
  readonly candlesMax = 1_500;
  readonly tape: MarketTape;
  private readonly instrument: Instrument;

  constructor(instrument: Instrument) {
    this.instrument = instrument;
    const options = { seed: SEED, openedMs: OPENED_MS, eventsPerSecond: 200, lastTradeId: 1e9 };
    this.tape = new MarketTape(() => {}, new MarketHistory(findInstrument(MARKET)!, options));
  }

  fetch({ timeframe, fromMs, toMs }: CandleQuery): Promise<VenueCandle[]> {
    const price = (ticks: number): number => Number(ticksToPrice(this.instrument, ticks));
    const size = (lots: number): number => Number(lotsToQty(this.instrument, lots));
    const candles = this.tape
      .allCandles(timeframe)!
      .filter(({ openMs }) => openMs >= fromMs && openMs < toMs)
      .map((one) => ({
        openTimeMs: one.openMs,
        open: price(one.openTicks),
        high: price(one.highTicks),
        low: price(one.lowTicks),
        close: price(one.closeTicks),
        volume: size(one.volumeLots),
        buyVolume: size(one.takerBuyLots),
      }));
    return Promise.resolve(candles);
  }

  close(): void {}
}

/** The actor with real threads, and a clock in the bench's hands. */
class Rig {
  readonly counters: CounterBlock;
  private readonly instruments: readonly Instrument[];
  private readonly actor: AnalysisActor;
  private readonly venue: Venue;
  private readonly ring: Publication;
  private readonly clock = new SimulatedClock(OPENED_MS * 1_000);
  private readonly trade = new TradeTick();
  private nowMs = OPENED_MS;
  private tradeId = 1e9;

  constructor(instruments: readonly Instrument[], threads: number) {
    const map = new MemoryMapBuilder();
    const ring = map.reserve('ring', ringBytes(RING.capacityBytes));
    const bias = map.reserve('bias', biasBytes(instruments.length));
    const counters = map.reserve('counters', COUNTER_BLOCK_BYTES);
    const buffer = new SharedArrayBuffer(map.seal().byteLength);
    const venue = new Venue(instruments[0]);
    this.instruments = instruments;
    this.venue = venue;
    this.counters = new CounterBlock(buffer, counters);
    this.ring = new Publication(buffer, ring, RING, null);
    this.actor = new AnalysisActor({
      trades: [new Subscription(buffer, ring, RING)],
      tradesRings: [new RingMonitor(buffer, ring, RING)],
      instruments,
      clock: this.clock,
      bias: new BiasWriter(buffer, bias, instruments.length),
      counters: this.counters,
      config: {
        timeframes: TIMEFRAMES,
        refreshMs: 1_000,
        taskTimeoutMs: 3_600_000,
        feeBps: 10,
        reports: null,
      },
      openPool: () => openShardPool({ shards: threads }),
      openFetcher: () => venue,
      history: [],
      openStore: null,
      writeReport: null,
      table: null,
      signals: null,
      portfolio: null,
      onFailure: (reason) => {
        throw new Error(reason);
      },
    });
    this.actor.onStart(0);
  }

  passMs(ms: number): void {
    this.nowMs += ms;
    this.clock.advanceTo((this.nowMs - OPENED_MS) * 1e6);
    this.actor.doWork(this.clock.nowNs());
  }

  /** One trade of every symbol. */
  trades(priceTicks: number): void {
    const epochMs = Math.floor(this.nowMs);
    const print = { tradeId: ++this.tradeId, priceTicks, qtyLots: 10, epochMs, isBuyerMaker: false };
    this.venue.tape.addTrade(print);
    for (const { index } of this.instruments) {
      const at = this.ring.tryClaim(TRADE_TICK, TRADE_TICK_BYTES);
      const trade = this.trade.wrap(this.ring.view, at);
      trade.priceTicks = priceTicks;
      trade.qtyLots = 10;
      trade.tradeId = this.tradeId;
      trade.exchangeTsMs = epochMs;
      trade.recvNs = 1;
      trade.decodedNs = 1;
      trade.bookedNs = 1;
      trade.instrumentIndex = index;
      trade.side = SIDE.buy;
      this.ring.commit();
    }
  }

  count(name: keyof typeof ANALYSIS_COUNTER): number {
    return this.counters.read(ANALYSIS_COUNTER[name]);
  }

  /** Turns until so many frames were published in all. */
  async frames(count: number): Promise<void> {
    const endMs = performance.now() + WAIT_MS;
    while (this.count('framesPublished') < count) {
      if (performance.now() > endMs)
        throw new Error(`${this.count('framesPublished')} of ${count} frames came`);
      this.actor.doWork(this.clock.nowNs());
      await turn();
    }
  }

  async close(): Promise<void> {
    this.actor.onClose();
    await this.actor.closed();
  }
}

async function round({ symbols, threads, rssBefore }: ClosesRound): Promise<RoundResult> {
  const instruments = Array.from({ length: symbols }, (_, index) => instrumentOf(index));
  const rig = new Rig(instruments, threads);
  try {
    await rig.frames(instruments.length);
    const priceTicks = findInstrument(MARKET)!.openingPriceTicks;
    // Trades in both minutes before the close, and the bars of those analysed.
    for (let step = 0; step < 17; step++) {
      rig.trades(priceTicks + step);
      rig.passMs(10_000);
      await settled(rig);
    }
    rig.passMs(CLOSE_MS - OPENED_MS - 170_000 - 10);
    await settled(rig);
    const published = rig.count('framesPublished');
    const closed = rig.count('barsClosed');
    rig.passMs(20);
    const startedMs = performance.now();
    rig.trades(priceTicks);
    await rig.frames(published + instruments.length);
    const value = performance.now() - startedMs;
    const added = (process.memoryUsage.rss() - rssBefore) / 1_048_576;
    return {
      value,
      checksum: `${rig.count('barsClosed') - closed} bars, ${rig.count('runsFailed')} failed`,
      operations: instruments.length,
      gc: { scavenges: 0, others: 0, longestMs: 0 },
      settings: { 'MB of memory added': added.toFixed(0) },
    };
  } finally {
    await rig.close();
  }
}

/** Turns until every analysis that was begun has ended. */
async function settled(rig: Rig): Promise<void> {
  do {
    rig.passMs(0);
    await turn();
  } while (
    rig.count('framesPublished') + rig.count('noViews') + rig.count('runsFailed') <
    rig.count('runsStarted')
  );
}

function instrumentOf(index: number): Instrument {
  const { symbol, baseAsset, quoteAsset, priceDecimals } = findInstrument(MARKET)!;
  return spotInstrument({
    index,
    venue: 'sim',
    symbol: `${symbol}${index}`,
    baseAsset,
    quoteAsset,
    priceDecimals,
    tickUnits: 1,
    qtyDecimals: 5,
    lotUnits: 1,
    minQtyLots: 1,
    maxQtyLots: 1e9,
    minNotionalCash: 0,
    epoch: 0,
  });
}

/** Closes a minute of all symbols, and whatever else ends with it, again and again; tells when it begins and how often it did. */
async function closeOften({ symbols, threads }: ClosesRound, everyMs: number): Promise<number> {
  const instruments = Array.from({ length: symbols }, (_, index) => instrumentOf(index));
  const rig = new Rig(instruments, threads);
  let isWanted = true;
  parentPort!.once('message', () => (isWanted = false));
  const { openingPriceTicks } = findInstrument(MARKET)!;
  let closes = 0;
  try {
    await rig.frames(instruments.length);
    for (; isWanted; closes++) {
      const startedMs = performance.now();
      rig.trades(openingPriceTicks + (closes % 17));
      rig.passMs(MINUTE_MS);
      await settled(rig);
      if (closes === 0) parentPort!.postMessage('ready');
      await sleep(Math.max(1, everyMs - (performance.now() - startedMs)));
    }
  } finally {
    await rig.close();
  }
  return closes;
}

const told = workerData as ClosesRound;
parentPort!.postMessage(await (told.everyMs === null ? round(told) : closeOften(told, told.everyMs)));
