import {
  SHARED_BOOK_LEVELS_AT,
  SharedBookReader,
  SharedBookWriter,
  sharedBookBytes,
} from '../../engine/book/shared-book.ts';
import { SimulatedClock } from '../../engine/core/clock.ts';
import type { Instrument } from '../../engine/core/instrument.ts';
import { Prng } from '../../engine/core/prng.ts';
import { EXECUTION_COUNTER } from '../../engine/execution/counters.ts';
import { ExecutionActor } from '../../engine/execution/execution-actor.ts';
import { FillLedger, fillLedgerBytes } from '../../engine/execution/fill-ledger.ts';
import { executionOutboxBytes, openExecutionOutbox } from '../../engine/execution/order-reports.ts';
import { OrderTable, OrderTableReader, orderTableBytes } from '../../engine/execution/order-table.ts';
import { PaperGateway, paperStateBytes } from '../../engine/execution/paper-gateway.ts';
import type { PaperOptions } from '../../engine/execution/paper-gateway.ts';
import type { VenueContext, VenueGateway } from '../../engine/execution/venue-port.ts';
import { COUNTER_BLOCK_BYTES, CounterBlock } from '../../engine/ipc/counters.ts';
import { ERROR_LOG_BYTES, ErrorLog } from '../../engine/ipc/error-log.ts';
import { MemoryMapBuilder, regionOf } from '../../engine/ipc/memory-map.ts';
import type { MemoryMap } from '../../engine/ipc/memory-map.ts';
import { Publication, Subscription, ringBytes } from '../../engine/ipc/ring.ts';
import type { RecordHandler, RingDeclaration } from '../../engine/ipc/ring.ts';
import { WAIT_HISTOGRAM_BYTES, WaitHistogram } from '../../engine/ipc/wait-histogram.ts';
import {
  CANCEL_REQUEST,
  CANCEL_REQUEST_BYTES,
  COMMAND,
  COMMAND_BYTES,
  CancelRequest,
  Command,
  ORDER_REQUEST,
  ORDER_REQUEST_BYTES,
  OrderRequest,
  REPLACE_REQUEST,
  REPLACE_REQUEST_BYTES,
  ReplaceRequest,
} from '../../engine/messages/codecs.ts';
import { describe as describeRecord } from '../../engine/messages/describe.ts';
import type { RecordDescription } from '../../engine/messages/describe.ts';
import { ORDER_TYPE, TIME_IN_FORCE } from '../../engine/messages/enums.ts';
import { RISK_COUNTER } from '../../engine/risk/counters.ts';
import { PositionReader, PositionWriter, positionTableBytes } from '../../engine/risk/positions.ts';
import { Reservations, reservationBytes } from '../../engine/risk/reservations.ts';
import { RiskActor } from '../../engine/risk/risk-actor.ts';
import type { RiskLimits } from '../../engine/risk/risk-limits.ts';
import {
  openRiskApprovals,
  openRiskReports,
  riskApprovalsBytes,
  riskReportsBytes,
} from '../../engine/risk/risk-messages.ts';
import {
  ExecutionTradingState,
  RiskTradingState,
  TRADING_STATE_BYTES,
  TradingStateReader,
} from '../../engine/risk/trading-state.ts';

/** What a test may choose. */
export interface RigOptions {
  readonly limits?: Partial<RiskLimits>;
  readonly latencyBudgetNs?: number;
  readonly ringBytes?: number;
  readonly journalRingBytes?: number;
  readonly paper?: PaperOptions;
  readonly gateway?: (context: VenueContext) => VenueGateway;
  readonly intentLogWorks?: () => boolean;
  /** For runs that must not allocate. */
  readonly keepsNoIntents?: boolean;
}

export const MS = 1_000_000;

