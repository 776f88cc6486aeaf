import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SimulatedClock } from '../../engine/core/clock.ts';
import type { Instrument } from '../../engine/core/instrument.ts';
import { COUNTER_BLOCK_BYTES, CounterBlock } from '../../engine/ipc/counters.ts';
import { ERROR_LOG_BYTES, ErrorLog } from '../../engine/ipc/error-log.ts';
import { MemoryMapBuilder } from '../../engine/ipc/memory-map.ts';
import type { Region } from '../../engine/ipc/memory-map.ts';
import { Publication, RecordView, RingMonitor, Subscription, ringBytes } from '../../engine/ipc/ring.ts';
import type { RingDeclaration } from '../../engine/ipc/ring.ts';
import { JournalActor } from '../../engine/journal/journal-actor.ts';
import { JOURNAL_CELL_BYTES, JournalCell } from '../../engine/journal/journal-cell.ts';
import { IntentLog } from '../../engine/journal/intent-log.ts';
import type { RunIdentity } from '../../engine/journal/run-prologue.ts';
import {
  FILL,
  FILL_BYTES,
  Fill,
  ORDER_INTENT_BYTES,
  ORDER_UPDATE,
  ORDER_UPDATE_BYTES,
  OrderIntent,
  OrderUpdate,
  POSITION_UPDATED,
  POSITION_UPDATED_BYTES,
  PositionUpdated,
} from '../../engine/messages/codecs.ts';
import { ORDER_TYPE, SIDE, TIME_IN_FORCE } from '../../engine/messages/enums.ts';

/** A folder of this test's own; `remove` it afterwards. */
export function temporaryFolder(): { readonly path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), 'shrike-test-'));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

export const START_EPOCH_US = 1_750_000_000_000_000;

export function instrument(symbol: string, index: number, change: Partial<Instrument> = {}): Instrument {
  return {
    index,
    symbol,
    baseAsset: symbol.slice(0, 3),
    quoteAsset: 'USDT',
    priceDecimals: 2,
    tickUnits: 1,
    qtyDecimals: 5,
    lotUnits: 1,
    minQtyLots: 1,
    maxQtyLots: 1e9,
    minNotionalCash: 0,
    contractSize: 1,
    epoch: 0,
    ...change,
  };
}

export function runIdentity(change: Partial<RunIdentity> = {}): RunIdentity {
  return {
    mode: 'paper',
    venue: 'sim',
    accountId: 'account-1',
    startEpochUs: START_EPOCH_US,
    instruments: [instrument('BTCUSDT', 0), instrument('ETHUSDT', 1)],
    ...change,
  };
}

/** A Fill with everything at a plain value except what the test says. */
export interface FillTerms {
  readonly fillSeq: number;
  readonly intentSeq: number;
  readonly venueTradeId: number;
  readonly instrumentIndex: number;
  readonly side: number;
  readonly priceTicks: number;
  readonly qtyLots: number;
  readonly feeCash: number;
}

export interface UpdateTerms {
  readonly intentSeq: number;
  readonly instrumentIndex: number;
  readonly state: number;
  readonly qtyLots: number;
  readonly cumQtyLots: number;
}

export interface IntentTerms {
  readonly intentSeq: number;
  readonly instrumentIndex: number;
  readonly qtyLots: number;
  readonly clientId: string;
}

/** Shared memory, rings and one journal actor over a real folder; the "process" can be restarted on it. */
export class JournalRig {
  readonly directory: string;
  readonly run: RunIdentity;
  readonly clock: SimulatedClock = new SimulatedClock(START_EPOCH_US);
  readonly counters: CounterBlock;
  readonly errors: ErrorLog;
  readonly cell: JournalCell;
  readonly publications: Publication[];
  readonly monitors: RingMonitor[];
  actor: JournalActor;
  private readonly buffer: SharedArrayBuffer;
  private readonly rings: { region: Region; declaration: RingDeclaration }[];
  private readonly segmentBytes: number;

  constructor(directory: string, change: { run?: RunIdentity; segmentBytes?: number; rings?: number } = {}) {
    mkdirSync(directory, { recursive: true });
    this.directory = directory;
    this.run = change.run ?? runIdentity();
    this.segmentBytes = change.segmentBytes ?? 1 << 20;
    const builder = new MemoryMapBuilder();
    const counters = builder.reserve('counters', COUNTER_BLOCK_BYTES);
    const errors = builder.reserve('errors', ERROR_LOG_BYTES);
    const cell = builder.reserve('journal', JOURNAL_CELL_BYTES);
    this.rings = Array.from({ length: change.rings ?? 2 }, (_, index) => {
      const declaration = { name: `ring-${index}`, policy: 'lossless', capacityBytes: 16_384 } as const;
      return { declaration, region: builder.reserve(declaration.name, ringBytes(declaration.capacityBytes)) };
    });
    this.buffer = new SharedArrayBuffer(builder.seal().byteLength);
    this.counters = new CounterBlock(this.buffer, counters);
    this.errors = new ErrorLog(this.buffer, errors);
    this.cell = new JournalCell(this.buffer, cell);
    this.publications = this.rings.map(
      ({ region, declaration }) => new Publication(this.buffer, region, declaration, null),
    );
    this.monitors = this.rings.map(
      ({ region, declaration }) => new RingMonitor(this.buffer, region, declaration),
    );
    this.actor = this.build();
  }

