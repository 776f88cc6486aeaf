import { EXIT } from '../exit-codes.ts';
import { printJson, printText } from '../output.ts';
import type { Verb, VerbCall } from '../verb.ts';

interface NewOptions {
  readonly dir?: string;
}

/** `shrike strategy list|show|new`. */
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
    {
      name: 'new',
      text: 'write a strategy that works and its test, to begin with',
      operands: [{ name: '<name>', text: 'what it is called: small letters, digits and "-"' }],
      options: [
        { flags: '--dir <folder>', text: 'where the files go; made when missing; default: this folder' },
      ],
      json: 'one JSON object with the paths of the files',
      note: 'Nothing is overwritten. The test runs with "node --test" in a project that has shrike installed.',
      examples: ['shrike strategy new my-breakout', 'shrike strategy new my-breakout --dir bots'],
      run: scaffold,
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

async function scaffold({ operands, options, isJson }: VerbCall<NewOptions>): Promise<number> {
  const { scaffoldStrategy } = await import('../../strategy/scaffold.ts');
  const { scaffoldText } = await import('../../strategy/scaffold-text.ts');
  const written = scaffoldStrategy(String(operands[0]), options.dir ?? '.');
  if (isJson) printJson({ schema: 'shrike.strategy-new/1', ...written });
  else printText(scaffoldText(written.strategyFile, written.testFile));
  return EXIT.ok;
}
