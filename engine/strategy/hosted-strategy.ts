// hot path: no allocation after start
import type { Instrument } from '../core/instrument.ts';
import { INSTRUMENTS_MAX, STRATEGY_TIMERS_MAX } from '../core/limits.ts';
import { callbackBits } from '../ipc/turn-word.ts';
import type { TurnWord } from '../ipc/turn-word.ts';
import type { BarService } from './bar-service.ts';
import type { OrderDesk } from './order-desk.ts';
import type { OrderFlowBoard } from './order-flow-board.ts';
import type {
  BiasView,
  BookView,
  ClosedBarView,
  CreateStrategy,
  FillView,
  FundingView,
  OrderFlowView,
  OrderReportView,
  PositionView,
  Strategy,
  StrategyContext,
  StrategyParams,
  TradeView,
  VenuePricesView,
} from './strategy-api.ts';
import { SUBMIT_REFUSED } from './strategy-api.ts';
import type { PositionViews } from './position-views.ts';
import type { SignalOutbox } from './signal-outbox.ts';
import type { SignalSettings } from './signals/signal-settings.ts';
import { FAULT_CAUSE } from './strategy-faults.ts';
import type { StrategyFaults } from './strategy-faults.ts';
import { isThenable, STRATEGY_CALLBACK, STRATEGY_PHASE } from './strategy-shape.ts';
import { NO_TIMER_DUE, Timers } from './timers.ts';
import type { Turn } from './turn.ts';
import type { VenuePricesSnapshot } from './venue-prices-snapshot.ts';
import { BiasSnapshot } from './views.ts';
import type { BookSnapshot } from './views.ts';

/** One strategy to host. */
export interface StrategySpec {
  /** Its index among the engine's strategies; absent = its place in the list. */
  readonly index?: number;
  /** Name for logs and errors: the shipped name or the file. */
  readonly name: string;
  readonly create: CreateStrategy;
  readonly params: StrategyParams;
}

/** Read access to the bias frames (analysis/bias-frame.ts has it); fields speak of the last instrument read. */
export interface BiasSource {
  read(instrumentIndex: number): boolean;
  readonly value: number;
  readonly version: number;
  readonly validUntilNs: number;
}

/** The parts of the actor a strategy's context works with. */
export interface StrategyServices {
  readonly instruments: readonly Instrument[];
  readonly turn: Turn;
  readonly desk: OrderDesk;
  readonly bars: BarService;
  readonly positions: PositionViews;
  readonly bias: BiasSource;
  readonly lookup: BookSnapshot;
  readonly prices: VenuePricesSnapshot;
  readonly orderFlow: OrderFlowBoard;
  readonly signalSettings: SignalSettings;
  readonly signals: SignalOutbox;
  readonly turnWord: TurnWord;
  readonly faults: StrategyFaults;
  /** Called when a strategy threw or returned a promise; it is already switched off. */
  readonly onFault: (hosted: HostedStrategy, callback: string, error: unknown) => void;
  /** Called when a promise that a strategy should not have returned fails. */
  readonly onLateFailure: (hosted: HostedStrategy, callback: string, error: unknown) => void;
}

type CallbackName = keyof typeof STRATEGY_CALLBACK;

/** Behind the highest number of a callback or phase. */
const CALLBACKS_END = Math.max(...Object.values({ ...STRATEGY_CALLBACK, ...STRATEGY_PHASE })) + 1;

/**
 * One strategy, its context and its timers. Every call into it is fenced: what it throws switches off this strategy and
 * nobody else. Once switched off it is never called again. One thread.
 */
