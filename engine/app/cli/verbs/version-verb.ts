import { packageVersion } from '../../package-version.ts';
import { EXIT } from '../exit-codes.ts';
import { printJson, printText } from '../output.ts';
import type { Verb, VerbCall } from '../verb.ts';

/** `shrike version`. */
export const VERSION_VERB: Verb = {
  json: 'one JSON object',
  examples: ['shrike version --json'],
  run,
};

function run({ isJson }: VerbCall): number {
  const version = packageVersion();
  const { platform, arch } = process;
  const { node, v8 } = process.versions;
  if (isJson) printJson({ schema: 'shrike.version/1', version, node, v8, platform, arch });
  else printText(`shrike ${version} (Node ${node}, ${platform}-${arch})`);
  return EXIT.ok;
}
