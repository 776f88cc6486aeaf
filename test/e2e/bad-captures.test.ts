/** Recordings that cannot be replayed are named with what is wrong; the engine's own replay as they were. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, describe, expect, it, test } from 'vitest';
import type { EngineStats } from '../../engine/api/engine-stats.ts';
import { EngineProcess, lastJson, UNREHEARSED } from '../fixtures/engine-process.ts';
import { expectRefusal } from '../fixtures/refusal.ts';

const TEST_MS = 120_000;

const folder = mkdtempSync(join(tmpdir(), 'shrike-captures-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const engines: EngineProcess[] = [];
afterEach(async () => {
  for (const engine of engines.splice(0)) await engine.dispose();
});

function start(args: readonly string[]): EngineProcess {
  const engine = new EngineProcess(args);
  engines.push(engine);
  return engine;
}

function file(name: string, content: string | Buffer): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

describe('a capture that cannot be replayed is named with what is wrong', () => {
  const line = `1723075200000000000 {"stream":"btcusdt@trade","data":{}}\n`;
  const zipped = gzipSync(Buffer.from(line.repeat(5_000)));
  test.each([
    ['no gzip', 'plain.gz', Buffer.from(line), 'CAPTURE_NOT_GZIP', /plain\.gz: .*no gzip/],
    [
      'a cut gzip',
      'cut.gz',
      zipped.subarray(0, zipped.length >> 1),
      'CAPTURE_TRUNCATED',
      /cut\.gz: .*ends too early/,
    ],
    [
      'a damaged gzip',
      'bad.gz',
      Buffer.concat([zipped.subarray(0, 20), Buffer.alloc(50, 0xaa), zipped.subarray(70)]),
      'CAPTURE_CORRUPT',
      /bad\.gz: /,
    ],
    ['an empty file', 'empty.frames', Buffer.alloc(0), 'CAPTURE_EMPTY', /empty\.frames: /],
    ['something else', 'else.txt', Buffer.from('hello\n'), 'CAPTURE_UNKNOWN_FORMAT', /else\.txt: /],
    [
      'a line without a time',
      'time.frames',
      Buffer.from(`${line}12 {}\n`),
      'CAPTURE_MALFORMED_LINE',
      /time\.frames, line 2: does not start with a receive time/,
    ],
  ])('%s', async (_name, name, content, code, message) => {
    const finished = await start(['replay', file(name, content), '--json']).finished;
    expectRefusal(finished, 1, code, message);
  });

  it('a folder', async () => {
    const finished = await start(['replay', folder, '--json']).finished;
    expectRefusal(finished, 1, 'CAPTURE_UNREADABLE', /EISDIR/);
  });
});

describe('a recording of its own', () => {
  it(
    'replays to the same digest at its own pace and at full speed',
    async () => {
      const capture = join(folder, 'own.frames.gz');
      const run = await start([
        'run',
        '--json',
        ...UNREHEARSED,
        '--symbols',
        'BTCUSDT',
        '--duration',
        '4s',
        '--record',
        capture,
      ]).finished;
      expect(run.code, run.err).toBe(0);
      const replay = async (
        ...more: string[]
      ): Promise<EngineStats & { digest: string; wallMs: number; recordedMs: number }> => {
        const finished = await start(['replay', capture, '--json', ...more]).finished;
        expect(finished.code, finished.err).toBe(0);
        return lastJson(finished) as never;
      };
      const fast = await replay();
      const paced = await replay('--speed', '2');
      expect(paced.digest).toBe(fast.digest);
      expect(paced.ticks).toBe(fast.ticks);
      expect(paced.ticks).toBeGreaterThan(200);
      expect(paced.recordedMs).toBeGreaterThan(2_000);
      // The last frames may come together, one timer tick early; full speed is far below half of the recorded time.
      expect(paced.wallMs).toBeGreaterThan(paced.recordedMs / 2 - 50);
      expect(fast.wallMs).toBeLessThan(paced.wallMs);
    },
    TEST_MS,
  );
});