export class HostedStrategy implements StrategyContext {
  readonly index: number;
  readonly name: string;
  readonly instruments: readonly Instrument[];
  readonly timers: Timers = new Timers(STRATEGY_TIMERS_MAX);
  isFaulted: boolean;
  /** What it threw when it was switched off here; empty while it runs. */
  faultText: string;
  private readonly strategy: Strategy;
  private readonly services: StrategyServices;
  private readonly biasView: BiasSnapshot = new BiasSnapshot();
  private readonly turnWord: TurnWord;
  /** The callback's bits of the turn word, by STRATEGY_CALLBACK. */
  private readonly bits: Int32Array;
  private isStarting: boolean;
  /** 1 = the strategy knows the instrument of this index: it was made with it, or took it in. */
  private readonly knows: Uint8Array = new Uint8Array(INSTRUMENTS_MAX);

  /** Makes the strategy, unless it is switched off; what its factory throws (bad parameters) is an error of start. */
  constructor(index: number, spec: StrategySpec, services: StrategyServices) {
    this.index = index;
    this.name = spec.name;
    this.instruments = services.instruments;
    this.turnWord = services.turnWord;
    this.bits = Int32Array.from({ length: CALLBACKS_END }, (_, callback) => callbackBits(index, callback));
    this.services = services;
    this.isStarting = false;
    this.knows.fill(1, 0, services.instruments.length);
    this.faultText = '';
    this.isFaulted = services.faults.isFaulted(index);
    this.strategy = this.isFaulted ? {} : this.make(spec);
  }

  get nowNs(): number {
    return this.services.turn.nowNs;
  }

  submit(
    instrumentIndex: number,
    side: number,
    orderType: number,
    timeInForce: number,
    priceTicks: number,
    qtyLots: number,
  ): number {
    if (this.isFaulted) return SUBMIT_REFUSED.paused;
    const { desk } = this.services;
    return desk.submit(this.index, instrumentIndex, side, orderType, timeInForce, priceTicks, qtyLots);
  }

  cancel(orderId: number): boolean {
    return this.services.desk.cancel(this.index, orderId);
  }

  replace(orderId: number, priceTicks: number, qtyLots: number): number {
    if (this.isFaulted) return SUBMIT_REFUSED.paused;
    return this.services.desk.replace(this.index, orderId, priceTicks, qtyLots);
  }

  setTimer(timerId: number, delayNs: number): boolean {
    // Ids count from 0; a delay that is no number would never fall due.
    if (this.isFaulted || !(timerId >= 0) || Number.isNaN(delayNs)) return false;
    return this.timers.set(timerId, this.nowNs + delayNs);
  }

  clearTimer(timerId: number): void {
    this.timers.clear(timerId);
  }

  subscribeBars(instrumentIndex: number, intervalMs: number): void {
    if (!this.isStarting) throw new RangeError('subscribeBars: only in onStart and onInstrument');
    this.services.bars.subscribe(this.index, instrumentIndex, intervalMs);
  }

  position(instrumentIndex: number): PositionView {
    return this.services.positions.view(instrumentIndex);
  }

  bias(instrumentIndex: number): BiasView | null {
    const source = this.services.bias;
    if (!source.read(instrumentIndex) || !(this.nowNs < source.validUntilNs)) return null;
    this.biasView.value = source.value;
    this.biasView.version = source.version;
    this.biasView.validUntilNs = source.validUntilNs;
    return this.biasView;
  }

  get signalSettings(): SignalSettings {
    return this.services.signalSettings;
  }

  orderFlow(instrumentIndex: number): OrderFlowView | null {
    return this.services.orderFlow.view(instrumentIndex, this.services.lookup);
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
    const { signals, turn } = this.services;
    // A label that is no text would throw in the middle of a record.
    const text = typeof label === 'string' ? label : '';
    signals.record(turn.nowNs, this.index, instrumentIndex, side, strength, priceTicks, text);
  }

  callStart(): void {
    if (this.isFaulted || this.strategy.onStart === undefined) return;
    this.isStarting = true;
    this.turnWord.beginCallback(this.bits[STRATEGY_CALLBACK.onStart]);
    try {
      const returned: unknown = this.strategy.onStart(this);
      if (typeof returned === 'object') this.refusePromise('onStart', returned);
    } catch (error) {
      this.fault('onStart', error);
    }
    this.turnWord.endCallback();
    this.isStarting = false;
  }

