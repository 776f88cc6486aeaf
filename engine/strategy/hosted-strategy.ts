// hot path: no allocation after start
import type { Instrument } from '../core/instrument.ts';
import { INSTRUMENTS_MAX } from '../core/limits.ts';
import { callbackBits } from '../ipc/turn-word.ts';
import type { TurnWord } from '../ipc/turn-word.ts';
import type {
  BookView,
  ClosedBarView,
  CreateStrategy,
  FillView,
  FundingView,
  HealthView,
  OrderReportView,
  SignalView,
  Strategy,
  StrategyParams,
  TradeView,
} from './strategy-api.ts';
import { HostContext } from './strategy-context.ts';
import type { ContextServices } from './strategy-context.ts';
import { FAULT_CAUSE } from './strategy-faults.ts';
import type { StrategyFaults } from './strategy-faults.ts';
import { isThenable, STRATEGY_CALLBACK, STRATEGY_PHASE } from './strategy-shape.ts';
import { NO_TIMER_DUE } from './timers.ts';
import type { Timers } from './timers.ts';

/** One strategy to host. */
export interface StrategySpec {
  /** Its index among the engine's strategies; absent = its place in the list. */
  readonly index?: number;
  /** Name for logs and errors: the shipped name or the file. */
  readonly name: string;
  readonly create: CreateStrategy;
  readonly params: StrategyParams;
}

/** The parts of the actor a strategy is hosted with. */
export interface StrategyServices extends ContextServices {
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
export class HostedStrategy {
  readonly index: number;
  readonly name: string;
  readonly context: HostContext;
  /** What it threw when it was switched off here; empty while it runs. */
  faultText: string;
  private readonly strategy: Strategy;
  private readonly services: StrategyServices;
  private readonly turnWord: TurnWord;
  /** The callback's bits of the turn word, by STRATEGY_CALLBACK. */
  private readonly bits: Int32Array;
  /** 1 = the strategy knows the instrument of this index: it was made with it, or took it in. */
  private readonly knows: Uint8Array = new Uint8Array(INSTRUMENTS_MAX);

  /** Makes the strategy, unless it is switched off; what its factory throws (bad parameters) is an error of start. */
  constructor(index: number, spec: StrategySpec, services: StrategyServices) {
    this.index = index;
    this.name = spec.name;
    this.context = new HostContext(index, spec.name, services);
    this.turnWord = services.turnWord;
    this.bits = Int32Array.from({ length: CALLBACKS_END }, (_, callback) => callbackBits(index, callback));
    this.services = services;
    this.knows.fill(1, 0, services.instruments.length);
    this.faultText = '';
    this.context.isOff = services.faults.isFaulted(index);
    this.strategy = this.isFaulted ? {} : this.make(spec);
  }

  /** Whether it is switched off. */
  get isFaulted(): boolean {
    return this.context.isOff;
  }

  get timers(): Timers {
    return this.context.timers;
  }

  /** What it wants to be told of beside market data and its own orders. */
  get wantsSignals(): boolean {
    return this.strategy.onSignal !== undefined;
  }

  get wantsBias(): boolean {
    return this.strategy.onBias !== undefined;
  }

  callStart(): void {
    if (this.isFaulted || this.strategy.onStart === undefined) return;
    this.context.isStarting = true;
    this.turnWord.beginCallback(this.bits[STRATEGY_CALLBACK.onStart]);
    try {
      const returned: unknown = this.strategy.onStart(this.context);
      if (typeof returned === 'object') this.refusePromise('onStart', returned);
    } catch (error) {
      this.fault('onStart', error);
    }
    this.turnWord.endCallback();
    this.context.isStarting = false;
  }

  callBook(book: BookView): void {
    if (this.isFaulted || this.strategy.onBook === undefined || this.knows[book.instrumentIndex] === 0)
      return;
    this.turnWord.beginCallback(this.bits[STRATEGY_CALLBACK.onBook]);
    try {
      const returned: unknown = this.strategy.onBook(this.context, book);
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
      const returned: unknown = this.strategy.onBookHidden(this.context, instrumentIndex, reason);
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
      const returned: unknown = this.strategy.onTrade(this.context, trade);
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
      const returned: unknown = this.strategy.onFunding(this.context, funding);
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
      const returned: unknown = this.strategy.onBar(this.context, bar);
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
      const returned: unknown = this.strategy.onReport(this.context, report);
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
      const returned: unknown = this.strategy.onFill(this.context, fill);
      if (typeof returned === 'object') this.refusePromise('onFill', returned);
    } catch (error) {
      this.fault('onFill', error);
    }
    this.turnWord.endCallback();
  }

