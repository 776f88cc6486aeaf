import type { Instrument, VenueStatus } from '../../core/instrument.ts';

/** What ticks, lots and money are counted in, and what is owned: changed, the engine's numbers mean something else. */
const UNITS = [
  'kind',
  'payoff',
  'baseAsset',
  'quoteAsset',
  'settleAsset',
  'priceDecimals',
  'tickUnits',
  'qtyDecimals',
  'lotUnits',
  'contractUnits',
  'contractDecimals',
  'settleDecimals',
] as const;

/** What may change while the engine runs. */
const TERMS = [
  'status',
  'minQtyLots',
  'maxQtyLots',
  'minNotionalCash',
  'fundingIntervalMs',
  'feeAsset',
  'marginMode',
] as const;

/**
 * An instrument with the terms the venue lists now and the next epoch; null when nothing changed. One that the venue lists no
 * more is closed. One whose units changed is `changed`: what is open and held goes on being counted in the old ones, nothing
 * new is ordered until the engine starts again. Pure.
 */
export function changedTerms(known: Instrument, listed: Instrument | null): Instrument | null {
  if (listed === null) return withStatus(known, 'closed');
  if (UNITS.some((name) => known[name] !== listed[name])) return withStatus(known, 'changed');
  const isSame =
    TERMS.every((name) => known[name] === listed[name]) &&
    JSON.stringify(known.priceBand) === JSON.stringify(listed.priceBand);
  if (isSame) return null;
  const { status, minQtyLots, maxQtyLots, minNotionalCash, fundingIntervalMs, feeAsset, marginMode } = listed;
  const { priceBand } = listed;
  const terms = { status, minQtyLots, maxQtyLots, minNotionalCash, fundingIntervalMs, feeAsset, marginMode };
  return { ...known, ...terms, priceBand, epoch: known.epoch + 1 };
}

function withStatus(known: Instrument, status: VenueStatus): Instrument | null {
  return known.status === status ? null : { ...known, status, epoch: known.epoch + 1 };
}

/** What differs between two terms of an instrument, in words. Pure. */
export function termsText(before: Instrument, now: Instrument): string {
  const changes = TERMS.filter((name) => before[name] !== now[name]).map(
    (name) => `${name} ${before[name] ?? 'none'} -> ${now[name] ?? 'none'}`,
  );
  if (JSON.stringify(before.priceBand) !== JSON.stringify(now.priceBand)) changes.push('another price band');
  const hint =
    now.status === 'changed' ? ' (tick, lot or contract differ: no new orders until a restart)' : '';
  return `${changes.join(', ')}${hint}`;
}
