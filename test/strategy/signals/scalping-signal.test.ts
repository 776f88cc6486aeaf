import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Ema } from '../../../engine/analysis/indicators/ema.ts';
import { Rsi } from '../../../engine/analysis/indicators/rsi.ts';
import { Prng } from '../../../engine/core/prng.ts';
import { SIDE } from '../../../engine/messages/enums.ts';
import { ALIGNMENT } from '../../../engine/strategy/signals/alignment.ts';
import { riskLots } from '../../../engine/strategy/signals/risk-size.ts';
import { SCALPING_DEFAULTS } from '../../../engine/strategy/signals/scalping-config.ts';
import type { ScalpingConfig } from '../../../engine/strategy/signals/scalping-config.ts';
import {
  SCALPING_INPUT,
  ScalpingSignal,
  SETUP,
  SIGNAL_REASON,
} from '../../../engine/strategy/signals/scalping-signal.ts';

const MINUTE = 60_000;
const BASE = 1_000_000;
const RUNS = { numRuns: 60, seed: 20_260_911 };

/** What is known beside the prices at a moment. */
interface Views {
  readonly score?: number;
  readonly bias?: number;
  readonly keyLevelTicks?: number;
  readonly spreadTicks?: number;
}

/** One signal with its tape; `mirror` -1 shows every price in a mirror at BASE, and every view with the other sign. */
class Scalper {
  readonly signal: ScalpingSignal;
  nowMs = 1_700_006_400_000;
  private readonly mirror: number;

  constructor(config: Partial<ScalpingConfig> = {}, mirror = 1) {
    this.signal = new ScalpingSignal({ ...SCALPING_DEFAULTS, ...config });
    this.mirror = mirror;
  }

  price(offset: number): number {
    return BASE + this.mirror * offset;
  }

  trade(offset: number, qtyLots = 1): void {
    this.signal.technicals.onTrade({ priceTicks: this.price(offset), qtyLots, exchangeTsMs: this.nowMs });
  }

  /** A whole minute of trades at offsets from BASE, and its bar. */
  bar(offsets: readonly number[], isComplete = true): void {
    const openTimeMs = this.nowMs;
    for (const offset of offsets) this.trade(offset);
    const prices = offsets.map((offset) => this.price(offset));
    this.nowMs += MINUTE;
    this.signal.technicals.onBar({
      openTimeMs,
      intervalMs: MINUTE,
      highTicks: Math.max(...prices),
      lowTicks: Math.min(...prices),
      closeTicks: prices.at(-1)!,
      volumeLots: prices.length,
      isComplete,
    });
  }

  /** Judges at the last trade, with a touch around it. */
  judge({ score = 40, bias = NaN, keyLevelTicks = NaN, spreadTicks = 2 }: Views = {}): number {
    const { inputs, technicals } = this.signal;
    const last = technicals.lastTicks;
    const bid = this.mirror > 0 ? last - 1 : last + 1 - spreadTicks;
    inputs[SCALPING_INPUT.bidTicks] = bid;
    inputs[SCALPING_INPUT.askTicks] = bid + spreadTicks;
    inputs[SCALPING_INPUT.score] = this.mirror * score;
    inputs[SCALPING_INPUT.bias] = this.mirror * bias;
    inputs[SCALPING_INPUT.keyLevelTicks] = this.mirror > 0 ? keyLevelTicks : 2 * BASE - keyLevelTicks;
    inputs[SCALPING_INPUT.nowNs] = this.nowMs * 1e6;
    return this.signal.judge();
  }
}

/** Prices that swing, then calm down to nothing, drift a little upwards, and at last break out by `jump`. */
function squeezeThen(scalper: Scalper, jump: number): void {
  for (let bar = 0; bar < 140; bar++) {
    const swing = Math.round((bar % 2 === 0 ? 1 : -1) * (bar < 100 ? 200 : 200 - (bar - 100) * 4.5));
    scalper.bar([swing, -swing, Math.round(bar / 10) + swing / 10]);
  }
  const calm = Math.round(140 / 10);
  for (let bar = 0; bar < 12; bar++) scalper.bar([calm + (bar % 2), calm + bar - (bar % 3) * 4]);
  scalper.bar([calm, calm + jump]);
}

/** Much volume at a high price, a fall, and a slow zigzag rise far below VWAP whose last bar is a step down. */
function fallThenRise(scalper: Scalper): void {
  for (let bar = 0; bar < 5; bar++) scalper.bar([3_000 + bar * 10]);
  scalper.trade(3_000, 1_000);
  for (let bar = 0; bar < 10; bar++) scalper.bar([3_000 - bar * 300]);
  for (let bar = 0; bar < 50; bar++) scalper.bar([300 + bar * 10 + (bar % 2 === 0 ? 20 : 0)]);
}

