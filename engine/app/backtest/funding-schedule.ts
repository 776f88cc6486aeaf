import { readFileSync } from 'node:fs';
import { CliError } from '../cli/cli-error.ts';
import { EXIT } from '../cli/exit-codes.ts';

/**
 * Funding of a perpetual: at each time, longs pay shorts the rate times the value of their position (the reverse where it
 * is negative), as Binance, Bybit and OKX define it.
 */
export class FundingSchedule {
  private readonly timesNs: readonly number[];
  private readonly rates: readonly number[];
  private next = 0;

  constructor(timesNs: readonly number[], rates: readonly number[]) {
    this.timesNs = timesNs;
    this.rates = rates;
  }

  /** The next rate that fell due by `nowNs`; null = none. */
  due(nowNs: number): number | null {
    if (this.next >= this.timesNs.length || this.timesNs[this.next] > nowNs) return null;
    return this.rates[this.next++];
  }
}

/**
 * Reads `time_ms,rate` rows, a header line is passed over. Throws CliError naming file and row.
 * @param originEpochUs time of monoNs 0; what fell due before it is passed over
 */
export function readFundingFile(path: string, originEpochUs: number): FundingSchedule {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw new CliError('FUNDING_UNREADABLE', `funding file: ${(error as Error).message}`, EXIT.failure);
  }
  const times: number[] = [];
  const rates: number[] = [];
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    if (line.trim() === '' || (index === 0 && !/^\s*\d/.test(line))) continue;
    const [time, rate, ...more] = line.split(',').map((cell) => (cell.trim() === '' ? NaN : Number(cell)));
    const isInOrder = times.length === 0 || time > times.at(-1)!;
    if (more.length > 0 || !Number.isSafeInteger(time) || !Number.isFinite(rate) || !isInOrder) {
      const what = 'expected time_ms,rate with rising times, such as 1723075200000,0.0001';
      throw new CliError(
        'FUNDING_MALFORMED',
        `funding file ${path}: row ${index + 1}: ${what}`,
        EXIT.failure,
      );
    }
    times.push(time);
    rates.push(rate);
  }
  const timesNs = times.map((ms) => (ms * 1_000 - originEpochUs) * 1_000);
  const first = timesNs.findIndex((ns) => ns >= 0);
  return first < 0
    ? new FundingSchedule([], [])
    : new FundingSchedule(timesNs.slice(first), rates.slice(first));
}
