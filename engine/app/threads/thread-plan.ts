import type { ClockOrigin } from '../../core/clock.ts';
import type { Instrument } from '../../core/instrument.ts';
import type { VenueEndpoints } from '../../market-data/feed-port.ts';
import type { ThreadSpec } from '../../runtime/topology.ts';
import type { EngineConfig } from '../config/config-types.ts';
import type { ApiKey } from '../../../adapters/venue-kit/signing/api-key.ts';
import type { SharedMemory } from './wiring.ts';

/** What every thread of one engine is built from; plain data, sent to workers at their start. */
export interface EnginePlan {
  readonly memory: SharedMemory;
  readonly clockOrigin: ClockOrigin;
  readonly instruments: readonly Instrument[];
  readonly config: EngineConfig;
  readonly endpoints: VenueEndpoints;
  /** File URL of the strategy module. */
  readonly strategyUrl: string;
  /** Folder of this mode's and account's journal. */
  readonly journalDirectory: string;
  readonly accountId: string;
  /** When the engine first traded this account, epoch microseconds; the start of this run when it never did. */
  readonly accountSinceEpochUs: number;
  /** First intent number of this run; see the order identity section of the README. */
  readonly intentBase: number;
  /** Capture file the received frames are written to; null: none. */
  readonly recordFile: string | null;
  /** Whether the venue is play money: live needs no promotion gate there. */
  readonly isPlayMoney: boolean;
}

/** What one worker receives. Credentials go only to the thread that hosts execution, and never in paper mode. */
export interface ThreadPlan extends EnginePlan {
  readonly thread: ThreadSpec;
  readonly credentials: ApiKey | null;
}
