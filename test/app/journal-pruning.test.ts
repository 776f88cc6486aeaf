import { execFile } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeEach, expect, test } from 'vitest';
import { loadConfig } from '../../engine/app/config/config.ts';
import type { EngineLog } from '../../engine/app/run/engine-log.ts';
import { openEngineState } from '../../engine/app/run/engine-state.ts';
import type { VenueSession } from '../../engine/app/run/venue-session.ts';
import { planMemory } from '../../engine/app/threads/memory-plan.ts';
import { createClockOrigin } from '../../engine/core/clock.ts';
import { regionOf } from '../../engine/ipc/memory-map.ts';
import { readState } from '../../engine/journal/recovery.ts';
import { openStateDirectory } from '../../engine/journal/state-directory.ts';
import { SIDE } from '../../engine/messages/enums.ts';
import { PositionReader } from '../../engine/risk/positions.ts';
import { plainTopology } from '../../engine/runtime/build-topology.ts';
import { JournalRig, runIdentity, temporaryFolder } from '../fixtures/journal-rig.ts';

const MAIN = fileURLToPath(new URL('../../engine/app/main.ts', import.meta.url));
const IDENTITY = { mode: 'paper', venue: 'sim' };
const FILLS = 30;

const root = temporaryFolder();
afterAll(() => root.remove());
let folders = 0;
let stateDir = '';
let journal = '';

/** A state folder whose journal has several files, all from long ago. */
beforeEach(() => {
  stateDir = join(root.path, `state-${folders++}`);
  const state = openStateDirectory(stateDir, IDENTITY, 1);
  ({ journal } = state);
  const rig = new JournalRig(journal, { segmentBytes: 2_000 });
  rig.start();
  for (let fillSeq = 1; fillSeq <= FILLS; fillSeq++) {
    const terms = { intentSeq: fillSeq, venueTradeId: fillSeq, instrumentIndex: 0, side: SIDE.buy };
    rig.fill(0, { ...terms, fillSeq, priceTicks: 100, qtyLots: 2, feeCash: 1 });
    rig.turn();
  }
  rig.actor.onClose();
  state.release();
});

interface Finished {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

function prune(...args: readonly string[]): Promise<Finished> {
  const all = [MAIN, 'journal', 'prune', '--set', `state.dir=${stateDir}`, ...args];
  return new Promise((resolve) => {
    const env = { PATH: process.env['PATH'] ?? '', HOME: root.path, NO_COLOR: '1' };
    const child = execFile(process.execPath, all, { cwd: root.path, env }, (_, out, err) => {
      resolve({ code: child.exitCode ?? -1, out, err });
    });
  });
}

test('journal prune keeps everything unless told otherwise, and says what would go before it does it', async () => {
  const files = readdirSync(journal);
  const before = readState(journal);
  expect(await prune()).toMatchObject({ code: 0, out: expect.stringMatching(/^nothing to prune/) });
  const dry = await prune('--keep-days', '2');
  expect(dry).toMatchObject({ code: 0, out: expect.stringMatching(/^journal-00000001\.log {2}\d+ bytes/) });
  expect(dry.out).toMatch(/files would go; --yes removes them\n$/);
  expect(readdirSync(journal)).toEqual(files);

  const done = await prune('--keep-days', '2', '--yes');
  expect(done.out).toMatch(/files removed; checkpoint-00000001\.ckpt stands for them\n$/);
  expect(readdirSync(journal)).toHaveLength(2);
  expect(readState(journal)).toEqual(before);
  const again = await prune('--keep-days', '2', '--yes', '--json');
  expect(JSON.parse(again.out)).toMatchObject({ plan: [], result: { removed: [], difference: null } });
});

test('journal prune --yes leaves the journal of a running engine alone and exits with 75', async () => {
  const files = readdirSync(journal);
  const running = openStateDirectory(stateDir, IDENTITY, 2);
  const { code, err } = await prune('--keep-days', '2', '--yes');
  expect(code).toBe(75);
  expect(err).toMatch(/is in use by the engine with process id/);
  expect(readdirSync(journal)).toEqual(files);
  running.release();
});

test('an engine with journal.keepDays prunes at start and starts with the same positions the next time', () => {
  const { config } = loadConfig({
    env: {},
    sets: ['mode=paper', `state.dir=${stateDir}`, 'journal.keepDays=2'],
  });
  const { instruments, accountId } = runIdentity();
  const accounts = [{ label: '', accountId }];
  const session = { accounts, instruments } as unknown as VenueSession;
  const warnings: string[] = [];
  const log = { info: () => {}, warn: (text: string) => warnings.push(text) } as unknown as EngineLog;
  for (let start = 0; start < 2; start++) {
    const memory = planMemory(plainTopology('fused'), instruments.length);
    openEngineState(config, session, [], memory, createClockOrigin(), log).release();
    expect(readdirSync(journal)).toEqual(['checkpoint-00000001.ckpt', expect.stringMatching(/^journal-/)]);
    const positions = new PositionReader(memory.buffer, regionOf(memory.map, 'state:positions'));
    positions.read(0);
    expect(positions).toMatchObject({ netLots: 2 * FILLS, feesCash: FILLS, lastFillSeq: FILLS });
  }
  expect(warnings).toEqual([]);
});
