import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { parseRequest } from '../../../engine/app/control/control-protocol.ts';
import { LineReader } from '../../../engine/app/control/line-reader.ts';
import { controlSocketPath, enginePlaces } from '../../../engine/app/control/socket-path.ts';

const folder = mkdtempSync(join(tmpdir(), 'shrike-control-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('LineReader', () => {
  it('finds the same lines however the bytes come in', () => {
    const text = fc
      .string({ unit: 'grapheme', maxLength: 20 })
      .filter((line) => line.trim() !== '' && !/\s/.test(line));
    fc.assert(
      fc.property(fc.array(text, { maxLength: 6 }), fc.array(fc.nat(30), { maxLength: 8 }), (lines, cuts) => {
        const bytes = Buffer.from(lines.map((line) => `${line}\n`).join(''));
        const found: string[] = [];
        const reader = new LineReader(200, (line) => found.push(line));
        const at = [0, ...cuts.map((cut) => Math.min(cut, bytes.length)).sort((a, b) => a - b), bytes.length];
        for (let index = 1; index < at.length; index++) {
          expect(reader.take(bytes.subarray(at[index - 1], at[index]))).toBe(true);
        }
        expect(found).toEqual(lines);
      }),
    );
  });

  it('gives up on a line that is too long, ended or not', () => {
    expect(new LineReader(10, () => {}).take(Buffer.from('x'.repeat(11)))).toBe(false);
    expect(new LineReader(10, () => {}).take(Buffer.from(`${'x'.repeat(11)}\n`))).toBe(false);
    expect(new LineReader(10, () => {}).take(Buffer.from(`${'x'.repeat(10)}\n`))).toBe(true);
  });
});

describe('a request', () => {
  it('is a command or a query', () => {
    const command = { op: 'command', id: 'a', kind: 'pause', args: {} };
    expect(parseRequest(JSON.stringify(command))).toEqual(command);
    expect(parseRequest('{"op":"query","what":"status"}')).toEqual({ op: 'query', what: 'status' });
  });

  it.each([
    '',
    '[]',
    'null',
    '{',
    '{"op":"other"}',
    '{"op":"command"}',
    '{"op":"query"}',
    '{"op":"command","id":"a","kind":"b","args":[]}',
  ])('that is %j is refused with a sentence', (line) => {
    expect(parseRequest(line)).toEqual(expect.stringMatching(/ (?:is|has|names) /));
  });

  it('of any form never throws', () => {
    fc.assert(fc.property(fc.anything(), (value) => void parseRequest(JSON.stringify(value) ?? '')));
  });
});

describe('the path of the control socket', () => {
  const place = { mode: 'paper', venue: 'sim' };

  it('is in the state folder, under a short name elsewhere when that is too long, and is explained when neither fits', () => {
    expect(controlSocketPath('/s', place, undefined)).toEqual({ path: '/s/paper/sim/ctl.sock' });
    const long = `/${'x'.repeat(120)}`;
    expect(controlSocketPath(long, place, '/run/user/1')).toEqual({
      path: expect.stringMatching(/^\/run\/user\/1\/shrike-[0-9a-f]{16}\.sock$/),
    });
    expect(controlSocketPath(long, place, undefined)).toEqual({
      problem: expect.stringMatching(
        /has \d+ bytes, a socket's path at most 10[37]; set a shorter state\.dir/,
      ),
    });
  });

  it('is looked for in every mode and venue that has a folder', () => {
    for (const each of ['paper/sim', 'live/sim']) mkdirSync(join(folder, each), { recursive: true });
    expect(enginePlaces(folder)).toEqual([
      { mode: 'live', venue: 'sim' },
      { mode: 'paper', venue: 'sim' },
    ]);
    expect(enginePlaces(join(folder, 'none'))).toEqual([]);
  });
});
