/** What happens to positions by time and price: funding, margin calls, liquidations, and orders nobody looks after. */
import { BUY } from '../matching-engine.ts';
import type { PerpAccount, PerpMark, Position } from './perp-account.ts';
import type { PerpDesk } from './perp-desk.ts';
import { LIQUIDATION_FEE } from './perp-terms.ts';
import type { PerpUsers } from './perp-users.ts';

/** A margin call goes out when the margin left is below this multiple of the maintenance margin. */
const CALL_MULTIPLE = 1.5;
/** Fundings remembered, over all symbols. */
const FUNDINGS_MAX = 10_000;

/** One payment of one symbol. */
export interface Funding {
  readonly symbol: string;
  readonly rate: number;
  readonly markTicks: number;
  readonly timeMs: number;
}

/** Watches over all accounts. Single-threaded; `move` with every pump. */
export class PerpRisk {
  readonly fundings: Funding[] = [];
  readonly #marks: readonly PerpMark[];
  readonly #accounts: readonly PerpAccount[];
  readonly #desk: PerpDesk;
  readonly #users: PerpUsers;
  /** When an account's orders of a symbol are all cancelled: by `uid/symbol`. */
  readonly #countdowns: Map<
    string,
    { readonly account: PerpAccount; readonly symbol: string; readonly atMs: number }
  > = new Map();

  constructor(marks: Iterable<PerpMark>, accounts: readonly PerpAccount[], desk: PerpDesk, users: PerpUsers) {
    this.#marks = [...marks];
    this.#accounts = accounts;
    this.#desk = desk;
    this.#users = users;
  }

  /** Moves the marks, pays fundings, liquidates, and lets switches go off. */
  move(nowMs: number): void {
    for (const mark of this.#marks) {
      if (!mark.move(nowMs)) continue;
      this.#fund(mark, nowMs);
      mark.funded(nowMs);
    }
    for (const account of this.#accounts) {
      this.#check(account, nowMs);
      this.#dropUseless(account, nowMs);
    }
    for (const [name, { account, symbol, atMs }] of this.#countdowns) {
      if (nowMs < atMs) continue;
      this.#countdowns.delete(name);
      this.#desk.cancelAll(account, symbol, nowMs);
    }
  }

  /** `countdownCancelAll`; 0 takes the switch back. */
  countdown(account: PerpAccount, symbol: string, countdownMs: number, nowMs: number): void {
    const name = `${account.uid}/${symbol}`;
    if (countdownMs === 0) this.#countdowns.delete(name);
    else this.#countdowns.set(name, { account, symbol, atMs: nowMs + countdownMs });
  }

  /** Longs pay shorts where the rate is positive; an isolated position pays out of its own margin. */
  #fund(mark: PerpMark, nowMs: number): void {
    const { symbol, notionalUnits } = mark.market.instrument;
    const { fundingRate, markTicks } = mark;
    this.fundings.push({ symbol, rate: fundingRate, markTicks, timeMs: nowMs });
    if (this.fundings.length > FUNDINGS_MAX) this.fundings.shift();
    for (const account of this.#accounts) {
      const position = account.positions.get(symbol)!;
      if (position.lots === 0) continue;
      const units = -Math.round(position.lots * markTicks * notionalUnits * fundingRate);
      account.pay('FUNDING_FEE', symbol, units, nowMs);
      if (position.isIsolated) position.isolatedUnits = Math.max(0, position.isolatedUnits + units);
      this.#users.publishAccount(account, 'FUNDING_FEE', position.isIsolated ? [position] : [], nowMs);
    }
  }

  #check(account: PerpAccount, nowMs: number): void {
    let crossEquity = account.walletUnits;
    let crossNeed = 0;
    for (const position of account.positions.values()) {
      crossEquity -= position.isolatedUnits;
      if (position.lots === 0) continue;
      if (position.isIsolated) {
        const equity = position.isolatedUnits + position.unrealisedUnits;
        if (equity <= position.maintenanceUnits) this.#liquidate(account, position, nowMs);
        else this.#call(account, position, equity, position.maintenanceUnits, nowMs);
        continue;
      }
      crossEquity += position.unrealisedUnits;
      crossNeed += position.maintenanceUnits;
    }
    if (crossNeed === 0) return;
    for (const position of account.positions.values()) {
      if (position.isIsolated || position.lots === 0) continue;
      if (crossEquity <= crossNeed) this.#liquidate(account, position, nowMs);
      else this.#call(account, position, crossEquity, crossNeed, nowMs);
    }
  }

  /** A reduce-only order that would open a position by now is cancelled. */
  #dropUseless(account: PerpAccount, nowMs: number): void {
    for (const order of account.openOrders(undefined)) {
      if (!order.isReduceOnly) continue;
      const { lots } = account.positions.get(order.market.instrument.symbol)!;
      const isAgainst = order.engine.side === BUY ? lots < 0 : lots > 0;
      if (!isAgainst || order.engine.openLots > Math.abs(lots)) this.#desk.cancelOrder(order, nowMs);
    }
  }

  #call(account: PerpAccount, position: Position, equity: number, need: number, nowMs: number): void {
    const isShort = equity < need * CALL_MULTIPLE;
    if (isShort && !position.isCalled) this.#users.publishMarginCall(account, position, nowMs);
    position.isCalled = isShort;
  }

  /**
   * Cancels the symbol's orders and closes the position at the market; what the book does not take, the insurance takes at
   * the mark price. It also bears what is lost beyond the margin, and gets a fee out of what is left of it.
   */
  #liquidate(account: PerpAccount, position: Position, nowMs: number): void {
    const { symbol } = position.market.instrument;
    const marginUnits = position.isIsolated ? position.isolatedUnits : account.walletUnits;
    const leastUnits = account.walletUnits - marginUnits;
    const feeUnits = Math.round(position.notionalUnits * LIQUIDATION_FEE);
    this.#desk.cancelAll(account, symbol, nowMs);
    this.#desk.forceClose(account, position, `autoclose-${nowMs}`, nowMs);
    const leftLots = Math.abs(position.lots);
    if (leftLots > 0) {
      const markTicks = Math.round(position.mark.markTicks);
      const realised = position.trade(position.lots < 0, markTicks, leftLots);
      account.pay('INSURANCE_CLEAR', symbol, realised, nowMs);
    }
    const aboveUnits = account.walletUnits - leastUnits;
    const owed = aboveUnits < 0 ? -aboveUnits : -Math.min(feeUnits, aboveUnits);
    if (owed !== 0) account.pay('INSURANCE_CLEAR', symbol, owed, nowMs);
    position.isolatedUnits = 0;
    position.isCalled = false;
    position.updatedMs = nowMs;
    this.#users.publishAccount(account, 'INSURANCE_CLEAR', [position], nowMs);
  }
}
