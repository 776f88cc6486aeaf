import { readFileSync } from 'node:fs';
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

/** The version in the package's own package.json, four folders up in the repository, five in dist. */
function packageVersion(): string {
  for (const up of ['../../../../package.json', '../../../../../package.json']) {
    try {
      const manifest = JSON.parse(readFileSync(new URL(up, import.meta.url), 'utf8')) as {
        name?: string;
        version?: string;
      };
      if (manifest.name === 'shrike' && manifest.version !== undefined) return manifest.version;
    } catch {
      // Not there: the other place is tried.
    }
  }
  return 'unknown';
}
