// hot path: no allocation after start
import { invariant } from '../core/assert.ts';
import type { Region } from '../ipc/memory-map.ts';
import { KILL_REASON } from '../messages/enums.ts';

/*
 * Whether the engine may trade, as shared words. Each word has one writer:
 *   byte   0  risk:      killed, cancelOnly, paused, killReason, reducing, reduceReason   Int32 x 6
 *         64  supervisor: latencyHalted                                Int32
 *        128  execution, 128 bytes per account: journalLost, reconciled, openOrders, unknownOrders, drained, connected
 * The words outlive the actors: a kill switch stays thrown across restarts until an operator resumes.
 */
const EXECUTION_BASE = 128 >> 2;
const ACCOUNT_WORDS = 128 >> 2;

const LATENCY_HALTED = 64 >> 2;

const KILLED = 0;
const CANCEL_ONLY = 1;
const PAUSED = 2;
const KILLED_FOR = 3;
const REDUCING = 4;
const REDUCING_FOR = 5;
const JOURNAL_LOST = EXECUTION_BASE;
const RECONCILED = EXECUTION_BASE + 1;
const OPEN_ORDERS = EXECUTION_BASE + 2;
const UNKNOWN_ORDERS = EXECUTION_BASE + 3;
const DRAINED = EXECUTION_BASE + 4;
const CONNECTED = EXECUTION_BASE + 5;

/** Bytes of shared memory the trading state of one account needs. */
export const TRADING_STATE_BYTES = 256;

/** Bytes of shared memory the trading state of so many accounts needs. */
export function tradingStateBytes(accountCount: number): number {
  return (EXECUTION_BASE + accountCount * ACCOUNT_WORDS) << 2;
}

/** The trading state is read of every account together. */
export const ALL_ACCOUNTS = -1;

/** Reads the trading state of one account, or of all together: the worst of them, their orders added up. Any thread. */
export class TradingStateReader {
  protected readonly words: Int32Array;
  /** The first word of the first account read, and the word behind the last one. */
  protected readonly accountAt: number;
  private readonly accountsEnd: number;

  constructor(buffer: SharedArrayBuffer, region: Region, account: number = ALL_ACCOUNTS) {
    const words = region.byteLength >> 2;
    const accountCount = (words - EXECUTION_BASE) / ACCOUNT_WORDS;
    invariant(
      Number.isInteger(accountCount) && accountCount >= 1 && account < accountCount,
      'region of the trading state has another size',
    );
    this.words = new Int32Array(buffer, region.byteOffset, words);
    this.accountAt = account === ALL_ACCOUNTS ? 0 : account * ACCOUNT_WORDS;
    this.accountsEnd =
      account === ALL_ACCOUNTS ? accountCount * ACCOUNT_WORDS : this.accountAt + ACCOUNT_WORDS;
  }

  /** The kill switch is thrown: only cancels pass until `resume`. */
  isKilled(): boolean {
    return Atomics.load(this.words, KILLED) !== 0;
  }

  /** A KILL_REASON. */
  killReason(): number {
    return Atomics.load(this.words, KILLED_FOR);
  }

  /** Positions may only shrink until `resume`: an order that could let one grow does not pass. */
  isReducing(): boolean {
    return Atomics.load(this.words, REDUCING) !== 0;
  }

  /** A KILL_REASON. */
  reduceReason(): number {
    return Atomics.load(this.words, REDUCING_FOR);
  }

  isCancelOnly(): boolean {
    return Atomics.load(this.words, CANCEL_ONLY) !== 0;
  }

  /** The operator wants no new risk; orders that let a position shrink pass. */
  isPaused(): boolean {
    return Atomics.load(this.words, PAUSED) !== 0;
  }

  /** Orders have been too slow lately (`risk.latencyHaltP99Us`): for a while only those that let a position shrink pass. */
  isLatencyHalted(): boolean {
    return Atomics.load(this.words, LATENCY_HALTED) !== 0;
  }

  /** The intent log refused a record: no order may leave any more. */
  isJournalLost(): boolean {
    return this.sum(JOURNAL_LOST) !== 0;
  }

  /** Own orders and fills were compared with the venue since the last (re)connection. */
  isReconciled(): boolean {
    return this.isEverywhere(RECONCILED);
  }

