import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { EngineStats } from '../../engine/api/engine-stats.ts';
import type { GcCount } from '../harness/gc-watch.ts';
import type { WireCpus } from './wire-cpus.ts';
import type { WireVenue } from './wire-job.ts';
import { WatchedChild } from './wire-process.ts';
import type { WireClient } from './wire-process.ts';
import { WIRE_SYMBOL } from './wire-ticks.ts';

/** Our engine as a user runs it, in live mode against the measuring exchange. */

const MAIN: string = join(import.meta.dirname, '../..', 'engine', 'app', 'main.ts');
const STRATEGY: string = join(import.meta.dirname, 'wire-strategy.ts');
const KEY_PREFIX = 'SHRIKE__VENUES__SIM__CREDENTIALS__';
/** Settings that differ from the defaults: more orders than any limit that guards money would allow. */
const LIMITS: readonly string[] = [
  'risk.maxOrdersPerSecond=100000',
  'risk.maxOpenOrders=1000',
  'risk.maxPosition=1000',
];

/** Starts the engine; every thread but the hot one is where `cpus` wants it. */
export function startEngine(
  venue: WireVenue,
  cpus: WireCpus,
  idle: 'spin' | 'backoff',
  io: 'direct' | 'stream',
): WireClient {
  const folder = mkdtempSync(join(tmpdir(), 'shrike-wire-'));
  const { rest, stream, wsApi } = venue;
  const settings = [
    ...LIMITS,
    `venues.sim.endpoints.rest=${rest}`,
    `venues.sim.endpoints.stream=${stream}`,
    `venues.sim.endpoints.wsApi=${wsApi}`,
    `state.dir=${folder}`,
    `engine.io=${io}`,
    'api.port=0',
    ...(cpus.client === null ? [] : [`engine.pinCpus=[${cpus.client}]`]),
  ].flatMap((setting) => ['--set', setting]);
  const args = ['run', '--json', '--mode', 'live', '--venue', 'sim', '--symbols', WIRE_SYMBOL];
  const choices = ['--topology', 'fused', '--idle', idle, '--strategy', STRATEGY];
  const env = {
    ...process.env,
    [`${KEY_PREFIX}API_KEY`]: venue.apiKey,
    [`${KEY_PREFIX}API_SECRET`]: venue.apiSecret,
  };
  const watched = new WatchedChild([process.execPath, MAIN, ...args, ...choices, ...settings], env, folder);
  return {
    died: watched.died,
    close: async () => {
      await watched.end(() => watched.child.kill('SIGTERM'));
      rmSync(folder, { recursive: true, force: true });
      return gcOf(watched.stdout);
    },
  };
}

/** The collections of the hot threads, from the summary. The engine does not tell scavenges from others. */
function gcOf(stdout: string): GcCount {
  const summary = JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '') as EngineStats;
  const hot = summary.gc.filter(({ thread }) => thread.startsWith('hot') || thread === 'fused');
  return {
    scavenges: hot.reduce((sum, { count }) => sum + count, 0),
    others: 0,
    longestMs: Math.max(0, ...hot.map(({ maxMs }) => maxMs)),
  };
}
