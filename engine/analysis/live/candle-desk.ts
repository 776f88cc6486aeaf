import { CandleFetchError, type CandleFetcher, type VenueCandle } from '../bars/candle-port.ts';
import { candleFault } from '../bars/candle.ts';
import { isAligned, type Timeframe } from '../bars/timeframe.ts';
import type { TakenCandle } from './taken-candle.ts';

/** Requests under way at once. */
const REQUESTS_MAX = 4;
/** Requests that may wait; more are answered with nothing. */
const WAITING_MAX = 16_384;
const ATTEMPTS_MAX = 4;
/** Requests of one job. */
const PAGES_MAX = 4;
const RETRY_NS = 500e6;

/** What somebody wants to know of a symbol's past. */
export interface CandleJob {
  readonly symbol: string;
  readonly timeframe: Timeframe;
  /** Candles that open in [fromMs, toMs). */
  readonly fromMs: number;
  readonly toMs: number;
  /** Not asked before; a candle that has just closed may still change at the venue. */
  readonly notBeforeNs: number;
  /** null: nobody can be asked. */
  readonly fetcher: CandleFetcher | null;
  /** Receives the candles in order, in the caller's turn (`poll`); null = they could not be had. */
  readonly onAnswer: (candles: TakenCandle[] | null) => void;
}

interface Waiting {
  readonly job: CandleJob;
  readonly attempt: number;
  readonly dueNs: number;
}

/** What the desk counts. */
export interface CandleDeskEvents {
  /** Why an answer was refused, or a request failed for good. */
  onFailure(reason: string): void;
}

/** Asks venues for candles, a few at a time, patiently. Answers are handed out in the owner's turn. One thread. */
export class CandleDesk {
  private readonly events: CandleDeskEvents;
  private waiting: Waiting[];
  private answers: (() => void)[];
  private underWay: number;
  private pausedUntilNs: number;
  private isClosed: boolean;

  constructor(events: CandleDeskEvents) {
    this.events = events;
    this.waiting = [];
    this.answers = [];
    this.underWay = 0;
    this.pausedUntilNs = 0;
    this.isClosed = false;
  }

  ask(job: CandleJob): void {
    if (job.fetcher === null || this.waiting.length >= WAITING_MAX)
      this.answers.push(() => job.onAnswer(null));
    else this.waiting.push({ job, attempt: 1, dueNs: job.notBeforeNs });
  }

  /** Whether answers wait to be handed out. */
  get hasAnswers(): boolean {
    return this.answers.length > 0;
  }

  /** Hands out answers and sends what is due; returns how many were handed out. */
  poll(nowNs: number): number {
    const { answers } = this;
    this.answers = [];
    for (const answer of answers) answer();
    if (nowNs >= this.pausedUntilNs) this.sendDue(nowNs);
    return answers.length;
  }

  close(): void {
    this.isClosed = true;
    this.waiting = [];
    this.answers = [];
  }

  private sendDue(nowNs: number): void {
    if (this.underWay >= REQUESTS_MAX || this.waiting.length === 0) return;
    const later: Waiting[] = [];
    for (const one of this.waiting) {
      if (this.underWay < REQUESTS_MAX && one.dueNs <= nowNs) this.send(one, nowNs);
      else later.push(one);
    }
    this.waiting = later;
  }

  private send(one: Waiting, nowNs: number): void {
    const { job, attempt } = one;
    const { symbol, timeframe, fromMs, toMs } = job;
    this.underWay++;
    const settle = (act: () => void): void => {
      this.underWay--;
      if (!this.isClosed) act();
    };
    fetchAll(job.fetcher!, job).then(
      (found) =>
        settle(() => {
          const candles = checkedCandles(found, timeframe, fromMs, toMs);
          if (typeof candles === 'string') {
            this.events.onFailure(`${timeframe.name} candles of ${symbol}: ${candles}`);
            this.answers.push(() => job.onAnswer(null));
          } else this.answers.push(() => job.onAnswer(candles));
        }),
      (error: unknown) => settle(() => this.failed(job, attempt, error, nowNs)),
    );
  }

  private failed(job: CandleJob, attempt: number, error: unknown, sentNs: number): void {
    const isFetchError = error instanceof CandleFetchError;
    if (isFetchError && error.retryAfterMs > 0)
      this.pausedUntilNs = Math.max(this.pausedUntilNs, sentNs + error.retryAfterMs * 1e6);
    if (attempt < ATTEMPTS_MAX) {
      this.waiting.push({ job, attempt: attempt + 1, dueNs: sentNs + RETRY_NS * 2 ** attempt });
      return;
    }
    this.events.onFailure(error instanceof Error ? error.message : String(error));
    this.answers.push(() => job.onAnswer(null));
  }
}

/** All candles of a job's range, in as many requests as that takes. */
async function fetchAll(
  fetcher: CandleFetcher,
  { symbol, timeframe, fromMs, toMs }: CandleJob,
): Promise<VenueCandle[]> {
  const found: VenueCandle[] = [];
  const pageMs = fetcher.candlesMax * timeframe.lengthMs;
  // Of a range that is too long the newest part is wanted.
  for (
    let pageFromMs = Math.max(fromMs, toMs - PAGES_MAX * pageMs);
    pageFromMs < toMs;
    pageFromMs += pageMs
  ) {
    const query = {
      symbol,
      timeframe: timeframe.name,
      fromMs: pageFromMs,
      toMs: Math.min(toMs, pageFromMs + pageMs),
    };
    found.push(...(await fetcher.fetch(query)));
  }
  return found;
}

/** The candles of an answer within a range, or why none of it can be used. */
function checkedCandles(
  found: readonly VenueCandle[],
  timeframe: Timeframe,
  fromMs: number,
  toMs: number,
): TakenCandle[] | string {
  const candles: TakenCandle[] = [];
  let lastMs = -Infinity;
  for (const { openTimeMs, open, high, low, close, volume, buyVolume } of found) {
    if (openTimeMs <= lastMs) return `${openTimeMs} does not come after ${lastMs}`;
    if (!isAligned(timeframe, openTimeMs)) return `no candle opens at ${openTimeMs}`;
    const fault = candleFault(open, high, low, close, volume);
    if (fault !== null) return `${fault.reason} in the candle at ${openTimeMs}`;
    lastMs = openTimeMs;
    if (openTimeMs < fromMs || openTimeMs >= toMs) continue;
    candles.push({ kind: 'closed', openTimeMs, open, high, low, close, volume, buyVolume, isComplete: true });
  }
  return candles;
}
