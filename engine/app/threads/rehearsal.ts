import { generateKeyPairSync } from 'node:crypto';
import { closeSync, openSync, writevSync } from 'node:fs';
import { devNull } from 'node:os';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { PracticeExchange } from '../../../adapters/venue-kit/venue-descriptor.ts';
import type { SystemClock } from '../../core/clock.ts';
import type { Instrument } from '../../core/instrument.ts';
import { PARK_MS_MAX, POLL_LIMIT } from '../../core/limits.ts';
import { Prng } from '../../core/prng.ts';
import { EXECUTION_COUNTER } from '../../execution/counters.ts';
import type { IntentLog } from '../../execution/order-entry.ts';
import type { CounterBlock } from '../../ipc/counters.ts';
import type { Subscription } from '../../ipc/ring.ts';
import { encodeRecord, logBuffer, recordBytes } from '../../journal/record-format.ts';
import type { LogBuffer } from '../../journal/record-format.ts';
import type { CodecView } from '../../messages/codec-view.ts';
import type { NativeRoom } from '../../native/native-room.ts';
import { ORDER_INTENT, ORDER_INTENT_BYTES } from '../../messages/codecs.ts';
import { MARKET_DATA_COUNTER } from '../../market-data/counters.ts';
import { ActorCell } from '../../runtime/actor-cell.ts';
import { HOT_ACTORS, isHotActor } from '../../runtime/actor.ts';
import { DutyCycle } from '../../runtime/duty-cycle.ts';
import { EventLoopRunner } from '../../runtime/event-loop-runner.ts';
import { plainTopology } from '../../runtime/build-topology.ts';
import { STRATEGY_COUNTER } from '../../strategy/counters.ts';
import { IntentCounter } from '../../strategy/intent-counter.ts';
import { ActorFactory } from './actor-factory.ts';
import type { EngineConfig } from '../config/config-types.ts';
import type { ApiKey } from '../../../adapters/venue-kit/signing/api-key.ts';
import { loadVenuePart } from '../venues/venue-registry.ts';
import { hostStrategies, placeInstruments } from '../run/strategy-seats.ts';
import { planMemory } from './memory-plan.ts';
import { resolveStrategyUrl } from '../strategy/strategy-path.ts';
import { plainParts } from './plain-parts.ts';
import type { ThreadPlan } from './thread-plan.ts';
import { Wiring } from './wiring.ts';

/** Orders practised before the first real tick: the compiler has then made its best of every function on their way. */
const WARM_UP_ORDERS = 12_000;
/** Longest time that may take; a slow machine begins less practised. */
const WARM_UP_NS_MAX = 2_500_000_000;
const STEPS_PER_TURN = 32;
/** Steps between two looks at the rings without another reader. */
const STEPS_PER_SWEEP = 32;
/**
 * How long the real actors must have been idle before a step, and how far apart two steps are. Measured: after half a
 * millisecond the caches still hold the real way, and a step takes some of it out; after milliseconds it brings more in.
 */
const IDLE_BEFORE_NS = 600_000;
const IDLE_STEP_NS = 300_000;
const UNLIMITED = '1000000000';
const SOURCE_SELF = 0;
/** However the real actors are spread and however many they are, practice is on one of each. */
const TOPOLOGY = plainTopology('invoker');
const INTENT_VERSION = 1;

/** The run's configuration with a strategy that always wants something and nothing that would keep it from it. */
function practiceConfig(config: EngineConfig): EngineConfig {
  return {
    ...config,
    book: { ...config.book, staleMs: 0 },
    risk: {
      ...config.risk,
      maxPosition: UNLIMITED,
      maxOrderQty: UNLIMITED,
      maxOrderNotional: UNLIMITED,
      maxOpenOrders: 1_000,
      priceBandBps: 10_000,
      maxOrdersPerSecond: 1_000_000,
      latencyBudgetUs: 0,
      latencyHaltP99Us: 0,
      maxDrawdown: '0',
      maxDailyLoss: '0',
      maxLossesInARow: 0,
      maxRejectsPerMinute: 0,
      selfCross: 'allow',
      symbols: {},
    },
  };
}

