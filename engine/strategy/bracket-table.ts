// hot path: no allocation after start
import { invariant } from '../core/assert.ts';
import type { Region } from '../ipc/memory-map.ts';

/*
 * The brackets of one strategy actor, in shared memory so that its successor goes on watching their stops.
 *   Float64 columns of BRACKETS_MAX each, in the order of F64, then Int32 columns in the order of I32
 * One writer: the strategy actor.
 */

/** Brackets that the strategies of one actor may have at once. */
export const BRACKETS_MAX = 64;
const F64_COLUMNS = 16;
const I32_COLUMNS = 6;

/** Bytes of shared memory the brackets of a strategy actor need. */
export const BRACKET_TABLE_BYTES: number = BRACKETS_MAX * (F64_COLUMNS * 8 + I32_COLUMNS * 4);

/** Where a bracket stands. */
export const BRACKET_STATE = {
  free: 0,
  /** Its entry works; what of it is filled is watched already. */
  entering: 1,
  /** The entry has ended with a position; stop, target and time are watched. */
  open: 2,
  /** The position is being closed. */
  exiting: 3,
} as const;

/** Why a bracket ended, or ends. */
export const BRACKET_END = {
  none: 0,
  /** The entry was not filled within its life, or not taken. */
  notFilled: 1,
  target: 2,
  stop: 3,
  time: 4,
  /** The strategy asked for it. */
  asked: 5,
} as const;

/** The columns of all brackets, by slot. */
export class BracketTable {
  readonly id: Float64Array;
  /** Open orders of the bracket; 0 = none. */
  readonly entryOrderId: Float64Array;
  readonly targetOrderId: Float64Array;
  readonly exitOrderId: Float64Array;
  readonly stopTicks: Float64Array;
  /** Where it ends even while it is held. */
  readonly hardStopTicks: Float64Array;
  readonly targetTicks: Float64Array;
  readonly slippageTicks: Float64Array;
  readonly filledLots: Float64Array;
  readonly closedLots: Float64Array;
  /** Cash units paid for what was bought minus those taken for what was sold. */
  readonly costCash: Float64Array;
  readonly feesCash: Float64Array;
  readonly entryExpiresNs: Float64Array;
  /** From the first fill on; 0 = no time stop. */
  readonly timeStopNs: Float64Array;
  /** monoNs when the position is closed whatever it is worth; Infinity = never. */
  readonly deadlineNs: Float64Array;
  /** monoNs before which no further exit order is sent. */
  readonly nextTryNs: Float64Array;
  readonly state: Int32Array;
  readonly strategyIndex: Int32Array;
  readonly instrumentIndex: Int32Array;
  readonly side: Int32Array;
  /** BRACKET_END. */
  readonly end: Int32Array;
  /** 1 = the stop waits for the hard stop. */
  readonly isHeld: Int32Array;

  constructor(buffer: SharedArrayBuffer, region: Region) {
    invariant(region.byteLength >= BRACKET_TABLE_BYTES, `region "${region.name}" has room for all brackets`);
    let at = region.byteOffset;
    const f64 = (): Float64Array => {
      const column = new Float64Array(buffer, at, BRACKETS_MAX);
      at += BRACKETS_MAX * 8;
      return column;
    };
    this.id = f64();
    this.entryOrderId = f64();
    this.targetOrderId = f64();
    this.exitOrderId = f64();
    this.stopTicks = f64();
    this.hardStopTicks = f64();
    this.targetTicks = f64();
    this.slippageTicks = f64();
    this.filledLots = f64();
    this.closedLots = f64();
    this.costCash = f64();
    this.feesCash = f64();
    this.entryExpiresNs = f64();
    this.timeStopNs = f64();
    this.deadlineNs = f64();
    this.nextTryNs = f64();
    const i32 = (): Int32Array => {
      const column = new Int32Array(buffer, at, BRACKETS_MAX);
      at += BRACKETS_MAX * 4;
      return column;
    };
    this.state = i32();
    this.strategyIndex = i32();
    this.instrumentIndex = i32();
    this.side = i32();
    this.end = i32();
    this.isHeld = i32();
  }

  /** Brackets nobody else sees: for actors that are turned without a supervisor. */
  static unshared(): BracketTable {
    const region = { name: 'brackets', byteOffset: 0, byteLength: BRACKET_TABLE_BYTES };
    return new BracketTable(new SharedArrayBuffer(BRACKET_TABLE_BYTES), region);
  }

  /** A free slot, or -1. */
  freeSlot(): number {
    return this.state.indexOf(BRACKET_STATE.free);
  }

  /** The slot of a bracket of a strategy, or -1. */
  slotOf(strategyIndex: number, id: number): number {
    for (let slot = 0; slot < BRACKETS_MAX; slot++) {
      if (this.id[slot] === id && this.state[slot] !== BRACKET_STATE.free) {
        return this.strategyIndex[slot] === strategyIndex ? slot : -1;
      }
    }
    return -1;
  }

  /** The slot of a strategy's latest bracket of an instrument, or -1. */
  latestOf(strategyIndex: number, instrumentIndex: number): number {
    let latest = -1;
    for (let slot = 0; slot < BRACKETS_MAX; slot++) {
      if (this.state[slot] === BRACKET_STATE.free || this.strategyIndex[slot] !== strategyIndex) continue;
      if (this.instrumentIndex[slot] !== instrumentIndex) continue;
      if (latest < 0 || this.id[slot] > this.id[latest]) latest = slot;
    }
    return latest;
  }

  /** The slot of the bracket an order belongs to, or -1. */
  slotOfOrder(orderId: number): number {
    for (let slot = 0; slot < BRACKETS_MAX; slot++) {
      if (this.state[slot] === BRACKET_STATE.free) continue;
      const isIts =
        this.entryOrderId[slot] === orderId ||
        this.targetOrderId[slot] === orderId ||
        this.exitOrderId[slot] === orderId;
      if (isIts) return slot;
    }
    return -1;
  }

  /** Lots that are in the market. */
  openLots(slot: number): number {
    return this.filledLots[slot] - this.closedLots[slot];
  }
}
