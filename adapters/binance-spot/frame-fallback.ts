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

function classify(data: Fields): FallbackFrame {
  switch (data['e']) {
    case 'depthUpdate':
      return pick(data, ['e', 'E', 's', 'U', 'u', 'b', 'a']);
    case 'trade':
      return pick(data, ['e', 's', 't', 'p', 'q', 'T', 'm']);
    case 'aggTrade':
      return pick(data, ['e']);
    case 'bookTicker':
      return pick(data, ['u', 's', 'b', 'B', 'a', 'A']);
    case 'serverShutdown':
      return pick(data, ['e']);
    case undefined:
      break;
    default:
      return typeof data['e'] === 'string' ? OTHER : MALFORMED;
  }
  if (data['lastUpdateId'] !== undefined) return pick(data, ['lastUpdateId', 'bids', 'asks']);
  if (data['B'] !== undefined && data['A'] !== undefined) return pick(data, ['u', 's', 'b', 'B', 'a', 'A']);
  if (data['code'] !== undefined || data['error'] !== undefined || data['msg'] !== undefined) {
    return { kind: 'error', bytes: null, text: JSON.stringify(data).slice(0, ERROR_TEXT_MAX) };
  }
  if ('id' in data && 'result' in data) return REPLY;
  return MALFORMED;
}

/** Parses bytes[start, end) with JSON.parse. Never throws. */
export function parseFallback(bytes: Buffer, start: number, end: number): FallbackFrame {
  let parsed: unknown;
  try {
    parsed = JSON.parse(bytes.toString('utf8', start, end));
  } catch {
    return MALFORMED;
  }
  if (!isFields(parsed)) return Array.isArray(parsed) ? OTHER : MALFORMED;
  if (typeof parsed['stream'] !== 'string') return classify(parsed);
  if (isFields(parsed['data'])) return classify(parsed['data']);
  return Array.isArray(parsed['data']) ? OTHER : MALFORMED;
}
