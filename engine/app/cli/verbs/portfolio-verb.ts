import { EXIT } from '../exit-codes.ts';
import { printJson, printText } from '../output.ts';
import type { Verb, VerbCall } from '../verb.ts';

interface PortfolioOptions {
  readonly data?: readonly string[];
  readonly position?: readonly string[];
}

/** `shrike portfolio --data FILES`. */
export const PORTFOLIO_VERB: Verb = {
  options: [
    {
      flags: '--data <files...>',
      text: 'CSV, also .gz, of hours or shorter; names begin with the symbol, one file each',
    },
    { flags: '--position <symbol=quantity...>', text: 'what is held, in base units; negative = short' },
  ],
  json: 'one JSON object, schema shrike.portfolio/1',
  note: `Correlations and beta: hourly returns of the last 168 hours, at least 100 in common. Losses: those of one hour, had the
positions been held over the last 30 days.`,
  examples: [
    'shrike portfolio --data btcusdt-1h.csv.gz ethusdt-1h.csv.gz',
    'shrike portfolio --data btcusdt-1h.csv ethusdt-1h.csv --position BTCUSDT=0.5 ETHUSDT=-4 --json',
  ],
  run,
};

async function run({ options, isJson }: VerbCall<PortfolioOptions>): Promise<number> {
  const { CliError } = await import('../cli-error.ts');
  if (options.data === undefined) throw new CliError('USAGE', 'portfolio needs --data FILE...', EXIT.usage);
  const { readPortfolio, positionsOf } = await import('../../analysis/portfolio-files.ts');
  const { portfolioReport } = await import('../../../analysis/portfolio/portfolio-report.ts');
  const series = await readPortfolio(options.data);
  const report = portfolioReport(series, positionsOf(options.position ?? [], series));
  if (isJson) printJson(report);
  else printText((await import('../../analysis/portfolio-text.ts')).portfolioText(report));
  return EXIT.ok;
}
