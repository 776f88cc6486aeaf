import { spawnSync } from 'node:child_process';
import {
  existsSync,
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
const folder = mkdtempSync(join(tmpdir(), 'shrike-package-'));
const built = join(folder, 'dist');
/** A user's project with the package installed. */
const project = join(folder, 'project');
const installed = join(project, 'node_modules', 'shrike');

function node(
  args: readonly string[],
  cwd: string,
): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(process.execPath, args, { cwd, encoding: 'utf8' });
}

beforeAll(() => {
  const build = node([join(ROOT, '.ci', 'build.ts'), '--out', built], ROOT);
  if (build.status !== 0) throw new Error(`the build failed:\n${build.stdout}${build.stderr}`);
  const packed = spawnSync('npm', ['pack', built, '--pack-destination', folder, '--json', '--offline'], {
    cwd: folder,
    encoding: 'utf8',
    shell: process.platform === 'win32',
  });
  if (packed.status !== 0) throw new Error(`npm pack failed:\n${packed.stderr}`);
  mkdirSync(installed, { recursive: true });
  // What npm would do offline: unpack the tarball, take the dependencies that are there already.
  const [{ filename }] = JSON.parse(packed.stdout) as { filename: string }[];
  const tarball = join(folder, filename);
  const unpacked = spawnSync('tar', ['-xzf', tarball, '-C', installed, '--strip-components=1']);
  if (unpacked.status !== 0) throw new Error(`tar failed:\n${String(unpacked.stderr)}`);
  symlinkSync(join(ROOT, 'node_modules'), join(installed, 'node_modules'), 'junction');
  writeFileSync(join(project, 'package.json'), '{ "type": "module" }\n');
}, 120_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('the built package', () => {
  test('runs its command', () => {
    const main = join(installed, 'engine', 'app', 'main.js');
    expect(node([main, '--help'], project)).toMatchObject({ status: 0, stderr: '' });
    const version = node([main, 'version', '--json'], project);
    expect(JSON.parse(version.stdout)).toMatchObject({
      schema: 'shrike.version/1',
      version: expect.stringMatching(/^\d/) as string,
    });
    expect(node([main, 'config', 'check'], project)).toMatchObject({ status: 0, stdout: 'ok\n' });
  });

  test('exports shrike/strategy as JavaScript with declarations', () => {
    const script = "import { SIDE } from 'shrike/strategy'; process.stdout.write(typeof SIDE.buy);";
    expect(node(['--input-type=module', '-e', script], project)).toMatchObject({
      status: 0,
      stdout: 'number',
    });
    expect(existsSync(join(installed, 'engine', 'strategy', 'port.d.ts'))).toBe(true);
  });

  test('gives a strategy file its types: a wrong field does not compile', () => {
    writeFileSync(
      join(project, 'strategy.ts'),
      "import { SIDE, type BookView } from 'shrike/strategy';\n" +
        'export const wrong: string = SIDE.buy;\n' +
        'export const read = (book: BookView): number => book.bidTick;\n',
    );
    const tsc = join(ROOT, 'node_modules', '.bin', 'tsc');
    const options = [
      '--noEmit',
      '--strict',
      '--module',
      'nodenext',
      '--target',
      'esnext',
      '--types',
      '',
      'strategy.ts',
    ];
    const checked = spawnSync(tsc, options, {
      cwd: project,
      encoding: 'utf8',
      shell: process.platform === 'win32',
    });
    const errors = checked.stdout.split('\n').filter((line) => line.includes('error TS'));
    expect(errors).toEqual([
      expect.stringMatching(/^strategy\.ts\(2,14\): error TS2322/),
      expect.stringMatching(/^strategy\.ts\(3,\d+\): error TS2551: .*'bidTicks'/),
    ]);
  });

  test('starts no thread from a TypeScript file', () => {
    const compiled = readdirSync(built, { recursive: true, encoding: 'utf8' }).filter((file) =>
      file.endsWith('.js'),
    );
    expect(compiled.length).toBeGreaterThan(20);
    const found = compiled.filter((file) =>
      /new URL\(\s*['"`][^'"`]*\.ts['"`]/.test(readFileSync(join(built, file), 'utf8')),
    );
    expect(found).toEqual([]);
  });

  test('names no Node and no development tool among its dependencies', () => {
    const manifest = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8')) as Record<
      string,
      object
    >;
    expect(Object.keys(manifest['dependencies']).filter((name) => name.startsWith('node-'))).toEqual([]);
    expect(manifest['devDependencies']).toBeUndefined();
    expect(manifest['optionalDependencies']).toBeUndefined();
  });
});
