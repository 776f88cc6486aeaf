// hot path: no allocation after start

const NOW = 0;
const RECV = 1;
const DECODED = 2;
const BOOKED = 3;
const BOOK_TAKEN = 4;

/**
 * What holds for the event being handled: the time of the turn and the hop timestamps an order made now will carry.
 * Shared by the parts of one strategy actor, one thread. The numbers are kept in an array: a double stored in a field
 * is a new object each time.
 */
export class Turn {
  /** New orders are refused: the operator paused the strategies, or the engine drains. */
  isPaused = false;
  /** [0] is `nowNs`: the caller of `doWork` writes it there. */
  readonly times: Float64Array = new Float64Array(5);

  get nowNs(): number {
    return this.times[NOW];
  }

  get recvNs(): number {
    return this.times[RECV];
  }

  get decodedNs(): number {
    return this.times[DECODED];
  }

  get bookedNs(): number {
    return this.times[BOOKED];
  }

  get bookTakenNs(): number {
    return this.times[BOOK_TAKEN];
  }

  /** A turn begins; its time stays the same to its end. No event yet. */
  begin(nowNs: number): void {
    this.times[NOW] = nowNs;
    this.carryNothing();
  }

  /** The event came from the market: its hops travel on. */
  carry(recvNs: number, decodedNs: number, bookedNs: number, bookTakenNs: number): void {
    this.times[RECV] = recvNs;
    this.times[DECODED] = decodedNs;
    this.times[BOOKED] = bookedNs;
    this.times[BOOK_TAKEN] = bookTakenNs;
  }

  /** The event has no tick behind it (a timer, a report, a command). */
  carryNothing(): void {
    this.times.fill(0, RECV);
  }
}