  callBook(book: BookView): void {
    if (this.isFaulted || this.strategy.onBook === undefined || this.knows[book.instrumentIndex] === 0)
      return;
    this.turnWord.beginCallback(this.bits[STRATEGY_CALLBACK.onBook]);
    try {
      const returned: unknown = this.strategy.onBook(this, book);
      if (typeof returned === 'object') this.refusePromise('onBook', returned);
    } catch (error) {
      this.fault('onBook', error);
    }
    this.turnWord.endCallback();
  }

  callBookHidden(instrumentIndex: number, reason: number): void {
    if (this.isFaulted || this.strategy.onBookHidden === undefined || this.knows[instrumentIndex] === 0)
      return;
    this.turnWord.beginCallback(this.bits[STRATEGY_CALLBACK.onBookHidden]);
    try {
      const returned: unknown = this.strategy.onBookHidden(this, instrumentIndex, reason);
      if (typeof returned === 'object') this.refusePromise('onBookHidden', returned);
    } catch (error) {
      this.fault('onBookHidden', error);
    }
    this.turnWord.endCallback();
  }

  callTrade(trade: TradeView): void {
    if (this.isFaulted || this.strategy.onTrade === undefined || this.knows[trade.instrumentIndex] === 0)
      return;
    this.turnWord.beginCallback(this.bits[STRATEGY_CALLBACK.onTrade]);
    try {
      const returned: unknown = this.strategy.onTrade(this, trade);
      if (typeof returned === 'object') this.refusePromise('onTrade', returned);
    } catch (error) {
      this.fault('onTrade', error);
    }
    this.turnWord.endCallback();
  }

  callFunding(funding: FundingView): void {
    if (this.isFaulted || this.strategy.onFunding === undefined || this.knows[funding.instrumentIndex] === 0)
      return;
    this.turnWord.beginCallback(this.bits[STRATEGY_CALLBACK.onFunding]);
    try {
      const returned: unknown = this.strategy.onFunding(this, funding);
      if (typeof returned === 'object') this.refusePromise('onFunding', returned);
    } catch (error) {
      this.fault('onFunding', error);
    }
    this.turnWord.endCallback();
  }

  callBar(bar: ClosedBarView): void {
    if (this.isFaulted || this.strategy.onBar === undefined) return;
    this.turnWord.beginCallback(this.bits[STRATEGY_CALLBACK.onBar]);
    try {
      const returned: unknown = this.strategy.onBar(this, bar);
      if (typeof returned === 'object') this.refusePromise('onBar', returned);
    } catch (error) {
      this.fault('onBar', error);
    }
    this.turnWord.endCallback();
  }

  callReport(report: OrderReportView): void {
    if (this.isFaulted || this.strategy.onReport === undefined) return;
    this.turnWord.beginCallback(this.bits[STRATEGY_CALLBACK.onReport]);
    try {
      const returned: unknown = this.strategy.onReport(this, report);
      if (typeof returned === 'object') this.refusePromise('onReport', returned);
    } catch (error) {
      this.fault('onReport', error);
    }
    this.turnWord.endCallback();
  }

  callFill(fill: FillView): void {
    if (this.isFaulted || this.strategy.onFill === undefined) return;
    this.turnWord.beginCallback(this.bits[STRATEGY_CALLBACK.onFill]);
    try {
      const returned: unknown = this.strategy.onFill(this, fill);
      if (typeof returned === 'object') this.refusePromise('onFill', returned);
    } catch (error) {
      this.fault('onFill', error);
    }
    this.turnWord.endCallback();
  }

