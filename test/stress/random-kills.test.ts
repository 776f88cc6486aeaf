/**
 * An engine that is killed at random moments, from the first line of its start to the middle of trading, again and again
 * on one account. Nothing may be lost or done twice. `SHRIKE_KILLS=40 npx vitest run test/stress/random-kills.test.ts`
 * makes it long; `SHRIKE_KILLS_SEED` repeats a run's moments.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Prng } from '../../engine/core/prng.ts';
import { accountBooks } from '../fixtures/account-books.ts';
import { EngineProcess, lastSummary, QUIET } from '../fixtures/engine-process.ts';
import { ExchangeProcess, poll, strategyFixture } from '../fixtures/exchange-process.ts';
import type { VenueOrder, VenueTrade } from '../fixtures/exchange-process.ts';

const KILLS = Number(process.env['SHRIKE_KILLS'] ?? 4);
const SEED = Number(process.env['SHRIKE_KILLS_SEED'] ?? 20_240_808);
const SYMBOLS = ['BTCUSDT', 'ETHUSDT'] as const;
/** Every other kill comes this long after the process was started, at most: while it starts, recovers, rehearses. */
const START_MS_MAX = 6_000;
/** The others come this long after trading began, however long the start took, at most. */
const TRADING_MS_MAX = 4_000;

let exchange: ExchangeProcess;
let stateDir: string;

beforeAll(async () => {
  stateDir = mkdtempSync(join(tmpdir(), 'shrike-kills-'));
  exchange = await ExchangeProcess.start([
    '--seed',
    '7',
    '--symbols',
    SYMBOLS.join(),
    '--events-per-second',
    '600',
  ]);
});

afterAll(async () => {
  await exchange.dispose();
  rmSync(stateDir, { recursive: true, force: true });
});

function run(): EngineProcess {
  const place = ['--mode', 'live', '--venue', 'sim', ...exchange.endpoints, '--set', `state.dir=${stateDir}`];
  const args = ['run', '--json', ...QUIET, ...place, '--symbols', SYMBOLS.join()];
  return new EngineProcess(
    [...args, '--strategy', strategyFixture('resting-maker')],
    exchange.keyVariables('ed25519'),
  );
}

const trades = (symbol: string): Promise<VenueTrade[]> => exchange.trades(symbol);

async function dumped(): Promise<{ message: string; fields: Record<string, unknown> }[]> {
  const verb = ['journal', 'dump', '--mode', 'live', '--set', `state.dir=${stateDir}`];
  const { code, out, err } = await new EngineProcess(verb).finished;
  expect(code, err.slice(-2000)).toBe(0);
  return out
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as { message: string; fields: Record<string, unknown> });
}

it(
  `killed ${KILLS} times at random moments (seed ${SEED}), it neither loses nor doubles an order or a fill`,
  async () => {
    const random = new Prng(SEED);
    for (let kill = 1; kill <= KILLS; kill++) {
      const engine = run();
      const isTrading = kill % 2 === 0;
      const lifeMs = Math.floor(random.nextFloat() * (isTrading ? TRADING_MS_MAX : START_MS_MAX));
      if (isTrading) await engine.until(({ err }) => err.includes('trading begins'), 'start');
      // The moment of the kill is the input here: a plain wait is what is wanted.
      await new Promise((resolve) => setTimeout(resolve, lifeMs));
      expect(engine.child.exitCode, `run ${kill} ended by itself:\n${engine.err.slice(-3000)}`).toBe(null);
      engine.child.kill('SIGKILL');
      await engine.dispose();
    }
    const last = run();
    try {
      await last.until(({ err }) => err.includes('trading begins'), 'last start');
      const had = (await Promise.all(SYMBOLS.map(trades))).flat().length;
      await poll(
        async () => (await Promise.all(SYMBOLS.map(trades))).flat(),
        (all) => all.length >= had + 10,
        'fills in the last run',
      );
      last.child.kill('SIGTERM');
      const finished = await last.finished;
      expect(finished.code, finished.err.slice(-3000)).toBe(0);
      const stats = lastSummary(finished);
      expect(stats.violations).toEqual([]);
      expect(stats.orders).toMatchObject({ open: 0, unknown: 0 });
      let tradeCount = 0;
      for (const symbol of SYMBOLS) {
        expect(await exchange.ask<VenueOrder[]>('GET', '/api/v3/openOrders', { symbol })).toEqual([]);
        const all = await trades(symbol);
        tradeCount += all.length;
        const theirs = accountBooks(all);
        const ours = stats.position[symbol];
        expect(Number(ours.qty), symbol).toBeCloseTo(theirs.net, 8);
        expect(Number(ours.fees), symbol).toBeCloseTo(theirs.fees, 2);
        const cost = Number(ours.averagePrice) * Number(ours.qty);
        expect(cost - Number(ours.realised), symbol).toBeCloseTo(theirs.paid, 2);
      }
      const records = await dumped();
      const ids = records
        .filter(({ message }) => message === 'OrderIntent')
        .map(({ fields }) => fields['clientId']);
      expect(new Set(ids).size).toBe(ids.length);
      const fills = records.filter(({ message }) => message === 'Fill');
      const keys = fills.map(({ fields }) =>
        [fields['instrumentIndex'], fields['side'], fields['venueTradeId']].join(),
      );
      expect(new Set(keys).size).toBe(keys.length);
      expect(keys.length).toBe(tradeCount);
      process.stderr.write(`${KILLS} kills, ${ids.length} orders, ${tradeCount} trades\n`);
    } finally {
      await last.dispose();
    }
  },
  120_000 + KILLS * 20_000,
);
