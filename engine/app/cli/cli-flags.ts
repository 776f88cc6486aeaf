import type { DrillStep } from '../run/drill-spec.ts';

/** The options every verb that reads the configuration has. */
export interface ConfigFlags {
  readonly config: string[];
  readonly set: string[];
}

/** Options of `run` that are not configuration keys. */
export interface RunFlags {
  /** Milliseconds. */
  readonly duration?: number;
  readonly drill?: DrillStep[];
  readonly record?: string;
  readonly json?: boolean;
}

/** Options of `replay` that are not configuration keys. */
export interface ReplayFlags {
  /** Multiple of recorded time. */
  readonly speed?: number;
  readonly json?: boolean;
}

/** Options of `latency`. */
export interface LatencyFlags {
  /** Base URL of a api. */
  readonly url?: string;
  readonly mode?: string;
  readonly venue?: string;
  /** File for the curve. */
  readonly svg?: string;
  readonly stages?: boolean;
  readonly json?: boolean;
}
