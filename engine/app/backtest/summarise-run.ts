import type { Instrument } from '../../core/instrument.ts';
import { cashUnitValue, instrumentName, lotsToQty } from '../../core/instrument.ts';
import { powerOfTen } from '../../core/decimal.ts';
import { BACKTEST_SCHEMA } from './backtest-result.ts';
import type {
  AccountFigures,
  BacktestResult,
  BandMember,
  TradeFigures,
  TradeRow,
} from './backtest-result.ts';
import { runAssumptions } from './assumptions.ts';
import { equityFigures } from './equity-figures.ts';
import { fillQuality } from './fill-quality.ts';
import type { MarketTape } from './market-tape.ts';
import { profitSplit } from './profit-split.ts';
import { roundTrips } from './round-trips.ts';
import type { RoundTrip } from './round-trips.ts';
import type { RunOutcome, RunSpec } from './run-backtest.ts';
import type { RunLog } from './run-log.ts';

/** Longest span whose yearly ratios mean little. */
const SHORT_NS = 30 * 86_400e9;
/** Round trips below which rates mean little. */
const TRADES_FEW = 30;

/** Makes the result of a run. Pure. */
export function summariseRun(
  tape: MarketTape,
  spec: RunSpec,
  outcome: RunOutcome,
  band: readonly BandMember[],
): BacktestResult {
  const { config, strategy, capital } = spec;
  const { log, stepNs } = outcome;
  const { instruments } = tape;
  const trips = roundTrips(log.fills, instruments, log.markTicks, log.equity.at(-1)!.atNs);
  const epochMs = (ns: number): number => Math.round(tape.firstEpochUs / 1_000 + ns / 1e6);
  const account = accountFigures(log, instruments, capital, stepNs);
  const trades = tradeFigures(trips);
  return {
    schema: BACKTEST_SCHEMA,
    strategy: strategy.name,
    params: strategy.params,
    data: {
      kind: tape.kind,
      files: tape.files,
      symbols: instruments.map(instrumentName),
      fromMs: epochMs(0),
      toMs: epochMs(tape.lastNs),
      events: tape.eventCount,
    },
    seed: config.seed,
    quoteAsset: quoteAssetOf(instruments),
    capital,
    model: config.fills.model,
    assumptions: [...runAssumptions(config, stepNs, account.periodsPerYear), ...tape.assumptions],
    warnings: [...outcome.warnings, ...smallSampleWarnings(tape.lastNs, trades.count)],
    account,
    profit: profitSplit(log.fills, instruments, log.gross, log.funding),
    trades,
    fills: fillQuality(log.orders, log.fills, instruments),
    signals: log.signalCount,
    band,
    equity: log.equity.map(({ atNs, equity }) => [epochMs(atNs), rounded(equity)] as const),
    prices: log.equity.flatMap(({ atNs, midTicks }) =>
      Number.isNaN(midTicks) ? [] : [[epochMs(atNs), rounded(priceOf(instruments[0], midTicks))] as const],
    ),
    profitByHour: profitByHour(trips, epochMs),
    tradeList: trips.map((trip) => tradeRow(trip, instruments[trip.instrumentIndex], epochMs)),
    digest: outcome.digest,
    violations: outcome.violations,
    wallMs: Math.round(outcome.wallMs),
    eventsPerSecond: Math.round((tape.eventCount * 1_000) / Math.max(1e-3, outcome.wallMs)),
  };
}

/** The short form of a run, for the band. */
export function bandMember(model: string, result: BacktestResult): BandMember {
  const { account, trades, fills } = result;
  return {
    model,
    net: account.net,
    maxDrawdown: account.maxDrawdown,
    sharpe: account.sharpe,
    trades: trades.count,
    fills: fills.fills,
    fillRatio: fills.fillRatio,
  };
}

