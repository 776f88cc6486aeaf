import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { parse } from 'smol-toml';
import { afterAll, describe, expect, test } from 'vitest';
import { CliError } from '../../engine/app/cli/cli-error.ts';
import { type ConfigSources, ConfigError, loadConfig } from '../../engine/app/config/config.ts';
import { formatOrigin } from '../../engine/app/config/config-layers.ts';
import {
  configTemplate,
  jsonSchema,
  keyRows,
  redacted,
  resolvedToml,
} from '../../engine/app/config/config-text.ts';
import { SIGNAL_SETTINGS } from '../../engine/strategy/signals/signal-settings.ts';
import { dropSecretVariables, loadCredentials } from '../../engine/app/config/credentials.ts';

const folder = mkdtempSync(join(tmpdir(), 'shrike-config-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
let fileCount = 0;

function toml(text: string): string {
  const file = join(folder, `c${fileCount++}.toml`);
  writeFileSync(file, text);
  return file;
}

/** Loads with nothing from the machine's own environment. */
function load(sources: ConfigSources): ReturnType<typeof loadConfig> {
  return loadConfig({ env: { HOME: folder }, ...sources });
}

function failure(sources: ConfigSources): ConfigError {
  try {
    load(sources);
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
  throw new Error('the configuration was accepted');
}

describe('defaults', () => {
  test('nothing given means paper mode on the embedded exchange', () => {
    const { config, origins } = load({});
    expect(config).toMatchObject({
      mode: 'paper',
      venue: { name: 'sim' },
      symbols: ['BTCUSDT', 'ETHUSDT'],
      strategy: { name: 'momentum' },
      engine: { topology: 'auto', idle: 'backoff' },
      api: { host: '127.0.0.1', port: 7420 },
      execution: { onStop: 'cancel' },
      venues: { sim: { endpoints: { rest: null, stream: null, wsApi: null } } },
    });
    expect(origins.size).toBe(0);
  });

  test('signals are made with the constants of their specification', () => {
    expect(load({}).config.signals).toEqual(SIGNAL_SETTINGS);
  });

  test('every key has a meaning, and every key with a number for a time or size has its unit', () => {
    const rows = keyRows();
    expect(rows.length).toBeGreaterThan(70);
    expect(rows.filter((row) => row.description === '').map((row) => row.path.join('.'))).toEqual([]);
    const unitless = rows.filter(
      (row) => /(?:Ms|Bps|Bytes|Levels|PerSecond)$/.test(row.path.at(-1) ?? '') && row.unit === '',
    );
    expect(unitless.map((row) => row.path.join('.'))).toEqual([]);
  });

  test('the state folder follows systemd, then XDG, then home', () => {
    expect(load({ env: { STATE_DIRECTORY: '/var/lib/a:/var/lib/b', HOME: '/h' } }).config.state.dir).toBe(
      '/var/lib/a',
    );
    expect(load({ env: { XDG_STATE_HOME: '/x', HOME: '/h' } }).config.state.dir).toBe('/x/shrike');
    expect(load({ env: { HOME: '/h' } }).config.state.dir).toBe('/h/.local/state/shrike');
  });

  test('the configuration is frozen to its leaves', () => {
    const { config } = load({ sets: ['strategy.params.a.b=1'] });
    expect(Object.isFrozen(config.risk)).toBe(true);
    expect(Object.isFrozen(config.strategy.params['a'])).toBe(true);
  });
});

describe('layers', () => {
  test('each layer wins over the ones below it, and the origin tells which one did', () => {
    const first = toml('seed = 1\n[risk]\nmaxOpenOrders = 1\n[book]\nstaleMs = 11\n[paper]\nlatencyMs = 1\n');
    const second = toml('[risk]\nmaxOpenOrders = 2\n[book]\nstaleMs = 22\n[paper]\nlatencyMs = 2\n');
    const { config, origins } = load({
      files: [first, second],
      env: { HOME: folder, SHRIKE__BOOK__STALE_MS: '33', SHRIKE__PAPER__LATENCYMS: '3' },
      sets: ['paper.latencyMs=4', 'seed=4'],
      flags: [{ flag: '--seed', path: ['seed'], value: '5' }],
    });
    expect(config).toMatchObject({
      seed: 5,
      risk: { maxOpenOrders: 2 },
      book: { staleMs: 33 },
      paper: { latencyMs: 4 },
    });
    expect(Object.fromEntries([...origins].map(([path, origin]) => [path, formatOrigin(origin)]))).toEqual({
      'book.staleMs': '$SHRIKE__BOOK__STALE_MS',
      'paper.latencyMs': '--set paper.latencyMs=4',
      'risk.maxOpenOrders': `${second}:2`,
      seed: '--seed',
    });
  });

  test('tables merge and lists replace', () => {
    const file = toml('symbols = ["BTCUSDT", "ETHUSDT"]\n[strategy.params]\nfast = 1\nslow = 2\n');
    const { config } = load({ files: [file], sets: ['symbols=SOLUSDT', 'strategy.params.slow=9'] });
    expect(config.symbols).toEqual(['SOLUSDT']);
    expect(config.strategy.params).toEqual({ fast: 1, slow: 9 });
  });

  test('one key of a table can be changed alone', () => {
    const { config } = load({ sets: ['analysis.feeBps=2.5'] });
    expect(config.analysis).toEqual({ ...load({}).config.analysis, feeBps: 2.5 });
  });

  test('the same keys given through any set of layers end at the value of the highest one', () => {
    const layer = fc.option(fc.integer({ min: 0, max: 1_000_000 }), { nil: null });
    fc.assert(
      fc.property(fc.array(layer, { minLength: 5, maxLength: 5 }), (values) => {
        const [fileA, fileB, env, set, flag] = values;
        const files = [fileA, fileB]
          .filter((value) => value !== null)
          .map((value) => toml(`seed = ${value}\n`));
        const { config, origins } = load({
          files,
          env: { HOME: folder, ...(env === null ? {} : { SHRIKE__SEED: String(env) }) },
          sets: set === null ? [] : [`seed=${set}`],
          flags: flag === null ? [] : [{ flag: '--seed', path: ['seed'], value: flag }],
        });
        const last = values.findLastIndex((value) => value !== null);
        expect(config.seed).toBe(last === -1 ? 1 : values[last]);
        const layerNames = ['file', 'file', 'env', 'set', 'flag'];
        expect(origins.get('seed')?.layer).toBe(last === -1 ? undefined : layerNames[last]);
      }),
      { seed: 31, numRuns: 60 },
    );
  });

  test('arguments and variables are read as their key expects', () => {
    const { config } = load({
      env: {
        HOME: folder,
        SHRIKE__SYMBOLS: 'BTCUSDT, SOLUSDT',
        SHRIKE__VENUES__BINANCE_SPOT__DEPTH_INTERVAL_MS: '1_000',
        SHRIKE__STRATEGY__PARAMS__FAST_MS: '12',
        SHRIKE__RISK__SYMBOLS__BTCUSDT__MAX_POSITION: '0.25',
        SHRIKE__ENGINE__PIN_CPUS: '[2, 3]',
      },
      sets: [
        'analysis.enabled=false',
        'risk.maxPosition=007e0'.replace('007e0', '0.10'),
        'engine.caFile=',
        'risk.maxDrawdown=12.5%',
      ],
    });
    expect(config).toMatchObject({
      symbols: ['BTCUSDT', 'SOLUSDT'],
      venues: { 'binance-spot': { depthIntervalMs: 1_000 } },
      strategy: { params: { fastMs: 12 } },
      engine: { pinCpus: [2, 3], caFile: null },
      analysis: { enabled: false },
      risk: { maxPosition: '0.10', maxDrawdown: '12.5%', symbols: { BTCUSDT: { maxPosition: '0.25' } } },
    });
  });

  test('a decimal keeps every digit of its text', () => {
    const digits = fc.tuple(
      fc.integer({ min: 0, max: 1e9 }),
      fc.string({ unit: fc.constantFrom(...'0123456789'.split('')), minLength: 1, maxLength: 18 }),
    );
    fc.assert(
      fc.property(digits, ([whole, fraction]) => {
        const text = `${whole}.${fraction}`;
        expect(load({ sets: [`risk.maxPosition=${text}`] }).config.risk.maxPosition).toBe(text);
      }),
      { seed: 32, numRuns: 100 },
    );
  });

  test('relative paths belong to the folder of the file they stand in', () => {
    const file = toml('[state]\ndir = "state"\n[strategy]\nname = "./mine.ts"\n');
    const { config } = load({ files: [file] });
    expect(config.state.dir).toBe(join(folder, 'state'));
    expect(config.strategy.name).toBe(join(folder, 'mine.ts'));
    expect(load({ sets: ['strategy.name=./mine.ts'] }).config.strategy.name).toBe(
      join(process.cwd(), 'mine.ts'),
    );
  });
});

describe('errors', () => {
  test('all problems come at once, each with its key and line', () => {
    const file = toml(
      [
        'seed = "x"', // 1
        'symbls = ["BTCUSDT"]',
        '[engine]',
        'watchdogms = 3',
        'idle = "spinn"', // 5
        '[risk.symbols.BTCUSDT]',
        'maxOrderQty = "1e3"',
        '[analysis]',
        'feeBps = -1',
        'timeframes = ["1m",', // 10
        '  "3m"]',
        '[book]',
        'staleMs = 1',
      ].join('\n'),
    );
    const error = failure({ files: [file] });
    expect(error.exitCode).toBe(78);
    const lines = error.message.split('\n').map((line) => line.replace(`${file}:`, ''));
    expect(lines.toSorted((left, right) => Number.parseInt(left, 10) - Number.parseInt(right, 10))).toEqual([
      '1: seed: expected a number, got "x"',
      '2: symbls: unknown key; did you mean symbols?',
      '4: engine.watchdogms: unknown key; did you mean engine.watchdogMs?',
      '5: engine.idle: expected one of "spin", "backoff", "park", got "spinn"; did you mean "spin"?',
      '7: risk.symbols.BTCUSDT.maxOrderQty: expected a decimal number without sign or exponent, such as "0.001", got "1e3"',
      '9: analysis.feeBps: expected at least 0 bps, got -1',
      '11: analysis.timeframes[1]: expected one of "1m", "5m", "15m", "1h", "4h", "1d", "1w", got "3m"; did you mean "1m"?',
      '13: book.staleMs: expected at least 10 ms, got 1',
    ]);
  });

  test('problems of every layer come together', () => {
    const error = failure({
      files: [toml('a = 1\n'), join(folder, 'missing.toml'), toml('x = \n')],
      env: { HOME: folder, SHRIKE__FOO: '1', SHRIKE__ENGINE__IDEL: 'spin', SHRIKE__SEED: 'many' },
      sets: ['nonsense', 'a b=1', 'book.staleMs=fast'],
      flags: [{ flag: '--mode', path: ['mode'], value: 'real' }],
    });
    expect(error.message).toMatch(/:1: a: unknown key/);
    expect(error.message).toMatch(/missing\.toml:1: cannot read the config file: ENOENT/);
    expect(error.message).toMatch(/c\d+\.toml:1: Invalid TOML/);
    expect(error.message).toMatch(/\$SHRIKE__FOO: no key for "FOO"/);
    expect(error.message).toMatch(
      /\$SHRIKE__ENGINE__IDEL: engine: no key for "IDEL"; did you mean engine\.idle\?/,
    );
    expect(error.message).toMatch(/\$SHRIKE__SEED: seed: expected a number, got "many"/);
    expect(error.message).toMatch(/--set nonsense: expected key\.path=value/);
    expect(error.message).toMatch(/--set a b=1: expected key\.path=value/);
    expect(error.message).toMatch(/--set book\.staleMs=fast: book\.staleMs: expected a number/);
    expect(error.message).toMatch(/--mode: mode: expected one of "paper", "shadow", "live", got "real"/);
  });

  test('takes symbols of any script, as keys too, quoted or not', () => {
    const file = toml('symbols = ["币安人生USDT"]\n[risk.symbols."币安人生USDT"]\nmaxOrderQty = "7"\n');
    const { config } = load({ files: [file], sets: ['risk.symbols.币安人生USDT.maxPosition=9'] });
    expect(config.symbols).toEqual(['币安人生USDT']);
    expect(config.risk.symbols['币安人生USDT']).toMatchObject({ maxOrderQty: '7', maxPosition: '9' });
  });

  test.each([
    ['a symbol that is too long', `symbols = ["${'币'.repeat(14)}"]\n`, /is 42 bytes long in UTF-8/],
    ['a table where a value belongs', '[seed]\nx = 1\n', /seed: expected a number, got a table/],
    ['a value where a table belongs', 'engine = 1\n', /engine: expected a table, got 1/],
    ['a fraction where a whole number belongs', 'seed = 1.5\n', /seed: expected a whole number, got 1.5/],
    ['a port out of range', '[api]\nport = 70000\n', /api.port: expected at most 65535/],
    ['no symbols', 'symbols = []\n', /symbols: expected at least 1 element/],
    ['a symbol twice', 'symbols = ["BTCUSDT", "BTCUSDT"]\n', /:1: symbols: names a symbol twice/],
    ['a lower-case symbol', 'symbols = ["btcusdt"]\n', /symbols\[0\]: expected a symbol such as BTCUSDT/],
    [
      'an address of the wrong kind',
      '[venues.sim.endpoints]\nrest = "ws://x"\n',
      /expected a URL that starts with https:/,
    ],
    [
      'a venue nobody knows',
      '[venue]\nname = "binance"\n',
      /venue.name: expected one of .* did you mean "binance-spot"\?/,
    ],
    [
      'one address of three',
      '[venues.sim.endpoints]\nrest = "http://localhost:1"\n',
      /:1: venues.sim.endpoints: set all three addresses; missing: stream, wsApi/,
    ],
    [
      'pauses crossed',
      '[venues.sim]\nreconnectMinMs = 900\nreconnectMaxMs = 800\n',
      /:2: venues.sim.reconnectMinMs: must not be above reconnectMaxMs/,
    ],
    [
      'thresholds crossed',
      '[signals.orderFlow]\nmoderateFrom = 70\n',
      /:2: signals.orderFlow.moderateFrom: must not be above strongFrom/,
    ],
    ['a key that tries the prototype', '__proto__ = { seed = 2 }\n', /__proto__: unknown key/],
  ])('%s', (_name, text, message) => {
    const error = failure({ files: [toml(text)] });
    expect(error.message).toMatch(message);
    expect(error.code).toBe('CONFIG_INVALID');
  });

  test('no text given as a value or key fails in another way than ConfigError', () => {
    const paths = keyRows().map((row) => row.path.join('.'));
    fc.assert(
      fc.property(fc.constantFrom(...paths), fc.string({ maxLength: 12 }), (path, text) => {
        try {
          load({ sets: [`${path}=${text}`] });
        } catch (error) {
          expect(error).toBeInstanceOf(ConfigError);
          expect(
            (error as ConfigError).problems.every((problem) => problem.path.startsWith(path.split('.')[0])),
          ).toBe(true);
        }
      }),
      { seed: 33, numRuns: 500 },
    );
  });

  test('limits for an instrument that is not traded are a warning', () => {
    const { warnings } = load({ sets: ['symbols=BTCUSDT', 'risk.symbols.ETHUSDT.maxPosition=1'] });
    expect(warnings).toEqual([expect.stringMatching(/risk\.symbols\.ETHUSDT: .*not traded/)]);
  });
});

describe('live mode', () => {
  const live = { flag: '--mode', path: ['mode'], value: 'live' };
  const venue = { flag: '--venue', path: ['venue', 'name'], value: 'binance-spot' };

  test('on a real venue needs the flag and the account id', () => {
    expect(failure({ sets: ['mode=live'], flags: [venue] }).message).toMatch(
      /mode: live on a real venue[\s\S]*live\.confirm/,
    );
    expect(failure({ flags: [live, venue] }).message).toMatch(/live\.confirm: must be the account id/);
    const { config } = load({ sets: ['live.confirm=acc-1'], flags: [live, venue] });
    expect(config.mode).toBe('live');
  });

  test('on the embedded exchange is play money and needs neither', () => {
    expect(load({ sets: ['mode=live'] }).config.mode).toBe('live');
  });
});

describe('secrets', () => {
  test('are refused in files and arguments, with the exit code of credentials', () => {
    const file = toml('[venues.binance-spot.credentials]\napiKey = "k-in-file"\n');
    const error = failure({ files: [file], sets: ['venues.sim.credentials.apiSecret=s-in-argument'] });
    expect(error.exitCode).toBe(77);
    expect(error.problems.map((problem) => problem.path)).toEqual([
      'venues.binance-spot.credentials.apiKey',
      'venues.sim.credentials.apiSecret',
    ]);
    expect(error.problems.map((problem) => problem.message).join()).not.toMatch(/k-in-file|s-in-argument/);
  });

  const keyVariables = {
    SHRIKE__VENUES__BINANCE_SPOT__CREDENTIALS__API_KEY: 'key-1',
    SHRIKE__VENUES__BINANCE_SPOT__CREDENTIALS__API_SECRET: 'secret-1',
  };

  test('of the environment never enter the configuration', () => {
    const loaded = load({ env: { HOME: folder, ...keyVariables } });
    expect(JSON.stringify(loaded.config)).not.toMatch(/key-1|secret-1/);
    expect(loaded.origins.size).toBe(0);
    expect(loadCredentials(loaded.config, 'binance-spot', keyVariables)).toEqual({
      kind: 'hmac',
      apiKey: 'key-1',
      apiSecret: 'secret-1',
    });
  });

  test('leave the environment when asked, other variables stay', () => {
    const env: Record<string, string> = {
      ...keyVariables,
      SHRIKE__SEED: '1',
      SHRIKE__VENUES__SIM__CREDENTIALS__FILE: 'f',
    };
    dropSecretVariables(env);
    expect(env).toEqual({ SHRIKE__SEED: '1', SHRIKE__VENUES__SIM__CREDENTIALS__FILE: 'f' });
  });

  test('come from the credentials folder before the environment before the file', () => {
    const file = toml('apiKey = "from-file"\nprivateKeyPem = "pem"\n');
    chmodSync(file, 0o600);
    const { config } = load({ sets: [`venues.binance-spot.credentials.file=${file}`] });
    expect(loadCredentials(config, 'binance-spot', {})).toMatchObject({
      kind: 'ed25519',
      apiKey: 'from-file',
    });
    expect(loadCredentials(config, 'binance-spot', keyVariables)).toMatchObject({ apiKey: 'key-1' });
    const systemd = mkdtempSync(join(folder, 'creds-'));
    writeFileSync(join(systemd, 'binance-spot.toml'), 'apiKey = "from-systemd"\napiSecret = "s"\n', {
      mode: 0o440,
    });
    const env = { ...keyVariables, CREDENTIALS_DIRECTORY: systemd };
    expect(loadCredentials(config, 'binance-spot', env)).toMatchObject({ apiKey: 'from-systemd' });
  });

  const refusal = (text: string, mode: number): CliError => {
    const file = toml(text);
    chmodSync(file, mode);
    const { config } = load({ sets: [`venues.sim.credentials.file=${file}`] });
    try {
      loadCredentials(config, 'sim', {});
    } catch (error) {
      if (error instanceof CliError) return error;
      throw error;
    }
    throw new Error('the key file was accepted');
  };

  test.each([0o640, 0o604, 0o660, 0o644])(
    'in a file of mode %o are refused with the command that mends it',
    (mode) => {
      const error = refusal('apiKey = "k"\napiSecret = "s"\n', mode);
      expect(error).toMatchObject({ code: 'CREDENTIALS_UNSAFE', exitCode: 77 });
      expect(error.message).toMatch(/chmod 600/);
    },
  );

  test('that are incomplete, unreadable or absent are refused without being quoted', () => {
    expect(refusal('apiKey = "hush"\n', 0o600)).toMatchObject({
      code: 'CREDENTIALS_INCOMPLETE',
      exitCode: 77,
    });
    const broken = refusal('apiKey = "hush\n', 0o600);
    expect(broken).toMatchObject({ code: 'CREDENTIALS_UNREADABLE', exitCode: 77 });
    expect(broken.message).not.toMatch(/hush/);
    expect(() => loadCredentials(load({}).config, 'binance-spot', {})).toThrow(
      /no API key for binance-spot.*BINANCE_SPOT/,
    );
  });
});

describe('printing', () => {
  test('the template is a valid file of defaults, and every key in it can be uncommented', () => {
    const text = configTemplate();
    const { config } = load({ files: [toml(text)] });
    expect(config).toEqual(load({}).config);
    const open = text
      .split('\n')
      .map((line) => (/^# [A-Za-z]+ = /.test(line) && !line.includes('# unset') ? line.slice(2) : line))
      .join('\n');
    expect(open).not.toBe(text);
    expect(load({ files: [toml(open)] }).config).toEqual(config);
  });

  test('the resolved configuration reads back as itself', () => {
    const loaded = load({
      sets: [
        'strategy.params={ fast = 1, deep = { list = [1, 2] } }',
        'risk.symbols.BTCUSDT.maxPosition=0.5',
      ],
    });
    const text = resolvedToml(loaded);
    expect(load({ files: [toml(text)] }).config).toEqual(loaded.config);
    expect(text).toMatch(/^params = .* # --set strategy\.params=/m);
    expect(text).toMatch(/^symbols = \{ BTCUSDT = .* # --set risk\.symbols/m);
  });

  test('values marked secret are replaced, in both forms', () => {
    const loaded = load({ sets: ['live.confirm=acc-77'] });
    expect(JSON.stringify(redacted(loaded.config))).not.toMatch(/acc-77/);
    expect(parse(resolvedToml(loaded)) as object).toMatchObject({ live: { confirm: '<redacted>' } });
    expect(loaded.config.live.confirm).toBe('acc-77');
  });

  test('the JSON Schema knows every key', () => {
    const schema = JSON.stringify(jsonSchema());
    for (const row of keyRows()) expect(schema).toContain(`"${row.path.at(-1)}"`);
  });
});
