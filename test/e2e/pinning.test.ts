import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { allowedProcessors, planProcessors } from '../../engine/runtime/cpu-affinity.ts';
import { EngineProcess, lastSummary, QUIET } from '../fixtures/engine-process.ts';

const canPin =
  process.platform === 'linux' &&
  spawnSync('taskset', ['-V']).status === 0 &&
  allowedProcessors().length > 1 &&
  allowedProcessors().includes(0);

/** Processors each of the process's threads may run on, by thread name. */
function processorsOf(pid: number): Map<string, string> {
  const found = new Map<string, string>();
  for (const id of readdirSync(`/proc/${pid}/task`)) {
    try {
      const name = readFileSync(`/proc/${pid}/task/${id}/comm`, 'utf8').trim();
      const status = readFileSync(`/proc/${pid}/task/${id}/status`, 'utf8');
      found.set(name, /Cpus_allowed_list:\s*(\S+)/.exec(status)![1]);
    } catch {
      continue; // the thread ended meanwhile
    }
  }
  return found;
}

describe('the processor plan', () => {
  it('gives hot threads the last processors and leaves the others to everything else', () => {
    expect(planProcessors(true, 1, [0, 1])).toEqual({ hot: [1], others: [0] });
    expect(planProcessors(true, 3, [0, 2, 4, 6, 8])).toEqual({ hot: [4, 6, 8], others: [0, 2] });
    expect(planProcessors([3, 1], 2, [0, 1, 2, 3])).toEqual({ hot: [3, 1], others: [0, 2] });
  });

  it('says why it cannot be', () => {
    expect(planProcessors(true, 3, [0, 1])).toContain('3 hot threads on 2 processors leave none');
    expect(planProcessors([7], 1, [0, 1])).toContain('may not use cpu 7');
  });
});

/** What is left to the other threads when cpu 0 is the hot thread's, as /proc writes it. */
function othersThan0(): string {
  const others = allowedProcessors().filter((cpu) => cpu !== 0);
  const isRow = others.every((cpu, index) => index === 0 || cpu === others[index - 1] + 1);
  if (!isRow || others.length === 1) return others.join(',');
  return `${others[0]}-${others.at(-1)}`;
}

it.runIf(canPin)('pins the hot thread by name, also the one that takes its place after a kill', async () => {
  const pinned = /thread \\"hot\\" pinned to cpu 0/g;
  const topology = ['--topology', 'fused', '--set', 'engine.pinCpus=[0]'];
  const drill = ['--drill', 'kill:strategy@2s', '--duration', '60s'];
  const engine = new EngineProcess(['run', '--json', ...QUIET, ...topology, ...drill]);
  try {
    await engine.until(({ err }) => err.match(pinned)?.length === 1, 'pinned thread');
    expect(processorsOf(engine.child.pid!).get('hot')).toBe('0');
    expect(processorsOf(engine.child.pid!).get('journal')).toBe(othersThan0());
    await engine.until(({ err }) => err.match(pinned)?.length === 2, 'pinned successor');
    expect(processorsOf(engine.child.pid!).get('hot')).toBe('0');
    expect([...processorsOf(engine.child.pid!).keys()]).toEqual(
      expect.arrayContaining(['hot', 'journal', 'analysis', 'api']),
    );
    engine.child.kill('SIGTERM');
    const finished = await engine.finished;
    expect(finished.code).toBe(0);
    expect(lastSummary(finished).violations).toEqual([]);
  } finally {
    await engine.dispose();
  }
});