function instrument(index: number, symbol: string): Instrument {
  return {
    index,
    symbol,
    baseAsset: symbol.slice(0, 3),
    quoteAsset: 'USDT',
    priceDecimals: 2,
    tickUnits: 1,
    qtyDecimals: 3,
    lotUnits: 1,
    minQtyLots: 1,
    maxQtyLots: 1_000_000,
    minNotionalCash: 0,
    contractSize: 1,
    epoch: 1,
  };
}

export const INSTRUMENTS: readonly Instrument[] = [instrument(0, 'BTCUSDT'), instrument(1, 'ETHUSDT')];

const WIDE: RiskLimits = {
  instruments: INSTRUMENTS.map(() => ({
    maxPositionLots: 1_000_000_000,
    maxOrderLots: 1_000_000,
    maxOrderNotionalCash: Number.MAX_SAFE_INTEGER,
    maxOpenOrders: 1_000,
    priceBandBps: 10_000,
  })),
  maxOrdersPerSecond: 1_000_000,
  maxDrawdown: 0,
};

const LOSSLESS = [
  'strategy-to-risk',
  'risk-to-execution',
  'risk-to-strategy',
  'execution-to-risk',
  'execution-to-strategy',
] as const;
const JOURNAL = ['risk-to-journal', 'execution-to-journal'] as const;
const DROP = ['risk-to-gateway', 'execution-to-gateway', 'execution-to-supervisor'] as const;
const COMMANDS = ['commands-to-risk', 'commands-to-execution'] as const;

/** Risk and execution with in-memory rings, a simulated clock and no threads; actors can be rebuilt at any moment. */
export class TradingRig {
  readonly buffer: SharedArrayBuffer;
  readonly map: MemoryMap;
  readonly clock: SimulatedClock = new SimulatedClock(1_700_000_000_000_000);
  readonly books: SharedBookWriter;
  readonly trading: TradingStateReader;
  readonly positions: PositionReader;
  readonly options: RigOptions;
  readonly counters: { risk: CounterBlock; execution: CounterBlock };
  readonly intents: number[] = [];
  risk!: RiskActor;
  execution!: ExecutionActor;
  reservations!: Reservations;
  orders!: OrderTable;
  private readonly rings: Map<string, RingDeclaration> = new Map();
  private readonly toRisk: Publication;
  private readonly commandsToRisk: Publication;
  private readonly commandsToExecution: Publication;
  private readonly readers: Map<string, Subscription> = new Map();
  private commandSeq = 0;

  constructor(options: RigOptions = {}) {
    this.options = options;
    const builder = new MemoryMapBuilder();
    const declare = (name: string, policy: RingDeclaration['policy'], capacityBytes: number): void => {
      this.rings.set(name, { name, policy, capacityBytes });
      builder.reserve(name, ringBytes(capacityBytes));
    };
    for (const name of LOSSLESS) declare(name, 'lossless', options.ringBytes ?? 65_536);
    for (const name of JOURNAL) declare(name, 'lossless', options.journalRingBytes ?? 65_536);
    for (const name of DROP) declare(name, 'drop', 65_536);
    for (const name of COMMANDS) declare(name, 'lossless', 16_384);
    builder.reserve('books', sharedBookBytes(INSTRUMENTS.length));
    builder.reserve('positions', positionTableBytes());
    builder.reserve('reservations', reservationBytes());
    builder.reserve('trading', TRADING_STATE_BYTES);
    builder.reserve('orders', orderTableBytes());
    builder.reserve('fills', fillLedgerBytes());
    builder.reserve('paper', paperStateBytes());
    builder.reserve('execution-outbox', executionOutboxBytes());
    builder.reserve('risk-approvals', riskApprovalsBytes());
    builder.reserve('risk-reports', riskReportsBytes());
    for (const name of ['risk', 'execution']) builder.reserve(`counters:${name}`, COUNTER_BLOCK_BYTES);
    builder.reserve('errors', ERROR_LOG_BYTES);
    builder.reserve('waits', WAIT_HISTOGRAM_BYTES);
    this.map = builder.seal();
    this.buffer = new SharedArrayBuffer(this.map.byteLength);
    this.books = new SharedBookWriter(this.buffer, regionOf(this.map, 'books'), INSTRUMENTS.length);
    this.trading = new TradingStateReader(this.buffer, regionOf(this.map, 'trading'));
    this.positions = new PositionReader(this.buffer, regionOf(this.map, 'positions'));
    this.counters = {
      risk: new CounterBlock(this.buffer, regionOf(this.map, 'counters:risk')),
      execution: new CounterBlock(this.buffer, regionOf(this.map, 'counters:execution')),
    };
    this.toRisk = this.publication('strategy-to-risk');
    this.commandsToRisk = this.publication('commands-to-risk');
    this.commandsToExecution = this.publication('commands-to-execution');
    for (const name of ['risk-to-strategy', 'execution-to-strategy', ...JOURNAL, ...DROP]) {
      this.readers.set(name, this.subscription(name));
    }
    this.setBook(0, [[9_990, 50]], [[10_010, 50]]);
    this.setBook(1, [[9_990, 50]], [[10_010, 50]]);
  }

