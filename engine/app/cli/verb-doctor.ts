import type { ConfigFlags } from './cli-flags.ts';
import { type LoadedConfig, loadConfig } from '../config/config.ts';
import { columns } from '../config/config-text.ts';
import { checkDisk, checkKeyFiles, checkPorts } from '../doctor/doctor-config.ts';
import { type Check, machineChecks } from '../doctor/doctor-machine.ts';
import { runtimeChecks } from '../doctor/doctor-runtime.ts';
import { EXIT } from './exit-codes.ts';
import { printJson, printText } from './output.ts';

/** `shrike doctor`: exit 3 when a check fails; a warning costs latency, not correctness, and exits 0. */
export async function doctorVerb(options: ConfigFlags & { json?: boolean }): Promise<number> {
  const loaded: LoadedConfig = loadConfig({ files: options.config, sets: options.set });
  const checks: Check[] = [
    ...runtimeChecks(),
    ...machineChecks(),
    checkDisk(loaded.config),
    ...checkKeyFiles(loaded.config, process.env),
    ...(await checkPorts(loaded.config)),
  ];
  const failed = checks.filter((check) => check.status === 'fail').length;
  const warned = checks.filter((check) => check.status === 'warn').length;
  if (options.json === true)
    printJson({ schema: 'shrike.doctor/1', ok: failed === 0, failed, warned, checks });
  else printText(`${table(checks)}\n\n${checks.length} checks: ${failed} failed, ${warned} warnings`);
  return failed === 0 ? EXIT.ok : EXIT.found;
}

function table(checks: readonly Check[]): string {
  const rows = checks.map((check) => [check.status.toUpperCase(), check.name, check.value, check.hint ?? '']);
  return columns([['STATUS', 'CHECK', 'FOUND', 'HINT'], ...rows])
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n');
}
