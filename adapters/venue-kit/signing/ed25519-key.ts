import type { KeyObject } from 'node:crypto';
import { createPrivateKey } from 'node:crypto';

/** An Ed25519 private key from PEM text. @throws Error when it is none; the message does not repeat the key */
export function readEd25519Key(pem: string): KeyObject {
  let key: KeyObject | null = null;
  try {
    key = createPrivateKey(pem);
  } catch {
    // The library's error can quote the text, which is the key.
  }
  if (key === null) throw new Error('the private key is not readable as PEM');
  if (key.asymmetricKeyType !== 'ed25519') throw new Error('the private key is not an Ed25519 key');
  return key;
}
