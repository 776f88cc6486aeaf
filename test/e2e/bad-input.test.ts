/** What comes in wrong, from people, files, strategies and the venue: each has a clear answer, and nothing is lost. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createServer as createTcpServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it, test } from 'vitest';
import { startExchangeThread } from '../../adapters/sim/exchange-host.ts';
import type { ExchangeHandle } from '../../adapters/sim/exchange-host.ts';
import type { ExchangeUrls } from '../../adapters/sim/exchange.ts';
import type { EngineStats } from '../../engine/api/engine-stats.ts';
import { FRAME_OUTCOMES } from '../../engine/market-data/counters.ts';
import { apiOf, statsUntil } from '../fixtures/engine-client.ts';
import { EngineProcess, lastSummary, UNREHEARSED } from '../fixtures/engine-process.ts';
import { strategyFixture } from '../fixtures/exchange-process.ts';
import { InjectingProxy } from '../fixtures/injecting-proxy.ts';
import { expectRefusal } from '../fixtures/refusal.ts';

const TEST_MS = 120_000;

const folder = mkdtempSync(join(tmpdir(), 'shrike-bad-input-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const engines: EngineProcess[] = [];
const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const engine of engines.splice(0)) await engine.dispose();
  for (const close of closers.splice(0).toReversed()) await close();
});

function start(args: readonly string[], env: Record<string, string> = {}): EngineProcess {
  const engine = new EngineProcess(args, env);
  engines.push(engine);
  return engine;
}

function file(name: string, content: string | Buffer): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

function endpoints({ rest, stream, wsApi }: ExchangeUrls): string[] {
  return [`rest=${rest}`, `stream=${stream}`, `wsApi=${wsApi}`].flatMap((each) => [
    '--set',
    `venues.sim.endpoints.${each}`,
  ]);
}

function keyVariables({ credentials }: ExchangeHandle): Record<string, string> {
  return {
    SHRIKE__VENUES__SIM__CREDENTIALS__API_KEY: credentials.apiKey,
    SHRIKE__VENUES__SIM__CREDENTIALS__API_SECRET: credentials.hmacSecret,
  };
}

async function openExchange(): Promise<ExchangeHandle> {
  const exchange = await startExchangeThread({
    seed: 9,
    symbols: ['BTCUSDT'],
    eventsPerSecond: 400,
    restPort: 0,
    streamPort: 0,
    wsApiPort: 0,
  });
  closers.push(() => exchange.close());
  return exchange;
}

async function takenPort(): Promise<number> {
  const server = createTcpServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closers.push(async () => {
    await new Promise((resolve) => server.close(resolve));
  });
  return (server.address() as AddressInfo).port;
}

describe('strategies that throw', () => {
  const CALLBACKS = [
    'onStart',
    'onBook',
    'onBookHidden',
    'onTrade',
    'onBar',
    'onTimer',
    'onReport',
    'onFill',
  ] as const;

  /** A file of its own for every callback, since a strategy is named by its file. */
  function throwingStrategies(): string {
    const from = JSON.stringify(strategyFixture('throwing'));
    return CALLBACKS.map((callback) => {
      const path = file(`throwing-${callback}.ts`, `export { createStrategy } from ${from};\n`);
      return `[[strategies]]\nname = ${JSON.stringify(path)}\nparams = { callback = "${callback}" }\n`;
    }).join('');
  }

  it(
    'are switched off each by name and their orders cancelled, while the engine and the others go on',
    async () => {
      const config = file('throwing.toml', `mode = "live"\n${throwingStrategies()}`);
      const settings = ['--config', config, '--symbols', 'BTCUSDT', '--drill', 'drop-feed@1500ms'];
      const engine = start(['run', '--json', ...UNREHEARSED, ...settings]);
      const urls = await apiOf(engine);
      const faultsOf = ({ errors }: EngineStats): string[] =>
        errors.filter(({ code }) => code === 'STRATEGY_FAULTED').map(({ first }) => first);
      const faulted = await statsUntil(
        urls,
        (stats) => CALLBACKS.every((name) => faultsOf(stats).some((text) => text.includes(`.${name}: `))),
        'a fault in every callback among the errors',
      );
      const later = await statsUntil(
        urls,
        ({ ticks, orders }) => ticks > faulted.ticks + 100 && orders.open === 0,
        'an engine that goes on without open orders',
      );
      // All but the one that fails in onStart had an order at work.
      expect(later.orders.canceled).toBe(CALLBACKS.length - 1);
      expect(later.mayTrade).toBe(true);
      engine.child.kill('SIGTERM');
      const finished = await engine.finished;
      expect(finished.code, finished.err).toBe(0);
      const stats = lastSummary(finished);
      expect(stats.violations).toEqual([]);
      expect(stats.account).toMatchObject({ isEqual: true });
      // The drill that hides the book leaves its own error.
      expect(stats.errors).toHaveLength(CALLBACKS.length + 1);
      const faults = stats.errors.filter(({ code }) => code === 'STRATEGY_FAULTED');
      expect(faults.map(({ count }) => count)).toEqual(CALLBACKS.map(() => 1));
      expect(faults.map(({ first }) => first).sort()).toEqual(
        CALLBACKS.map(
          (name) => `STRATEGY_FAULTED throwing-${name}.${name}: TypeError: thrown on purpose in ${name}`,
        ).sort(),
      );
      expect(stats.actors.every(({ restarts }) => restarts === 0)).toBe(true);
    },
    TEST_MS,
  );

  it(
    'in onStop does not keep the engine from stopping',
    async () => {
      const finished = await start([
        'run',
        '--json',
        ...UNREHEARSED,
        '--strategy',
        strategyFixture('throwing'),
        '--duration',
        '2s',
        '--set',
        'strategy.params.callback="onStop"',
      ]).finished;
      expect(finished.code, finished.err).toBe(0);
      const stats = lastSummary(finished);
      expect(stats.errors.map(({ first }) => first)).toEqual([
        expect.stringMatching(/\.onStop: TypeError: thrown on purpose in onStop$/) as string,
      ]);
      expect(stats.orders).toMatchObject({ open: 0, canceled: 2 });
    },
    TEST_MS,
  );
});

