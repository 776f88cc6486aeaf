/**
 * The public strategy API (`shrike/strategy`): everything a strategy sees and may do. A strategy file may live anywhere;
 * it exports a `strategy` (StrategyDefinition), or the plain function `createStrategy`. All callbacks run on the strategy
 * actor's thread, one at a time; the views handed in are reused, so copy the numbers that must outlive the call. Prices
 * are ticks, sizes are lots, times are monoNs.
 */
export type { Instrument } from '../core/instrument.ts';
export { strategyFrom } from './defined-strategy.ts';
export type { ParameterDecl, ParameterDecls, ParameterValues } from './parameters.ts';
export type { PerInstrument, StrategyDefinition, StrategySetup } from './strategy-definition.ts';
export { cashUnitValue, lotsToQty, priceToTicks, qtyToLots, ticksToPrice } from '../core/instrument.ts';
export { GAP_REASON, ORDER_STATE, ORDER_TYPE, REASON, SIDE, TIME_IN_FORCE } from '../messages/enums.ts';
export { SIGNAL_OUTCOME } from '../messages/enums.ts';
export { BRACKET_END, BRACKET_STATE } from './bracket-table.ts';
export { Adx } from '../analysis/indicators/adx.ts';
export { Atr } from '../analysis/indicators/atr.ts';
export { Bollinger } from '../analysis/indicators/bollinger.ts';
export { Donchian } from '../analysis/indicators/donchian.ts';
export { Ema } from '../analysis/indicators/ema.ts';
export { EwmaVolatility } from '../analysis/indicators/ewma-volatility.ts';
export { Lookback } from '../analysis/indicators/lookback.ts';
export { Macd } from '../analysis/indicators/macd.ts';
export { Obv } from '../analysis/indicators/obv.ts';
export { PercentileRank } from '../analysis/indicators/percentile-rank.ts';
export { RollingMax, RollingMin } from '../analysis/indicators/rolling-extreme.ts';
export { RollingVwap } from '../analysis/indicators/rolling-vwap.ts';
export { RollingZScore } from '../analysis/indicators/rolling-z-score.ts';
export { Rsi } from '../analysis/indicators/rsi.ts';
export { Sma } from '../analysis/indicators/sma.ts';
export { StandardDeviation } from '../analysis/indicators/standard-deviation.ts';
export { Stochastic } from '../analysis/indicators/stochastic.ts';
export { Vwap } from '../analysis/indicators/vwap.ts';
export { ALIGNMENT, alignmentOf, sizeMultiplierOf } from './signals/alignment.ts';
export { isFalseBreakout, STOP_ACTION, stopActionOf } from './signals/order-flow-filters.ts';
export { CONFIDENCE, ORDER_FLOW_INPUT, OrderFlowScore } from './signals/order-flow-score.ts';
export { riskLots } from './signals/risk-size.ts';
export { SCALPING_DEFAULTS } from './signals/scalping-config.ts';
export type { ScalpingConfig } from './signals/scalping-config.ts';
export { SCALPING_INPUT, ScalpingSignal, SETUP, SIGNAL_REASON } from './signals/scalping-signal.ts';
export type { SignalSettings } from './signals/signal-settings.ts';
export { Squeeze } from './signals/squeeze.ts';
export { VIEW_CLASS, viewClassOf } from './signals/view-class.ts';
export { SUBMIT_REFUSED } from './strategy-api.ts';
export type {
  BarBasis,
  BarByActivity,
  BarLength,
  BiasView,
  BookView,
  BracketPlan,
  BracketView,
  ClosedBarView,
  CreateStrategy,
  FillView,
  FundingView,
  HealthView,
  LogLevel,
  OrderFlowView,
  OrderReportView,
  PositionView,
  ProposedSignal,
  RandomSource,
  SignalView,
  Strategy,
  StrategyContext,
  StrategyParams,
  TradeView,
  VenuePricesView,
} from './strategy-api.ts';
