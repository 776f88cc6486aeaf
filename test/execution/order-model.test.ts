import fc from 'fast-check';
import { afterEach, expect, test } from 'vitest';
import { SlotIndex } from '../../engine/core/slot-index.ts';
import { FillLedger } from '../../engine/execution/fill-ledger.ts';
import { OrderEntry } from '../../engine/execution/order-entry.ts';
import { OrderKeeper } from '../../engine/execution/order-keeper.ts';
import { OrderReports } from '../../engine/execution/order-reports.ts';
import { OrderTable, OrderTableReader, isTerminalState } from '../../engine/execution/order-table.ts';
import { Reconciler } from '../../engine/execution/reconciler.ts';
import { VenueIdReader } from '../../engine/execution/venue-id-reader.ts';
import { VenueIds } from '../../engine/execution/venue-ids.ts';
import { VenueReports } from '../../engine/execution/venue-reports.ts';
import { CounterBlock } from '../../engine/ipc/counters.ts';
import { Outbox } from '../../engine/ipc/outbox.ts';
import { Publication, Subscription } from '../../engine/ipc/ring.ts';
import type { RecordDescription } from '../../engine/messages/describe.ts';
import { ORDER_STATE, SIDE } from '../../engine/messages/enums.ts';
import { PositionReader, PositionWriter } from '../../engine/risk/positions.ts';
import { NOBODY } from '../../engine/risk/strategy-positions.ts';
import { Reservations } from '../../engine/risk/reservations.ts';
import { RiskMessages } from '../../engine/risk/risk-messages.ts';
import { ScriptedGateway, ScriptedVenue } from '../fixtures/scripted-venue.ts';
import { INSTRUMENTS, MS, TradingRig } from '../fixtures/trading-rig.ts';

const STATE_NAMES = Object.keys(ORDER_STATE);

/** `expect(actual).toBe(expected)` for checks made a million times: words are found only for what is wrong. */
function same(actual: unknown, expected: unknown, what: string, intentSeq: number): void {
  if (!Object.is(actual, expected)) expect(actual, `${what} ${intentSeq}`).toBe(expected);
}

/** What the outside world and time may do between two turns. */
type Step =
  | { readonly kind: 'submit'; readonly side: number; readonly qty: number; readonly instrument: number }
  | { readonly kind: 'cancel' | 'replace'; readonly order: number; readonly qty: number }
  | { readonly kind: 'arrive' | 'turn' | 'risk' | 'execution' | 'refuse' | 'connect' | 'restart' }
  | { readonly kind: 'deliver'; readonly at: number; readonly repeated: boolean }
  | { readonly kind: 'lose' | 'disconnect'; readonly at: number }
  | { readonly kind: 'fill'; readonly order: number; readonly qty: number }
  | { readonly kind: 'time'; readonly ms: number };

const small = fc.nat({ max: 7 });
const lots = fc.integer({ min: 1, max: 9 });
const stepArbitrary: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('submit' as const),
      side: fc.constantFrom(1, 2),
      qty: lots,
      instrument: fc.nat({ max: 1 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constantFrom('cancel' as const, 'replace' as const),
      order: small,
      qty: lots,
    }),
  },
  {
    weight: 9,
    arbitrary: fc.record({
      kind: fc.constantFrom('arrive' as const, 'turn' as const, 'risk' as const, 'execution' as const),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constantFrom('refuse' as const, 'connect' as const, 'restart' as const),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({ kind: fc.constant('deliver' as const), at: small, repeated: fc.boolean() }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constantFrom('lose' as const, 'disconnect' as const),
      at: fc.nat({ max: 3 }),
    }),
  },
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('fill' as const), order: small, qty: lots }) },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('time' as const), ms: fc.constantFrom(1, 10, 30, 120) }),
  },
);

/** The engine under test, the venue's truth, and what a strategy would have heard. */
class World {
  readonly venue: ScriptedVenue = new ScriptedVenue();
  readonly rig: TradingRig;
  readonly heard: RecordDescription[] = [];
  private nextIntent = 1;

  constructor(idText: ScriptedVenue['idText'] = null) {
    this.venue.idText = idText;
    this.rig = new TradingRig({ gateway: (context) => new ScriptedGateway(this.venue, context) }).start();
    this.settle(6);
  }

