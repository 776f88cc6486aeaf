import type { BreakerState } from '../risk/breakers.ts';
import type { RiskState } from '../messages/codecs.ts';

/** What stops trading, and what the breakers go by, as one run leaves it to the next. Plain data. */
export interface JournaledRiskState {
  /** Wall clock when it was read, microseconds. */
  readonly epochUs: number;
  /** KILL_REASON of a kill that stays until someone resumes; 0 = trading is not stopped. */
  readonly killReason: number;
  /** KILL_REASON for which positions may only shrink until someone resumes; 0 = they may grow. */
  readonly reduceReason: number;
  readonly isPaused: boolean;
  readonly breakers: BreakerState;
}

const NO_DAY = -1;

/** Writes a state into a record. */
export function writeRiskState(record: RiskState, state: JournaledRiskState): void {
  const { profit, peakProfit, day, dayStartProfit, lossesInARow } = state.breakers;
  record.epochUs = state.epochUs;
  record.profit = profit;
  record.peakProfit = peakProfit ?? 0;
  record.hasPeak = peakProfit === null ? 0 : 1;
  record.dayStartProfit = dayStartProfit;
  record.day = day ?? NO_DAY;
  record.killReason = state.killReason;
  record.reduceReason = state.reduceReason;
  record.isPaused = state.isPaused ? 1 : 0;
  record.lossesInARow = lossesInARow;
}

/** The state a record holds. */
export function readRiskState(record: RiskState): JournaledRiskState {
  return {
    epochUs: record.epochUs,
    killReason: record.killReason,
    reduceReason: record.reduceReason,
    isPaused: record.isPaused !== 0,
    breakers: {
      profit: record.profit,
      peakProfit: record.hasPeak === 0 ? null : record.peakProfit,
      day: record.day === NO_DAY ? null : record.day,
      dayStartProfit: record.dayStartProfit,
      lossesInARow: record.lossesInARow,
    },
  };
}
