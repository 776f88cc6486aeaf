import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BINANCE_USDM_MARKET } from '../../../adapters/binance-usdm/feed-protocol.ts';
import { instrumentsOfUsdmCapture } from '../../../adapters/binance-usdm/recording.ts';
import { MarketDecoder } from '../../../adapters/venue-kit/feed/market-decoder.ts';
import { priceToTicks, qtyToLots } from '../../../engine/core/instrument.ts';
import { recvNsOf } from '../../../engine/market-data/capture-file.ts';
import { readCapture } from '../../../engine/market-data/capture-reader.ts';
import { DATA_DIR, MarketDataRig, testInstrument } from '../../market-data/market-data-rig.ts';
import type { Seen } from '../../market-data/market-data-rig.ts';

const BTC = testInstrument(0, 'BTCUSDT', { venue: 'binance-usdm', qtyDecimals: 3 });

function depth(first: number, last: number, previous: number): string {
  const ids = `"U":${first},"u":${last},"pu":${previous}`;
  return `{"e":"depthUpdate","E":5,"T":4,"s":"BTCUSDT",${ids},"b":[["10.00","2.000"]],"a":[["11.00","0.000"]]}`;
}

function snapshot(id: number): string {
  return `{"lastUpdateId":${id},"E":5,"T":4,"bids":[["10.00","1.000"]],"asks":[["11.00","1.000"]]}`;
}

function decoderAt(id: number): { readonly rig: MarketDataRig; readonly take: (text: string) => void } {
  const rig = new MarketDataRig([BTC]);
  const decoder = new MarketDecoder(rig.context, BINANCE_USDM_MARKET, { snapshotsInStream: true });
  const take = (text: string): void => {
    const bytes = Buffer.from(text);
    expect(decoder.take(bytes, 0, bytes.length)).toBe(true);
    rig.drain();
  };
  take(snapshot(id));
  return { rig, take };
}

function updates(rig: MarketDataRig): number[] {
  return rig.seen.flatMap((seen) => (seen.kind === 'depth' ? [seen.last] : []));
}

