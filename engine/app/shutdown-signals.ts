/** What a signal asks of a running engine. */
export interface SignalHandlers {
  /** TERM or INT: stop in order. Called once. */
  readonly onStop: (signal: NodeJS.Signals) => void;
  /** A second TERM or INT: give up waiting, at once. */
  readonly onForce: (signal: NodeJS.Signals) => void;
  /** USR2: take no new risk, keep orders and positions (lame duck). */
  readonly onPause: () => void;
}

/** Routes the process's signals; returns a function that gives them back. Main thread. */
export function routeSignals(handlers: SignalHandlers): () => void {
  let isStopping = false;
  const stop = (signal: NodeJS.Signals): void => {
    if (isStopping) return handlers.onForce(signal);
    isStopping = true;
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
