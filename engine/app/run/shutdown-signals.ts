/** What a signal asks of a running engine. */
export interface SignalHandlers {
  /** TERM or INT: stop in order. Called once. */
  readonly onStop: (signal: NodeJS.Signals) => void;
  /** A second TERM or INT: give up waiting, at once. */
  readonly onForce: (signal: NodeJS.Signals) => void;
  /** USR2: take no new risk, keep orders and positions (lame duck). */
  readonly onPause: () => void;
}

/**
 * How long a repetition is the same key press: a terminal sends Ctrl-C to everything in the foreground, and npm, which
 * is in it too, passes it on once more.
 */
export const SAME_PRESS_MS = 500;

/** Routes the process's signals; returns a function that gives them back. Main thread. */
export function routeSignals(handlers: SignalHandlers): () => void {
  let stoppedBy: NodeJS.Signals | null = null;
  let isSamePress = false;
  const stop = (signal: NodeJS.Signals): void => {
    if (stoppedBy !== null) {
      if (!isSamePress || signal !== stoppedBy) handlers.onForce(signal);
      return;
    }
    stoppedBy = signal;
    isSamePress = true;
    setTimeout(() => {
      isSamePress = false;
    }, SAME_PRESS_MS).unref();
    handlers.onStop(signal);
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
  process.on('SIGUSR2', handlers.onPause);
  return () => {
    process.off('SIGTERM', stop);
    process.off('SIGINT', stop);
    process.off('SIGUSR2', handlers.onPause);
  };
}
