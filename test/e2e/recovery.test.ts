/** Engines that end in the middle of trading, and what the next one makes of their journal and of the venue. */
import {
  appendFileSync,
  cpSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { EngineProcess, lastJson, lastSummary, UNREHEARSED } from '../fixtures/engine-process.ts';
import type { Finished } from '../fixtures/engine-process.ts';
import { ExchangeProcess, poll, strategyFixture } from '../fixtures/exchange-process.ts';
import type { VenueOrder, VenueTrade } from '../fixtures/exchange-process.ts';

const SYMBOLS = ['BTCUSDT', 'ETHUSDT'] as const;
const OWN_ID = /^sshrike-/;
const TEST_MS = 240_000;

const processes: EngineProcess[] = [];
afterEach(async () => {
  for (const process of processes.splice(0)) await process.dispose();
});

function start(args: readonly string[], env: Record<string, string> = {}, folder?: string): EngineProcess {
  const process = new EngineProcess(args, env, folder);
  processes.push(process);
  return process;
}

async function finish(args: readonly string[]): Promise<Finished> {
  return start(args).finished;
}

/** What a run that ended badly said, for the message of a failed test. */
function said(finished: Finished): string {
  const { orders, counters } = lastSummary(finished);
  const { execution } = counters;
  return `${finished.err.slice(-3000)}\n${JSON.stringify({ orders, execution })}`;
}

interface JournalRecord {
  readonly message: string;
  readonly fields: {
    readonly clientId: string;
    readonly instrumentIndex: number;
    readonly venueTradeId: number;
    readonly side: string;
    readonly qtyLots: number;
  };
}

async function dump(mode: string, stateDir: string): Promise<JournalRecord[]> {
  const { code, out, err } = await finish([
    'journal',
    'dump',
    '--mode',
    mode,
    '--set',
    `state.dir=${stateDir}`,
  ]);
  if (code !== 0) throw new Error(`journal dump: exit ${code}; ${err.slice(-2000)}`);
  return out
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as JournalRecord);
}

/** Net base quantity, fees in quote asset and money paid, of trades as the venue lists them. */
function sums(trades: readonly VenueTrade[]): { net: number; fees: number; paid: number } {
  let net = 0;
  let fees = 0;
  let paid = 0;
  for (const { isBuyer, qty, quoteQty, price, commission, commissionAsset } of trades) {
    net += isBuyer ? Number(qty) : -Number(qty);
    paid += isBuyer ? Number(quoteQty) : -Number(quoteQty);
    fees += commissionAsset === 'USDT' ? Number(commission) : Number(commission) * Number(price);
  }
  return { net, fees, paid };
}

