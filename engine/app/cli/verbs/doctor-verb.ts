import type { Check } from '../../doctor/doctor-machine.ts';
import { EXIT } from '../exit-codes.ts';
import { printJson, printText } from '../output.ts';
import { columns } from '../text-table.ts';
import type { Verb, VerbCall } from '../verb.ts';

/** `shrike doctor`: exit 3 when a check fails; a warning costs latency, not correctness, and exits 0. */
export const DOCTOR_VERB: Verb = {
  readsConfig: true,
  json: 'one JSON object',
  note: 'Exits 3 when a check fails; warnings alone exit 0.',
  examples: ['shrike doctor', 'shrike doctor --config shrike.toml --json'],
  run,
};

async function run({ sources, isJson }: VerbCall): Promise<number> {
  const { loadConfig } = await import('../../config/config.ts');
  const { checkCaFile, checkDisk, checkKeyFiles, checkPorts } = await import('../../doctor/doctor-config.ts');
  const { checkIntentLog, ioChecks } = await import('../../doctor/doctor-io.ts');
  const { machineChecks } = await import('../../doctor/doctor-machine.ts');
  const { runtimeChecks } = await import('../../doctor/doctor-runtime.ts');
  const { config } = loadConfig(sources);
  const checks: Check[] = [
    ...runtimeChecks(),
    ...ioChecks(config),
    ...machineChecks(),
    checkDisk(config),
    checkIntentLog(config),
    ...checkCaFile(config),
    ...checkKeyFiles(config, process.env),
    ...(await checkPorts(config)),
  ];
  const failed = checks.filter((check) => check.status === 'fail').length;
  const warned = checks.filter((check) => check.status === 'warn').length;
  if (isJson) printJson({ schema: 'shrike.doctor/1', ok: failed === 0, failed, warned, checks });
  else printText(`${checkTable(checks)}\n\n${checks.length} checks: ${failed} failed, ${warned} warnings`);
  return failed === 0 ? EXIT.ok : EXIT.found;
}

function checkTable(checks: readonly Check[]): string {
  const rows = checks.map((check) => [check.status.toUpperCase(), check.name, check.value, check.hint ?? '']);
  return columns([['STATUS', 'CHECK', 'FOUND', 'HINT'], ...rows])
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n');
}