  publication(name: string): Publication {
    return new Publication(this.buffer, regionOf(this.map, name), this.rings.get(name)!, null);
  }

  /** How long execution's reports were on their way to risk. */
  reportWaits(): WaitHistogram {
    return new WaitHistogram(this.buffer, regionOf(this.map, 'waits'));
  }

  subscription(name: string): Subscription {
    return new Subscription(this.buffer, regionOf(this.map, name), this.rings.get(name)!);
  }

  /** (Re)builds the risk actor from shared memory. */
  startRisk(instruments: readonly Instrument[] = INSTRUMENTS): void {
    const { buffer, map } = this;
    this.reservations = new Reservations(buffer, regionOf(map, 'reservations'));
    const toExecution = this.publication('risk-to-execution');
    this.risk = new RiskActor({
      clock: this.clock,
      instruments,
      counters: this.counters.risk,
      positions: new PositionWriter(buffer, regionOf(map, 'positions')),
      reservations: this.reservations,
      trading: new RiskTradingState(buffer, regionOf(map, 'trading')),
      orders: new OrderTableReader(buffer, regionOf(map, 'orders')),
      book: new SharedBookReader(buffer, regionOf(map, 'books'), INSTRUMENTS.length),
      approvals: openRiskApprovals(buffer, regionOf(map, 'risk-approvals'), toExecution),
      reports: openRiskReports(buffer, regionOf(map, 'risk-reports'), {
        toStrategy: this.publication('risk-to-strategy'),
        toJournal: this.publication('risk-to-journal'),
        toGateway: this.publication('risk-to-gateway'),
      }),
      toExecution,
      fromStrategy: this.subscription('strategy-to-risk'),
      fromExecution: this.subscription('execution-to-risk'),
      commands: this.subscription('commands-to-risk'),
      options: {
        limits: { ...WIDE, ...this.options.limits },
        latencyBudgetNs: this.options.latencyBudgetNs ?? 0,
      },
      reportWaits: this.reportWaits(),
    });
    this.risk.onStart(this.clock.nowNs());
  }

