import { STALE_PRICE_ERROR } from '../../execution/fills/simulated-venue.ts';
import type { SimulatedGateway } from '../../execution/fills/simulated-gateway.ts';
import { simulatesQueues } from '../fills/fill-settings.ts';
import { SimulatedClock } from '../../core/clock.ts';
import type { ClockOrigin } from '../../core/clock.ts';
import type { Instrument } from '../../core/instrument.ts';
import { POLL_LIMIT } from '../../core/limits.ts';
import type { StrategyActor } from '../../strategy/strategy-actor.ts';
import type { OrderBookActor } from '../../book/orderbook-actor.ts';
import type { Publication, RecordHandler, Subscription } from '../../ipc/ring.ts';
import type { FeedFactory } from '../../market-data/feed-port.ts';
import { ReplayFeed } from '../../market-data/replay-feed.ts';
import { COMMAND, COMMAND_BYTES, Command } from '../../messages/codecs.ts';
import { COMMAND as COMMAND_KIND } from '../../messages/enums.ts';
import { TradingStateReader } from '../../risk/trading-state.ts';
import { ActorCell } from '../../runtime/actor-cell.ts';
import { HOT_ACTORS, isHotActor } from '../../runtime/actor.ts';
import type { Actor } from '../../runtime/actor.ts';
import { DutyCycle } from '../../runtime/duty-cycle.ts';
import { Invoker } from '../../runtime/invoker.ts';
import { plainTopology } from '../../runtime/build-topology.ts';
import { IntentCounter, intentRunBase } from '../../strategy/intent-counter.ts';
import { loadVenuePart } from '../venues/venue-registry.ts';
import { ActorFactory } from '../threads/actor-factory.ts';
import { BookWatch } from '../run/book-watch.ts';
import { hostStrategies, placeInstruments } from '../run/strategy-seats.ts';
import type { EngineConfig } from '../config/config-types.ts';
import type { EngineLog } from '../run/engine-log.ts';
import { planMemory } from '../threads/memory-plan.ts';
import { RingDigest } from './ring-digest.ts';
import { SupervisorInbox } from '../run/supervisor-inbox.ts';
import { plainParts } from '../threads/plain-parts.ts';
import type { PlannedStrategy } from '../strategy/planned-strategy.ts';
import type { EnginePlan } from '../threads/thread-plan.ts';
import { Wiring } from '../threads/wiring.ts';

/**
 * Frames between two looks at the rings without another reader. What a frame makes is far below a thousandth of any of these
 * rings, and looking costs more than a frame.
 */
const FRAMES_PER_SWEEP = 32;
/** Turns given to an engine that must come to rest at the end. */
const CLOSING_TURNS_MAX = 1_000;
const CLOSING_STEP_NS = 1_000_000;

/** Who hears which ring to journal, api or analysis, by the ring's name; right after the turn in which it was written. */
export type RingListeners = Readonly<Record<string, RecordHandler>>;

interface Heard {
  readonly ring: Subscription;
  readonly handler: RecordHandler;
}

/**
 * A whole engine on the calling thread: the same five actors, turned by the invoker with a simulated clock, fed with
 * recorded frames and filled by the paper gateway. Nothing in it reads the machine's time.
 */
export class ReplaySession {
  readonly plan: EnginePlan;
  readonly clock: SimulatedClock;
  readonly wiring: Wiring;
  readonly inbox: SupervisorInbox;
  readonly trading: TradingStateReader;
  readonly books: BookWatch;
  readonly digest: RingDigest;
  private feed: ReplayFeed | null = null;
  private orderbook: OrderBookActor | null = null;
  private strategy: StrategyActor | null = null;
  private simulated: SimulatedGateway | null = null;
  private invoker: Invoker | null = null;
  private framesSinceSweep = 0;
  private readonly log: EngineLog;
  private readonly taps: readonly Subscription[];
  private readonly heard: readonly Heard[];
  private readonly commandRings: readonly Publication[];
  private readonly command: Command = new Command();
  private readonly ignore = (): void => {};

