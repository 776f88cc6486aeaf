import { EXIT } from './exit-codes.ts';
import { reportFailure } from './failure.ts';
import { printNote, survivePipeClose } from './output.ts';
import { buildProgram } from './program.ts';
import { VERBS } from './verbs.ts';

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
  const program = buildProgram(VERBS, (verbCode) => {
    code = verbCode;
  });
  try {
    await program.parseAsync(argv, { from: 'user' });
    return code;
  } catch (error) {
    return reportFailure(error, argv.includes('--json'));
  }
}
