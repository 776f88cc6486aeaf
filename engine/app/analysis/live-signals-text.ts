import { columns } from '../cli/text-table.ts';
import { fixedText, signedText, timeText } from './analysis-numbers.ts';
import type { LiveSignals, ShownMerged, ShownSignal } from './signal-view.ts';
import { statisticsText } from './signals-text.ts';

const HEAD = ['TIME', 'SYMBOL', 'TF', 'SIDE', 'ENTRY', 'STOP', 'TARGET', 'CONFIDENCE', 'STATE', 'PATTERN'];

/** The signals of a running engine for people. @param shown those that are listed */
export function liveSignalsText(list: LiveSignals, shown: readonly ShownSignal[]): string {
  if (list.nowMs === null) return 'the slow path has said nothing yet, or this engine runs without analysis';
  const signals = shown.length === 0 ? 'no signals yet' : columns([HEAD, ...shown.map(cellsOf)]);
  const merged = list.merged.length === 0 ? ['no signal is alive'] : list.merged.map(mergedLine);
  return [signals, '', ...merged, '', statisticsText(list.statistics)].join('\n');
}

/** One signal on a line: it came, or has ended. */
export function signalLine(signal: ShownSignal): string {
  return cellsOf(signal).join('  ');
}

function cellsOf(signal: ShownSignal): string[] {
  const { outcome, state } = signal;
  return [
    timeText(signal.timeMs),
    signal.symbol,
    signal.timeframe,
    signal.direction > 0 ? 'long' : 'short',
    String(signal.entry),
    String(signal.stop),
    String(signal.target),
    `${fixedText(signal.final, 3)} ${signal.priority ?? '-'}`,
    outcome === null ? state : `${outcome.kind} ${signedText(outcome.r, 2)} R`,
    signal.pattern,
  ];
}

function mergedLine(merged: ShownMerged): string {
  const { symbol, upStrength, downStrength, confidence, priority, untilMs, refusals } = merged;
  const strengths = `up ${fixedText(upStrength, 3)}, down ${fixedText(downStrength, 3)}`;
  if (merged.isConflict) return `${symbol} together: conflict (${strengths}), not traded`;
  const side = merged.direction > 0 ? 'long' : 'short';
  const against =
    refusals === null || refusals.length === 0 ? '' : `; now against it: ${refusals.join(', ')}`;
  return (
    `${symbol} together: ${side} at ${merged.entry}, stop ${merged.stop}, target ${merged.target}, ` +
    `confidence ${fixedText(confidence, 2)} ${priority ?? 'below low'} (${strengths}), until ${timeText(untilMs)}${against}`
  );
}
