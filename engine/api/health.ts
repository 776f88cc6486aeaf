import { instrumentName } from '../core/instrument.ts';
import type { SharedState } from './shared-state.ts';

/** Limits of "well". */
export interface HealthLimits {
  /** A heartbeat older than this is a hung thread. */
  readonly beatStaleMs: number;
  /** A book without data this long is not fresh. */
  readonly feedStaleMs: number;
}

/** One thing that is wrong, by code and in words. */
export interface HealthReason {
  readonly code: string;
  readonly message: string;
}

/** Body of both answers; 200 when `ok`, else 503. */
export interface HealthReport {
  readonly ok: boolean;
  readonly reasons: readonly HealthReason[];
}

const RUNNING = 2;

function report(reasons: readonly HealthReason[]): HealthReport {
  return { ok: reasons.length === 0, reasons };
}

/** Whether the engine's threads beat: every actor runs and has turned lately. Api thread. */
export function healthy(shared: SharedState, limits: HealthLimits): HealthReport {
  const reasons: HealthReason[] = [];
  const nowNs = shared.options.clock.nowNs();
  for (const { name, thread, vitals } of shared.options.actors) {
    const beatAgeMs = Math.round((nowNs - vitals.lastBeatNs()) / 1e6);
    if (vitals.state() !== RUNNING) {
      reasons.push({ code: 'ACTOR_NOT_RUNNING', message: `${name} (thread ${thread}) does not run` });
    } else if (beatAgeMs > limits.beatStaleMs) {
      reasons.push({
        code: 'ACTOR_HANGS',
        message: `${name} (thread ${thread}) last turned ${beatAgeMs} ms ago`,
      });
    }
  }
  return report(reasons);
}

/** Whether the engine could trade now: threads beat, reconciled, not killed, every book valid and fresh. */
export function ready(shared: SharedState, limits: HealthLimits): HealthReport {
  const { trading, journal, instruments, isTraded } = shared.options;
  const reasons: HealthReason[] = [...healthy(shared, limits).reasons];
  if (trading.isKilled()) reasons.push({ code: 'KILLED', message: 'the kill switch is thrown' });
  else if (trading.isReducing()) {
    reasons.push({ code: 'REDUCING', message: 'positions may only shrink until someone resumes' });
  }
  if (trading.isJournalLost()) {
    reasons.push({ code: 'JOURNAL_LOST', message: 'the intent journal refuses records; no order may leave' });
  } else if (journal.isLost()) {
    reasons.push({
      code: 'JOURNAL_LOST',
      message: 'the journal refuses records: the disk is full or broken',
    });
  }
  if (!trading.isConnected()) {
    reasons.push({ code: 'VENUE_DOWN', message: 'the order connection to the venue is down' });
  }
  if (!trading.isReconciled()) {
    reasons.push({
      code: 'NOT_RECONCILED',
      message: 'own orders and fills are not yet compared with the venue',
    });
  }
  for (const instrument of instruments) {
    if (isTraded?.(instrument.index) === false) continue;
    const symbol = instrumentName(instrument);
    const { index } = instrument;
    const ageMs = shared.bookAgeMs(index);
    if (ageMs === null) reasons.push({ code: 'BOOK_HIDDEN', message: `${symbol} has no valid book` });
    else if (ageMs > limits.feedStaleMs) {
      reasons.push({ code: 'FEED_STALE', message: `${symbol} got no data for ${Math.round(ageMs)} ms` });
    }
  }
  return report(reasons);
}
