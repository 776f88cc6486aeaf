import type { VerbCall } from './verb.ts';

/** Gives the engine a command, prints what came of it, returns the exit code. */
export type Give = (kind: string, args: Readonly<Record<string, unknown>>, call: VerbCall) => Promise<number>;

/** Asks the engine a question; prints the answer, as text by `text`. */
export type Ask = (
  what: string,
  call: VerbCall,
  text: (data: Readonly<Record<string, unknown>>) => Promise<string>,
) => Promise<number>;