  constructor(
    config: EngineConfig,
    instruments: readonly Instrument[],
    originEpochUs: number,
    strategy: Omit<PlannedStrategy, 'actor'>,
    log: EngineLog,
    listeners: RingListeners = {},
  ) {
    const topology = plainTopology('invoker', [], simulatesQueues(config));
    const memory = planMemory(topology, instruments.length);
    const clockOrigin: ClockOrigin = { hrtimeNs: '0', epochUs: originEpochUs };
    this.log = log;
    this.clock = new SimulatedClock(originEpochUs);
    this.plan = {
      memory,
      clockOrigin,
      instruments: [...instruments],
      config,
      ...plainParts({
        venue: config.venue.name,
        endpoints: { rest: '', stream: '', wsApi: '' },
        accountId: 'replay',
        strategy,
      }),
      journalDirectory: '',
      intentBase: intentRunBase(originEpochUs),
      recordFile: null,
      isPlayMoney: true,
    };
    this.wiring = new Wiring(memory, topology.threads[0].name, this.clock);
    this.inbox = new SupervisorInbox(this.wiring, log, null, false);
    this.trading = new TradingStateReader(this.wiring.buffer, this.wiring.region('state:trading'));
    this.books = new BookWatch(this.wiring, instruments);
    this.digest = new RingDigest(this.wiring);
    this.taps = topology.edges
      .filter(({ consumer }) => !isHotActor(consumer) && consumer !== 'supervisor')
      .filter(({ name }) => listeners[name] === undefined)
      .map(({ name }) => this.wiring.subscription(name, null));
    this.heard = Object.entries(listeners).map(([name, handler]) => ({
      ring: this.wiring.subscription(name, null),
      handler,
    }));
    this.commandRings = HOT_ACTORS.map((actor) => this.wiring.publication(`commands-to-${actor}`));
    const intents = new IntentCounter(this.wiring.buffer, this.wiring.region('state:intents'));
    placeInstruments(this.plan);
    hostStrategies(this.plan);
    intents.startAfter(this.plan.intentBase, 0);
  }

  /**
   * Builds and starts the actors.
   * @param createFeed makes the feed; absent = recorded frames, which `frame` brings
   */
  async start(createFeed?: FeedFactory): Promise<void> {
    const createDecoder =
      createFeed === undefined
        ? await loadVenuePart(this.plan.config.venue.name, 'decoder', 'decoder')
        : null;
    const factory = await ActorFactory.create(this.plan, this.wiring, this.ignore, HOT_ACTORS, {
      createFeed: (context) => {
        if (createDecoder === null) return createFeed!(context);
        this.feed = new ReplayFeed(context, createDecoder());
        return this.feed;
      },
      intentLog: { append: () => true },
      // A simulated venue loses nothing, and a question under way would stop the clock twice a minute.
      ...(this.plan.config.fills.model === 'immediate' ? {} : { reconcileIntervalNs: 0 }),
      onSimulated: (gateway) => {
        this.simulated = gateway;
      },
    });
    const build = (name: (typeof HOT_ACTORS)[number]): Actor => {
      const actor = factory.build(name);
      if (name === 'orderbook') this.orderbook = actor as OrderBookActor;
      if (name === 'strategy') this.strategy = actor as StrategyActor;
      return actor;
    };
    const cells = HOT_ACTORS.map(
      (name) =>
        new ActorCell(
          name,
          () => build(name),
          this.wiring.actorControl(name),
          this.wiring.errors(),
          this.clock,
        ),
    );
    this.invoker = new Invoker(new DutyCycle(cells, this.clock));
    this.invoker.start();
    this.turn();
  }