/** The one asset that profit is counted in. Throws RangeError when instruments are quoted in several. */
export function quoteAssetOf(instruments: readonly Instrument[]): string {
  const assets = [...new Set(instruments.map(({ settleAsset }) => settleAsset))];
  if (assets.length === 1) return assets[0];
  throw new RangeError(
    `profits in ${assets.join(' and ')} cannot be added: play instruments of one quote asset`,
  );
}

function accountFigures(
  { equity, fills }: RunLog,
  instruments: readonly Instrument[],
  capital: number,
  stepNs: number,
): AccountFigures {
  const held = equity.filter(({ exposure }) => exposure > 0).length;
  const exposed = equity.reduce((sum, { exposure }) => sum + exposure, 0);
  const traded = fills.reduce(
    (sum, { priceTicks, qtyLots, instrumentIndex }) =>
      sum + priceTicks * qtyLots * cashUnitValue(instruments[instrumentIndex]),
    0,
  );
  return {
    ...equityFigures(equity, capital, stepNs),
    exposureTimePct: (100 * held) / equity.length,
    exposureMeanPct: (100 * exposed) / equity.length / capital,
    turnover: traded / capital,
  };
}

function tradeFigures(trips: readonly RoundTrip[]): TradeFigures {
  const count = trips.length;
  const winners = trips.filter(({ net }) => net > 0);
  const won = winners.reduce((sum, { net }) => sum + net, 0);
  const lost = trips.filter(({ net }) => net < 0).reduce((sum, { net }) => sum - net, 0);
  const mean = (values: readonly number[]): number | null =>
    values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length;
  const nets = trips.map(({ net }) => net);
  return {
    count,
    wins: winners.length,
    winRate: count === 0 ? null : winners.length / count,
    profitFactor: lost === 0 ? null : won / lost,
    averageNet: mean(nets),
    best: count === 0 ? null : Math.max(...nets),
    worst: count === 0 ? null : Math.min(...nets),
    averageHoldMs: mean(trips.map(({ openNs, closeNs }) => (closeNs - openNs) / 1e6)),
  };
}

function tradeRow(trip: RoundTrip, instrument: Instrument, epochMs: (ns: number) => number): TradeRow {
  return {
    symbol: instrumentName(instrument),
    side: trip.side,
    openMs: epochMs(trip.openNs),
    closeMs: epochMs(trip.closeNs),
    isOpen: trip.isOpen,
    qty: lotsToQty(instrument, trip.qtyLots),
    entry: rounded(priceOf(instrument, trip.entryTicks)),
    exit: rounded(priceOf(instrument, trip.exitTicks)),
    gross: rounded(trip.gross),
    fees: rounded(trip.fees),
    net: rounded(trip.net),
    fills: trip.fills,
  };
}

function profitByHour(trips: readonly RoundTrip[], epochMs: (ns: number) => number): number[] {
  const hours = Array.from({ length: 24 }, () => 0);
  for (const { closeNs, net } of trips) hours[new Date(epochMs(closeNs)).getUTCHours()] += net;
  return hours.map(rounded);
}

function smallSampleWarnings(spanNs: number, trades: number): string[] {
  const warnings: string[] = [];
  if (spanNs < SHORT_NS) {
    const days = spanNs / 86_400e9;
    const length = days >= 1 ? `${days.toFixed(1)} days` : `${(spanNs / 60e9).toFixed(1)} minutes`;
    warnings.push(`the data covers ${length}: ratios per year are extrapolated from it and mean little`);
  }
  if (trades < TRADES_FEW)
    warnings.push(`${trades} round trips: win rate and profit factor are guesses below some ${TRADES_FEW}`);
  return warnings;
}

function priceOf(instrument: Instrument, ticks: number): number {
  return (ticks * instrument.tickUnits) / powerOfTen(instrument.priceDecimals);
}

/** Ten digits that carry meaning: sums of floats end in noise. */
function rounded(value: number): number {
  return Number(value.toPrecision(10));
}
