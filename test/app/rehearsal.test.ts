import { afterEach, describe, expect, it, vi } from 'vitest';
import { loadConfig } from '../../engine/app/config/config.ts';
import type { ApiKey } from '../../adapters/venue-kit/signing/api-key.ts';
import { plainParts } from '../../engine/app/threads/plain-parts.ts';
import { planMemory } from '../../engine/app/threads/memory-plan.ts';
import { Rehearsal } from '../../engine/app/threads/rehearsal.ts';
import type { ThreadPlan } from '../../engine/app/threads/thread-plan.ts';
import { createClockOrigin, SystemClock } from '../../engine/core/clock.ts';
import { spotInstrument } from '../../engine/core/instrument.ts';
import type { Instrument } from '../../engine/core/instrument.ts';
import { plainTopology } from '../../engine/runtime/build-topology.ts';
import { intentRunBase } from '../../engine/strategy/intent-counter.ts';

const BTC: Instrument = spotInstrument({
  index: 0,
  venue: 'sim',
  symbol: 'BTCUSDT',
  baseAsset: 'BTC',
  quoteAsset: 'USDT',
  priceDecimals: 2,
  tickUnits: 1,
  qtyDecimals: 5,
  lotUnits: 1,
  minQtyLots: 1,
  maxQtyLots: 900_000_000,
  minNotionalCash: 50_000_000,
  epoch: 0,
});
/** Cheap, coarse, and not the first of its engine. */
const DOGE: Instrument = {
  ...BTC,
  index: 0,
  symbol: 'DOGEUSDT',
  baseAsset: 'DOGE',
  priceDecimals: 5,
  qtyDecimals: 0,
  minNotionalCash: 500_000,
};
const ED25519_KEY =
  '-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g\n-----END PRIVATE KEY-----\n';
const ORDERS = 200;
const opened: Rehearsal[] = [];

afterEach(() => {
  for (const rehearsal of opened.splice(0)) rehearsal.close();
});

function planFor(mode: string, instrument: Instrument, credentials: ApiKey | null): ThreadPlan {
  const { config } = loadConfig({ env: {}, sets: [`mode=${mode}`] });
  const clockOrigin = createClockOrigin();
  const topology = plainTopology('fused');
  return {
    memory: planMemory(topology, 1),
    clockOrigin,
    instruments: [instrument],
    config,
    /* Nobody listens there: whatever is opened, it is not this. */
    ...plainParts({
      venue: 'sim',
      endpoints: {
        rest: 'http://127.0.0.1:9',
        stream: 'ws://127.0.0.1:9',
        wsApi: 'ws://127.0.0.1:9/ws-api/v3',
      },
      accountId: '1',
      strategy: { name: '', url: '', params: {} },
    }),
    journalDirectory: '/nowhere',
    intentBase: intentRunBase(clockOrigin.epochUs),
    recordFile: null,
    isPlayMoney: true,
    thread: topology.threads[0],
    credentials: credentials === null ? {} : { '': credentials },
  };
}

/** Practises until `ORDERS` orders were placed, as a spinning thread's idle time would, only faster. */
async function practise(plan: ThreadPlan): Promise<Rehearsal> {
  const clock = new SystemClock(plan.clockOrigin);
  const rehearsal = await Rehearsal.open(plan, clock);
  opened.push(rehearsal);
  let nowNs = clock.nowNs();
  await vi.waitUntil(
    () => {
      for (let step = 0; step < 50; step++) {
        nowNs += 1_000_000;
        rehearsal.idle(nowNs, 0);
      }
      return rehearsal.orderCount >= ORDERS || rehearsal.failure() !== null;
    },
    { timeout: 20_000, interval: 1 },
  );
  return rehearsal;
}

const HMAC: ApiKey = { kind: 'hmac', apiKey: 'key', apiSecret: 'secret' };
const ED25519: ApiKey = { kind: 'ed25519', apiKey: 'key', privateKeyPem: ED25519_KEY };

describe('rehearsal', () => {
  it.each([
    ['live, HMAC key', 'live', BTC, HMAC],
    ['live, Ed25519 key', 'live', BTC, ED25519],
    ['live, coarse instrument', 'live', DOGE, HMAC],
    ['shadow', 'shadow', BTC, HMAC],
    ['paper', 'paper', BTC, null],
  ] as const)('places orders and has them filled without a network: %s', async (_, mode, instrument, key) => {
    const rehearsal = await practise(planFor(mode, instrument, key));
    expect(rehearsal.failure()).toBeNull();
    const { requested, placed, filled, refused } = rehearsal.figures();
    expect(placed).toBeGreaterThanOrEqual(ORDERS);
    /* The last one's answer may be on its way. */
    expect(filled).toBeGreaterThanOrEqual(placed - 1);
    expect(refused).toBe(0);
    expect(requested - placed).toBeLessThan(100);
  });

  it('leaves the memory of the engine it belongs to as it was', async () => {
    const plan = planFor('live', BTC, HMAC);
    const before = Buffer.from(new Uint8Array(plan.memory.buffer));
    await practise(plan);
    expect(Buffer.from(new Uint8Array(plan.memory.buffer)).equals(before)).toBe(true);
  });

  it('does nothing while the engine has work, and not more often than it should', async () => {
    const rehearsal = await practise(planFor('live', BTC, HMAC));
    const { frames } = rehearsal.figures();
    const farNs = 1e15;
    rehearsal.idle(farNs, farNs - 10_000);
    expect(rehearsal.figures().frames).toBe(frames);
    for (let call = 0; call < 40; call++) rehearsal.idle(farNs + call, 0);
    expect(rehearsal.figures().frames - frames).toBeLessThanOrEqual(1);
  });
});
