/**
 * A market's made-up past: candles of the time before the exchange opened, which end at the opening price. All intervals
 * are made of one walk, so that longer candles are made of shorter ones exactly. A function of the seed and of the
 * opening time; made when it is first asked for.
 */
import { Prng } from '../../engine/core/prng.ts';
import type { Instrument } from './instruments.ts';
import { seedFor } from './order-flow.ts';
import { type Candle, candleCloseMs, candleOpenMs, KLINE_INTERVALS, TAPE_CANDLES_MAX } from './candles.ts';

/** Steps of the walk, from the opening backwards: so many of each, and on to where a candle of the next begins. */
const ZONES = ['1m', '5m', '15m', '1h', '4h', '1d', '1w'] as const;
/** Weeks in all; what the venue is old. */
const WEEKS = 330;
const WEEK_MS = KLINE_INTERVALS['1w'];
/** The walk is pulled towards the opening price, so that six years do not lead to a price of nothing. */
const PULL_MS = 90 * 86_400_000;
/** Volatility comes and goes: logarithm of its factor, and how long a phase lasts in steps. */
const MOOD = 0.35;
const MOOD_STEPS = 60;
/** What the crowd trades in a second, in shares of events times the typical size, and trades in shares of events. */
const VOLUME_SHARE = 0.33;
const TRADE_SHARE = 0.38;
const SEED_SALT = 0x5a17;

const COLUMNS = [
  'openMs',
  'openTicks',
  'highTicks',
  'lowTicks',
  'closeTicks',
  'lots',
  'buyLots',
  'trades',
] as const;
type Columns = Record<(typeof COLUMNS)[number], Float64Array>;

/** The steps of one zone, oldest first. */
interface Zone {
  readonly interval: string;
  readonly columns: Columns;
  readonly count: number;
}

/** What the past of a market follows from. */
export interface HistoryOptions {
  readonly seed: number;
  /** When the exchange opened. */
  readonly openedMs: number;
  /** Mean events per second of the market's crowd. */
  readonly eventsPerSecond: number;
  /** Number of the last trade before the opening. */
  readonly lastTradeId: number;
}

/** The candles of one market from before its opening. */
export class MarketHistory {
  readonly #instrument: Instrument;
  readonly #options: HistoryOptions;
  /** From the longest step to the shortest, which is oldest to newest. */
  #zones: readonly Zone[] | null;

  constructor(instrument: Instrument, options: HistoryOptions) {
    this.#instrument = instrument;
    this.#options = options;
    this.#zones = null;
  }

  /** The candles of an interval, oldest first; the last one ends at the opening, in the middle of its interval. */
  candles(interval: string): Candle[] {
    this.#zones ??= makeZones(this.#instrument, this.#options);
    const candles: Candle[] = [];
    for (const zone of this.#zones) {
      if (!isMadeOf(interval, zone.interval)) continue;
      for (let index = 0; index < zone.count; index++) addStep(candles, interval, zone.columns, index);
    }
    const kept = candles.slice(-TAPE_CANDLES_MAX);
    numberTrades(kept, this.#options.lastTradeId);
    return kept;
  }
}

/** Whether candles of an interval can be added up from steps of a zone. */
function isMadeOf(interval: string, step: string): boolean {
  if (interval === '1M') return step !== '1w';
  return KLINE_INTERVALS[interval] % KLINE_INTERVALS[step] === 0;
}

function addStep(candles: Candle[], interval: string, columns: Columns, index: number): void {
  const openMs = candleOpenMs(interval, columns.openMs[index]);
  const lots = columns.lots[index];
  const middleTicks = (columns.openTicks[index] + columns.closeTicks[index]) / 2;
  const last = candles[candles.length - 1];
  if (last === undefined || last.openMs !== openMs) {
    // A zone that begins in the middle of a candle has not all of it.
    if (last === undefined && openMs !== columns.openMs[index]) return;
    candles.push({
      openMs,
      closeMs: candleCloseMs(interval, openMs),
      openTicks: columns.openTicks[index],
      highTicks: columns.highTicks[index],
      lowTicks: columns.lowTicks[index],
      closeTicks: columns.closeTicks[index],
      volumeLots: lots,
      quoteVolume: lots * middleTicks,
      takerBuyLots: columns.buyLots[index],
      takerBuyQuote: columns.buyLots[index] * middleTicks,
      tradeCount: columns.trades[index],
      firstTradeId: 0,
      lastTradeId: 0,
    });
    return;
  }
  last.highTicks = Math.max(last.highTicks, columns.highTicks[index]);
  last.lowTicks = Math.min(last.lowTicks, columns.lowTicks[index]);
  last.closeTicks = columns.closeTicks[index];
  last.volumeLots += lots;
  last.quoteVolume += lots * middleTicks;
  last.takerBuyLots += columns.buyLots[index];
  last.takerBuyQuote += columns.buyLots[index] * middleTicks;
  last.tradeCount += columns.trades[index];
}

function numberTrades(candles: readonly Candle[], lastTradeId: number): void {
  let lastId = lastTradeId;
  for (const candle of candles.toReversed()) {
    candle.lastTradeId = lastId;
    candle.firstTradeId = Math.max(1, lastId - candle.tradeCount + 1);
    lastId = candle.firstTradeId - 1;
  }
}

/** Where each zone begins, newest zone first: at the beginning of a step of the next. */
function zoneStarts(openedMs: number): number[] {
  const floor = candleOpenMs('1w', openedMs) - WEEKS * WEEK_MS;
  let end = openedMs;
  return ZONES.map((interval, place) => {
    if (place === ZONES.length - 1) return Math.min(end, floor);
    const begin = candleOpenMs(interval, end) - TAPE_CANDLES_MAX * KLINE_INTERVALS[interval];
    end = Math.max(candleOpenMs(ZONES[place + 1], begin), floor);
    return end;
  });
}

/** Walks from the opening price backwards through all zones. */
function makeZones(instrument: Instrument, options: HistoryOptions): Zone[] {
  const walk = new BackwardWalk(instrument, options);
  let end = options.openedMs;
  return zoneStarts(end)
    .map((begin, place) => {
      const interval = ZONES[place];
      const zone = walk.zone(interval, begin, end);
      end = begin;
      return zone;
    })
    .reverse();
}

class BackwardWalk {
  readonly #prng: Prng;
  readonly #instrument: Instrument;
  readonly #lotsPerMs: number;
  readonly #tradesPerMs: number;
  /** Logarithm of the price over the opening price. */
  #log: number;
  #ticks: number;
  #mood: number;

