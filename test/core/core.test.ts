import { Decimal } from 'decimal.js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InvariantViolation, invariant } from '../../engine/core/assert.ts';
import { SimulatedClock, SystemClock, createClockOrigin } from '../../engine/core/clock.ts';
import {
  DECIMALS_MAX,
  decimalsOf,
  formatDecimal,
  parseDecimal,
  powerOfTen,
} from '../../engine/core/decimal.ts';
import {
  cashToText,
  cashUnitValue,
  lotSizeText,
  lotsToQty,
  priceToTicks,
  qtyToLots,
  tickSizeText,
  ticksToPrice,
} from '../../engine/core/instrument.ts';
import { Prng } from '../../engine/core/prng.ts';
import { instrument } from '../fixtures/journal-rig.ts';

const decimals = fc.integer({ min: 0, max: DECIMALS_MAX });

describe('decimal', () => {
  it('parses and prints exactly as decimal.js does', () => {
    fc.assert(
      fc.property(fc.maxSafeInteger(), decimals, (units, places) => {
        const exact = new Decimal(units).div(new Decimal(10).pow(places));
        const text = formatDecimal(units, places);
        expect(text).toBe(exact.toFixed(places).replace(/^-(0(?:\.0*)?)$/, '$1'));
        expect(parseDecimal(text, places)).toBe(units === 0 ? 0 : units);
        expect(decimalsOf(text)).toBe(exact.decimalPlaces());
      }),
      { numRuns: 2000 },
    );
  });

  it('takes any way to write a number and never rounds: what does not fit is refused', () => {
    const digits = fc.array(fc.nat(9), { maxLength: 18 }).map((list) => list.join(''));
    fc.assert(
      fc.property(
        fc.constantFrom('', '-', '+'),
        digits,
        digits,
        decimals,
        (sign, whole, fraction, places) => {
          fc.pre(whole !== '' || fraction !== '');
          const text = `${sign}${whole}.${fraction}`;
          const exact = new Decimal(`${sign}0${whole}.${fraction}0`).mul(new Decimal(10).pow(places));
          if (!exact.isInteger() || exact.abs().gt(Number.MAX_SAFE_INTEGER))
            expect(() => parseDecimal(text, places)).toThrow(RangeError);
          else expect(parseDecimal(text, places)).toBe(exact.isZero() ? 0 : exact.toNumber());
        },
      ),
      { numRuns: 3000 },
    );
  });

  it('refuses what is no decimal number, naming it', () => {
    for (const text of [
      '',
      '.',
      '-',
      'abc',
      '1e5',
      '1,5',
      ' 1',
      '1 ',
      '0x10',
      'NaN',
      'Infinity',
      '1.2.3',
      '--1',
    ])
      expect(() => parseDecimal(text, 2)).toThrow(`not a decimal number: "${text}"`);
    for (const places of [-1, 16, 1.5, Number.NaN]) expect(() => powerOfTen(places)).toThrow(RangeError);
    expect(() => formatDecimal(2 ** 53, 2)).toThrow(RangeError);
    expect(() => formatDecimal(0.5, 2)).toThrow(RangeError);
  });

  it('knows no negative zero', () => {
    expect(Object.is(parseDecimal('-0.00', 2), 0)).toBe(true);
    expect(formatDecimal(-0, 2)).toBe('0.00');
  });
});

describe('instrument', () => {
  const btc = instrument('BTCUSDT', 0, { priceDecimals: 2, tickUnits: 5, qtyDecimals: 5, lotUnits: 10 });

  it('goes from text to ticks and lots and back', () => {
    expect([tickSizeText(btc), lotSizeText(btc)]).toEqual(['0.05', '0.00010']);
    fc.assert(
      fc.property(fc.nat(1_000_000_000), fc.nat(1_000_000_000), (ticks, lots) => {
        const price = new Decimal('0.05').mul(ticks);
        const qty = new Decimal('0.0001').mul(lots);
        expect(priceToTicks(btc, price.toFixed(8))).toBe(ticks);
        expect(ticksToPrice(btc, ticks)).toBe(price.toFixed(2));
        expect(qtyToLots(btc, qty.toFixed(8))).toBe(lots);
        expect(lotsToQty(btc, lots)).toBe(qty.toFixed(5));
      }),
    );
  });

  it('refuses a price or a size that is no multiple, naming the step and the symbol', () => {
    expect(() => priceToTicks(btc, '100.01')).toThrow(/"100.01" is no multiple of 0.05 \(BTCUSDT\)/);
    expect(() => qtyToLots(btc, '0.00011')).toThrow(/"0.00011" is no multiple of 0.00010 \(BTCUSDT\)/);
  });

  it('values cash units as tick times lot', () => {
    const notional = new Decimal('100.05').mul('2.0003');
    const cash = priceToTicks(btc, '100.05') * qtyToLots(btc, '2.0003');
    expect(cashToText(btc, cash)).toBe(notional.toFixed(7));
    expect(cashUnitValue(btc)).toBe(new Decimal('0.05').mul('0.0001').toNumber());
    expect(cashToText(btc, -cash)).toBe(notional.neg().toFixed(7));
  });
});

