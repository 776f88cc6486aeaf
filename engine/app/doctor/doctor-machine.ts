import { accessSync, constants, readFileSync } from 'node:fs';
import { availableParallelism, freemem, totalmem } from 'node:os';
import { delimiter, join } from 'node:path';
import { chooseTopology } from '../../runtime/topology.ts';

/** One line of `doctor`. `info`: could not be found out, or is neither good nor bad. */
export interface Check {
  readonly name: string;
  readonly status: 'ok' | 'warn' | 'fail' | 'info';
  readonly value: string;
  /** What to do about it; only with warn and fail. */
  readonly hint?: string;
}

const GOOD_CLOCKS = new Set(['tsc', 'kvm-clock', 'arch_sys_counter', 'hyperv_clocksource_tsc_page']);
const MIN_OPEN_FILES = 4_096;
const MIN_FREE_MB = 512;

/** Checks of the kernel's and machine's settings. Linux tells; elsewhere most are `info`. */
export function machineChecks(): Check[] {
  return [cores(), clocksource(), tscFlags(), governor(), hugePages(), swap(), openFiles(), memory()];
}

function cores(): Check {
  const count = availableParallelism();
  const topology = chooseTopology('auto', count);
  const value = `${count} available; auto topology: ${topology}`;
  if (count >= 2) return { name: 'cores', status: 'ok', value };
  return {
    name: 'cores',
    status: 'warn',
    value,
    hint: 'one core is shared by trading and everything else; use two or more',
  };
}

function clocksource(): Check {
  const name = 'clock source';
  const value = readWord('/sys/devices/system/clocksource/clocksource0/current_clocksource');
  if (value === null) return { name, status: 'info', value: 'unknown' };
  if (GOOD_CLOCKS.has(value)) return { name, status: 'ok', value };
  return {
    name,
    status: 'warn',
    value,
    hint: 'reading the time is slow; boot with clocksource=tsc if the TSC is stable',
  };
}

function tscFlags(): Check {
  const name = 'TSC';
  const flags = /^flags\s*:(.*)$/m
    .exec(readText('/proc/cpuinfo') ?? '')?.[1]
    ?.trim()
    .split(/\s+/);
  if (flags === undefined) return { name, status: 'info', value: 'unknown' };
  const found = ['constant_tsc', 'nonstop_tsc', 'tsc_reliable'].filter((flag) => flags.includes(flag));
  if (found.includes('constant_tsc')) return { name, status: 'ok', value: found.join(' ') };
  return {
    name,
    status: 'warn',
    value: found.join(' ') || 'no stable TSC',
    hint: 'time stamps may drift between cores',
  };
}

function governor(): Check {
  const name = 'CPU governor';
  const value = readWord('/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor');
  if (value === null)
    return { name, status: 'info', value: 'not exposed (virtual machine or no frequency scaling)' };
  if (value === 'performance') return { name, status: 'ok', value };
  return { name, status: 'warn', value, hint: 'cpupower frequency-set -g performance' };
}

function hugePages(): Check {
  const name = 'transparent huge pages';
  const value = /\[(\w+)\]/.exec(readText('/sys/kernel/mm/transparent_hugepage/enabled') ?? '')?.[1];
  if (value === undefined) return { name, status: 'info', value: 'unknown' };
  if (value !== 'always') return { name, status: 'ok', value };
  return { name, status: 'warn', value, hint: 'compaction can stall threads; set it to madvise' };
}

function swap(): Check {
  const text = readText('/proc/swaps');
  if (text === null) return { name: 'swap', status: 'info', value: 'unknown' };
  const areas = text.trim().split('\n').length - 1;
  if (areas === 0) return { name: 'swap', status: 'ok', value: 'none' };
  return {
    name: 'swap',
    status: 'warn',
    value: `${areas} area(s)`,
    hint: 'a page read back costs milliseconds; MemorySwapMax=0 in the unit',
  };
}

function openFiles(): Check {
  const name = 'open files limit';
  const value = /^Max open files\s+(\S+)/m.exec(readText('/proc/self/limits') ?? '')?.[1];
  if (value === undefined) return { name, status: 'info', value: 'unknown' };
  if (value === 'unlimited' || Number(value) >= MIN_OPEN_FILES) return { name, status: 'ok', value };
  return { name, status: 'warn', value, hint: `ulimit -n ${MIN_OPEN_FILES} or LimitNOFILE in the unit` };
}

function memory(): Check {
  const freeKb = /^MemAvailable:\s+(\d+) kB/m.exec(readText('/proc/meminfo') ?? '')?.[1];
  const freeMb = Math.floor(freeKb === undefined ? freemem() / 2 ** 20 : Number(freeKb) / 1024);
  const value = `${freeMb} MB of ${Math.floor(totalmem() / 2 ** 20)} MB available`;
  if (freeMb >= MIN_FREE_MB) return { name: 'memory', status: 'ok', value };
  return { name: 'memory', status: 'fail', value, hint: `the engine needs up to ${MIN_FREE_MB} MB` };
}

/** Whether the program is there that pins threads where native calls do not. */
export function checkTaskset(): Check {
  const name = 'pinning';
  if (process.platform !== 'linux')
    return { name, status: 'info', value: 'Linux only; threads are not pinned here' };
  for (const folder of (process.env['PATH'] ?? '').split(delimiter)) {
    try {
      const file = join(folder, 'taskset');
      accessSync(file, constants.X_OK);
      return { name, status: 'ok', value: `by ${file}` };
    } catch {
      // Not in this folder.
    }
  }
  return { name, status: 'warn', value: 'no taskset', hint: 'engine.pinCpus needs it (package util-linux)' };
}

function readText(file: string): string | null {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return null;
  }
}

function readWord(file: string): string | null {
  return readText(file)?.trim() ?? null;
}