  callSignal(signal: SignalView): void {
    if (this.isFaulted || this.strategy.onSignal === undefined || this.knows[signal.instrumentIndex] === 0)
      return;
    this.turnWord.beginCallback(this.bits[STRATEGY_CALLBACK.onSignal]);
    try {
      const returned: unknown = this.strategy.onSignal(this.context, signal);
      if (typeof returned === 'object') this.refusePromise('onSignal', returned);
    } catch (error) {
      this.fault('onSignal', error);
    }
    this.turnWord.endCallback();
  }

  callBias(instrumentIndex: number): void {
    if (this.isFaulted || this.strategy.onBias === undefined || this.knows[instrumentIndex] === 0) return;
    this.turnWord.beginCallback(this.bits[STRATEGY_CALLBACK.onBias]);
    try {
      const returned: unknown = this.strategy.onBias(
        this.context,
        instrumentIndex,
        this.context.bias(instrumentIndex),
      );
      if (typeof returned === 'object') this.refusePromise('onBias', returned);
    } catch (error) {
      this.fault('onBias', error);
    }
    this.turnWord.endCallback();
  }

  callHealth(health: HealthView): void {
    if (this.isFaulted || this.strategy.onHealth === undefined || this.knows[health.instrumentIndex] === 0)
      return;
    this.turnWord.beginCallback(this.bits[STRATEGY_CALLBACK.onHealth]);
    try {
      const returned: unknown = this.strategy.onHealth(this.context, health);
      if (typeof returned === 'object') this.refusePromise('onHealth', returned);
    } catch (error) {
      this.fault('onHealth', error);
    }
    this.turnWord.endCallback();
  }

  /** Tells of a bracket that ended. @param slot where it stands */
  callBracket(slot: number): void {
    if (this.isFaulted || this.strategy.onBracket === undefined) return;
    this.turnWord.beginCallback(this.bits[STRATEGY_CALLBACK.onBracket]);
    try {
      const returned: unknown = this.strategy.onBracket(this.context, this.context.bracketAt(slot));
      if (typeof returned === 'object') this.refusePromise('onBracket', returned);
    } catch (error) {
      this.fault('onBracket', error);
    }
    this.turnWord.endCallback();
  }

  /** Tells of an added instrument; a strategy that does not ask for such never hears of it. */
  callInstrument(instrument: Instrument): void {
    if (this.isFaulted || this.strategy.onInstrument === undefined) return;
    this.knows[instrument.index] = 1;
    this.context.isStarting = true;
    this.turnWord.beginCallback(this.bits[STRATEGY_CALLBACK.onInstrument]);
    try {
      const returned: unknown = this.strategy.onInstrument(this.context, instrument);
      if (typeof returned === 'object') this.refusePromise('onInstrument', returned);
    } catch (error) {
      this.fault('onInstrument', error);
    }
    this.turnWord.endCallback();
    this.context.isStarting = false;
  }

  /** Tells of new terms of an instrument that the strategy knows. */
  callInstrumentChanged(instrument: Instrument): void {
    if (this.isFaulted || this.strategy.onInstrumentChanged === undefined) return;
    if (this.knows[instrument.index] === 0) return;
    this.turnWord.beginCallback(this.bits[STRATEGY_CALLBACK.onInstrumentChanged]);
    try {
      const returned: unknown = this.strategy.onInstrumentChanged(this.context, instrument);
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
      const returned: unknown = this.strategy.onStop(this.context);
      if (typeof returned === 'object') this.refusePromise('onStop', returned);
    } catch (error) {
      this.fault('onStop', error);
    }
    this.turnWord.endCallback();
  }

  /** Fires what is due, at most once per timer; returns how many. */
  fireTimers(): number {
    const { nowNs, timers } = this.context;
    if (!(timers.nextDueNs <= nowNs)) return 0;
    const setLimit = timers.setCount;
    let fired = 0;
    for (;;) {
      const timerId = timers.takeDue(nowNs, setLimit);
      if (timerId === NO_TIMER_DUE) return fired;
      fired++;
      this.callTimer(timerId);
    }
  }

  private callTimer(timerId: number): void {
    if (this.isFaulted || this.strategy.onTimer === undefined) return;
    this.turnWord.beginCallback(this.bits[STRATEGY_CALLBACK.onTimer]);
    try {
      const returned: unknown = this.strategy.onTimer(this.context, timerId);
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

  /** Callbacks end when they return: promises are not awaited, and a later rejection could not be attributed. */
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
    this.context.isOff = true;
    this.context.timers.clearAll();
  }

  private fault(callback: CallbackName, error: unknown, cause: number = FAULT_CAUSE.threw): void {
    this.switchOff();
    this.faultText = error instanceof Error ? error.message : String(error);
    this.services.faults.note(this.index, cause, STRATEGY_CALLBACK[callback]);
    this.services.onFault(this, callback, error);
  }
}