describe('a strategy file that cannot be used is refused by name before anything trades', () => {
  const good = 'export const createStrategy = () => ({});\n';
  test.each([
    [
      'no createStrategy',
      'none.ts',
      'export const createStrategi = 1;\n',
      'STRATEGY_INCOMPLETE',
      /none\.ts has no function createStrategy/,
    ],
    [
      'a syntax error',
      'syntax.ts',
      `${good}const = 1;\n`,
      'STRATEGY_UNLOADABLE',
      /cannot load the strategy .*syntax\.ts: SyntaxError/,
    ],
    [
      'a missing import',
      'import.ts',
      `import './nowhere.ts';\n${good}`,
      'STRATEGY_UNLOADABLE',
      /cannot load the strategy .*import\.ts: .*nowhere\.ts/,
    ],
    [
      'an import that shrike/strategy does not have',
      'name.ts',
      `import { SIDES } from 'shrike/strategy';\nexport const sides = SIDES;\n${good}`,
      'STRATEGY_UNLOADABLE',
      /name\.ts: .*SIDES/,
    ],
    [
      'code that throws while it is loaded',
      'throws.ts',
      `throw new Error('not today');\n`,
      'STRATEGY_UNLOADABLE',
      /throws\.ts: .*not today/,
    ],
    [
      'a factory that throws',
      'factory.ts',
      `export const createStrategy = () => { throw new Error('no such colour: 7'); };\n`,
      'STRATEGY_PARAMS',
      /factory" refused to start: no such colour: 7/,
    ],
    [
      'a factory that gives nothing',
      'nothing.ts',
      `export const createStrategy = () => undefined;\n`,
      'STRATEGY_INCOMPLETE',
      /nothing" returned no object/,
    ],
  ])('%s', async (_name, name, content, code, message) => {
    const finished = await start(['run', '--json', ...UNREHEARSED, '--strategy', file(name, content)])
      .finished;
    expectRefusal(finished, 78, code, message);
  });

  it('a shipped strategy lists every parameter that is wrong', async () => {
    const sets = ['barMs=5', 'lookback="many"', 'colour=7'].flatMap((set) => [
      '--set',
      `strategy.params.${set}`,
    ]);
    const finished = await start(['run', '--json', ...UNREHEARSED, ...sets]).finished;
    expectRefusal(
      finished,
      78,
      'STRATEGY_PARAMS',
      /barMs must be .*; lookback must be .*; colour is not a parameter/,
    );
  });
});