describe('prng', () => {
  /** xoshiro128** as published (Blackman & Vigna), in exact integers. */
  function reference(seedState: readonly number[], count: number): number[] {
    const mask = 0xffff_ffffn;
    const rotl = (value: bigint, by: bigint): bigint => ((value << by) | (value >> (32n - by))) & mask;
    const s = seedState.map(BigInt);
    return Array.from({ length: count }, () => {
      const result = (rotl((s[1] * 5n) & mask, 7n) * 9n) & mask;
      const t = (s[1] << 9n) & mask;
      s[2] ^= s[0];
      s[3] ^= s[1];
      s[1] ^= s[2];
      s[0] ^= s[3];
      s[2] ^= t;
      s[3] = rotl(s[3], 11n);
      return Number(result);
    });
  }

  it('is xoshiro128**: equals the published algorithm from its own seed state', () => {
    for (const seed of [0, 1, -1, 42, 2 ** 40 + 7, Number.MAX_SAFE_INTEGER]) {
      const prng = new Prng(seed);
      const { state } = prng as unknown as { state: Uint32Array };
      const expected = reference([...state], 1000);
      expect(Array.from({ length: 1000 }, () => prng.nextUint32())).toEqual(expected);
    }
    expect(reference([1, 2, 3, 4], 4)).toEqual([11_520, 0, 5_927_040, 70_819_200]);
  });

  it('repeats from a seed and differs between seeds', () => {
    const draw = (seed: number): number[] => {
      const prng = new Prng(seed);
      return [prng.nextUint32(), prng.nextFloat(), prng.nextInt(1000), prng.nextNormal(), prng.nextNormal()];
    };
    const seen = new Set<string>();
    for (let seed = -500; seed < 500; seed++) {
      expect(draw(seed)).toEqual(draw(seed));
      seen.add(JSON.stringify(draw(seed)));
    }
    expect(seen.size).toBe(1000);
  });

  it('stays in its ranges and has the moments it should have', () => {
    const prng = new Prng(7);
    const COUNT = 200_000;
    const sums = { float: 0, normal: 0, normalSquared: 0, exponential: 0 };
    const dice = [0, 0, 0, 0, 0, 0];
    for (let count = 0; count < COUNT; count++) {
      const float = prng.nextFloat();
      if (!(float >= 0 && float < 1)) expect.unreachable(`float ${float}`);
      sums.float += float;
      dice[prng.nextInt(6)] += 1;
      const normal = prng.nextNormal();
      sums.normal += normal;
      sums.normalSquared += normal * normal;
      const exponential = prng.nextExponential(3);
      if (!(exponential >= 0)) expect.unreachable(`exponential ${exponential}`);
      sums.exponential += exponential;
    }
    // Five standard errors; the seed is fixed, so this either holds always or never.
    const error = 5 / Math.sqrt(COUNT);
    expect(Math.abs(sums.float / COUNT - 0.5)).toBeLessThan(error * Math.sqrt(1 / 12));
    expect(Math.abs(sums.normal / COUNT)).toBeLessThan(error);
    expect(Math.abs(sums.normalSquared / COUNT - 1)).toBeLessThan(error * Math.SQRT2);
    expect(Math.abs(sums.exponential / COUNT - 3)).toBeLessThan(error * 3);
    for (const count of dice) expect(Math.abs(count / COUNT - 1 / 6)).toBeLessThan(error * Math.sqrt(5 / 36));
  });
});

describe('clock', () => {
  it('never goes back, and two clocks of one origin agree', () => {
    const origin = createClockOrigin();
    const [first, second] = [new SystemClock(origin), new SystemClock(origin)];
    let last = first.nowNs();
    for (let count = 0; count < 10_000; count++) {
      const now = first.nowNs();
      expect(now).toBeGreaterThanOrEqual(last);
      last = now;
    }
    const before = first.nowNs();
    const between = second.nowNs();
    const after = first.nowNs();
    // Each is calibrated by the tightest of several paired readings: the error is far below a millisecond.
    expect(between).toBeGreaterThan(before - 1e6);
    expect(between).toBeLessThan(after + 1e6);
    expect(first.epochUs()).toBeGreaterThanOrEqual(origin.epochUs);
  });

  it('moves a simulated clock forward only, and its wall clock with it', () => {
    const clock = new SimulatedClock(1_000_000);
    expect([clock.nowNs(), clock.epochUs()]).toEqual([0, 1_000_000]);
    clock.advanceTo(5_000);
    clock.advanceTo(3_000);
    expect([clock.nowNs(), clock.epochUs()]).toEqual([5_000, 1_000_005]);
  });
});

describe('invariant', () => {
  it('passes what holds and names what does not', () => {
    expect(() => invariant(true, 'a thing')).not.toThrow();
    expect(() => invariant(false, 'a thing holds')).toThrow(InvariantViolation);
    expect(() => invariant(false, 'a thing holds')).toThrow('Invariant: a thing holds');
  });
});
