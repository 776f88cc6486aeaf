/** Money in the embedded exchange: whatever two accounts do to each other, nothing appears and nothing is lost. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ExchangeMarket, OrderDetail } from '../../../adapters/sim/accounts.ts';
import { Account } from '../../../adapters/sim/accounts.ts';
import { ApiError } from '../../../adapters/sim/api-error.ts';
import { findInstrument } from '../../../adapters/sim/instruments.ts';
import { Market } from '../../../adapters/sim/market.ts';
import { MarketTape } from '../../../adapters/sim/market-tape.ts';
import { OrderDesk } from '../../../adapters/sim/order-desk.ts';
import { UserStreams } from '../../../adapters/sim/user-stream.ts';

const SYMBOL = 'SOLUSDT';
const OPENING_UNITS = { SOL: 50e8, USDT: 8000e8 };
const LIMITS = { requestWeightPerMinute: 1e9, ordersPer10s: 1e9, ordersPerDay: 1e9 };

interface Exchange {
  readonly market: ExchangeMarket;
  readonly desk: OrderDesk;
  readonly accounts: readonly Account[];
}

function openExchange(): Exchange {
  const market: ExchangeMarket = new Market<OrderDetail>(findInstrument(SYMBOL)!);
  const desk = new OrderDesk(
    new Map([[SYMBOL, market]]),
    new Map([[SYMBOL, new MarketTape(() => undefined)]]),
    new UserStreams(),
  );
  market.observe(desk);
  const accounts = [1, 2].map((ownerId) => {
    const account = new Account(1000 + ownerId, ownerId, { makerBps: 7, takerBps: 13 }, LIMITS, 0);
    account.balance('SOL').free = OPENING_UNITS.SOL;
    account.balance('USDT').free = OPENING_UNITS.USDT;
    return account;
  });
  return { market, desk, accounts };
}

const ACTION = fc.record({
  account: fc.integer({ min: 0, max: 1 }),
  verb: fc.constantFrom('place', 'place', 'place', 'place', 'cancel', 'amend', 'cancelAll', 'cancelReplace'),
  side: fc.constantFrom('BUY', 'SELL'),
  type: fc.constantFrom('LIMIT', 'LIMIT', 'LIMIT', 'LIMIT_MAKER', 'MARKET', 'QUOTE'),
  timeInForce: fc.constantFrom('GTC', 'GTC', 'IOC', 'FOK'),
  stp: fc.constantFrom('NONE', 'EXPIRE_TAKER', 'EXPIRE_MAKER', 'EXPIRE_BOTH'),
  price: fc.integer({ min: 15_330, max: 15_350 }),
  lots: fc.integer({ min: 40, max: 30_000 }),
  pick: fc.nat(20),
});
type Action = typeof ACTION extends fc.Arbitrary<infer Value> ? Value : never;

function orderParams(action: Action): Record<string, string> {
  const base = { symbol: SYMBOL, side: action.side, selfTradePreventionMode: action.stp };
  const quantity = (action.lots / 1000).toFixed(3);
  const price = (action.price / 100).toFixed(2);
  if (action.type === 'MARKET') return { ...base, type: 'MARKET', quantity };
  if (action.type === 'QUOTE')
    return { ...base, type: 'MARKET', quoteOrderQty: (action.lots / 7).toFixed(2) };
  if (action.type === 'LIMIT_MAKER') return { ...base, type: 'LIMIT_MAKER', quantity, price };
  return { ...base, type: 'LIMIT', timeInForce: action.timeInForce, quantity, price };
}

/** Does one action; refusals are part of life. Returns false when it was refused. */
function act(exchange: Exchange, action: Action, nowMs: number): boolean {
  const account = exchange.accounts[action.account];
  const open = account.openOrders(SYMBOL);
  const orderId = String(open[action.pick % Math.max(1, open.length)]?.engine.orderId ?? 1);
  const { desk } = exchange;
  try {
    if (action.verb === 'place') desk.place(account, orderParams(action), nowMs);
    else if (action.verb === 'cancel') desk.cancel(account, { symbol: SYMBOL, orderId }, nowMs);
    else if (action.verb === 'cancelAll') desk.cancelAll(account, { symbol: SYMBOL }, nowMs);
    else if (action.verb === 'amend') {
      desk.amend(account, { symbol: SYMBOL, orderId, newQty: (action.lots / 1000).toFixed(3) }, nowMs);
    } else {
      const mode = { cancelReplaceMode: 'ALLOW_FAILURE', cancelOrderId: orderId };
      desk.cancelReplace(account, { ...orderParams(action), ...mode }, nowMs);
    }
    return true;
  } catch (error) {
    if (error instanceof ApiError) return false;
    throw error;
  }
}

/** What the open orders of an account must have locked. */
function expectedLocks(account: Account): { SOL: number; USDT: number } {
  const locks = { SOL: 0, USDT: 0 };
  for (const order of account.openOrders(SYMBOL)) {
    const { engine, market } = order;
    const { notionalUnits, lotUnits } = market.instrument;
    if (engine.side === 0) locks.USDT += engine.openLots * engine.priceTicks * notionalUnits;
    else locks.SOL += engine.openLots * lotUnits;
  }
  return locks;
}

describe('the accounts of the exchange', () => {
  it('neither make nor lose a unit, never owe, and lock exactly what their open orders need', () => {
    let accepted = 0;
    let fills = 0;
    fc.assert(
      fc.property(fc.array(ACTION, { minLength: 1, maxLength: 80, size: 'max' }), (actions) => {
        const exchange = openExchange();
        for (const [index, action] of actions.entries()) {
          if (act(exchange, action, index)) accepted++;
          const fees = { SOL: 0, USDT: 0 };
          const held = { SOL: 0, USDT: 0 };
          for (const account of exchange.accounts) {
            for (const fill of account.fills)
              fees[fill.commissionAsset as 'SOL' | 'USDT'] += fill.commissionUnits;
            const locks = expectedLocks(account);
            for (const asset of ['SOL', 'USDT'] as const) {
              const { free, locked } = account.balance(asset);
              expect(free).toBeGreaterThanOrEqual(0);
              expect(locked).toBe(locks[asset]);
              held[asset] += free + locked;
            }
          }
          expect(held.SOL + fees.SOL).toBe(2 * OPENING_UNITS.SOL);
          expect(held.USDT + fees.USDT).toBe(2 * OPENING_UNITS.USDT);
        }
        fills += exchange.accounts[0].fills.length;
      }),
      { seed: 20_260_201, numRuns: 500 },
    );
    // The property would be empty if everything were refused.
    expect(accepted).toBeGreaterThan(3000);
    expect(fills).toBeGreaterThan(1000);
  });

  it('show in every order the sum of its own fills', () => {
    fc.assert(
      fc.property(fc.array(ACTION, { minLength: 1, maxLength: 80, size: 'max' }), (actions) => {
        const exchange = openExchange();
        for (const [index, action] of actions.entries()) act(exchange, action, index);
        for (const account of exchange.accounts) {
          for (const order of account.orders(SYMBOL)) {
            const lots = order.fills.reduce((sum, fill) => sum + fill.qtyLots, 0);
            const notional = order.fills.reduce((sum, fill) => sum + fill.qtyLots * fill.priceTicks, 0);
            expect([order.engine.filledLots, order.engine.filledNotional]).toEqual([lots, notional]);
            expect(order.engine.status === 'FILLED').toBe(lots === order.engine.qtyLots);
            expect(order.isOpen).toBe(order.engine.isWorking);
          }
        }
      }),
      { seed: 20_260_202, numRuns: 150 },
    );
  });
});
