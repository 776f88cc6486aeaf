// hot path: no allocation after start
import { Prng } from '../core/prng.ts';
import type { Instrument } from '../core/instrument.ts';
import { STRATEGY_TIMERS_MAX } from '../core/limits.ts';
import type { CounterBlock } from '../ipc/counters.ts';
import type { BarService } from './bar-service.ts';
import type { BiasSource } from './bias-source.ts';
import { BracketSnapshot } from './bracket-desk.ts';
import type { BracketDesk } from './bracket-desk.ts';
import type { BracketTable } from './bracket-table.ts';
import type { EquityBook } from './equity-book.ts';
import { Explanations } from './explanations.ts';
import type { IntentCounter } from './intent-counter.ts';
import type { OrderDesk } from './order-desk.ts';
import type { OrderFlowBoard } from './order-flow-board.ts';
import type { PositionViews } from './position-views.ts';
import type { SignalMail } from './signal-mail.ts';
import type { SignalSettings } from './signals/signal-settings.ts';
import type {
  BarLength,
  BiasView,
  BookView,
  BracketPlan,
  BracketView,
  LogLevel,
  OrderFlowView,
  PositionView,
  ProposedSignal,
  RandomSource,
  StrategyContext,
  VenuePricesView,
} from './strategy-api.ts';
import { SUBMIT_REFUSED } from './strategy-api.ts';
import type { StrategyMemory } from './strategy-memory.ts';
import { StrategyLines } from './strategy-log.ts';
import type { StrategyLog } from './strategy-log.ts';
import { STRATEGY_COUNTER } from './counters.ts';
import { OUTBOX_WORD as WORD } from './strategy-outbox.ts';
import type { StrategyOutbox } from './strategy-outbox.ts';
import { Timers } from './timers.ts';
import type { Turn } from './turn.ts';
import type { VenuePricesSnapshot } from './venue-prices-snapshot.ts';
import { BiasSnapshot, PositionSnapshot } from './views.ts';
import type { BookSnapshot } from './views.ts';

/** Between the seeds of two strategies. */
const SEED_STEP = 0x9e37_79b9;
const ALL = -1;

/** The parts of the actor a strategy's context works with. */
export interface ContextServices {
  readonly instruments: readonly Instrument[];
  readonly instrumentsMax: number;
  readonly turn: Turn;
  readonly counters: CounterBlock;
  readonly desk: OrderDesk;
  readonly bars: BarService;
  readonly positions: PositionViews;
  readonly equity: EquityBook;
  readonly bias: BiasSource;
  readonly lookup: BookSnapshot;
  readonly prices: VenuePricesSnapshot;
  readonly orderFlow: OrderFlowBoard;
  readonly signalSettings: SignalSettings;
  readonly outbox: StrategyOutbox;
  readonly mail: SignalMail;
  readonly log: StrategyLog;
  readonly brackets: BracketDesk;
  readonly bracketTable: BracketTable;
  readonly intents: IntentCounter;
  readonly memory: StrategyMemory;
  readonly seed: number;
  /** Epoch milliseconds at monoNs 0. */
  readonly originMs: number;
}

/** What one strategy may do. One thread. */
export class HostContext implements StrategyContext {
  readonly instruments: readonly Instrument[];
  readonly timers: Timers = new Timers(STRATEGY_TIMERS_MAX);
  readonly random: RandomSource;
  /** Switched off: it can order nothing. */
  isOff: boolean;
  /** Whether bars may be asked for. */
  isStarting: boolean;
  private readonly index: number;
  private readonly services: ContextServices;
  private readonly biasView: BiasSnapshot = new BiasSnapshot();
  private readonly bracketView: BracketSnapshot;
  private readonly explanations: Explanations;
  private readonly lines: StrategyLines;
  /** By instrument; of one that is added later, made when it is first asked for. */
  private readonly positionViews: PositionSnapshot[];
  private readonly accountViews: PositionSnapshot[];

