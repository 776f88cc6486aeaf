import type { StrategyParams } from 'shrike/strategy';

/**
 * Reads a strategy's parameters with their defaults and collects everything that is wrong, so that a user sees all
 * problems at once. Call the readers, then `finish`.
 */
export class ParamReader {
  private readonly strategyName: string;
  private readonly params: StrategyParams;
  private readonly known: Set<string> = new Set();
  private readonly problems: string[] = [];

  constructor(strategyName: string, params: StrategyParams) {
    this.strategyName = strategyName;
    this.params = params;
  }

  /** A number in [min, max]. */
  number(name: string, fallback: number, min: number, max: number): number {
    const value = this.take(name, fallback);
    if (typeof value === 'number' && value >= min && value <= max) return value;
    this.problems.push(`${name} must be a number of ${min} to ${max}, not ${String(value)}`);
    return fallback;
  }

  /** A whole number in [min, max]. */
  integer(name: string, fallback: number, min: number, max: number): number {
    const value = this.take(name, fallback);
    if (typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max) return value;
    this.problems.push(`${name} must be a whole number of ${min} to ${max}, not ${String(value)}`);
    return fallback;
  }

  /** True or false. */
  flag(name: string, fallback: boolean): boolean {
    const value = this.take(name, fallback);
    if (typeof value === 'boolean') return value;
    this.problems.push(`${name} must be true or false, not ${String(value)}`);
    return fallback;
  }

  /** @throws Error listing every bad and every unknown parameter */
  finish(): void {
    for (const name of Object.keys(this.params)) {
      if (this.known.has(name)) continue;
      this.problems.push(`${name} is not a parameter (there are: ${[...this.known].join(', ')})`);
    }
    if (this.problems.length === 0) return;
    throw new Error(`bad parameters of ${this.strategyName}: ${this.problems.join('; ')}`);
  }

  private take(name: string, fallback: string | number | boolean): string | number | boolean {
    this.known.add(name);
    return this.params[name] ?? fallback;
  }
}
