import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadStrategyModule } from '../../engine/app/strategy/strategy-loader.ts';
import { spotInstrument } from '../../engine/core/instrument.ts';
import type { Instrument } from '../../engine/core/instrument.ts';
import { encodePrologue } from '../../engine/journal/run-prologue.ts';
import { segmentFileName } from '../../engine/journal/segment-files.ts';
import { SegmentWriter } from '../../engine/journal/segment-writer.ts';
import { stateLayout } from '../../engine/journal/state-directory.ts';
import { COMPILE_CACHE } from '../fixtures/compile-cache.ts';

const MAIN = fileURLToPath(new URL('../../engine/app/main.ts', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'shrike-cli-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const BTCUSDT: Instrument = spotInstrument({
  index: 0,
  venue: 'sim',
  symbol: 'BTCUSDT',
  baseAsset: 'BTC',
  quoteAsset: 'USDT',
  priceDecimals: 2,
  tickUnits: 1,
  qtyDecimals: 5,
  lotUnits: 1,
  minQtyLots: 1,
  maxQtyLots: 900_000_000,
  minNotionalCash: 0,
  epoch: 0,
});

interface Finished {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly out: string;
  readonly err: string;
}

function start(
  args: readonly string[],
  env: Record<string, string> = {},
  nodeArgs: readonly string[] = [],
): ChildProcessWithoutNullStreams {
  return spawn(process.execPath, [...nodeArgs, MAIN, ...args], {
    cwd: folder,
    env: {
      PATH: process.env['PATH'] ?? '',
      HOME: folder,
      NO_COLOR: '1',
      NODE_COMPILE_CACHE: COMPILE_CACHE,
      ...env,
    },
  });
}

function finished(child: ChildProcessWithoutNullStreams): Promise<Finished> {
  return new Promise((resolve) => {
    let out = '';
    let err = '';
    child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()));
    child.on('close', (code, signal) => resolve({ code, signal, out, err }));
  });
}

const shrike = (
  args: readonly string[],
  env: Record<string, string> = {},
  nodeArgs: readonly string[] = [],
): Promise<Finished> => finished(start(args, env, nodeArgs));
const lastJson = (out: string): Record<string, unknown> =>
  JSON.parse(out.trimEnd().split('\n').at(-1) ?? '') as Record<string, unknown>;

const VERBS = [
  ['run'],
  ['replay'],
  ['exchange'],
  ['doctor'],
  ['config', 'init'],
  ['config', 'check'],
  ['config', 'show'],
  ['config', 'schema'],
  ['journal', 'dump'],
  ['journal', 'verify'],
  ['journal', 'prune'],
  ['strategy', 'list'],
  ['strategy', 'show'],
  ['strategy', 'new'],
  ['optimise'],
  ['compile'],
  ['version'],
];

/** Prints the address of every module that is loaded. */
const LOAD_SPY = `data:text/javascript,${encodeURIComponent(
  `import { registerHooks } from 'node:module';
   registerHooks({ load(url, context, next) { process.stderr.write('LOAD ' + url + '\\n'); return next(url, context); } });`,
)}`;

describe('help', () => {
  test.each(VERBS)('of %s %s has examples and --json, on stdout, with exit code 0', async (...verb) => {
    const { code, out, err } = await shrike([...verb.filter((word) => word !== undefined), '--help']);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toMatch(/Examples:\n\s+(?:\S+=\S+ )?shrike /);
    expect(out).toContain('--json');
  });

  test.each([[['--help']], [['run', '--help']], [['version']]])('%j loads no heavy module', async (args) => {
    const { code, err } = await shrike(args, {}, ['--import', LOAD_SPY]);
    const loaded = err.split('\n').filter((line) => line.startsWith('LOAD file:'));
    expect(code).toBe(0);
    expect(loaded.some((line) => line.includes('/commander/'))).toBe(true);
    expect(
      loaded.filter(
        (line) =>
          !/\/commander\/|\/engine\/app\/|\/engine\/runtime\/actor\.ts$|\/adapters\/[\w-]+\/descriptor\.ts$/.test(
            line,
          ),
      ),
    ).toEqual([]);
    // A venue adds its descriptor, which is data, and nothing else.
    expect(loaded.filter((line) => !line.endsWith('/descriptor.ts')).length).toBeLessThan(30);
    // And of the verbs the one that is named, which imports what it needs only when it runs.
    const verbs = loaded.flatMap((line) => /\/cli\/verbs\/([a-z]+)-verb\.ts$/.exec(line)?.[1] ?? []);
    expect(verbs).toEqual(args.filter((word) => !word.startsWith('-')));
  });
});

