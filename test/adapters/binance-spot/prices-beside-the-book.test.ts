import { expect, test } from 'vitest';
import { createBinanceSpotDecoder } from '../../../adapters/binance-spot/feed.ts';
import { MarketDataRig, testInstrument } from '../../market-data/market-data-rig.ts';

const PAIR = [testInstrument(0, 'BTCUSDT'), testInstrument(1, 'ETHUSDT', { tickUnits: 5 })];

function decoderWith(...frames: readonly string[]): MarketDataRig {
  const rig = new MarketDataRig(PAIR);
  const decoder = createBinanceSpotDecoder(rig.context);
  for (const frame of frames) {
    const bytes = Buffer.from(frame);
    expect(decoder.take(bytes, 0, bytes.length)).toBe(true);
  }
  rig.drain();
  expect(rig.outcomeSum()).toBe(rig.count('frames'));
  return rig;
}

const NOTHING = { average: 0, reference: 0, mark: 0, index: 0, rateE8: 0, nextMs: 0 };

test('averages and reference prices are read with four digits more than a price has', () => {
  const rig = decoderWith(
    '{"e":"avgPrice","E":1693907033000,"s":"BTCUSDT","i":"5m","w":"25776.86123456","T":1693907032213}',
    '{"stream":"ethusdt@referencePrice","data":{"e":"referencePrice","s":"ETHUSDT","r":"1700.05","t":1700000000001}}',
    '{"e":"referencePrice","s":"BTCUSDT","r":null,"t":1700000000002}',
  );
  expect(rig.stated).toEqual([
    { ...NOTHING, instrument: 0, average: 25_776_861_234, tsMs: 1_693_907_033_000 },
    { ...NOTHING, instrument: 1, reference: 1_700_050_000, tsMs: 1_700_000_000_001 },
    { ...NOTHING, instrument: 0, reference: -1, tsMs: 1_700_000_000_002 },
  ]);
  expect([rig.count('priceFrames'), rig.count('fallbackFrames')]).toEqual([3, 0]);
});

test('the same in another form is read by JSON.parse', () => {
  const rig = decoderWith('{ "w" : "10.5", "s" : "BTCUSDT", "E" : 7, "e" : "avgPrice" }');
  expect(rig.stated).toEqual([{ ...NOTHING, instrument: 0, average: 10_500_000, tsMs: 7 }]);
  expect(rig.count('fallbackFrames')).toBe(1);
});

test('what is no price is refused and counted', () => {
  const rig = decoderWith(
    '{"e":"avgPrice","E":7,"s":"BTCUSDT","w":"99999999999999999999"}',
    '{"e":"avgPrice","E":7,"s":"BTCUSDT","w":"-1"}',
    '{"e":"avgPrice","E":7,"s":"BTCUSDT"}',
    '{"e":"avgPrice","E":7,"s":"SOLUSDT","w":"1"}',
  );
  expect(rig.stated).toEqual([]);
  const counted = (['refusedNumber', 'refusedMalformed', 'refusedUnknownSymbol'] as const).map((name) =>
    rig.count(name),
  );
  expect(counted).toEqual([1, 2, 1]);
});