  apply(step: Step): void {
    const { rig, venue } = this;
    switch (step.kind) {
      case 'submit':
        rig.submit(this.nextIntent++, {
          side: step.side,
          qtyLots: step.qty,
          instrumentIndex: step.instrument,
        });
        return;
      case 'cancel':
        rig.cancel(this.pick(step.order));
        return;
      case 'replace':
        this.replace(this.pick(step.order), step.qty);
        return;
      case 'arrive':
        venue.takeRequest();
        return;
      case 'deliver':
        venue.deliver(step.at, step.repeated);
        return;
      case 'lose':
        if (venue.wire.length > 0) venue.wire.splice(step.at % venue.wire.length, 1);
        return;
      case 'disconnect':
        if (venue.isUp) venue.disconnect(step.at);
        return;
      case 'connect':
        if (!venue.isUp) venue.connect();
        return;
      case 'refuse':
        venue.refusePlacements++;
        return;
      case 'fill':
        venue.fill(this.pick(step.order), step.qty);
        return;
      case 'time':
        rig.advance(step.ms * MS);
        return;
      case 'risk':
        rig.risk.doWork(rig.clock.nowNs());
        return;
      case 'execution':
        rig.execution.doWork(rig.clock.nowNs());
        return;
      case 'restart':
        this.restart();
        return;
      default:
        rig.turn();
    }
  }

  /** Both trading actors are rebuilt from shared memory, as the supervisor does after a death. */
  restart(): void {
    this.rig.startRisk();
    this.rig.startExecution();
  }

  /** Everything arrives and every timer runs out. */
  settle(rounds = 60): void {
    const { rig, venue } = this;
    for (let round = 0; round < rounds; round++) {
      if (!venue.isUp) venue.connect();
      rig.turns(2);
      while (venue.takeRequest());
      while (venue.deliver(0, false));
      rig.turns(2);
      rig.advance(35 * MS);
      this.listen();
    }
  }

  listen(): void {
    this.heard.push(...this.rig.read('risk-to-strategy'), ...this.rig.read('execution-to-strategy'));
    for (const ring of ['risk-to-journal', 'execution-to-journal', 'risk-to-api', 'execution-to-api']) {
      this.rig.read(ring);
    }
    this.rig.read('execution-to-supervisor');
  }

  /** At any moment: what could still happen at the venue is covered by position and reservations. */
  checkExposure(): void {
    const { rig, venue } = this;
    for (const { index } of INSTRUMENTS) {
      rig.positions.read(index);
      let buy = 0;
      let sell = 0;
      for (const order of venue.orders.values()) {
        if (order.instrumentIndex !== index || !order.isWorking) continue;
        if (order.side === SIDE.buy) buy += order.qtyLots - order.filledLots;
        else sell += order.qtyLots - order.filledLots;
      }
      const truth = venue.netLots(index);
      const most = rig.positions.netLots + rig.reservations.openBuyLots(index);
      const least = rig.positions.netLots - rig.reservations.openSellLots(index);
      // Looked at after every step: `expect` only tells what is wrong.
      if (!(most >= truth + buy)) expect(most).toBeGreaterThanOrEqual(truth + buy);
      if (!(least <= truth - sell)) expect(least).toBeLessThanOrEqual(truth - sell);
    }
    for (const [intentSeq, count] of venue.placements) {
      same(count, 1, 'placements of intent', intentSeq);
      if (!rig.intents.includes(intentSeq)) expect.fail(`intent ${intentSeq} was sent and not logged before`);
    }
  }

  /** When all is quiet the engine and the venue agree on everything. */
  checkAgreement(): void {
    const { rig, venue } = this;
    this.checkExposure();
    for (const { index } of INSTRUMENTS) {
      rig.positions.read(index);
      expect(rig.positions.netLots, 'position = sum of distinct fills').toBe(venue.netLots(index));
      expect(rig.positions.fillCount).toBe(
        venue.trades.filter((trade) => trade.instrumentIndex === index).length,
      );
      let ofStrategies = 0;
      for (let strategy = 0; strategy <= NOBODY; strategy++) {
        rig.strategyPositions.readOf(strategy, index);
        ofStrategies += rig.strategyPositions.netLots;
      }
      expect(ofStrategies, 'position = sum of what strategies hold').toBe(rig.positions.netLots);
    }
    let open = 0;
    const leaves = [0, 0];
    for (const order of venue.orders.values()) {
      if (order.isWorking) leaves[order.instrumentIndex] += order.qtyLots - order.filledLots;
      const slot = rig.orders.slotOfIntent(order.intentSeq);
      same(rig.orders.cumQtyLots[slot], order.filledLots, 'filled of intent', order.intentSeq);
      same(rig.orders.isOpen(slot), order.isWorking, 'open intent', order.intentSeq);
      if (order.isWorking) open++;
      else if (order.filledLots === order.qtyLots)
        same(rig.orders.state[slot], ORDER_STATE.filled, 'state of intent', order.intentSeq);
    }
    expect(rig.trading.openOrders()).toBe(open);
    expect(rig.trading.unknownOrders()).toBe(0);
    expect(rig.reservations.openCount(0) + rig.reservations.openCount(1)).toBe(open);
    for (const { index } of INSTRUMENTS) {
      const held = rig.reservations.openBuyLots(index) + rig.reservations.openSellLots(index);
      expect(held, 'held back = what can still fill').toBe(leaves[index]);
    }
    this.checkStrategy();
  }

