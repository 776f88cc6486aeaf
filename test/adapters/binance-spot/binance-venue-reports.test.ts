import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  ClientIdReader,
  cancelClientId,
  orderClientId,
} from '../../../adapters/venue-kit/request/client-id.ts';
import { baseFeeToCash, quoteFeeToCash } from '../../../adapters/venue-kit/account/fee-cash.ts';
import { ReportReader } from '../../../adapters/binance-spot/report-reader.ts';
import { UserDataDecoder } from '../../../adapters/binance-spot/user-data-decoder.ts';
import { PRIVATE_FRAME } from '../../../adapters/venue-kit/gateway/private-protocol.ts';
import { ReportLookup } from '../../../adapters/venue-kit/gateway/report-lookup.ts';
import { lotsToQty, ticksToPrice } from '../../../engine/core/instrument.ts';
import { ORDER_STATE, ORDER_TYPE, REASON, SIDE, TIME_IN_FORCE } from '../../../engine/messages/enums.ts';
import { BTCUSDT, VenueRig } from '../../fixtures/venue-rig.ts';

interface Report {
  readonly clientId: string;
  readonly originalId: string;
  readonly side: string;
  readonly executionType: string;
  readonly status: string;
  readonly timeInForce: string;
  readonly expiryReason: string | null;
  readonly rejectReason: string;
  readonly orderId: number;
  readonly priceTicks: number;
  readonly lastLots: number;
  readonly cumLots: number;
  readonly feeUnits: number;
  readonly feeAsset: string | null;
  readonly timeMs: number;
  readonly tradeId: number;
  readonly isMaker: boolean;
}

const TEMPLATE: Report = {
  clientId: '',
  originalId: '',
  side: 'BUY',
  executionType: 'NEW',
  status: 'NEW',
  timeInForce: 'GTC',
  expiryReason: null,
  rejectReason: 'NONE',
  orderId: 4_293_153,
  priceTicks: 0,
  lastLots: 0,
  cumLots: 0,
  feeUnits: 0,
  feeAsset: null,
  timeMs: 1_499_405_658_657,
  tradeId: -1,
  isMaker: false,
};

function frameOf(report: Report, symbol: string = 'BTCUSDT'): Buffer {
  const event = {
    e: 'executionReport',
    E: report.timeMs + 1,
    s: symbol,
    c: report.clientId,
    S: report.side,
    o: 'LIMIT',
    f: report.timeInForce,
    C: report.originalId,
    x: report.executionType,
    X: report.status,
    r: report.rejectReason,
    i: report.orderId,
    l: `${lotsToQty(BTCUSDT, report.lastLots)}000`,
    z: `${lotsToQty(BTCUSDT, report.cumLots)}000`,
    L: `${ticksToPrice(BTCUSDT, report.priceTicks)}000000`,
    n: (report.feeUnits / 1e8).toFixed(8),
    N: report.feeAsset,
    T: report.timeMs,
    t: report.tradeId,
    m: report.isMaker,
    ...(report.expiryReason === null ? {} : { eR: report.expiryReason }),
  };
  return Buffer.from(JSON.stringify({ subscriptionId: 0, event }));
}

interface ReaderRig {
  readonly rig: VenueRig;
  readonly slot: number;
  readonly ours: string;
  readonly byCancel: string;
  readonly read: (report: Partial<Report>, symbol?: string) => void;
}

function readerRig(): ReaderRig {
  const rig = new VenueRig();
  const slot = rig.addOrder({
    side: SIDE.buy,
    orderType: ORDER_TYPE.limit,
    timeInForce: TIME_IN_FORCE.gtc,
    priceTicks: 6_100_000,
    qtyLots: 1_000,
  });
  const decoder = new UserDataDecoder();
  const reader = new ReportReader(rig.context, new ReportLookup(rig.context, new ClientIdReader('shrike')));
  const ours = orderClientId('shrike', rig.orders.intentSeq[slot]);
  const byCancel = cancelClientId('shrike', rig.orders.intentSeq[slot]);
  return {
    rig,
    slot,
    ours,
    byCancel,
    read: (report, symbol) => {
      const bytes = frameOf({ ...TEMPLATE, clientId: ours, ...report }, symbol);
      expect(decoder.decode(bytes)).toBe(PRIVATE_FRAME.report);
      reader.read(decoder, bytes, 5);
    },
  };
}

