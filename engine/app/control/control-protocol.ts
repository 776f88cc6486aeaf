import type { CommandArgs, CommandResult } from '../../control/command.ts';

/**
 * What goes over the local socket: one JSON object a line, one answer line to each request line, in their order. Whoever
 * may open the socket (its file is its owner's alone) may do everything.
 */

/** Longest line either side takes, bytes. */
export const CONTROL_LINE_BYTES_MAX: number = 64 * 1024;
/** Connections the engine keeps at once. */
export const CONTROL_CLIENTS_MAX = 16;
/** Requests of one connection that may wait for their turn. */
export const CONTROL_REQUESTS_WAITING_MAX = 16;
/** A connection without a request this long is closed. */
export const CONTROL_IDLE_MS = 60_000;

/** A request: a command, or a question that changes nothing. */
export type ControlRequest =
  | { readonly op: 'command'; readonly id: string; readonly kind: string; readonly args: CommandArgs }
  | { readonly op: 'query'; readonly what: string };

/** The answer to a command is its result, whatever became of it; `error` says that the request itself was no good. */
export type ControlAnswer =
  | { readonly command: CommandResult }
  | { readonly data: object }
  | { readonly error: { readonly code: string; readonly message: string } };

/** The request a line holds, or a sentence that says what is wrong with it. */
export function parseRequest(line: string): ControlRequest | string {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return 'a request is one JSON object on one line';
  }
  if (!isTable(value)) return 'a request is one JSON object on one line';
  const { op, id, kind, args = {}, what } = value;
  if (op === 'query') {
    return typeof what === 'string' ? { op, what } : 'a query names in "what" what it asks for';
  }
  if (op !== 'command') return '"op" is "command" or "query"';
  if (typeof id !== 'string' || typeof kind !== 'string') return 'a command has an "id" and a "kind"';
  return isTable(args) ? { op, id, kind, args } : '"args" is an object';
}

function isTable(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
