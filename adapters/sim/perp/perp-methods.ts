/** What can be asked about perpetuals, once for REST and the WebSocket API (Binance USD-M). */
import type { ApiMethod, Call, SignedCall } from '../api-core.ts';
import { RawJson, withAccount } from '../api-core.ts';
import { ApiError } from '../api-error.ts';
import { depthSnapshotText } from '../stream-text.ts';
import { limitParam, optionalInteger, optionalText, requiredText } from '../request-params.ts';
import { unitsText } from '../instruments.ts';
import type { PerpAccount, Position } from './perp-account.ts';
import { bookTicker, describeContract, lastPrice, premiumIndex } from './perp-listing.ts';
import { accountReply, balanceReply, fillReply, orderReply, positionReply } from './perp-replies.ts';
import type { PerpState } from './perp-state.ts';
import { FUNDING_RATE_MAX, LEVERAGE_MAX, MAINTENANCE_RATE, MARGIN_ASSET } from './perp-terms.ts';

type Method = ApiMethod<PerpState>;
type PerpCall = Call<PerpState>;
type PerpSignedCall = SignedCall<PerpState>;

function open(weight: Method['weight'], run: Method['run']): Method {
  return { weight, security: 'none', isOrder: false, run };
}

function keyed(run: (call: PerpSignedCall) => unknown): Method {
  return { weight: 1, security: 'key', isOrder: false, run: (call) => run(withAccount(call)) };
}

function signed(weight: Method['weight'], run: (call: PerpSignedCall) => unknown): Method {
  return { weight, security: 'signed', isOrder: false, run: (call) => run(withAccount(call)) };
}

function order(run: (call: PerpSignedCall) => unknown): Method {
  return { weight: 1, security: 'signed', isOrder: true, run: (call) => run(withAccount(call)) };
}

/** All methods by WebSocket API name, or by a name of our own where there is none. */
export const PERP_METHODS: Readonly<Record<string, Method>> = {
  ping: open(1, () => ({})),
  time: open(1, (call) => ({ serverTime: call.nowMs })),
  exchangeInfo: open(1, exchangeInfo),
  depth: open(10, depth),
  premiumIndex: open(1, (call) => perSymbol(call, premiumIndex)),
  fundingInfo: open(1, fundingInfo),
  fundingRate: open(1, fundingRates),
  'ticker.price': open(1, (call) => perSymbol(call, lastPrice)),
  'ticker.book': open(2, (call) => perSymbol(call, bookTicker)),
  'order.place': order(({ state, account, params, nowMs }) =>
    orderReply(state.desk.place(account, params, nowMs)),
  ),
  'order.cancel': order(({ state, account, params, nowMs }) =>
    orderReply(state.desk.cancel(account, params, nowMs)),
  ),
  'order.status': signed(1, ({ state, account, params }) => orderReply(state.desk.find(account, params))),
  openOrder: signed(1, openOrder),
  openOrders: signed((params) => (params['symbol'] === undefined ? 40 : 1), openOrders),
  cancelAll: order(cancelAll),
  allOrders: signed(5, (call) =>
    call.account
      .orders(symbolOf(call))
      .slice(-limitParam(call.params, 500, 1000))
      .map(orderReply),
  ),
  userTrades: signed(5, userTrades),
  income: signed(30, income),
  'v2/account.balance': signed(5, ({ account, nowMs }) => [balanceReply(account, nowMs)]),
  'v2/account.status': signed(5, ({ account, nowMs }) => accountReply(account, nowMs)),
  'v2/account.position': signed(5, positions),
  leverage: signed(1, setLeverage),
  marginType: signed(1, setMarginType),
  positionMargin: signed(1, changeMargin),
  positionMode: signed(30, () => ({ dualSidePosition: false })),
  setPositionMode: signed(1, setPositionMode),
  leverageBracket: signed(1, leverageBrackets),
  countdown: signed(10, countdown),
  'userDataStream.start': keyed(({ state, account, nowMs }) => ({
    listenKey: state.users.makeKey(account, nowMs),
  })),
  'userDataStream.ping': keyed(keepKey),
  'userDataStream.stop': keyed(dropKey),
};

/** The symbol a call names, listed for sure. */
function symbolOf({ state, params }: PerpCall): string {
  return state.desk.markOf(requiredText(params, 'symbol')).market.instrument.symbol;
}

function positionOf(call: PerpSignedCall): Position {
  return call.account.positions.get(symbolOf(call))!;
}

