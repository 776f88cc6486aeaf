import { makeApiKey } from './api-key.ts';
import type { KeyFile } from './key-file.ts';
import type { KeyRecord } from './key-record.ts';
import { digestSecret } from './secret-digest.ts';

/** What a new key is to be. */
export type NewKey = Pick<KeyRecord, 'name' | 'scopes' | 'modes' | 'cidrs' | 'expires'>;

/** A key with the text that is shown once. */
export interface ShownKey {
  readonly key: KeyRecord;
  readonly text: string;
}

/** Makes a key and puts it into the file. @throws KeyFileError */
export async function addKey(file: KeyFile, wanted: NewKey, nowMs: number): Promise<ShownKey> {
  const { id, text } = makeApiKey();
  const key: KeyRecord = { id, ...wanted, scrypt: await digestSecret(text), created: nowMs, revoked: null };
  file.change((keys) => [...keys, key], nowMs);
  return { key, text };
}

/** Gives a key another secret, under a new id: the old text is good for nothing from then on. null = no such key. */
export async function rotateKey(file: KeyFile, id: string, nowMs: number): Promise<ShownKey | null> {
  const { id: newId, text } = makeApiKey();
  const scrypt = await digestSecret(text);
  const key = changeKey(file, id, (old) => ({ ...old, id: newId, scrypt, created: nowMs }), nowMs);
  return key === null ? null : { key, text };
}

/** Changes one key; returns it as it is now, null = no such key. @throws KeyFileError */
export function changeKey(
  file: KeyFile,
  id: string,
  change: (key: KeyRecord) => KeyRecord,
  nowMs: number,
): KeyRecord | null {
  let changed: KeyRecord | null = null;
  file.change(
    (keys) =>
      keys.map((key) => {
        if (key.id !== id) return key;
        changed = change(key);
        return changed;
      }),
    nowMs,
  );
  return changed;
}
