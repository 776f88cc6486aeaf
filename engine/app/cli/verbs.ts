import type { Verb } from './verb.ts';
import { CONFIG_VERB } from './verbs/config-verb.ts';
import { DOCTOR_VERB } from './verbs/doctor-verb.ts';
import { EXCHANGE_VERB } from './verbs/exchange-verb.ts';
import { JOURNAL_VERB } from './verbs/journal-verb.ts';
import { LATENCY_VERB } from './verbs/latency-verb.ts';
import { REPLAY_VERB } from './verbs/replay-verb.ts';
import { RUN_VERB } from './verbs/run-verb.ts';
import { VERSION_VERB } from './verbs/version-verb.ts';

/** Every verb, in the order of the help. */
export const VERBS: readonly Verb[] = [
  RUN_VERB,
  REPLAY_VERB,
  EXCHANGE_VERB,
  DOCTOR_VERB,
  CONFIG_VERB,
  JOURNAL_VERB,
  LATENCY_VERB,
  VERSION_VERB,
];
