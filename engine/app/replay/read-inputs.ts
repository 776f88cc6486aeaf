import { CaptureError } from '../../market-data/capture-error.ts';
import type { Capture } from '../../market-data/capture-file.ts';
import { readCapture } from '../../market-data/capture-reader.ts';
import { CliError } from '../cli/cli-error.ts';
import { EXIT } from '../cli/exit-codes.ts';
import { loadVenuePart } from '../venues/venue-registry.ts';
import { joinCaptures, withSnapshot } from './replay-input.ts';
import type { ReplayInput } from './replay-input.ts';

/**
 * Reads recordings and joins those of one stream. Throws CliError for a file that cannot be read, is cut off, or does not
 * fit the others.
 * @param snapshot a REST depth answer for the first recording; null = none
 */
export async function readInputs(
  files: readonly string[],
  venue: string,
  snapshot: string | null,
): Promise<ReplayInput[]> {
  const instrumentsOf = await loadVenuePart(venue, 'recordedInstruments', 'recordings');
  try {
    const captures: Capture[] = [];
    for (const file of files) captures.push(await readCapture(file));
    const [first, ...others] = joinCaptures(captures, instrumentsOf);
    return [snapshot === null ? first : withSnapshot(first, snapshot, instrumentsOf), ...others];
  } catch (error) {
    if (!(error instanceof CaptureError)) throw error;
    throw new CliError(error.code, error.message, EXIT.failure);
  }
}
