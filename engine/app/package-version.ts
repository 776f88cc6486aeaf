import { readFileSync } from 'node:fs';

/** The version in the package's own package.json, two folders up in the repository, three in dist. */
export function packageVersion(): string {
  for (const up of ['../../package.json', '../../../package.json']) {
    try {
      const manifest = JSON.parse(readFileSync(new URL(up, import.meta.url), 'utf8')) as {
        name?: string;
        version?: string;
      };
      if (manifest.name === 'shrike' && manifest.version !== undefined) return manifest.version;
    } catch {
      // Not at this depth.
    }
  }
  return 'unknown';
}
