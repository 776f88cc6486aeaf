import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** What V8's own collector takes; not in the types of Node. */
type Collect = (options: { type: 'major'; execution: 'sync'; flavor: 'last-resort' }) => void;

/**
 * Collects this thread's garbage once and gives its pages back to the system. For the end of a start: reading the
 * configuration and loading code leave tens of megabytes of it, and a thread that does little afterwards would keep them
 * for hours. Takes tens of milliseconds, so not for a thread that trades.
 */
export function giveBackMemory(): void {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as Collect | undefined;
  setFlagsFromString('--no-expose-gc');
  collect?.({ type: 'major', execution: 'sync', flavor: 'last-resort' });
}
