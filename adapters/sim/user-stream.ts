/** Private events: what an account's user data stream says about its orders and balances. */
import type { Account, AccountOrder, Fill } from './accounts.ts';
import { notionalText, priceText, qtyText, unitsText } from './instruments.ts';
import { sideText } from './order-reply.ts';

/** Receives the JSON text of an event, without the `subscriptionId` envelope. */
export type UserEventListener = (eventText: string) => void;

/** `x` of an executionReport. */
export type ExecutionType = 'NEW' | 'TRADE' | 'CANCELED' | 'REPLACED' | 'EXPIRED' | 'TRADE_PREVENTION';

const ZERO = '0.00000000';

/** Fans an account's events out to its subscribers. */
export class UserStreams {
  readonly #listeners: Map<Account, Set<UserEventListener>> = new Map();
  #executionId = 8_641_983;

  /** Subscriptions in force over all accounts. */
  get subscriptionCount(): number {
    let count = 0;
    for (const listeners of this.#listeners.values()) count += listeners.size;
    return count;
  }

  /** Adds a subscriber; the returned function removes it. */
  subscribe(account: Account, listener: UserEventListener): () => void {
    let listeners = this.#listeners.get(account);
    if (listeners === undefined) {
      listeners = new Set();
      this.#listeners.set(account, listeners);
    }
    const own = listeners;
    own.add(listener);
    return () => own.delete(listener);
  }

  /** Publishes an executionReport. `origClientOrderId` is set when a cancel or amend renamed the order. */
  publishExecution(
    order: AccountOrder,
    execution: ExecutionType,
    nowMs: number,
    fill: Fill | null,
    origClientOrderId: string,
  ): void {
    this.#executionId++;
    const listeners = this.#listeners.get(order.account);
    if (listeners === undefined || listeners.size === 0) return;
    const report = executionReport(order, execution, nowMs, fill, origClientOrderId, this.#executionId);
    const text = JSON.stringify(report);
    for (const listener of listeners) listener(text);
  }

  /** Publishes outboundAccountPosition for the assets that changed since the last one, if any. */
  publishPosition(account: Account, nowMs: number): void {
    if (account.dirtyAssets.size === 0) return;
    account.updatedMs = nowMs;
    const balances = [...account.dirtyAssets].map((asset) => {
      const balance = account.balance(asset);
      return { a: asset, f: unitsText(balance.free), l: unitsText(balance.locked) };
    });
    account.dirtyAssets.clear();
    const listeners = this.#listeners.get(account);
    if (listeners === undefined || listeners.size === 0) return;
    const text = JSON.stringify({ e: 'outboundAccountPosition', E: nowMs, u: nowMs, B: balances });
    for (const listener of listeners) listener(text);
  }
}

const EXPIRY_TEXT: Readonly<Record<string, string>> = {
  UNFILLED_IOC: 'UNFILLED_IOC_QUANTITY_EXPIRED',
  UNFILLED_FOK: 'UNFILLED_FOK_ORDER_EXPIRED',
  NO_LIQUIDITY: 'INSUFFICIENT_LIQUIDITY',
};

/** The executionReport object in wire order. */
export function executionReport(
  order: AccountOrder,
  execution: ExecutionType,
  nowMs: number,
  fill: Fill | null,
  origClientOrderId: string,
  executionId: number,
): Record<string, unknown> {
  const { instrument } = order.market;
  const { engine } = order;
  const isTrade = fill !== null;
  const isNew = execution === 'NEW';
  const report: Record<string, unknown> = {
    e: 'executionReport',
    E: nowMs,
    s: instrument.symbol,
    c: order.clientOrderId,
    S: sideText(order),
    o: engine.kind,
    f: engine.timeInForce,
    q: qtyText(instrument, engine.qtyLots),
    p: priceText(instrument, engine.priceTicks),
    P: ZERO,
    F: ZERO,
    g: -1,
    C: origClientOrderId,
    x: execution,
    X: isNew ? 'NEW' : engine.status,
    r: 'NONE',
    i: engine.orderId,
    l: isTrade ? qtyText(instrument, fill.qtyLots) : ZERO,
    z: qtyText(instrument, isNew ? 0 : engine.filledLots),
    L: isTrade ? priceText(instrument, fill.priceTicks) : ZERO,
    n: isTrade ? unitsText(fill.commissionUnits) : '0',
    N: isTrade ? fill.commissionAsset : null,
    T: isTrade ? fill.epochMs : order.updatedMs,
    t: isTrade ? fill.tradeId : -1,
    I: executionId,
    w: isNew || (order.isOpen && !(isTrade && !fill.isMaker)),
    m: isTrade && fill.isMaker,
    M: isTrade,
    O: order.createdMs,
    Z: notionalText(instrument, isNew ? 0 : engine.filledNotional),
    Y: isTrade ? notionalText(instrument, fill.priceTicks * fill.qtyLots) : ZERO,
    Q: unitsText(order.quoteOrderUnits),
    W: order.createdMs,
    V: engine.stpMode,
  };
  if (execution === 'EXPIRED' && order.expiry !== null) {
    const reason = EXPIRY_TEXT[order.expiry];
    if (reason !== undefined) report['eR'] = reason;
  }
  return report;
}