  constructor(index: number, name: string, services: ContextServices) {
    const { outbox, counters, turn, instrumentsMax, log } = services;
    this.index = index;
    this.instruments = services.instruments;
    this.services = services;
    this.random = new Prng(services.seed + SEED_STEP * (1 + index));
    this.bracketView = new BracketSnapshot(services.bracketTable);
    this.explanations = new Explanations(outbox, counters, turn, instrumentsMax);
    this.lines = new StrategyLines(log, counters, turn, name);
    this.positionViews = services.instruments.map(() => new PositionSnapshot());
    this.accountViews = services.instruments.map(() => new PositionSnapshot());
    this.isOff = false;
    this.isStarting = false;
  }

  get nowNs(): number {
    return this.services.turn.nowNs;
  }

  get epochMs(): number {
    return this.services.originMs + this.services.turn.nowNs / 1e6;
  }

  submit(
    instrumentIndex: number,
    side: number,
    orderType: number,
    timeInForce: number,
    priceTicks: number,
    qtyLots: number,
  ): number {
    if (this.isOff) return SUBMIT_REFUSED.paused;
    const { desk } = this.services;
    return desk.submit(this.index, instrumentIndex, side, orderType, timeInForce, priceTicks, qtyLots);
  }

  cancel(orderId: number): boolean {
    return this.services.desk.cancel(this.index, orderId);
  }

  cancelAll(instrumentIndex: number = ALL): void {
    this.services.desk.cancelAll(this.index, instrumentIndex);
  }

  replace(orderId: number, priceTicks: number, qtyLots: number): number {
    if (this.isOff) return SUBMIT_REFUSED.paused;
    return this.services.desk.replace(this.index, orderId, priceTicks, qtyLots);
  }

  setTimer(timerId: number, delayNs: number): boolean {
    // Ids count from 0; a delay that is no number would never fall due.
    if (this.isOff || !(timerId >= 0) || Number.isNaN(delayNs)) return false;
    return this.timers.set(timerId, this.nowNs + delayNs);
  }

  clearTimer(timerId: number): void {
    this.timers.clear(timerId);
  }

  subscribeBars(instrumentIndex: number, length: BarLength): void {
    if (!this.isStarting) throw new RangeError('subscribeBars: only in onStart and onInstrument');
    this.services.bars.subscribe(this.index, this.instruments[instrumentIndex], instrumentIndex, length);
  }

  position(instrumentIndex: number): PositionView {
    const view = (this.positionViews[instrumentIndex] ??= new PositionSnapshot());
    this.services.positions.loadOwn(view, this.index, instrumentIndex);
    return view;
  }

  accountPosition(instrumentIndex: number): PositionView {
    const view = (this.accountViews[instrumentIndex] ??= new PositionSnapshot());
    this.services.positions.loadAccount(view, instrumentIndex);
    return view;
  }

  save(numbers: Float64Array): boolean {
    return !this.isOff && this.services.memory.save(this.index, numbers);
  }

  restore(into: Float64Array): number {
    return this.services.memory.load(this.index, into);
  }

  equity(instrumentIndex: number): number {
    return this.services.equity.cashOf(instrumentIndex);
  }

  openBracket(instrumentIndex: number, plan: BracketPlan): number {
    if (this.isOff) return SUBMIT_REFUSED.paused;
    return this.services.brackets.open(this.index, instrumentIndex, plan);
  }

  closeBracket(bracketId: number): boolean {
    const { brackets } = this.services;
    return brackets.close(brackets.slotOf(this.index, bracketId));
  }

  holdBracket(bracketId: number, isHeld: boolean): void {
    const { brackets } = this.services;
    brackets.hold(brackets.slotOf(this.index, bracketId), isHeld);
  }

  moveStop(bracketId: number, stopTicks: number): boolean {
    const { brackets } = this.services;
    return brackets.moveStop(brackets.slotOf(this.index, bracketId), stopTicks);
  }

  bracket(bracketId: number): BracketView | null {
    const slot = this.services.brackets.slotOf(this.index, bracketId);
    return slot < 0 ? null : this.bracketAt(slot);
  }

  latestBracket(instrumentIndex: number): BracketView | null {
    const slot = this.services.bracketTable.latestOf(this.index, instrumentIndex);
    return slot < 0 ? null : this.bracketAt(slot);
  }

