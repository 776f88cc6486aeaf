/** Clusters farther apart than this, on average, stay apart. */
const CUT = 0.3;

/**
 * Groups of symbols that move together: average linkage over distances of 1 - correlation, the nearest two first, until
 * the nearest are more than 0.3 apart. A correlation that is not known (null) counts as none.
 * @param correlation symmetric, by place
 * @returns places, each group and the groups in rising order
 */
export function clustersOf(correlation: readonly (readonly (number | null)[])[]): number[][] {
  const distance = (a: number, b: number): number => 1 - (correlation[a][b] ?? 0);
  const groups = correlation.map((_, place) => [place]);
  const apart = (one: readonly number[], other: readonly number[]): number => {
    let sum = 0;
    for (const a of one) for (const b of other) sum += distance(a, b);
    return sum / (one.length * other.length);
  };
  for (;;) {
    let nearest: { first: number; second: number; far: number } | null = null;
    for (let first = 0; first < groups.length; first++) {
      for (let second = first + 1; second < groups.length; second++) {
        const far = apart(groups[first], groups[second]);
        if (far <= CUT && (nearest === null || far < nearest.far)) nearest = { first, second, far };
      }
    }
    if (nearest === null) return groups;
    const [joined] = groups.splice(nearest.second, 1);
    groups[nearest.first] = [...groups[nearest.first], ...joined].sort((a, b) => a - b);
  }
}