describe('execution report reader', () => {
  it('reports acceptance, cancellation and expiry of our order with its reason', () => {
    const { rig, slot, ours, byCancel, read } = readerRig();
    const { timeMs } = TEMPLATE;
    read({});
    read({ executionType: 'CANCELED', status: 'CANCELED', clientId: 'web_1', originalId: ours, cumLots: 3 });
    read({ executionType: 'CANCELED', status: 'CANCELED', clientId: byCancel, originalId: ours });
    read({ executionType: 'EXPIRED', status: 'EXPIRED', timeInForce: 'IOC' });
    read({ executionType: 'EXPIRED', status: 'EXPIRED' });
    read({ executionType: 'EXPIRED', status: 'EXPIRED', expiryReason: 'INSUFFICIENT_LIQUIDITY' });
    read({ executionType: 'TRADE_PREVENTION', status: 'EXPIRED_IN_MATCH' });
    read({ executionType: 'REJECTED', status: 'REJECTED', rejectReason: 'WOULD_MATCH_IMMEDIATELY' });
    read({ executionType: 'TRADE_PREVENTION', status: 'NEW' });
    const end = (state: number, reason: number, cum: number): unknown => ({
      name: 'onEnded',
      values: [slot, state, reason, cum, timeMs, 5],
    });
    expect(rig.seen).toEqual([
      { name: 'onAccepted', values: [slot, 4_293_153, timeMs, 5] },
      end(ORDER_STATE.canceled, REASON.none, 3),
      end(ORDER_STATE.canceled, REASON.none, 0),
      end(ORDER_STATE.expired, REASON.expiredUnfilled, 0),
      end(ORDER_STATE.expired, REASON.canceledByVenue, 0),
      end(ORDER_STATE.expired, REASON.expiredUnfilled, 0),
      end(ORDER_STATE.expired, REASON.selfTrade, 0),
      { name: 'onRejected', values: [slot, REASON.wouldTake, 0, 5] },
      { name: 'onAmbiguous', values: [slot, REASON.selfTrade, 0, 5] },
    ]);
  });

  it('reports every fill with its exact numbers, ours or not', () => {
    fc.assert(
      fc.property(
        fc.record({
          isOurs: fc.boolean(),
          side: fc.constantFrom('BUY', 'SELL'),
          priceTicks: fc.integer({ min: 1, max: 1e9 }),
          lastLots: fc.integer({ min: 1, max: 1e9 }),
          feeUnits: fc.integer({ min: 0, max: 1e9 }),
          feeAsset: fc.constantFrom('USDT', 'BTC'),
          tradeId: fc.maxSafeNat(),
          orderId: fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
          isMaker: fc.boolean(),
        }),
        ({ isOurs, ...fill }) => {
          const { rig, slot, ours, read } = readerRig();
          const clientId = isOurs ? ours : 'x-TD67BGP9';
          const cumLots = fill.lastLots + 7;
          read({ ...fill, clientId, cumLots, executionType: 'TRADE', status: 'PARTIALLY_FILLED' });
          /* 1 cash unit = 1e-2 x 1e-5 USDT = 10 units of 1e-8; 1 lot = 1e-5 BTC = 1000 units of 1e-8. */
          const exactFee =
            fill.feeAsset === 'USDT'
              ? (BigInt(fill.feeUnits) + 9n) / 10n
              : (BigInt(fill.feeUnits) * BigInt(fill.priceTicks) + 999n) / 1000n;
          expect(rig.seen).toEqual([
            {
              name: 'onFill',
              values: [
                isOurs ? slot : -1,
                0,
                fill.side === 'BUY' ? SIDE.buy : SIDE.sell,
                fill.orderId,
                fill.tradeId,
                fill.priceTicks,
                fill.lastLots,
                Number(exactFee),
                cumLots,
                fill.isMaker ? 1 : 0,
                TEMPLATE.timeMs,
                5,
              ],
            },
          ]);
        },
      ),
      { seed: 21 },
    );
  });

  it('finds our order by the venue id when somebody else gave it another client id', () => {
    const { rig, slot, read } = readerRig();
    rig.orders.setVenueOrderId(slot, 4_293_153);
    read({ clientId: 'amended', originalId: '' });
    expect(rig.of('onAccepted', slot)).toHaveLength(1);
  });

  it('books a fee in a third asset as nothing and counts it', () => {
    const { rig, read } = readerRig();
    const trade = {
      executionType: 'TRADE',
      status: 'FILLED',
      priceTicks: 1,
      lastLots: 1,
      cumLots: 1,
      tradeId: 1,
    };
    read({ ...trade, feeUnits: 5, feeAsset: 'BNB' });
    expect(rig.seen[0].values[7]).toBe(0);
    expect(rig.counter('venueFeesUnconverted')).toBe(1);
    read({ ...trade, feeUnits: 0, feeAsset: null });
    expect(rig.counter('venueFeesUnconverted')).toBe(1);
  });

  it('counts outside orders and other instruments and tells nothing of them', () => {
    const { rig, read } = readerRig();
    read({ clientId: 'web_1' });
    read({}, 'ETHBTC');
    expect(rig.seen).toEqual([]);
    expect(rig.counter('venueOutsideReports')).toBe(1);
    expect(rig.counter('venueOtherInstruments')).toBe(1);
  });

  it('asks the venue about our order when its report cannot be read', () => {
    const { rig, slot, read } = readerRig();
    read({ executionType: 'TRADE', status: 'FILLED', priceTicks: 1, lastLots: 1, side: 'HOLD', tradeId: 1 });
    read({ executionType: 'SOMETHING_NEW', status: 'NEW' });
    read({ orderId: -1 });
    expect(rig.seen.map((event) => event.name)).toEqual(['onAmbiguous', 'onAmbiguous', 'onAmbiguous']);
    expect(rig.of('onAmbiguous', slot)).toHaveLength(3);
    expect(rig.counter('venueMalformedFrames')).toBe(3);
  });

  it('rounds fees up for any tick and lot', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 1e9 }),
        fc.integer({ min: 0, max: 9 }),
        fc.integer({ min: 0, max: 8 }),
        fc.constantFrom(1, 5, 25),
        fc.constantFrom(1, 5, 10),
        fc.integer({ min: 1, max: 1e6 }),
        (feeUnits, priceDecimals, qtyDecimals, tickUnits, lotUnits, priceTicks) => {
          const instrument = { ...BTCUSDT, priceDecimals, qtyDecimals, tickUnits, lotUnits };
          const scale = 10n ** BigInt(priceDecimals + qtyDecimals);
          const unit = 100_000_000n * BigInt(tickUnits * lotUnits);
          const quote = (BigInt(feeUnits) * scale + unit - 1n) / unit;
          expect(quoteFeeToCash(instrument, feeUnits)).toBe(Number(quote));
          const lotUnit = 100_000_000n * BigInt(lotUnits);
          const base =
            (BigInt(feeUnits) * BigInt(priceTicks) * 10n ** BigInt(qtyDecimals) + lotUnit - 1n) / lotUnit;
          expect(baseFeeToCash(instrument, feeUnits, priceTicks)).toBe(Number(base));
        },
      ),
      { seed: 31, numRuns: 1_000 },
    );
  });
});
