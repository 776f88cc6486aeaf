import { describe, expect, it } from 'vitest';
import { BINANCE_USDM_GUARD } from '../../../adapters/binance-usdm/account-side.ts';
import type { AccountAsker } from '../../../adapters/venue-kit/gateway/account-desk.ts';
import { CancelGuard } from '../../../adapters/venue-kit/gateway/cancel-guard.ts';
import { SimulatedClock } from '../../../engine/core/clock.ts';
import { BTCUSDT, VenueRig } from '../../fixtures/venue-rig.ts';

const ETHUSDT = { ...BTCUSDT, index: 1, symbol: 'ETHUSDT' };

/** A venue whose switches go off when they are not set in time, on a clock that is moved by hand. */
class SwitchRig {
  readonly clock: SimulatedClock = new SimulatedClock(0);
  readonly rig: VenueRig = new VenueRig([BTCUSDT, ETHUSDT], this.clock);
  /** When each symbol's switch goes off, s; 0 = it is not set. */
  readonly offAt: Map<string, number> = new Map();
  isHealthy = true;
  isReachable = true;
  readonly guard: CancelGuard;

  constructor() {
    const signed: AccountAsker['signed'] = (verb, path, params) => {
      expect([verb, path]).toEqual(['POST', '/fapi/v1/countdownCancelAll']);
      if (!this.isReachable) return Promise.resolve(null);
      const { symbol, countdownTime } = params;
      const ms = Number(countdownTime);
      this.offAt.set(String(symbol), ms === 0 ? 0 : this.seconds + ms / 1_000);
      const body = { symbol, countdownTime: String(countdownTime) };
      return Promise.resolve({ status: 200, body, usedWeight: -1, retryAfterMs: 0 });
    };
    const desk = { signed, keyed: () => Promise.resolve(null) };
    this.guard = new CancelGuard(this.rig.context, BINANCE_USDM_GUARD, desk, () => this.isHealthy);
  }

  get seconds(): number {
    return this.clock.nowNs() / 1e9;
  }

  /** Turns the guard once a second for so long. */
  async run(seconds: number): Promise<void> {
    for (let second = 0; second < seconds; second++) {
      this.guard.doWork(this.clock.nowNs());
      await new Promise((resolve) => setImmediate(resolve));
      this.clock.advanceTo(this.clock.nowNs() + 1e9);
    }
    this.guard.doWork(this.clock.nowNs());
  }
}

describe("a venue's dead-man switch", () => {
  it('is set for every instrument before it lets an order pass', async () => {
    const rig = new SwitchRig();
    rig.isReachable = false;
    await rig.run(5);
    expect(rig.guard.isSet).toBe(false);
    expect(rig.rig.counter('venueGuardFailures')).toBeGreaterThan(1);
    rig.isReachable = true;
    await rig.run(2);
    expect(rig.guard.isSet).toBe(true);
    expect([...rig.offAt.keys()]).toEqual(['BTCUSDT', 'ETHUSDT']);
  });

  it('is set anew every 30 s and never goes off while the engine is healthy', async () => {
    const rig = new SwitchRig();
    await rig.run(1);
    for (let minute = 0; minute < 10; minute++) {
      await rig.run(60);
      for (const offAt of rig.offAt.values()) expect(offAt).toBeGreaterThan(rig.seconds + 80);
      expect(rig.guard.isSet).toBe(true);
    }
    expect(rig.rig.counter('venueGuardsSet')).toBeLessThanOrEqual(2 * 21);
  });

  it('goes off when the engine is not healthy, and before that no order passes', async () => {
    const rig = new SwitchRig();
    await rig.run(10);
    rig.isHealthy = false;
    await rig.run(82);
    expect(rig.guard.isSet).toBe(false);
    await rig.run(60);
    for (const offAt of rig.offAt.values()) expect(offAt).toBeLessThan(rig.seconds);
    expect(rig.rig.counter('venueGuardsWithheld')).toBeGreaterThan(0);
    rig.isHealthy = true;
    await rig.run(3);
    expect(rig.guard.isSet).toBe(true);
  });

  it('lets no order pass when it can be set no more', async () => {
    const rig = new SwitchRig();
    await rig.run(10);
    rig.isReachable = false;
    await rig.run(60);
    expect(rig.guard.isSet).toBe(true);
    await rig.run(30);
    expect(rig.guard.isSet).toBe(false);
  });

  it('is set for an instrument that is added before it lets orders pass again', async () => {
    const rig = new SwitchRig();
    await rig.run(5);
    rig.guard.addInstrument({ ...BTCUSDT, index: 2, symbol: 'SOLUSDT' });
    expect(rig.guard.isSet).toBe(false);
    await rig.run(2);
    expect(rig.guard.isSet).toBe(true);
    expect(rig.offAt.get('SOLUSDT')).toBeGreaterThan(rig.seconds);
  });

  it('is taken back when the engine ends by itself', async () => {
    const rig = new SwitchRig();
    await rig.run(5);
    await rig.guard.close();
    expect([...rig.offAt.values()]).toEqual([0, 0]);
    await rig.run(60);
    expect([...rig.offAt.values()]).toEqual([0, 0]);
  });
});
