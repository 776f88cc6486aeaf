import { statePlaceOf } from '../config/engine-parts.ts';
import { closeSync, fdatasyncSync, mkdirSync, openSync, rmSync, writeSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { stateLayout } from '../../journal/state-directory.ts';
import { readCaFile } from '../config/ca-file.ts';
import type { EngineConfig } from '../config/config-types.ts';
import { keyFileProblem } from '../config/credentials.ts';
import type { Check } from './doctor-machine.ts';

const SYNC_ROUNDS = 32;
const SYNC_BYTES = 4_096;
const SLOW_SYNC_US = 5_000;

/** Writes and syncs a small file in the state folder, which is created as `run` would create it. */
export function checkDisk(config: EngineConfig): Check {
  const name = 'state folder';
  const dir = stateLayout(config.state.dir, statePlaceOf(config)).directory;
  const file = join(dir, `.doctor-${process.pid}`);
  try {
    mkdirSync(dir, { recursive: true, mode: 0o700 });
    const tookUs = measureSync(file);
    const p50Us = Math.round(tookUs[SYNC_ROUNDS >> 1]);
    const value = `${dir}: fdatasync p50 ${p50Us} us, max ${Math.round(tookUs[SYNC_ROUNDS - 1])} us`;
    if (p50Us < SLOW_SYNC_US) return { name, status: 'ok', value };
    return {
      name,
      status: 'warn',
      value,
      hint: 'the journal falls behind on a slow disk; put state.dir on a fast one',
    };
  } catch (error) {
    return {
      name,
      status: 'fail',
      value: (error as Error).message,
      hint: 'set state.dir to a folder that can be written',
    };
  }
}

/** Microseconds per write and fdatasync, ascending. */
function measureSync(file: string): number[] {
  const block = Buffer.alloc(SYNC_BYTES, 1);
  const tookUs: number[] = [];
  const descriptor = openSync(file, 'w', 0o600);
  try {
    for (let round = 0; round < SYNC_ROUNDS; round++) {
      const startMs = performance.now(); // arch-ok: doctor measures the disk, outside the engine
      writeSync(descriptor, block);
      fdatasyncSync(descriptor);
      tookUs.push((performance.now() - startMs) * 1_000); // arch-ok: as above
    }
  } finally {
    closeSync(descriptor);
    rmSync(file, { force: true });
  }
  return tookUs.sort((left, right) => left - right);
}

/** The certificates of `engine.caFile`, when there is one. */
export function checkCaFile({ engine }: EngineConfig): Check[] {
  const name = 'certificates';
  const { caFile } = engine;
  try {
    const certificates = readCaFile(caFile);
    if (certificates === null) return [];
    return [{ name, status: 'ok', value: `${certificates.length} in ${caFile}, no others are believed` }];
  } catch (error) {
    return [
      { name, status: 'fail', value: (error as Error).message, hint: 'name a PEM file, or leave it unset' },
    ];
  }
}

/** Permissions of every key file that is configured. */
export function checkKeyFiles(
  config: EngineConfig,
  env: Readonly<Record<string, string | undefined>>,
): Check[] {
  const checks: Check[] = [];
  for (const [venue, { credentials }] of Object.entries(config.venues)) {
    if (credentials.file === null) continue;
    const problem = keyFileProblem(credentials.file);
    const name = `key file of ${venue}`;
    if (problem === null) checks.push({ name, status: 'ok', value: credentials.file });
    else checks.push({ name, status: 'fail', value: credentials.file, hint: `it ${problem}` });
  }
  const directory = env['CREDENTIALS_DIRECTORY'];
  if (directory !== undefined) checks.push({ name: 'credentials folder', status: 'info', value: directory });
  if (checks.length === 0) checks.push({ name: 'key files', status: 'info', value: 'none configured' });
  return checks;
}

/** Whether every fixed port the configuration asks for is free. Ports of 0 are chosen at start. */
export async function checkPorts(config: EngineConfig): Promise<Check[]> {
  const wanted: [string, string, number][] = [];
  if (config.api.enabled) wanted.push(['api.port', config.api.host, config.api.port]);
  if (config.venues[config.venue.name].endpoints.rest === null) {
    const { host, restPort, streamPort, wsApiPort } = config.exchange;
    wanted.push(['exchange.restPort', host, restPort]);
    wanted.push(['exchange.streamPort', host, streamPort]);
    wanted.push(['exchange.wsApiPort', host, wsApiPort]);
  }
  const checks: Check[] = [];
  for (const [name, host, port] of wanted) {
    if (port === 0) continue;
    const problem = await listenProblem(host, port);
    const value = `${host}:${port}`;
    if (problem === null) checks.push({ name, status: 'ok', value: `${value} is free` });
    else
      checks.push({
        name,
        status: 'fail',
        value: `${value}: ${problem}`,
        hint: `choose another, or 0 for a free one`,
      });
  }
  return checks;
}

function listenProblem(host: string, port: number): Promise<string | null> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(null)));
  });
}
