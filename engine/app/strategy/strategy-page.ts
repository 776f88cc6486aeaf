import { columns } from '../cli/text-table.ts';
import { rangeText } from '../../strategy/parameters.ts';
import { CliError } from '../cli/cli-error.ts';
import { EXIT } from '../cli/exit-codes.ts';
import { prepareStrategy } from './strategy-check.ts';
import type { StrategyDescription } from './strategy-factory.ts';
import { shippedStrategies } from './strategy-path.ts';

/** What a strategy says of itself, loaded in a thread of its own. Throws CliError for one that cannot be loaded. */
export async function describeStrategy(name: string): Promise<StrategyDescription> {
  const { probe, url } = await prepareStrategy({
    key: 'strategy',
    name,
    params: {},
    respectBias: false,
    actor: '',
  });
  await probe.close();
  if (probe.description !== null) return probe.description;
  throw new CliError(
    'STRATEGY_UNDESCRIBED',
    `${url} exports createStrategy alone and so does not say what parameters it takes; one that exports "strategy" does`,
    EXIT.config,
  );
}

/** Every shipped strategy, with what it says of itself. */
export async function describeShipped(): Promise<StrategyDescription[]> {
  return Promise.all(shippedStrategies().map((name) => describeStrategy(name)));
}

/** A strategy's page for people: what it does, and its parameters with default, range and unit. */
export function strategyPage({ name, version, text, parameters }: StrategyDescription): string {
  const rows = Object.entries(parameters).map(([key, decl]) => [
    key,
    String(decl.default),
    rangeText(decl),
    decl.text,
  ]);
  const head = `${name} ${version}: ${text}`;
  if (rows.length === 0) return `${head}\n\nIt has no parameters.`;
  return `${head}\n\n${columns([['PARAMETER', 'DEFAULT', 'TAKES', 'MEANING'], ...rows])}`;
}
