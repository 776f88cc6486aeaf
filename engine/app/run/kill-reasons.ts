import { KILL_REASON, nameOf } from '../../messages/enums.ts';

/** A KILL_REASON by name. */
export type KillReason = keyof typeof KILL_REASON;

/** What a KILL_REASON means, for people. */
export const KILL_REASON_TEXT: Readonly<Record<KillReason, string>> = {
  none: 'nothing',
  command: 'a command',
  maxDrawdown: 'the loss from the peak (risk.maxDrawdown)',
  positionBreach: 'a position above its limit',
  maxDailyLoss: 'the loss of the day (risk.maxDailyLoss)',
  lossesInARow: 'round trips lost in a row (risk.maxLossesInARow)',
  rejectRate: 'orders the venue refused (risk.maxRejectsPerMinute)',
  invariant: 'positions and fills that do not agree',
};

/** Why trading is stopped, by name; `none` when it is not. */
export function killReasonName(code: number): KillReason {
  return nameOf(KILL_REASON, code) as KillReason;
}
