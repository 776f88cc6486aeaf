// hot path: no allocation after start

/**
 * What holds for the event being handled: the time of the turn and the hop timestamps an order made now will carry.
 * Shared by the parts of one strategy actor, one thread.
 */
export class Turn {
  nowNs = 0;
  recvNs = 0;
  decodedNs = 0;
  bookedNs = 0;
  /** New orders are refused: the operator paused the strategies, or the engine drains. */
  isPaused = false;

  /** The event came from the market: its hops travel on. */
  carry(recvNs: number, decodedNs: number, bookedNs: number): void {
    this.recvNs = recvNs;
    this.decodedNs = decodedNs;
    this.bookedNs = bookedNs;
  }

  /** The event has no tick behind it (a timer, a report, a command). */
  carryNothing(): void {
    this.recvNs = 0;
    this.decodedNs = 0;
    this.bookedNs = 0;
  }
}
