import { createHash, randomBytes, randomInt } from 'node:crypto';

/*
 * shk_<id 12>_<secret 43><check 6>: the id is public, the secret has 256 bits (base64url), the check is the beginning of
 * a digest of all before it. A typo is refused without work, and scanners for leaked secrets find the form.
 */
const PREFIX = 'shk_';
const ID_LENGTH = 12;
const SECRET_LENGTH = 43;
const CHECK_LENGTH = 6;
const ID_LETTERS = 'abcdefghijklmnopqrstuvwxyz0123456789';
const FORM = /^shk_[a-z0-9]{12}_[\w-]{49}$/;

/** Longest credential that is looked at. */
export const CREDENTIAL_CHARS_MAX = 4_096;

/** A key as it is handed over once: nobody can make it anew from what is kept. */
export interface ApiKey {
  /** 12 letters and digits; may be shown. */
  readonly id: string;
  /** The whole text that a client sends. */
  readonly text: string;
}

/** A new key of 256 random bits. */
export function makeApiKey(): ApiKey {
  const id = Array.from({ length: ID_LENGTH }, () => ID_LETTERS[randomInt(ID_LETTERS.length)]).join('');
  return { id, text: withCheck(`${PREFIX}${id}_${randomBytes(32).toString('base64url')}`) };
}

/** The id in a key's text, or null when the text is none: another form, or a typo. */
export function apiKeyId(text: string): string | null {
  if (!FORM.test(text)) return null;
  const body = text.slice(0, PREFIX.length + ID_LENGTH + 1 + SECRET_LENGTH);
  return withCheck(body) === text ? text.slice(PREFIX.length, PREFIX.length + ID_LENGTH) : null;
}

function withCheck(body: string): string {
  return `${body}${createHash('sha256').update(body).digest('base64url').slice(0, CHECK_LENGTH)}`;
}
