/** Names that people mistype: which of the known ones was meant. */

const MIN_PREFIX_CHARS = 3;

/** The nearest of `words` to a mistyped or shortened `word`, or null when none is near: one edit per three letters. */
export function nearestWord(word: string, words: readonly string[]): string | null {
  const plain = plainKey(word);
  let best: string | null = null;
  let bestDistance = Math.max(1, Math.floor(plain.length / 3)) + 1;
  for (const candidate of words) {
    const distance = editDistance(plain, plainKey(candidate));
    if (distance >= bestDistance) continue;
    best = candidate;
    bestDistance = distance;
  }
  if (best === null && plain.length >= MIN_PREFIX_CHARS) {
    for (const candidate of words) if (plainKey(candidate).startsWith(plain)) return candidate;
  }
  return best;
}

/** A name without case and separators: what `SHRIKE__A__B_C` and `a.bC` have in common. */
export function plainKey(name: string): string {
  return name.toLowerCase().replaceAll(/[_-]/g, '');
}

/** Levenshtein's distance with neighbouring letters swapped counted as one edit (optimal string alignment). */
function editDistance(left: string, right: string): number {
  let before: number[] = [];
  let previous = Array.from({ length: right.length + 1 }, (_, column) => column);
  for (let row = 1; row <= left.length; row++) {
    const current = [row];
    for (let column = 1; column <= right.length; column++) {
      const cost = left[row - 1] === right[column - 1] ? 0 : 1;
      let best = Math.min(previous[column] + 1, current[column - 1] + 1, previous[column - 1] + cost);
      const isSwap =
        row > 1 && column > 1 && left[row - 1] === right[column - 2] && left[row - 2] === right[column - 1];
      if (isSwap) best = Math.min(best, before[column - 2] + 1);
      current.push(best);
    }
    before = previous;
    previous = current;
  }
  return previous[right.length];
}

/** The word with the fewest edits to `word`, however far; letter case counts least. `words` is not empty. */
export function closestWord(word: string, words: readonly string[]): string {
  const plain = plainKey(word);
  let best = words[0];
  let bestDistance = Infinity;
  for (const candidate of words) {
    const distance = editDistance(plain, plainKey(candidate));
    if (distance >= bestDistance) continue;
    best = candidate;
    bestDistance = distance;
  }
  return best;
}
