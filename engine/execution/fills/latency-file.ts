import { readFileSync } from 'node:fs';
import type { LatencyProfile, LatencySpec } from './latency-source.ts';

/** What a latency file begins with. */
export const LATENCY_SCHEMA = 'shrike.latency/1';

const LEGS = ['feed', 'entry', 'response'] as const;
/** Longest duration taken for one, milliseconds. */
const MS_MAX = 600_000;

/**
 * Reads a file of latencies: `{"schema":"shrike.latency/1","entry":{"kind":"samples","ms":[..]},"response":{..}}`; a leg that
 * is left out keeps `otherwise`. `sim fit` writes one. @throws RangeError naming file and place
 */
export function readLatencyFile(path: string, otherwise: LatencyProfile): LatencyProfile {
  let parsed: unknown;
  try {
    parsed = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new RangeError(`latency file ${path}: ${(error as Error).message}`, { cause: error });
  }
  if (!isTable(parsed) || parsed['schema'] !== LATENCY_SCHEMA) {
    throw new RangeError(`latency file ${path}: expected an object with "schema": "${LATENCY_SCHEMA}"`);
  }
  const legs = LEGS.map((leg) => {
    const given = parsed[leg];
    return [leg, given === undefined ? otherwise[leg] : specOf(given, `${path}: ${leg}`)] as const;
  });
  return Object.fromEntries(legs) as unknown as LatencyProfile;
}

function specOf(given: unknown, where: string): LatencySpec {
  const fail = (what: string): never => {
    throw new RangeError(`latency file ${where}: ${what}`);
  };
  if (!isTable(given)) return fail('expected an object');
  switch (given['kind']) {
    case 'constant':
      if (!isMs(given['ms'])) return fail(`"ms" must be 0 to ${MS_MAX}`);
      return { kind: 'constant', ms: given['ms'] };
    case 'samples': {
      const { ms } = given;
      if (!Array.isArray(ms) || ms.length === 0 || !ms.every(isMs))
        return fail(`"ms" must be a list of at least one number of 0 to ${MS_MAX}`);
      return { kind: 'samples', ms: ms };
    }
    case 'lognormal': {
      const { shiftMs, mu, sigma } = given;
      if (!isMs(shiftMs) || !isFinite(mu) || !isFinite(sigma) || sigma < 0)
        return fail('"shiftMs", "mu" and "sigma" must be numbers, shiftMs and sigma not negative');
      return { kind: 'lognormal', shiftMs, mu, sigma };
    }
    default:
      return fail('"kind" must be constant, samples or lognormal');
  }
}

function isTable(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isFinite(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value);
}

function isMs(value: unknown): value is number {
  return isFinite(value) && value >= 0 && value <= MS_MAX;
}
