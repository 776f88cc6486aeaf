import { writeSync } from 'node:fs';

/**
 * A reader that went away (`shrike … | head`) ends the process quietly with exit code 0 instead of an uncaught
 * EPIPE. With `keepRunning`, output is dropped from then on and the caller goes on: an engine with open orders
 * must stop in its own way.
 */
export function survivePipeClose(options: { keepRunning: boolean }): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    if (!options.keepRunning) process.exit(0);
  });
  process.stderr.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
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
    // Nobody reads stderr any more; there is no better place to say so.
  }
}
