/** A live engine whose disk becomes full: it stops trading, says what is not on disk, and recovers when there is room. */
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { accountBooks } from '../fixtures/account-books.ts';
import { EngineProcess, lastJson, lastSummary, UNREHEARSED } from '../fixtures/engine-process.ts';
import { ExchangeProcess, poll, strategyFixture } from '../fixtures/exchange-process.ts';
import type { VenueOrder } from '../fixtures/exchange-process.ts';
import { SmallDisk } from '../fixtures/small-disk.ts';

const SYMBOL = 'BTCUSDT';
const disk = SmallDisk.mount(24);

describe.skipIf(disk === null)('a live engine on a full disk (needs the right to mount a tmpfs)', () => {
  let exchange: ExchangeProcess;

  beforeAll(async () => {
    exchange = await ExchangeProcess.start([
      '--seed',
      '8',
      '--symbols',
      SYMBOL,
      '--events-per-second',
      '600',
    ]);
  });

  afterAll(async () => {
    await exchange.dispose();
    disk?.unmount();
  });

  function start(): EngineProcess {
    const place = ['--mode', 'live', '--venue', 'sim', ...exchange.endpoints];
    const state = ['--set', `state.dir=${join(disk!.path, 'state')}`];
    const args = ['run', '--json', ...UNREHEARSED, ...place, ...state, '--symbols', SYMBOL];
    return new EngineProcess(
      [...args, '--strategy', strategyFixture('resting-maker')],
      exchange.keyVariables('ed25519'),
    );
  }

  const orders = (): Promise<VenueOrder[]> =>
    exchange.ask<VenueOrder[]>('GET', '/api/v3/allOrders', { symbol: SYMBOL, limit: 1000 });

  it('stops new orders, ends with a summary that says what is missing, and the next start recovers', async () => {
    const engine = start();
    try {
      await engine.until(({ err }) => err.includes('trading begins'), 'start');
      await poll(
        () => exchange.trades(SYMBOL),
        (all) => all.length >= 10,
        'fills',
      );
      disk!.fill();
      await engine.until(({ err }) => err.includes('the journal cannot be written'), 'loss of the journal');
      const [, url] = /health and metrics (http:\/\/[^"\s]+)/.exec(engine.err)!;
      const codes = async (): Promise<string[]> => {
        const answer = await fetch(`${url}/-/ready`);
        const { reasons } = (await answer.json()) as { reasons: { code: string }[] };
        return reasons.map(({ code }) => code);
      };
      const wanted = ['KILLED', 'JOURNAL_LOST'];
      await poll(codes, (all) => wanted.every((code) => all.includes(code)), 'not ready');
      const isOpen = ({ status }: VenueOrder): boolean => /^(?:NEW|PARTIALLY_FILLED)$/.test(status);
      await poll(orders, (all) => !all.some(isOpen), 'no open order after the kill switch');
      const sent = (await orders()).length;

      engine.child.kill('SIGTERM');
      const finished = await engine.finished;
      const stats = lastSummary(finished);
      expect((await orders()).length).toBe(sent);
      expect(finished.code, finished.err.slice(-3000)).toBe(1);
      expect(stats.journal.state).toBe('lost');
      expect(stats.journal.unwritten!.total).toBeGreaterThan(0);
      expect(finished.err).toMatch(/not on disk: the last \d+ journal records \((?:\d+ \w+(?:, )?)+\)/);
      expect(finished.err).not.toMatch(/\n\s+at /);
    } finally {
      await engine.dispose();
    }

    disk!.fill();
    const early = start();
    try {
      const finished = await early.finished;
      expect(finished.code).toBe(75);
      expect(lastJson(finished)).toMatchObject({ error: { code: 'JOURNAL_NO_SPACE' } });
      expect(finished.err).toContain('free some space');
    } finally {
      await early.dispose();
    }

    disk!.free();
    const next = start();
    try {
      await next.until(({ err }) => err.includes('trading begins'), 'start with room again');
      const had = (await exchange.trades(SYMBOL)).length;
      await poll(
        () => exchange.trades(SYMBOL),
        (all) => all.length >= had + 10,
        'fills again',
      );
      next.child.kill('SIGTERM');
      const finished = await next.finished;
      expect(finished.code, finished.err.slice(-3000)).toBe(0);
      const stats = lastSummary(finished);
      expect(stats.violations).toEqual([]);
      expect(stats.journal).toMatchObject({ state: 'closed', unwritten: { total: 0 } });
      const theirs = accountBooks(await exchange.trades(SYMBOL));
      expect(Number(stats.position[SYMBOL].qty)).toBeCloseTo(theirs.net, 8);
      expect(Number(stats.position[SYMBOL].fees)).toBeCloseTo(theirs.fees, 2);
    } finally {
      await next.dispose();
    }
  }, 180_000);
});
