import { describe, expect, it } from 'vitest';
import { ERROR_SLOTS_MAX, ERROR_TEXT_BYTES_MAX } from '../../engine/core/limits.ts';
import { ERROR_LOG_BYTES, ErrorLog } from '../../engine/ipc/error-log.ts';

const REGION = { name: 'errors', byteOffset: 0, byteLength: ERROR_LOG_BYTES };

function freshLog(): ErrorLog {
  return new ErrorLog(new SharedArrayBuffer(ERROR_LOG_BYTES), REGION);
}

describe('error log', () => {
  it('keeps one entry per distinct code and text, with its count, first and last time', () => {
    const log = freshLog();
    log.record(7, 'DISK full', 100);
    log.record(8, 'DISK full', 150);
    log.record(7, 'DISK full', 200);
    log.record(7, 'DISK slow', 300);
    expect(log.readAll()).toEqual([
      { code: 7, count: 2, firstNs: 100, lastNs: 200, text: 'DISK full' },
      { code: 8, count: 1, firstNs: 150, lastNs: 150, text: 'DISK full' },
      { code: 7, count: 1, firstNs: 300, lastNs: 300, text: 'DISK slow' },
    ]);
    expect(log.overflowCount()).toBe(0);
  });

  it('outlives its thread and is read through another attachment', () => {
    const buffer = new SharedArrayBuffer(ERROR_LOG_BYTES);
    new ErrorLog(buffer, REGION).record(1, 'first life', 1);
    const second = new ErrorLog(buffer, REGION);
    second.record(1, 'first life', 2);
    expect(new ErrorLog(buffer, REGION).readAll()).toMatchObject([{ count: 2, text: 'first life' }]);
  });

  it('cuts long texts at a whole character and still finds them again', () => {
    const log = freshLog();
    for (const text of ['x', 'é', '€', '😀'].map((character) => `x${character.repeat(1000)}`)) {
      log.record(1, text, 1);
      log.record(1, text, 2);
    }
    const entries = log.readAll();
    expect(entries.map(({ count }) => count)).toEqual([2, 2, 2, 2]);
    for (const { text } of entries) {
      expect(text).not.toContain('\uFFFD');
      expect(Buffer.byteLength(text)).toBeGreaterThan(ERROR_TEXT_BYTES_MAX - 4);
      expect(Buffer.byteLength(text)).toBeLessThanOrEqual(ERROR_TEXT_BYTES_MAX);
    }
  });

  it('counts errors that find every slot taken, and still counts the known ones in their slots', () => {
    const log = freshLog();
    for (let code = 1; code <= ERROR_SLOTS_MAX + 5; code++) log.record(code, 'error', code);
    log.record(1, 'error', 99);
    expect(log.readAll().length).toBe(ERROR_SLOTS_MAX);
    expect(log.overflowCount()).toBe(5);
    expect(log.readAll()[0]).toMatchObject({ code: 1, count: 2, lastNs: 99 });
  });

  it('keeps an error without text in one slot', () => {
    const log = freshLog();
    log.record(3, '', 1);
    log.record(3, '', 2);
    expect(log.readAll()).toMatchObject([{ code: 3, count: 2, text: '(no text)' }]);
  });

  it('refuses a region of another size', () => {
    const region = { ...REGION, byteLength: ERROR_LOG_BYTES - 8 };
    expect(() => new ErrorLog(new SharedArrayBuffer(ERROR_LOG_BYTES), region)).toThrow(/another size/);
  });
});