describe('the list of verbs', () => {
  test('names every verb there is, with a sentence', async () => {
    const { out } = await shrike(['--help']);
    const files = readdirSync(fileURLToPath(new URL('../../engine/app/cli/verbs', import.meta.url)));
    const listed = [...out.matchAll(/^  ([a-z]+) +\S.{20,}/gm)].map(([, name]) => name);
    expect(listed).toEqual(expect.arrayContaining(files.map((file) => file.replace('-verb.ts', ''))));
    expect(files.length).toBeGreaterThan(10);
  });
});

describe('usage errors exit 2 and name the cause on stderr', () => {
  test.each([
    [['bogus'], /unknown command 'bogus'/],
    [['run', '--bogus'], /unknown option '--bogus'/],
    [['run', '--topologi', 'fused'], /Did you mean --topology/],
    [['run', '--mode', 'real'], /Allowed choices are paper, shadow, live/],
    [['run', '--duration', '5'], /not a duration: "5"/],
    [['run', '--drill', 'kill:nobody@5s'], /no actor "nobody"/],
    [['run', 'stray'], /too many arguments/],
    [['replay'], /missing required argument 'file'/],
    [['replay', 'a', '--speed', '0'], /expected a positive number/],
    [['config', 'bogus'], /unknown command 'bogus'/],
  ])('%j', async (args, message) => {
    const { code, out, err } = await shrike(args);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toMatch(message);
  });

  test('no verb at all shows the help', async () => {
    const { code, out, err } = await shrike([]);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toMatch(/Usage: shrike/);
  });

  test('with --json the error is one object on stdout', async () => {
    const { code, out } = await shrike(['run', '--bogus', '--json']);
    expect(code).toBe(2);
    expect(JSON.parse(out)).toMatchObject({ schema: 'shrike.error/1', error: { code: 'USAGE' } });
  });
});

