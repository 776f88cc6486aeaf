import { EXIT } from '../exit-codes.ts';
import { printJson, printText } from '../output.ts';
import type { Verb, VerbCall } from '../verb.ts';

/** `shrike strategy list|show`. */
export const STRATEGY_VERB: Verb = {
  verbs: [
    {
      name: 'list',
      text: 'the shipped strategies, a line each',
      json: 'one JSON object',
      examples: ['shrike strategy list', 'shrike strategy list --json'],
      run: list,
    },
    {
      name: 'show',
      text: 'what a strategy does, and its parameters',
      operands: [{ name: '<name>', text: 'a shipped strategy by name, or the path of a module' }],
      json: 'one JSON object, with the JSON Schema of its parameters',
      examples: ['shrike strategy show momentum', 'shrike strategy show ./breakout.ts --json'],
      run: show,
    },
  ],
};

async function list({ isJson }: VerbCall): Promise<number> {
  const { describeShipped } = await import('../../strategy/strategy-page.ts');
  const { columns } = await import('../text-table.ts');
  const strategies = await describeShipped();
  if (isJson) {
    const short = strategies.map(({ name, version, text }) => ({ name, version, text }));
    printJson({ schema: 'shrike.strategies/1', strategies: short });
  } else printText(columns(strategies.map(({ name, version, text }) => [name, version, text])));
  return EXIT.ok;
}

async function show({ operands, isJson }: VerbCall): Promise<number> {
  const { describeStrategy, strategyPage } = await import('../../strategy/strategy-page.ts');
  const description = await describeStrategy(String(operands[0]));
  if (!isJson) {
    printText(strategyPage(description));
    return EXIT.ok;
  }
  const { parameterJsonSchema } = await import('../../strategy/parameter-schema.ts');
  const { parameters, ...rest } = description;
  printJson({ schema: 'shrike.strategy/1', ...rest, parameters: parameterJsonSchema(parameters) });
  return EXIT.ok;
}
