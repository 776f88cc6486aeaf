import type { Check } from './doctor-machine.ts';

const MIN_NODE_MAJOR = 24;
const TESTED_NODE_MAJOR = 26;
const COARSE_CLOCK_US = 50;
const CLOCK_READINGS = 20_000;
/** Flags that make every message slower, and why. */
const SLOW_FLAGS: Readonly<Record<string, string>> = {
  '--jitless': 'no compiled code',
  '--inspect': 'the inspector keeps code unoptimised while attached',
  '--inspect-brk': 'the inspector keeps code unoptimised while attached',
  '--single-threaded': 'garbage collection and compilation run on the hot thread',
};

/** Checks of Node itself: version, flags, the primitives the engine is built on, the clock's step. */
export function runtimeChecks(): Check[] {
  return [version(), flags(), ...primitives(), clockStep()];
}

function version(): Check {
  const value = process.version;
  const major = Number(process.versions.node.split('.')[0]);
  if (major < MIN_NODE_MAJOR) {
    return {
      name: 'Node',
      status: 'fail',
      value,
      hint: `needs ${MIN_NODE_MAJOR} or newer; npm ci installs one`,
    };
  }
  if (major === TESTED_NODE_MAJOR) return { name: 'Node', status: 'ok', value };
  return { name: 'Node', status: 'warn', value, hint: `built and measured on ${TESTED_NODE_MAJOR}` };
}

function flags(): Check {
  const given = [...process.execArgv, ...(process.env['NODE_OPTIONS'] ?? '').split(/\s+/)].filter(
    (flag) => flag !== '',
  );
  const slow = given.find((flag) => SLOW_FLAGS[flag.split('=')[0] ?? ''] !== undefined);
  const value = given.length === 0 ? 'none' : given.join(' ');
  if (slow === undefined) return { name: 'Node flags', status: 'ok', value };
  return {
    name: 'Node flags',
    status: 'warn',
    value,
    hint: `${slow}: ${SLOW_FLAGS[slow.split('=')[0] ?? '']}`,
  };
}

function primitives(): Check[] {
  const atomics = Atomics as unknown as Record<string, unknown>;
  return [
    present('SharedArrayBuffer', typeof SharedArrayBuffer === 'function', 'fail', 'the rings live in it'),
    present(
      'Atomics.waitAsync',
      typeof atomics['waitAsync'] === 'function',
      'fail',
      'event-loop threads park with it',
    ),
    present(
      'Atomics.pause',
      typeof atomics['pause'] === 'function',
      'warn',
      'spinning burns more power without it',
    ),
  ];
}

function present(name: string, has: boolean, otherwise: 'warn' | 'fail', hint: string): Check {
  return has ? { name, status: 'ok', value: 'present' } : { name, status: otherwise, value: 'missing', hint };
}

/** The smallest step `performance.now()` takes: what latency figures can resolve. */
function clockStep(): Check {
  let smallestMs = Infinity;
  let beforeMs = performance.now(); // arch-ok: measures the clock itself
  for (let reading = 0; reading < CLOCK_READINGS; reading++) {
    const nowMs = performance.now(); // arch-ok: measures the clock itself
    const stepMs = nowMs - beforeMs;
    if (stepMs > 0 && stepMs < smallestMs) smallestMs = stepMs;
    beforeMs = nowMs;
  }
  const stepUs = smallestMs * 1_000;
  const value = `${stepUs.toFixed(3)} us`;
  if (stepUs < COARSE_CLOCK_US) return { name: 'clock step', status: 'ok', value };
  return { name: 'clock step', status: 'warn', value, hint: 'latency figures cannot be finer than this' };
}