  /** Moves the clock to `recvNs` and takes the frame through all actors; what is due before it happens before it. */
  frame(bytes: Buffer, byteOffset: number, length: number, recvNs: number): void {
    this.advanceTo(recvNs);
    const feed = this.feed!;
    while (!feed.push(bytes, byteOffset, length, recvNs)) this.turn();
    this.turnOnce();
  }

  /** Moves the clock on; what is due on the way happens in its own turns. */
  advanceTo(nowNs: number): void {
    if (this.simulated !== null) this.turnUntil(this.simulated, nowNs);
    this.clock.advanceTo(nowNs);
  }

  /** Turns all actors until they are quiet. */
  turnOnce(): void {
    this.invoker!.invoke();
    this.listen();
    this.framesSinceSweep++;
    if (this.framesSinceSweep >= FRAMES_PER_SWEEP) this.sweep();
  }

  /** Cancels what is open and turns until the engine is at rest. */
  finish(): void {
    this.tellAll(COMMAND_KIND.cancelOnly);
    this.tellAll(COMMAND_KIND.cancelAll);
    for (let count = 0; count < CLOSING_TURNS_MAX && (this.trading.openOrders() > 0 || count < 2); count++) {
      this.clock.advanceTo(this.clock.nowNs() + CLOSING_STEP_NS);
      this.turn();
    }
    this.inbox.poll();
    this.invoker!.close();
  }

  /** Whether the simulated venue holds an order, or a request or an answer is under way. */
  hasOrdersAtVenue(): boolean {
    if (this.simulated === null) return this.trading.openOrders() > 0;
    return this.simulated.restingCount > 0 || this.simulated.nextDueNs() < Infinity;
  }

  /** The lengths of the bars that the strategies ask for. */
  barIntervalsMs(): number[] {
    return this.strategy!.barIntervalsMs();
  }

  /** The bars by activity that the strategies ask for, in words. */
  barActivities(): string[] {
    return this.strategy!.barActivities();
  }

  /** What the orderbook actor knows of one book. */
  bookStats(instrumentIndex: number): ReturnType<OrderBookActor['bookStats']> {
    return this.orderbook!.bookStats(instrumentIndex);
  }

  /** Whether any actor failed, with its first error. An order refused for an old price is a finding, not a failure. */
  failure(): string | null {
    const errors = this.wiring.errors().readAll();
    return errors.find(({ code }) => code !== STALE_PRICE_ERROR)?.text ?? null;
  }

  /** Turns at each moment up to `untilNs` at which a request or an answer of the simulated venue arrives. */
  private turnUntil(simulated: SimulatedGateway, untilNs: number): void {
    for (let dueNs = simulated.nextDueNs(); dueNs <= untilNs; dueNs = simulated.nextDueNs()) {
      const isNew = dueNs > this.clock.nowNs();
      this.clock.advanceTo(dueNs);
      this.invoker!.invoke();
      this.listen();
      // What could not be taken in at its time waits for the next frame.
      if (!isNew) return;
    }
  }

  private turn(): void {
    this.invoker!.invoke();
    this.listen();
    this.sweep();
  }

  private listen(): void {
    for (let index = 0; index < this.heard.length; index++) {
      const { ring, handler } = this.heard[index];
      while (ring.hasWork()) ring.poll(handler, POLL_LIMIT);
    }
  }

  private sweep(): void {
    this.framesSinceSweep = 0;
    this.digest.update();
    for (let index = 0; index < this.taps.length; index++) {
      while (this.taps[index].poll(this.ignore, POLL_LIMIT) === POLL_LIMIT);
    }
    this.inbox.poll();
  }

  private tellAll(kind: number): void {
    for (const ring of this.commandRings) {
      const at = ring.tryClaim(COMMAND, COMMAND_BYTES);
      if (at < 0) this.log.warn(`command ring "${ring.name}" is full`);
      if (at < 0) continue;
      const command = this.command.wrap(ring.view, at);
      command.commandSeq = 0;
      command.argument = 0;
      command.kind = kind;
      command.instrumentIndex = -1;
      ring.commit();
    }
  }
}
