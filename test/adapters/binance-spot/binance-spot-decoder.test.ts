import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { Decimal } from 'decimal.js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { instrumentsOfCapture } from '../../../adapters/binance-spot/recorded-instruments.ts';
import { createBinanceSpotDecoder } from '../../../adapters/binance-spot/feed.ts';
import { SNAPSHOT_RESULT } from '../../../adapters/venue-kit/feed/depth-sequencer.ts';
import type { MarketDecoder } from '../../../adapters/venue-kit/feed/market-decoder.ts';
import { priceToTicks } from '../../../engine/core/instrument.ts';
import type { Instrument } from '../../../engine/core/instrument.ts';
import { recvNsOf } from '../../../engine/market-data/capture-file.ts';
import { readCapture } from '../../../engine/market-data/capture-reader.ts';
import { GAP_REASON, SIDE } from '../../../engine/messages/enums.ts';
import { DATA_DIR, MarketDataRig, testInstrument } from '../../market-data/market-data-rig.ts';
import type { Seen } from '../../market-data/market-data-rig.ts';

const BTC = testInstrument(0, 'BTCUSDT');
const ETH = testInstrument(1, 'ETHUSDT', { qtyDecimals: 4 });
const PAIR = [BTC, ETH];

type Level = [string, string];

function depth(symbol: string, first: number, last: number, bids: Level[] = [], asks: Level[] = []): string {
  return JSON.stringify({
    e: 'depthUpdate',
    E: 1_700_000_000_123,
    s: symbol,
    U: first,
    u: last,
    b: bids,
    a: asks,
  });
}

function wrapped(stream: string, data: string): string {
  return `{"stream":"${stream}","data":${data}}`;
}

function snapshot(lastUpdateId: number, bids: Level[], asks: Level[]): string {
  return JSON.stringify({ lastUpdateId, bids, asks });
}

function trade(symbol: string, id: number, price = '61837.63000000', qty = '0.02000000', m = true): string {
  return JSON.stringify({
    e: 'trade',
    E: 5,
    s: symbol,
    t: id,
    p: price,
    q: qty,
    T: 1_700_000_000_456,
    m,
    M: true,
  });
}

function take(decoder: MarketDecoder, text: string): boolean {
  const bytes = Buffer.from(text, 'utf8');
  return decoder.take(bytes, 0, bytes.length);
}

function takeSnapshot(decoder: MarketDecoder, instrument: number, text: string): number {
  const bytes = Buffer.from(text, 'utf8');
  return decoder.takeSnapshot(instrument, bytes, 0, bytes.length);
}

/** A rig with a decoder whose books stand at the given id. */
function synced(
  instruments: readonly Instrument[] = PAIR,
  id = 100,
): { rig: MarketDataRig; decoder: MarketDecoder } {
  const rig = new MarketDataRig(instruments);
  const decoder = createBinanceSpotDecoder(rig.context);
  for (const { index } of instruments)
    takeSnapshot(decoder, index, snapshot(id, [['10.00', '1']], [['11.00', '1']]));
  rig.discard();
  return { rig, decoder };
}

/** Whole lots in a size; what is finer is cut off. */
function qtyToLots(instrument: Instrument, text: string): number {
  return new Decimal(text)
    .times(Decimal.pow(10, instrument.qtyDecimals))
    .div(instrument.lotUnits)
    .floor()
    .toNumber();
}

/** What JSON.parse makes of a frame: the oracle. null = nothing that goes to the ring. */
function oracle(instruments: readonly Instrument[], text: string): object | null {
  const parsed = JSON.parse(text) as Record<string, unknown>;
  const data = (parsed['data'] ?? parsed) as Record<string, any>; // oxlint-disable-line typescript/no-explicit-any
  const instrument = instruments.find(({ symbol }) => symbol === data['s']);
  const levels = (of: Instrument, side: Level[]): [number, number][] =>
    side.map(([price, qty]) => [priceToTicks(of, price), qtyToLots(of, qty)]);
  if (data['lastUpdateId'] !== undefined) {
    const only = instruments[0];
    return { id: data['lastUpdateId'], bids: levels(only, data['bids']), asks: levels(only, data['asks']) };
  }
  if (instrument === undefined) return null;
  if (data['e'] === 'depthUpdate') {
    const bids = levels(instrument, data['b']);
    return { first: data['U'], last: data['u'], tsMs: data['E'], bids, asks: levels(instrument, data['a']) };
  }
  if (data['e'] === 'trade') {
    return {
      id: data['t'],
      price: priceToTicks(instrument, data['p']),
      qty: qtyToLots(instrument, data['q']),
      side: data['m'] === true ? SIDE.sell : SIDE.buy,
      tsMs: data['T'],
    };
  }
  const price = (name: string): number => priceToTicks(instrument, data[name]);
  const qty = (name: string): number => qtyToLots(instrument, data[name]);
  return { id: data['u'], numbers: [price('b'), qty('B'), price('a'), qty('A')] };
}

