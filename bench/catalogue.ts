import type { Bench } from './harness/comparison.ts';

/** A bench by name; its code is loaded when it is run, so that benches do not meet each other's feedback. */
interface CatalogueEntry {
  readonly name: string;
  readonly summary: string;
  /** Takes so long that it is run only when named. */
  readonly isLong?: true;
  readonly load: () => Promise<Bench>;
}

/** The suite in the order it is run. */
export const CATALOGUE: readonly CatalogueEntry[] = [
  {
    name: 'ring',
    summary: 'throughput and round trip between two threads; ringbuf.js, MessagePort, native SPSC queue',
    load: async () => (await import('./ring/ring.ts')).ring,
  },
  {
    name: 'codec',
    summary: 'message write and read per type; plain objects, DataView, JSON, msgpack',
    load: async () => (await import('./codec/codec.ts')).codec,
  },
  {
    name: 'decode',
    summary: "recorded frames to ring records per channel; JSON.parse + Number, ccxt's parsers",
    load: async () => (await import('./codec/frame-decoding.ts')).decode,
  },
  {
    name: 'book',
    summary: 'recorded deltas to top of book; ccxt OrderBook, nodejs-order-book, Map + sort',
    load: async () => (await import('./book/book.ts')).book,
  },
  {
    name: 'signals',
    summary: 'order-flow score and scalping judgement per book update; the score over plain objects',
    load: async () => (await import('./engine/signals.ts')).signals,
  },
  {
    name: 'native-calls',
    summary: "an order's signature and its intent on disk by native calls; JavaScript, node:crypto, write",
    load: async () => (await import('./engine/native-calls.ts')).nativeCalls,
  },
  {
    name: 'tick-to-order',
    summary: 'frame bytes to order bytes through all five actors, per topology, idle strategy and rate',
    load: async () => (await import('./tick/tick-to-order.ts')).tickToOrder,
  },
  {
    name: 'allocation',
    summary: 'garbage of the hot thread without orders, with an order per tick, and idle; where it is made',
    load: async () => (await import('./engine/allocation.ts')).allocation,
  },
  {
    name: 'wire-to-wire',
    summary: 'depth frame to order over WebSockets; ccxt.pro bot, ws + JSON.parse bot, native C++ client',
    load: async () => (await import('./wire/wire-to-wire.ts')).wireToWire,
  },
  {
    name: 'replay',
    summary: 'recorded files through the whole engine, first and warm passes',
    load: async () => (await import('./engine/replay.ts')).replay,
  },
  {
    name: 'backtest',
    summary:
      'backtests with risk, queue model and report: recorded frames, and a year of 5m candles; only when named',
    isLong: true,
    load: async () => (await import('./engine/backtest.ts')).backtest,
  },
  {
    name: 'analysis',
    summary: 'closed bars through metrics, levels, profiles, confluence and report of one symbol',
    load: async () => (await import('./engine/analysis.ts')).analysis,
  },
  {
    name: 'closes',
    summary:
      'all timeframes of 64 symbols closing at once, from the trades that close them to the last frame',
    load: async () => (await import('./engine/closes.ts')).closes,
  },
  {
    name: 'closes-tax',
    summary:
      'tick-to-order with and without 64 symbols closing their bars at once, several times a second; only when named',
    isLong: true,
    load: async () => (await import('./engine/closes-tax.ts')).closesTax,
  },
  {
    name: 'telemetry-tax',
    summary: 'tick-to-order of the running engine with 5 telemetry clients against none',
    load: async () => (await import('./engine/telemetry-tax.ts')).telemetryTax,
  },
  {
    name: 'soak',
    summary: 'ten minutes (--minutes N) at 2,000 ticks/s with telemetry clients; only when named',
    isLong: true,
    load: async () => (await import('./engine/soak.ts')).soak,
  },
];

/** Names of the benches. */
export function benchNames(): string[] {
  return CATALOGUE.map(({ name }) => name);
}

/** Names of those that are run when none is named. */
export function defaultNames(): string[] {
  return CATALOGUE.filter(({ isLong }) => isLong !== true).map(({ name }) => name);
}
