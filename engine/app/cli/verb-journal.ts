import { dumpJournal, findingText, verifyJournal } from '../../journal/reader.ts';
import { stateLayout } from '../../journal/state-directory.ts';
import type { ConfigFlags } from './cli-flags.ts';
import { loadConfig } from '../config/config.ts';
import { EXIT } from './exit-codes.ts';
import { printJson, printNote, printText } from './output.ts';
import { flagValues } from './verb-config.ts';

/** `shrike journal dump`: one JSON line per valid record on stdout; damage on stderr and as exit code 3. */
export async function journalDump(dir: string | undefined, options: ConfigFlags): Promise<number> {
  const findings = await dumpJournal(dir ?? defaultDir(options), printJson);
  for (const finding of findings) printNote(`damaged: ${findingText(finding)}`);
  return findings.length === 0 ? EXIT.ok : EXIT.found;
}

/** `shrike journal verify`: exit 3 when a byte is torn, flipped or missing. */
export async function journalVerify(
  dir: string | undefined,
  options: ConfigFlags & { json?: boolean },
): Promise<number> {
  const folder = dir ?? defaultDir(options);
  const report = await verifyJournal(folder);
  const ok = report.problems.length === 0;
  if (options.json === true) printJson({ schema: 'shrike.journal-verify/1', ok, dir: folder, ...report });
  else
    printText([...report.problems, `${ok ? 'ok' : 'damaged'}: ${report.records} valid records`].join('\n'));
  return ok ? EXIT.ok : EXIT.found;
}

function defaultDir(options: ConfigFlags): string {
  const flags = flagValues(options, { mode: ['mode'], venue: ['venue', 'name'] });
  const { config } = loadConfig({ files: options.config, sets: options.set, flags });
  return stateLayout(config.state.dir, { mode: config.mode, venue: config.venue.name }).journal;
}
