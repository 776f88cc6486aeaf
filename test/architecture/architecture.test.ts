import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import {
  cycleViolations,
  deadFileViolations,
  importViolations,
  MODEL_FILES,
  resolveReference,
  type SourceFile,
  type Violation,
} from './import-rules.ts';
import { scanSource } from './source-scan.ts';
import {
  bannedViolations,
  machineViolations,
  manifestViolations,
  shapeViolations,
  withoutEscaped,
} from './text-rules.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const FOLDERS = ['engine', 'adapters', 'strategies', 'bench', '.ci', 'test'];
const TEXT = /\.(?:ts|json|jsonc|toml|md|yml|yaml|html|css|js|sh|service|npmrc)$|(?:^|[/\\])run$/;

/** What starts something: commands, the public API, what users load by name, benches, tools. */
const ROOTS = ['engine/app/main.ts', 'engine/strategy/port.ts', 'engine/messages/generate.ts'];

/** The ratchet: files over the limit, with the length they must not pass. It may only shrink. */
const GROWN: Readonly<Record<string, number>> = {
  'test/adapters/binance-spot/binance-spot-decoder.test.ts': 513,
};

function walk(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(ROOT, join(entry.parentPath, entry.name)).split(sep).join('/'))
    .filter((path) => !/(?:^|\/)(?:node_modules|dist|\.gen-[^/]*)\//.test(path));
}

const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');
const file = (path: string, source: string): SourceFile => ({ path, scan: scanSource(source) });
const files = FOLDERS.flatMap(walk)
  .filter((path) => path.endsWith('.ts'))
  .map((path) => file(path, read(path)));
const shown = (violations: readonly Violation[]): string[] =>
  violations.map(({ rule, path, line, message }) => `${path}:${line}: ${rule}: ${message}`);

