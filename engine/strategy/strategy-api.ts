/** What a strategy sees and may do: the types behind `shrike/strategy`. All of it is for the strategy actor's thread. */
import type { Instrument } from '../core/instrument.ts';
import type { SignalSettings } from './signals/signal-settings.ts';

/**
 * A valid book at the moment of the call: always the newest one, so after a burst one call may stand for several updates
 * (isConflated). Invalid books are never shown; onBookHidden says when one disappears. An empty side reads as 0, and so
 * do the figures made of both sides.
 */
export interface BookView {
  readonly instrumentIndex: number;
  readonly updateId: number;
  readonly bidTicks: number;
  readonly bidLots: number;
  readonly askTicks: number;
  readonly askLots: number;
  /** (bid - ask) / (bid + ask) volume over the shared levels, -1..1. */
  readonly imbalance: number;
  readonly microPriceTicks: number;
  readonly spreadTicks: number;
  readonly midTicks: number;
  readonly exchangeTsMs: number;
  readonly recvNs: number;
  /** Updates were skipped on the way here (the strategy was slower than the market). */
  readonly isConflated: boolean;
  /** Levels known without a hole from the touch on: fewer than the venue has, where its snapshot was cut off. */
  readonly bidCount: number;
  readonly askCount: number;
  /** Level 0 is the touch; 0 beyond the last known level. */
  bidTicksAt(level: number): number;
  bidLotsAt(level: number): number;
  askTicksAt(level: number): number;
  askLotsAt(level: number): number;
}

/** One public trade. */
export interface TradeView {
  readonly instrumentIndex: number;
  readonly priceTicks: number;
  readonly qtyLots: number;
  /** Aggressor: SIDE. */
  readonly side: number;
  readonly tradeId: number;
  readonly exchangeTsMs: number;
  readonly recvNs: number;
}

/** The funding of a perpetual. Positive rate: longs pay shorts. */
export interface FundingView {
  readonly instrumentIndex: number;
  /** Of the period that is running, as a fraction of the position's value: 0.0001 = 1 bp. */
  readonly rate: number;
  /** When it is paid, ms since the epoch; 0 = not known. */
  readonly nextFundingMs: number;
  /** Time between two fundings, ms; 0 = not known. */
  readonly intervalMs: number;
}

/** Prices beside the book, in ticks with fractions; 0 = not known (or the venue has no such price). */
export interface VenuePricesView {
  readonly instrumentIndex: number;
  /** Price of the last public trade. */
  readonly lastTradeTicks: number;
  /** The venue's average of the last minutes, and the reference price that goes before it where there is one. */
  readonly averageTicks: number;
  readonly referenceTicks: number;
  /** Mark and index price of a contract. */
  readonly markTicks: number;
  readonly indexTicks: number;
  /** See FundingView. */
  readonly fundingRate: number;
  readonly nextFundingMs: number;
}

/** What closes a bar that is not closed by time. */
export type BarBasis = 'trades' | 'volume' | 'value';

/** Bars by activity: a number of trades, a volume in the base asset, a value in the quote asset. */
export interface BarByActivity {
  readonly basis: BarBasis;
  readonly size: number;
}

/** Which bars: so many milliseconds long, or by activity. */
export type BarLength = number | BarByActivity;

/** A bar that can no longer change. */
export interface ClosedBarView {
  readonly instrumentIndex: number;
  /** 0 = it was not closed by time. */
  readonly intervalMs: number;
  /** Beginning of its interval; of a bar by activity the time of its first trade. Venue time, ms since the epoch. */
  readonly openTimeMs: number;
  /** Of a bar by activity: what closes it, as it was asked for, and the time of its last trade. */
  readonly basis?: BarBasis;
  readonly size?: number;
  readonly lastTradeMs?: number;
  readonly openTicks: number;
  readonly highTicks: number;
  readonly lowTicks: number;
  readonly closeTicks: number;
  readonly volumeLots: number;
  readonly tradeCount: number;
  /** False when trades are known to be missing from it. */
  readonly isComplete: boolean;
}

/** What happened to an order of this strategy. */
export interface OrderReportView {
  readonly orderId: number;
  readonly instrumentIndex: number;
  /** ORDER_STATE now and before. */
  readonly state: number;
  readonly previousState: number;
  /**
   * REASON, and the venue's own code when it gave one. `poisoned`: risk or execution failed on the request, which is not tried again;
   * with the state unchanged it was a cancel, and the order stays as it is.
   */
  readonly reason: number;
  readonly venueCode: number;
  readonly side: number;
  readonly priceTicks: number;
  readonly qtyLots: number;
  readonly cumQtyLots: number;
  /** True when no further change can come. */
  readonly isTerminal: boolean;
}

