import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ContextTable } from '../../analysis/context-table.ts';
import type { CandleColumns } from '../../analysis/bars/candle-columns.ts';
import type { EngineSources } from '../../api/engine-window.ts';
import type { ContextReading, HistoricalBar, HistoricalBars } from '../../api/market-past.ts';
import { OrderTableReader } from '../../execution/order-table.ts';
import type { Instrument } from '../../core/instrument.ts';
import { hasAnalysis, statePlaceOf } from '../config/engine-parts.ts';
import type { PortfolioFacts } from '../analysis/portfolio-facts.ts';
import { reportFolder } from '../analysis/report-files.ts';
import { packageVersion } from '../package-version.ts';
import type { BuildContext } from './build-context.ts';

/** Bars read for one answer at most: a query of years of minutes gets the newest of them. */
const BARS_READ_MAX = 10_000;

/** What the api's endpoints need of the rest of the engine; heavy modules are loaded with the first use. Api thread. */
export function apiSources(context: BuildContext): EngineSources {
  const { plan, wiring } = context;
  const { config, clockOrigin } = plan;
  const { mode, venue } = statePlaceOf(config);
  const strategies = wiring.strategySlots();
  return {
    identity: {
      name: 'shrike',
      version: packageVersion(),
      mode,
      engineId: `${mode}-${venue}`,
      runId: Math.floor(clockOrigin.epochUs).toString(36),
      node: process.versions.node,
    },
    orderTables: plan.accounts.map(
      ({ label }) => new OrderTableReader(wiring.buffer, wiring.labelled('state:orders', label)),
    ),
    strategyName: (index) => strategies.read(index)?.strategy.name ?? String(index),
    timeframes: () => config.analysis.timeframes.map((timeframe) => ({ timeframe })),
    bars: (instrument, timeframe, fromMs, toMs) =>
      storedBars(join(config.state.dir, 'bars'), instrument, timeframe, fromMs, toMs),
    context: contextReader(context),
    outputOf: async (given, instrument) => outputOfContext(given, instrument),
    portfolio: async (facts) => portfolioOfFacts(facts as PortfolioFacts),
    report: (instrument, form) => Promise.resolve(newestReport(reportFolder(config), instrument, form)),
  };
}

/** Reads what the slow path published; parsed once per version. */
function contextReader(context: BuildContext): EngineSources['context'] {
  const { plan, wiring } = context;
  const max = context.instrumentsMax();
  const table = new ContextTable(wiring.buffer, wiring.region('state:contexts'), max);
  const known: (ContextReading | undefined)[] = [];
  const none = hasAnalysis(plan.config) ? 'no analysis has ended yet' : 'the engine runs without analysis';
  return ({ index }) => {
    const read = table.read(index);
    if (read === null) return { context: null, version: 0, reason: none };
    const { text, version } = read;
    if (known[index]?.version !== version)
      known[index] = { context: JSON.parse(text) as object, version, reason: null };
    return known[index];
  };
}

/** The newest bars of a range; those before them are left out when there are more than an answer can have. */
async function storedBars(
  folder: string,
  { venue, symbol }: Instrument,
  name: string,
  fromMs: number,
  toMs: number,
): Promise<HistoricalBars | null> {
  const { BarStore } = await import('../../analysis/store/bar-store.ts');
  const { storedName } = await import('../../analysis/live/store-source.ts');
  const names = [storedName(venue, symbol), symbol];
  if (!existsSync(folder)) return null;
  const store = BarStore.open(folder);
  const series = store
    .list()
    .filter((each) => names.includes(each.symbol) && each.timeframe.name === name)
    .sort((a, b) => names.indexOf(a.symbol) - names.indexOf(b.symbol))
    .at(0);
  if (series === undefined) return null;
  const { timeframe, lastOpenMs } = series;
  const endMs = Math.min(toMs, lastOpenMs + timeframe.lengthMs);
  const columns = store.read(
    series.symbol,
    timeframe,
    Math.max(fromMs, endMs - BARS_READ_MAX * timeframe.lengthMs),
    endMs,
  );
  return historicalBars(columns);
}

function historicalBars(columns: CandleColumns): HistoricalBars {
  const { timeframe, openTimesMs, opens, highs, lows, closes, volumes } = columns;
  const bars: HistoricalBar[] = [];
  const gaps: { gap: [number, number] }[] = [];
  for (const [at, openMs] of openTimesMs.entries()) {
    const expectedMs = at === 0 ? openMs : openTimesMs[at - 1] + timeframe.lengthMs;
    if (openMs > expectedMs) gaps.push({ gap: [expectedMs, openMs] });
    bars.push({
      openMs,
      open: String(opens[at]),
      high: String(highs[at]),
      low: String(lows[at]),
      close: String(closes[at]),
      volume: String(volumes[at]),
    });
  }
  return { bars, gaps };
}

/** The newest report of a symbol; null = none was written. */
function newestReport(folder: string, { venue, symbol }: Instrument, form: 'json' | 'html'): string | null {
  const own = join(folder, `${encodeURIComponent(venue)}-${encodeURIComponent(symbol)}`);
  try {
    const newest = readdirSync(own)
      .filter((file) => file.endsWith(`.${form}`))
      .sort()
      .at(-1);
    return newest === undefined ? null : readFileSync(join(own, newest), 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

/** What a context says; a sentence when it is none. A context comes from a client: anything may be in it. */
async function outputOfContext(
  given: unknown,
  { priceDecimals, tickUnits }: Instrument,
): Promise<object | string> {
  const { outputOf } = await import('../../analysis/symbol/output.ts');
  try {
    return outputOf(given as Parameters<typeof outputOf>[0], tickUnits / 10 ** priceDecimals);
  } catch (error) {
    return `this is no whole context: ${(error as Error).message}`;
  }
}

/** null = no symbol has enough hours. */
async function portfolioOfFacts(facts: PortfolioFacts): Promise<object | null> {
  const { portfolioOf } = await import('../analysis/portfolio-facts.ts');
  const { portfolioReport } = await import('../../analysis/portfolio/portfolio-report.ts');
  const { series, positions } = portfolioOf(facts);
  return series.length === 0 ? null : { ...portfolioReport(series, positions), anomalies: facts.anomalies };
}