  /** Tells of an added instrument; a strategy that does not ask for such never hears of it. */
  callInstrument(instrument: Instrument): void {
    if (this.isFaulted || this.strategy.onInstrument === undefined) return;
    this.knows[instrument.index] = 1;
    this.isStarting = true;
    this.turnWord.beginCallback(this.bits[STRATEGY_CALLBACK.onInstrument]);
    try {
      const returned: unknown = this.strategy.onInstrument(this, instrument);
      if (typeof returned === 'object') this.refusePromise('onInstrument', returned);
    } catch (error) {
      this.fault('onInstrument', error);
    }
    this.turnWord.endCallback();
    this.isStarting = false;
  }

  /** Tells of new terms of an instrument that the strategy knows. */
  callInstrumentChanged(instrument: Instrument): void {
    if (this.isFaulted || this.strategy.onInstrumentChanged === undefined) return;
    if (this.knows[instrument.index] === 0) return;
    this.turnWord.beginCallback(this.bits[STRATEGY_CALLBACK.onInstrumentChanged]);
    try {
      const returned: unknown = this.strategy.onInstrumentChanged(this, instrument);
      if (typeof returned === 'object') this.refusePromise('onInstrumentChanged', returned);
    } catch (error) {
      this.fault('onInstrumentChanged', error);
    }
    this.turnWord.endCallback();
  }

  callStop(): void {
    if (this.isFaulted || this.strategy.onStop === undefined) return;
    this.turnWord.beginCallback(this.bits[STRATEGY_CALLBACK.onStop]);
    try {
      const returned: unknown = this.strategy.onStop(this);
      if (typeof returned === 'object') this.refusePromise('onStop', returned);
    } catch (error) {
      this.fault('onStop', error);
    }
    this.turnWord.endCallback();
  }

  /** Fires what is due, at most once per timer; returns how many. */
  fireTimers(): number {
    if (!(this.timers.nextDueNs <= this.nowNs)) return 0;
    const { nowNs } = this;
    const setLimit = this.timers.setCount;
    let fired = 0;
    for (;;) {
      const timerId = this.timers.takeDue(nowNs, setLimit);
      if (timerId === NO_TIMER_DUE) return fired;
      fired++;
      this.callTimer(timerId);
    }
  }

  private callTimer(timerId: number): void {
    if (this.isFaulted || this.strategy.onTimer === undefined) return;
    this.turnWord.beginCallback(this.bits[STRATEGY_CALLBACK.onTimer]);
    try {
      const returned: unknown = this.strategy.onTimer(this, timerId);
      if (typeof returned === 'object') this.refusePromise('onTimer', returned);
    } catch (error) {
      this.fault('onTimer', error);
    }
    this.turnWord.endCallback();
  }

  private make(spec: StrategySpec): Strategy {
    this.turnWord.beginCallback(this.bits[STRATEGY_PHASE.createStrategy]);
    try {
      return spec.create(spec.params, this.services.instruments);
    } finally {
      this.turnWord.endCallback();
    }
  }

  /** Callbacks end when they return: nobody waits for a promise, and what it fails with later would be nobody's. */
  private refusePromise(callback: CallbackName, returned: unknown): void {
    if (!isThenable(returned)) return;
    const { onLateFailure } = this.services;
    Promise.resolve(returned).then(
      () => {},
      (error: unknown) => onLateFailure(this, callback, error),
    );
    this.fault(
      callback,
      new TypeError('it returned a promise; a callback must not be async'),
      FAULT_CAUSE.promise,
    );
  }

  /** Switches the strategy off: from now on nothing calls it. */
  switchOff(): void {
    this.isFaulted = true;
    this.timers.clearAll();
  }

  private fault(callback: CallbackName, error: unknown, cause: number = FAULT_CAUSE.threw): void {
    this.switchOff();
    this.faultText = error instanceof Error ? error.message : String(error);
    this.services.faults.note(this.index, cause, STRATEGY_CALLBACK[callback]);
    this.services.onFault(this, callback, error);
  }
}
