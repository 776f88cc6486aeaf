import { readFileSync } from 'node:fs';
import { EXIT } from './exit-codes.ts';
import { printJson, printText } from './output.ts';

/** `shrike version`. Returns the exit code. */
export function versionVerb(options: { json?: boolean }): number {
  const version = packageVersion();
  if (options.json === true) {
    const { node, v8 } = process.versions;
    const { platform, arch } = process;
    printJson({ schema: 'shrike.version/1', version, node, v8, platform, arch });
  } else {
    printText(`shrike ${version} (Node ${process.versions.node}, ${process.platform}-${process.arch})`);
  }
  return EXIT.ok;
}

/** The version in the package's own package.json, three folders up in the repository, four in dist. */
function packageVersion(): string {
  for (const up of ['../../../package.json', '../../../../package.json']) {
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
