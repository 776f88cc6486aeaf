// hot path: no allocation after start

/** `takeDue` found nothing due. */
export const NO_TIMER_DUE = -1;

/** The one-shot timers of one strategy: a short bounded list, looked at only when the earliest is due. One thread. */
export class Timers {
  private readonly ids: Float64Array;
  private readonly dueNs: Float64Array;
  private readonly setNumbers: Float64Array;
  private setsSoFar: number;
  private count: number;
  private earliestNs: number;

  constructor(capacity: number) {
    this.ids = new Float64Array(capacity);
    this.dueNs = new Float64Array(capacity);
    this.setNumbers = new Float64Array(capacity);
    this.setsSoFar = 0;
    this.count = 0;
    this.earliestNs = Infinity;
  }

  /** monoNs of the earliest timer; Infinity without timers. */
  get nextDueNs(): number {
    return this.earliestNs;
  }

  /** How often a timer was set so far: a limit for `takeDue`. */
  get setCount(): number {
    return this.setsSoFar;
  }

  /** Sets a timer, or moves the one of this id; false when all are in use. */
  set(timerId: number, dueNs: number): boolean {
    const slot = this.slotOf(timerId);
    if (slot === this.count) {
      if (this.count === this.ids.length) return false;
      this.count++;
      this.ids[slot] = timerId;
    }
    this.dueNs[slot] = dueNs;
    this.setNumbers[slot] = this.setsSoFar++;
    this.refresh();
    return true;
  }

  clear(timerId: number): void {
    const slot = this.slotOf(timerId);
    if (slot < this.count) this.removeAt(slot);
  }

  clearAll(): void {
    this.count = 0;
    this.earliestNs = Infinity;
  }

  /**
   * Removes the earliest timer that is due at `nowNs` and was set before set number `setLimit`, and returns its id, or
   * NO_TIMER_DUE. Ids are not negative. The limit keeps a timer that sets itself again from firing twice in one turn.
   */
  takeDue(nowNs: number, setLimit: number): number {
    if (!(this.earliestNs <= nowNs)) return NO_TIMER_DUE;
    let earliest = -1;
    for (let slot = 0; slot < this.count; slot++) {
      if (this.dueNs[slot] > nowNs || this.setNumbers[slot] >= setLimit) continue;
      if (earliest < 0 || this.dueNs[slot] < this.dueNs[earliest]) earliest = slot;
    }
    if (earliest < 0) return NO_TIMER_DUE;
    const timerId = this.ids[earliest];
    this.removeAt(earliest);
    return timerId;
  }

  private slotOf(timerId: number): number {
    for (let slot = 0; slot < this.count; slot++) if (this.ids[slot] === timerId) return slot;
    return this.count;
  }

  private removeAt(slot: number): void {
    this.count--;
    // Keeps the order of setting, so that timers due at the same moment fire in it.
    for (let index = slot; index < this.count; index++) {
      this.ids[index] = this.ids[index + 1];
      this.dueNs[index] = this.dueNs[index + 1];
      this.setNumbers[index] = this.setNumbers[index + 1];
    }
    this.refresh();
  }

  private refresh(): void {
    let earliestNs = Infinity;
    for (let slot = 0; slot < this.count; slot++) {
      if (this.dueNs[slot] < earliestNs) earliestNs = this.dueNs[slot];
    }
    this.earliestNs = earliestNs;
  }
}