  /** (Re)builds the execution actor from shared memory. */
  startExecution(): void {
    const { buffer, map } = this;
    this.orders = new OrderTable(buffer, regionOf(map, 'orders'));
    const intentLog = {
      append: (view: { f64: Float64Array }, byteOffset: number): boolean => {
        if (this.options.intentLogWorks?.() === false) return false;
        if (this.options.keepsNoIntents !== true) this.intents.push(view.f64[byteOffset >> 3]);
        return true;
      },
    };
    this.execution = new ExecutionActor({
      clock: this.clock,
      random: new Prng(1),
      instruments: INSTRUMENTS,
      counters: this.counters.execution,
      errors: new ErrorLog(buffer, regionOf(map, 'errors')),
      kick: () => {},
      orders: this.orders,
      fills: new FillLedger(buffer, regionOf(map, 'fills')),
      trading: new ExecutionTradingState(buffer, regionOf(map, 'trading')),
      outbox: openExecutionOutbox(buffer, regionOf(map, 'execution-outbox'), {
        toRisk: this.publication('execution-to-risk'),
        toStrategy: this.publication('execution-to-strategy'),
        toJournal: this.publication('execution-to-journal'),
        toGateway: this.publication('execution-to-gateway'),
      }),
      toSupervisor: this.publication('execution-to-supervisor'),
      fromRisk: this.subscription('risk-to-execution'),
      commands: this.subscription('commands-to-execution'),
      intentLog,
      openGateway: (context) => this.options.gateway?.(context) ?? this.paperGateway(context),
      options: {
        namespace: 'test',
        ackTimeoutNs: 100 * MS,
        queryIntervalNs: 20 * MS,
        notFoundGraceNs: 500 * MS,
        reconcileIntervalNs: 0,
        ignoreFillsBeforeMs: 0,
      },
    });
    this.execution.onStart(this.clock.nowNs());
  }

  start(): this {
    this.startRisk();
    this.startExecution();
    return this;
  }

  paperGateway(context: VenueContext): PaperGateway {
    const book = new SharedBookReader(this.buffer, regionOf(this.map, 'books'), INSTRUMENTS.length);
    const options = this.options.paper ?? { makerFeeBps: 2, takerFeeBps: 10, latencyNs: 0 };
    return new PaperGateway(this.buffer, regionOf(this.map, 'paper'), book, context, options);
  }

  /** One cycle of both actors, as a runner turns them. */
  turn(): void {
    this.clock.stamp(this.risk.turnNs, 0);
    this.risk.takeTurn();
    this.clock.stamp(this.execution.turnNs, 0);
    this.execution.takeTurn();
  }

  turns(count: number): void {
    for (let index = 0; index < count; index++) this.turn();
  }

  advance(ns: number): void {
    this.clock.advanceTo(this.clock.nowNs() + ns);
  }

  private bookUpdateId = 1;

  /** Publishes a book; levels as [priceTicks, lots], best first. */
  setBook(
    index: number,
    bids: readonly (readonly [number, number])[],
    asks: readonly (readonly [number, number])[],
  ): void {
    const values = this.books.begin(index);
    const count = Math.max(bids.length, asks.length);
    for (let level = 0; level < count; level++) {
      const at = SHARED_BOOK_LEVELS_AT + level * 4;
      values[at] = bids[level]?.[0] ?? 0;
      values[at + 1] = bids[level]?.[1] ?? 0;
      values[at + 2] = asks[level]?.[0] ?? 0;
      values[at + 3] = asks[level]?.[1] ?? 0;
    }
    this.books.setHops(1, 1, 1, 1);
    this.books.end(index, this.bookUpdateId++, bids.length, asks.length, 0, 0);
  }

  /** Publishes the book again as it is: its sizes count as shown afresh. */
  refreshBook(index: number): void {
    this.books.begin(index);
    this.books.end(index, this.bookUpdateId++, 1, 1, 0, 0);
  }

  submit(intentSeq: number, terms: Partial<OrderTermsInput> = {}): void {
    const at = this.toRisk.tryClaim(ORDER_REQUEST, ORDER_REQUEST_BYTES);
    if (at < 0) throw new Error('strategy-to-risk is full');
    this.writeTerms(new OrderRequest().wrap(this.toRisk.view, at), intentSeq, terms);
    this.toRisk.commit();
  }

  replace(intentSeq: number, replacedIntentSeq: number, terms: Partial<OrderTermsInput> = {}): void {
    const at = this.toRisk.tryClaim(REPLACE_REQUEST, REPLACE_REQUEST_BYTES);
    if (at < 0) throw new Error('strategy-to-risk is full');
    const request = new ReplaceRequest().wrap(this.toRisk.view, at);
    request.replacedIntentSeq = replacedIntentSeq;
    this.writeTerms(request, intentSeq, terms);
    this.toRisk.commit();
  }

