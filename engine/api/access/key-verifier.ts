import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { apiKeyId } from './api-key.ts';
import type { KeyFile } from './key-file.ts';
import { hasEnded } from './key-record.ts';
import type { KeyRecord } from './key-record.ts';
import { derive } from './secret-digest.ts';

/** Derivations at once, and how many may wait: each takes 32 MiB and 60 ms of a processor. */
const DERIVING_MAX = 2;
const WAITING_MAX = 16;
/** How often the key file is looked at. */
const LOOK_MS = 250;
/** Secrets that are known again without deriving them. */
const KNOWN_MAX = 1_024;

/** Why a key is not taken. `busy`: too many unknown secrets are being looked at. */
export type KeyRefusal = 'malformed' | 'unknown' | 'ended' | 'busy';

/** A key that was taken, or why it was not. */
export type KeyVerdict =
  | { readonly key: KeyRecord; readonly refusal: null }
  | { readonly key: KeyRecord | null; readonly refusal: KeyRefusal };

/**
 * Says whose key a text is. The first use of a secret costs a derivation; from then on an HMAC under a key of this
 * process stands for it. The key file is read again when it has changed. One thread.
 */
export class KeyVerifier {
  private readonly file: KeyFile;
  private readonly nowMs: () => number;
  private readonly onFault: (reason: string) => void;
  private readonly processKey: Buffer = randomBytes(32);
  /** By key id: the HMAC of the secret that was found to be right. */
  private readonly known: Map<string, { readonly digest: string; readonly hmac: Buffer }> = new Map();
  private keys: ReadonlyMap<string, KeyRecord> = new Map();
  private version: string | null = null;
  private lookedMs = -Infinity;
  private deriving = 0;
  private readonly waiting: (() => void)[] = [];

  /** @param onFault told once per state of the file when it cannot be read; then no key is good */
  constructor(file: KeyFile, nowMs: () => number, onFault: (reason: string) => void) {
    this.file = file;
    this.nowMs = nowMs;
    this.onFault = onFault;
  }

  /** Every key on record. */
  all(): readonly KeyRecord[] {
    this.look();
    return [...this.keys.values()];
  }

  /** The record of a key id as it is now; null = there is none, or it has ended. */
  living(id: string): KeyRecord | null {
    this.look();
    const key = this.keys.get(id);
    return key === undefined || hasEnded(key, this.nowMs()) ? null : key;
  }

  /** Whose key this text is. Never rejects. */
  async verify(text: string): Promise<KeyVerdict> {
    const id = apiKeyId(text);
    if (id === null) return { key: null, refusal: 'malformed' };
    this.look();
    const key = this.keys.get(id);
    if (key === undefined) return { key: null, refusal: 'unknown' };
    const hmac = createHmac('sha256', this.processKey).update(text).digest();
    const known = this.known.get(id);
    const isKnown = known?.digest === key.scrypt.digest && timingSafeEqual(known.hmac, hmac);
    if (!isKnown) {
      const found = await this.isSecretOf(text, key);
      if (found !== true) return { key: null, refusal: found === null ? 'busy' : 'unknown' };
      this.remember(id, { digest: key.scrypt.digest, hmac });
    }
    return hasEnded(key, this.nowMs()) ? { key, refusal: 'ended' } : { key, refusal: null };
  }

  /** null = too many wait. */
  private async isSecretOf(text: string, { scrypt }: KeyRecord): Promise<boolean | null> {
    if (this.deriving >= DERIVING_MAX) {
      if (this.waiting.length >= WAITING_MAX) return null;
      await new Promise<void>((resolve) => {
        this.waiting.push(resolve);
      });
    }
    this.deriving++;
    try {
      const wanted = Buffer.from(scrypt.digest, 'base64url');
      const digest = await derive(text, scrypt);
      return digest.length === wanted.length && timingSafeEqual(digest, wanted);
    } catch {
      return false;
    } finally {
      this.deriving--;
      this.waiting.shift()?.();
    }
  }

  private remember(id: string, entry: { readonly digest: string; readonly hmac: Buffer }): void {
    this.known.set(id, entry);
    if (this.known.size <= KNOWN_MAX) return;
    const [oldest] = this.known.keys();
    this.known.delete(oldest);
  }

  private look(): void {
    const nowMs = this.nowMs();
    if (nowMs - this.lookedMs < LOOK_MS) return;
    this.lookedMs = nowMs;
    const version = this.file.version();
    if (version === this.version) return;
    this.version = version;
    try {
      this.keys = new Map(this.file.read().map((key) => [key.id, key]));
    } catch (error) {
      this.keys = new Map();
      this.onFault((error as Error).message);
    }
  }
}
