import type { ClockOrigin } from '../../core/clock.ts';
import type { Instrument } from '../../core/instrument.ts';
import type { IoChoice } from '../../native/io-choice.ts';
import type { VenueEndpoints } from '../../market-data/feed-port.ts';
import type { ThreadSpec } from '../../runtime/topology.ts';
import type { EngineConfig } from '../config/config-types.ts';
import type { ApiKey } from '../../../adapters/venue-kit/signing/api-key.ts';
import type { PlannedStrategy } from '../strategy/planned-strategy.ts';
import type { SharedMemory } from './wiring.ts';

/** A market-data actor and an orderbook actor for the instruments of one venue that bear its label. */
export interface PlannedLane {
  readonly label: string;
  readonly venue: string;
  readonly endpoints: VenueEndpoints;
}

/** An account and the execution actor of its label. */
export interface PlannedAccount {
  readonly label: string;
  readonly venue: string;
  readonly endpoints: VenueEndpoints;
  /** The venue's name for it. */
  readonly accountId: string;
  /** When the engine first traded it, epoch microseconds; the start of this run when it never did. */
  readonly sinceEpochUs: number;
}

/** What every thread of one engine is built from; plain data, sent to workers at their start. */
export interface EnginePlan {
  readonly memory: SharedMemory;
  readonly clockOrigin: ClockOrigin;
  /** By index; the main thread's list grows with instruments that are added while the engine runs. */
  readonly instruments: Instrument[];
  readonly config: EngineConfig;
  /** In the order of the topology. */
  readonly lanes: readonly PlannedLane[];
  readonly accounts: readonly PlannedAccount[];
  /** A strategy's place is its index. */
  readonly strategies: readonly PlannedStrategy[];
  /** Folder of this engine's journal. */
  readonly journalDirectory: string;
  /** First intent number of this run; see the order identity section of the README. */
  readonly intentBase: number;
  /** Capture file the received frames are written to; null: none. */
  readonly recordFile: string | null;
  /** How the hot sockets reach the kernel. */
  readonly io: IoChoice;
  /** The only certificates that are believed, PEM; absent: those Node believes. */
  readonly certificates?: readonly string[];
  /** Whether the venue is play money: live needs no promotion gate there. */
  readonly isPlayMoney: boolean;
}

/** What one worker receives. A key goes only to the thread that hosts its account's execution, and never in paper mode. */
export interface ThreadPlan extends EnginePlan {
  readonly thread: ThreadSpec;
  /** By the label of the account. */
  readonly credentials: Credentials;
}

/** Keys by the label of their account. */
export type Credentials = Readonly<Record<string, ApiKey>>;
