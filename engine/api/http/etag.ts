import { createHash } from 'node:crypto';

/** The weak ETag of a body. */
export function etagOf(text: string): string {
  return `W/"${createHash('sha256').update(text).digest('base64url').slice(0, 22)}"`;
}
