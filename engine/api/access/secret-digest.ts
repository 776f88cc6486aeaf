import { randomBytes, scrypt } from 'node:crypto';
import type { SecretDigest } from './key-record.ts';

const COST = { N: 32_768, r: 8, p: 1 } as const;
const MEMORY_MAX: number = 64 * 1024 * 1024;
const DIGEST_BYTES = 32;
const SALT_BYTES = 16;

/** What is kept of a new secret. Some 60 ms of one processor, in Node's pool of threads. */
export async function digestSecret(text: string): Promise<SecretDigest> {
  const salt = randomBytes(SALT_BYTES).toString('base64url');
  const digest = await derive(text, { ...COST, salt, digest: '' });
  return { ...COST, salt, digest: digest.toString('base64url') };
}

/** The digest of a text under the salt and the costs of one that is kept. Rejects when those cost more than is allowed. */
export function derive(text: string, { N, r, p, salt }: SecretDigest): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const options = { N, r, p, maxmem: MEMORY_MAX };
    scrypt(text, Buffer.from(salt, 'base64url'), DIGEST_BYTES, options, (error, digest) => {
      if (error === null) resolve(digest);
      else reject(error);
    });
  });
}
