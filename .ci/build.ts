/**
 * Builds dist/, a complete package: JavaScript, declarations, assets and a package.json of its own whose exports
 * point at them (`npm pack ./dist`). The repository's package.json points at the .ts files, so development needs
 * no build and nothing is rewritten in place. `--out DIR` builds elsewhere.
 */
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const SOURCE_FOLDERS = ['engine', 'adapters', 'strategies'];
/** Worker and module addresses: the compiler rewrites import specifiers, not these. */
const MODULE_URL = /(new URL\(\s*(['"`])\.{1,2}\/[^'"`]+)\.ts(\2,\s*import\.meta\.url)/g;

function build(outDir: string): void {
  rmSync(outDir, { recursive: true, force: true });
  const tsc = join(ROOT, 'node_modules', '.bin', process.platform === 'win32' ? 'tsc.cmd' : 'tsc');
  const compiled = spawnSync(tsc, ['-p', 'tsconfig.build.json', '--outDir', outDir], {
    cwd: ROOT,
    stdio: 'inherit',
    shell: process.platform === 'win32',
  });
  if (compiled.status !== 0)
    throw new Error(`tsc failed with ${compiled.status ?? compiled.signal ?? 'no status'}`);
  for (const file of filesIn(outDir)) {
    if (!file.endsWith('.js')) continue;
    const text = readFileSync(file, 'utf8');
    const rewritten = text.replaceAll(MODULE_URL, '$1.js$3');
    if (rewritten !== text) writeFileSync(file, rewritten);
  }
  for (const folder of SOURCE_FOLDERS) {
    for (const file of filesIn(join(ROOT, folder))) {
      if (!file.endsWith('.ts') && !file.endsWith('.md')) copy(file, join(outDir, relative(ROOT, file)));
    }
  }
  for (const name of ['LICENSE', 'README.md'].filter((file) => existsSync(join(ROOT, file))))
    copy(join(ROOT, name), join(outDir, name));
  writeFileSync(join(outDir, 'package.json'), `${JSON.stringify(packageManifest(), null, 2)}\n`);
}

/** The manifest of the published package. It brings no Node: its user's own runs it. */
function packageManifest(): object {
  const source = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as Record<string, unknown>;
  const { name, version, description, license, type, engines, dependencies } = source;
  return {
    name,
    version,
    description,
    license,
    type,
    engines,
    bin: { shrike: './engine/app/main.js' },
    exports: { './strategy': { types: './engine/strategy/port.d.ts', default: './engine/strategy/port.js' } },
    dependencies,
  };
}

function filesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

function copy(from: string, to: string): void {
  mkdirSync(dirname(to), { recursive: true });
  cpSync(from, to, { force: true });
}

const { values } = parseArgs({ options: { out: { type: 'string', default: 'dist' } } });
build(resolve(ROOT, values.out));