  /** The strategy heard every fill and the last state of every order. */
  private checkStrategy(): void {
    const fills = new Map<number, RecordDescription>();
    const last = new Map<number, unknown>();
    for (const record of this.heard) {
      if (record.message === 'Fill') fills.set(record.fields['fillSeq'] as number, record);
      else last.set(record.fields['intentSeq'] as number, record.fields['state']);
    }
    expect(fills.size).toBe(this.venue.trades.length);
    for (let intentSeq = 1; intentSeq < this.nextIntent; intentSeq++) {
      const slot = this.rig.orders.slotOfIntent(intentSeq);
      const name = last.get(intentSeq);
      const told = slot < 0 ? 'denied' : STATE_NAMES[this.rig.orders.state[slot] - 1];
      same(name, told, 'last that was heard of intent', intentSeq);
    }
  }

  private replace(replaced: number, qty: number): void {
    const order = this.venue.orders.get(replaced);
    const terms = { qtyLots: qty, side: order?.side ?? 1, instrumentIndex: order?.instrumentIndex ?? 0 };
    this.rig.replace(this.nextIntent++, replaced, terms);
  }

  private pick(order: number): number {
    return this.nextIntent === 1 ? 1 : 1 + (order % (this.nextIntent - 1));
  }
}

/** How a venue writes its ids: as plain numbers, or as numbers that are all the same double. */
const ID_KINDS: readonly (readonly [string, ScriptedVenue['idText']])[] = [
  ['plain numbers', null],
  ['64-bit numbers', (id) => `92233720368547${String(id).padStart(5, '0')}`],
];

test.each(ID_KINDS)(
  'whatever order, repetition, loss and restart the world brings, with ids that are %s: no fill lost or doubled, nothing sent twice',
  (_ids, idText) => {
    fc.assert(
      fc.property(fc.array(stepArbitrary, { minLength: 60, maxLength: 200, size: 'max' }), (steps) => {
        const world = new World(idText);
        for (const step of steps) {
          world.apply(step);
          world.checkExposure();
          world.listen();
        }
        world.settle();
        world.checkAgreement();
      }),
      { numRuns: 500, seed: 20_260_801 },
    );
  },
  120_000,
);

test('the model notices a lost fill: its checks can fail', () => {
  const world = new World();
  world.apply({ kind: 'submit', side: 1, qty: 5, instrument: 0 });
  world.settle(6);
  world.venue.fill(1, 2);
  world.venue.wire = [];
  expect(() => world.checkAgreement()).toThrow();
});

/* A death can come at any call. The calls of every class involved are counted, and the n-th one ends the actor: memory
 * stays as it is at that moment (handlers that run while the exception unwinds are undone), the objects are thrown away. */
/** No Error: thousands of stack traces would take longer than the deaths. */
const DEATH = Symbol('death');

const VICTIMS: readonly { readonly prototype: object }[] = [
  SlotIndex,
  FillLedger,
  OrderEntry,
  OrderKeeper,
  OrderReports,
  OrderTable,
  OrderTableReader,
  Reconciler,
  VenueReports,
  VenueIds,
  VenueIdReader,
  CounterBlock,
  Outbox,
  Publication,
  Subscription,
  PositionReader,
  PositionWriter,
  Reservations,
  RiskMessages,
];

let callsLeft = Infinity;
/** Shared memory as it was at the death; one copy serves all. */
let frozen: Uint8Array = new Uint8Array(0);
let isFrozen = false;
let victim: SharedArrayBuffer | null = null;
const originals: [prototype: Record<string, unknown>, name: string, method: unknown][] = [];

