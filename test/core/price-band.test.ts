import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bandOfTexts } from '../../adapters/venue-kit/instruments/share-band.ts';
import { BandTicks, REFERENCE_EXTRA_DECIMALS } from '../../engine/core/price-band.ts';

const SCALE = 10n ** BigInt(REFERENCE_EXTRA_DECIMALS);

/** Lowest and highest allowed tick by big-integer arithmetic. */
function oracle(
  share: number,
  shareDecimals: number,
  tickUnits: number,
  reference: number,
): [bigint, bigint] {
  const above = BigInt(reference) * BigInt(share);
  const below = 10n ** BigInt(shareDecimals) * SCALE * BigInt(tickUnits);
  const floor = above / below;
  return [floor * below === above ? floor : floor + 1n, floor];
}

describe('a price band in ticks', () => {
  it('is exact for every reference, share and tick', () => {
    const shares = fc.integer({ min: 1, max: 100_000 });
    fc.assert(
      fc.property(
        fc.tuple(shares, shares, shares, shares),
        fc.integer({ min: 0, max: 4 }),
        fc.constantFrom(1, 2, 5, 10, 25, 50, 100),
        fc.integer({ min: 0, max: 9e14 }),
        ([buyMin, buyMax, sellMin, sellMax], shareDecimals, tickUnits, reference) => {
          const shape = { reference: 'mark', averageMinutes: 0, shareDecimals } as const;
          const band = new BandTicks(
            {
              ...shape,
              buyMinShare: buyMin,
              buyMaxShare: buyMax,
              sellMinShare: sellMin,
              sellMaxShare: sellMax,
            },
            tickUnits,
          );
          const [lowestBuy] = oracle(buyMin, shareDecimals, tickUnits, reference);
          const [, highestBuy] = oracle(buyMax, shareDecimals, tickUnits, reference);
          const [lowestSell] = oracle(sellMin, shareDecimals, tickUnits, reference);
          const [, highestSell] = oracle(sellMax, shareDecimals, tickUnits, reference);
          fc.pre(highestBuy < 2n ** 53n && highestSell < 2n ** 53n);
          expect(BigInt(band.minTicks(true, reference))).toBe(lowestBuy);
          expect(BigInt(band.maxTicks(true, reference))).toBe(highestBuy);
          expect(BigInt(band.minTicks(false, reference))).toBe(lowestSell);
          expect(BigInt(band.maxTicks(false, reference))).toBe(highestSell);
        },
      ),
      { numRuns: 2_000, seed: 71 },
    );
  });

  it('is refused where shares and tick are too large for exact arithmetic', () => {
    const shares = { buyMinShare: 1, buyMaxShare: 9_999_999, sellMinShare: 1, sellMaxShare: 9_999_999 };
    const band = { reference: 'mark', averageMinutes: 0, shareDecimals: 4, ...shares } as const;
    expect(() => new BandTicks(band, 999_983)).toThrow(/exact in ticks/);
  });
});

describe('a band as a venue states it', () => {
  const texts = { buyMin: '0.2', buyMax: '5', sellMin: '0.2000', sellMax: '5.00000000' };

  it('has as many digits as the longest share needs', () => {
    expect(bandOfTexts('average', 5, texts)).toEqual({
      reference: 'average',
      averageMinutes: 5,
      shareDecimals: 1,
      buyMinShare: 2,
      buyMaxShare: 50,
      sellMinShare: 2,
      sellMaxShare: 50,
    });
  });

  it('gets narrower by digits that are not kept, never wider', () => {
    const band = bandOfTexts('mark', 0, { ...texts, buyMin: '0.950001', buyMax: '1.050099' });
    expect(band).toMatchObject({ shareDecimals: 4, buyMinShare: 9_501, buyMaxShare: 10_500 });
  });

  it('is refused when no price is in it or a share is no number', () => {
    expect(() => bandOfTexts('mark', 0, { ...texts, buyMin: '5' })).toThrow(/no price is in the band/);
    expect(() => bandOfTexts('mark', 0, { ...texts, sellMin: '-1' })).toThrow(/no price is in the band/);
    expect(() => bandOfTexts('mark', 0, { ...texts, sellMax: 'x' })).toThrow(/not a decimal number: "x"/);
  });
});
