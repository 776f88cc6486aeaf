// hot path: no allocation after start
import { mkdtempSync, rmSync, writevSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const READ_BYTES = 64;

/**
 * Keeps an event loop going round without making garbage: a byte written to a local socket of its own makes the next
 * look at the sockets return at once, and reading it calls `onWake`. `setImmediate`, the usual way, makes some 400 bytes
 * a turn; at half a million turns a second that streams through the caches what the hot path wants to find in them.
 * Belongs to one event-loop thread.
 */
export class SelfWake {
  private readonly reading: Socket;
  private readonly writing: Socket;
  private readonly fd: number;
  private readonly bytes: readonly Uint8Array[] = [Uint8Array.of(1)];

  private constructor(reading: Socket, writing: Socket, fd: number) {
    this.reading = reading;
    this.writing = writing;
    this.fd = fd;
  }

  /** Null where there are no local sockets whose descriptor can be told. `onWake` must not throw. */
  static async open(onWake: () => void): Promise<SelfWake | null> {
    let directory: string | null = null;
    try {
      /* A folder nobody else can enter; gone before the first byte. */
      directory = mkdtempSync(join(tmpdir(), 'shrike-'));
      return await SelfWake.pair(join(directory, 'wake'), onWake);
    } catch {
      return null;
    } finally {
      if (directory !== null) rmSync(directory, { recursive: true, force: true });
    }
  }

  private static async pair(path: string, onWake: () => void): Promise<SelfWake | null> {
    const server = createServer();
    try {
      await new Promise<void>((resolve, reject) => {
        server.once('error', reject);
        server.listen(path, resolve);
      });
      const accepted = new Promise<Socket>((resolve) => server.once('connection', resolve));
      const reading = connect({
        path,
        onread: {
          buffer: new Uint8Array(READ_BYTES),
          callback: (): boolean => {
            onWake();
            return true;
          },
        },
      });
      await new Promise<void>((resolve, reject) => {
        reading.once('connect', resolve);
        reading.once('error', reject);
      });
      const writing = await accepted;
      const { fd } = (writing as unknown as { readonly _handle?: { readonly fd?: number } })._handle ?? {};
      if (fd === undefined || fd < 0) {
        reading.destroy();
        writing.destroy();
        return null;
      }
      return new SelfWake(reading, writing, fd);
    } finally {
      server.close();
    }
  }

  /** Asks for one call of `onWake` in the loop's next turn. One at a time. */
  wake(): void {
    writevSync(this.fd, this.bytes);
  }

  close(): void {
    this.reading.destroy();
    this.writing.destroy();
  }
}