function countCalls(): void {
  for (const { prototype } of VICTIMS) {
    const record = prototype as Record<string, unknown>;
    for (const name of Object.getOwnPropertyNames(record)) {
      const method = Object.getOwnPropertyDescriptor(record, name)!.value as unknown;
      if (name === 'constructor' || typeof method !== 'function') continue;
      originals.push([record, name, method]);
      record[name] = function counted(this: unknown, ...args: unknown[]): unknown {
        if (--callsLeft < 0) die();
        return (method as (...all: unknown[]) => unknown).apply(this, args);
      };
    }
  }
}

function die(): never {
  if (!isFrozen) {
    const memory = new Uint8Array(victim!);
    if (frozen.byteLength !== memory.byteLength) frozen = new Uint8Array(memory.byteLength);
    frozen.set(memory);
    isFrozen = true;
  }
  // oxlint-disable-next-line only-throw-error -- see DEATH
  throw DEATH;
}

afterEach(() => {
  callsLeft = Infinity;
  for (const [record, name, method] of originals.splice(0)) record[name] = method;
});

/** Runs `act`; true when it was cut short at call `deathAt`, with shared memory as of that call. */
function diesAt(world: World, deathAt: number, act: () => void): boolean {
  victim = world.rig.buffer;
  isFrozen = false;
  callsLeft = deathAt;
  try {
    act();
  } catch (error) {
    if (error !== DEATH) throw error;
  }
  callsLeft = Infinity;
  if (!isFrozen) return false;
  new Uint8Array(world.rig.buffer).set(frozen);
  return true;
}

const SCENARIO: readonly Step[] = [
  { kind: 'submit', side: 1, qty: 9, instrument: 0 },
  { kind: 'turn' },
  { kind: 'arrive' },
  { kind: 'deliver', at: 0, repeated: false },
  { kind: 'fill', order: 0, qty: 4 },
  { kind: 'submit', side: 2, qty: 7, instrument: 0 },
  { kind: 'deliver', at: 0, repeated: true },
  { kind: 'turn' },
  { kind: 'deliver', at: 0, repeated: false },
  { kind: 'arrive' },
  { kind: 'deliver', at: 0, repeated: false },
  { kind: 'cancel', order: 0, qty: 1 },
  { kind: 'replace', order: 1, qty: 3 },
  { kind: 'turn' },
  { kind: 'arrive' },
  { kind: 'arrive' },
  { kind: 'deliver', at: 0, repeated: false },
  { kind: 'deliver', at: 0, repeated: false },
  { kind: 'deliver', at: 0, repeated: false },
  { kind: 'turn' },
  { kind: 'fill', order: 2, qty: 2 },
  { kind: 'deliver', at: 0, repeated: false },
  { kind: 'turn' },
  { kind: 'turn' },
];

/** The scenario with the trading actors killed at call `deathAt` of step `at`; false when that step has fewer calls. */
function killAndRecover(at: number, deathAt: number, idText: ScriptedVenue['idText']): boolean {
  const world = new World(idText);
  for (const step of SCENARIO.slice(0, at)) world.apply(step);
  const died = diesAt(world, deathAt, () => world.apply(SCENARIO[at]));
  if (!died) return false;
  world.restart();
  world.checkExposure();
  for (const step of SCENARIO.slice(at + 1)) {
    world.apply(step);
    world.checkExposure();
  }
  world.settle();
  world.checkAgreement();
  return true;
}

test.each(ID_KINDS)(
  'killed at every call of every step, with ids that are %s, a rebuilt pair of actors loses no fill and repeats no order',
  (_ids, idText) => {
    let deaths = 0;
    countCalls();
    for (const [at, step] of SCENARIO.entries()) {
      if (step.kind !== 'turn' && step.kind !== 'deliver') continue;
      for (let deathAt = 0; killAndRecover(at, deathAt, idText); deathAt++) deaths++;
    }
    expect(deaths).toBeGreaterThan(500);
  },
  240_000,
);

test('late states of ended orders are refused, whatever the sequence', () => {
  fc.assert(
    fc.property(fc.array(stepArbitrary, { minLength: 5, maxLength: 40 }), (steps) => {
      const world = new World();
      for (const step of steps) world.apply(step);
      world.settle();
      const ended = new Map<number, unknown>();
      for (const record of world.heard) {
        if (record.message !== 'OrderUpdate') continue;
        const seq = record.fields['intentSeq'] as number;
        const state = record.fields['state'] as keyof typeof ORDER_STATE;
        if (ended.has(seq)) expect(state, `intent ${seq} after its end`).toBe(ended.get(seq));
        if (isTerminalState(ORDER_STATE[state])) ended.set(seq, state);
      }
    }),
    { numRuns: 60, seed: 7 },
  );
}, 60_000);