describe('a long by squeeze release', () => {
  const made = (views: Views = {}, config: Partial<ScalpingConfig> = {}, mirror = 1): [Scalper, number] => {
    const scalper = new Scalper(config, mirror);
    squeezeThen(scalper, 40);
    return [scalper, scalper.judge(views)];
  };

  test('names side, reasons, entry at the own touch, stop, target and expiry', () => {
    const [{ signal, nowMs }, setup] = made();
    expect(setup).toBe(SETUP.signal);
    expect(signal.side).toBe(SIDE.buy);
    expect(signal.reasons).toBe(SIGNAL_REASON.trend | SIGNAL_REASON.squeezeRelease | SIGNAL_REASON.orderFlow);
    expect(signal.isMarketable).toBe(false);
    expect(signal.entryTicks).toBe(signal.technicals.lastTicks - 1);
    const distance = Math.ceil(signal.technicals.atr);
    expect(distance).toBeGreaterThan(4);
    expect(signal.stopTicks).toBe(signal.entryTicks - distance);
    expect(signal.targetTicks).toBe(signal.entryTicks + 2 * distance);
    expect(signal.expiresNs).toBe((nowMs + 30_000) * 1e6);
  });

  test.each([
    // 50 + 0.3 x |score| + 10 for the release, + 10 where the bias goes with it
    [40, NaN, 72, ALIGNMENT.noView, 1],
    [60, NaN, 78, ALIGNMENT.noView, 1],
    [100, NaN, 90, ALIGNMENT.noView, 1],
    [40, 30, 82, ALIGNMENT.moderateAlignment, 1],
    [70, 65, 91, ALIGNMENT.strongAlignment, 1.5],
    [100, 100, 100, ALIGNMENT.strongAlignment, 1.5],
  ])(
    'at a score of %d and a bias of %d has a confidence of %d',
    (score, bias, confidence, alignment, multiplier) => {
      const [{ signal }, setup] = made({ score, bias });
      expect(setup).toBe(SETUP.signal);
      expect(signal.confidence).toBeCloseTo(confidence, 10);
      expect([signal.alignment, signal.sizeMultiplier]).toEqual([alignment, multiplier]);
    },
  );

  test.each([
    [40, -30, 50 + 12 + 10 - 20, ALIGNMENT.moderateConflict],
    [70, -65, 50 + 21 + 10 - 40, ALIGNMENT.strongConflict],
  ])(
    'against the bias and without hybrid mode, at %d and %d, loses confidence: %d',
    (score, bias, confidence, alignment) => {
      const [{ signal }, setup] = made({ score, bias }, { isHybrid: false });
      expect([setup, signal.alignment]).toEqual([SETUP.signal, alignment]);
      expect(signal.confidence).toBeCloseTo(confidence, 10);
    },
  );

  test('enters at the other side’s price when the score is strong and the spread one tick', () => {
    const [strong] = made({ score: 60, spreadTicks: 1 });
    expect([strong.signal.isMarketable, strong.signal.entryTicks]).toEqual([
      true,
      strong.signal.technicals.lastTicks,
    ]);
    expect(made({ score: 60, spreadTicks: 2 })[0].signal.isMarketable).toBe(false);
    expect(made({ score: 59, spreadTicks: 1 })[0].signal.isMarketable).toBe(false);
  });

  test('its stop is at least three ticks and two spreads away', () => {
    const stopOf = (views: Views, config: Partial<ScalpingConfig>): number => {
      const [{ signal }] = made(views, config);
      return signal.entryTicks - signal.stopTicks;
    };
    expect(stopOf({}, { stopAtr: 0.001 })).toBe(4);
    expect(stopOf({ spreadTicks: 1 }, { stopAtr: 0.001 })).toBe(3);
    expect(stopOf({ spreadTicks: 500 }, {})).toBe(1_000);
  });

  test.each([
    ['no score', { score: NaN }, SETUP.noScore],
    ['a weak score', { score: 19.9 }, SETUP.scoreTooWeak],
    ['a score against it', { score: -40 }, SETUP.scoreTooWeak],
    ['order flow strongly against the breakout', { score: -60 }, SETUP.falseBreakout],
    ['a neutral bias', { bias: 19.9 }, SETUP.againstBias],
    ['a bias against it', { bias: -70 }, SETUP.againstBias],
    ['a key level above', { bias: 50, keyLevelTicks: BASE + 10_000 }, SETUP.beyondKeyLevel],
    ['a key level below', { bias: 50, keyLevelTicks: BASE - 10_000 }, SETUP.signal],
    ['a locked book', { spreadTicks: 0 }, SETUP.noBook],
  ])('with %s', (_name, views, expected) => {
    const [{ signal }, setup] = made(views);
    expect(setup).toBe(expected);
    if (expected !== SETUP.noBook) expect(signal.side).toBe(SIDE.buy);
  });

  test('in a mirror is a short with mirrored prices and the same confidence', () => {
    for (const views of [{}, { score: 75, spreadTicks: 1 }, { bias: 70, score: 80 }, { score: -60 }]) {
      const [long, setup] = made(views);
      const [short, mirrored] = made(views, {}, -1);
      expect(mirrored).toBe(setup);
      if (setup !== SETUP.signal) continue;
      expect([long.signal.side, short.signal.side]).toEqual([SIDE.buy, SIDE.sell]);
      expect(short.signal.confidence).toBeCloseTo(long.signal.confidence, 9);
      for (const name of ['entryTicks', 'stopTicks', 'targetTicks'] as const) {
        expect(short.signal[name] - BASE).toBe(-(long.signal[name] - BASE));
      }
    }
  });

  test('is given once; again when it has expired or its setup has ended in between', () => {
    const [scalper] = made();
    expect(scalper.judge()).toBe(SETUP.repeated);
    scalper.nowMs += 29_999;
    expect(scalper.judge()).toBe(SETUP.repeated);
    scalper.nowMs += 1;
    expect(scalper.judge()).toBe(SETUP.signal);
    scalper.trade(-5_000);
    expect(scalper.judge()).toBe(SETUP.noSetup);
    scalper.trade(54);
    expect(scalper.judge()).toBe(SETUP.signal);
  });

  test('is not given for a bar with trades missing', () => {
    const scalper = new Scalper();
    squeezeThen(scalper, 0);
    scalper.bar([14, 60], false);
    expect(scalper.judge()).toBe(SETUP.noSetup);
  });
});

