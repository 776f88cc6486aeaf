import { accessSync, constants, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { CliError } from '../cli/cli-error.ts';
import { EXIT } from '../cli/exit-codes.ts';
import { makeFolder } from '../cli/make-folder.ts';
import { BACKTEST_SCHEMA } from './backtest-result.ts';
import type { BacktestResult } from './backtest-result.ts';

/** Whether a file can be written there, asked before a long run; makes its folder. Throws CliError saying why not. */
export function checkWritable(file: string, flag: string): void {
  const folder = dirname(resolve(file));
  try {
    makeFolder(folder);
    if (!statSync(folder).isDirectory()) throw new Error(`${folder} is a file, not a folder`);
    accessSync(folder, constants.W_OK);
    if (statSync(file, { throwIfNoEntry: false })?.isDirectory() === true)
      throw new Error(`${file} is a folder, name a file in it`);
    if (statSync(file, { throwIfNoEntry: false }) !== undefined) accessSync(file, constants.W_OK);
  } catch (error) {
    const message = `${flag}: the report cannot be written: ${(error as Error).message}`;
    throw new CliError('REPORT_UNWRITABLE', message, EXIT.failure);
  }
}

/** Writes a report. Throws CliError saying why it could not. */
export function writeReport(file: string, text: string, flag: string): void {
  try {
    writeFileSync(file, text);
  } catch (error) {
    const message = `${flag}: the report could not be written: ${(error as Error).message}`;
    throw new CliError('REPORT_UNWRITABLE', message, EXIT.failure);
  }
}

/** Reads what `backtest --json` printed or wrote. Throws CliError naming the file and what is wrong with it. */
export function readResult(file: string): BacktestResult {
  let parsed: Partial<BacktestResult> | null;
  try {
    parsed = JSON.parse(readFileSync(file, 'utf8')) as Partial<BacktestResult> | null;
  } catch (error) {
    throw new CliError('RESULT_UNREADABLE', `${file}: ${(error as Error).message}`, EXIT.failure);
  }
  if (parsed?.schema !== BACKTEST_SCHEMA || !Array.isArray(parsed.tradeList)) {
    const what = `expected what "shrike backtest --json" prints (schema ${BACKTEST_SCHEMA})`;
    throw new CliError('RESULT_MALFORMED', `${file}: ${what}`, EXIT.failure);
  }
  return parsed as BacktestResult;
}
