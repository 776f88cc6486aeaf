/** So many looks in a row must see a violation: between two of them a fill may have been taken in by one side only. */
const LOOKS = 3;

/**
 * Compares again and again what must always hold of positions and fills. What is violated stays so: it is told once, and
 * positions may only shrink from then on, because whoever does not know what he holds must not take more. Main thread.
 */
export class InvariantWatch {
  private readonly onViolated: (violation: string) => void;
  private seen: Map<string, number> = new Map();
  private readonly told: Set<string> = new Set();

  /** @param onViolated called once for each violation that stays */
  constructor(onViolated: (violation: string) => void) {
    this.onViolated = onViolated;
  }

  /** Takes what is violated now, a sentence each; every second or so. */
  look(violations: readonly string[]): void {
    const seen = new Map<string, number>();
    for (const violation of violations) {
      const looks = (this.seen.get(violation) ?? 0) + 1;
      seen.set(violation, looks);
      if (looks < LOOKS || this.told.has(violation)) continue;
      this.told.add(violation);
      this.onViolated(violation);
    }
    this.seen = seen;
  }
}
