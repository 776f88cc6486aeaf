import type { ExchangeLink } from '../../../adapters/venue-kit/session/exchange-link.ts';
import { SharedBookReader } from '../../book/shared-book.ts';
import { SharedPricesReader } from '../../book/shared-prices.ts';
import type { AnswerRoute } from '../../control/command-answers.ts';
import { invariant } from '../../core/assert.ts';
import type { Clock } from '../../core/clock.ts';
import { Prng } from '../../core/prng.ts';
import type { Instrument } from '../../core/instrument.ts';
import { OrderTableReader } from '../../execution/order-table.ts';
import type { SimulatedGateway } from '../../execution/fills/simulated-gateway.ts';
import type { IntentLog } from '../../execution/order-entry.ts';
import type { VenueContext, VenueGateway } from '../../execution/venue-port.ts';
import type { Publication, Subscription } from '../../ipc/ring.ts';
import { StrategyHosts } from '../../ipc/strategy-hosts.ts';
import type { RunIdentity } from '../../journal/run-prologue.ts';
import { runStrategy } from '../../journal/run-strategies.ts';
import type { FeedFactory, FrameSink } from '../../market-data/feed-port.ts';
import type { NativeRoom } from '../../native/native-room.ts';
import { HOT_ACTORS, kindOf, labelOf } from '../../runtime/actor.ts';
import type { ActorKind, ActorName, HotActorKind, Kick } from '../../runtime/actor.ts';
import { actorsOf } from '../../runtime/topology.ts';
import type { RingEdge } from '../../runtime/topology.ts';
import type { EnginePlan, PlannedAccount, PlannedLane, ThreadPlan } from './thread-plan.ts';
import type { Wiring } from './wiring.ts';

/** What a replay or a bench puts in the place of sockets and disks. */
export interface BuildOverrides {
  readonly createFeed?: FeedFactory;
  readonly intentLog?: IntentLog;
  /** Between two comparisons of orders and fills with the venue; 0 = only at the start. */
  readonly reconcileIntervalNs?: number;
  readonly openGateway?: (context: VenueContext) => VenueGateway;
  /** Another way to the exchange than the network, for feed and orders. */
  readonly link?: Partial<ExchangeLink>;
  /** Is given the gateway that simulates fills with a queue, when one is made. */
  readonly onSimulated?: (gateway: SimulatedGateway) => void;
  /** The thread's native calls; absent: none are made. */
  readonly room?: NativeRoom;
  /** Takes a copy of every received frame. */
  readonly recorder?: FrameSink;
}

/** A seed per actor, so that no two actors draw from one sequence whatever the topology. */
const SEED_STEP = 0x9e37_79b9;

/** What one incarnation of an actor is built with: ring ends and cells attached anew. One per incarnation. */
export class BuildContext {
  /** The actor that is built. */
  readonly self: ActorName;
  readonly plan: EnginePlan & Partial<ThreadPlan>;
  readonly wiring: Wiring;
  readonly kick: Kick;
  readonly overrides: BuildOverrides;
  readonly clock: Clock;
  private readonly outputs: Map<string, Publication> = new Map();

  constructor(
    self: ActorName,
    plan: EnginePlan & Partial<ThreadPlan>,
    wiring: Wiring,
    kick: Kick,
    overrides: BuildOverrides,
  ) {
    this.self = self;
    this.plan = plan;
    this.wiring = wiring;
    this.kick = kick;
    this.overrides = overrides;
    this.clock = wiring.clock;
  }

  /** The actor's own sequence of random numbers: the n-th of its kind has the n-th of its kind's seeds. */
  random(): Prng {
    const kind = kindOf(this.self);
    const place = HOT_ACTORS.indexOf(kind as HotActorKind) + this.place() * HOT_ACTORS.length;
    return new Prng(this.plan.config.seed + SEED_STEP * (1 + place));
  }

  /** The reading ends of the rings from all actors of a kind, in their order. */
  inputsFrom(kind: ActorKind): Subscription[] {
    return this.ringsFrom(kind).map((ring) => this.input(ring));
  }

  /** The names of the rings from all actors of a kind, in their order. */
  ringsFrom(kind: ActorKind): string[] {
    return this.edges((edge) => edge.consumer === this.self && isKind(edge.producer, kind)).map(
      ({ name }) => name,
    );
  }

  /** The reading end of the one ring from an actor of a kind. */
  inputFrom(kind: ActorKind): Subscription {
    return one(this.inputsFrom(kind), `${this.self} reads one ring from ${kind}`);
  }

  /** The writing ends of the rings to all actors of a kind, in their order. */
  outputsTo(kind: ActorKind): Publication[] {
    return this.edges((edge) => edge.producer === this.self && isKind(edge.consumer, kind)).map((edge) =>
      this.output(edge.name),
    );
  }

  /** The writing end of the one ring to an actor of a kind. */
  outputTo(kind: ActorKind): Publication {
    return one(this.outputsTo(kind), `${this.self} writes one ring to ${kind}`);
  }