describe('config', () => {
  test('init writes a file that check accepts, and overwrites it only when told', async () => {
    const file = join(folder, 'made.toml');
    expect(await shrike(['config', 'init', file])).toMatchObject({
      code: 0,
      out: `wrote ${file}\n`,
      err: '',
    });
    expect(await shrike(['config', 'check', file])).toMatchObject({ code: 0, out: 'ok\n', err: '' });
    writeFileSync(file, '# mine\n');
    const again = await shrike(['config', 'init', file, '--json']);
    expect(again.code).toBe(1);
    expect(lastJson(again.out)).toMatchObject({ error: { code: 'FILE_EXISTS' } });
    expect(readFileSync(file, 'utf8')).toBe('# mine\n');
    expect(await shrike(['config', 'init', file, '--force', '--json'])).toMatchObject({ code: 0 });
    expect(readFileSync(file, 'utf8')).toMatch(/^# Shrike/);
  });

  test('check prints every problem with file and line and exits 78', async () => {
    const file = join(folder, 'bad.toml');
    writeFileSync(file, 'seed = "x"\n[engine]\nidle = "fast"\nnope = 1\n');
    const { code, out, err } = await shrike(['config', 'check', file]);
    expect({ code, out }).toEqual({ code: 78, out: '' });
    expect(err).toContain(`${file}:1: seed: expected a number, got "x"`);
    expect(err).toContain(`${file}:3: engine.idle: expected one of`);
    expect(err).toContain(`${file}:4: engine.nope: unknown key`);
    const json = await shrike(['config', 'check', file, '--json']);
    expect(json.code).toBe(78);
    const { error } = lastJson(json.out) as {
      error: { code: string; problems: { path: string; origin: object }[] };
    };
    expect(error.code).toBe('CONFIG_INVALID');
    expect(error.problems).toContainEqual(
      expect.objectContaining({ path: 'engine.idle', origin: { layer: 'file', file, line: 3 } }),
    );
  });

  test('check says when a file cannot be read', async () => {
    const { code, err } = await shrike(['config', 'check', 'missing.toml']);
    expect(code).toBe(78);
    expect(err).toMatch(/missing\.toml:1: cannot read the config file: ENOENT/);
  });

  test('a secret in a file exits 77', async () => {
    const file = join(folder, 'leak.toml');
    writeFileSync(file, '[venues.binance-spot.credentials]\napiKey = "hush-hush"\n');
    const { code, out, err } = await shrike(['config', 'check', file, '--json']);
    expect(code).toBe(77);
    expect(out + err).not.toMatch(/hush-hush/);
  });

  test('show prints the values in force with the origin of each that is no default', async () => {
    const { code, out } = await shrike(['config', 'show', '--set', 'live.confirm=acc-9', '--json'], {
      SHRIKE__SEED: '9',
    });
    expect(code).toBe(0);
    expect(lastJson(out)).toMatchObject({
      schema: 'shrike.config/1',
      config: { seed: 9, live: { confirm: '<redacted>' } },
      origins: { seed: '$SHRIKE__SEED' },
    });
    expect((await shrike(['config', 'show', '--set', 'seed=4'])).out).toMatch(/^seed = 4 # --set seed=4$/m);
  });

  test('schema prints a table of keys, and a JSON Schema for editors', async () => {
    expect((await shrike(['config', 'schema'])).out).toMatch(/^engine\.watchdogMs +number +2000 +ms +\S/m);
    expect(lastJson((await shrike(['config', 'schema', '--json'])).out)).toMatchObject({ type: 'object' });
  });

  test('a reader that goes away ends it quietly', async () => {
    const child = start(['config', 'schema']);
    child.stdout.destroy();
    const { code, err } = await finished(child);
    expect({ code, err }).toEqual({ code: 0, err: '' });
  });
});

describe('version', () => {
  test('names the package and Node', async () => {
    const { out } = await shrike(['version', '--json']);
    expect(lastJson(out)).toMatchObject({ schema: 'shrike.version/1', node: process.versions.node });
    expect((await shrike(['version'])).out).toMatch(/^shrike \d+\.\d+\.\d+ \(Node /);
  });
});

describe('doctor', () => {
  const state = join(folder, 'state');

  test('finds a machine that can run the tests fit to run the engine', async () => {
    const { code, out } = await shrike([
      'doctor',
      '--json',
      '--set',
      `state.dir=${state}`,
      '--set',
      'api.port=0',
    ]);
    const report = lastJson(out) as { checks: { name: string; status: string }[]; failed: number };
    expect(report).toMatchObject({ schema: 'shrike.doctor/1', ok: true, failed: 0 });
    expect(code).toBe(0);
    const names = report.checks.map((check) => check.name);
    const wanted = 'Node,cores,clock source,SharedArrayBuffer,state folder,intent log,pinning'.split(',');
    for (const name of wanted) {
      expect(names).toContain(name);
    }
  });

  test('exits 3 when a port is taken, a key file is open to others and the state folder cannot be made', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const keyFile = join(folder, 'key.toml');
    writeFileSync(keyFile, 'apiKey = "k"\n', { mode: 0o644 });
    const sets = [`api.port=${port}`, `venues.sim.credentials.file=${keyFile}`, `state.dir=${keyFile}/below`];
    const { code, out } = await shrike(['doctor', '--json', ...sets.flatMap((set) => ['--set', set])]);
    server.close();
    expect(code).toBe(3);
    const { checks } = lastJson(out) as { checks: { name: string; status: string; value: string }[] };
    const failed = checks.filter((check) => check.status === 'fail').map((check) => check.name);
    expect(failed.toSorted()).toEqual(['api.port', 'key file of sim', 'state folder']);
    expect(checks.find((check) => check.name === 'api.port')?.value).toMatch(/EADDRINUSE/);
  });

  test('leaves nothing behind in the state folder', async () => {
    const { out } = await shrike(['doctor', '--set', `state.dir=${state}`, '--set', 'api.port=0']);
    expect(out).toMatch(/^STATUS +CHECK +FOUND/);
    expect(statSync(join(state, 'paper', 'sim')).mode & 0o077).toBe(0);
    expect(readdirSync(join(state, 'paper', 'sim'))).toEqual([]);
  });
});

describe('exchange', () => {
  test.each(['SIGTERM', 'SIGINT'] as const)(
    'prints one JSON line, serves, and leaves with 0 on %s',
    async (signal) => {
      const child = start(['exchange', '--seed', '7', '--symbols', 'BTCUSDT', '--events-per-second', '50']);
      const done = finished(child);
      const line = await new Promise<string>((resolve) =>
        child.stdout.once('data', (chunk: Buffer) => resolve(chunk.toString())),
      );
      const hello = JSON.parse(line) as {
        urls: { rest: string; stream: string; wsApi: string };
        credentials: { apiKey: string };
      };
      expect(hello).toMatchObject({
        schema: 'shrike.exchange/1',
        pid: child.pid,
        seed: 7,
        symbols: ['BTCUSDT'],
      });
      expect(hello.credentials.apiKey).not.toBe('');
      const info = (await (await fetch(`${hello.urls.rest}/api/v3/exchangeInfo`)).json()) as {
        symbols: { symbol: string }[];
      };
      expect(info.symbols.map(({ symbol }) => symbol)).toEqual(['BTCUSDT']);
      child.kill(signal);
      const { code, out } = await done;
      expect(code).toBe(0);
      expect(out.trimEnd().split('\n')).toHaveLength(1);
    },
  );

  test('names a port that is taken and a symbol nobody lists', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const taken = await shrike(['exchange', '--rest-port', String(port)]);
    server.close();
    expect(taken.code).toBe(1);
    expect(taken.err).toContain(String(port));
    expect(taken.err).not.toMatch(/\n\s+at /);
    const unlisted = await shrike(['exchange', '--symbols', 'NOPEUSDT']);
    expect(unlisted.code).toBe(78);
    expect(unlisted.err).toMatch(/NOPEUSDT/);
    expect(unlisted.err).not.toMatch(/\n\s+at /);
  });
});

describe('journal', () => {
  const state = join(folder, 'journal-state');
  const { journal } = stateLayout(state, { mode: 'paper', venue: 'sim' });
  const set = ['--set', `state.dir=${state}`];
  const segment = join(journal, segmentFileName('journal', 1));
  let sound: Buffer;

  beforeAll(() => {
    mkdirSync(journal, { recursive: true });
    const run = {
      mode: 'paper',
      venue: 'sim',
      accountId: 'a',
      startEpochUs: 1_700_000_000_000_000,
      instruments: [BTCUSDT],
    };
    const options = {
      directory: journal,
      log: 'journal',
      segmentBytes: 65_536,
      startEpochUs: run.startEpochUs,
    } as const;
    const writer = new SegmentWriter(options, 1);
    writer.rotate(1);
    const prologue = encodePrologue(run, 1, 5_000);
    writer.append([prologue.u8], prologue.u8.length);
    writer.close();
    sound = readFileSync(segment);
  });

  test('dump prints every record in words, one JSON line each', async () => {
    const { code, out } = await shrike(['journal', 'dump', ...set]);
    const records = out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as object);
    expect(code).toBe(0);
    expect(records).toMatchObject([
      { sequence: 1, message: 'JournalStart', epochUs: 1_700_000_000_000_005 },
      { sequence: 2, message: 'InstrumentRecord' },
    ]);
  });

  test('verify accepts it, in the folder of the mode and in a folder by name', async () => {
    expect(await shrike(['journal', 'verify', ...set])).toMatchObject({
      code: 0,
      out: 'ok: 2 valid records\n',
    });
    const { code, out } = await shrike(['journal', 'verify', journal, '--json']);
    expect(code).toBe(0);
    expect(lastJson(out)).toMatchObject({
      schema: 'shrike.journal-verify/1',
      ok: true,
      records: 2,
      problems: [],
    });
  });

  test('verify and dump exit 3 and name file and place of a flipped byte', async () => {
    const flipped = Buffer.from(sound);
    flipped[flipped.length - 9] ^= 1;
    writeFileSync(segment, flipped);
    const verified = await shrike(['journal', 'verify', ...set]);
    const dumped = await shrike(['journal', 'dump', ...set]);
    writeFileSync(segment, sound);
    expect(verified.code).toBe(3);
    expect(verified.out).toMatch(/journal-00000001\.log:\d+: /);
    expect(dumped.code).toBe(3);
    expect(dumped.out.trimEnd().split('\n')).toHaveLength(1);
    expect(dumped.err).toMatch(/damaged: journal-00000001\.log:\d+: /);
  });

  test('a folder that is not there is named', async () => {
    const { code, err } = await shrike(['journal', 'verify', ...set, '--mode', 'live']);
    expect(code).toBe(1);
    expect(err).toMatch(/cannot read the journal folder .*live.*ENOENT/);
    expect(err).not.toMatch(/\n\s+at /);
  });
});