  /** Whether the venue takes orders and would be heard. */
  isConnected(): boolean {
    return this.isEverywhere(CONNECTED);
  }

  /** Orders that have not ended, unknown ones included. */
  openOrders(): number {
    return this.sum(OPEN_ORDERS);
  }

  /** Orders whose fate is not known. */
  unknownOrders(): number {
    return this.sum(UNKNOWN_ORDERS);
  }

  /** After a drain: no open order and no report that was not delivered. */
  isDrained(): boolean {
    return this.isEverywhere(DRAINED);
  }

  /** Whether an order that lets a position grow could pass as far as these words say. */
  mayTrade(): boolean {
    const words = this.words;
    return (
      Atomics.load(words, KILLED) === 0 &&
      Atomics.load(words, REDUCING) === 0 &&
      Atomics.load(words, CANCEL_ONLY) === 0 &&
      Atomics.load(words, PAUSED) === 0 &&
      Atomics.load(words, LATENCY_HALTED) === 0 &&
      this.sum(JOURNAL_LOST) === 0 &&
      this.isEverywhere(RECONCILED)
    );
  }

  private sum(word: number): number {
    let sum = 0;
    for (let at = this.accountAt; at < this.accountsEnd; at += ACCOUNT_WORDS) {
      sum += Atomics.load(this.words, word + at);
    }
    return sum;
  }

  private isEverywhere(word: number): boolean {
    for (let at = this.accountAt; at < this.accountsEnd; at += ACCOUNT_WORDS) {
      if (Atomics.load(this.words, word + at) === 0) return false;
    }
    return true;
  }
}

/** The words of the risk actor. */
export class RiskTradingState extends TradingStateReader {
  /** Throws the kill switch; the first reason stays. */
  kill(reason: number): void {
    if (this.words[KILLED] !== 0) return;
    this.words[KILLED_FOR] = reason;
    Atomics.store(this.words, KILLED, 1);
  }

  /** Lets positions only shrink from now on; the first reason stays. */
  reduce(reason: number): void {
    if (this.words[REDUCING] !== 0) return;
    this.words[REDUCING_FOR] = reason;
    Atomics.store(this.words, REDUCING, 1);
  }

  /** The operator's resume: takes back kill, reducing, cancel-only and pause. */
  resume(): void {
    Atomics.store(this.words, PAUSED, 0);
    Atomics.store(this.words, CANCEL_ONLY, 0);
    Atomics.store(this.words, REDUCING, 0);
    this.words[REDUCING_FOR] = KILL_REASON.none;
    Atomics.store(this.words, KILLED, 0);
    this.words[KILLED_FOR] = KILL_REASON.none;
  }

  setCancelOnly(isCancelOnly: boolean): void {
    Atomics.store(this.words, CANCEL_ONLY, isCancelOnly ? 1 : 0);
  }

  setPaused(isPaused: boolean): void {
    Atomics.store(this.words, PAUSED, isPaused ? 1 : 0);
  }
}

/** The words of the execution actor of one account; what it reads is of that account too. */
export class ExecutionTradingState extends TradingStateReader {
  constructor(buffer: SharedArrayBuffer, region: Region, account: number = 0) {
    super(buffer, region, account);
  }

  setJournalLost(isLost: boolean): void {
    Atomics.store(this.words, JOURNAL_LOST + this.accountAt, isLost ? 1 : 0);
  }

  setReconciled(isReconciled: boolean): void {
    Atomics.store(this.words, RECONCILED + this.accountAt, isReconciled ? 1 : 0);
  }

  setConnected(isConnected: boolean): void {
    Atomics.store(this.words, CONNECTED + this.accountAt, isConnected ? 1 : 0);
  }

  setOrders(openOrders: number, unknownOrders: number): void {
    Atomics.store(this.words, OPEN_ORDERS + this.accountAt, openOrders);
    Atomics.store(this.words, UNKNOWN_ORDERS + this.accountAt, unknownOrders);
  }

  setDrained(isDrained: boolean): void {
    Atomics.store(this.words, DRAINED + this.accountAt, isDrained ? 1 : 0);
  }
}

/** The word of the supervisor. */
export class SupervisorTradingState extends TradingStateReader {
  setLatencyHalted(isHalted: boolean): void {
    Atomics.store(this.words, LATENCY_HALTED, isHalted ? 1 : 0);
  }
}
