import type { Origin } from '../config/config-layers.ts';
import type { DrillStep } from '../run/drill-spec.ts';

/** What one `run` is asked for beside the configuration. */
export interface RunOptions {
  /** Stop by itself after this long; null: run until a signal. */
  readonly durationMs: number | null;
  readonly drill: readonly DrillStep[];
  /** Write received frames to this capture file; null: no recording. */
  readonly recordFile: string | null;
  /** End stdout with one JSON object instead of the readable summary. */
  readonly json: boolean;
  /** Origins of non-default keys, to be logged at the start. */
  readonly origins: ReadonlyMap<string, Origin>;
}

/** What one `replay` is asked for beside the configuration. */
export interface ReplayOptions {
  /** Multiple of recorded time; null: as fast as it goes. */
  readonly speed: number | null;
  /** A REST depth answer to build the first recording's book from. */
  readonly snapshot: string | null;
  readonly json: boolean;
}
