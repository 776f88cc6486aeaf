/** A margin account seen from outside: plain data that can cross threads. */
import { BUY } from '../matching-engine.ts';
import type { PerpAccount } from './perp-account.ts';

/** One margin account as the exchange sees it, for tests and reconciliation. Units are 1e-8 USDT. */
export interface PerpSnapshot {
  readonly walletUnits: number;
  readonly availableUnits: number;
  readonly positions: Readonly<Record<string, { readonly lots: number; readonly isolatedUnits: number }>>;
  readonly openOrders: readonly {
    readonly symbol: string;
    readonly orderId: number;
    readonly clientOrderId: string;
    readonly isBuy: boolean;
    readonly priceTicks: number;
    readonly qtyLots: number;
    readonly filledLots: number;
  }[];
  readonly orderCount: number;
  /** Payments that are no trade, oldest first. */
  readonly income: readonly { readonly type: string; readonly units: number }[];
}

/** Copies an account as it is now. */
export function snapshotPerpAccount(account: PerpAccount): PerpSnapshot {
  return {
    walletUnits: account.walletUnits,
    availableUnits: account.availableUnits,
    positions: Object.fromEntries(
      [...account.positions].map(([symbol, { lots, isolatedUnits }]) => [symbol, { lots, isolatedUnits }]),
    ),
    openOrders: account.openOrders(undefined).map(({ market, clientOrderId, engine }) => ({
      symbol: market.instrument.symbol,
      orderId: engine.orderId,
      clientOrderId,
      isBuy: engine.side === BUY,
      priceTicks: engine.priceTicks,
      qtyLots: engine.qtyLots,
      filledLots: engine.filledLots,
    })),
    orderCount: account.orderCount,
    income: account.income.map(({ type, units }) => ({ type, units })),
  };
}