describe('settings that cannot work', () => {
  it('a api port in use is named, nothing keeps running and no order stays at the venue', async () => {
    const port = await takenPort();
    const exchange = await openExchange();
    const finished = await start(
      [
        'run',
        '--json',
        '--mode',
        'live',
        '--symbols',
        'BTCUSDT',
        '--strategy',
        strategyFixture('resting-maker'),
        '--set',
        `api.port=${port}`,
        ...endpoints(exchange.urls),
      ],
      keyVariables(exchange),
    ).finished;
    expectRefusal(
      finished,
      1,
      'API_PORT_IN_USE',
      new RegExp(`api\\.port ${port} on 127\\.0\\.0\\.1 is in use`),
    );
    expect((await exchange.accountSnapshot()).openOrders).toEqual([]);
  });

  test.each(['restPort', 'streamPort', 'wsApiPort'])('an exchange.%s in use is named', async (name) => {
    const port = await takenPort();
    const finished = await start(['run', '--json', ...UNREHEARSED, '--set', `exchange.${name}=${port}`])
      .finished;
    expectRefusal(finished, 69, 'EXCHANGE_PORT_IN_USE', new RegExp(String(port)));
  });

  it('an unknown symbol is named', async () => {
    const finished = await start(['run', '--json', ...UNREHEARSED, '--symbols', 'BTCUSDT,NOPEUSDT']).finished;
    expectRefusal(finished, 78, 'EXCHANGE_UNKNOWN_SYMBOL', /NOPEUSDT/);
  });

  it('risk limits without sense are all named at once', async () => {
    const sets = [
      'risk.maxPosition=0',
      'risk.maxOrderQty=0.0000001',
      'risk.startEquity=0',
      'risk.symbols.DOGEUSDT.maxPosition=1',
      'risk.symbols.ETHUSDT.maxOrderNotional=0',
    ];
    const finished = await start(['run', '--json', ...UNREHEARSED, ...sets.flatMap((set) => ['--set', set])])
      .finished;
    expectRefusal(finished, 78, 'RISK_LIMITS', /risk\.maxPosition: "0" is less than one lot/);
    for (const path of [
      'risk.maxOrderQty',
      'risk.maxDrawdown',
      'risk.symbols.DOGEUSDT',
      'risk.symbols.ETHUSDT.maxOrderNotional',
    ])
      expect(finished.err).toContain(`${path}: `);
  });
});

