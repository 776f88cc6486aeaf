import { CommanderError } from 'commander';
import { EXIT } from './exit-codes.ts';
import { printJson, printNote } from './output.ts';

interface Coded {
  readonly code?: unknown;
  readonly exitCode?: unknown;
  readonly problems?: unknown;
}

/** Says what went wrong on stderr (and, with --json, on stdout) and returns the exit code it has. */
export function reportFailure(error: unknown, json: boolean): number {
  if (error instanceof CommanderError) {
    // Commander has printed help or the usage error itself.
    const isHelp = error.exitCode === 0;
    if (!isHelp && json) printJson(errorObject('USAGE', error.message, undefined));
    return isHelp ? EXIT.ok : EXIT.usage;
  }
  if (!(error instanceof Error)) {
    printNote(`shrike: ${String(error)}`);
    return EXIT.failure;
  }
  const { code, exitCode, problems } = error as Coded;
  if (typeof exitCode === 'number' && typeof code === 'string') {
    const indented = error.message.replaceAll('\n', '\n  ');
    printNote(
      Array.isArray(problems)
        ? `shrike: the configuration is wrong:\n  ${indented}`
        : `shrike: ${error.message}`,
    );
    if (json) printJson(errorObject(code, error.message, problems));
    return exitCode;
  }
  if (typeof code === 'string' && isOwnCode(error, code)) {
    printNote(`shrike: ${error.message}`);
    if (json) printJson(errorObject(code, error.message, undefined));
    return EXIT_OF_CODE[code] ?? EXIT.failure;
  }
  const known = systemErrorSentence(error);
  printNote(known === null ? `shrike: ${error.stack ?? error.message}` : `shrike: ${known}`);
  if (json)
    printJson(errorObject(typeof code === 'string' ? code : 'FAILURE', known ?? error.message, undefined));
  return EXIT.failure;
}

/** Coded errors of parts that know nothing of exit codes. */
const EXIT_OF_CODE: Readonly<Record<string, number>> = {
  EXCHANGE_UNKNOWN_SYMBOL: EXIT.config,
  EXCHANGE_BAD_OPTION: EXIT.config,
  STATE_LOCKED: EXIT.retry,
  JOURNAL_NO_SPACE: EXIT.retry,
  STATE_OTHER_MODE: EXIT.config,
  BARS_LOCKED: EXIT.retry,
};

/** An operating error of this project, whose message is a sentence; Node's own errors are told apart by their marks. */
function isOwnCode(error: Error, code: string): boolean {
  return (
    error.name !== 'Error' && !code.startsWith('ERR_') && !('syscall' in error) && /^[A-Z][A-Z_]+$/.test(code)
  );
}

function errorObject(code: string, message: string, problems: unknown): object {
  return {
    schema: 'shrike.error/1',
    error: { code, message, ...(problems === undefined ? {} : { problems }) },
  };
}

/** Plain words for the system errors users meet; null for anything that deserves a stack trace. */
function systemErrorSentence(
  error: NodeJS.ErrnoException & { address?: string; port?: number },
): string | null {
  switch (error.code) {
    case 'EADDRINUSE':
      return `port ${error.port ?? '?'} on ${error.address ?? '?'} is in use by another process`;
    case 'EACCES':
    case 'ENOSPC':
    case 'EROFS':
    case 'ENOENT':
      return error.message;
    default:
      return null;
  }
}
