import { request } from 'undici';
import { InstrumentsError } from './instruments-error.ts';

/** An answer's status and text. */
export interface InstrumentsAnswer {
  readonly statusCode: number;
  readonly text: string;
}

/**
 * Asks a venue for public metadata. @throws InstrumentsError VENUE_UNREACHABLE
 * @param what the list asked for, for errors, e.g. "exchangeInfo"
 */
export async function askForInstruments(
  rest: string,
  path: string,
  what: string,
  timeoutMs: number,
): Promise<InstrumentsAnswer> {
  try {
    const answer = await request(`${rest.replace(/\/+$/, '')}${path}`, {
      signal: AbortSignal.timeout(timeoutMs),
    });
    return { statusCode: answer.statusCode, text: await answer.body.text() };
  } catch (error) {
    const { name, code, message } = error as NodeJS.ErrnoException;
    const cause = name === 'TimeoutError' ? `no answer within ${timeoutMs} ms` : (code ?? message);
    throw new InstrumentsError('VENUE_UNREACHABLE', `${what} of ${rest}: ${cause}`);
  }
}
