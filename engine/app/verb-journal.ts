import { join } from 'node:path';
import { dumpJournal, verifyJournal } from '../journal/reader.ts';
import type { ConfigFlags } from './cli-flags.ts';
import { loadConfig, modeStateDir } from './config.ts';
import { EXIT } from './exit-codes.ts';
import { printJson, printText } from './output.ts';
import { flagValues } from './verb-config.ts';

/** `shrike journal dump`: one JSON line per record on stdout. */
export async function journalDump(dir: string | undefined, options: ConfigFlags): Promise<number> {
  await dumpJournal(dir ?? defaultDir(options), (record) => printJson(record));
  return EXIT.ok;
}

/** `shrike journal verify`: exit 3 when it found problems. */
export async function journalVerify(
  dir: string | undefined,
  options: ConfigFlags & { json?: boolean },
): Promise<number> {
  const folder = dir ?? defaultDir(options);
  const report = await verifyJournal(folder);
  if (options.json === true) printJson({ schema: 'shrike.journal-verify/1', dir: folder, ...report });
  else printText(report.problems.length === 0 ? `ok: ${report.records} records` : report.problems.join('\n'));
  return report.problems.length === 0 ? EXIT.ok : EXIT.found;
}

function defaultDir(options: ConfigFlags): string {
  const flags = flagValues(options, { mode: ['mode'] });
  return join(
    modeStateDir(loadConfig({ files: options.config, sets: options.set, flags }).config),
    'journal',
  );
}
