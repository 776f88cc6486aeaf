import { counterIndexes } from '../ipc/counters.ts';
import type { CounterIndexes } from '../ipc/counters.ts';

/** What the analysis actor counts. */
export const ANALYSIS_COUNTERS = {
  tradesRead: 'trades taken into bars; rises with activity',
  tradesMissed: 'trades the ring could not hold: the slow path was too slow and its bars are incomplete',
  tradesLate: 'trades older than the bar they belonged to: they are in no bar',
  barsClosed: 'bars closed over all timeframes',
  tasksStarted: 'analyses handed to the pool',
  tasksSuperseded: 'analyses skipped because newer data came before they could start',
  tasksFailed: 'analyses that threw, or whose pool thread died; the bias goes stale and expires',
  tasksTimedOut: 'analyses ended because they ran too long',
  biasesPublished: 'bias frames published',
  noViews: 'analyses that ended in no view: too little history, or a market that does not move',
  badInstrument: 'trades of an instrument this run does not know',
  unknownTemplate: 'records of a type analysis does not read; a rise means the producer disagrees',
} as const;

/** Places of the counters. */
export const ANALYSIS_COUNTER: CounterIndexes<typeof ANALYSIS_COUNTERS> = counterIndexes(ANALYSIS_COUNTERS);