describe('the decoder of Binance USD-M', () => {
  it('begins with the update that contains the snapshot and goes on by `pu`, whatever the ids jump', () => {
    const { rig, take } = decoderAt(100);
    take(depth(80, 99, 70));
    take(depth(95, 110, 90));
    take(depth(150, 160, 110));
    expect(updates(rig)).toEqual([110, 160]);
    expect(rig.count('gaps')).toBe(0);
    expect(rig.count('depthStale')).toBe(1);
  });

  it('tells a gap when the first update begins behind the snapshot, and when `pu` is not the update before', () => {
    const late = decoderAt(100);
    late.take(depth(101, 110, 100));
    expect(late.rig.count('gaps')).toBe(1);
    const broken = decoderAt(100);
    broken.take(depth(95, 110, 90));
    broken.take(depth(111, 120, 109));
    expect(broken.rig.count('gaps')).toBe(1);
    expect(updates(broken.rig)).toEqual([110]);
  });

  it('applies exactly the unbroken chain, as a naive follower of the venue’s rules does', () => {
    const step = fc.record({ length: fc.integer({ min: 1, max: 9 }), jump: fc.nat(9), isLost: fc.nat(9) });
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 30 }), (steps) => {
        const { rig, take } = decoderAt(100);
        const expected: number[] = [];
        let previous = 90;
        let isBroken = false;
        for (const [index, { length, jump, isLost }] of steps.entries()) {
          const first = index === 0 ? 95 : previous + 1 + jump;
          const last = Math.max(first + length, index === 0 ? 100 : 0);
          if (isLost === 0 && index > 0) isBroken = true;
          else {
            take(depth(first, last, previous));
            if (!isBroken) expected.push(last);
          }
          previous = last;
        }
        expect(updates(rig)).toEqual(expected);
      }),
    );
  });

  it('reads best prices and trades', () => {
    const { rig, take } = decoderAt(100);
    take(
      '{"e":"bookTicker","u":7,"s":"BTCUSDT","b":"10.00","B":"1.500","a":"11.00","A":"2.500","T":8,"E":9}',
    );
    take('{"e":"trade","E":9,"T":8,"s":"BTCUSDT","t":3,"p":"10.50","q":"0.006","X":"MARKET","m":false}');
    expect(rig.seen.slice(1)).toMatchObject([
      { kind: 'quote', id: 7, numbers: [1000, 1500, 1100, 2500] },
      { kind: 'trade', id: 3, price: 1050, qty: 6 },
    ]);
  });

  it('reads mark and index price off the grid, and the funding, whose rate may be negative', () => {
    const { rig, take } = decoderAt(100);
    const mark = (rate: string, next: number, price = '11794.15000000', index = '11784.62659091'): string =>
      `{"e":"markPriceUpdate","E":1562305380000,"s":"BTCUSDT","p":"${price}","i":"${index}",` +
      `"P":"11784.25641265","r":"${rate}","ap":"${price}","T":${next},"st":1}`;
    take(mark('0.00038167', 1_562_306_400_000));
    take(mark('-0.00010000', 1_562_306_400_000, '11794.1', '0.5'));
    // A contract with an end has no funding.
    take(mark('', 0));
    const plain = { instrument: 0, average: 0, reference: 0, tsMs: 1_562_305_380_000 };
    const first = { ...plain, mark: 11_794_150_000, index: 11_784_626_590, nextMs: 1_562_306_400_000 };
    expect(rig.stated).toEqual([
      { ...first, rateE8: 38_167 },
      { ...first, mark: 11_794_100_000, index: 500_000, rateE8: -10_000 },
      { ...first, rateE8: 0, nextMs: 0 },
    ]);
    expect([rig.count('priceFrames'), rig.count('sizesOffLot')]).toEqual([3, 0]);
    expect(rig.outcomeSum()).toBe(rig.count('frames'));
  });

  it('reads any rate and price as the text says, and refuses what is no number', () => {
    const units = fc.bigInt({ min: 0n, max: 9_000_000_000_000n });
    fc.assert(
      fc.property(
        units,
        fc.integer({ min: -2_000_000, max: 2_000_000 }),
        fc.nat(8),
        (price, rate, digits) => {
          const { rig, take } = decoderAt(100);
          const decimal = (value: bigint | number, places: number): string => {
            const text = String(value)
              .replace('-', '')
              .padStart(places + 1, '0');
            const cut = text.length - places;
            const body = places === 0 ? text : `${text.slice(0, cut)}.${text.slice(cut)}`;
            return value < 0 ? `-${body}` : body;
          };
          const text = decimal(price, digits);
          take(
            `{"e":"markPriceUpdate","E":1,"s":"BTCUSDT","p":"${text}","i":"1","r":"${decimal(rate, 8)}","T":5}`,
          );
          const scaled = digits <= 6 ? price * 10n ** BigInt(6 - digits) : price / 10n ** BigInt(digits - 6);
          if (scaled > 2n ** 53n) expect(rig.count('refusedNumber')).toBe(1);
          else expect(rig.stated).toMatchObject([{ mark: Number(scaled), rateE8: rate, nextMs: 5 }]);
        },
      ),
      { numRuns: 300, seed: 11 },
    );
    const { rig, take } = decoderAt(100);
    take('{"e":"markPriceUpdate","E":1,"s":"BTCUSDT","p":"x","i":"1","r":"0","T":5}');
    take('{"e":"markPriceUpdate","E":1,"s":"BTCUSDT","p":"1","i":"1","r":"-","T":5}');
    take('{"e":"markPriceUpdate","E":1,"s":"XRPUSDT","p":"1","i":"1","r":"0","T":5}');
    expect([rig.count('refusedMalformed'), rig.count('refusedUnknownSymbol'), rig.stated]).toEqual([
      2,
      1,
      [],
    ]);
  });

  const path = resolve(DATA_DIR, 'captures', 'binance-usdm-btcusdt-20240808.frames.gz');
  it.skipIf(!existsSync(path))(
    'replays the recording: an unbroken chain, and the touch of bookTicker',
    async () => {
      const capture = await readCapture(path);
      const [instrument] = instrumentsOfUsdmCapture(capture);
      expect(instrument).toMatchObject({ venue: 'binance-usdm', symbol: 'BTCUSDT', kind: 'perpetual' });
      const rig = new MarketDataRig([instrument]);
      const decoder = new MarketDecoder(rig.context, BINANCE_USDM_MARKET, { snapshotsInStream: true });
      const sides = { bids: new Map<number, number>(), asks: new Map<number, number>() };
      const tops = new Map<number, string>();
      let compared = 0;
      let equal = 0;
      const apply = (seen: Seen): void => {
        if (seen.kind !== 'depth' && seen.kind !== 'snapshot') return;
        for (const side of ['bids', 'asks'] as const) {
          if (seen.kind === 'snapshot') sides[side].clear();
          for (const [ticks, lots] of seen[side]) {
            if (lots === 0) sides[side].delete(ticks);
            else sides[side].set(ticks, lots);
          }
        }
        const quoted = tops.get(seen.last);
        if (quoted === undefined) return;
        const bid = Math.max(...sides.bids.keys());
        const ask = Math.min(...sides.asks.keys());
        compared++;
        if (quoted === [bid, sides.bids.get(bid), ask, sides.asks.get(ask)].join()) equal++;
      };
      for (const block of capture.blocks) {
        for (let index = 0; index < block.count; index++) {
          const at = block.starts[index];
          const end = at + block.lengths[index];
          const text = block.bytes.toString('utf8', at, end);
          if (text.includes('"bookTicker"')) {
            const { data } = JSON.parse(text) as {
              data: Record<'b' | 'B' | 'a' | 'A', string> & { u: number };
            };
            const ticks = (price: string): number => priceToTicks(instrument, price);
            const lots = (qty: string): number => qtyToLots(instrument, qty);
            tops.set(data.u, [ticks(data.b), lots(data.B), ticks(data.a), lots(data.A)].join());
          }
          decoder.times[0] = recvNsOf(block, index, capture.firstEpochUs);
          expect(decoder.take(block.bytes, at, end)).toBe(true);
          const before = rig.seen.length;
          rig.drain();
          for (const seen of rig.seen.slice(before)) apply(seen);
        }
      }
      expect(rig.count('depthFrames')).toBe(6_551);
      expect(rig.count('depthApplied') + rig.count('depthStale')).toBe(6_551);
      expect(rig.count('gaps')).toBe(0);
      expect(rig.count('fallbackFrames')).toBe(0);
      expect(rig.outcomeSum()).toBe(93_954);
      expect(compared).toBeGreaterThan(100);
      expect(equal).toBe(compared);
    },
  );
});