/** One fill of an order of this strategy. */
export interface FillView {
  readonly orderId: number;
  readonly instrumentIndex: number;
  readonly side: number;
  readonly priceTicks: number;
  readonly qtyLots: number;
  readonly cumQtyLots: number;
  readonly feeCash: number;
  readonly isMaker: boolean;
}

/** A position from fills only, including every fill this strategy has been told of. */
export interface PositionView {
  readonly netLots: number;
  /** Average entry of the open position in ticks; 0 when flat. */
  readonly averageTicks: number;
  readonly realisedCash: number;
  readonly feesCash: number;
}

/** The slow path's opinion of an instrument; absent and expired frames are shown as `null`, never as zero. */
export interface BiasView {
  /** -100 .. +100, positive = up. */
  readonly value: number;
  readonly version: number;
  readonly validUntilNs: number;
  /** Key levels in ticks; NaN = the slow path names none. */
  readonly supportTicks: number;
  readonly resistanceTicks: number;
  /** The price most volume traded at. */
  readonly pocTicks: number;
  /** The nearest strong level. */
  readonly keyLevelTicks: number;
}

/** A signal that a strategy recorded, as the other strategies of its actor are told. */
export interface SignalView {
  readonly instrumentIndex: number;
  /** Index of the strategy that made it. */
  readonly strategyIndex: number;
  /** SIDE; 0 = flat. */
  readonly side: number;
  readonly strength: number;
  readonly label: string;
  /** What follows is 0 where it was not said. */
  readonly signalId: number;
  readonly confidence: number;
  readonly entryTicks: number;
  readonly stopTicks: number;
  readonly targetTicks: number;
  readonly score: number;
  readonly viewClass: number;
  readonly alignment: number;
  readonly reasons: number;
  readonly expiresNs: number;
}

/** What a strategy proposes to trade; a ScalpingSignal is one. */
export interface ProposedSignal {
  readonly side: number;
  /** 0..100. */
  readonly confidence: number;
  readonly entryTicks: number;
  readonly stopTicks: number;
  readonly targetTicks: number;
  readonly score: number;
  /** VIEW_CLASS. */
  readonly viewClass: number;
  /** ALIGNMENT. */
  readonly alignment: number;
  /** Bits the strategy defines; SIGNAL_REASON of a ScalpingSignal. */
  readonly reasons: number;
  /** monoNs from which it must not be traded. */
  readonly expiresNs: number;
}

/** What became better or worse about the data of an instrument. */
export interface HealthView {
  readonly instrumentIndex: number;
  /** Whether its book can be read. */
  readonly isBookValid: boolean;
  /** GAP_REASON of a hidden book. */
  readonly reason: number;
}

/** An entry, and what closes the position that comes of it. */
export interface BracketPlan {
  readonly side: number;
  readonly entryTicks: number;
  /** True: an IOC order; false: a post-only one that rests until `entryExpiresNs`. */
  readonly isMarketable: boolean;
  readonly qtyLots: number;
  /** Watched by the engine: when the other side reaches it, the position is closed at the market. */
  readonly stopTicks: number;
  /** Where it is closed even while it is held; at or beyond the stop; absent = at the stop. */
  readonly hardStopTicks?: number;
  /** A limit order rests there as soon as the entry has ended. */
  readonly targetTicks: number;
  /** Ticks beyond the touch that closing may cost. */
  readonly slippageTicks: number;
  /** monoNs when what is not filled of the entry is cancelled. */
  readonly entryExpiresNs: number;
  /** From the first fill to closing, ns; 0 = no limit. */
  readonly timeStopNs: number;
}

/** A bracket of this strategy. */
export interface BracketView {
  /** The id of its entry order. */
  readonly bracketId: number;
  readonly instrumentIndex: number;
  readonly side: number;
  /** BRACKET_STATE. */
  readonly state: number;
  /** BRACKET_END: why it ended or is being closed. */
  readonly end: number;
  readonly stopTicks: number;
  readonly targetTicks: number;
  readonly filledLots: number;
  /** Lots still in the market. */
  readonly openLots: number;
  /** Cash taken minus cash paid so far, before fees; the profit once nothing is open. */
  readonly profitCash: number;
  readonly feesCash: number;
}

