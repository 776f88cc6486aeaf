import { writeSync } from 'node:fs';

let isReaderNeeded = true;

/**
 * A reader that went away (`shrike … | head`) ends the process quietly with exit code 0 instead of an uncaught
 * EPIPE. Called once, before anything is printed.
 */
export function survivePipeClose(): void {
  const onError = (error: NodeJS.ErrnoException): void => {
    if (error.code !== 'EPIPE') throw error;
    if (isReaderNeeded) process.exit(0);
  };
  process.stdout.on('error', onError);
  process.stderr.on('error', onError);
}

/** For verbs that must stop in their own way, such as an engine with open orders: lost output is dropped instead. */
export function keepRunningWithoutReader(): void {
  isReaderNeeded = false;
}

/** A result for people: one block of text on stdout. */
export function printText(text: string): void {
  process.stdout.write(text.endsWith('\n') ? text : `${text}\n`);
}

/** A result for programs: one JSON object on one line of stdout. */
export function printJson(value: object): void {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}

/** Progress, warnings and errors: stderr, so that stdout stays parseable. Synchronous, to be out before an exit. */
export function printNote(text: string): void {
  try {
    writeSync(2, text.endsWith('\n') ? text : `${text}\n`);
  } catch {
    // stderr has no reader any more; there is no better place to say so.
  }
}
