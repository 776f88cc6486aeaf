import { describe, expect, test } from 'vitest';
import { DayDelta } from '../../../engine/analysis/live/day-delta.ts';
import { wireNumber } from '../../../engine/analysis/symbol/wire-number.ts';
import type { TakenCandle } from '../../../engine/analysis/live/taken-candle.ts';
import { OrderFlowWatch } from '../../../engine/analysis/live/order-flow-watch.ts';
import {
  SHARED_BOOK_LEVEL_WORDS,
  SHARED_BOOK_LEVELS_AT,
  SharedBookReader,
  sharedBookBytes,
  SharedBookWriter,
} from '../../../engine/book/shared-book.ts';
import { ORDER_FLOW_DEFAULTS, OrderFlowScore } from '../../../engine/strategy/signals/order-flow-score.ts';
import { GAP_REASON } from '../../../engine/messages/enums.ts';
import { instrument } from '../../fixtures/api-harness.ts';

const MS = 1e6;
const ORIGIN_MS = Date.UTC(2024, 6, 31);
const BTC = instrument(0, 'BTCUSDT');
const buffer = new SharedArrayBuffer(sharedBookBytes(1));
const region = { name: 'books', byteOffset: 0, byteLength: buffer.byteLength };

function setup(): {
  show: (atMs: number, bidLots: number, askLots: number) => void;
  hide: () => void;
  watch: OrderFlowWatch;
} {
  const writer = new SharedBookWriter(buffer, region, 1);
  const show = (atMs: number, bidLots: number, askLots: number): void => {
    const words = writer.begin(0);
    for (let level = 0; level < 3; level++) {
      const at = SHARED_BOOK_LEVELS_AT + level * SHARED_BOOK_LEVEL_WORDS;
      words[at] = 6_000_000 - level;
      words[at + 1] = bidLots;
      words[at + 2] = 6_000_001 + level;
      words[at + 3] = askLots;
    }
    writer.setHops(ORIGIN_MS + atMs, atMs * MS, atMs * MS, atMs * MS);
    writer.end(0, atMs, 3, 3, 0, 6_000_000.5);
  };
  const hide = (): void => writer.hide(0, GAP_REASON.disconnected);
  return {
    show,
    hide,
    watch: new OrderFlowWatch(new SharedBookReader(buffer, region, 1), ORDER_FLOW_DEFAULTS, ORIGIN_MS),
  };
}

describe('the delta of a day', () => {
  const minute = (at: number, volume: number, buyVolume: number): TakenCandle => ({
    kind: 'closed',
    openTimeMs: ORIGIN_MS + at * 60_000,
    open: 1,
    high: 1,
    low: 1,
    close: 1,
    volume,
    buyVolume,
    isComplete: true,
  });

  test('is what takers bought less what they sold since midnight; a missing minute leaves none for the day', () => {
    const delta = new DayDelta();
    delta.add(minute(-1, 10, 10));
    expect(delta.value).toBeNull();
    for (const [at, buy] of [4, 1, 5].entries()) delta.add(minute(at, 5, buy));
    expect(delta.value).toBe(3 - 3 + 5);
    delta.add(minute(4, 5, 5));
    expect(delta.value).toBeNull();
    delta.add(minute(1_440, 5, 1));
    expect(delta.value).toBe(-3);
    delta.add(minute(1_441, 5, NaN));
    expect(delta.value).toBeNull();
  });
});

describe('order flow beside the hot path', () => {
  test('is the score of the books it looked at, with the age of the newest', () => {
    const { show, watch } = setup();
    const oracle = new OrderFlowScore();
    const reader = new SharedBookReader(buffer, region, 1);
    for (let step = 0; step < 40; step++) {
      const atMs = 1_000 + step * 250;
      show(atMs, 100 + 7 * step, 200);
      watch.poll([BTC], (atMs + 1) * MS);
      reader.read(0);
      oracle.update(reader, 1);
    }
    const read = watch.read(BTC, (1_000 + 39 * 250 + 300) * MS)!;
    expect(read.score).toBe(wireNumber(oracle.score));
    expect(read).toMatchObject({ ageMs: 300, cvd: null });
    expect(read.class).toMatch(/_BUY$/);
  });

  test('looks four times a second, however often it is asked', () => {
    const { show, watch } = setup();
    show(1_000, 300, 100);
    watch.poll([BTC], 1_001 * MS);
    show(1_100, 100, 300);
    watch.poll([BTC], 1_101 * MS);
    expect(watch.read(BTC, 1_101 * MS)!.ageMs).toBe(101);
    watch.poll([BTC], 1_251 * MS);
    expect(watch.read(BTC, 1_251 * MS)!.ageMs).toBe(151);
  });

  test('a hidden book, and data that was old when it came, give none; a quiet book fades by its age', () => {
    const { show, hide, watch } = setup();
    show(1_000, 300, 100);
    watch.poll([BTC], 1_001 * MS);
    for (let atMs = 2_000; atMs <= 25_000; atMs += 500) watch.poll([BTC], atMs * MS);
    expect(watch.read(BTC, 25_000 * MS)!.ageMs).toBe(24_000);
    expect(watch.read(BTC, 32_000 * MS)).toBeNull();
    hide();
    watch.poll([BTC], 33_000 * MS);
    expect(watch.read(BTC, 33_000 * MS)).toBeNull();
    show(34_000, 300, 100);
    watch.poll([BTC], 50_000 * MS);
    expect(watch.read(BTC, 50_000 * MS)).toBeNull();
  });
});