/** Randomness that is the same in every run with the same seed; one sequence per strategy. */
export interface RandomSource {
  /** Uniform in [0, 1). */
  nextFloat(): number;
  /** Uniform integer in [0, maxExclusive). */
  nextInt(maxExclusive: number): number;
  /** Standard normal. */
  nextNormal(): number;
}

/** Severity of a line for the log. */
export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

/** The order-flow score of an instrument's book (signals.md section 1), as it is worth now. */
export interface OrderFlowView {
  /** -100 .. +100, positive = buyers. */
  readonly score: number;
  /** VIEW_CLASS. */
  readonly viewClass: number;
  /** Its parts, -100 .. +100: imbalance of volumes over time, of order counts, and tightness of the spread. */
  readonly imbalance: number;
  readonly orders: number;
  readonly tightness: number;
  /** Since the book update it comes from. */
  readonly ageMs: number;
  /** 1 when new, falling evenly to 0. */
  readonly weight: number;
  /** CONFIDENCE. */
  readonly confidence: number;
}

/** Refusals of submit and replace; a positive return value is the order's id. */
export const SUBMIT_REFUSED = {
  backPressured: -1,
  badArgument: -2,
  paused: -3,
} as const;

/** What a strategy may do. Valid during callbacks only. */
export interface StrategyContext {
  readonly instruments: readonly Instrument[];
  /** monoNs of this turn. */
  readonly nowNs: number;
  /** The same as milliseconds since the Unix epoch. */
  readonly epochMs: number;
  /** Repeats with the engine's seed. */
  readonly random: RandomSource;
  /**
   * Asks for a new order. Returns its id (> 0) or a SUBMIT_REFUSED code; risk may still deny it (onReport).
   * `orderType` ORDER_TYPE, `timeInForce` TIME_IN_FORCE, `priceTicks` 0 for market orders.
   */
  submit(
    instrumentIndex: number,
    side: number,
    orderType: number,
    timeInForce: number,
    priceTicks: number,
    qtyLots: number,
  ): number;
  /** Asks to cancel; false when the request could not be queued (try again on the next turn). */
  cancel(orderId: number): boolean;
  /** Asks to cancel all open orders of this strategy, of one instrument or (left out) of all; what finds no room is repeated. */
  cancelAll(instrumentIndex?: number): void;
  /** Asks to replace an order by one with a new price and size; the new order's id or a SUBMIT_REFUSED code. */
  replace(orderId: number, priceTicks: number, qtyLots: number): number;
  /** Calls onTimer(timerId) once after `delayNs`; the same id set again moves it. False when all timers are in use. */
  setTimer(timerId: number, delayNs: number): boolean;
  clearTimer(timerId: number): void;
  /** Asks for bars of this length from now on. At start only. @throws RangeError for one that cannot be */
  subscribeBars(instrumentIndex: number, length: BarLength): void;
  /** What the fills of this strategy's own orders make, whatever others do on the same account. Reused per instrument. */
  position(instrumentIndex: number): PositionView;
  /** The account's position: the sum over all strategies, and trades by hand. Reused per instrument. */
  accountPosition(instrumentIndex: number): PositionView;
  /**
   * Keeps up to 128 numbers instead of those kept before, whole or not at all, for the case that the strategy's thread is
   * replaced; false when there are more. They are gone with the engine, with other parameters, and when the strategy is
   * removed.
   */
  save(numbers: Float64Array): boolean;
  /** Copies what was kept into the beginning of `into`; how many numbers are kept, -1 = nothing is. For onStart. */
  restore(into: Float64Array): number;
  /**
   * What the account is worth in the instrument's quote asset, in its cash units: `risk.startEquity` and profit since. NaN
   * while an open position has no price.
   */
  equity(instrumentIndex: number): number;
  /**
   * Opens a bracket: an entry order, and a target, a stop and a time stop that close what it fills. Its id (> 0) or a
   * SUBMIT_REFUSED code; onBracket says when it has ended. Its orders are reported like any others.
   */
  openBracket(instrumentIndex: number, plan: BracketPlan): number;
  /** Closes a bracket at the market; false when it has ended already. */
  closeBracket(bracketId: number): boolean;
  /** Lets its stop wait for the hard stop, or no more. */
  holdBracket(bracketId: number, isHeld: boolean): void;
  /** Moves its stop; false for a bad price or an ended bracket. */
  moveStop(bracketId: number, stopTicks: number): boolean;
  /** A bracket as it stands, or null when it has ended. */
  bracket(bracketId: number): BracketView | null;
  /** The strategy's latest bracket of an instrument, or null: what an earlier thread left it is found so in onStart. */
  latestBracket(instrumentIndex: number): BracketView | null;
  /** Brackets this strategy has open. */
  readonly bracketCount: number;
  /** The current bias, or null when there is none or it has expired. */
  bias(instrumentIndex: number): BiasView | null;
  /**
   * The order-flow score, or null while there is none (a hidden or one-sided book, old data), never zero for that reason.
   * Made from the first time on that a strategy asks.
   */
  orderFlow(instrumentIndex: number): OrderFlowView | null;
  /** What the engine's configuration says about signals. */
  readonly signalSettings: SignalSettings;
  /** The latest book, or null while it is hidden. */
  book(instrumentIndex: number): BookView | null;
  /** Prices the venue states beside its book; null when they cannot be read at this moment. */
  venuePrices(instrumentIndex: number): VenuePricesView | null;
  /** Records what the strategy saw for journal and telemetry. `side` 0 = flat. */
  signal(instrumentIndex: number, side: number, strength: number, priceTicks: number, label: string): void;
  /** Records a signal with lifetime, plan and reasons; its number, by which `settle` names it. */
  propose(instrumentIndex: number, signal: ProposedSignal, label: string): number;
  /** Records what became of a signal (SIGNAL_OUTCOME). @param orderId of the order that came of it; 0 = none */
  settle(instrumentIndex: number, signalId: number, outcome: number, orderId: number): void;
  /**
   * Records why the strategy does what it does or does nothing, with up to four numbers it decided by. The same reason is
   * recorded once a second at most, so it may be said with every book. `inputs` is read at once: reuse one object.
   */
  explain(instrumentIndex: number, reason: string, inputs: Readonly<Record<string, number>>): void;
  /** A line for the engine's log, at most 120 bytes and ten a second. Makes text: not for every book. */
  log(level: LogLevel, text: string): void;
}