describe('the project keeps its rules', () => {
  test('finds the sources at all', () => {
    expect(files.length).toBeGreaterThan(50);
    expect(files.map(({ path }) => path)).toContain('engine/app/main.ts');
  });

  test('every relative reference leads to a file', () => {
    const known = new Set(files.map(({ path }) => path));
    const lost = files.flatMap(({ path, scan }) =>
      scan.references
        .filter((reference) => reference.kind !== 'url' && reference.specifier.startsWith('.'))
        .filter((reference) => reference.specifier.endsWith('.ts'))
        .filter((reference) => resolveReference(path, reference, known) === null)
        .map((reference) => `${path}:${reference.line}: ${reference.specifier}`),
    );
    expect(lost).toEqual([]);
  });

  test('each folder imports only what the design lets it', () => {
    expect(shown(withoutEscaped(importViolations(files), files))).toEqual([]);
  });

  test('nothing imports itself through others', () => {
    expect(shown(cycleViolations(files))).toEqual([]);
  });

  test('every product file is reached from a command, a thread, a shipped strategy or a bench', () => {
    const started = files.map(({ path }) => path).filter((path) => /^(?:strategies|bench|\.ci)\//.test(path));
    expect(shown(deadFileViolations(files, [...ROOTS, ...started]))).toEqual([]);
  });

  test('the list of model files names files that exist', () => {
    const known = new Set(files.map(({ path }) => path));
    expect([...MODEL_FILES].filter((path) => !known.has(path))).toEqual([]);
  });

  test('no file reads time, makes randomness, prints or spawns where it must not', () => {
    expect(shown(withoutEscaped(bannedViolations(files), files))).toEqual([]);
  });

  test('files keep to their length, names to kebab-case, lines to their width', () => {
    expect(shown(withoutEscaped(shapeViolations(files, GROWN), files))).toEqual([]);
  });

  test('no file names a folder of one machine or a package registry', () => {
    const top = readdirSync(ROOT, { withFileTypes: true }).filter((entry) => entry.isFile());
    const paths = [...FOLDERS, '.ci'].flatMap(walk).concat(top.map((entry) => entry.name));
    const found = paths
      .filter((path) => TEXT.test(path))
      .flatMap((path) => machineViolations(path, read(path)));
    expect(shown(found)).toEqual([]);
  });

  test('the manifest pins exact versions and has the scripts people call', () => {
    expect(shown(manifestViolations(JSON.parse(read('package.json')) as object))).toEqual([]);
  });
});

describe('each rule catches a bad sample', () => {
  const importProblem = (path: string, source: string, ...others: string[]): string[] => {
    const sample = [file(path, source), ...others.map((other) => file(other, ''))];
    return shown(withoutEscaped(importViolations(sample), sample));
  };
  const banned = (path: string, source: string): string[] => {
    const sample = [file(path, source)];
    return withoutEscaped(bannedViolations(sample), sample).map(({ rule }) => rule);
  };

  test.each([
    ['core imports ipc', 'engine/core/a.ts', "import { x } from '../ipc/b.ts';", 'engine/ipc/b.ts'],
    [
      'an address leaves the native room',
      'engine/app/a.ts',
      "import { loadLibc } from '../native/libc.ts';",
      'engine/native/libc.ts',
    ],
    ['core imports a package', 'engine/core/a.ts', "import { z } from 'zod';", 'engine/core/b.ts'],
    ['ipc imports runtime', 'engine/ipc/a.ts', "import { x } from '../runtime/b.ts';", 'engine/runtime/b.ts'],
    [
      'messages imports runtime',
      'engine/messages/a.ts',
      "export * from '../runtime/b.ts';",
      'engine/runtime/b.ts',
    ],
    ['runtime imports a stage', 'engine/runtime/a.ts', "import '../book/b.ts';", 'engine/book/b.ts'],
    [
      'a stage imports another actor',
      'engine/book/a.ts',
      "import type { X } from '../risk/risk-actor.ts';",
      'engine/risk/risk-actor.ts',
    ],
    [
      'a stage imports the runner',
      'engine/book/a.ts',
      "import { x } from '../runtime/runner.ts';",
      'engine/runtime/runner.ts',
    ],
    [
      'a stage imports app',
      'engine/risk/a.ts',
      "import { x } from '../app/config/config.ts';",
      'engine/app/config/config.ts',
    ],
    [
      'a stage imports an adapter',
      'engine/risk/a.ts',
      "const m = await import('../../adapters/sim/b.ts');",
      'adapters/sim/b.ts',
    ],
    [
      'an adapter imports an actor',
      'adapters/sim/a.ts',
      "import { x } from '../../engine/book/b.ts';",
      'engine/book/b.ts',
    ],
    [
      'an adapter imports another venue',
      'adapters/sim/a.ts',
      "import { x } from '../other/b.ts';",
      'adapters/other/b.ts',
    ],
    [
      'the venue kit imports a venue',
      'adapters/venue-kit/book/a.ts',
      "import { x } from '../../sim/b.ts';",
      'adapters/sim/b.ts',
    ],
    [
      'a venue imports the kit of another house',
      'adapters/bybit/a.ts',
      "import { x } from '../binance-kit/b.ts';",
      'adapters/binance-kit/b.ts',
    ],
    [
      'the kit of a house imports one of its venues',
      'adapters/binance-kit/a.ts',
      "import { x } from '../binance-spot/b.ts';",
      'adapters/binance-spot/b.ts',
    ],
    [
      'the venue kit imports the kit of a house',
      'adapters/venue-kit/book/a.ts',
      "import { x } from '../../binance-kit/b.ts';",
      'adapters/binance-kit/b.ts',
    ],
    [
      'sockets import the venue kit',
      'adapters/net/a.ts',
      "import { x } from '../venue-kit/scan/b.ts';",
      'adapters/venue-kit/scan/b.ts',
    ],
    [
      'a strategy imports the engine',
      'strategies/a.ts',
      "import { x } from '../engine/risk/b.ts';",
      'engine/risk/b.ts',
    ],
    ['a strategy imports a package', 'strategies/a.ts', "import { x } from 'node:fs';", 'strategies/b.ts'],
    [
      'a thread entry of another layer',
      'engine/book/a.ts',
      "new URL('../app/b.ts', import.meta.url);",
      'engine/app/b.ts',
    ],
    ['an import without ending', 'engine/book/a.ts', "import { x } from './b';", 'engine/book/b.ts'],
    ['several lines', 'engine/core/a.ts', "import {\n  x,\n  y,\n} from '../ipc/b.ts';", 'engine/ipc/b.ts'],
  ])('%s', (_name, path, source, other) => {
    expect(importProblem(path, source, other)).toHaveLength(1);
  });

  test.each([
    [
      'a stage imports a model',
      'engine/risk/a.ts',
      "import { x } from '../book/l2-book.ts';",
      'engine/book/l2-book.ts',
    ],
    [
      'a stage imports the contract',
      'engine/risk/a.ts',
      "import { x } from '../runtime/actor.ts';",
      'engine/runtime/actor.ts',
    ],
    [
      'an adapter imports a port',
      'adapters/sim/a.ts',
      "import { x } from '../../engine/execution/venue-port.ts';",
      'engine/execution/venue-port.ts',
    ],
    [
      'a venue imports the venue kit',
      'adapters/sim/a.ts',
      "import { x } from '../venue-kit/scan/b.ts';",
      'adapters/venue-kit/scan/b.ts',
    ],
    [
      'a strategy imports its port',
      'strategies/a.ts',
      "import { SIDE } from 'shrike/strategy';",
      'engine/strategy/port.ts',
    ],
    ['a commented import', 'engine/core/a.ts', "// import { x } from '../ipc/b.ts';", 'engine/ipc/b.ts'],
    [
      'an import inside a string',
      'engine/core/a.ts',
      "const s = `\nimport { x } from '../ipc/b.ts';`;",
      'engine/ipc/b.ts',
    ],
    [
      'an escape with a reason',
      'engine/core/a.ts',
      "import { x } from '../ipc/b.ts'; // arch-ok: a sample",
      'engine/ipc/b.ts',
    ],
  ])('and lets pass: %s', (_name, path, source, other) => {
    expect(importProblem(path, source, other)).toEqual([]);
  });

  test('an escape without a reason does not count', () => {
    const source = "import { x } from '../ipc/b.ts'; // arch-ok:";
    expect(importProblem('engine/core/a.ts', source, 'engine/ipc/b.ts')).toHaveLength(1);
  });

  test('a cycle, also one of types', () => {
    const sample = [
      file('engine/book/a.ts', "import type { B } from './b.ts';"),
      file('engine/book/b.ts', "import { c } from './c.ts';"),
      file('engine/book/c.ts', "import { a } from './a.ts';"),
    ];
    expect(cycleViolations(sample).map(({ message }) => message)).toEqual([
      'engine/book/a.ts -> engine/book/b.ts -> engine/book/c.ts -> engine/book/a.ts',
    ]);
  });

  test('a dead file, while thread entries are alive', () => {
    const sample = [
      file('engine/app/main.ts', "new Worker(new URL('../runtime/host.ts', import.meta.url));"),
      file(
        'engine/runtime/host.ts',
        "siblingModule('./third', import.meta.url); new URL(`./fourth.${end}`, import.meta.url);",
      ),
      file('engine/runtime/third.ts', ''),
      file('engine/runtime/fourth.ts', ''),
      file('engine/runtime/dead.ts', ''),
    ];
    const dead = deadFileViolations(sample, ['engine/app/main.ts']);
    expect(dead.map(({ path }) => path)).toEqual(['engine/runtime/dead.ts']);
  });

  test.each([
    ['clock', 'engine/risk/a.ts', 'const t = Date.now();'],
    ['clock', 'engine/app/a.ts', 'const t = performance.now();'],
    ['clock', 'engine/runtime/a.ts', 'const t = process.hrtime.bigint();'],
    ['randomness', 'adapters/sim/a.ts', 'const r = Math.random();'],
    ['timers', 'engine/book/a.ts', 'setTimeout(f, 1);'],
    ['timers', 'strategies/a.ts', 'setInterval(f, 1);'],
    ['threads', 'engine/api/a.ts', 'new Worker(url);'],
    ['console', 'engine/app/a.ts', 'console.log(1);'],
    ['console', 'engine/app/a.ts', 'const s = `a ${console.log(1)} b`;'],
    ['hot path', 'engine/book/a.ts', '// hot path: no allocation\nconst v = JSON.parse(text);'],
    ['hot path', 'engine/book/a.ts', '// hot path: no allocation\nconst v = 10n;'],
    ['enum', 'test/a.test.ts', 'enum Side { buy }'],
    ['default export', '.ci/a.ts', 'export default 1;'],
    ['left-over', 'test/a.test.ts', "test.only('x', () => {});"],
  ])('%s in %s', (rule, path, source) => {
    expect(banned(path, source)).toEqual([rule]);
  });

  test.each([
    ['a comment', 'engine/risk/a.ts', '// Date.now() would be wrong here'],
    ['a string', 'engine/risk/a.ts', "const s = 'Date.now()';"],
    ['a regular expression', 'engine/risk/a.ts', 'const r = /console.log/;'],
    ['the clock itself', 'engine/core/clock.ts', 'const t = performance.now();'],
    ['a timer of an adapter', 'adapters/net/a.ts', 'setTimeout(f, 1);'],
    ['JSON off the hot path', 'engine/api/a.ts', 'JSON.stringify(v);'],
    [
      'an escape on the line before',
      'engine/risk/a.ts',
      '// arch-ok: shows the escape\nconst t = Date.now();',
    ],
  ])('and lets pass: %s', (_name, path, source) => {
    expect(banned(path, source)).toEqual([]);
  });

  test('a file that is too long, one that has shrunk below the ratchet, a bad name, a wide line', () => {
    const long = file('engine/book/long.ts', 'x\n'.repeat(601));
    expect(shapeViolations([long], {})).toHaveLength(1);
    expect(shapeViolations([long], { 'engine/book/long.ts': 602 })).toEqual([]);
    expect(shapeViolations([long], { 'engine/book/long.ts': 601 })).toHaveLength(1);
    expect(
      shapeViolations([file('engine/book/short.ts', 'x')], { 'engine/book/short.ts': 700 }),
    ).toHaveLength(1);
    expect(shapeViolations([file('engine/book/BadName.ts', 'x')], {})).toHaveLength(1);
    expect(shapeViolations([file('engine/book/wide.ts', 'x'.repeat(141))], {})).toHaveLength(1);
  });

  test('a machine folder and a registry host', () => {
    expect(machineViolations('a.md', `see ${['', 'home', 'ann', 'x'].join('/')}`)).toHaveLength(1);
    expect(machineViolations('a.md', `see ${['', 'tmp', 'x'].join('/')}`)).toHaveLength(1);
    expect(
      machineViolations('a.md', `from https://${['registry', 'npmjs', 'org'].join('.')}/ws`),
    ).toHaveLength(1);
    expect(machineViolations('a.ts', 'this.registry.metrics(); registry.contentType')).toEqual([]);
    expect(machineViolations('a.md', 'see ../shared/work/notes and ./tmp/x')).toEqual([]);
  });

  test('a loose version, an old Node, a missing script', () => {
    const scripts = { start: '', shrike: '', test: '', check: '', build: '' };
    const engines = { node: '>=24' };
    expect(manifestViolations({ engines, scripts, dependencies: { ws: '8.23.0' } })).toEqual([]);
    expect(manifestViolations({ engines, scripts, dependencies: { ws: '^8.23.0' } })).toHaveLength(1);
    expect(manifestViolations({ engines: { node: '>=20' }, scripts })).toHaveLength(1);
    expect(manifestViolations({ engines, scripts: { ...scripts, check: undefined } as never })).toHaveLength(
      1,
    );
  });
});

describe('the linter catches what text cannot', () => {
  const folder = mkdtempSync(join(tmpdir(), 'shrike-lint-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const lint = (source: string): string => {
    writeFileSync(join(folder, 'sample.ts'), source);
    const oxlint = join(ROOT, 'node_modules', 'oxlint', 'bin', 'oxlint');
    const config = join(ROOT, '.oxlintrc.json');
    const result = spawnSync(
      process.execPath,
      [oxlint, '-c', config, '--type-aware', '--deny-warnings', '--format=unix', '--no-ignore', folder],
      { encoding: 'utf8', cwd: ROOT },
    );
    return result.status === 0 ? '' : result.stdout;
  };

  test.each([
    [
      'a floating promise',
      'async function f(): Promise<void> {}\nexport function g(): void {\n  f();\n}\n',
      'no-floating-promises',
    ],
    ['any', 'export const x: any = 1;\n', 'no-explicit-any'],
    ['a loose comparison', 'export const x = (a: number, b: number): boolean => a == b;\n', 'eqeqeq'],
    [
      'a function of more than 70 lines',
      `export function f(a: number): number {\n${'  a += 1;\n'.repeat(71)}  return a;\n}\n`,
      'max-lines-per-function',
    ],
  ])('%s', (_name, source, rule) => {
    expect(lint(source)).toContain(rule);
  });

  test('and lets good code pass', () => {
    expect(lint('export function f(a: number): number {\n  return a + 1;\n}\n')).toBe('');
  });
});