/** A record in the oracle's shape. */
function comparable(seen: Seen): object {
  switch (seen.kind) {
    case 'depth':
      return { first: seen.first, last: seen.last, tsMs: seen.tsMs, bids: seen.bids, asks: seen.asks };
    case 'snapshot':
      return { id: seen.last, bids: seen.bids, asks: seen.asks };
    case 'trade':
      return { id: seen.id, price: seen.price, qty: seen.qty, side: seen.side, tsMs: seen.tsMs };
    case 'quote':
      return { id: seen.id, numbers: seen.numbers };
    default:
      return seen;
  }
}

describe('Binance Spot decoder', () => {
  it('reads raw and combined frames alike', () => {
    for (const form of [
      (text: string): string => text,
      (text: string): string => wrapped('any@thing', text),
    ]) {
      const { rig, decoder } = synced();
      decoder.times[0] = 77;
      take(
        decoder,
        form(depth('ETHUSDT', 101, 103, [['2683.80000000', '3.02920000']], [['2684', '0.0000']])),
      );
      take(decoder, form(trade('BTCUSDT', 9)));
      take(
        decoder,
        form('{"u":400,"s":"BTCUSDT","b":"25.35","B":"31.21","a":"25.36520000","A":"40.66000000"}'),
      );
      take(decoder, form('{"u":401,"s":"BTCUSDT","b":"25.35","B":"31.21","a":"25.36","A":"40.66000000"}'));
      expect(rig.drain()).toEqual([
        {
          kind: 'depth',
          instrument: 1,
          first: 101,
          last: 103,
          tsMs: 1_700_000_000_123,
          recvNs: 77,
          bids: [[268_380, 30_292]],
          asks: [[268_400, 0]],
          records: 1,
        },
        {
          kind: 'trade',
          instrument: 0,
          id: 9,
          price: 6_183_763,
          qty: 2_000,
          side: SIDE.sell,
          tsMs: 1_700_000_000_456,
          recvNs: 77,
        },
        { kind: 'quote', instrument: 0, id: 401, numbers: [2_535, 3_121_000, 2_536, 4_066_000], recvNs: 77 },
      ]);
      expect(rig.count('refusedNumber')).toBe(1);
      expect(rig.outcomeSum()).toBe(rig.count('frames'));
      expect(rig.count('fallbackFrames')).toBe(0);
    }
  });

  it('equals JSON.parse on random frames in every shape, at the limits of the numbers too', () => {
    const digits = (max: number): fc.Arbitrary<string> =>
      fc
        .tuple(fc.nat({ max }), fc.nat({ max: 99 }), fc.nat({ max: 6 }))
        .map(([whole, part, zeros]) => `${whole}.${String(part).padStart(2, '0')}${'0'.repeat(zeros)}`);
    const level = fc.tuple(
      digits(9_999_999),
      fc.oneof(digits(999_999_999), fc.constantFrom('0', '7', '0.00000')),
    );
    const id = fc.integer({ min: 101, max: Number.MAX_SAFE_INTEGER });
    const frame = fc.oneof(
      fc
        .tuple(fc.constantFrom('BTCUSDT', 'ETHUSDT'), id, fc.array(level), fc.array(level))
        .map(([symbol, last, bids, asks]) => depth(symbol, 101, last, bids as Level[], asks as Level[])),
      fc
        .tuple(fc.constantFrom('BTCUSDT', 'ETHUSDT'), id, digits(1e7), digits(1e9), fc.boolean())
        .map(([symbol, tradeId, price, qty, m]) => trade(symbol, tradeId, price, qty, m)),
      fc
        .tuple(id, digits(1e7), digits(1e9))
        .map(([u, price, qty]) => JSON.stringify({ u, s: 'BTCUSDT', b: price, B: qty, a: price, A: qty })),
    );
    /* Compact, spaced, reordered and extended: the last three take the slow way or skip what they do not know. */
    const shape = fc.constantFrom<(text: string) => string>(
      (text) => text,
      (text) => wrapped('x', text),
      (text) => JSON.stringify(JSON.parse(text), null, 1),
      (text) => JSON.stringify(Object.fromEntries(Object.entries(JSON.parse(text) as object).reverse())),
      (text) => `${text.slice(0, -1)},"zz":"new","y":1,"n":null}`,
    );
    fc.assert(
      fc.property(frame, shape, (text, form) => {
        const { rig, decoder } = synced();
        expect(take(decoder, form(text))).toBe(true);
        const records = rig.drain();
        expect(records.map(comparable)).toEqual([oracle(PAIR, text)]);
        expect(rig.outcomeSum()).toBe(rig.count('frames'));
      }),
      { seed: 11, numRuns: 600 },
    );
  });

  it('counts every mutated or garbage frame once, and never throws or half-writes', () => {
    const bases = [
      wrapped(
        'b@depth',
        depth(
          'BTCUSDT',
          101,
          105,
          [
            ['1.00', '2.00'],
            ['3.00', '0.5'],
          ],
          [['4.00', '1']],
        ),
      ),
      wrapped('b@trade', trade('BTCUSDT', 5)),
      '{"u":400,"s":"BTCUSDT","b":"25.35","B":"31.21","a":"25.36","A":"40.66"}',
      snapshot(200, [['1.00', '1']], [['2.00', '1']]),
      '{"result":null,"id":1}',
      '{"stream":"!serverShutdown","data":{"e":"serverShutdown","E":1770123456789}}',
    ].map((text) => Buffer.from(text));
    const mutation = fc.tuple(
      fc.constantFrom('flip', 'cut', 'insert', 'drop', 'join'),
      fc.nat(),
      fc.nat({ max: 255 }),
    );
    const frames = fc.oneof(
      fc.uint8Array({ maxLength: 80 }).map((bytes) => Buffer.from(bytes)),
      fc.json().map((text) => Buffer.from(text)),
      fc
        .tuple(fc.constantFrom(...bases), fc.array(mutation, { minLength: 1, maxLength: 4 }))
        .map(([base, steps]) => {
          let bytes = Buffer.from(base);
          for (const [how, where, byte] of steps) {
            const at = bytes.length === 0 ? 0 : where % bytes.length;
            if (how === 'flip' && bytes.length > 0) bytes[at] = byte;
            if (how === 'cut') bytes = bytes.subarray(0, at);
            if (how === 'insert')
              bytes = Buffer.concat([bytes.subarray(0, at), Buffer.from([byte]), bytes.subarray(at)]);
            if (how === 'drop') bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1)]);
            if (how === 'join') bytes = Buffer.concat([bytes, base]);
          }
          return bytes;
        }),
    );
    fc.assert(
      fc.property(fc.array(frames, { minLength: 1, maxLength: 5 }), (list) => {
        const { rig, decoder } = synced();
        const before = rig.count('frames');
        /* As in a replay: frames back to back in one block, so that a cut one is followed by the next one's bytes. */
        const block = Buffer.concat(list);
        let at = 0;
        for (const bytes of list) {
          expect(decoder.take(block, at, at + bytes.length)).toBe(true);
          at += bytes.length;
        }
        rig.drain();
        expect(rig.count('frames') - before).toBe(list.length);
        expect(rig.outcomeSum()).toBe(rig.count('frames'));
      }),
      { seed: 5, numRuns: 3_000 },
    );
  });

  it('accepts nothing that JSON.parse refuses', () => {
    const base = wrapped('b@trade', trade('BTCUSDT', 5));
    for (let cut = 0; cut < base.length; cut++) {
      const { rig, decoder } = synced();
      const before = rig.count('refusedMalformed');
      const bytes = Buffer.from(base);
      decoder.take(bytes, 0, cut);
      expect(rig.drain(), `cut at ${cut}`).toEqual([]);
      expect(rig.count('refusedMalformed') - before).toBe(1);
    }
  });

  it('cuts long frames into chained records and publishes them whole or not at all', () => {
    const side = (from: number, count: number): Level[] =>
      Array.from({ length: count }, (_, index) => [`${from + index}.00`, '1.5']);
    for (const [bids, asks] of [
      [512, 1],
      [511, 1],
      [1_500, 1_500],
      [0, 513],
      [2_000, 0],
      [5_000, 5_000],
    ]) {
      const rig = new MarketDataRig([BTC]);
      const decoder = createBinanceSpotDecoder(rig.context);
      const text = snapshot(50, side(1, bids), side(10_001, asks));
      expect(takeSnapshot(decoder, 0, text)).toBe(SNAPSHOT_RESULT.used);
      const [record] = rig.drain();
      expect(comparable(record)).toEqual(oracle([BTC], text));
      expect(record).toMatchObject({ kind: 'snapshot', records: Math.ceil((bids + asks) / 512) });
    }
    const { rig, decoder } = synced([BTC]);
    const broken = depth('BTCUSDT', 101, 101, [...side(1, 700), ['5.001', '1']], []);
    take(decoder, broken);
    expect(rig.drain().map(({ kind }) => kind)).toEqual(['reset']);
    expect(rig.count('refusedNumber')).toBe(1);
    expect(rig.gaps.at(-1)).toMatchObject({ reason: GAP_REASON.malformedFrame, expected: 101, got: 101 });
  });

  it('refuses numbers off the grid or beyond the exact integers and honours coarse ticks', () => {
    const coarse = testInstrument(0, 'BTCUSDT', {
      priceDecimals: 2,
      tickUnits: 5,
      qtyDecimals: 0,
      lotUnits: 10,
    });
    const rig = new MarketDataRig([coarse]);
    const decoder = createBinanceSpotDecoder(rig.context);
    take(decoder, trade('BTCUSDT', 1, '1.05', '20'));
    take(decoder, trade('BTCUSDT', 2, '1.04', '20'));
    take(decoder, trade('BTCUSDT', 3, '1.05', '21'));
    take(decoder, trade('BTCUSDT', 4, '1.055', '20'));
    take(decoder, trade('BTCUSDT', 5, '90071992547409930', '20'));
    take(decoder, trade('BTCUSDT', 6, '-1.05', '20'));
    take(decoder, trade('BTCUSDT', 7, '1e2', '20'));
    expect(rig.drain()).toMatchObject([
      { kind: 'trade', id: 1, price: 21, qty: 2 },
      { kind: 'trade', id: 3, price: 21, qty: 2 },
    ]);
    expect(rig.count('refusedNumber')).toBe(3);
    expect(rig.count('sizesOffLot')).toBe(1);
    expect(rig.count('refusedMalformed')).toBe(2);
  });

  it('cuts sizes finer than a lot down and goes on: real books show such dust', () => {
    const { rig, decoder } = synced([BTC]);
    const dust: Level[] = [
      ['1.00', '93.75658700'],
      ['2.00', '0.00000400'],
      ['3.00', '25.42618900'],
    ];
    take(decoder, depth('BTCUSDT', 101, 101, dust, []));
    take(decoder, depth('BTCUSDT', 102, 102, [['1.00', '93.75658']], []));
    expect(rig.drain()).toMatchObject([
      {
        kind: 'depth',
        last: 101,
        bids: [
          [100, 9_375_658],
          [200, 0],
          [300, 2_542_618],
        ],
      },
      { kind: 'depth', last: 102, bids: [[100, 9_375_658]] },
    ]);
    expect(rig.count('sizesOffLot')).toBe(3);
  });

  it('names symbols by their bytes, non-ASCII ones too, and refuses others', () => {
    const exotic = testInstrument(0, '币安人生USDT');
    const { rig, decoder } = synced([exotic, testInstrument(1, 'BTCUSDT')]);
    take(decoder, trade('币安人生USDT', 1));
    take(decoder, trade('BTCUSDT', 1));
    take(decoder, trade('BTCUSD', 1));
    take(decoder, trade('', 1));
    expect(rig.drain().map((seen) => 'instrument' in seen && seen.instrument)).toEqual([0, 1]);
    expect(rig.count('refusedUnknownSymbol')).toBe(2);
  });

  it('tells answers, refusals and the notice of shutdown apart', () => {
    const { rig, decoder } = synced();
    take(decoder, '{"result":null,"id":1}');
    take(decoder, '{"id":4,"result":["btcusdt@trade"]}');
    take(decoder, '{"code":2,"msg":"Invalid request: unknown variant","id":7}');
    take(decoder, wrapped('x', '{"e":"kline","E":1,"s":"BTCUSDT","k":{"t":1}}'));
    take(
      decoder,
      '{"e":"aggTrade","E":1,"s":"BTCUSDT","a":1,"p":"1","q":"1","f":1,"l":1,"T":1,"m":true,"M":true}',
    );
    expect(decoder.shutdownAnnounced).toBe(false);
    take(decoder, wrapped('!serverShutdown', '{"e":"serverShutdown","E":1770123456789}'));
    expect(decoder.shutdownAnnounced).toBe(true);
    expect(rig.count('controlReplies')).toBe(2);
    expect(rig.count('controlErrors')).toBe(1);
    expect(rig.count('otherFrames')).toBe(1);
    expect(rig.count('aggTradeFrames')).toBe(1);
    expect(rig.errors.readAll()[0].text).toContain('Invalid request');
    expect(rig.drain()).toEqual([]);
  });

  it('drops trades and quotes that a second connection delivers again', () => {
    const { rig, decoder } = synced();
    for (const id of [1, 2, 2, 1, 3, 6]) take(decoder, trade('BTCUSDT', id));
    expect(rig.drain().map((seen) => 'id' in seen && seen.id)).toEqual([1, 2, 3, 6]);
    expect(rig.count('duplicateTrades')).toBe(2);
    expect(rig.count('tradesMissed')).toBe(2);
    decoder.restartAll(GAP_REASON.disconnected);
    take(decoder, trade('BTCUSDT', 1));
    expect(rig.drain().at(-1)).toMatchObject({ kind: 'trade', id: 1 });
  });

  it('keeps everything until there is room when the ring is full, and then goes on in order', () => {
    const rig = new MarketDataRig([BTC], 1 << 16);
    const decoder = createBinanceSpotDecoder(rig.context);
    for (let id = 1; id <= 400; id++) {
      while (
        !take(
          decoder,
          depth(
            'BTCUSDT',
            id,
            id,
            [
              [`${id}.00`, '1'],
              [`${id + 1}.00`, '2'],
              ['7.5', '1'],
            ],
            [],
          ),
        )
      );
    }
    expect(rig.count('depthBuffered')).toBe(400);
    expect(takeSnapshot(decoder, 0, snapshot(20, [['1.00', '1']], []))).toBe(SNAPSHOT_RESULT.used);
    let blocked = 0;
    for (let id = 401; id <= 1_000; id++) {
      while (!take(decoder, depth('BTCUSDT', id, id, [[`${id}.00`, '1']], []))) {
        blocked++;
        rig.drain();
        decoder.doWork();
      }
    }
    while (decoder.hasWork()) {
      rig.drain();
      decoder.doWork();
    }
    const records = rig.drain();
    expect(records[0]).toMatchObject({ kind: 'snapshot', last: 20 });
    expect(records.slice(1).map((seen) => 'last' in seen && seen.last)).toEqual(
      Array.from({ length: 980 }, (_, index) => 21 + index),
    );
    expect(rig.gaps).toEqual([]);
    expect(blocked).toBeGreaterThan(0);
  });

  for (const [file, depthFrames, frames] of [
    ['binance-spot-btcusdt-20240808.frames.gz', 3_451, 41_249],
    ['binance-spot-ethusdt-20240808.frames.gz', 3_434, 33_618],
  ] as const) {
    const path = resolve(DATA_DIR, 'captures', file);
    it.skipIf(!existsSync(path))(`equals JSON.parse on every frame of ${file}`, async () => {
      const capture = await readCapture(path);
      const instruments = instrumentsOfCapture(capture);
      expect(instruments).toHaveLength(1);
      expect(instruments[0].priceDecimals).toBe(2);
      const rig = new MarketDataRig(instruments);
      const decoder = createBinanceSpotDecoder(rig.context, { snapshotsInStream: true });
      const expected: object[] = [];
      let snapshotId = Infinity;
      const early: Record<string, unknown>[] = [];
      for (const block of capture.blocks) {
        for (let index = 0; index < block.count; index++) {
          const at = block.starts[index];
          const end = at + block.lengths[index];
          decoder.times[0] = recvNsOf(block, index, capture.firstEpochUs);
          expect(decoder.take(block.bytes, at, end)).toBe(true);
          rig.drain();
          const made = oracle(instruments, block.bytes.toString('utf8', at, end)) as Record<string, unknown>;
          if ('bids' in made && 'id' in made) {
            snapshotId = made['id'] as number;
            expected.push(made, ...early.filter((update) => (update['last'] as number) > snapshotId));
          } else if ('last' in made && snapshotId === Infinity) early.push(made);
          else expected.push(made);
        }
      }
      expect(capture.frameCount).toBe(frames);
      expect(rig.seen).toHaveLength(expected.length);
      let mismatches = 0;
      for (const [index, seen] of rig.seen.entries()) {
        if (JSON.stringify(comparable(seen)) !== JSON.stringify(expected[index])) mismatches++;
      }
      expect(mismatches).toBe(0);
      expect(rig.count('frames')).toBe(frames);
      expect(rig.outcomeSum()).toBe(frames);
      expect(rig.count('depthFrames')).toBe(depthFrames);
      expect(rig.count('depthApplied') + rig.count('depthStale')).toBe(depthFrames);
      expect(rig.count('gaps')).toBe(0);
      expect(rig.count('snapshotFrames')).toBe(1);
      expect(rig.count('fallbackFrames')).toBe(0);
      expect(rig.count('tradesMissed')).toBe(0);
      expect(rig.gaps).toEqual([]);
    });
  }
});
