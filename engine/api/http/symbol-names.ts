import { instrumentName } from '../../core/instrument.ts';
import type { Instrument } from '../../core/instrument.ts';
import { RequestProblem } from './problem.ts';

const NEAR_MAX = 5;

/** A name without what spellings differ by. */
function plain(name: string): string {
  return name.normalize('NFC').replaceAll(/[/_-]/g, '').toUpperCase();
}

/**
 * The instrument a name in a request means: BTCUSDT, BTC/USDT, BTC-USDT, BTC_USDT, venue:BTCUSDT or the engine's own name
 * of it, in any case. @throws RequestProblem SYMBOL_UNKNOWN with near names, SYMBOL_AMBIGUOUS
 */
export function instrumentNamed(instruments: readonly Instrument[], name: string): Instrument {
  const exact = instruments.filter((each) => instrumentName(each).toUpperCase() === name.toUpperCase());
  if (exact.length === 1) return exact[0];
  const colon = name.indexOf(':');
  const venue = colon < 0 ? null : name.slice(0, colon).toLowerCase();
  const wanted = plain(colon < 0 ? name : name.slice(colon + 1));
  const found = instruments.filter(
    (each) => plain(each.symbol) === wanted && (venue === null || each.venue.toLowerCase() === venue),
  );
  if (found.length === 1) return found[0];
  if (found.length > 1) {
    const names = found.map(instrumentName);
    throw new RequestProblem('SYMBOL_AMBIGUOUS', `may be each of ${names.join(', ')}`, { inputs: { names } });
  }
  const near = nearNames(instruments, wanted);
  const detail = near.length === 0 ? 'the engine trades no symbol' : `near it there is ${near.join(', ')}`;
  throw new RequestProblem('SYMBOL_UNKNOWN', `${JSON.stringify(name)} is not traded here; ${detail}`, {
    inputs: { near },
  });
}

function nearNames(instruments: readonly Instrument[], wanted: string): string[] {
  const shared = (name: string): number => {
    let count = 0;
    while (count < wanted.length && name[count] === wanted[count]) count++;
    return count;
  };
  return instruments
    .toSorted((a, b) => shared(plain(b.symbol)) - shared(plain(a.symbol)))
    .slice(0, NEAR_MAX)
    .map(instrumentName);
}
