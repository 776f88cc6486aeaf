import type { CommandAudit, EngineQuery, GivenCommand } from './engine-view.ts';
import type {
  ApiErrorCode,
  EngineStats,
  LatencyPercentiles,
  LatencyReport,
  LogLine,
} from './engine-stats.ts';

/** What the supervisor posts to the api's thread. */
export type ToApi =
  | {
      readonly kind: 'stats';
      readonly stats: EngineStats;
      /** Distributions of the last interval by stage name; shown beside those since start. */
      readonly latencyInterval?: Readonly<Record<string, LatencyPercentiles>>;
    }
  | { readonly kind: 'log'; readonly lines: readonly LogLine[] }
  /** The answer to latencyWanted. */
  | { readonly kind: 'latency'; readonly report: LatencyReport }
  /** The answer to `ask` or `give` of that number. */
  | { readonly kind: 'answered'; readonly ticket: number; readonly answer: unknown };

/** A call that was to act and was turned away; it is written down. */
export interface RefusedCall extends CommandAudit {
  readonly status: number;
  readonly code: string;
}

/** What the api tells the supervisor: where it listens, or why it does not, and what clients asked for. */
export type FromApi =
  | {
      readonly kind: 'listening';
      readonly host: string;
      readonly port: number;
      readonly httpUrl: string;
      readonly feedUrl: string;
    }
  /** Whole distributions cost milliseconds to write down: they are made on request. */
  | { readonly kind: 'latencyWanted' }
  | { readonly kind: 'ask'; readonly ticket: number; readonly what: EngineQuery; readonly about: string }
  | { readonly kind: 'give'; readonly ticket: number; readonly command: GivenCommand }
  | { readonly kind: 'refused'; readonly call: RefusedCall }
  | { readonly kind: 'fault'; readonly message: string }
  | { readonly kind: 'failed'; readonly code: ApiErrorCode; readonly message: string };
