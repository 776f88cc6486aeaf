import { f64, i32 } from './field-spec.ts';
import type { FieldSpec } from './field-spec.ts';

/** Fields that several messages have, by their names. */
type Part<Name extends string> = Readonly<Record<Name, FieldSpec>>;

type TickHop = 'recvNs' | 'decodedNs' | 'bookedNs';
type OrderTerm =
  | 'priceTicks'
  | 'qtyLots'
  | 'instrumentIndex'
  | 'instrumentEpoch'
  | 'strategyIndex'
  | 'side'
  | 'orderType'
  | 'timeInForce'
  | 'flags';

/** Whose record it is. */
export const INSTRUMENT: Part<'instrumentIndex'> = { instrumentIndex: i32('dense instrument index') };

/** Hop timestamps a tick carries onward, monoNs; 0 = not reached. */
export const TICK_HOPS: Part<TickHop> = {
  recvNs: f64('monoNs when the frame was received'),
  decodedNs: f64('monoNs when it was decoded'),
  bookedNs: f64('monoNs when the book had taken it in'),
};

/** The same of an order. */
export const ORDER_HOPS: Part<TickHop | 'signalledNs' | 'approvedNs'> = {
  ...TICK_HOPS,
  signalledNs: f64('monoNs when the strategy asked'),
  approvedNs: f64('monoNs when risk approved'),
};

/** When the duty cycle began in which an actor took the record in, monoNs; 0 = not reached. */
export const TICK_TAKEN: Part<'bookTakenNs'> = {
  bookTakenNs: f64('monoNs when the orderbook turn that took it in began'),
};
/** The same of a request. */
export const WISH_TAKEN: Part<'bookTakenNs' | 'strategyTakenNs'> = {
  ...TICK_TAKEN,
  strategyTakenNs: f64('monoNs when the strategy turn that took the tick in began'),
};
/** The same of an approval. */
export const APPROVAL_TAKEN: Part<'bookTakenNs' | 'strategyTakenNs' | 'riskTakenNs'> = {
  ...WISH_TAKEN,
  riskTakenNs: f64('monoNs when the risk turn that took it in began'),
};

/** What an order asks for. */
export const ORDER_TERMS: Part<OrderTerm> = {
  priceTicks: f64('limit price in ticks; 0 for market orders'),
  qtyLots: f64('size in lots'),
  ...INSTRUMENT,
  instrumentEpoch: i32('metadata epoch the numbers were made with'),
  strategyIndex: i32('strategy that asked'),
  side: i32('buy or sell', 'SIDE'),
  orderType: i32('order type', 'ORDER_TYPE'),
  timeInForce: i32('time in force', 'TIME_IN_FORCE'),
  flags: i32('ORDER_FLAG bits'),
};
