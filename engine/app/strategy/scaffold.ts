import { accessSync, constants, existsSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { CliError } from '../cli/cli-error.ts';
import { EXIT } from '../cli/exit-codes.ts';
import { makeFolder } from '../cli/make-folder.ts';
import { strategyFileText, strategyTestText } from './scaffold-text.ts';
import { shippedStrategies } from './strategy-path.ts';

const NAME_CHARACTERS_MAX = 40;
/** Words of small letters and digits, joined by single hyphens. */
const NAME = /^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/;

/** The files of a new strategy, absolute paths. */
export interface Scaffold {
  readonly name: string;
  readonly strategyFile: string;
  readonly testFile: string;
}

/**
 * Writes a strategy that works, and its test, into a folder that is made where it is missing. Nothing is overwritten: both
 * files are new or neither is written. Throws CliError naming what is wrong with the name, the folder or the file.
 */
export function scaffoldStrategy(name: string, folder: string): Scaffold {
  checkName(name);
  const strategyFile = join(resolve(folder), `${name}.ts`);
  const testFile = join(resolve(folder), `${name}.test.ts`);
  for (const file of [strategyFile, testFile]) if (existsSync(file)) throw alreadyThere(file);
  try {
    makeFolder(resolve(folder));
    if (!statSync(folder).isDirectory()) throw new Error(`${folder} is a file, not a folder`);
    accessSync(folder, constants.W_OK);
    writeNew(strategyFile, strategyFileText(name));
    try {
      writeNew(testFile, strategyTestText(name));
    } catch (error) {
      // Just written by this call.
      rmSync(strategyFile);
      throw error;
    }
  } catch (error) {
    if (error instanceof CliError) throw error;
    const message = `the strategy cannot be written to ${folder}: ${(error as Error).message}`;
    throw new CliError('STRATEGY_UNWRITABLE', message, EXIT.failure);
  }
  return { name, strategyFile, testFile };
}

function checkName(name: string): void {
  const rule = 'small letters and digits in words joined by "-", such as "my-breakout"';
  if (!NAME.test(name) || name.length > NAME_CHARACTERS_MAX) {
    const takes = `it takes ${rule}, at most ${NAME_CHARACTERS_MAX} characters`;
    const message = `"${name}" is no name for a strategy: ${takes}; --dir says where the files go`;
    throw new CliError('STRATEGY_NAME', message, EXIT.usage);
  }
  if (shippedStrategies().includes(name)) {
    const message = `"${name}" is the name of a shipped strategy: choose another, so that --strategy ${name} means one thing`;
    throw new CliError('STRATEGY_NAME', message, EXIT.usage);
  }
}

/** Writes a file that must not be there, also when another program makes it at this moment. */
function writeNew(file: string, text: string): void {
  try {
    writeFileSync(file, text, { flag: 'wx' });
  } catch (error) {
    throw (error as NodeJS.ErrnoException).code === 'EEXIST' ? alreadyThere(file) : error;
  }
}

function alreadyThere(file: string): CliError {
  const message = `${file} is already there and is not overwritten: choose another name or --dir`;
  return new CliError('STRATEGY_EXISTS', message, EXIT.failure);
}
