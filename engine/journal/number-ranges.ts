/** A set of whole numbers kept as ranges: numbers that were given out in a row take no room of their own. */
export class NumberRanges {
  /** First and last number of each range, ascending, with a gap between any two. */
  readonly ranges: readonly (readonly [first: number, last: number])[];

  constructor(ranges: readonly (readonly [first: number, last: number])[] = []) {
    this.ranges = ranges;
  }

  has(value: number): boolean {
    let low = 0;
    let high = this.ranges.length - 1;
    while (low <= high) {
      const middle = (low + high) >> 1;
      const [first, last] = this.ranges[middle];
      if (value < first) high = middle - 1;
      else if (value > last) low = middle + 1;
      else return true;
    }
    return false;
  }

  /** These numbers and `values`. */
  with(values: readonly number[]): NumberRanges {
    const parts = [...this.ranges, ...values.map((value) => [value, value] as const)];
    const merged: [number, number][] = [];
    for (const [first, last] of parts.sort((a, b) => a[0] - b[0])) {
      const before = merged.at(-1);
      if (before !== undefined && first <= before[1] + 1) before[1] = Math.max(before[1], last);
      else merged.push([first, last]);
    }
    return new NumberRanges(merged);
  }
}
