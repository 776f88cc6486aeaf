import { describe, expect, it } from 'vitest';
import { COUNTERS_PER_ACTOR_MAX } from '../../engine/core/limits.ts';
import { COUNTER_BLOCK_BYTES, CounterBlock, counterIndexes } from '../../engine/ipc/counters.ts';

const TABLE = { seen: 'what came', refused: 'what was refused', worst: 'the worst so far' } as const;

function block(): CounterBlock {
  const region = { name: 'counters', byteOffset: 0, byteLength: COUNTER_BLOCK_BYTES };
  return new CounterBlock(new SharedArrayBuffer(COUNTER_BLOCK_BYTES), region);
}

describe('counters', () => {
  it('gives every name its place in the order of the table', () => {
    expect(counterIndexes(TABLE)).toEqual({ seen: 0, refused: 1, worst: 2 });
  });

  it('counts, adds, sets and keeps the largest', () => {
    const counters = block();
    const at = counterIndexes(TABLE);
    counters.increment(at.seen);
    counters.add(at.seen, 2 ** 40);
    counters.set(at.refused, 7);
    for (const value of [3, 9, 5]) counters.raiseTo(at.worst, value);
    expect(counters.readAll(TABLE)).toEqual({ seen: 2 ** 40 + 1, refused: 7, worst: 9 });
    expect(counters.read(at.worst)).toBe(9);
  });

  it('survives its actor: a second block on the same memory goes on counting', () => {
    const buffer = new SharedArrayBuffer(COUNTER_BLOCK_BYTES);
    const region = { name: 'counters', byteOffset: 0, byteLength: COUNTER_BLOCK_BYTES };
    new CounterBlock(buffer, region).increment(0);
    const next = new CounterBlock(buffer, region);
    next.increment(0);
    expect(next.read(0)).toBe(2);
  });

  it('refuses a table with more counters than there is room for', () => {
    const names = Array.from({ length: COUNTERS_PER_ACTOR_MAX + 1 }, (_, index) => [`c${index}`, 'x']);
    expect(() => counterIndexes(Object.fromEntries(names) as Record<string, string>)).toThrow(/at most/);
    expect(() => counterIndexes(Object.fromEntries(names.slice(1)) as Record<string, string>)).not.toThrow();
  });
});
