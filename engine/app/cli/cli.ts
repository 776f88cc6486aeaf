import type { Command } from 'commander';
import { EXIT } from './exit-codes.ts';
import { reportFailure } from './failure.ts';
import { printNote, survivePipeClose } from './output.ts';
import { buildProgram } from './program.ts';
import type { Verb } from './verb.ts';
import { listVerbs, loadVerb } from './verbs.ts';

const MIN_NODE_MAJOR = 24;

/** Runs one command line (without node and script) and returns its exit code. Main thread. */
export async function runCli(argv: readonly string[]): Promise<number> {
  survivePipeClose();
  const major = Number(process.versions.node.split('.')[0]);
  if (major < MIN_NODE_MAJOR) {
    printNote(
      `shrike: needs Node ${MIN_NODE_MAJOR} or newer, this is ${process.version}; use npm start or npm run shrike`,
    );
    return EXIT.failure;
  }
  let code: number = EXIT.ok;
  const finish = (verbCode: number): void => {
    code = verbCode;
  };
  try {
    const program = await programFor(argv[0] === 'help' ? argv[1] : argv[0], finish);
    await program.parseAsync(argv, { from: 'user' });
    return code;
  } catch (error) {
    return reportFailure(error, argv.includes('--json'));
  }
}

/** Loads the verb that is named, so that it starts at once, and no other. */
async function programFor(name: string | undefined, finish: (code: number) => void): Promise<Command> {
  const verb = name === undefined ? null : await loadVerb(name);
  if (verb === null) return buildProgram(listVerbs(), null, finish);
  if (!takesKeys(verb)) return buildProgram([verb], null, finish);
  const { CONFIG_KEYS } = await import('../config/config-keys.ts');
  return buildProgram([verb], CONFIG_KEYS, finish);
}

/** Whether an option of the verb takes the words of a configuration key. */
function takesKeys({ options = [], verbs = [] }: Verb): boolean {
  return options.some(({ key }) => key !== undefined) || verbs.some(takesKeys);
}