describe('a venue that is not as it should be', () => {
  it('unreachable: exit 69 with its address', async () => {
    const server = createTcpServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    await new Promise((resolve) => server.close(resolve));
    const address = `http://127.0.0.1:${port}`;
    const socket = `ws://127.0.0.1:${port}`;
    const args = endpoints({ rest: address, stream: socket, wsApi: socket });
    const finished = await start(['run', '--json', ...UNREHEARSED, ...args]).finished;
    expect(finished.code, finished.err).toBe(69);
    expect(finished.err).toContain(`the venue at ${address} does not answer`);
    expect(finished.err).not.toMatch(/\n\s+at /);
  });

  it('answers that are no JSON: exit 69 with its address', async () => {
    const server = createServer((_request, response) => response.end('<html>maintenance</html>'));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    closers.push(async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    });
    const { port } = server.address() as AddressInfo;
    const socket = `ws://127.0.0.1:${port}`;
    const args = endpoints({ rest: `http://127.0.0.1:${port}`, stream: socket, wsApi: socket });
    const finished = await start(['run', '--json', ...UNREHEARSED, ...args]).finished;
    expect(finished.code, finished.err).toBe(69);
    expect(finished.err).toContain(`the venue at http://127.0.0.1:${port} does not answer as it should`);
    expect(finished.err).not.toMatch(/\n\s+at /);
  });

  it('a key it does not know: exit 77', async () => {
    const exchange = await openExchange();
    const env = {
      SHRIKE__VENUES__SIM__CREDENTIALS__API_KEY: 'k'.repeat(64),
      SHRIKE__VENUES__SIM__CREDENTIALS__API_SECRET: 's'.repeat(64),
    };
    const args = [
      'run',
      '--json',
      ...UNREHEARSED,
      '--mode',
      'live',
      '--symbols',
      'BTCUSDT',
      ...endpoints(exchange.urls),
    ];
    const finished = await start(args, env).finished;
    expect(finished.code, finished.err).toBe(77);
    expect(finished.out + finished.err).not.toContain('ssssssss');
    expect(finished.err).not.toMatch(/\n\s+at /);
  });

  it(
    'garbage between its frames is refused and counted, and neither book nor order is lost',
    async () => {
      const exchange = await openExchange();
      const proxy = await InjectingProxy.open(exchange.urls.wsApi);
      closers.push(() => proxy.close());
      const engine = start(
        [
          'run',
          '--json',
          ...UNREHEARSED,
          '--mode',
          'live',
          '--strategy',
          'tick-taker',
          '--symbols',
          'BTCUSDT',
          ...endpoints({ ...exchange.urls, wsApi: proxy.url }),
        ],
        keyVariables(exchange),
      );
      const urls = await apiOf(engine);
      const before = await statsUntil(urls, ({ fills }) => fills > 0, 'first fills');
      const rounds = 20;
      for (let round = 0; round < rounds; round++) {
        await exchange.drill({ kind: 'inject-garbage', count: 10 });
        for (const text of GARBAGE_ORDER_FRAMES) expect(proxy.inject(text)).toBe(1);
        proxy.inject(Buffer.from([0xff, 0x00, 0x80, 0x7b]));
      }
      await statsUntil(
        urls,
        ({ counters, fills }) => counters['market-data']['refusedMalformed'] > 0 && fills >= before.fills + 5,
        'fills after the garbage',
      );
      engine.child.kill('SIGTERM');
      const finished = await engine.finished;
      expect(finished.code, finished.err).toBe(0);
      const stats = lastSummary(finished);
      expect(stats.violations).toEqual([]);
      const feed = stats.counters['market-data'];
      const refused = feed['refusedMalformed'] + feed['refusedUnknownSymbol'] + feed['refusedNumber'];
      expect(
        refused + feed['otherFrames'] + feed['controlErrors'] + feed['controlReplies'],
      ).toBeGreaterThanOrEqual(rounds * 10);
      expect(FRAME_OUTCOMES.reduce((sum, name) => sum + feed[name], 0)).toBe(feed['frames']);
      expect(feed['gaps'] + feed['disconnects']).toBe(0);
      const execution = stats.counters['execution'];
      const unread = execution['venueMalformedFrames'] + execution['venueUnknownFrames'];
      expect(unread).toBe(rounds * (GARBAGE_ORDER_FRAMES.length + 1));
      expect(execution['venueReconnects']).toBe(0);
      expect(stats.orders).toMatchObject({ open: 0, unknown: 0 });
      const account = await exchange.accountSnapshot();
      const totals = account.totals['BTCUSDT'];
      expect(account.openOrders).toEqual([]);
      expect(totals.boughtLots - totals.soldLots).toBe(stats.position['BTCUSDT'].netLots);
      expect(totals.fills).toBe(stats.fills);
    },
    TEST_MS,
  );
});

const GARBAGE_ORDER_FRAMES = [
  '',
  'x',
  '{',
  '[]',
  'null',
  '{"id":',
  '{"event":{"e":"executionReport"',
  '\u0000',
];

describe('a reader of stdout that goes away', () => {
  test.each([[[]], [['--json']]])(
    'with %j does not disturb the engine, which stops in order',
    async (more) => {
      const engine = start([
        'run',
        ...UNREHEARSED,
        '--mode',
        'live',
        '--strategy',
        strategyFixture('resting-maker'),
        ...more,
      ]);
      engine.child.stdout.destroy();
      const urls = await apiOf(engine);
      await statsUntil(urls, ({ fills, orders }) => fills > 5 && orders.open > 0, 'trading');
      engine.child.kill('SIGTERM');
      const finished = await engine.finished;
      expect({ code: finished.code, signal: finished.signal }, finished.err).toEqual({
        code: 0,
        signal: null,
      });
      expect(finished.err).not.toMatch(/EPIPE|not confirmed|forced exit/);
    },
    TEST_MS,
  );
});
