// hot path: no allocation after start
import type { SharedBookReader } from '../book/shared-book.ts';
import type { Clock } from '../core/clock.ts';
import type { CounterBlock } from '../ipc/counters.ts';
import { KILL_REASON } from '../messages/enums.ts';
import type { Breakers } from './breakers.ts';
import { RISK_COUNTER } from './counters.ts';
import { GrowthCancels } from './growth-cancels.ts';
import { unrealisedCash } from './positions.ts';
import type { PositionWriter } from './positions.ts';
import type { Reservations } from './reservations.ts';
import type { RiskLimits } from './risk-limits.ts';
import type { RiskMessages } from './risk-messages.ts';
import type { TradedInstruments } from './traded-instruments.ts';
import type { RiskTradingState } from './trading-state.ts';

const PROFIT_INTERVAL_NS = 100_000_000;

/** Counter of each KILL_REASON that a limit stops trading for. */
const STOP_COUNTER: Int32Array = new Int32Array(Object.keys(KILL_REASON).length);
STOP_COUNTER[KILL_REASON.maxDrawdown] = RISK_COUNTER.stopsByDrawdown;
STOP_COUNTER[KILL_REASON.maxDailyLoss] = RISK_COUNTER.stopsByDailyLoss;
STOP_COUNTER[KILL_REASON.lossesInARow] = RISK_COUNTER.stopsByLossesInARow;
STOP_COUNTER[KILL_REASON.rejectRate] = RISK_COUNTER.stopsByRejectRate;

/** What the stops go by; see RiskDependencies. */
interface StopParts {
  readonly clock: Clock;
  readonly counters: CounterBlock;
  readonly positions: PositionWriter;
  readonly reservations: Reservations;
  readonly breakers: Breakers;
  readonly trading: RiskTradingState;
  readonly book: SharedBookReader;
}

/**
 * What stops trading as a whole: commands, and the limits the breakers keep. Either nothing passes any more (killed), or
 * only what lets positions shrink (reducing), which is what a limit does unless the configuration says otherwise: who has
 * lost enough must still be able to leave. One thread: risk's.
 */
export class TradingStops {
  private readonly parts: StopParts;
  private readonly limits: RiskLimits;
  private readonly instruments: TradedInstruments;
  private readonly turnNs: Float64Array;
  private readonly cancels: GrowthCancels;
  private nextProfitNs: number;

  constructor(
    parts: StopParts,
    limits: RiskLimits,
    instruments: TradedInstruments,
    messages: RiskMessages,
    accountOf: (instrumentIndex: number) => number,
  ) {
    const { reservations, positions, counters } = parts;
    this.parts = parts;
    this.limits = limits;
    this.instruments = instruments;
    this.turnNs = messages.turnNs;
    this.cancels = new GrowthCancels(reservations, positions, messages, counters, accountOf);
    this.nextProfitNs = 0;
  }

  /** What is open may be more than a predecessor that began to reduce knew of. */
  onStart(): void {
    if (this.parts.trading.isReducing()) this.cancels.begin();
  }

  /** Looks at the profit when it is time, and sends the cancels that are due; how many. */
  takeTurn(): number {
    if (this.turnNs[0] >= this.nextProfitNs) this.checkProfit();
    return this.cancels.work();
  }

  /** Throws the kill switch for a KILL_REASON. */
  kill(reason: number): void {
    const { trading, counters } = this.parts;
    if (trading.isKilled()) return;
    trading.kill(reason);
    counters.increment(RISK_COUNTER.kills);
  }

  /** From now on positions may only shrink; for a KILL_REASON. */
  reduce(reason: number): void {
    const { trading, counters } = this.parts;
    if (trading.isReducing()) return;
    trading.reduce(reason);
    counters.increment(RISK_COUNTER.reductions);
    this.cancels.begin();
  }

  /** The operator lifts every stop; the limits are measured anew. */
  resume(): void {
    this.parts.trading.resume();
    this.parts.breakers.forget();
  }

  /** An instrument is traded from now on; a predecessor may have died between a fill that ended a round trip and its being noted. */
  beginTrips(index: number): void {
    const { positions, breakers } = this.parts;
    if (!positions.read(index)) return;
    breakers.begin(index, positions);
    this.stopFor(breakers.noteFill(index, positions, this.limits));
  }

  /** A fill has changed the position just read into the writer. */
  noteFill(index: number): void {
    const { positions, breakers } = this.parts;
    this.stopFor(breakers.noteFill(index, positions, this.limits));
    this.lookAgain();
  }

  /** The venue refused an order. */
  noteReject(): void {
    this.stopFor(this.parts.breakers.noteReject(this.turnNs, this.limits));
  }

  /** A position or an open order has come of which the cancels could not know. */
  lookAgain(): void {
    if (this.parts.trading.isReducing()) this.cancels.begin();
  }

  /** A limit is reached, or none is: a KILL_REASON. */
  private stopFor(reason: number): void {
    const { trading, counters } = this.parts;
    if (reason === KILL_REASON.none || trading.isKilled()) return;
    if (!this.limits.killsAtLimit && trading.isReducing()) return;
    counters.increment(STOP_COUNTER[reason]);
    if (this.limits.killsAtLimit) this.kill(reason);
    else this.reduce(reason);
  }

  /** Profit of all instruments, for the breakers that go by it. */
  private checkProfit(): void {
    this.nextProfitNs = this.turnNs[0] + PROFIT_INTERVAL_NS;
    const { positions, book, breakers, clock } = this.parts;
    let profit = 0;
    for (let index = 0; index < this.instruments.list.length; index++) {
      if (!positions.read(index) || positions.fillCount === 0) continue;
      let cash = positions.realisedCash - positions.feesCash;
      if (positions.netLots !== 0) {
        // Marking at cost would hide or invent a loss for as long as the book is away: look again later.
        if (!book.readTouch(index)) return;
        const midTicks = (book.bidTicksAt(0) + book.askTicksAt(0)) / 2;
        cash += unrealisedCash(positions.netLots, positions.costCash, midTicks);
      }
      profit += cash * this.instruments.cashValues[index];
    }
    this.stopFor(breakers.noteProfit(profit, clock.epochUs(), this.limits));
  }
}