  constructor(instrument: Instrument, { seed, eventsPerSecond }: HistoryOptions) {
    this.#prng = new Prng(seedFor(seed, instrument.symbol) + SEED_SALT);
    this.#instrument = instrument;
    // A still market had a past too.
    const eventsPerMs = Math.max(1, eventsPerSecond) / 1000;
    this.#lotsPerMs = VOLUME_SHARE * eventsPerMs * instrument.flow.typicalLots;
    this.#tradesPerMs = TRADE_SHARE * eventsPerMs;
    this.#log = 0;
    this.#ticks = instrument.openingPriceTicks;
    this.#mood = 0;
  }

  zone(interval: string, beginMs: number, endMs: number): Zone {
    const stepMs = KLINE_INTERVALS[interval];
    const count = Math.ceil((endMs - beginMs) / stepMs);
    const columns = Object.fromEntries(COLUMNS.map((name) => [name, new Float64Array(count)])) as Columns;
    for (let index = count - 1; index >= 0; index--) {
      const openMs = beginMs + index * stepMs;
      this.#step(columns, index, openMs, Math.min(openMs + stepMs, endMs) - openMs);
    }
    return { interval, columns, count };
  }

  #step(columns: Columns, index: number, openMs: number, lastsMs: number): void {
    const prng = this.#prng;
    this.#mood += -this.#mood / MOOD_STEPS + MOOD * Math.sqrt(2 / MOOD_STEPS) * prng.nextNormal();
    const perSecond = this.#instrument.flow.volatilityBps * 1e-4 * Math.exp(this.#mood);
    const sigma = perSecond * Math.sqrt(lastsMs / 1000);
    const closeLog = this.#log;
    const moved = sigma * prng.nextNormal();
    this.#log = closeLog * Math.exp(-lastsMs / PULL_MS) - moved;
    // The extremes of a walk between two known ends.
    const highLog = bridgeTop(this.#log, closeLog, sigma, prng.nextFloat());
    const lowLog = -bridgeTop(-this.#log, -closeLog, sigma, prng.nextFloat());
    const openTicks = this.#ticksAt(this.#log);
    const closeTicks = this.#ticks;
    this.#ticks = openTicks;
    const activity = Math.exp(
      0.5 * this.#mood + 0.25 * prng.nextNormal() + 0.3 * Math.abs(moved / sigma) - 0.3,
    );
    const lots = Math.max(1, Math.round(this.#lotsPerMs * lastsMs * activity));
    const buyShare = 0.5 + 0.25 * Math.tanh(moved / sigma + 0.5 * prng.nextNormal());
    columns.openMs[index] = openMs;
    columns.openTicks[index] = openTicks;
    columns.closeTicks[index] = closeTicks;
    columns.highTicks[index] = Math.max(openTicks, closeTicks, this.#ticksAt(highLog));
    columns.lowTicks[index] = Math.min(openTicks, closeTicks, this.#ticksAt(lowLog));
    columns.lots[index] = lots;
    columns.buyLots[index] = Math.round(lots * buyShare);
    columns.trades[index] = Math.max(1, Math.round(this.#tradesPerMs * lastsMs * activity));
  }

  #ticksAt(log: number): number {
    return Math.max(1, Math.round(this.#instrument.openingPriceTicks * Math.exp(log)));
  }
}

/** The maximum of a Brownian bridge from `from` to `to`: (a + b + sqrt((b - a)^2 - 2 sigma^2 ln u)) / 2. */
function bridgeTop(from: number, to: number, sigma: number, uniform: number): number {
  const apart = to - from;
  return (from + to + Math.sqrt(apart * apart - 2 * sigma * sigma * Math.log(1 - uniform))) / 2;
}