/** A key of the same kind as the real one, so that the same code signs; it opens nothing. */
function practiceCredentials(real: ApiKey | undefined): ApiKey {
  if (real?.kind !== 'ed25519') return { kind: 'hmac', apiKey: 'a'.repeat(64), apiSecret: 'b'.repeat(64) };
  const { privateKey } = generateKeyPairSync('ed25519');
  const privateKeyPem = privateKey.export({ format: 'pem', type: 'pkcs8' });
  return { kind: 'ed25519', apiKey: 'a'.repeat(64), privateKeyPem };
}

/** Encodes intents as the log does and writes them where nothing is kept. */
class PracticeIntentLog implements IntentLog {
  private readonly record: LogBuffer;
  private readonly buffers: readonly Uint8Array[];
  private fd: number;

  constructor() {
    const bytes = recordBytes(ORDER_INTENT_BYTES);
    this.record = logBuffer(new ArrayBuffer(bytes), 0, bytes);
    this.buffers = [this.record.u8];
    this.fd = openSync(devNull, 'w');
  }

  append(view: CodecView, byteOffset: number, byteLength: number): boolean {
    encodeRecord(this.record, 0, ORDER_INTENT, INTENT_VERSION, SOURCE_SELF, view, byteOffset, byteLength);
    writevSync(this.fd, this.buffers);
    return true;
  }

  /** The rehearsal and its actor both call this. */
  close(): void {
    const { fd } = this;
    this.fd = -1;
    if (fd !== -1) closeSync(fd);
  }
}

/**
 * A second set of the five hot actors in the same thread, with memory, instrument, key and exchange of its own: the
 * engine practises on it. Before the first real tick, so that the compiler has seen every branch of the way from frame
 * to order; afterwards in the idle time of a spinning thread, so that processor and caches do not forget it. The code is
 * that of the real actors, sockets excepted; the data are not, and nothing leads from here to the real ones, to a disk
 * or to a network. Whatever goes wrong here ends the rehearsal and nothing else. Belongs to one event-loop thread.
 */
export class Rehearsal {
  private readonly exchange: PracticeExchange;
  private readonly wiring: Wiring;
  private readonly clock: SystemClock;
  private readonly taps: readonly Subscription[];
  private readonly intents: PracticeIntentLog;
  private readonly counters: CounterBlock;
  private readonly ignore = (): void => {};
  private cycle: DutyCycle | null = null;
  private runner: EventLoopRunner | null = null;
  private stepsSinceSweep = 0;
  /** [0] = when the last step was; numbers this large in a field would be made anew at each step. */
  private readonly times: Float64Array = new Float64Array(1);

  private constructor(plan: ThreadPlan, clock: SystemClock, exchange: PracticeExchange) {
    this.clock = clock;
    this.wiring = new Wiring(planMemory(TOPOLOGY, 1), TOPOLOGY.threads[0].name, clock);
    this.exchange = exchange;
    this.intents = new PracticeIntentLog();
    this.counters = this.wiring.counters('execution');
    this.taps = TOPOLOGY.edges
      .filter(({ consumer }) => !isHotActor(consumer))
      .map(({ name }) => this.wiring.subscription(name, null));
    const intents = new IntentCounter(this.wiring.buffer, this.wiring.region('state:intents'));
    intents.startAfter(plan.intentBase, 0);
  }

  /** Builds the second set and connects it to its exchange. `room`: what the real set signs by. */
  static async open(
    plan: ThreadPlan,
    clock: SystemClock,
    room: NativeRoom | null = null,
  ): Promise<Rehearsal> {
    const instrument: Instrument = { ...plan.instruments[0], index: 0, lane: '', account: '' };
    const createExchange = await loadVenuePart(
      plan.accounts[0].venue,
      'practice',
      'exchange to practise with',
    );
    const exchange = createExchange(instrument, clock, new Prng(plan.config.seed));
    const rehearsal = new Rehearsal(plan, clock, exchange);
    await rehearsal.start(plan, instrument, room);
    return rehearsal;
  }

