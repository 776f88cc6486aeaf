import { expect, test } from 'vitest';
import { COMMAND, KILL_REASON, SIDE } from '../../engine/messages/enums.ts';
import { LIMITS, rigWith, settle } from '../fixtures/risk-rig.ts';
import { MS } from '../fixtures/trading-rig.ts';

test('a loss from the peak beyond the limit throws the kill switch and cancels what is open', () => {
  // 1 cash unit = 0.00001 USDT; 10 lots losing 100 ticks = 0.01 USDT
  const { rig, venue } = rigWith({ limits: { instruments: [LIMITS, LIMITS], maxDrawdown: 0.01 } });
  rig.submit(1, { qtyLots: 10 });
  rig.submit(2, { qtyLots: 1, priceTicks: 9_960 });
  settle(rig, venue);
  venue.fill(1, 10);
  rig.advance(200 * MS);
  settle(rig, venue);
  expect(rig.trading.isKilled()).toBe(false);
  rig.setBook(0, [[9_880, 50]], [[9_900, 50]]);
  rig.advance(200 * MS);
  settle(rig, venue);
  expect(rig.trading.isKilled()).toBe(true);
  expect(venue.orders.get(2)?.isWorking).toBe(false);
  rig.submit(3);
  settle(rig, venue);
  expect(venue.orders.has(3)).toBe(false);
  expect(rig.riskCount('stopsByDrawdown')).toBe(1);
});

test('a loss of the day beyond the limit stops trading, and a resume measures anew', () => {
  const { rig, venue } = rigWith({ limits: { instruments: [LIMITS, LIMITS], maxDailyLoss: 0.01 } });
  rig.submit(1, { qtyLots: 10 });
  settle(rig, venue);
  venue.fill(1, 10);
  rig.advance(200 * MS);
  settle(rig, venue);
  rig.setBook(0, [[9_880, 50]], [[9_900, 50]]);
  rig.advance(200 * MS);
  settle(rig, venue);
  expect(rig.trading.killReason()).toBe(KILL_REASON.maxDailyLoss);
  expect(rig.riskCount('stopsByDailyLoss')).toBe(1);
  rig.command(COMMAND.resume);
  rig.advance(200 * MS);
  settle(rig, venue);
  expect(rig.trading.isKilled()).toBe(false);
});

test('more refusals by the venue within a minute than allowed stop trading', () => {
  const limits = { instruments: [LIMITS, LIMITS], maxRejectsPerMinute: 2 };
  const { rig, venue } = rigWith({ limits });
  venue.refusePlacements = 3;
  for (const intentSeq of [1, 2, 3]) {
    expect(rig.trading.isKilled()).toBe(false);
    rig.submit(intentSeq);
    settle(rig, venue);
  }
  expect(rig.trading.killReason()).toBe(KILL_REASON.rejectRate);
  expect(rig.riskCount('stopsByRejectRate')).toBe(1);
});

test('round trips lost in a row stop trading', () => {
  const limits = { instruments: [LIMITS, LIMITS], maxLossesInARow: 1 };
  const { rig, venue } = rigWith({ limits });
  rig.submit(1, { qtyLots: 2, priceTicks: 10_010 });
  settle(rig, venue);
  venue.fill(1, 2);
  settle(rig, venue);
  rig.submit(2, { side: SIDE.sell, qtyLots: 2, priceTicks: 9_990 });
  settle(rig, venue);
  expect(rig.trading.isKilled()).toBe(false);
  venue.fill(2, 2);
  settle(rig, venue);
  expect(rig.trading.killReason()).toBe(KILL_REASON.lossesInARow);
  expect(rig.riskCount('stopsByLossesInARow')).toBe(1);
});