describe('run and replay refuse before anything starts', () => {
  test.each([
    ['an unknown key', ['run', '--set', 'engin.idle=spin'], 78, /engin: unknown key; did you mean engine\?/],
    [
      'a file that is not there',
      ['run', '--config', 'nope.toml'],
      78,
      /nope\.toml:1: cannot read the config file/,
    ],
    ['a strategy nobody knows', ['run', '--strategy', 'momentun'], 78, /no strategy "momentun"/],
    [
      'a strategy file that is not there',
      ['run', '--strategy', './nope.ts'],
      78,
      /no strategy module at .*nope\.ts/,
    ],
    ['a seed that is no number', ['run', '--seed', 'x'], 78, /--seed: seed: expected a number, got "x"/],
    [
      'live on a real venue without consent',
      ['run', '--mode', 'live', '--venue', 'binance-spot'],
      78,
      /live\.confirm/,
    ],
    [
      'a capture that is not there',
      ['replay', 'nope.gz', '--strategy', MAIN],
      1,
      /cannot read the capture: ENOENT.*nope\.gz/,
    ],
  ])('%s', async (_name, args, expected, message) => {
    const { code, out, err } = await shrike(args);
    expect({ code, out }).toEqual({ code: expected, out: '' });
    expect(err).toMatch(message);
    expect(err).not.toMatch(/\n\s+at /);
  });
});

