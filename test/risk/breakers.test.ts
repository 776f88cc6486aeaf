import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MemoryMapBuilder, regionOf } from '../../engine/ipc/memory-map.ts';
import { KILL_REASON, SIDE } from '../../engine/messages/enums.ts';
import { Breakers, breakersBytes } from '../../engine/risk/breakers.ts';
import { PositionWriter, positionTableBytes } from '../../engine/risk/positions.ts';
import { NO_BREAKERS } from '../fixtures/breaker-limits.ts';

const DAY_US = 86_400_000_000;
const MINUTE_NS = 60e9;
interface Rig {
  readonly positions: PositionWriter;
  /** Attaches again, as a restarted actor does. */
  readonly open: () => Breakers;
}

function rigOf(): Rig {
  const builder = new MemoryMapBuilder();
  builder.reserve('breakers', breakersBytes());
  builder.reserve('positions', positionTableBytes());
  const map = builder.seal();
  const buffer = new SharedArrayBuffer(map.byteLength);
  return {
    positions: new PositionWriter(buffer, regionOf(map, 'positions')),
    open: () => new Breakers(buffer, regionOf(map, 'breakers')),
  };
}

interface Trade {
  readonly side: number;
  readonly priceTicks: number;
  readonly qtyLots: number;
  readonly feeCash: number;
}

const trade: fc.Arbitrary<Trade> = fc.record({
  side: fc.constantFrom(SIDE.buy, SIDE.sell),
  priceTicks: fc.integer({ min: 95, max: 105 }),
  qtyLots: fc.integer({ min: 1, max: 4 }),
  feeCash: fc.integer({ min: 0, max: 3 }),
});

/**
 * Losing round trips in a row after each trade, the naive way: the cash of all trades at every moment the position is flat
 * or changes sides, where a trade that changes sides is cut in two at its price and its fee belongs to the first.
 */
function naiveLosses(trades: readonly Trade[]): number[] {
  let net = 0;
  let cash = 0;
  let losses = 0;
  return trades.map(({ side, priceTicks, qtyLots, feeCash }) => {
    const signed = side === SIDE.buy ? qtyLots : -qtyLots;
    const isClosing = net !== 0 && Math.sign(signed) !== Math.sign(net);
    const closed = isClosing ? Math.min(Math.abs(net), qtyLots) * Math.sign(signed) : 0;
    const opened = signed - closed;
    cash -= feeCash;
    if (closed !== 0) {
      cash -= closed * priceTicks;
      net += closed;
      if (net === 0) {
        losses = cash < 0 ? losses + 1 : 0;
        cash = 0;
      }
    }
    cash -= opened * priceTicks;
    net += opened;
    return losses;
  });
}

describe('a loss', () => {
  it('of the day stops at the limit and not one below, whatever was won before', () => {
    const breakers = rigOf().open();
    const limits = { ...NO_BREAKERS, maxDailyLoss: 50 };
    expect(breakers.noteProfit(200, 3 * DAY_US, limits)).toBe(KILL_REASON.none);
    expect(breakers.noteProfit(500, 3 * DAY_US + 1, limits)).toBe(KILL_REASON.none);
    expect(breakers.noteProfit(150.01, 3 * DAY_US + 2, limits)).toBe(KILL_REASON.none);
    expect(breakers.noteProfit(150, 3 * DAY_US + 3, limits)).toBe(KILL_REASON.maxDailyLoss);
  });

  it('of yesterday is not one of today', () => {
    const breakers = rigOf().open();
    const limits = { ...NO_BREAKERS, maxDailyLoss: 50 };
    breakers.noteProfit(0, 4 * DAY_US - 1, limits);
    expect(breakers.noteProfit(-49, 4 * DAY_US - 1, limits)).toBe(KILL_REASON.none);
    expect(breakers.noteProfit(-60, 4 * DAY_US, limits)).toBe(KILL_REASON.none);
    expect(breakers.noteProfit(-110, 4 * DAY_US + 1, limits)).toBe(KILL_REASON.maxDailyLoss);
  });

  it('from the peak stops at the limit, on whichever day the peak was', () => {
    const breakers = rigOf().open();
    const limits = { ...NO_BREAKERS, maxDrawdown: 100 };
    breakers.noteProfit(40, DAY_US, limits);
    expect(breakers.noteProfit(-59.9, 2 * DAY_US, limits)).toBe(KILL_REASON.none);
    expect(breakers.noteProfit(-60, 3 * DAY_US, limits)).toBe(KILL_REASON.maxDrawdown);
  });

  it('is measured anew after a resume', () => {
    const breakers = rigOf().open();
    const limits = { ...NO_BREAKERS, maxDrawdown: 100, maxDailyLoss: 100 };
    breakers.noteProfit(0, DAY_US, limits);
    expect(breakers.noteProfit(-100, DAY_US, limits)).not.toBe(KILL_REASON.none);
    breakers.forget();
    expect(breakers.noteProfit(-100, DAY_US, limits)).toBe(KILL_REASON.none);
    expect(breakers.noteProfit(-200, DAY_US, limits)).not.toBe(KILL_REASON.none);
  });

  it('is remembered by the next actor, and by the next engine when it is told', () => {
    const first = rigOf();
    const limits = { ...NO_BREAKERS, maxDailyLoss: 50 };
    first.open().noteProfit(100, DAY_US, limits);
    expect(first.open().noteProfit(50, DAY_US, limits)).toBe(KILL_REASON.maxDailyLoss);
    const next = rigOf().open();
    next.restore(first.open().state());
    expect(next.state()).toEqual(first.open().state());
    expect(next.noteProfit(50, DAY_US, limits)).toBe(KILL_REASON.maxDailyLoss);
    expect(next.noteProfit(51, DAY_US, limits)).toBe(KILL_REASON.none);
  });
});

