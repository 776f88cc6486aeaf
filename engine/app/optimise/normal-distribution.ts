/**
 * Share of a standard normal distribution below `x`: 1/2 + density x (x + x^3/3 + x^5/15 + ...), exact to a double's digits
 * (G. Marsaglia, Evaluating the Normal Distribution, Journal of Statistical Software 11, 2004). Pure.
 */
export function normalCdf(x: number): number {
  if (x < -8) return 0;
  if (x > 8) return 1;
  let sum = x;
  let term = x;
  for (let odd = 3; sum + term !== sum || odd < 5; odd += 2) {
    term *= (x * x) / odd;
    sum += term;
    if (term === 0) break;
  }
  return 0.5 + (sum * Math.exp((-x * x) / 2)) / Math.sqrt(2 * Math.PI);
}

/** The x below which a share of the distribution lies, by halving; -8 and 8 at the ends. Pure. */
export function normalQuantile(share: number): number {
  let [low, high] = [-8, 8];
  for (let step = 0; step < 64; step++) {
    const middle = (low + high) / 2;
    if (normalCdf(middle) < share) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}
