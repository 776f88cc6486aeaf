/** Recordings without a snapshot, with one from a file, and several files of one stream. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, it, test } from 'vitest';
import { EngineProcess, lastJson } from '../fixtures/engine-process.ts';

interface Replay {
  readonly breaks: readonly string[];
  readonly book: Readonly<
    Record<string, { isValid: boolean; gaps: number; bestBid: string; hint: string | null }>
  >;
}

const folder = mkdtempSync(join(tmpdir(), 'shrike-replay-files-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function file(name: string, content: string | Buffer): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

/** Updates [first, last] of one symbol, one a frame and 100 ms. */
function frames(symbol: string, first: number, last: number): string {
  const lines: string[] = [];
  for (let id = first; id <= last; id++) {
    const bid = `["20.10","${id}.5"]`;
    const data = `{"e":"depthUpdate","E":1,"s":"${symbol}","U":${id},"u":${id},"b":[${bid}],"a":[]}`;
    const timeNs = `${1_731_000_000_000 + id * 100}000000`;
    lines.push(`${timeNs} {"stream":"${symbol.toLowerCase()}@depth@100ms","data":${data}}\n`);
  }
  return lines.join('');
}

function depth(lastUpdateId: number): string {
  return `{"lastUpdateId":${lastUpdateId},"bids":[["20.10","1.5"],["20.00","2.0"]],"asks":[["20.30","4.5"]]}`;
}

async function replay(...args: string[]): Promise<{ code: number | null; err: string; json: Replay }> {
  const engine = new EngineProcess(['replay', ...args, '--venue', 'binance-spot', '--json']);
  try {
    const finished = await engine.finished;
    return { code: finished.code, err: finished.err, json: lastJson(finished) as Replay };
  } finally {
    await engine.dispose();
  }
}

const first = file('first.frames', frames('LTCUSDT', 101, 110));
const second = file('second.frames.gz', gzipSync(Buffer.from(frames('LTCUSDT', 111, 120))));
const later = file('later.frames', frames('LTCUSDT', 131, 140));
const good = file('depth.json', depth(100));

describe('a recording without a snapshot', () => {
  it('says in one sentence why its book stays hidden and what helps', async () => {
    const { code, err, json } = await replay(first);
    expect(code).toBe(0);
    expect(err).toMatch(/LTCUSDT: the book stays hidden: there is no snapshot.*--snapshot FILE/);
    expect(json.book['LTCUSDT']).toMatchObject({
      isValid: false,
      hint: expect.stringMatching(/recording before/),
    });
  });

  it('takes one from a file, plain or gzipped', async () => {
    for (const path of [good, file('depth.json.gz', gzipSync(depth(104)))]) {
      const { json } = await replay(first, '--snapshot', path);
      expect(json.book['LTCUSDT']).toMatchObject({ isValid: true, hint: null, bestBid: '20.1' });
    }
  });

  test.each([
    ['too old', depth(90), 'SNAPSHOT_TOO_OLD'],
    ['too new', depth(111), 'SNAPSHOT_TOO_NEW'],
    ['no snapshot', '{"code":-1121,"msg":"Invalid symbol."}', 'SNAPSHOT_MALFORMED'],
    ['no JSON', 'hello', 'SNAPSHOT_UNREADABLE'],
  ])('refuses a file that is %s', async (name, content, code) => {
    const refused = await replay(first, '--snapshot', file(`${name}.json`, content));
    expect(refused.code).toBe(1);
    expect(JSON.stringify(refused.json) + refused.err).toContain(code);
  });
});

describe('several files of one stream', () => {
  it('carry the book on where the update ids chain', async () => {
    const { json } = await replay(first, second, '--snapshot', good);
    expect(json.breaks).toEqual([]);
    expect(json.book['LTCUSDT']).toMatchObject({ isValid: true, gaps: 0 });
  });

  it('say where they do not, and count the gap', async () => {
    const { err, json } = await replay(first, second, later, '--snapshot', good);
    expect(json.breaks).toHaveLength(1);
    expect(err).toMatch(
      /later\.frames does not follow on .*second\.frames\.gz: LTCUSDT ends at update 120 and goes on at 131/,
    );
    expect(json.book['LTCUSDT']).toMatchObject({ isValid: false, gaps: 1 });
  });

  it('are refused in the wrong order', async () => {
    const refused = await replay(second, first, '--snapshot', good);
    expect(refused.code).toBe(1);
    expect(JSON.stringify(refused.json) + refused.err).toMatch(/REPLAY_ORDER.*the oldest first/);
  });
});