/** Parameters as given in the config's [strategy.params]. */
export type StrategyParams = Readonly<Record<string, string | number | boolean>>;

/** A strategy. Every callback is optional; one that throws faults this strategy only: its orders are cancelled. */
export interface Strategy {
  onStart?(context: StrategyContext): void;
  onBook?(context: StrategyContext, book: BookView): void;
  /** The book can no longer be trusted (GAP_REASON). */
  onBookHidden?(context: StrategyContext, instrumentIndex: number, reason: number): void;
  onTrade?(context: StrategyContext, trade: TradeView): void;
  /** The rate or the period of a perpetual's funding changed. */
  onFunding?(context: StrategyContext, funding: FundingView): void;
  onBar?(context: StrategyContext, bar: ClosedBarView): void;
  onTimer?(context: StrategyContext, timerId: number): void;
  /** Another strategy of this actor recorded a signal. */
  onSignal?(context: StrategyContext, signal: SignalView): void;
  /** The slow path's opinion changed, or ran out: null. Seen within a tenth of a second. */
  onBias?(context: StrategyContext, instrumentIndex: number, bias: BiasView | null): void;
  /** The book of an instrument is there for the first time, is hidden, or is there again. */
  onHealth?(context: StrategyContext, health: HealthView): void;
  /** A bracket of this strategy has ended; the view is gone after the call. */
  onBracket?(context: StrategyContext, bracket: BracketView): void;
  /**
   * An order of this strategy changed. After a restart of the strategy thread, right after onStart, each order still
   * open from before is reported once with `previousState` equal to `state`.
   */
  onReport?(context: StrategyContext, report: OrderReportView): void;
  onFill?(context: StrategyContext, fill: FillView): void;
  /**
   * An instrument was added while the engine runs; its books and trades follow only to strategies that have this callback.
   * Bars may be subscribed here.
   */
  onInstrument?(context: StrategyContext, instrument: Instrument): void;
  /**
   * The venue changed the terms of an instrument: its status (halted, trading again), band or limits. From here on
   * `context.instruments` holds the new ones; a request made before is denied as `staleInstrument`.
   */
  onInstrumentChanged?(context: StrategyContext, instrument: Instrument): void;
  onStop?(context: StrategyContext): void;
}

/** What a strategy module exports under the name `createStrategy`. Throws an Error that names each bad parameter. */
export type CreateStrategy = (params: StrategyParams, instruments: readonly Instrument[]) => Strategy;
