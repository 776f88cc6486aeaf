import type { Instrument } from '../../../engine/core/instrument.ts';

/**
 * Writes a venue's order requests. The numbers of a request are put into `values` before the call; the bytes are valid
 * until the next call. One thread.
 */
export interface OrderWriter {
  /**
   * By FIELD: requestId; timestamp in the venue's epoch ms; clientId and targetClientId as intentSeq; price in ticks; qty
   * in lots; targetOrderId, 0 when not known. The methods may leave other numbers there.
   */
  readonly values: Float64Array;
  /** A new order, `flags` of ORDER_FLAG; null when the venue has no such order. */
  place(
    instrumentIndex: number,
    side: number,
    orderType: number,
    timeInForce: number,
    flags: number,
  ): Buffer | null;
  cancel(instrumentIndex: number): Buffer;
  /** Cancels one order and, only if that worked, places another; null when the venue cannot. */
  replace(
    instrumentIndex: number,
    side: number,
    orderType: number,
    timeInForce: number,
    flags: number,
  ): Buffer | null;
  /** Takes in an instrument that was added. */
  addInstrument(instrument: Instrument): void;
}
