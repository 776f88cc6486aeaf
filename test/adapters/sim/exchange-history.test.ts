import { describe, expect, it } from 'vitest';
import {
  type Candle,
  candleOpenMs,
  KLINE_INTERVALS,
  TAPE_CANDLES_MAX,
} from '../../../adapters/sim/candles.ts';
import { findInstrument, LISTED_SYMBOLS } from '../../../adapters/sim/instruments.ts';
import { MarketHistory } from '../../../adapters/sim/market-history.ts';
import { MarketTape } from '../../../adapters/sim/market-tape.ts';

/** A Wednesday, 17 s into a minute. */
const OPENED_MS = Date.UTC(2024, 6, 31, 10, 47, 17, 250);
const INTERVALS = Object.keys(KLINE_INTERVALS);

function historyOf(symbol: string, seed = 1): MarketHistory {
  const options = { seed, openedMs: OPENED_MS, eventsPerSecond: 200, lastTradeId: 3_735_683_258 };
  return new MarketHistory(findInstrument(symbol)!, options);
}

function addedUp(candles: readonly Candle[]): Partial<Candle> {
  return {
    openTicks: candles[0].openTicks,
    highTicks: Math.max(...candles.map(({ highTicks }) => highTicks)),
    lowTicks: Math.min(...candles.map(({ lowTicks }) => lowTicks)),
    closeTicks: candles.at(-1)!.closeTicks,
    volumeLots: candles.reduce((sum, { volumeLots }) => sum + volumeLots, 0),
    tradeCount: candles.reduce((sum, { tradeCount }) => sum + tradeCount, 0),
  };
}

/** Whether the prices of a candle fit together and it follows on the one before. */
function isSound(candle: Candle, before: Candle | undefined): boolean {
  const { openTicks, highTicks, lowTicks, closeTicks } = candle;
  const follows =
    before === undefined || (candle.openMs === before.closeMs + 1 && openTicks === before.closeTicks);
  const inRange = highTicks >= Math.max(openTicks, closeTicks) && lowTicks <= Math.min(openTicks, closeTicks);
  return follows && inRange && lowTicks > 0;
}

describe('the past of a market of the embedded exchange', () => {
  it('has candles of every interval without holes, the last one unfinished at the opening price', () => {
    for (const symbol of LISTED_SYMBOLS) {
      const history = historyOf(symbol);
      for (const interval of INTERVALS.filter((each) => each !== '1s')) {
        const candles = history.candles(interval);
        expect(candles.length).toBeGreaterThan(interval === '1M' ? 45 : 300);
        expect(candles.length).toBeLessThanOrEqual(TAPE_CANDLES_MAX);
        const last = candles.at(-1)!;
        expect(last.openMs).toBe(candleOpenMs(interval, OPENED_MS));
        expect(last.closeTicks).toBe(findInstrument(symbol)!.openingPriceTicks);
        expect(candles.filter((candle, index) => !isSound(candle, candles[index - 1]))).toEqual([]);
      }
    }
  });

  it('makes longer candles of shorter ones exactly', () => {
    const history = historyOf('BTCUSDT');
    for (const [shorter, longer] of [
      ['1m', '5m'],
      ['5m', '15m'],
      ['15m', '1h'],
      ['1h', '4h'],
      ['4h', '1d'],
      ['1d', '1w'],
    ] as const) {
      const parts = history.candles(shorter);
      const whole = history.candles(longer).filter(({ openMs }) => openMs >= parts[0].openMs);
      expect(whole.length).toBeGreaterThan(200);
      for (const candle of whole) {
        const inside = parts.filter(({ openMs }) => openMs >= candle.openMs && openMs <= candle.closeMs);
        expect(candle).toMatchObject(addedUp(inside));
      }
    }
  });

  it('follows from seed and opening time alone', () => {
    expect(historyOf('ETHUSDT').candles('1h')).toEqual(historyOf('ETHUSDT').candles('1h'));
    expect(historyOf('ETHUSDT').candles('1h')).not.toEqual(historyOf('ETHUSDT', 2).candles('1h'));
  });

  it('goes over into the trades: the first candles have what the past left unfinished', () => {
    const history = historyOf('BTCUSDT');
    const closed: [string, number][] = [];
    const tape = new MarketTape((interval, candle) => closed.push([interval, candle.openMs]), history);
    const forming = history.candles('1h').at(-1)!;
    const trade = { qtyLots: 10, isBuyerMaker: false };
    tape.addTrade({ ...trade, tradeId: 1, priceTicks: 9_999_999, epochMs: OPENED_MS + 5 });
    // Nobody trades for two minutes.
    tape.addTrade({ ...trade, tradeId: 2, priceTicks: 6_000_000, epochMs: OPENED_MS + 180_000 });
    const hours = tape.allCandles('1h')!;
    expect(hours.at(-1)).toMatchObject({
      openMs: forming.openMs,
      openTicks: forming.openTicks,
      highTicks: 9_999_999,
      closeTicks: 6_000_000,
      volumeLots: forming.volumeLots + 20,
    });
    expect(hours.at(-2)).toEqual({
      ...history.candles('1h').at(-2)!,
      firstTradeId: expect.any(Number) as number,
    });
    const minutes = tape.allCandles('1m')!;
    expect(minutes.slice(-3).map(({ volumeLots, openTicks }) => [volumeLots, openTicks])).toEqual([
      [0, 9_999_999],
      [0, 9_999_999],
      [10, 6_000_000],
    ]);
    expect(closed.filter(([interval]) => interval === '1m')).toHaveLength(3);
    for (const [index, candle] of minutes.entries())
      if (index > 0) expect(candle.openMs).toBe(minutes[index - 1].closeMs + 1);
  });
});