  /** A fresh actor on the same shared memory: what the supervisor does after the thread died. */
  build(): JournalActor {
    return new JournalActor({
      subscriptions: this.rings.map(
        ({ region, declaration }) => new Subscription(this.buffer, region, declaration),
      ),
      cell: this.cell,
      clock: this.clock,
      counters: this.counters,
      errors: this.errors,
      directory: this.directory,
      segmentBytes: this.segmentBytes,
      syncIntervalNs: 10_000_000,
      run: this.run,
    });
  }

  start(): void {
    this.actor.onStart(this.clock.nowNs());
  }

  /** One duty cycle, `afterMs` later. */
  turn(afterMs = 1): number {
    this.clock.advanceTo(this.clock.nowNs() + afterMs * 1e6);
    return this.actor.doWork(this.clock.nowNs());
  }

  fill(ring: number, terms: FillTerms): void {
    const pub = this.publications[ring];
    const at = this.claim(ring, FILL, FILL_BYTES);
    const fill = new Fill().wrap(pub.view, at);
    Object.assign(fill, terms);
    fill.venueOrderId = terms.intentSeq + 1_000_000;
    fill.cumQtyLots = terms.qtyLots;
    fill.eventNs = this.clock.nowNs();
    fill.exchangeTsMs = 1;
    fill.strategyIndex = 0;
    fill.isMaker = 0;
    fill.flags = 0;
    pub.commit();
  }

  update(ring: number, terms: UpdateTerms): void {
    const pub = this.publications[ring];
    const update = new OrderUpdate().wrap(pub.view, this.claim(ring, ORDER_UPDATE, ORDER_UPDATE_BYTES));
    Object.assign(update, terms);
    update.venueOrderId = terms.intentSeq + 1_000_000;
    update.priceTicks = 100;
    update.eventNs = this.clock.nowNs();
    update.exchangeTsMs = 1;
    update.strategyIndex = 0;
    update.side = SIDE.buy;
    update.orderType = ORDER_TYPE.limit;
    update.timeInForce = TIME_IN_FORCE.gtc;
    update.previousState = 0;
    update.reason = 0;
    update.venueCode = 0;
    update.flags = 0;
    pub.commit();
  }

  position(ring: number, fillSeq: number, instrumentIndex: number, netLots: number, costCash: number): void {
    const pub = this.publications[ring];
    const at = this.claim(ring, POSITION_UPDATED, POSITION_UPDATED_BYTES);
    const position = new PositionUpdated().wrap(pub.view, at);
    Object.assign(position, { fillSeq, instrumentIndex, netLots, costCash, realisedCash: 0, feesCash: 0 });
    Object.assign(position, { boughtLots: 0, soldLots: 0, eventNs: 0 });
    pub.commit();
  }

  private claim(ring: number, type: number, bytes: number): number {
    let at = this.publications[ring].tryClaim(type, bytes);
    for (let attempt = 0; at < 0 && attempt < 10; attempt++) {
      this.turn();
      at = this.publications[ring].tryClaim(type, bytes);
    }
    if (at < 0) throw new Error('the journal does not take records');
    return at;
  }

  intentLog(failureCounter = 40): IntentLog {
    return new IntentLog({
      directory: this.directory,
      segmentBytes: this.segmentBytes,
      run: this.run,
      clock: this.clock,
      errors: this.errors,
      counters: this.counters,
      failureCounter,
    });
  }
}

/** An OrderIntent in a buffer of its own. */
export function intentRecord(terms: IntentTerms, startEpochUs: number = START_EPOCH_US): RecordView {
  const view = new RecordView(new ArrayBuffer(ORDER_INTENT_BYTES), 0, ORDER_INTENT_BYTES);
  const intent = new OrderIntent().wrap(view, 0);
  Object.assign(intent, terms);
  intent.replacedIntentSeq = 0;
  intent.priceTicks = 100;
  intent.epochUs = startEpochUs + 5;
  intent.instrumentEpoch = 0;
  intent.strategyIndex = 0;
  intent.side = SIDE.buy;
  intent.orderType = ORDER_TYPE.limit;
  intent.timeInForce = TIME_IN_FORCE.gtc;
  intent.flags = 0;
  intent.attempt = 1;
  return view;
}
