/** Orders and fills kept; the oldest are forgotten first. */
const ORDERS_KEPT_MAX = 2_000;
const FILLS_KEPT_MAX = 4_000;

type Fields = Readonly<Record<string, unknown>>;

/** An order as the api shows it; prices, sizes and fees are decimal text. */
export interface OrderView {
  readonly orderId: string;
  readonly clientOrderId: string | null;
  readonly venueOrderId: string | null;
  readonly venue: string;
  readonly symbol: string;
  readonly strategy: string;
  readonly side: string;
  readonly type: string;
  readonly timeInForce: string;
  readonly price: string;
  readonly quantity: string;
  readonly filledQuantity: string;
  /** null = nothing was filled, or not since the api began to listen. */
  readonly averagePrice: string | null;
  readonly fees: string;
  readonly state: string;
  readonly reason: string;
  readonly venueCode: number;
  readonly createdMs: number;
  readonly updatedMs: number;
}

/** A fill as the api shows it. */
export interface FillView {
  readonly fillId: string;
  readonly orderId: string;
  readonly venueTradeId: string;
  readonly symbol: string;
  readonly strategy: string;
  readonly side: string;
  readonly price: string;
  readonly quantity: string;
  readonly fee: string;
  readonly feeAsset: string;
  readonly isMaker: boolean;
  readonly atMs: number;
}

/** What the history asks about names. */
export interface OrderNames {
  strategyOf(index: number): string;
  /** Of the instrument of that name. */
  venueOf(symbol: string): string;
  feeAssetOf(symbol: string): string;
}

interface KeptOrder {
  readonly view: OrderView;
  readonly paid: number;
  readonly filled: number;
  readonly fees: number;
}

const text = (value: unknown): string => String(value);

/**
 * Orders and fills since the api began to listen, with their latest state, out of the events of the telemetry feed. It is a
 * view: the journal has all of them. One thread.
 */
export class OrderHistory {
  private readonly names: OrderNames;
  private readonly kept: Map<number, KeptOrder> = new Map();
  private fillList: { readonly seq: number; readonly view: FillView }[] = [];

  constructor(names: OrderNames) {
    this.names = names;
  }

  /** Takes an event of the topic `orders`. */
  takeOrder(event: Fields): void {
    const seq = Number(event['intentSeq']);
    const known = this.kept.get(seq);
    const atMs = Math.round(Number(event['atMs']));
    const view: OrderView = {
      orderId: text(seq),
      clientOrderId: null,
      venueOrderId: event['venueOrderId'] === 0 ? null : text(event['venueOrderId']),
      venue: this.names.venueOf(text(event['symbol'])),
      symbol: text(event['symbol']),
      strategy: this.names.strategyOf(Number(event['strategyIndex'])),
      side: text(event['side']),
      type: text(event['type']),
      timeInForce: text(event['timeInForce']),
      price: text(event['price']),
      quantity: text(event['qty']),
      filledQuantity: text(event['cumQty']),
      averagePrice: known?.view.averagePrice ?? null,
      fees: known?.view.fees ?? '0',
      state: text(event['state']),
      reason: text(event['reason']),
      venueCode: Number(event['venueCode']),
      createdMs: known?.view.createdMs ?? atMs,
      updatedMs: atMs,
    };
    this.keep(seq, { paid: 0, filled: 0, fees: 0, ...known, view });
  }

  /** An order of before the api began to listen. */
  seed(event: Fields): void {
    if (!this.kept.has(Number(event['intentSeq']))) this.takeOrder(event);
  }

  /** Takes an event of the topic `fills`. */
  takeFill(event: Fields): void {
    const symbol = text(event['symbol']);
    const view: FillView = {
      fillId: text(event['fillSeq']),
      orderId: text(event['intentSeq']),
      venueTradeId: text(event['venueTradeId']),
      symbol,
      strategy: this.names.strategyOf(Number(event['strategyIndex'])),
      side: text(event['side']),
      price: text(event['price']),
      quantity: text(event['qty']),
      fee: text(event['fee']),
      feeAsset: this.names.feeAssetOf(symbol),
      isMaker: event['isMaker'] === true,
      atMs: Math.round(Number(event['atMs'])),
    };
    this.fillList.push({ seq: Number(event['fillSeq']), view });
    if (this.fillList.length > 2 * FILLS_KEPT_MAX) this.fillList = this.fillList.slice(-FILLS_KEPT_MAX);
    this.addToOrder(Number(event['intentSeq']), view);
  }

  /** Orders with their numbers, oldest first. */
  orders(): { readonly seq: number; readonly view: OrderView }[] {
    return [...this.kept].map(([seq, { view }]) => ({ seq, view }));
  }

  /** Fills with their numbers, oldest first. */
  fills(): { readonly seq: number; readonly view: FillView }[] {
    return this.fillList.slice(-FILLS_KEPT_MAX);
  }

  private addToOrder(seq: number, { price, quantity, fee }: FillView): void {
    const known = this.kept.get(seq);
    if (known === undefined) return;
    const filled = known.filled + Number(quantity);
    const paid = known.paid + Number(quantity) * Number(price);
    const fees = known.fees + Number(fee);
    const view = { ...known.view, averagePrice: shortText(paid / filled), fees: shortText(fees) };
    this.kept.set(seq, { view, paid, filled, fees });
  }

  private keep(seq: number, order: KeptOrder): void {
    this.kept.set(seq, order);
    if (this.kept.size <= ORDERS_KEPT_MAX) return;
    const [oldest] = this.kept.keys();
    this.kept.delete(oldest);
  }
}

/** A mean or a sum as decimal text, without the noise of binary fractions. */
function shortText(value: number): string {
  return value.toFixed(10).replace(/\.?0+$/, '');
}