describe('a strategy file anywhere', () => {
  test("imports shrike/strategy as this engine's, although no package is installed near it", async () => {
    const file = join(folder, 'outside.ts');
    writeFileSync(
      file,
      "import { SIDE, type BookView } from 'shrike/strategy';\n" +
        'export const side: unknown = SIDE;\n' +
        'export const read = (book: BookView): number => book.bidTicks;\n',
    );
    const loaderUrl = new URL('../../engine/app/strategy/strategy-loader.ts', import.meta.url).href;
    const portUrl = new URL('../../engine/strategy/port.ts', import.meta.url).href;
    const script = `import { loadStrategyModule } from ${JSON.stringify(loaderUrl)};
      import { SIDE } from ${JSON.stringify(portUrl)};
      const loaded = await loadStrategyModule(${JSON.stringify(new URL(`file://${file}`).href)});
      process.stdout.write(String(loaded.side === SIDE));`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], { cwd: folder });
    expect(await finished(child)).toMatchObject({ code: 0, out: 'true' });
  });

  test('that does not parse is refused by name', async () => {
    const file = join(folder, 'broken.mjs');
    writeFileSync(file, 'export const = 1;\n');
    await expect(loadStrategyModule(new URL(`file://${file}`).href)).rejects.toMatchObject({
      code: 'STRATEGY_UNLOADABLE',
      exitCode: 78,
      message: expect.stringMatching(/broken\.mjs: /) as string,
    });
  });
});
