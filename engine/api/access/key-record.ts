/** What a key may: a set; each implies `read` and no other. */
export const SCOPES = ['read', 'trade', 'control', 'admin'] as const;

export type Scope = (typeof SCOPES)[number];

/** What is kept of a secret: enough to know it again, not enough to make it. */
export interface SecretDigest {
  readonly N: number;
  readonly r: number;
  readonly p: number;
  /** base64url. */
  readonly salt: string;
  /** base64url. */
  readonly digest: string;
}

/** One key in the key file. Times are ms since the epoch; null = never. */
export interface KeyRecord {
  readonly id: string;
  readonly name: string;
  readonly scrypt: SecretDigest;
  readonly scopes: readonly Scope[];
  /** Modes of the engine it is good for. */
  readonly modes: readonly string[];
  /** Address ranges it may come from; empty = any. */
  readonly cidrs: readonly string[];
  readonly created: number;
  readonly expires: number | null;
  readonly revoked: number | null;
}

/** The records in a key file's text; a sentence that says what is wrong with it. */
export function parseKeyRecords(text: string): readonly KeyRecord[] | string {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return 'is not JSON';
  }
  if (!isTable(value) || value['schema'] !== KEY_FILE_SCHEMA || !Array.isArray(value['keys']))
    return `is not of the schema ${KEY_FILE_SCHEMA}`;
  const keys = value['keys'] as unknown[];
  const bad = keys.findIndex((key) => !isKeyRecord(key));
  return bad < 0 ? (keys as KeyRecord[]) : `has a key (number ${bad + 1}) that is not whole`;
}

/** Version of the key file. */
export const KEY_FILE_SCHEMA = 'shrike.keys/1';

/** Whether a key has ended at a time, ms since the epoch. */
export function hasEnded({ expires, revoked }: KeyRecord, nowMs: number): boolean {
  return (expires !== null && expires <= nowMs) || revoked !== null;
}

function isTable(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const isText = (value: unknown): boolean => typeof value === 'string';
const isTexts = (value: unknown): boolean => Array.isArray(value) && value.every(isText);
const isTime = (value: unknown): boolean => value === null || Number.isFinite(value);

function isKeyRecord(key: unknown): boolean {
  if (!isTable(key) || !isTable(key['scrypt'])) return false;
  const { N, r, p, salt, digest } = key['scrypt'];
  return (
    isText(key['id']) &&
    isText(key['name']) &&
    isTexts(key['scopes']) &&
    (key['scopes'] as string[]).every((scope) => (SCOPES as readonly string[]).includes(scope)) &&
    isTexts(key['modes']) &&
    isTexts(key['cidrs']) &&
    Number.isFinite(key['created']) &&
    isTime(key['expires']) &&
    isTime(key['revoked']) &&
    [N, r, p].every(Number.isSafeInteger) &&
    isText(salt) &&
    isText(digest)
  );
}
