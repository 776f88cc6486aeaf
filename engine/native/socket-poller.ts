// hot path: no allocation after start
import type { LoopWatch } from './loop-watch.ts';

/** A socket that a spinning thread looks at itself. */
export interface PolledSocket {
  /** Takes what has arrived, at most one block; whether there was anything. */
  poll(): boolean;
  /** The thread begins to spin: `poll` brings the data, Node's event loop no longer does. */
  takeOver(): void;
  /** The thread is about to sleep in the event loop, which brings the data from here on. */
  giveBack(): void;
}

/**
 * The sockets of one thread that are read by native calls while it spins. Belongs to that thread. Sockets come and go at
 * any time, also while they are polled.
 */
export class SocketPoller {
  private readonly loop: LoopWatch;
  private sockets: readonly PolledSocket[];
  /** Whether the event loop leaves the sockets to this thread's own loop. */
  isSpinning: boolean;

  constructor(loop: LoopWatch) {
    this.loop = loop;
    this.sockets = [];
    this.isSpinning = false;
  }

  /** Whether there is any socket to poll. */
  hasSockets(): boolean {
    return this.sockets.length > 0;
  }

  /** From the next round on the socket is polled. */
  add(socket: PolledSocket): void {
    this.sockets = [...this.sockets, socket];
    if (this.isSpinning) socket.takeOver();
  }

  remove(socket: PolledSocket): void {
    this.sockets = this.sockets.filter((each) => each !== socket);
  }

  /** Takes the sockets from the event loop; again and again, since Node's streams begin to read by themselves. */
  takeOver(): void {
    const { sockets } = this;
    this.isSpinning = true;
    for (let index = 0; index < sockets.length; index++) sockets[index].takeOver();
  }

  /** Gives the sockets back to the event loop; without effect when it has them. */
  giveBack(): void {
    if (!this.isSpinning) return;
    this.isSpinning = false;
    for (const socket of this.sockets) socket.giveBack();
  }

  /** Looks at each socket once; how many had something. */
  poll(): number {
    const { sockets } = this;
    let count = 0;
    for (let index = 0; index < sockets.length; index++) if (sockets[index].poll()) count++;
    return count;
  }

  /** Whether a descriptor of Node's event loop has something to do. Timers are not seen. */
  isLoopWanted(): boolean {
    return this.loop.isReady();
  }
}