function perSymbol(call: PerpCall, describe: typeof premiumIndex): unknown {
  const symbol = optionalText(call.params, 'symbol');
  if (symbol !== undefined) return describe(call.state.desk.markOf(symbol), call.nowMs);
  return [...call.state.marks.values()].map((mark) => describe(mark, call.nowMs));
}

function exchangeInfo({ state, nowMs }: PerpCall): unknown {
  return {
    timezone: 'UTC',
    serverTime: nowMs,
    futuresType: 'U_MARGINED',
    rateLimits: [state.weight.describe(), ...state.accounts[0].orderLimit.describe()],
    exchangeFilters: [],
    assets: [{ asset: MARGIN_ASSET, marginAvailable: true, autoAssetExchange: '0' }],
    symbols: [...state.marks.values()].map(({ market }) => describeContract(market)),
  };
}

function depth(call: PerpCall): RawJson {
  const { market } = call.state.desk.markOf(requiredText(call.params, 'symbol'));
  const book = depthSnapshotText(market, limitParam(call.params, 500, 1000));
  return new RawJson(book.replace(',"bids"', `,"E":${call.nowMs},"T":${market.nowMs},"bids"`));
}

function fundingInfo({ state }: PerpCall): unknown {
  return [...state.marks.values()].map(({ market, fundingIntervalMs }) => ({
    symbol: market.instrument.symbol,
    adjustedFundingRateCap: String(FUNDING_RATE_MAX),
    adjustedFundingRateFloor: String(-FUNDING_RATE_MAX),
    fundingIntervalHours: fundingIntervalMs / 3_600_000,
    disclaimer: false,
  }));
}

function fundingRates({ state, params }: PerpCall): unknown {
  const symbol = optionalText(params, 'symbol');
  return state.risk.fundings
    .filter((funding) => symbol === undefined || funding.symbol === symbol)
    .slice(-limitParam(params, 100, 1000))
    .map(({ symbol: of, rate, markTicks, timeMs }) => ({
      symbol: of,
      fundingTime: timeMs,
      fundingRate: rate.toFixed(8),
      markPrice: unitsText(Math.round(markTicks * state.marks.get(of)!.market.instrument.tickUnits)),
    }));
}

function openOrder({ state, account, params }: PerpSignedCall): unknown {
  const found = state.desk.find(account, params);
  if (!found.isOpen) throw new ApiError(-2013, 'Order does not exist.');
  return orderReply(found);
}

function openOrders({ account, params }: PerpSignedCall): unknown {
  return account.openOrders(optionalText(params, 'symbol')).map(orderReply);
}

function cancelAll(call: PerpSignedCall): unknown {
  call.state.desk.cancelAll(call.account, symbolOf(call), call.nowMs);
  return { code: 200, msg: 'The operation of cancel all open order is done.' };
}

function userTrades(call: PerpSignedCall): unknown {
  const symbol = symbolOf(call);
  const orderId = optionalInteger(call.params, 'orderId');
  const fromId = optionalInteger(call.params, 'fromId');
  const limit = limitParam(call.params, 500, 1000);
  const own = call.account.fills.filter(
    (fill) =>
      fill.order.market.instrument.symbol === symbol &&
      (orderId === undefined || fill.order.engine.orderId === orderId) &&
      (fromId === undefined || fill.tradeId >= fromId),
  );
  return (fromId === undefined ? own.slice(-limit) : own.slice(0, limit)).map(fillReply);
}

function income({ account, params }: PerpSignedCall): unknown {
  const symbol = optionalText(params, 'symbol');
  const type = optionalText(params, 'incomeType');
  return account.income
    .filter(
      (each) =>
        (symbol === undefined || each.symbol === symbol) && (type === undefined || each.type === type),
    )
    .slice(-limitParam(params, 100, 1000))
    .map((each, index) => ({
      symbol: each.symbol,
      incomeType: each.type,
      income: unitsText(each.units),
      asset: MARGIN_ASSET,
      time: each.timeMs,
      info: each.type,
      tranId: each.timeMs * 1_000 + index,
      tradeId: '',
    }));
}

function positions({ state, account, params }: PerpSignedCall): unknown {
  const symbol = optionalText(params, 'symbol');
  if (symbol !== undefined) {
    const { instrument } = state.desk.markOf(symbol).market;
    return [positionReply(account, account.positions.get(instrument.symbol)!)];
  }
  return [...account.positions.values()]
    .filter((position) => position.lots !== 0)
    .map((position) => positionReply(account, position));
}

