import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatDrillStep, parseDrillSpec } from '../../engine/app/run/drill-spec.ts';
import { formatDurationMs, parseDurationMs } from '../../engine/app/cli/duration.ts';
import { HOT_ACTORS } from '../../engine/runtime/actor.ts';

describe('durations', () => {
  test.each([
    ['500ms', 500],
    ['20s', 20_000],
    ['1.5m', 90_000],
    ['1h30m', 5_400_000],
    ['1d', 86_400_000],
    ['0s', 0],
    ['2m5s250ms', 125_250],
  ])('%s is %d ms', (text, expected) => {
    expect(parseDurationMs(text)).toBe(expected);
  });

  test.each([
    '',
    '5',
    '5 s',
    '-5s',
    '5sec',
    's',
    '1s1m',
    '1s1s',
    '1e3s',
    '.5s',
    '1h 30m',
    'Infinitys',
    '9'.repeat(30) + 'd',
  ])('%j is refused with what was expected', (text) => {
    expect(() => parseDurationMs(text)).toThrow(/not a duration.*write 500ms/);
  });

  test('any whole number of milliseconds reads back from its text', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 10_000_000_000 }), (durationMs) => {
        expect(parseDurationMs(formatDurationMs(durationMs))).toBe(durationMs);
      }),
      { seed: 11 },
    );
  });

  test('a text is either refused or worth what its parts add up to', () => {
    const part = fc.tuple(fc.integer({ min: 0, max: 999 }), fc.constantFrom('ms', 's', 'm', 'h', 'd'));
    const unitMs: Record<string, number> = { ms: 1, s: 1e3, m: 6e4, h: 3.6e6, d: 8.64e7 };
    const order = ['d', 'h', 'm', 's', 'ms'];
    fc.assert(
      fc.property(fc.array(part, { minLength: 1, maxLength: 4 }), (parts) => {
        const text = parts.map(([count, unit]) => `${count}${unit}`).join('');
        const ranks = parts.map(([, unit]) => order.indexOf(unit));
        if (ranks.every((rank, index) => index === 0 || rank > ranks[index - 1])) {
          expect(parseDurationMs(text)).toBe(
            parts.reduce((sum, [count, unit]) => sum + count * unitMs[unit], 0),
          );
        } else expect(() => parseDurationMs(text)).toThrow(RangeError);
      }),
      { seed: 12 },
    );
  });
});

describe('drill specs', () => {
  test('the example of the manual is read, sorted by time', () => {
    expect(parseDrillSpec('drop-feed@14s,kill:strategy@5s, hang:orderbook@8s,throw:risk@11s')).toEqual([
      { action: 'kill', actor: 'strategy', symbol: null, atMs: 5_000, isRelative: false },
      { action: 'hang', actor: 'orderbook', symbol: null, atMs: 8_000, isRelative: false },
      { action: 'throw', actor: 'risk', symbol: null, atMs: 11_000, isRelative: false },
      { action: 'drop-feed', actor: null, symbol: null, atMs: 14_000, isRelative: false },
    ]);
  });

  test.each([
    ['', /not a drill step: ""/],
    ['kill:strategy', /not a drill step/],
    ['kill:strategy@', /not a duration: ""/],
    ['kill@5s', /kill needs an actor/],
    ['drop-feed:risk@5s', /drop-feed takes no actor/],
    ['stab:risk@5s', /no action "stab"; there are kill, hang, throw, drop-feed/],
    ['hang-wish:strategy@5s', /requests come to risk and execution only/],
    ['kill:bookkeeper@5s', /no actor "bookkeeper"; there are market-data, orderbook/],
    ['kill:risk@5', /not a duration: "5"/],
    ['kill:risk@5s,', /not a drill step: ""/],
    ['kill:risk@+', /not a duration: ""/],
    ['halt@5s', /halt needs a symbol/],
  ])('%j is refused: %s', (text, message) => {
    expect(() => parseDrillSpec(text)).toThrow(message);
  });

  test('a relative step stays behind the one it is written after', () => {
    const spec = 'hang:risk@8s,throw:risk@+1s,kill:risk@2s,drop-feed@+500ms';
    expect(parseDrillSpec(spec).map(formatDrillStep)).toEqual([
      'kill:risk@2000ms',
      'drop-feed@+500ms',
      'hang:risk@8000ms',
      'throw:risk@+1000ms',
    ]);
  });

  test('all wrong steps are named at once', () => {
    expect(() => parseDrillSpec('kill@5s,drop-feed@1s,hang:x@1s')).toThrow(
      /kill needs an actor[\s\S]*no actor "x"/,
    );
  });

  test('any list of steps reads back from its text, in order of time', () => {
    const actorStep = fc.record({
      action: fc.constantFrom('kill', 'hang', 'throw'),
      actor: fc.constantFrom(...HOT_ACTORS),
      symbol: fc.constant(null),
      atMs: fc.integer({ min: 0, max: 3_600_000 }),
      isRelative: fc.constant(false),
    });
    const outsideStep = fc.record({
      action: fc.constant('drop-feed' as const),
      actor: fc.constant(null),
      symbol: fc.constant(null),
      atMs: fc.integer({ min: 0, max: 3_600_000 }),
      isRelative: fc.constant(false),
    });
    const symbolStep = fc.record({
      action: fc.constantFrom('halt', 'unhalt'),
      actor: fc.constant(null),
      symbol: fc.constantFrom('BTCUSDT', '币安人生USDT'),
      atMs: fc.integer({ min: 0, max: 3_600_000 }),
      isRelative: fc.constant(false),
    });
    fc.assert(
      fc.property(
        fc.array(fc.oneof(actorStep, outsideStep, symbolStep), { minLength: 1, maxLength: 8 }),
        (steps) => {
          const sorted = steps.toSorted((left, right) => left.atMs - right.atMs);
          expect(parseDrillSpec(steps.map((step) => formatDrillStep(step as never)).join(','))).toEqual(
            sorted,
          );
        },
      ),
      { seed: 13 },
    );
  });

  test('no text makes the parser fail in another way than RangeError', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom(...'kilhang:@5smrop-fed,x '.split('')), maxLength: 24 }),
        (text) => {
          try {
            for (const step of parseDrillSpec(text)) expect(Number.isInteger(step.atMs)).toBe(true);
          } catch (error) {
            expect(error).toBeInstanceOf(RangeError);
          }
        },
      ),
      { seed: 14 },
    );
  });
});