describe('a long by return to VWAP', () => {
  test('comes when the price lies far enough below VWAP in a rise and RSI turns up', () => {
    const scalper = new Scalper();
    fallThenRise(scalper);
    const last = scalper.signal.technicals.lastTicks - BASE;
    scalper.trade(last - 2);
    expect(scalper.judge()).toBe(SETUP.noSetup);
    scalper.trade(last + 2);
    expect(scalper.judge()).toBe(SETUP.signal);
    expect(scalper.signal.technicals.vwapDeviations).toBeLessThan(-1.5);
    expect(scalper.signal.reasons).toBe(
      SIGNAL_REASON.trend | SIGNAL_REASON.vwapReversion | SIGNAL_REASON.orderFlow,
    );
  });

  test('does not come near VWAP: a new day begins a new one', () => {
    const scalper = new Scalper();
    fallThenRise(scalper);
    const last = scalper.signal.technicals.lastTicks - BASE;
    scalper.nowMs += 86_400_000;
    scalper.trade(last + 2);
    expect(scalper.judge()).toBe(SETUP.noSetup);
    expect(scalper.signal.technicals.vwapDeviations).toBe(0);
  });

  test('is no breakout: order flow strongly against it is merely too weak', () => {
    const scalper = new Scalper();
    fallThenRise(scalper);
    scalper.trade(scalper.signal.technicals.lastTicks - BASE + 2);
    expect(scalper.judge({ score: -80 })).toBe(SETUP.scoreTooWeak);
  });
});

