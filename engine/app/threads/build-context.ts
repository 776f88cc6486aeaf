import type { ExchangeLink } from '../../../adapters/binance-spot/exchange-link.ts';
import { SharedBookReader } from '../../book/shared-book.ts';
import type { AnswerRoute } from '../../control/command-answers.ts';
import type { Clock } from '../../core/clock.ts';
import { Prng } from '../../core/prng.ts';
import type { IntentLog } from '../../execution/order-entry.ts';
import type { VenueContext, VenueGateway } from '../../execution/venue-port.ts';
import type { Publication, Subscription } from '../../ipc/ring.ts';
import type { RunIdentity } from '../../journal/run-prologue.ts';
import type { FeedFactory, FrameSink } from '../../market-data/feed-port.ts';
import { HOT_ACTORS } from '../../runtime/actor.ts';
import type { HotActorName, Kick } from '../../runtime/actor.ts';
import type { EnginePlan, ThreadPlan } from './thread-plan.ts';
import type { Wiring } from './wiring.ts';

/** What a replay or a bench puts in the place of sockets and disks. */
export interface BuildOverrides {
  readonly createFeed?: FeedFactory;
  readonly intentLog?: IntentLog;
  readonly openGateway?: (context: VenueContext) => VenueGateway;
  /** Another way to the exchange than the network, for feed and orders. */
  readonly link?: ExchangeLink;
  /** Takes a copy of every received frame. */
  readonly recorder?: FrameSink;
}

/** A seed per actor, so that no two actors draw from one sequence whatever the topology. */
const SEED_STEP = 0x9e37_79b9;

/** What one incarnation of an actor is built with: ring ends and cells attached anew. One per incarnation. */
export class BuildContext {
  readonly plan: EnginePlan & Partial<ThreadPlan>;
  readonly wiring: Wiring;
  readonly kick: Kick;
  readonly overrides: BuildOverrides;
  readonly clock: Clock;
  private readonly outputs: Map<string, Publication> = new Map();

  constructor(plan: EnginePlan & Partial<ThreadPlan>, wiring: Wiring, kick: Kick, overrides: BuildOverrides) {
    this.plan = plan;
    this.wiring = wiring;
    this.kick = kick;
    this.overrides = overrides;
    this.clock = wiring.clock;
  }

  random(actor: HotActorName): Prng {
    return new Prng(this.plan.config.seed + SEED_STEP * (1 + HOT_ACTORS.indexOf(actor)));
  }

  /** The reading end of a ring; what kills the actor goes to its journal ring as a dead letter. */
  input(name: string, actor: HotActorName): Subscription {
    return this.wiring.subscription(name, this.output(`${actor}-to-journal`));
  }

  /** The writing end; one object per ring: a second one would not know of the first one's records. */
  output(name: string): Publication {
    let publication = this.outputs.get(name);
    if (publication === undefined) {
      publication = this.wiring.publication(name);
      this.outputs.set(name, publication);
    }
    return publication;
  }

  /** The way an actor answers commands. */
  answers(actor: HotActorName): AnswerRoute {
    return { ring: this.output(`answers-from-${actor}`), turns: this.wiring.actorControl(actor) };
  }

  sharedBookReader(): SharedBookReader {
    const { instruments } = this.plan;
    return new SharedBookReader(this.wiring.buffer, this.wiring.region('state:books'), instruments.length);
  }

  runIdentity(): RunIdentity {
    const { config, accountId, clockOrigin, instruments } = this.plan;
    return {
      mode: config.mode,
      venue: config.venue.name,
      accountId,
      startEpochUs: clockOrigin.epochUs,
      instruments,
    };
  }
}
