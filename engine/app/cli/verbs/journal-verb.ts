import type { PrunableFile, PruneResult } from '../../../journal/prune.ts';
import type { VerifyReport } from '../../../journal/reader.ts';
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

const US_PER_DAY = 86_400_000_000;

/** `shrike journal dump|verify|prune`. */
export const JOURNAL_VERB: Verb = {
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
    {
      name: 'prune',
      text: 'replace records older than journal.keepDays by a checkpoint; says what would go, and does it with --yes',
      readsConfig: true,
      options: [
        ...WHOSE,
        { flags: '--keep-days <n>', key: 'journal.keepDays', text: 'days of records to keep' },
        { flags: '--yes', text: 'do it; no engine may run on this state' },
      ],
      json: 'one JSON object',
      examples: [
        'shrike journal prune --mode live --keep-days 30',
        'shrike journal prune --keep-days 30 --yes',
      ],
      run: prune,
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
    printText(
      [...report.problems, `${ok ? 'ok' : 'damaged'}: ${report.records} valid records${since(report)}`].join(
        '\n',
      ),
    );
  return ok ? EXIT.ok : EXIT.found;
}

function since({ checkpoint }: VerifyReport): string {
  return checkpoint === null ? '' : ` after ${checkpoint.file}`;
}

/** Without `--yes` nothing is changed and no lock is taken, so it may be asked while an engine runs. */
async function prune({ options, sources, isJson }: VerbCall): Promise<number> {
  const { loadConfig } = await import('../../config/config.ts');
  const { statePlaceOf } = await import('../../config/engine-parts.ts');
  const { planPrune, pruneJournal } = await import('../../../journal/prune.ts');
  const { openStateDirectory, stateLayout } = await import('../../../journal/state-directory.ts');
  const { config } = loadConfig(sources);
  const identity = statePlaceOf(config);
  const { journal } = stateLayout(config.state.dir, identity);
  const { keepDays } = config.journal;
  // arch-ok: the wall clock, by which records are old
  const nowUs = Date.now() * 1000;
  const olderThanUs = keepDays === 0 ? 0 : nowUs - keepDays * US_PER_DAY;
  const plan = planPrune(journal, olderThanUs);
  const files = [...plan.segments, ...plan.leftovers];
  let result: PruneResult | null = null;
  if (options['yes'] === true) {
    const state = openStateDirectory(config.state.dir, identity, nowUs);
    try {
      result = pruneJournal(journal, olderThanUs);
    } finally {
      state.release();
    }
  }
  if (isJson) printJson({ schema: 'shrike.journal-prune/1', dir: journal, keepDays, plan: files, result });
  else printText(pruneText(files, keepDays, result));
  return result === null || result.difference === null ? EXIT.ok : EXIT.found;
}

function pruneText(plan: readonly PrunableFile[], keepDays: number, result: PruneResult | null): string {
  const lines = (files: readonly PrunableFile[]): string[] =>
    files.map(({ file, bytes }) => `${file}  ${bytes} bytes`);
  if (result === null && plan.length === 0)
    return keepDays === 0 ? 'nothing to prune: journal.keepDays is 0, which keeps all' : 'nothing to prune';
  if (result === null)
    return [...lines(plan), `${plan.length} files would go; --yes removes them`].join('\n');
  if (result.difference !== null) return `nothing was removed: ${result.difference}`;
  const checkpoint = result.checkpoint === null ? '' : `; ${result.checkpoint} stands for them`;
  return [...lines(result.removed), `${result.removed.length} files removed${checkpoint}`].join('\n');
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