  /** What the supervisor tells this actor. */
  commands(): Subscription {
    return this.input(`commands-to-${this.self}`);
  }

  toSupervisor(): Publication {
    return this.output(`${this.self}-to-supervisor`);
  }

  /** The reading end of a ring; what kills the actor goes to its journal ring as a dead letter. */
  input(name: string): Subscription {
    return this.wiring.subscription(name, this.output(`${this.self}-to-journal`));
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
  answers(): AnswerRoute {
    const { self, wiring } = this;
    return { ring: this.output(`answers-from-${self}`), turns: wiring.actorControl(self) };
  }

  /** The lane of a market-data or orderbook actor. */
  lane(): PlannedLane {
    return laneOf(this.plan, this.self);
  }

  /** The instruments of this actor's lane. */
  laneInstruments(): Instrument[] {
    return this.activeInstruments().filter(({ lane }) => lane === labelOf(this.self));
  }

  /** The account of an execution actor. */
  account(): PlannedAccount {
    return accountOf(this.plan, this.self);
  }

  /** Its place among the accounts. */
  accountPlace(): number {
    return this.plan.accounts.indexOf(this.account());
  }

  /** The instruments that this actor's account trades. */
  accountInstruments(): Instrument[] {
    return this.activeInstruments().filter(({ account }) => account === labelOf(this.self));
  }

  /** Place of the account that trades an instrument, by instrument index. */
  accountPlaces(): Int32Array {
    const places = new Int32Array(this.instrumentsMax());
    for (const instrument of this.instruments()) places[instrument.index] = this.accountOf(instrument);
    return places;
  }

  /** Place of the account that trades an instrument. */
  accountOf({ account }: Instrument): number {
    return this.plan.accounts.findIndex(({ label }) => label === account);
  }

  /** All instruments by index, those that were removed among them. A list of the actor's own. */
  instruments(): Instrument[] {
    const instruments: Instrument[] = [];
    this.wiring.instrumentSlots().complete(instruments);
    return instruments;
  }

  activeInstruments(): Instrument[] {
    const slots = this.wiring.instrumentSlots();
    return this.instruments().filter(({ index }) => slots.isActive(index));
  }

  /** An instrument that a command names, for an actor that takes it in. */
  readonly instrumentAt = (index: number): Instrument => this.wiring.instrumentSlots().read(index);

  /** Instruments there is room for. */
  instrumentsMax(): number {
    return this.wiring.instrumentSlots().max;
  }

  /** Its place among the actors of its kind. */
  place(): number {
    return actorsOf(this.wiring.topology, kindOf(this.self)).indexOf(this.self);
  }

  strategyHosts(): StrategyHosts {
    return new StrategyHosts(this.wiring.buffer, this.wiring.region('state:strategy-hosts'));
  }

  /** The order tables of all accounts, in their order. */
  orderTables(): OrderTableReader[] {
    const { buffer } = this.wiring;
    return this.plan.accounts.map(
      ({ label }) => new OrderTableReader(buffer, this.wiring.labelled('state:orders', label)),
    );
  }

  sharedBookReader(): SharedBookReader {
    return new SharedBookReader(this.wiring.buffer, this.wiring.region('state:books'), this.instrumentsMax());
  }

  sharedPricesReader(): SharedPricesReader {
    return new SharedPricesReader(this.wiring.buffer, this.wiring.region('state:prices'));
  }

  runIdentity(): RunIdentity {
    const { config, accounts, clockOrigin } = this.plan;
    const current = (): Instrument[] => this.instruments();
    const slots = this.wiring.strategySlots();
    return {
      mode: config.mode,
      venue: accounts[0].venue,
      accountId: accounts[0].accountId,
      accountIds: Object.fromEntries(accounts.map(({ label, accountId }) => [label, accountId])),
      startEpochUs: clockOrigin.epochUs,
      get instruments() {
        return current();
      },
      get strategies() {
        return slots.all().map(({ index, strategy }) => runStrategy(index, strategy.name, strategy.params));
      },
    };
  }

  private edges(isWanted: (edge: RingEdge) => boolean): RingEdge[] {
    return this.wiring.topology.edges.filter(isWanted);
  }
}

function isKind(end: RingEdge['producer'], kind: ActorKind): boolean {
  return end !== 'supervisor' && kindOf(end) === kind;
}

/** The lane of a market-data or orderbook actor. */
export function laneOf(plan: EnginePlan, actor: ActorName): PlannedLane {
  return partOf(plan.lanes, actor);
}

/** The account of an execution actor. */
export function accountOf(plan: EnginePlan, actor: ActorName): PlannedAccount {
  return partOf(plan.accounts, actor);
}

function partOf<Part extends { readonly label: string }>(parts: readonly Part[], actor: ActorName): Part {
  const found = parts.find(({ label }) => label === labelOf(actor));
  invariant(found !== undefined, `${actor} is part of the plan`);
  return found;
}

function one<End>(ends: readonly End[], sentence: string): End {
  invariant(ends.length === 1, sentence);
  return ends[0];
}
