import type { PortfolioFacts } from '../../analysis/portfolio-facts.ts';
import { askEngine, tellFailure, WHICH_ENGINE, type WhichEngine } from '../ask-engine.ts';
import { EXIT } from '../exit-codes.ts';
import { printJson, printText } from '../output.ts';
import type { Verb, VerbCall } from '../verb.ts';

interface PortfolioOptions extends WhichEngine {
  readonly data?: readonly string[];
  readonly position?: readonly string[];
}

/** `shrike portfolio`, of a running engine or, with `--data`, of files. */
export const PORTFOLIO_VERB: Verb = {
  readsConfig: true,
  options: [
    {
      flags: '--data <files...>',
      text: 'CSV, also .gz, of hours or shorter, instead of a running engine; names begin with the symbol, one file each',
    },
    {
      flags: '--position <symbol=quantity...>',
      text: 'what is held, in base units; negative = short; of a running engine, default: its own',
    },
    ...WHICH_ENGINE,
  ],
  json: 'one JSON object, schema shrike.portfolio/1',
  note: `Correlations and beta: hourly returns of the last 168 hours, at least 100 in common. Losses: those of one hour, had the
positions been held over the last 30 days. Of a running engine also what was more than four deviations from its last 24 hours.`,
  examples: [
    'shrike portfolio',
    'shrike portfolio --data btcusdt-1h.csv.gz ethusdt-1h.csv.gz',
    'shrike portfolio --data btcusdt-1h.csv ethusdt-1h.csv --position BTCUSDT=0.5 ETHUSDT=-4 --json',
  ],
  run,
};

async function run(call: VerbCall<PortfolioOptions>): Promise<number> {
  if (call.options.data === undefined) return ofEngine(call);
  const { readPortfolio, positionsOf } = await import('../../analysis/portfolio-files.ts');
  const { portfolioReport } = await import('../../../analysis/portfolio/portfolio-report.ts');
  const series = await readPortfolio(call.options.data);
  const report = portfolioReport(series, positionsOf(call.options.position ?? [], series));
  if (call.isJson) printJson(report);
  else printText((await import('../../analysis/portfolio-text.ts')).portfolioText(report));
  return EXIT.ok;
}

async function ofEngine(call: VerbCall<PortfolioOptions>): Promise<number> {
  const answer = await askEngine(call, { op: 'query', what: 'portfolio' });
  if (!('data' in answer)) return tellFailure(answer, call.isJson);
  const { portfolioOf } = await import('../../analysis/portfolio-facts.ts');
  const { positionsOf } = await import('../../analysis/portfolio-files.ts');
  const { portfolioReport } = await import('../../../analysis/portfolio/portfolio-report.ts');
  const facts = answer.data as PortfolioFacts;
  const { series, positions } = portfolioOf(facts);
  if (series.length === 0) {
    const { CliError } = await import('../cli-error.ts');
    const text = 'the engine knows no closed hours yet, or runs without analysis';
    throw new CliError('NO_HOURS', text, EXIT.failure);
  }
  for (const [symbol, quantity] of positionsOf(call.options.position ?? [], series))
    positions.set(symbol, quantity);
  const report = portfolioReport(series, positions);
  if (call.isJson) printJson({ ...report, anomalies: facts.anomalies });
  else {
    const { anomaliesText, portfolioText } = await import('../../analysis/portfolio-text.ts');
    printText(`${portfolioText(report)}\n\n${anomaliesText(facts.anomalies)}`);
  }
  return EXIT.ok;
}
