import { BINANCE_SPOT } from '../../../adapters/binance-spot/descriptor.ts';
import { BINANCE_USDM } from '../../../adapters/binance-usdm/descriptor.ts';
import { SIM, SIM_B } from '../../../adapters/sim/descriptor.ts';
import type { VenueDescriptor, VenueParts } from '../../../adapters/venue-kit/venue-descriptor.ts';
import { CliError } from '../cli/cli-error.ts';
import { EXIT } from '../cli/exit-codes.ts';

/**
 * Every venue the engine knows, the default first. A venue is a folder under adapters/ and a line here: its section of
 * the configuration, `--venue`, replay, feed and order entry follow from its descriptor.
 */
export const VENUES: readonly VenueDescriptor[] = [SIM, SIM_B, BINANCE_SPOT, BINANCE_USDM];

/** The venue of that id. @throws RangeError when there is none; the configuration has been checked before */
export function venueOf(id: string): VenueDescriptor {
  const found = VENUES.find((venue) => venue.id === id);
  if (found === undefined) throw new RangeError(`no venue is named "${id}"`);
  return found;
}

/** The parts of a venue, its own or those of the venue whose protocol it speaks. */
export function venueParts(id: string): VenueParts {
  const { parts } = venueOf(id);
  return 'of' in parts ? venueParts(parts.of) : parts;
}

/**
 * Makes sure that a venue has a part, without loading it. @throws CliError (exit 78) when it does not
 * @param what the part in words, e.g. "live market data"
 */
export function requireVenuePart(id: string, name: keyof VenueParts, what: string): void {
  if (venueParts(id)[name] !== null) return;
  throw new CliError(
    'VENUE_PART_MISSING',
    `${venueOf(id).title} (${id}) has no ${what} in this version; recordings of it can be replayed: shrike replay FILE --venue ${id}`,
    EXIT.config,
  );
}

/** A part of a venue, loaded. @throws CliError (exit 78) as `requireVenuePart` */
export async function loadVenuePart<Name extends keyof VenueParts>(
  id: string,
  name: Name,
  what: string,
): Promise<LoadedPart<Name>> {
  requireVenuePart(id, name, what);
  return (await venueParts(id)[name]!()) as LoadedPart<Name>;
}

type LoadedPart<Name extends keyof VenueParts> = Awaited<ReturnType<NonNullable<VenueParts[Name]>>>;
