import { EXIT } from '../exit-codes.ts';
import { printJson } from '../output.ts';
import type { Verb, VerbCall } from '../verb.ts';

/** `shrike compile`. */
export const COMPILE_VERB: Verb = {
  json: 'one JSON object: whether there was anything to do',
  note: 'Code is kept where NODE_COMPILE_CACHE says; npm start names a folder and does this before each run.',
  examples: ['NODE_COMPILE_CACHE=/var/cache/shrike shrike compile'],
  run,
};

async function run({ isJson }: VerbCall): Promise<number> {
  const { compileAhead } = await import('../../run/compile-ahead.ts');
  const compiled = await compileAhead();
  if (isJson) printJson({ schema: 'shrike.compile/1', compiled });
  return EXIT.ok;
}
