const WINDOW_MS = 60_000;
const FAILURES_MAX = 10;
const FIRST_BLOCK_MS = 300_000;
const BLOCK_MS_MAX = 3_600_000;
const ADDRESSES_MAX = 10_000;

interface Guesser {
  failures: number;
  windowFromMs: number;
  blockedUntilMs: number;
  blocks: number;
}

/**
 * Slows down who tries keys: ten failures a minute from an address and it is not looked at for five minutes, doubling up to
 * an hour. Good keys still pass, and no key is ever locked by failures of others. One thread.
 */
export class GuessThrottle {
  private readonly guessers: Map<string, Guesser> = new Map();

  /** Milliseconds until a failure of this address is answered as such again; 0 = now. */
  blockedForMs(address: string, nowMs: number): number {
    return Math.max(0, (this.guessers.get(networkOf(address))?.blockedUntilMs ?? 0) - nowMs);
  }

  /** A credential of this address was no good. */
  noteFailure(address: string, nowMs: number): void {
    const network = networkOf(address);
    const guesser = this.guessers.get(network) ?? {
      failures: 0,
      windowFromMs: nowMs,
      blockedUntilMs: 0,
      blocks: 0,
    };
    this.guessers.delete(network);
    this.guessers.set(network, guesser);
    if (nowMs - guesser.windowFromMs >= WINDOW_MS) {
      guesser.failures = 0;
      guesser.windowFromMs = nowMs;
    }
    if (++guesser.failures >= FAILURES_MAX && guesser.blockedUntilMs <= nowMs) {
      guesser.blockedUntilMs = nowMs + Math.min(FIRST_BLOCK_MS * 2 ** guesser.blocks++, BLOCK_MS_MAX);
      guesser.failures = 0;
    }
    if (this.guessers.size <= ADDRESSES_MAX) return;
    const [oldest] = this.guessers.keys();
    this.guessers.delete(oldest);
  }
}

/** What counts as one address: of IPv6 the first 64 bits, for one host has all of the others. */
export function networkOf(address: string): string {
  const bare = address.startsWith('::ffff:') ? address.slice(7) : address;
  if (!bare.includes(':')) return bare;
  const [head, tail = ''] = bare.split('::');
  const groups = head === '' ? [] : head.split(':');
  const rest = tail === '' ? [] : tail.split(':');
  const filled = bare.includes('::')
    ? [...groups, ...Array.from({ length: 8 - groups.length - rest.length }, () => '0'), ...rest]
    : groups;
  return `${filled.slice(0, 4).join(':')}::/64`;
}
