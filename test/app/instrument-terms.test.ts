import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { listedInstruments } from '../../engine/app/run/listed-instruments.ts';
import { changedTerms, termsText } from '../../engine/app/run/instrument-terms.ts';
import type { EnginePlan } from '../../engine/app/threads/thread-plan.ts';
import type { Instrument, VenueStatus } from '../../engine/core/instrument.ts';
import { StubVenue } from '../execution/stub-venue.ts';
import { instrument } from '../fixtures/journal-rig.ts';

const venues: StubVenue[] = [];
afterEach(() => {
  for (const venue of venues.splice(0)) venue.close();
});

const KNOWN: Instrument = instrument('BTCUSDT', 3, { epoch: 4, lane: 'a', account: 'b' });
/** What a venue lists has an index, an epoch and labels of its own. */
const LISTED: Instrument = { ...KNOWN, index: 0, epoch: 1, lane: '', account: '' };

describe('terms that a venue changed', () => {
  it('are taken over with the next epoch; index, lane and account stay', () => {
    expect(changedTerms(KNOWN, LISTED)).toBe(null);
    const status: VenueStatus = 'halted';
    expect(changedTerms(KNOWN, { ...LISTED, status })).toEqual({ ...KNOWN, status, epoch: 5 });
    const priceBand = {
      reference: 'mark',
      averageMinutes: 0,
      shareDecimals: 2,
      buyMinShare: 95,
      buyMaxShare: 105,
      sellMinShare: 95,
      sellMaxShare: 105,
    } as const;
    const now = changedTerms(KNOWN, { ...LISTED, priceBand, minQtyLots: 7, feeAsset: 'BNB' })!;
    expect(now).toEqual({ ...KNOWN, priceBand, minQtyLots: 7, feeAsset: 'BNB', epoch: 5 });
    expect(termsText(KNOWN, now)).toBe('minQtyLots 1 -> 7, feeAsset none -> BNB, another price band');
  });

  it('close an instrument that is listed no more, and stop one that is counted in other units', () => {
    expect(changedTerms(KNOWN, null)).toEqual({ ...KNOWN, status: 'closed', epoch: 5 });
    expect(changedTerms({ ...KNOWN, status: 'closed' }, null)).toBe(null);
    const finer = { ...LISTED, priceDecimals: 3, minQtyLots: 9 };
    const now = changedTerms(KNOWN, finer)!;
    expect(now).toEqual({ ...KNOWN, status: 'changed', epoch: 5 });
    expect(changedTerms(now, finer)).toBe(null);
    expect(termsText(KNOWN, now)).toMatch(/^status trading -> changed \(tick, lot or contract differ/);
    // The venue takes it back.
    expect(changedTerms(now, LISTED)).toEqual({ ...KNOWN, epoch: 6 });
  });

  it('never touch what numbers mean, and settle in one step', () => {
    const change = fc.record(
      {
        status: fc.constantFrom<VenueStatus>('trading', 'halted', 'cancel-only'),
        tickUnits: fc.constantFrom(1, 5),
        lotUnits: fc.constantFrom(1, 2),
        minNotionalCash: fc.nat(9),
        maxQtyLots: fc.nat(9),
        kind: fc.constantFrom('spot' as const, 'perpetual' as const),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(change, (changes) => {
        const listed = { ...LISTED, ...changes };
        const now = changedTerms(KNOWN, listed);
        if (now === null) return;
        expect(now.epoch).toBe(5);
        const { tickUnits, lotUnits, kind, index } = KNOWN;
        expect(now).toMatchObject({ tickUnits, lotUnits, kind, index });
        expect(changedTerms(now, listed)).toBe(null);
      }),
      { seed: 5 },
    );
  });
});

function listing(symbol: string, status: string): object {
  const assets = { baseAsset: symbol.slice(0, 3), quoteAsset: symbol.slice(3) };
  return { symbol, status, ...assets, baseAssetPrecision: 8, quoteAssetPrecision: 8, filters: [] };
}

async function planWith(statuses: Readonly<Record<string, string>>): Promise<[EnginePlan, StubVenue]> {
  const venue = await StubVenue.start();
  venues.push(venue);
  venue.answer = (url) => {
    const symbols = JSON.parse(url.searchParams.get('symbols')!) as string[];
    if (symbols.some((symbol) => statuses[symbol] === undefined))
      return { status: 400, body: '{"code":-1121,"msg":"Invalid symbol."}' };
    return { body: JSON.stringify({ symbols: symbols.map((symbol) => listing(symbol, statuses[symbol])) }) };
  };
  const plan = {
    config: { venues: { 'binance-spot': { requestTimeoutMs: 5_000 } } },
    lanes: [{ label: '', venue: 'binance-spot', endpoints: venue.endpoints }],
  };
  return [plan as unknown as EnginePlan, venue];
}

describe('what a venue lists', () => {
  const [btc, eth, sol] = ['BTCUSDT', 'ETHUSDT', 'SOLUSDT'].map((symbol, index) =>
    instrument(symbol, index, { venue: 'binance-spot' }),
  );

  it('is asked for in one request, whoever trades a symbol', async () => {
    const [plan, venue] = await planWith({ BTCUSDT: 'TRADING', ETHUSDT: 'HALT' });
    const listed = await listedInstruments(plan, [btc, eth, { ...btc, index: 2, account: 'other' }]);
    expect(listed.map((each) => [each?.symbol, each?.status])).toEqual([
      ['BTCUSDT', 'trading'],
      ['ETHUSDT', 'halted'],
      ['BTCUSDT', 'trading'],
    ]);
    expect(venue.requests.length).toBe(1);
  });

  it('is asked for one by one when one of them is gone', async () => {
    const [plan] = await planWith({ BTCUSDT: 'TRADING', SOLUSDT: 'TRADING' });
    const listed = await listedInstruments(plan, [btc, eth, sol]);
    expect(listed.map((each) => each?.symbol ?? null)).toEqual(['BTCUSDT', null, 'SOLUSDT']);
  });

  it('is not known when the venue does not answer', async () => {
    const [plan, venue] = await planWith({ BTCUSDT: 'TRADING' });
    venue.answer = () => ({ status: 503, body: '' });
    await expect(listedInstruments(plan, [btc])).rejects.toMatchObject({ code: 'VENUE_REFUSED' });
  });
});
