import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { EngineProcess, lastSummary, QUIET } from '../fixtures/engine-process.ts';

const canPin = process.platform === 'linux' && spawnSync('taskset', ['-V']).status === 0;

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

it.runIf(canPin)('pins the hot thread by name, also the one that takes its place after a kill', async () => {
  const pinned = /thread \\"hot\\" pinned to cpu 0/g;
  const topology = ['--topology', 'fused', '--set', 'engine.pinCpus=[0]'];
  const drill = ['--drill', 'kill:strategy@2s', '--duration', '60s'];
  const engine = new EngineProcess(['run', '--json', ...QUIET, ...topology, ...drill]);
  try {
    await engine.until(({ err }) => err.match(pinned)?.length === 1, 'pinned thread');
    expect(processorsOf(engine.child.pid!).get('hot')).toBe('0');
    await engine.until(({ err }) => err.match(pinned)?.length === 2, 'pinned successor');
    expect(processorsOf(engine.child.pid!).get('hot')).toBe('0');
    expect([...processorsOf(engine.child.pid!).keys()]).toEqual(
      expect.arrayContaining(['hot', 'journal', 'analysis', 'gateway']),
    );
    engine.child.kill('SIGTERM');
    const finished = await engine.finished;
    expect(finished.code).toBe(0);
    expect(lastSummary(finished).violations).toEqual([]);
  } finally {
    await engine.dispose();
  }
});
