/** `shrike ctl`: a running engine is told something over the socket in its state folder, and answers what became of it. */
import { connect } from 'node:net';
import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, expect, it } from 'vitest';
import type { EngineStats } from '../../engine/api/engine-stats.ts';
import { CONTROL_LINE_BYTES_MAX } from '../../engine/app/control/control-protocol.ts';
import { EngineProcess, lastJson, lastSummary, UNREHEARSED } from '../fixtures/engine-process.ts';
import type { Finished } from '../fixtures/engine-process.ts';
import { poll, strategyFixture } from '../fixtures/exchange-process.ts';

const TEST_MS = 120_000;
const stateDir = mkdtempSync(join(tmpdir(), 'shrike-ctl-'));
afterAll(() => rmSync(stateDir, { recursive: true, force: true }));

const processes: EngineProcess[] = [];
afterEach(async () => {
  for (const each of processes.splice(0)) await each.dispose();
});

function start(args: readonly string[]): EngineProcess {
  const each = new EngineProcess(args);
  processes.push(each);
  return each;
}

async function runEngine(): Promise<EngineProcess> {
  const place = ['--mode', 'live', '--symbols', 'BTCUSDT', '--set', `state.dir=${stateDir}`];
  const engine = start([
    'run',
    '--json',
    ...UNREHEARSED,
    ...place,
    '--strategy',
    strategyFixture('resting-maker'),
  ]);
  await engine.until(({ err }) => err.includes('trading begins'), 'start');
  return engine;
}

async function ctl(...args: string[]): Promise<Finished> {
  return start(['ctl', ...args, '--json', '--state-dir', stateDir]).finished;
}

async function told(...args: string[]): Promise<{ outcome: string; reason: string; code: number | null }> {
  const finished = await ctl(...args);
  return { ...(lastJson(finished) as { outcome: string; reason: string }), code: finished.code };
}

async function statsNow(): Promise<EngineStats> {
  return (lastJson(await ctl('status')) as { stats: EngineStats }).stats;
}

function heldLots({ position }: EngineStats): number {
  return Math.abs(position['BTCUSDT'].netLots);
}

/** The engine's answer to bytes that no client of its own would send. */
function raw(path: string, bytes: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(path);
    let text = '';
    socket.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      if (text.includes('\n')) socket.end();
    });
    socket.once('close', () => resolve(text));
    socket.once('error', reject);
    socket.write(bytes);
  });
}

it(
  'pauses, resumes, cancels and kills; every answer says what took effect, and the same id is carried out once',
  async () => {
    const engine = await runEngine();
    const path = join(stateDir, 'live', 'sim', 'ctl.sock');
    expect(statSync(path).mode & 0o777).toBe(0o600);
    await poll(statsNow, ({ orders }) => orders.open > 0 && orders.filled > 0, 'trading');

    expect(await told('pause')).toMatchObject({ outcome: 'applied', code: 0 });
    const paused = await statsNow();
    expect(paused).toMatchObject({ mayTrade: false, isPaused: true });
    const later = await poll(statsNow, ({ ticks }) => ticks > paused.ticks + 300, 'ticks while paused');
    // What lets the position shrink still passes (test/risk/reducing.test.ts).
    expect(later).toMatchObject({ mayTrade: false, isPaused: true });
    expect(await told('unpause')).toMatchObject({ outcome: 'applied', code: 0 });
    await poll(statsNow, ({ orders }) => orders.submitted > later.orders.submitted, 'orders after the pause');

    expect(await told('reduce')).toMatchObject({ outcome: 'applied', code: 0 });
    const reducing = await statsNow();
    expect(reducing).toMatchObject({ isReducing: true, reduceReason: 'command', mayTrade: false });
    const shrunk = await poll(statsNow, ({ ticks }) => ticks > reducing.ticks + 300, 'ticks while reducing');
    expect(heldLots(shrunk)).toBeLessThanOrEqual(heldLots(reducing));
    expect(await told('resume')).toMatchObject({ outcome: 'applied', code: 0 });
    expect(await statsNow()).toMatchObject({ isReducing: false, reduceReason: null });

    expect(await told('cancel-all', '--symbol', 'NOPE')).toMatchObject({ outcome: 'refused', code: 4 });
    expect(await told('kill', '--id', 'kill-1')).toMatchObject({ outcome: 'applied', code: 0 });
    const killed = await statsNow();
    expect(killed).toMatchObject({ isKilled: true, orders: { open: 0 } });
    expect(await told('resume', '--id', 'resume-1')).toMatchObject({ outcome: 'applied', code: 0 });
    await poll(statsNow, ({ orders }) => orders.open > 0, 'trading after the kill');
    // The answer of the first time; nothing is killed again.
    expect(await told('kill', '--id', 'kill-1')).toMatchObject({ outcome: 'applied', code: 0 });
    expect((await statsNow()).isKilled).toBe(false);
    expect(await told('pause', '--id', 'kill-1')).toMatchObject({ reason: 'command_id_conflict', code: 4 });

    expect(JSON.parse(await raw(path, 'nonsense\n'))).toMatchObject({ error: { code: 'BAD_REQUEST' } });
    const long = 'x'.repeat(CONTROL_LINE_BYTES_MAX + 1);
    expect(JSON.parse(await raw(path, long))).toMatchObject({ error: { code: 'LINE_TOO_LONG' } });

    engine.child.kill('SIGTERM');
    const finished = await engine.finished;
    expect(finished.code, finished.err.slice(-3000)).toBe(0);
    expect(lastSummary(finished).violations).toEqual([]);
    expect(existsSync(path)).toBe(false);
    expect((await ctl('status')).code).toBe(6);
  },
  TEST_MS,
);

it(
  'takes the place of the socket that a killed engine left',
  async () => {
    const first = await runEngine();
    first.child.kill('SIGKILL');
    await first.finished;
    expect((await ctl('status')).code).toBe(6);
    const second = await runEngine();
    expect((await statsNow()).mode).toBe('live');
    second.child.kill('SIGTERM');
    expect((await second.finished).code).toBe(0);
  },
  TEST_MS,
);
