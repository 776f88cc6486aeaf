import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { routeSignals, SAME_PRESS_MS } from '../../engine/app/run/shutdown-signals.ts';

/** Hands a signal to whatever `routeSignals` registered, as Node would. */
function raise(signal: NodeJS.Signals): void {
  process.emit(signal, signal);
}

describe('signals', () => {
  const seen: string[] = [];
  let giveBack = (): void => {};

  beforeEach(() => {
    vi.useFakeTimers();
    seen.length = 0;
    giveBack = routeSignals({
      onStop: (signal) => seen.push(`stop ${signal}`),
      onForce: (signal) => seen.push(`force ${signal}`),
      onPause: () => seen.push('pause'),
    });
  });

  afterEach(() => {
    giveBack();
    vi.useRealTimers();
  });

  test('the first stops, the second forces', () => {
    raise('SIGINT');
    vi.advanceTimersByTime(SAME_PRESS_MS + 1);
    raise('SIGINT');
    expect(seen).toEqual(['stop SIGINT', 'force SIGINT']);
  });

  test('one key press that arrives twice, from the terminal and through npm, does not force', () => {
    raise('SIGINT');
    raise('SIGINT');
    vi.advanceTimersByTime(SAME_PRESS_MS - 1);
    raise('SIGINT');
    expect(seen).toEqual(['stop SIGINT']);
  });

  test('another signal forces at once', () => {
    raise('SIGINT');
    raise('SIGTERM');
    expect(seen).toEqual(['stop SIGINT', 'force SIGTERM']);
  });

  test('USR2 pauses and stops nothing', () => {
    raise('SIGUSR2');
    raise('SIGINT');
    expect(seen).toEqual(['pause', 'stop SIGINT']);
  });

  test('npm passes signals to the engine itself: the scripts leave no shell in between', () => {
    const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as {
      scripts: Record<string, string>;
    };
    // What npm start compiles beforehand ends before the engine takes the shell's place.
    expect(scripts['start']).toMatch(/^export \w+=\S+; node \S+ compile && exec node \S+ run$/);
    expect(scripts['shrike']).toMatch(/^\w+=\S+ exec node \S+$/);
  });
});
