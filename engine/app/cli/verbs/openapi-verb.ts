import { EXIT } from '../exit-codes.ts';
import { printJson } from '../output.ts';
import type { Verb } from '../verb.ts';

/** `shrike openapi`. */
export const OPENAPI_VERB: Verb = {
  json: 'the same',
  examples: ['shrike openapi > openapi.json'],
  run,
};

async function run(): Promise<number> {
  const { openApiDocument } = await import('../../../api/http/openapi-document.ts');
  const { ALL_ROUTES } = await import('../../../api/routes/all-routes.ts');
  const { packageVersion } = await import('../../package-version.ts');
  printJson(await openApiDocument(ALL_ROUTES, packageVersion()));
  return EXIT.ok;
}
