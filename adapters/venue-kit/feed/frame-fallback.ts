import type { FrameGrammar } from './frame-grammar.ts';

/**
 * The slow way, for frames that the byte scanner does not understand: JSON.parse, then the compact form
 * written anew for the scanner. Counted; a rise means that the venue changed its format.
 */

/** What JSON.parse made of a frame. */
export interface FallbackFrame {
  readonly kind: 'rewritten' | 'reply' | 'error' | 'other' | 'malformed';
  /** The compact form, when rewritten. */
  readonly bytes: Buffer | null;
  /** The venue's words, on `error`. */
  readonly text: string;
}

const OTHER: FallbackFrame = { kind: 'other', bytes: null, text: '' };
const REPLY: FallbackFrame = { kind: 'reply', bytes: null, text: '' };
const MALFORMED: FallbackFrame = { kind: 'malformed', bytes: null, text: '' };
const ERROR_TEXT_MAX = 160;

type Fields = Readonly<Record<string, unknown>>;

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function pick(from: Fields, names: readonly string[]): FallbackFrame {
  const picked: Record<string, unknown> = {};
  for (const name of names) {
    if (from[name] === undefined) return MALFORMED;
    picked[name] = from[name];
  }
  return { kind: 'rewritten', bytes: Buffer.from(JSON.stringify(picked), 'utf8'), text: '' };
}

function classify(data: Fields, grammar: FrameGrammar): FallbackFrame {
  const { eventKey, bare, snapshot } = grammar;
  const event = data[eventKey];
  if (event !== undefined) {
    const layout = grammar.events.find(({ name }) => name === event);
    if (layout !== undefined) return pick(data, [eventKey, ...layout.neededKeys]);
    return typeof event === 'string' ? OTHER : MALFORMED;
  }
  if (data[snapshot.id] !== undefined) return pick(data, [snapshot.id, ...snapshot.levels]);
  const picked = bare === null ? MALFORMED : pick(data, bare.layout.neededKeys);
  if (picked !== MALFORMED) return picked;
  if (data['code'] !== undefined || data['error'] !== undefined || data['msg'] !== undefined) {
    return { kind: 'error', bytes: null, text: JSON.stringify(data).slice(0, ERROR_TEXT_MAX) };
  }
  if ('id' in data && 'result' in data) return REPLY;
  return MALFORMED;
}

/** Parses bytes[start, end) with JSON.parse. Never throws. */
export function parseFallback(
  bytes: Buffer,
  start: number,
  end: number,
  grammar: FrameGrammar,
): FallbackFrame {
  let parsed: unknown;
  try {
    parsed = JSON.parse(bytes.toString('utf8', start, end));
  } catch {
    return MALFORMED;
  }
  if (!isFields(parsed)) return Array.isArray(parsed) ? OTHER : MALFORMED;
  if (typeof parsed['stream'] !== 'string') return classify(parsed, grammar);
  if (isFields(parsed['data'])) return classify(parsed['data'], grammar);
  return Array.isArray(parsed['data']) ? OTHER : MALFORMED;
}
