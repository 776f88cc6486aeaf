import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { arch, availableParallelism, cpus, loadavg, platform, release, totalmem } from 'node:os';

/** Where and on what figures were taken. */
export interface Environment {
  readonly date: string;
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGib: number;
  readonly platform: string;
  /** Frequency governor of the first core; machines that do not say have none. */
  readonly governor: string | null;
  readonly node: string;
  readonly v8: string;
  readonly flags: readonly string[];
  /** Runnable threads over the last minute: above the number of cores, others share the machine. */
  readonly loadAverage: number;
  readonly commit: string;
  /** Whether files under the tree differ from the commit. */
  readonly isDirty: boolean;
}

function git(...args: string[]): string | null {
  try {
    const stdio: ['ignore', 'pipe', 'ignore'] = ['ignore', 'pipe', 'ignore'];
    return execFileSync('git', args, { cwd: import.meta.dirname, encoding: 'utf8', stdio }).trim();
  } catch {
    return null;
  }
}

function readGovernor(): string | null {
  try {
    return readFileSync('/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor', 'utf8').trim();
  } catch {
    return null;
  }
}

/** Reads the environment now. `flags` are those of the processes that measure. */
export function readEnvironment(flags: readonly string[]): Environment {
  const status = git('status', '--porcelain', '--untracked-files=no');
  return {
    date: new Date().toISOString(),
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    memoryGib: Math.round(totalmem() / 2 ** 30),
    platform: `${platform()} ${arch()} ${release()}`,
    governor: readGovernor(),
    node: process.version,
    v8: process.versions.v8,
    flags: [...flags, ...(process.env['NODE_OPTIONS'] ?? '').split(' ').filter((flag) => flag !== '')],
    loadAverage: Math.round(loadavg()[0] * 100) / 100,
    commit: git('rev-parse', '--short', 'HEAD') ?? 'unknown',
    isDirty: status !== null && status !== '',
  };
}

/** Figures are compared only between runs with equal keys. */
export function machineKey(environment: Environment): string {
  const major = /^v(\d+)/.exec(environment.node)?.[1] ?? environment.node;
  return `${environment.cpu} | ${environment.cores} cores | node ${major}`;
}

/** The environment as lines for people. */
export function environmentLines(environment: Environment): string[] {
  const { cpu, cores, memoryGib, platform: system, governor, node, v8, flags } = environment;
  const commit = `${environment.commit}${environment.isDirty ? ' with changes' : ''}`;
  return [
    `machine  ${cpu}, ${cores} cores, ${memoryGib} GiB, ${system}${governor === null ? '' : `, ${governor}`}`,
    `node     ${node} (V8 ${v8}), flags ${flags.length === 0 ? 'none' : flags.join(' ')}`,
    `commit   ${commit}, ${environment.date}, load average ${environment.loadAverage} at the start`,
  ];
}
