import type { NamedVerb, Verb } from './verb.ts';

/** What the help says of a verb, and how to get its declaration. */
interface VerbEntry {
  readonly text: string;
  readonly load: () => Promise<Verb>;
}

/** Every verb, in the order of the help. Its file is loaded when it is named; the help needs none of them. */
const VERBS: Readonly<Record<string, VerbEntry>> = {
  run: {
    text: 'start the engine (paper mode on the embedded exchange by default)',
    load: async () => (await import('./verbs/run-verb.ts')).RUN_VERB,
  },
  replay: {
    text: 'drive recorded frames through the five actors on a simulated clock',
    load: async () => (await import('./verbs/replay-verb.ts')).REPLAY_VERB,
  },
  backtest: {
    text: 'a strategy over recorded data with honest fills, and a report of it',
    load: async () => (await import('./verbs/backtest-verb.ts')).BACKTEST_VERB,
  },
  optimise: {
    text: 'tries parameter sets of a strategy over recorded data and says what of the best is luck',
    load: async () => (await import('./verbs/optimise-verb.ts')).OPTIMISE_VERB,
  },
  exchange: {
    text: 'run the embedded exchange alone; URLs and test credentials come as one JSON line',
    load: async () => (await import('./verbs/exchange-verb.ts')).EXCHANGE_VERB,
  },
  ctl: {
    text: 'tell a running engine something: pause, resume, kill, cancel-all, status, strategies',
    load: async () => (await import('./verbs/ctl-verb.ts')).CTL_VERB,
  },
  keys: {
    text: 'who may use the api of a running engine: make, list, end and renew keys',
    load: async () => (await import('./verbs/keys-verb.ts')).KEYS_VERB,
  },
  openapi: {
    text: 'print the OpenAPI 3.1 document of the api',
    load: async () => (await import('./verbs/openapi-verb.ts')).OPENAPI_VERB,
  },
  doctor: {
    text: 'check machine, Node and configuration for low latency',
    load: async () => (await import('./verbs/doctor-verb.ts')).DOCTOR_VERB,
  },
  config: {
    text: 'write, check and show the configuration',
    load: async () => (await import('./verbs/config-verb.ts')).CONFIG_VERB,
  },
  strategy: {
    text: 'the strategies there are, and their parameters with default, range and unit',
    load: async () => (await import('./verbs/strategy-verb.ts')).STRATEGY_VERB,
  },
  analyse: {
    text: 'the deep report of a symbol: score, levels, volume profile, patterns, plan, risks',
    load: async () => (await import('./verbs/analyse-verb.ts')).ANALYSE_VERB,
  },
  mtf: {
    text: "a symbol's metrics over all timeframes, from files of candles",
    load: async () => (await import('./verbs/mtf-verb.ts')).MTF_VERB,
  },
  journal: {
    text: 'look into the append-only record',
    load: async () => (await import('./verbs/journal-verb.ts')).JOURNAL_VERB,
  },
  patterns: {
    text: 'find candlestick patterns in a file of candles',
    load: async () => (await import('./verbs/patterns-verb.ts')).PATTERNS_VERB,
  },
  signals: {
    text: 'what patterns proposed, of a running engine or of files of candles, and what became of it',
    load: async () => (await import('./verbs/signals-verb.ts')).SIGNALS_VERB,
  },
  portfolio: {
    text: 'correlations, clusters, volatility, beta and what an hour may lose, of a running engine or of files of candles',
    load: async () => (await import('./verbs/portfolio-verb.ts')).PORTFOLIO_VERB,
  },
  bars: {
    text: 'candles in files and in the bar store',
    load: async () => (await import('./verbs/bars-verb.ts')).BARS_VERB,
  },
  latency: {
    text: "show where orders' time goes: a running engine, or the last finished run",
    load: async () => (await import('./verbs/latency-verb.ts')).LATENCY_VERB,
  },
  compile: {
    text: 'compile what a run loads ahead, so that it starts sooner and takes less memory',
    load: async () => (await import('./verbs/compile-verb.ts')).COMPILE_VERB,
  },
  version: {
    text: 'print the versions of Shrike and Node',
    load: async () => (await import('./verbs/version-verb.ts')).VERSION_VERB,
  },
};

/** The verb of that name, or null when there is none. */
export async function loadVerb(name: string): Promise<NamedVerb | null> {
  if (!Object.hasOwn(VERBS, name)) return null;
  const { text, load } = VERBS[name];
  return { name, text, ...(await load()) };
}

/** Name and text of every verb, for the help and for what is mistyped; none of them can be run. */
export function listVerbs(): NamedVerb[] {
  return Object.entries(VERBS).map(([name, { text }]) => ({ name, text }));
}
