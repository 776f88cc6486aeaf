/** An account seen from outside: plain data that can cross threads. */
import type { Account, SymbolTotals } from './accounts.ts';
import { unitsText } from './instruments.ts';
import { BUY } from './matching-engine.ts';

/** One account as the exchange sees it, for tests and reconciliation. */
export interface AccountSnapshot {
  readonly accountId: string;
  readonly balances: Readonly<Record<string, { readonly free: string; readonly locked: string }>>;
  readonly openOrders: readonly {
    readonly symbol: string;
    readonly orderId: number;
    readonly clientOrderId: string;
    readonly status: string;
    readonly side: 'BUY' | 'SELL';
    readonly priceTicks: number;
    readonly qtyLots: number;
    readonly filledLots: number;
  }[];
  readonly orderCount: number;
  /** By symbol, since the account was opened. */
  readonly totals: Readonly<Record<string, Readonly<SymbolTotals>>>;
  /** The latest fills. */
  readonly fills: readonly {
    readonly symbol: string;
    readonly tradeId: number;
    readonly orderId: number;
    readonly side: 'BUY' | 'SELL';
    readonly priceTicks: number;
    readonly qtyLots: number;
    readonly commission: string;
    readonly commissionAsset: string;
  }[];
}

/** Copies an account as it is now. */
export function snapshotAccount(account: Account): AccountSnapshot {
  const balances: Record<string, { free: string; locked: string }> = {};
  for (const [asset, balance] of account.balances) {
    balances[asset] = { free: unitsText(balance.free), locked: unitsText(balance.locked) };
  }
  return {
    accountId: String(account.uid),
    balances,
    openOrders: account.openOrders(undefined).map((order) => ({
      symbol: order.market.instrument.symbol,
      orderId: order.engine.orderId,
      clientOrderId: order.clientOrderId,
      status: order.engine.status,
      side: order.engine.side === BUY ? 'BUY' : 'SELL',
      priceTicks: order.engine.priceTicks,
      qtyLots: order.engine.qtyLots,
      filledLots: order.engine.filledLots,
    })),
    orderCount: account.orderCount,
    totals: Object.fromEntries(account.totals),
    fills: account.fills.map((fill) => ({
      symbol: fill.order.market.instrument.symbol,
      tradeId: fill.tradeId,
      orderId: fill.order.engine.orderId,
      side: fill.order.engine.side === BUY ? 'BUY' : 'SELL',
      priceTicks: fill.priceTicks,
      qtyLots: fill.qtyLots,
      commission: unitsText(fill.commissionUnits),
      commissionAsset: fill.commissionAsset,
    })),
  };
}
