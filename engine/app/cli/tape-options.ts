import type { ConfigSources } from '../config/config.ts';
import type { TapeSpec } from '../backtest/read-tape.ts';

/** The options of verbs that play recorded data, as commander gives them. */
export interface TapeOptions {
  readonly data?: readonly string[];
  readonly params?: readonly string[];
  readonly snapshot?: string;
  readonly from?: number;
  readonly to?: number;
  readonly capital?: number;
  readonly spreadBps?: number;
  readonly depthPct?: number;
  readonly funding?: string;
}

/** Distance of bid and ask, and per cent of the volume that a level holds, where candles stand for a market. */
const SPREAD_BPS = 2;
const DEPTH_PCT = 1;
/** What the account begins with unless told. */
export const DEFAULT_CAPITAL = 10_000;

/** The data that the options name. Pure. */
export function tapeSpecOf(options: TapeOptions, venue: string): TapeSpec {
  return {
    files: options.data!,
    venue,
    snapshot: options.snapshot ?? null,
    fromMs: options.from ?? null,
    toMs: options.to ?? null,
    candleBook: { spreadBps: options.spreadBps ?? SPREAD_BPS, depthPct: options.depthPct ?? DEPTH_PCT },
  };
}

/** The layers with `--params` in them: parameters are keys of the configuration like any other. Pure. */
export function withParams(sources: ConfigSources, params: readonly string[]): ConfigSources {
  return { ...sources, sets: [...(sources.sets ?? []), ...params.map((text) => `strategy.params.${text}`)] };
}

/** Reads a positive number. Throws RangeError saying what was expected. */
export function positiveNumber(text: string): number {
  const value = Number(text);
  if (text.trim() !== '' && value > 0 && Number.isFinite(value)) return value;
  throw new RangeError('expected a positive number');
}

/** Reads a number from 0. Throws RangeError saying what was expected. */
export function notNegative(text: string): number {
  const value = Number(text);
  if (text.trim() !== '' && value >= 0 && Number.isFinite(value)) return value;
  throw new RangeError('expected a number from 0');
}

/** Reads a whole number between two. The reader throws RangeError saying what was expected. */
export function wholeNumber(from: number, to: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^\d+$/.test(text.trim()) && value >= from && value <= to) return value;
    throw new RangeError(`expected a whole number of ${from} to ${to}`);
  };
}

/** Reads a moment, ms since the epoch. Throws RangeError saying what was expected. */
export function timeMs(text: string): number {
  if (/^\d{1,16}$/.test(text)) return Number(text);
  const iso = /^\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d)?Z?)?$/.test(text) ? text : '';
  const parsed = Date.parse(iso.length === 10 || iso.endsWith('Z') ? iso : `${iso}Z`);
  if (Number.isNaN(parsed)) throw new RangeError('expected 2024-01-31, 2024-01-31T10:00 or milliseconds');
  return parsed;
}
