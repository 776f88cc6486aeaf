// hot path: no allocation after start
import { invariant } from '../core/assert.ts';
import type { Region } from '../ipc/memory-map.ts';

/*
 * Whether the engine may trade, as shared words. Each word has one writer:
 *   byte   0  risk:      killed, cancelOnly, paused, killReason        Int32 x 4
 *         64  supervisor: latencyHalted                                Int32
 *        128  execution: journalLost, reconciled, openOrders, unknownOrders, drained, connected   Int32 x 6
 * The words outlive the actors: a kill switch stays thrown across restarts until an operator resumes.
 */
const EXECUTION_BASE = 128 >> 2;

const LATENCY_HALTED = 64 >> 2;

const KILLED = 0;
const CANCEL_ONLY = 1;
const PAUSED = 2;
const KILL_REASON = 3;
const JOURNAL_LOST = EXECUTION_BASE;
const RECONCILED = EXECUTION_BASE + 1;
const OPEN_ORDERS = EXECUTION_BASE + 2;
const UNKNOWN_ORDERS = EXECUTION_BASE + 3;
const DRAINED = EXECUTION_BASE + 4;
const CONNECTED = EXECUTION_BASE + 5;

/** Bytes of shared memory the trading state needs. */
export const TRADING_STATE_BYTES = 256;

/** Why the kill switch was thrown. */
export const KILL_REASON_CODE = { none: 0, command: 1, maxDrawdown: 2, positionBreach: 3 } as const;

/** Reads the trading state. Any thread. */
export class TradingStateReader {
  protected readonly words: Int32Array;

  constructor(buffer: SharedArrayBuffer, region: Region) {
    invariant(region.byteLength === TRADING_STATE_BYTES, 'region of the trading state has another size');
    this.words = new Int32Array(buffer, region.byteOffset, TRADING_STATE_BYTES >> 2);
  }

  /** The kill switch is thrown: only cancels pass until `resume`. */
  isKilled(): boolean {
    return Atomics.load(this.words, KILLED) !== 0;
  }

  /** A KILL_REASON_CODE. */
  killReason(): number {
    return Atomics.load(this.words, KILL_REASON);
  }

  isCancelOnly(): boolean {
    return Atomics.load(this.words, CANCEL_ONLY) !== 0;
  }

  isPaused(): boolean {
    return Atomics.load(this.words, PAUSED) !== 0;
  }

  /** Orders have been too slow lately (`risk.latencyHaltP99Us`): no new ones for a while. */
  isLatencyHalted(): boolean {
    return Atomics.load(this.words, LATENCY_HALTED) !== 0;
  }

  /** The intent log refused a record: no order may leave any more. */
  isJournalLost(): boolean {
    return Atomics.load(this.words, JOURNAL_LOST) !== 0;
  }

  /** Own orders and fills were compared with the venue since the last (re)connection. */
  isReconciled(): boolean {
    return Atomics.load(this.words, RECONCILED) !== 0;
  }

  /** Whether the venue takes orders and would be heard. */
  isConnected(): boolean {
    return Atomics.load(this.words, CONNECTED) !== 0;
  }

  /** Orders that have not ended, unknown ones included. */
  openOrders(): number {
    return Atomics.load(this.words, OPEN_ORDERS);
  }

  /** Orders whose fate is not known. */
  unknownOrders(): number {
    return Atomics.load(this.words, UNKNOWN_ORDERS);
  }

  /** After a drain: no open order and no report that was not delivered. */
  isDrained(): boolean {
    return Atomics.load(this.words, DRAINED) !== 0;
  }

  /** Whether a new order could pass as far as these words say. */
  mayTrade(): boolean {
    const words = this.words;
    return (
      Atomics.load(words, KILLED) === 0 &&
      Atomics.load(words, CANCEL_ONLY) === 0 &&
      Atomics.load(words, PAUSED) === 0 &&
      Atomics.load(words, LATENCY_HALTED) === 0 &&
      Atomics.load(words, JOURNAL_LOST) === 0 &&
      Atomics.load(words, RECONCILED) !== 0
    );
  }
}

/** The words of the risk actor. */
export class RiskTradingState extends TradingStateReader {
  /** Throws the kill switch; the first reason stays. */
  kill(reason: number): void {
    if (this.words[KILLED] !== 0) return;
    this.words[KILL_REASON] = reason;
    Atomics.store(this.words, KILLED, 1);
  }

  /** The operator's resume: takes back kill, cancel-only and pause. */
  resume(): void {
    Atomics.store(this.words, PAUSED, 0);
    Atomics.store(this.words, CANCEL_ONLY, 0);
    Atomics.store(this.words, KILLED, 0);
    this.words[KILL_REASON] = KILL_REASON_CODE.none;
  }

  setCancelOnly(isCancelOnly: boolean): void {
    Atomics.store(this.words, CANCEL_ONLY, isCancelOnly ? 1 : 0);
  }

  setPaused(isPaused: boolean): void {
    Atomics.store(this.words, PAUSED, isPaused ? 1 : 0);
  }
}

/** The words of the execution actor. */
export class ExecutionTradingState extends TradingStateReader {
  setJournalLost(isLost: boolean): void {
    Atomics.store(this.words, JOURNAL_LOST, isLost ? 1 : 0);
  }

  setReconciled(isReconciled: boolean): void {
    Atomics.store(this.words, RECONCILED, isReconciled ? 1 : 0);
  }

  setConnected(isConnected: boolean): void {
    Atomics.store(this.words, CONNECTED, isConnected ? 1 : 0);
  }

  setOrders(openOrders: number, unknownOrders: number): void {
    Atomics.store(this.words, OPEN_ORDERS, openOrders);
    Atomics.store(this.words, UNKNOWN_ORDERS, unknownOrders);
  }

  setDrained(isDrained: boolean): void {
    Atomics.store(this.words, DRAINED, isDrained ? 1 : 0);
  }
}

/** The word of the supervisor. */
export class SupervisorTradingState extends TradingStateReader {
  setLatencyHalted(isHalted: boolean): void {
    Atomics.store(this.words, LATENCY_HALTED, isHalted ? 1 : 0);
  }
}
