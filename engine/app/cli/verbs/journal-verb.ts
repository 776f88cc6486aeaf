import { EXIT } from '../exit-codes.ts';
import { printJson, printNote, printText } from '../output.ts';
import type { Verb, VerbCall } from '../verb.ts';

const FOLDER = [
  { name: '[dir]', text: 'journal folder; default: that of the mode and venue below state.dir' },
];
const WHOSE = [
  { flags: '--mode <mode>', key: 'mode', text: 'whose journal, when no folder is given' },
  { flags: '--venue <name>', key: 'venue.name', text: 'the venue; sim is the embedded exchange' },
];

/** `shrike journal dump|verify`. */
export const JOURNAL_VERB: Verb = {
  name: 'journal',
  text: 'look into the append-only record',
  verbs: [
    {
      name: 'dump',
      text: 'print every record as one JSON line',
      operands: FOLDER,
      readsConfig: true,
      options: WHOSE,
      json: 'accepted for symmetry: the output is always JSON lines',
      examples: ['shrike journal dump --mode paper | head', 'shrike journal dump ./state/paper/sim/journal'],
      run: dump,
    },
    {
      name: 'verify',
      text: 'check lengths, checksums and sequence; exit 3 when a byte is torn or flipped',
      operands: FOLDER,
      readsConfig: true,
      options: WHOSE,
      json: 'one JSON object',
      examples: ['shrike journal verify', 'shrike journal verify ./state/paper/sim/journal --json'],
      run: verify,
    },
  ],
};

/** One JSON line per valid record on stdout; damage on stderr and as exit code 3. */
async function dump(call: VerbCall): Promise<number> {
  const { dumpJournal, findingText } = await import('../../../journal/reader.ts');
  const findings = await dumpJournal(await folderOf(call), printJson);
  for (const finding of findings) printNote(`damaged: ${findingText(finding)}`);
  return findings.length === 0 ? EXIT.ok : EXIT.found;
}

async function verify(call: VerbCall): Promise<number> {
  const { verifyJournal } = await import('../../../journal/reader.ts');
  const dir = await folderOf(call);
  const report = await verifyJournal(dir);
  const ok = report.problems.length === 0;
  if (call.isJson) printJson({ schema: 'shrike.journal-verify/1', ok, dir, ...report });
  else
    printText([...report.problems, `${ok ? 'ok' : 'damaged'}: ${report.records} valid records`].join('\n'));
  return ok ? EXIT.ok : EXIT.found;
}

async function folderOf({ operands, sources }: VerbCall): Promise<string> {
  const [given] = operands;
  if (typeof given === 'string') return given;
  const { loadConfig } = await import('../../config/config.ts');
  const { statePlaceOf } = await import('../../config/engine-parts.ts');
  const { stateLayout } = await import('../../../journal/state-directory.ts');
  const { config } = loadConfig(sources);
  return stateLayout(config.state.dir, statePlaceOf(config)).journal;
}