  cancel(intentSeq: number, instrumentIndex = 0): void {
    const at = this.toRisk.tryClaim(CANCEL_REQUEST, CANCEL_REQUEST_BYTES);
    if (at < 0) throw new Error('strategy-to-risk is full');
    const request = new CancelRequest().wrap(this.toRisk.view, at);
    request.intentSeq = intentSeq;
    request.recvNs = 0;
    request.decodedNs = 0;
    request.bookedNs = 0;
    request.signalledNs = this.clock.nowNs();
    request.approvedNs = 0;
    request.instrumentIndex = instrumentIndex;
    request.strategyIndex = 0;
    this.toRisk.commit();
  }

  /** Sends a command to both actors, as the supervisor does. */
  command(kind: number, instrumentIndex = -1): void {
    for (const to of [this.commandsToRisk, this.commandsToExecution]) {
      const at = to.tryClaim(COMMAND, COMMAND_BYTES);
      const record = new Command().wrap(to.view, at);
      record.commandSeq = ++this.commandSeq;
      record.argument = 0;
      record.kind = kind;
      record.instrumentIndex = instrumentIndex;
      to.commit();
    }
  }

  /** Everything a consumer of `ring` has not read yet. */
  read(ring: string): RecordDescription[] {
    const records: RecordDescription[] = [];
    const handler: RecordHandler = (type, view, byteOffset, byteLength) => {
      records.push(describeRecord(type, view, byteOffset, byteLength));
    };
    const reader = this.readers.get(ring)!;
    while (reader.poll(handler, 1_000) > 0);
    return records;
  }

  /** The last state the strategy was told for an intent, with its reason. */
  updates(intentSeq: number, records: readonly RecordDescription[]): RecordDescription[] {
    return records.filter(
      (record) => record.message === 'OrderUpdate' && record.fields['intentSeq'] === intentSeq,
    );
  }

  executionCount(name: keyof typeof EXECUTION_COUNTER): number {
    return this.counters.execution.read(EXECUTION_COUNTER[name]);
  }

  riskCount(name: keyof typeof RISK_COUNTER): number {
    return this.counters.risk.read(RISK_COUNTER[name]);
  }

  private writeTerms(
    request: OrderRequest | ReplaceRequest,
    intentSeq: number,
    terms: Partial<OrderTermsInput>,
  ): void {
    request.intentSeq = intentSeq;
    request.recvNs = terms.recvNs ?? this.clock.nowNs();
    request.decodedNs = request.recvNs;
    request.bookedNs = request.recvNs;
    request.signalledNs = this.clock.nowNs();
    request.approvedNs = 0;
    request.priceTicks = terms.priceTicks ?? 10_000;
    request.qtyLots = terms.qtyLots ?? 10;
    request.instrumentIndex = terms.instrumentIndex ?? 0;
    request.instrumentEpoch = terms.instrumentEpoch ?? 1;
    request.strategyIndex = terms.strategyIndex ?? 0;
    request.side = terms.side ?? 1;
    request.orderType = terms.orderType ?? ORDER_TYPE.limit;
    request.timeInForce = terms.timeInForce ?? TIME_IN_FORCE.gtc;
    request.flags = terms.flags ?? 0;
    request.bookTakenNs = request.recvNs;
    request.strategyTakenNs = request.recvNs;
  }
}

/** The terms of a wish a test may set. */
export interface OrderTermsInput {
  priceTicks: number;
  qtyLots: number;
  instrumentIndex: number;
  instrumentEpoch: number;
  strategyIndex: number;
  side: number;
  orderType: number;
  timeInForce: number;
  flags: number;
  recvNs: number;
}
