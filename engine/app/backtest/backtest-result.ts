import type { EquityFigures } from './equity-figures.ts';
import type { FillQuality } from './fill-quality.ts';
import type { ProfitSplit } from './profit-split.ts';

/** Version of the result's shape. */
export const BACKTEST_SCHEMA = 'shrike.backtest/1';

/** A round trip as people read it: prices and sizes in the instrument's own units, times in ms since the epoch. */
export interface TradeRow {
  readonly symbol: string;
  readonly side: 'long' | 'short';
  readonly openMs: number;
  readonly closeMs: number;
  /** Still open at the end of the data: closed at the mid. */
  readonly isOpen: boolean;
  readonly qty: string;
  readonly entry: number;
  readonly exit: number;
  readonly gross: number;
  readonly fees: number;
  readonly net: number;
  readonly fills: number;
}

/** Round trips together. `null` = there was none to say it of. */
export interface TradeFigures {
  readonly count: number;
  readonly wins: number;
  readonly winRate: number | null;
  /** Profits of the winners over losses of the losers, both after fees; Infinity is told as null. */
  readonly profitFactor: number | null;
  readonly averageNet: number | null;
  readonly best: number | null;
  readonly worst: number | null;
  readonly averageHoldMs: number | null;
}

/** The account over the whole run. */
export interface AccountFigures extends EquityFigures {
  /** Share of the time with a position, and the mean value of positions over the capital. */
  readonly exposureTimePct: number;
  readonly exposureMeanPct: number;
  /** Traded value over the capital. */
  readonly turnover: number;
}

/** One member of the band: the same run under another plausible queue model. */
export interface BandMember {
  readonly model: string;
  readonly net: number;
  readonly maxDrawdown: number;
  readonly sharpe: number | null;
  readonly trades: number;
  readonly fills: number;
  readonly fillRatio: number | null;
}

/** What a backtest found: plain data, the JSON output. Money in `quoteAsset`. */
export interface BacktestResult {
  readonly schema: typeof BACKTEST_SCHEMA;
  readonly strategy: string;
  readonly params: Readonly<Record<string, string | number | boolean>>;
  readonly data: {
    readonly kind: 'frames' | 'candles';
    readonly files: readonly string[];
    readonly symbols: readonly string[];
    readonly fromMs: number;
    readonly toMs: number;
    readonly events: number;
  };
  readonly seed: number;
  readonly quoteAsset: string;
  readonly capital: number;
  readonly model: string;
  /** What was assumed, one sentence each: fills, latencies, fees, what the data does not say, how ratios are annualised. */
  readonly assumptions: readonly string[];
  readonly warnings: readonly string[];
  readonly account: AccountFigures;
  readonly profit: ProfitSplit;
  readonly trades: TradeFigures;
  readonly fills: FillQuality;
  readonly signals: number;
  /** The same run under every plausible queue model; empty when none was asked for. */
  readonly band: readonly BandMember[];
  /** Points of [ms since the epoch, profit so far]. */
  readonly equity: readonly (readonly [ms: number, equity: number])[];
  /** Points of [ms since the epoch, mid], of the first symbol. */
  readonly prices: readonly (readonly [ms: number, price: number])[];
  /** Net profit of the round trips that ended in each hour of the day, UTC. */
  readonly profitByHour: readonly number[];
  readonly tradeList: readonly TradeRow[];
  /** SHA-256 over all records of the forward rings; the same for the same data, configuration and seed. */
  readonly digest: string;
  readonly violations: readonly string[];
  readonly wallMs: number;
  readonly eventsPerSecond: number;
}