  /** Orders practised so far. */
  get orderCount(): number {
    return this.counters.read(EXECUTION_COUNTER.ordersPlaced);
  }

  /** What was practised so far, by the second set's own counters. */
  figures(): Readonly<Record<'frames' | 'requested' | 'placed' | 'filled' | 'refused', number>> {
    const { wiring, counters } = this;
    return {
      frames: wiring.counters('market-data').read(MARKET_DATA_COUNTER.frames),
      requested: wiring.counters('strategy').read(STRATEGY_COUNTER.ordersRequested),
      placed: counters.read(EXECUTION_COUNTER.ordersPlaced),
      filled: counters.read(EXECUTION_COUNTER.ordersFilled),
      refused: counters.read(EXECUTION_COUNTER.ordersRefused),
    };
  }

  /** What went wrong; null while nothing did. */
  failure(): string | null {
    return this.wiring.errors().readAll()[0]?.text ?? null;
  }

  /** Practises until the compiler has seen enough. Bounded in time. */
  async warmUp(): Promise<void> {
    const untilNs = this.clock.nowNs() + WARM_UP_NS_MAX;
    while (this.orderCount < WARM_UP_ORDERS && this.clock.nowNs() < untilNs && this.failure() === null) {
      for (let step = 0; step < STEPS_PER_TURN; step++) this.step();
      await nextTurn();
    }
  }

  /** One step if it is time for one. To be called while the real actors have nothing to do. */
  idle(nowNs: number, lastWorkNs: number): void {
    if (nowNs - lastWorkNs < IDLE_BEFORE_NS || nowNs - this.times[0] < IDLE_STEP_NS) return;
    this.times[0] = nowNs;
    this.step();
  }

  /** Lets go of everything. */
  close(): void {
    this.cycle?.close();
    this.intents.close();
  }

  private async start(plan: ThreadPlan, instrument: Instrument, room: NativeRoom | null): Promise<void> {
    const { wiring, clock } = this;
    const [thread] = TOPOLOGY.threads;
    const practice: ThreadPlan = {
      ...plan,
      memory: wiring.memory,
      thread,
      instruments: [instrument],
      config: practiceConfig(plan.config),
      credentials: { '': practiceCredentials(Object.values(plan.credentials)[0]) },
      ...plainParts({
        venue: plan.accounts[0].venue,
        endpoints: plan.accounts[0].endpoints,
        accountId: 'rehearsal',
        strategy: {
          name: 'tick-taker',
          url: resolveStrategyUrl('tick-taker'),
          params: { everyUpdates: 1 },
        },
      }),
      journalDirectory: '',
      recordFile: null,
      isPlayMoney: true,
    };
    placeInstruments(practice);
    hostStrategies(practice);
    const factory = await ActorFactory.create(practice, wiring, () => this.runner?.kick(), HOT_ACTORS, {
      link: this.exchange,
      ...(room === null ? {} : { room }),
      intentLog: this.intents,
    });
    const cells = HOT_ACTORS.map(
      (name) =>
        new ActorCell(
          name,
          (actor) => factory.build(actor),
          wiring.actorControl(name),
          wiring.errors(),
          clock,
        ),
    );
    this.cycle = new DutyCycle(cells, clock);
    const control = wiring.threadControl(thread.name);
    this.runner = new EventLoopRunner(this.cycle, wiring.doorbell(thread.name), control, 'park', PARK_MS_MAX);
    this.cycle.start();
  }

  private step(): void {
    this.exchange.step();
    this.runner!.kick();
    this.stepsSinceSweep++;
    if (this.stepsSinceSweep < STEPS_PER_SWEEP) return;
    this.stepsSinceSweep = 0;
    for (let index = 0; index < this.taps.length; index++) {
      while (this.taps[index].poll(this.ignore, POLL_LIMIT) === POLL_LIMIT);
    }
  }
}
