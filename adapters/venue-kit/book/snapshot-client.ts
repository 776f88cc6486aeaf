import { Pool } from 'undici';
import { FRAME_BYTES_MAX } from '../../../engine/core/limits.ts';

/** A snapshot that did not come. `retryAfterMs` is what the venue asked for, 0 = nothing said. */
export class SnapshotError extends Error {
  override readonly name: string = 'SnapshotError';
  readonly isRateLimited: boolean;
  readonly retryAfterMs: number;

  constructor(message: string, isRateLimited = false, retryAfterMs = 0) {
    super(message);
    this.isRateLimited = isRateLimited;
    this.retryAfterMs = retryAfterMs;
  }
}

/** Book snapshots over REST, bounded in time and size. One event-loop thread. */
export class SnapshotClient {
  private readonly pool: Pool;
  private readonly pathOf: (symbol: string) => string;
  private readonly timeoutMs: number;
  private readonly closing: AbortController;

  /**
   * @param rest base URL
   * @param pathOf path and query of a symbol's snapshot
   */
  constructor(rest: string, pathOf: (symbol: string) => string, timeoutMs: number) {
    this.pool = new Pool(new URL(rest).origin, { connections: 2 });
    this.pathOf = pathOf;
    this.timeoutMs = timeoutMs;
    this.closing = new AbortController();
  }

  /** The body as the venue sent it. @throws SnapshotError */
  async fetch(symbol: string): Promise<Buffer> {
    const signal = AbortSignal.any([this.closing.signal, AbortSignal.timeout(this.timeoutMs)]);
    try {
      const { statusCode, headers, body } = await this.pool.request({
        method: 'GET',
        path: this.pathOf(symbol),
        signal,
      });
      const chunks: Buffer[] = [];
      let byteLength = 0;
      for await (const chunk of body as AsyncIterable<Buffer>) {
        byteLength += chunk.length;
        if (byteLength > FRAME_BYTES_MAX) throw new SnapshotError('the answer is larger than any book');
        chunks.push(chunk);
      }
      if (statusCode !== 200) {
        const isRateLimited = statusCode === 429 || statusCode === 418;
        const retryAfterSeconds = Number(headers['retry-after']);
        throw new SnapshotError(
          `http ${statusCode}`,
          isRateLimited,
          retryAfterSeconds > 0 ? retryAfterSeconds * 1_000 : 0,
        );
      }
      return Buffer.concat(chunks);
    } catch (error) {
      if (error instanceof SnapshotError) throw error;
      const { code, name, message } = error as NodeJS.ErrnoException;
      throw new SnapshotError(name === 'TimeoutError' ? 'timeout' : (code ?? message));
    }
  }

  /** Ends requests in flight; they fail. */
  close(): void {
    this.closing.abort();
    void this.pool.destroy().catch(() => undefined);
  }
}