describe.each(['hmac', 'ed25519'] as const)('a live engine with an %s key that is killed', (key) => {
  let exchange: ExchangeProcess;
  let stateDir: string;

  beforeAll(async () => {
    stateDir = mkdtempSync(join(tmpdir(), 'shrike-recovery-'));
    exchange = await ExchangeProcess.start([
      '--seed',
      '5',
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
    return start(
      [
        'run',
        '--json',
        ...UNREHEARSED,
        '--mode',
        'live',
        '--venue',
        'sim',
        ...exchange.endpoints,
        '--strategy',
        strategyFixture('resting-maker'),
        '--set',
        `state.dir=${stateDir}`,
      ],
      exchange.keyVariables(key),
    );
  }

  const open = async (): Promise<VenueOrder[]> =>
    (await Promise.all(SYMBOLS.map((symbol) => exchange.openOrders(symbol)))).flat();
  const ownOpen = async (): Promise<VenueOrder[]> =>
    (await open()).filter((order) => OWN_ID.test(order.clientOrderId));
  const trades = async (): Promise<VenueTrade[]> =>
    (await Promise.all(SYMBOLS.map((symbol) => exchange.trades(symbol)))).flat();

  async function byHand(params: Record<string, string | number>): Promise<void> {
    await exchange.ask('POST', '/api/v3/order', { symbol: 'BTCUSDT', quantity: 0.003, ...params });
  }

  it(
    'finds its orders and fills again, asks for what it missed, and touches nobody else’s orders',
    async () => {
      const { price } = await exchange.ask<{ price: string }>('GET', '/api/v3/ticker/price', {
        symbol: 'BTCUSDT',
      });
      // Before the first run: not the engine's business.
      await byHand({ side: 'BUY', type: 'MARKET', newClientOrderId: 'by-hand-1' });
      const farPrice = (Number(price) * 0.9).toFixed(2);
      await byHand({
        side: 'BUY',
        type: 'LIMIT',
        timeInForce: 'GTC',
        price: farPrice,
        newClientOrderId: 'by-hand-2',
      });
      const before = new Set((await trades()).map(({ id, orderId }) => `${orderId}:${id}`));
      const sinceStart = async (): Promise<VenueTrade[]> =>
        (await trades()).filter(({ id, orderId }) => !before.has(`${orderId}:${id}`));

      for (let death = 1; death <= 3; death++) {
        const had = (await sinceStart()).length;
        const engine = run();
        await engine.until(({ err }) => err.includes('trading begins'), 'start');
        await poll(sinceStart, (all) => all.length >= had + 20, `20 fills in run ${death}`);
        await poll(ownOpen, (orders) => orders.length >= 6, `open orders in run ${death}`);
        engine.child.kill('SIGKILL');
        expect((await engine.finished).signal).toBe('SIGKILL');
        // While nobody looks: a working order of the engine is hit, and someone trades by hand on the account.
        const left = new Set((await ownOpen()).map(({ orderId }) => orderId));
        expect(left.size).toBeGreaterThan(0);
        const atDeath = (await sinceStart()).length;
        await poll(
          sinceStart,
          (all) => all.slice().filter(({ orderId }) => left.has(orderId)).length > 0 && all.length > atDeath,
          `a fill after death ${death}`,
        );
        if (death === 2) await byHand({ side: 'SELL', type: 'MARKET', newClientOrderId: 'by-hand-3' });
      }

      const had = (await sinceStart()).length;
      const engine = run();
      await engine.until(({ err }) => /recovered 2 positions from \d+ fills of 3 runs/.test(err), 'recovery');
      await poll(sinceStart, (all) => all.length >= had + 20, 'fills in the last run');
      engine.child.kill('SIGTERM');
      const finished = await engine.finished;
      const stats = lastSummary(finished);
      expect(finished.code, said(finished)).toBe(0);
      expect(stats.violations).toEqual([]);
      expect(stats.errors).toEqual([]);
      expect(stats.orders).toMatchObject({ open: 0, unknown: 0 });

      // The order placed by hand rests where it was left: neither the market nor the engine has touched it.
      const outside = { symbol: 'BTCUSDT', origClientOrderId: 'by-hand-2' };
      expect(await exchange.ask('GET', '/api/v3/order', outside)).toMatchObject({
        status: 'NEW',
        executedQty: '0.00000000',
      });
      expect((await open()).map(({ clientOrderId }) => clientOrderId)).toEqual(['by-hand-2']);
      const all = await sinceStart();
      for (const symbol of SYMBOLS) {
        const ids = new Set((await exchange.trades(symbol)).map(({ orderId, id }) => `${orderId}:${id}`));
        const theirs = sums(all.filter(({ orderId, id }) => ids.has(`${orderId}:${id}`)));
        const ours = stats.position[symbol];
        expect(Number(ours.qty), symbol).toBeCloseTo(theirs.net, 8);
        expect(Number(ours.fees), symbol).toBeCloseTo(theirs.fees, 2);
        // What came in less what went out is what was realised and what the open position cost.
        const cost = Number(ours.averagePrice) * Number(ours.qty);
        expect(cost - Number(ours.realised), symbol).toBeCloseTo(theirs.paid, 2);
      }

      const records = await dump('live', stateDir);
      const intents = records
        .filter(({ message }) => message === 'OrderIntent')
        .map(({ fields }) => fields.clientId);
      expect(intents.length).toBeGreaterThan(80);
      expect(new Set(intents).size).toBe(intents.length);
      const fills = records.filter(({ message }) => message === 'Fill');
      // An account that trades with itself has both sides of one trade.
      const tradeKeys = fills.map(({ fields }) =>
        [fields.instrumentIndex, fields.side, fields.venueTradeId].join(),
      );
      expect(new Set(tradeKeys).size).toBe(tradeKeys.length);
      expect(tradeKeys.length).toBe(all.length);
      expect(
        (await finish(['journal', 'verify', '--mode', 'live', '--set', `state.dir=${stateDir}`])).code,
      ).toBe(0);
    },
    TEST_MS,
  );
});

/** The journal folder below a state folder. */
function journalOf(stateDir: string): string {
  return join(stateDir, 'paper', 'sim', 'journal');
}

function segment(stateDir: string): string {
  const names = readdirSync(journalOf(stateDir)).filter((name) => /^journal-\d+\.log$/.test(name));
  return join(journalOf(stateDir), names.sort().at(-1)!);
}

describe('a paper engine on a market that goes on', () => {
  let exchange: ExchangeProcess;
  let stateDir: string;

  beforeAll(async () => {
    stateDir = mkdtempSync(join(tmpdir(), 'shrike-recovery-'));
    exchange = await ExchangeProcess.start([
      '--seed',
      '6',
      '--symbols',
      'BTCUSDT',
      '--events-per-second',
      '600',
    ]);
  });

  afterAll(async () => {
    await exchange.dispose();
    rmSync(stateDir, { recursive: true, force: true });
  });

  function args(folder: string): string[] {
    return [
      'run',
      '--json',
      ...UNREHEARSED,
      '--venue',
      'sim',
      '--symbols',
      'BTCUSDT',
      ...exchange.endpoints,
      '--strategy',
      strategyFixture('resting-maker'),
      '--set',
      `state.dir=${folder}`,
    ];
  }

  const verify = async (folder: string): Promise<Finished> =>
    finish(['journal', 'verify', '--set', `state.dir=${folder}`]);

  /** Net lots of all fills ever journaled. */
  async function netOfFills(folder: string): Promise<number> {
    let net = 0;
    for (const { message, fields } of await dump('paper', folder)) {
      if (message === 'Fill') net += fields.side === 'buy' ? fields.qtyLots : -fields.qtyLots;
    }
    return net;
  }

  /** Runs on `folder` until fills of this run are in the journal, then ends it by `signal`. */
  async function tradeAndEnd(folder: string, signal: 'SIGKILL' | 'SIGTERM'): Promise<Finished> {
    const engine = start(args(folder));
    await engine.until(({ err }) => err.includes('trading begins'), 'start');
    const before = statSync(segment(folder)).size;
    await poll(
      async () => statSync(segment(folder)).size,
      (size) => size > before + 8_000,
      'records in the journal',
    );
    engine.child.kill(signal);
    return engine.finished;
  }

  it(
    'keeps position and resting orders over a death, and leaves nothing open at a stop',
    async () => {
      expect((await tradeAndEnd(stateDir, 'SIGKILL')).signal).toBe('SIGKILL');
      const finished = await tradeAndEnd(stateDir, 'SIGTERM');
      expect(finished.code, finished.err.slice(-3000)).toBe(0);
      expect(finished.err).toMatch(
        /recovered 1 positions from [1-9]\d* fills of 1 runs; [1-9]\d* orders may be open/,
      );
      const stats = lastSummary(finished);
      expect(stats.violations).toEqual([]);
      expect(stats.orders).toMatchObject({ open: 0, unknown: 0 });
      expect(stats.accountId).toBe('paper-1');
      expect(stats.position['BTCUSDT'].netLots).toBe(await netOfFills(stateDir));
      expect(await verify(stateDir)).toMatchObject({ code: 0 });
    },
    TEST_MS,
  );

  it(
    'refuses a second engine on its state folder with exit 75, and is not disturbed by it',
    async () => {
      const first = start(args(stateDir));
      await first.until(({ err }) => err.includes('trading begins'), 'start');
      const second = await finish(args(stateDir));
      expect(second.code).toBe(75);
      expect(second.err).toContain(join(stateDir, 'paper', 'sim'));
      expect(second.err).toContain(String(first.child.pid));
      expect(second.err).not.toMatch(/\n\s+at /);
      expect(lastJson(second)).toMatchObject({ schema: 'shrike.error/1', error: { code: 'STATE_LOCKED' } });
      first.child.kill('SIGTERM');
      const finished = await first.finished;
      expect(finished.code, finished.err.slice(-3000)).toBe(0);
      expect(lastSummary(finished).violations).toEqual([]);
    },
    TEST_MS,
  );

  it(
    'accepts a journal with a torn end and keeps the position of the records before it',
    async () => {
      const folder = mkdtempSync(join(tmpdir(), 'shrike-torn-'));
      try {
        cpSync(stateDir, folder, { recursive: true });
        const net = await netOfFills(folder);
        const file = segment(folder);
        // Half a record: the last one once more, cut in the middle.
        appendFileSync(file, readFileSync(file).subarray(-40, -8));
        expect((await verify(folder)).code).toBe(3);
        const finished = await start([...args(folder), '--duration', '2s']).finished;
        expect(finished.code, finished.err.slice(-3000)).toBe(0);
        expect(finished.err).toMatch(/torn end of the journal was cut/);
        expect(await netOfFills(folder)).toBe(lastSummary(finished).position['BTCUSDT'].netLots);
        expect(finished.err).toMatch(/recovered 1 positions/);
        expect(Number.isInteger(net)).toBe(true);
        expect(await verify(folder)).toMatchObject({ code: 0 });
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
    },
    TEST_MS,
  );

  it(
    'refuses a journal with a flipped byte with exit 78, and verify names file and place',
    async () => {
      const folder = mkdtempSync(join(tmpdir(), 'shrike-flipped-'));
      try {
        cpSync(stateDir, folder, { recursive: true });
        const file = segment(folder);
        const bytes = readFileSync(file);
        bytes[Math.floor(bytes.length / 2)] ^= 4;
        writeFileSync(file, bytes);
        const finished = await finish(args(folder));
        expect(finished.code).toBe(78);
        expect(finished.err).toMatch(/journal-\d+\.log:\d+: /);
        expect(finished.err).not.toMatch(/\n\s+at /);
        expect(lastJson(finished)).toMatchObject({ error: { code: 'JOURNAL_CORRUPT' } });
        expect(readFileSync(file).equals(bytes)).toBe(true);
        const verified = await verify(folder);
        expect(verified.code).toBe(3);
        const [, offset] = /journal-\d+\.log:(\d+): /.exec(verified.out)!;
        expect(Number(offset)).toBeGreaterThan(0);
        expect(Number(offset)).toBeLessThanOrEqual(bytes.length / 2);
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
    },
    TEST_MS,
  );
});
