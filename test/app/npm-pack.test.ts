/** What `npm pack` makes, installed in a project of its own: only what a user needs, and it trades. */
import { spawnSync } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'shrike-pack-'));
const project = join(folder, 'project');
const installed = join(project, 'node_modules', 'shrike');

interface Ran {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function run(command: string, args: readonly string[], cwd: string): Ran {
  return spawnSync(command, args, {
    cwd,
    encoding: 'utf8',
    env: { PATH: process.env['PATH'], HOME: folder },
  });
}

function mustRun(command: string, args: readonly string[], cwd: string): Ran {
  const ran = run(command, args, cwd);
  if (ran.status !== 0) throw new Error(`${command} ${args.join(' ')}: ${ran.stdout}${ran.stderr}`);
  return ran;
}

beforeAll(() => {
  mustRun(process.execPath, [join(ROOT, '.ci', 'build.ts')], ROOT);
  // The build has run with this Node; as a script of npm it would run with the one on the path.
  const pack = ['pack', ROOT, '--pack-destination', folder, '--json', '--offline', '--ignore-scripts'];
  const [{ filename }] = JSON.parse(mustRun('npm', pack, folder).stdout) as { filename: string }[];
  mkdirSync(installed, { recursive: true });
  mustRun('tar', ['-xzf', join(folder, filename), '-C', installed, '--strip-components=1'], folder);
  // No network in a test: the dependencies are the ones that are here.
  symlinkSync(join(ROOT, 'node_modules'), join(installed, 'node_modules'), 'junction');
  writeFileSync(join(project, 'package.json'), '{ "name": "my-bot" }\n');
}, 120_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('the package that npm pack makes', () => {
  test('holds the build and what people read, no sources, tests or benchmarks', () => {
    const files = readdirSync(installed, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(installed.length + 1))
      .filter((file) => !file.startsWith('node_modules'));
    const top = [...new Set(files.map((file) => file.split('/')[0]))].sort();
    expect(top).toEqual(['CHANGELOG.md', 'LICENSE', 'README.md', 'dist', 'package.json']);
    const rooms = [
      ...new Set(files.filter((file) => file.startsWith('dist/')).map((file) => file.split('/')[1])),
    ];
    expect(rooms.sort()).toEqual(['adapters', 'engine', 'package.json', 'strategies']);
    expect(
      files.filter((file) => /(?<!\.d)\.ts$|\.test\.|\.md$/.test(file) && file.startsWith('dist/')),
    ).toEqual([]);
  });

  test('trades with a TypeScript strategy of the project, which finds its types', () => {
    const strategy = [
      "import { ORDER_TYPE, SIDE, TIME_IN_FORCE } from 'shrike/strategy';",
      "import type { BookView, Strategy, StrategyContext } from 'shrike/strategy';",
      'class Once implements Strategy {',
      '  private isDone = false;',
      '  onBook(context: StrategyContext, book: BookView): void {',
      '    if (this.isDone || book.instrumentIndex !== 0) return;',
      '    this.isDone = context.submit(0, SIDE.buy, ORDER_TYPE.limit, TIME_IN_FORCE.ioc, book.askTicks, 100) > 0;',
      '  }',
      '}',
      'export function createStrategy(): Strategy {',
      '  return new Once();',
      '}',
      '',
    ].join('\n');
    writeFileSync(join(project, 'once.ts'), strategy);
    const compilerOptions = { module: 'nodenext', target: 'esnext', strict: true, noEmit: true, types: [] };
    writeFileSync(join(project, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['once.ts'] }));
    const manifest = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8')) as {
      bin: { shrike: string };
    };
    const main = join(installed, manifest.bin.shrike);
    const state = ['--set', 'api.port=0', '--set', 'state.dir=state'];
    const args = ['run', '--json', ...state, '--strategy', './once.ts', '--duration', '4s'];
    const ran = run(process.execPath, [main, ...args], project);
    expect(ran.status, ran.stderr).toBe(0);
    const stats = JSON.parse(ran.stdout.trimEnd().split('\n').at(-1)!) as {
      orders: { submitted: number };
      errors: unknown[];
    };
    expect(stats.orders.submitted).toBe(1);
    expect(stats.errors).toEqual([]);
    const checked = run(join(ROOT, 'node_modules', '.bin', 'tsc'), ['-p', '.'], project);
    expect(checked.stdout).toBe('');
    expect(checked.status).toBe(0);
  });
});