function setLeverage(call: PerpSignedCall): unknown {
  const { account, state, nowMs } = call;
  const position = positionOf(call);
  const leverage = optionalInteger(call.params, 'leverage') ?? 0;
  if (leverage < 1 || leverage > LEVERAGE_MAX) throw new ApiError(-4028, `Leverage ${leverage} is not valid`);
  if (position.isIsolated && position.lots !== 0 && leverage < position.leverage)
    throw new ApiError(
      -4161,
      'Leverage reduction is not supported in Isolated Margin Mode with open positions.',
    );
  const before = position.leverage;
  position.leverage = leverage;
  if (account.availableUnits < 0) {
    position.leverage = before;
    throw new ApiError(-2028, 'Leverage is smaller than permitted: insufficient margin balance.');
  }
  state.users.publishLeverage(account, position, nowMs);
  return { leverage, maxNotionalValue: '100000000', symbol: position.market.instrument.symbol };
}

function setMarginType(call: PerpSignedCall): unknown {
  const position = positionOf(call);
  const type = requiredText(call.params, 'marginType');
  if (type !== 'ISOLATED' && type !== 'CROSSED') throw new ApiError(-4021, `Invalid margin type: ${type}.`);
  if (position.isIsolated === (type === 'ISOLATED'))
    throw new ApiError(-4046, 'No need to change margin type.');
  if (call.account.openOrders(position.market.instrument.symbol).length > 0)
    throw new ApiError(-4047, 'Margin type cannot be changed if there exists open orders.');
  if (position.lots !== 0)
    throw new ApiError(-4048, 'Margin type cannot be changed if there exists position.');
  position.isIsolated = type === 'ISOLATED';
  return { code: 200, msg: 'success' };
}

/** Adds margin to an isolated position (type 1) or takes some away (type 2). */
function changeMargin(call: PerpSignedCall): unknown {
  const { account, params, state, nowMs } = call;
  const position = positionOf(call);
  const amount = requiredText(params, 'amount');
  const type = optionalInteger(params, 'type');
  const units = Math.round(Number(amount) * 1e8) * (type === 2 ? -1 : 1);
  if (!position.isIsolated || position.lots === 0)
    throw new ApiError(-4054, 'Cannot add position margin: position is 0.');
  const needUnits = Math.ceil(position.notionalUnits / position.leverage);
  const isTooMuch = units > account.availableUnits;
  const isTooLittle =
    units < 0 && position.isolatedUnits + units + Math.min(0, position.unrealisedUnits) < needUnits;
  if (!Number.isFinite(units) || units === 0 || isTooMuch || isTooLittle)
    throw new ApiError(-2019, 'Margin is insufficient.');
  position.isolatedUnits += units;
  state.users.publishAccount(account, 'MARGIN_TRANSFER', [position], nowMs);
  return { amount: Number(amount), code: 200, msg: 'Successfully modify position margin.', type };
}

function setPositionMode({ params }: PerpSignedCall): unknown {
  if (requiredText(params, 'dualSidePosition') === 'true')
    throw new ApiError(-4068, 'This exchange keeps one position for each symbol.');
  throw new ApiError(-4059, 'No need to change position side.');
}

function leverageBrackets({ state }: PerpSignedCall): unknown {
  return [...state.marks.values()].map(({ market }) => ({
    symbol: market.instrument.symbol,
    notionalCoef: 1,
    brackets: [
      {
        bracket: 1,
        initialLeverage: LEVERAGE_MAX,
        notionalCap: 100_000_000,
        notionalFloor: 0,
        maintMarginRatio: MAINTENANCE_RATE,
        cum: 0,
      },
    ],
  }));
}

function countdown(call: PerpSignedCall): unknown {
  const symbol = symbolOf(call);
  const countdownMs = optionalInteger(call.params, 'countdownTime') ?? 0;
  call.state.risk.countdown(call.account, symbol, countdownMs, call.nowMs);
  return { symbol, countdownTime: String(countdownMs) };
}

function keepKey({ state, account, nowMs }: SignedCall<PerpState>): unknown {
  state.users.keepKey(account, nowMs);
  return {};
}

function dropKey({ state, account }: { readonly state: PerpState; readonly account: PerpAccount }): unknown {
  state.users.dropKey(account);
  return {};
}
