import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readCandleFile } from '../../../engine/analysis/bars/candle-file.ts';
import { CandlePatterns } from '../../../engine/analysis/patterns/candle-patterns.ts';
import { CANDLE_RULES } from '../../../engine/analysis/patterns/candle-rules.ts';
import { PERCENT_RULES } from '../../../engine/analysis/patterns/percent-rules.ts';
import { SHARED_DATA } from '../../fixtures/shared-data.ts';
import { TALIB_COUNTS } from './talib-counts.ts';
import { CALM, CANDLE_EXAMPLES, type Ohlc } from './candle-examples.ts';

const ORACLES = join(SHARED_DATA, 'oracles', 'indicators');

/** What is found at each candle: rule by rule, 0 = nothing. */
function valuesOf(candles: readonly Ohlc[], rules = CANDLE_RULES): number[][] {
  const patterns = new CandlePatterns(rules);
  return candles.map((candle) => {
    patterns.push(...candle);
    const values = rules.map(() => 0);
    for (let at = 0; at < patterns.foundCount; at++) values[patterns.found[at]] = patterns.values[at];
    return values;
  });
}

const place = (talib: string): number => CANDLE_RULES.findIndex((rule) => rule.talib === talib);
const lastValue = (talib: string, candles: readonly Ohlc[]): number =>
  valuesOf([...CALM, ...candles]).at(-1)![place(talib)];

/** A walk in quarters, exact in binary, with gaps, ties and every shape of candle, none flat. */
const WALK: fc.Arbitrary<Ohlc[]> = fc
  .array(
    fc.record({
      gap: fc.constantFrom(0, 0, 0, 0.25, -0.25, 1, -1, 3, -3),
      body: fc.constantFrom(0.25, -0.25, 0.5, -0.5, 1, -1, 2, -2, 4, -4),
      upper: fc.constantFrom(0, 0, 0.25, 1, 3),
      lower: fc.constantFrom(0, 0, 0.25, 1, 3),
    }),
    { minLength: 20, maxLength: 80 },
  )
  .map((steps) => {
    let last = 500;
    return steps.map(({ gap, body, upper, lower }) => {
      const open = last + gap;
      last = open + body;
      return [open, Math.max(open, last) + upper, Math.min(open, last) - lower, last];
    });
  });

describe('each candlestick pattern', () => {
  test('has an example', () => {
    expect(new Set(CANDLE_EXAMPLES.map(({ talib }) => talib))).toEqual(
      new Set(CANDLE_RULES.map(({ talib }) => talib)),
    );
  });

  test('has a name and a TA-Lib name of its own', () => {
    expect(new Set(CANDLE_RULES.map(({ name }) => name)).size).toBe(CANDLE_RULES.length);
    expect(CANDLE_RULES.length).toBe(61);
  });

  test.each(CANDLE_EXAMPLES.map((example) => [example.talib, example.value, example] as const))(
    '%s: %i in an example made by hand, and nothing in a near miss',
    (talib, value, { candles, miss: [at, changed] }) => {
      expect(lastValue(talib, candles)).toBe(value);
      const missed = lastValue(
        talib,
        candles.map((candle, index) => (index === at ? changed : candle)),
      );
      expect(missed).not.toBe(value);
      // A degree less is a miss of the higher degree only.
      if (value !== 80 && talib !== 'CDLKICKINGBYLENGTH') expect(Math.abs(missed)).not.toBe(100);
    },
  );
});

/** Rules that judge a rise as they judge a fall. */
const SYMMETRIC = [
  'LONGLINE MARUBOZU CLOSINGMARUBOZU BELTHOLD SPINNINGTOP HIGHWAVE SHORTLINE ENGULFING HARAMI HARAMICROSS',
  'COUNTERATTACK SEPARATINGLINES KICKING KICKINGBYLENGTH DOJISTAR ABANDONEDBABY 3INSIDE 3OUTSIDE TRISTAR',
  'TASUKIGAP XSIDEGAP3METHODS 3LINESTRIKE BREAKAWAY RISEFALL3METHODS HIKKAKE HIKKAKEMOD',
]
  .join(' ')
  .split(' ')
  .map((name) => place(`CDL${name}`));
/** Rules without a side, and pairs of which one is the other upside down. */
const NEUTRAL = ['CDLDOJI', 'CDLLONGLEGGEDDOJI', 'CDLRICKSHAWMAN'].map(place);
const PAIRS = [
  ['CDLDRAGONFLYDOJI', 'CDLGRAVESTONEDOJI', 1],
  ['CDLMORNINGSTAR', 'CDLEVENINGSTAR', -1],
  ['CDLMORNINGDOJISTAR', 'CDLEVENINGDOJISTAR', -1],
] as const;