  get bracketCount(): number {
    return this.services.brackets.countOf(this.index);
  }

  /** The view of a bracket that is just ending. */
  bracketAt(slot: number): BracketView {
    this.bracketView.slot = slot;
    return this.bracketView;
  }

  get signalSettings(): SignalSettings {
    return this.services.signalSettings;
  }

  orderFlow(instrumentIndex: number): OrderFlowView | null {
    return this.services.orderFlow.view(instrumentIndex, this.services.lookup);
  }

  bias(instrumentIndex: number): BiasView | null {
    const source = this.services.bias;
    if (!source.read(instrumentIndex) || !(this.nowNs < source.validUntilNs)) return null;
    this.biasView.load(source);
    return this.biasView;
  }

  book(instrumentIndex: number): BookView | null {
    const { lookup } = this.services;
    return lookup.load(instrumentIndex) ? lookup : null;
  }

  venuePrices(instrumentIndex: number): VenuePricesView | null {
    const { prices, instruments } = this.services;
    if (instruments[instrumentIndex] === undefined) return null;
    return prices.load(instrumentIndex) ? prices : null;
  }

  signal(instrumentIndex: number, side: number, strength: number, priceTicks: number, label: string): void {
    // A label that is no text would throw in the middle of a record.
    const text = typeof label === 'string' ? label : '';
    const { draft } = this.services.outbox;
    draft.fill(0);
    draft[WORD.side] = side;
    draft[WORD.strength] = strength;
    draft[WORD.priceTicks] = priceTicks;
    this.sendSignal(instrumentIndex, text);
  }

  propose(instrumentIndex: number, signal: ProposedSignal, label: string): number {
    const { outbox, intents } = this.services;
    const { draft } = outbox;
    const signalId = intents.next();
    draft.fill(0);
    draft[WORD.signalSeq] = signalId;
    draft[WORD.side] = signal.side;
    draft[WORD.strength] = signal.confidence;
    draft[WORD.priceTicks] = signal.entryTicks;
    draft[WORD.confidence] = signal.confidence;
    draft[WORD.stopTicks] = signal.stopTicks;
    draft[WORD.targetTicks] = signal.targetTicks;
    draft[WORD.score] = signal.score;
    draft[WORD.expiresNs] = signal.expiresNs;
    draft[WORD.viewClass] = signal.viewClass;
    draft[WORD.alignment] = signal.alignment;
    draft[WORD.reasons] = signal.reasons;
    this.sendSignal(instrumentIndex, typeof label === 'string' ? label : '');
    return signalId;
  }

  settle(instrumentIndex: number, signalId: number, outcome: number, orderId: number): void {
    const { outbox, turn } = this.services;
    const { draft } = outbox;
    draft[WORD.eventNs] = turn.nowNs;
    draft[WORD.strategyIndex] = this.index;
    draft[WORD.instrumentIndex] = instrumentIndex;
    draft[WORD.signalSeq] = signalId;
    draft[WORD.outcome] = outcome;
    draft[WORD.orderId] = orderId;
    outbox.recordOutcome();
  }

  explain(instrumentIndex: number, reason: string, inputs: Readonly<Record<string, number>>): void {
    const isThere = instrumentIndex >= 0 && instrumentIndex < this.instruments.length;
    if (isThere && typeof reason === 'string') {
      this.explanations.explain(this.index, instrumentIndex, reason, inputs);
    }
  }

  log(level: LogLevel, text: string): void {
    this.lines.write(level, text);
  }

  private sendSignal(instrumentIndex: number, label: string): void {
    const { outbox, turn, mail, counters } = this.services;
    const { draft } = outbox;
    draft[WORD.eventNs] = turn.nowNs;
    draft[WORD.strategyIndex] = this.index;
    draft[WORD.instrumentIndex] = instrumentIndex;
    outbox.recordSignal(label);
    if (!mail.isRead) return;
    const letter = mail.next();
    if (letter === null) counters.increment(STRATEGY_COUNTER.signalsUntold);
    else letter.load(draft, label);
  }
}
