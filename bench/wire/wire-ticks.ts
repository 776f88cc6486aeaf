import { createHash } from 'node:crypto';
import type { Hash } from 'node:crypto';

/**
 * The market of the wire-to-wire bench: a seedless sequence of depth differences of one instrument in which the top of
 * the book, and with it the order that every client has to send, is a function of the tick's number.
 */

/** The instrument traded; the embedded exchange lists it with these decimals. */
export const WIRE_SYMBOL = 'BTCUSDT';
const PRICE_DECIMALS = 2;
const QTY_DECIMALS = 5;
/** Every order's size, lots: 0.001 BTC. */
export const WIRE_ORDER_LOTS = 100;
/** The name under which the depth differences come. */
export const WIRE_STREAM: string = `${WIRE_SYMBOL.toLowerCase()}@depth@100ms`;

/** Distance of the touch from the middle of the snapshot, ticks, and how far it moves. */
const TOUCH_TICKS = 20;
const TOUCH_ASK_MOVES = 61;
const TOUCH_BID_MOVES = 59;
/** Levels of the snapshot closer to its middle than this are taken away, so that the touch is ours alone. */
const CLEARED_TICKS = 3_000;
/** Levels behind the touch that change with each tick, per side. */
const DEEPER_LEVELS = 4;
const DEEPER_FROM_TICKS = 200;
const DEEPER_MOVES = 97;
/** Update ids one tick takes: a level removed, a new touch and the deeper ones, on both sides. */
const IDS_PER_TICK = 2 * (2 + DEEPER_LEVELS);

/** A book as GET /api/v3/depth tells it. */
export interface DepthSnapshot {
  readonly lastUpdateId: number;
  readonly bids: readonly (readonly [string, string])[];
  readonly asks: readonly (readonly [string, string])[];
}

/** What a tick must be answered with. */
export interface ExpectedOrder {
  readonly isBuy: boolean;
  readonly priceTicks: number;
}

function text8(units: number, decimals: number): string {
  return (units / 10 ** decimals).toFixed(8);
}

function level(priceTicks: number, lots: number): string {
  return `["${text8(priceTicks, PRICE_DECIMALS)}","${text8(lots, QTY_DECIMALS)}"]`;
}

function ticksOf(price: string): number {
  return Math.round(Number(price) * 10 ** PRICE_DECIMALS);
}

/**
 * The ticks of one market. The first one makes room in the snapshot; the others follow each other without a gap, whatever
 * their numbers are, so that every phase can begin with the same numbers.
 */
export class WireTicks {
  private readonly middleTicks: number;
  private readonly clearing: { readonly bids: string; readonly asks: string };
  private lastId: number;
  /** The tick whose touch the next one takes away; -1 before the first. */
  private previous = -1;

  constructor(snapshot: DepthSnapshot) {
    this.middleTicks = Math.round((ticksOf(snapshot.bids[0][0]) + ticksOf(snapshot.asks[0][0])) / 2);
    const removed = (side: DepthSnapshot['bids']): string =>
      side
        .map(([price]) => ticksOf(price))
        .filter((ticks) => Math.abs(ticks - this.middleTicks) < CLEARED_TICKS)
        .map((ticks) => level(ticks, 0))
        .join(',');
    this.clearing = { bids: removed(snapshot.bids), asks: removed(snapshot.asks) };
    // The first event must begin inside the snapshot: web-socket-streams.md, "How to manage a local order book".
    this.lastId = snapshot.lastUpdateId - 1;
  }

  /** The next event, with the touch of tick `number`; the same bytes for every client. */
  next(number: number, epochMs: number): string {
    const isFirst = this.previous < 0;
    const firstId = this.lastId + 1;
    this.lastId += IDS_PER_TICK;
    const goneBid = isFirst ? this.clearing.bids : level(this.bidTicks(this.previous), 0);
    const goneAsk = isFirst ? this.clearing.asks : level(this.askTicks(this.previous), 0);
    // A touch that stays where it was is only given its new size.
    const staysBid = !isFirst && this.bidTicks(this.previous) === this.bidTicks(number);
    const staysAsk = !isFirst && this.askTicks(this.previous) === this.askTicks(number);
    const bids = this.joined(staysBid ? '' : goneBid, this.newBids(number));
    const asks = this.joined(staysAsk ? '' : goneAsk, this.newAsks(number));
    this.previous = number;
    return (
      `{"e":"depthUpdate","E":${epochMs},"s":"${WIRE_SYMBOL}","U":${firstId},"u":${this.lastId}` +
      `,"b":[${bids}],"a":[${asks}]}`
    );
  }

  /** The order a client must send after tick `number`: with the heavier side of the touch, at the other side's price. */
  expected(number: number): ExpectedOrder {
    const isBuy = this.bidLots(number) >= this.askLots(number);
    return { isBuy, priceTicks: isBuy ? this.askTicks(number) : this.bidTicks(number) };
  }

  private joined(left: string, right: string): string {
    return left === '' ? right : `${left},${right}`;
  }

  private newBids(number: number): string {
    let text = level(this.bidTicks(number), this.bidLots(number));
    for (let index = 0; index < DEEPER_LEVELS; index++) {
      text += `,${level(this.middleTicks - deeperTicks(number, index), deeperLots(number, index))}`;
    }
    return text;
  }

  private newAsks(number: number): string {
    let text = level(this.askTicks(number), this.askLots(number));
    for (let index = 0; index < DEEPER_LEVELS; index++) {
      text += `,${level(this.middleTicks + deeperTicks(number, index), deeperLots(number + 3, index))}`;
    }
    return text;
  }

  /* The factors have nothing in common with the moduli: the touch moves with every tick. */
  private askTicks(number: number): number {
    return this.middleTicks + TOUCH_TICKS + ((number * 7) % TOUCH_ASK_MOVES);
  }

  private bidTicks(number: number): number {
    return this.middleTicks - TOUCH_TICKS - ((number * 11) % TOUCH_BID_MOVES);
  }

  private bidLots(number: number): number {
    return 1_000 + ((number * 377) % 9_973);
  }

  private askLots(number: number): number {
    return 1_000 + ((number * 611) % 9_949);
  }
}

function deeperTicks(number: number, index: number): number {
  return DEEPER_FROM_TICKS + index * DEEPER_MOVES + ((number * 13) % DEEPER_MOVES);
}

function deeperLots(number: number, index: number): number {
  return ((number + index) % 5) * 731;
}

/** Orders as they came, tick by tick: equal for all clients that did the same work. */
export class OrderSum {
  private readonly hash: Hash = createHash('sha256');

  add(isBuy: boolean, priceTicks: number, lots: number): void {
    this.hash.update(`${isBuy ? 'B' : 'S'}${priceTicks}x${lots};`);
  }

  addLost(): void {
    this.hash.update('lost;');
  }

  text(): string {
    return this.hash.digest('hex').slice(0, 12);
  }
}

/** The numbers of an order request: prices and sizes come as text or, from some clients, as numbers. */
export function readOrder(
  params: Readonly<Record<string, unknown>>,
): ExpectedOrder & { readonly lots: number } {
  return {
    isBuy: params['side'] === 'BUY',
    priceTicks: ticksOf(String(params['price'])),
    lots: Math.round(Number(params['quantity']) * 10 ** QTY_DECIMALS),
  };
}
