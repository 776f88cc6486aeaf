import type { Verb } from './verb.ts';

/** Every verb, in the order of the help; loaded when it is named, or all of them for the help. */
const VERBS: Readonly<Record<string, () => Promise<Verb>>> = {
  run: async () => (await import('./verbs/run-verb.ts')).RUN_VERB,
  replay: async () => (await import('./verbs/replay-verb.ts')).REPLAY_VERB,
  backtest: async () => (await import('./verbs/backtest-verb.ts')).BACKTEST_VERB,
  exchange: async () => (await import('./verbs/exchange-verb.ts')).EXCHANGE_VERB,
  ctl: async () => (await import('./verbs/ctl-verb.ts')).CTL_VERB,
  doctor: async () => (await import('./verbs/doctor-verb.ts')).DOCTOR_VERB,
  config: async () => (await import('./verbs/config-verb.ts')).CONFIG_VERB,
  analyse: async () => (await import('./verbs/analyse-verb.ts')).ANALYSE_VERB,
  mtf: async () => (await import('./verbs/mtf-verb.ts')).MTF_VERB,
  journal: async () => (await import('./verbs/journal-verb.ts')).JOURNAL_VERB,
  patterns: async () => (await import('./verbs/patterns-verb.ts')).PATTERNS_VERB,
  signals: async () => (await import('./verbs/signals-verb.ts')).SIGNALS_VERB,
  bars: async () => (await import('./verbs/bars-verb.ts')).BARS_VERB,
  latency: async () => (await import('./verbs/latency-verb.ts')).LATENCY_VERB,
  version: async () => (await import('./verbs/version-verb.ts')).VERSION_VERB,
};

/** The verb of that name, or null when there is none. */
export async function loadVerb(name: string): Promise<Verb | null> {
  return Object.hasOwn(VERBS, name) ? VERBS[name]() : null;
}

export function loadAllVerbs(): Promise<Verb[]> {
  return Promise.all(Object.values(VERBS).map((load) => load()));
}
