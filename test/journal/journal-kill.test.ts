import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, it } from 'vitest';
import { verifyJournal } from '../../engine/journal/reader.ts';
import { openNativeRoom } from '../../engine/native/native-room.ts';
import { recoverState } from '../../engine/journal/recovery.ts';
import { temporaryFolder } from '../fixtures/journal-rig.ts';

const folder = temporaryFolder();
afterAll(() => folder.remove());
const script = fileURLToPath(new URL('../fixtures/journal-writer-child.ts', import.meta.url));

/** Runs the writer until it has confirmed `lines` times, then kills it wherever it is; returns the last number. */
async function writeUntilKilled(first: number, lines: number, way: string): Promise<number> {
  const child = spawn(process.execPath, [script, folder.path, String(first), way], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let text = '';
  for await (const chunk of child.stdout.setEncoding('utf8') as AsyncIterable<string>) {
    text += chunk;
    if (text.split('\n').length > lines) child.kill('SIGKILL');
  }
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  expect(child.signalCode).toBe('SIGKILL');
  return Number(text.split('\n').findLast((line, index, all) => index < all.length - 1 && line !== ''));
}

it('survives kill -9 in the middle of writing: at most a torn end, and nothing confirmed is lost', async () => {
  let first = 1;
  const room = openNativeRoom();
  const mapped = typeof room === 'string' || room.files === null ? 'written' : 'mapped';
  for (const [lines, way] of [
    [3, mapped],
    [17, 'written'],
    [40, mapped],
  ] as const) {
    const confirmed = await writeUntilKilled(first, lines, way);
    expect(confirmed).toBeGreaterThan(first);
    const { findings } = await verifyJournal(folder.path);
    for (const finding of findings) expect(finding.kind).toBe('torn-tail');
    const state = recoverState(folder.path, ['account-1']);
    expect(state.highestIntentSeq).toBeGreaterThanOrEqual(confirmed);
    expect(state.highestFillSeq).toBeGreaterThanOrEqual(confirmed);
    expect(state.fills).toBe(state.highestFillSeq);
    expect(state.positions).toMatchObject([{ symbol: 'BTCUSDT', netLots: state.highestFillSeq }]);
    // Every intent without its fill counts as open: at most the one being written when the end came.
    expect(state.openOrders.length).toBeLessThanOrEqual(1);
    expect((await verifyJournal(folder.path)).problems).toEqual([]);
    first = state.highestFillSeq + 1;
  }
});
