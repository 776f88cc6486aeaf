import type { Instrument } from '../../core/instrument.ts';
import type { EnginePlan } from '../threads/thread-plan.ts';
import { loadVenuePart } from '../venues/venue-registry.ts';

type FetchInstruments = (symbols: readonly string[]) => Promise<Instrument[]>;

/**
 * What the venues list now of the given instruments, in their order; null = the venue lists it no more. One request per
 * venue, unless it knows one of the symbols no more. @throws what the venue's request throws
 */
export async function listedInstruments(
  plan: EnginePlan,
  instruments: readonly Instrument[],
): Promise<(Instrument | null)[]> {
  const byVenue = new Map<string, Map<string, Instrument | null>>();
  for (const venue of new Set(instruments.map((each) => each.venue))) {
    const here = instruments.filter((each) => each.venue === venue).map(({ symbol }) => symbol);
    const symbols = [...new Set(here)];
    const fetch = await fetcherOf(plan, venue);
    byVenue.set(venue, await listedSymbols(fetch, symbols));
  }
  return instruments.map(({ venue, symbol }) => byVenue.get(venue)?.get(symbol) ?? null);
}

async function fetcherOf({ config, lanes }: EnginePlan, venue: string): Promise<FetchInstruments> {
  const fetchInstruments = await loadVenuePart(venue, 'instruments', 'list of instruments');
  const { rest } = lanes.find((lane) => lane.venue === venue)!.endpoints;
  return (symbols) => fetchInstruments(rest, symbols, config.venues[venue].requestTimeoutMs);
}

async function listedSymbols(
  fetch: FetchInstruments,
  symbols: readonly string[],
): Promise<Map<string, Instrument | null>> {
  try {
    const listed = await fetch(symbols);
    return new Map(listed.map((instrument) => [instrument.symbol, instrument]));
  } catch (error) {
    if ((error as { code?: string }).code !== 'UNKNOWN_SYMBOL') throw error;
    if (symbols.length === 1) return new Map([[symbols[0], null]]);
  }
  // One of them is listed no more: which one, only questions about each can say.
  const parts: Map<string, Instrument | null>[] = [];
  for (const symbol of symbols) parts.push(await listedSymbols(fetch, [symbol]));
  return new Map(parts.flatMap((part) => [...part]));
}