describe('round trips', () => {
  it('lost in a row are counted as the cash of the trades says, also when actors come and go', () => {
    fc.assert(
      fc.property(
        fc.array(trade, { maxLength: 60 }),
        fc.array(fc.boolean(), { minLength: 60 }),
        (trades, restarts) => {
          const rig = rigOf();
          let breakers = rig.open();
          rig.positions.read(0);
          breakers.begin(0, rig.positions);
          const seen = trades.map(({ side, priceTicks, qtyLots, feeCash }, index) => {
            rig.positions.applyFill(0, index + 1, side, priceTicks, qtyLots, feeCash, index);
            breakers.noteFill(0, rig.positions, NO_BREAKERS);
            if (restarts[index]) {
              breakers = rig.open();
              breakers.begin(0, rig.positions);
            }
            return breakers.state().lossesInARow;
          });
          expect(seen).toEqual(naiveLosses(trades));
        },
      ),
      { numRuns: 300, seed: 11 },
    );
  });

  it('stop trading when the limit is reached, and one that is not lost begins the count again', () => {
    const { positions, open } = rigOf();
    const breakers = open();
    const limits = { ...NO_BREAKERS, maxLossesInARow: 2 };
    let seq = 0;
    const trip = (buyTicks: number, sellTicks: number): number => {
      positions.applyFill(0, ++seq, SIDE.buy, buyTicks, 1, 0, seq);
      expect(breakers.noteFill(0, positions, limits)).toBe(KILL_REASON.none);
      positions.applyFill(0, ++seq, SIDE.sell, sellTicks, 1, 0, seq);
      return breakers.noteFill(0, positions, limits);
    };
    expect(trip(100, 99)).toBe(KILL_REASON.none);
    expect(trip(100, 100)).toBe(KILL_REASON.none);
    expect(trip(100, 99)).toBe(KILL_REASON.none);
    expect(trip(100, 99)).toBe(KILL_REASON.lossesInARow);
  });

  it('under way at a start are counted from there', () => {
    const { positions, open } = rigOf();
    positions.applyFill(0, 1, SIDE.buy, 100, 1, 5, 0);
    const breakers = open();
    breakers.begin(0, positions);
    positions.applyFill(0, 2, SIDE.sell, 101, 1, 0, 0);
    breakers.noteFill(0, positions, NO_BREAKERS);
    expect(breakers.state().lossesInARow).toBe(0);
  });
});

describe('orders the venue refused', () => {
  it('stop trading when there are more than allowed within a minute, and each minute counts for itself', () => {
    const breakers = rigOf().open();
    const limits = { ...NO_BREAKERS, maxRejectsPerMinute: 2 };
    const refusedAt = (ns: number): number => breakers.noteReject(new Float64Array([ns]), limits);
    expect([10, 20, MINUTE_NS, MINUTE_NS + 1].map(refusedAt)).toEqual([0, 0, 0, 0]);
    expect(refusedAt(MINUTE_NS + 2)).toBe(KILL_REASON.rejectRate);
  });
});
