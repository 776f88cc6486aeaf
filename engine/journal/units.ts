import { powerOfTen } from '../core/decimal.ts';
import type { Payoff } from '../core/instrument.ts';
import { JournalError } from './journal-error.ts';

/**
 * What the integers of an instrument mean: a tick is tickUnits x 10^-priceDecimals, a lot lotUnits x 10^-qtyDecimals, a
 * contract contractUnits x 10^-contractDecimals.
 */
export interface InstrumentUnits {
  readonly payoff: Payoff;
  readonly contractUnits: number;
  readonly contractDecimals: number;
  readonly settleDecimals: number;
  readonly tickUnits: number;
  readonly priceDecimals: number;
  readonly lotUnits: number;
  readonly qtyDecimals: number;
}

/** The units alone of something that has more to it. */
export function unitsOf({
  payoff,
  contractUnits,
  contractDecimals,
  settleDecimals,
  tickUnits,
  priceDecimals,
  lotUnits,
  qtyDecimals,
}: InstrumentUnits): InstrumentUnits {
  const contract = { payoff, contractUnits, contractDecimals, settleDecimals };
  return { ...contract, tickUnits, priceDecimals, lotUnits, qtyDecimals };
}

/** Whether two runs counted in the same ticks and lots. */
export function areSameUnits(a: InstrumentUnits, b: InstrumentUnits): boolean {
  return (
    a.tickUnits === b.tickUnits &&
    a.priceDecimals === b.priceDecimals &&
    a.lotUnits === b.lotUnits &&
    a.qtyDecimals === b.qtyDecimals &&
    isSameContract(a, b)
  );
}

/** Whether a lot stands for the same thing: lots of another contract cannot be counted in each other. */
function isSameContract(a: InstrumentUnits, b: InstrumentUnits): boolean {
  return (
    a.payoff === b.payoff &&
    a.contractUnits === b.contractUnits &&
    a.contractDecimals === b.contractDecimals &&
    a.settleDecimals === b.settleDecimals
  );
}

function requireSameContract(a: InstrumentUnits, b: InstrumentUnits, what: string): void {
  if (isSameContract(a, b)) return;
  const size = ({ payoff, contractUnits, contractDecimals }: InstrumentUnits): string =>
    `${payoff} ${contractUnits}e-${contractDecimals}`;
  throw new JournalError(
    'JOURNAL_UNITS',
    `${what}: the contract changed from ${size(a)} to ${size(b)}; close it with the venue's own tools first`,
  );
}

/** Lots of one run in lots of another. @throws JournalError JOURNAL_UNITS when they are no whole number there */
export function rescaleLots(lots: number, from: InstrumentUnits, to: InstrumentUnits, what: string): number {
  requireSameContract(from, to, what);
  const above = big(lots) * big(from.lotUnits) * big(powerOfTen(to.qtyDecimals));
  const below = big(to.lotUnits) * big(powerOfTen(from.qtyDecimals));
  if (above % below !== 0n)
    throw new JournalError(
      'JOURNAL_UNITS',
      `${what}: ${lots} lots of the old size are no whole number of the new`,
    );
  return exact(above / below, what);
}

/** Ticks of one run in ticks of another. @throws JournalError JOURNAL_UNITS when they are no whole number there */
export function rescaleTicks(
  ticks: number,
  from: InstrumentUnits,
  to: InstrumentUnits,
  what: string,
): number {
  const above = big(ticks) * big(from.tickUnits) * big(powerOfTen(to.priceDecimals));
  const below = big(to.tickUnits) * big(powerOfTen(from.priceDecimals));
  if (above % below !== 0n)
    throw new JournalError(
      'JOURNAL_UNITS',
      `${what}: ${ticks} ticks of the old size are no whole number of the new`,
    );
  return exact(above / below, what);
}

/** Cash units of one run in those of another, rounded half away from zero: money may lose a fraction of a unit. */
export function rescaleCash(cash: number, from: InstrumentUnits, to: InstrumentUnits, what: string): number {
  requireSameContract(from, to, what);
  // Cash of an inverse contract counts the settlement asset, whatever ticks and lots are.
  if (from.payoff === 'inverse') return cash;
  const above =
    big(Math.abs(cash)) *
    big(from.tickUnits) *
    big(from.lotUnits) *
    big(powerOfTen(to.priceDecimals)) *
    big(powerOfTen(to.qtyDecimals));
  const below =
    big(to.tickUnits) *
    big(to.lotUnits) *
    big(powerOfTen(from.priceDecimals)) *
    big(powerOfTen(from.qtyDecimals));
  const size = exact((above * 2n + below) / (below * 2n), what);
  return cash < 0 ? 0 - size : size;
}

/** Cash units are integers by contract; a fee may carry a fraction from an old program, which is dropped upward. */
function big(value: number): bigint {
  return BigInt(Math.ceil(value));
}

function exact(value: bigint, what: string): number {
  const result = Number(value);
  if (!Number.isSafeInteger(result))
    throw new JournalError('JOURNAL_UNITS', `${what}: leaves the exact integer range in the new units`);
  return result;
}