describe('candlestick patterns of a series', () => {
  test('mirrored prices mirror the value', () => {
    fc.assert(
      fc.property(WALK, (candles) => {
        const mirrored = candles.map(([open, high, low, close]): Ohlc => [
          1000 - open,
          1000 - low,
          1000 - high,
          1000 - close,
        ]);
        const upright = valuesOf(candles);
        const upsideDown = valuesOf(mirrored);
        for (const [index, values] of upright.entries()) {
          const other = upsideDown[index];
          for (const at of SYMMETRIC) expect(other[at] + values[at], CANDLE_RULES[at].name).toBe(0);
          for (const at of NEUTRAL) expect(other[at]).toBe(values[at]);
          for (const [one, two, sign] of PAIRS) {
            expect(other[place(two)] - sign * values[place(one)], one).toBe(0);
            expect(other[place(one)] - sign * values[place(two)], two).toBe(0);
          }
        }
      }),
    );
  });

  test('scaled prices change nothing', () => {
    fc.assert(
      fc.property(WALK, fc.constantFrom(1 / 1024, 0.5, 4, 65_536), (candles, factor) => {
        const scaled = candles.map(([open, high, low, close]): Ohlc => [
          open * factor,
          high * factor,
          low * factor,
          close * factor,
        ]);
        expect(valuesOf(scaled)).toEqual(valuesOf(candles));
      }),
    );
  });

  test('what comes later changes nothing before, and where the series began changes nothing after 20 candles', () => {
    fc.assert(
      fc.property(WALK, fc.nat(), (candles, cut) => {
        const whole = valuesOf(candles);
        const length = cut % candles.length;
        expect(valuesOf(candles.slice(0, length))).toEqual(whole.slice(0, length));
        expect(valuesOf(candles.slice(length)).slice(20)).toEqual(whole.slice(length).slice(20));
      }),
    );
  });

  test('a gap ends every pattern: what follows is judged as a series of its own', () => {
    fc.assert(
      fc.property(WALK, WALK, (before, after) => {
        const patterns = new CandlePatterns();
        for (const candle of before) patterns.push(...candle);
        patterns.reset();
        const alone = new CandlePatterns();
        for (const candle of after) {
          expect(patterns.push(...candle)).toBe(alone.push(...candle));
          expect(patterns.found.slice(0, patterns.foundCount)).toEqual(
            alone.found.slice(0, alone.foundCount),
          );
        }
      }),
    );
  });

  test('nothing is found before the candles it needs', () => {
    fc.assert(
      fc.property(WALK, (candles) => {
        for (const [index, values] of valuesOf(candles).entries()) {
          for (const [at, value] of values.entries())
            if (value !== 0) expect(index).toBeGreaterThanOrEqual(CANDLE_RULES[at].lookback);
        }
      }),
    );
  });

  test('a market that stands still is all doji and nothing with a direction', () => {
    const still: Ohlc[] = Array.from({ length: 40 }, () => [7, 7, 7, 7]);
    for (const values of valuesOf(still).slice(20)) {
      const found = values.flatMap((value, at) => (value === 0 ? [] : [CANDLE_RULES[at].talib]));
      expect(found).toEqual(['CDLDOJI']);
    }
  });
});

describe.skipIf(!existsSync(ORACLES))('doji and marubozu of the recorded quotes', () => {
  interface OracleRow {
    readonly match: number;
  }
  test.each(['doji', 'marubozu'])('%s by fixed shares equals its oracle', async (name) => {
    const oracle = JSON.parse(readFileSync(join(ORACLES, `${name}.json`), 'utf8')) as OracleRow[];
    const { opens, highs, lows, closes } = await readCandleFile(join(ORACLES, 'quotes.csv'));
    const candles = [...opens].map((open, at): Ohlc => [open, highs[at], lows[at], closes[at]]);
    const at = PERCENT_RULES.findIndex((rule) => rule.name === name);
    const found = valuesOf(candles, PERCENT_RULES).map((values) => Math.sign(values[at]));
    expect(found).toEqual(oracle.map(({ match }) => Math.sign(match)));
    expect(found.filter((value) => value !== 0).length).toBeGreaterThan(5);
  });

  test('what both definitions call a marubozu has the same direction', async () => {
    const oracle = JSON.parse(readFileSync(join(ORACLES, 'marubozu.json'), 'utf8')) as OracleRow[];
    const { opens, highs, lows, closes } = await readCandleFile(join(ORACLES, 'quotes.csv'));
    const candles = [...opens].map((open, at): Ohlc => [open, highs[at], lows[at], closes[at]]);
    const found = valuesOf(candles).map((values) => values[place('CDLMARUBOZU')]);
    const both = oracle.flatMap(({ match }, at) => (match !== 0 && found[at] !== 0 ? [at] : []));
    expect(both.length).toBe(6);
    for (const at of both) expect(Math.sign(found[at])).toBe(Math.sign(oracle[at].match));
  });
});

describe.skipIf(!existsSync(SHARED_DATA))('the recorded candles', () => {
  test.each(TALIB_COUNTS.map((oracle) => [oracle.file, oracle.found] as const))(
    '%s: every pattern is where TA-Lib finds it',
    async (file, expected) => {
      const folder = file.startsWith('quotes') ? ORACLES : join(SHARED_DATA, 'candles');
      const { opens, highs, lows, closes } = await readCandleFile(join(folder, file));
      const patterns = new CandlePatterns();
      const found: Record<string, [number, number]> = {};
      for (let row = 0; row < opens.length; row++) {
        patterns.push(opens[row], highs[row], lows[row], closes[row]);
        for (let at = 0; at < patterns.foundCount; at++) {
          const [count, sum] = (found[CANDLE_RULES[patterns.found[at]].talib!] ??= [0, 0]);
          const next = (sum * 31 + row * 1000 + patterns.values[at] + 1_000_003) % 1_000_003;
          found[CANDLE_RULES[patterns.found[at]].talib!] = [count + 1, next];
        }
      }
      expect(found).toEqual(expected);
    },
  );
});