describe('over random markets', () => {
  const walk = fc.tuple(fc.integer({ min: 1, max: 1_000_000 }), fc.integer({ min: 2, max: 200 }));

  interface Judgement {
    /** Of the technicals, shown in the mirror again. */
    readonly readings: readonly number[];
    readonly setup: number;
    readonly made: readonly number[];
  }

  /** Plays a random walk with quiet and wild phases. */
  function played(seed: number, step: number, mirror: number): Judgement[] {
    const prng = new Prng(seed);
    const scalper = new Scalper({ bandwidthBars: 30, vwapDeviations: 0.5 }, mirror);
    const seen: Judgement[] = [];
    let offset = 0;
    for (let bar = 0; bar < 120; bar++) {
      const width = bar % 40 < 25 ? Math.max(1, step / 10) : step;
      const offsets = Array.from(
        { length: 4 },
        () => (offset += Math.round((prng.nextFloat() - 0.48) * width)),
      );
      scalper.bar(offsets);
      for (let tick = 0; tick < 3; tick++) {
        scalper.trade((offset += Math.round((prng.nextFloat() - 0.5) * width)));
        const score = Math.round((prng.nextFloat() - 0.3) * 140);
        const setup = scalper.judge({
          score: Math.max(-100, Math.min(100, score)),
          spreadTicks: 1 + (tick % 3),
        });
        const { signal } = scalper;
        const { released, rsiTurn, trend, rsiNow } = signal.technicals;
        const readings = [released, rsiTurn, Math.sign(trend), rsiNow - 50].map((value) => value * mirror);
        const made = [
          signal.side,
          signal.confidence,
          signal.entryTicks,
          signal.stopTicks,
          signal.targetTicks,
        ];
        seen.push({ readings, setup, made: setup === SETUP.signal ? made : [] });
      }
    }
    return seen;
  }

  test('every signal keeps its bounds', () => {
    let signals = 0;
    fc.assert(
      fc.property(walk, ([seed, step]) => {
        for (const { made } of played(seed, step, 1)) {
          if (made.length === 0) continue;
          signals++;
          const [side, confidence, entry, stop, target] = made;
          const direction = side === SIDE.buy ? 1 : -1;
          expect((entry - stop) * direction).toBeGreaterThanOrEqual(3);
          expect(target - entry).toBe(2 * (entry - stop));
          expect(confidence).toBeGreaterThanOrEqual(50);
          expect(confidence).toBeLessThanOrEqual(100);
        }
      }),
      RUNS,
    );
    expect(signals).toBeGreaterThan(20);
  });

  // A bandwidth is a share of the price, and rounding breaks ties: now and then the technicals themselves do not mirror.
  test('the mirrored market gives the mirrored judgements as long as its technicals are mirrored', () => {
    let compared = 0;
    let signals = 0;
    fc.assert(
      fc.property(walk, ([seed, step]) => {
        const mirrored = played(seed, step, -1);
        for (const [at, { readings, setup, made }] of played(seed, step, 1).entries()) {
          const other = mirrored[at];
          if (readings.some((value, index) => !(Math.abs(value - other.readings[index]) < 1e-6)) && at > 80)
            return;
          compared++;
          expect(other.setup).toBe(setup);
          if (made.length === 0) continue;
          signals++;
          const [side, confidence, ...prices] = made;
          const [otherSide, otherConfidence, ...otherPrices] = other.made;
          expect(otherSide).toBe(side === SIDE.buy ? SIDE.sell : SIDE.buy);
          expect(otherConfidence).toBeCloseTo(confidence, 6);
          expect(otherPrices.map((price) => 2 * BASE - price)).toEqual(prices);
        }
      }),
      RUNS,
    );
    expect(compared).toBeGreaterThan(10_000);
    expect(signals).toBeGreaterThan(20);
  });

  test('what an indicator would be with a further value is what it is after it', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 10_000 }), { minLength: 30, maxLength: 60 }),
        (closes) => {
          const ema = new Ema(9);
          const rsi = new Rsi(14);
          for (const close of closes) {
            const numbers = Float64Array.of(close, 0, 0);
            ema.previewInto(numbers, 0, numbers, 1);
            rsi.previewInto(numbers, 0, numbers, 2);
            const [, nextEma, nextRsi] = numbers;
            const wasEmaReady = ema.isReady;
            const wasRsiReady = rsi.isReady;
            ema.update(close);
            rsi.update(close);
            expect(nextEma).toBe(wasEmaReady ? ema.value : NaN);
            expect(nextRsi).toBe(wasRsiReady ? rsi.value : NaN);
          }
        },
      ),
      RUNS,
    );
  });
});

test('before the indicators are warm there is no signal, and after bars that never came neither', () => {
  const scalper = new Scalper();
  for (let bar = 0; bar < 20; bar++) scalper.bar([bar]);
  expect(scalper.judge()).toBe(SETUP.warmingUp);
  scalper.bar([20]);
  expect(scalper.judge()).not.toBe(SETUP.warmingUp);
  scalper.nowMs += 10 * MINUTE;
  scalper.bar([20]);
  expect(scalper.judge()).toBe(SETUP.warmingUp);
});

test('the size risks the smaller of a share of equity and an amount, times the multiplier, in whole lots', () => {
  // 10,000 of equity, 0.5 %: 50; at a stop of 7 ticks 7 lots.
  expect(riskLots(10_000, 0.5, 1_000, 1, 7)).toBe(7);
  expect(riskLots(10_000, 0.5, 20, 1, 7)).toBe(2);
  expect(riskLots(10_000, 0.5, 1_000, 1.5, 7)).toBe(10);
  expect(riskLots(NaN, 0.5, 70, 1, 7)).toBe(0);
  expect([
    riskLots(10_000, 0.5, 1_000, 1, 0),
    riskLots(-5, 0.5, 1_000, 1, 7),
    riskLots(10, 0.5, 1, 1, 7),
  ]).toEqual([0, 0, 0]);
});
