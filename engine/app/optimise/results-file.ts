import { closeSync, existsSync, ftruncateSync, openSync, readFileSync, writeSync } from 'node:fs';
import { resolve } from 'node:path';
import { CliError } from '../cli/cli-error.ts';
import { EXIT } from '../cli/exit-codes.ts';
import { checkWritable } from '../backtest/result-files.ts';
import { isSetResult } from './set-result.ts';
import type { SetResult } from './set-result.ts';

/** Version of the file's shape. */
const RESULTS_SCHEMA = 'shrike.optimise-results/1';

/** What an optimisation is, as far as its results depend on it: by name, for telling two apart. */
export type Identity = Readonly<Record<string, string>>;

/**
 * The results of an optimisation on disk, a line for each set, appended whole with one write. A line that an interrupt or a
 * power cut left unfinished is the last one: it is cut off, and its set runs again. One process writes.
 */
export class ResultsFile {
  readonly path: string;
  /** What an earlier process has found. */
  readonly found: readonly SetResult[];
  private readonly descriptor: number;

  /** Opens or makes the file. Throws CliError where it cannot be written, is none, or belongs to another optimisation. */
  constructor(path: string, identity: Identity) {
    checkWritable(path, '--results');
    this.path = resolve(path);
    const isNew = !existsSync(this.path);
    const text = isNew ? '' : readFileSync(this.path, 'utf8');
    const wholeText = text.slice(0, text.lastIndexOf('\n') + 1);
    const [head, ...lines] = wholeText.split('\n').slice(0, -1);
    if (text !== '') checkHead(this.path, head ?? text, identity);
    this.found = lines.map((line, index) => readLine(this.path, line, index + 2));
    this.descriptor = openForAppending(this.path);
    if (wholeText !== text) ftruncateSync(this.descriptor, Buffer.byteLength(wholeText));
    if (wholeText === '') this.write({ schema: RESULTS_SCHEMA, ...identity });
  }

  append(result: SetResult): void {
    this.write(result);
  }

  close(): void {
    closeSync(this.descriptor);
  }

  private write(value: object): void {
    const line = Buffer.from(`${JSON.stringify(value)}\n`);
    let written: number;
    try {
      written = writeSync(this.descriptor, line);
    } catch (error) {
      throw unwritable(this.path, (error as Error).message);
    }
    if (written < line.length) throw unwritable(this.path, 'the disk is full');
  }
}

function openForAppending(path: string): number {
  try {
    return openSync(path, 'a');
  } catch (error) {
    throw unwritable(path, (error as Error).message);
  }
}

function checkHead(path: string, line: string, identity: Identity): void {
  let head: Record<string, unknown> | null = null;
  try {
    head = JSON.parse(line) as Record<string, unknown> | null;
  } catch {
    // Not JSON: no results file, said below.
  }
  if (head?.['schema'] !== RESULTS_SCHEMA) {
    const message = `--results: ${path} is no file of an optimisation (schema ${RESULTS_SCHEMA}); it is left as it is`;
    throw new CliError('RESULTS_FOREIGN', message, EXIT.failure);
  }
  const different = Object.keys(identity).filter((name) => head[name] !== identity[name]);
  if (different.length === 0) return;
  const what = `another optimisation (different: ${different.join(', ')})`;
  const message = `--results: ${path} belongs to ${what}; name another file`;
  throw new CliError('RESULTS_OTHER', message, EXIT.failure);
}

function readLine(path: string, line: string, number: number): SetResult {
  let value: unknown;
  try {
    value = JSON.parse(line) as unknown;
  } catch {
    value = null;
  }
  if (isSetResult(value)) return value;
  const message = `--results: ${path}: line ${number} is damaged; remove the line, and its set runs again`;
  throw new CliError('RESULTS_DAMAGED', message, EXIT.failure);
}

function unwritable(path: string, why: string): CliError {
  return new CliError('RESULTS_UNWRITABLE', `--results: ${path} cannot be written: ${why}`, EXIT.failure);
}
