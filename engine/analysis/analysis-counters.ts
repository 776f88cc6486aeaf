import { counterIndexes } from '../ipc/counters.ts';
import type { CounterIndexes } from '../ipc/counters.ts';

/** What the analysis actor counts. */
export const ANALYSIS_COUNTERS = {
  tradesRead: 'trades taken into bars; rises with activity',
  tradesMissed:
    'trades the ring could not hold: the slow path was too slow, and asks the venue for those bars',
  tradesLate: 'trades older than the minute they belonged to: they are in no bar',
  barsClosed: 'bars closed over all timeframes and handed to the analysis',
  barsIncomplete: 'of these, bars that are known, or feared, to lack trades and that nobody had whole',
  historyBars: 'bars from before the start',
  historiesDropped:
    'older candles (store, files) that did not fit on newer ones: another market, or too long ago',
  holesAsked: 'times missing bars were asked of the venue: at the start, after gaps of the feed',
  holesLeft: 'of these, times nobody had them all: the timeframe begins anew where bars are missing',
  seamsBroken:
    'symbols whose candles from before the start were not those of the trades: dropped, analysed anew',
  candleFailures: 'candle requests that failed for good, or were answered with nonsense',
  runsStarted: 'analyses handed to the pool, a symbol each',
  runsReplaced: 'closes not analysed by themselves because the next one came first',
  runsLate: 'results that came after a tenth of their timeframe: published all the same',
  runsDropped: 'results that came after a whole bar of their timeframe: not published',
  runsFailed: 'analyses that threw, or whose pool thread died; the symbol is analysed anew from its bars',
  runsTimedOut: 'analyses ended because they ran too long',
  framesPublished: 'bias frames published',
  noViews: 'analyses that ended in no view: too little history; the frame is withdrawn',
  analysisDrift: 'forced analyses that found the bar-by-bar one wrong: a defect; the forced one is taken',
  signalsFound: 'patterns strong enough to be told, with entry, stop and target',
  outcomesKnown: 'signals that have come to an end: target, stop, or time',
  anomalies:
    'returns, volumes, spreads and data ages more than four deviations from those of the last 24 hours',
  barsStored: 'closed bars written to the bar store',
  storeFailures:
    'times bars could not be written to the store, and series it knows otherwise; the log says why',
  runsForced: 'analyses asked for by hand, that is: made anew from all bars and compared',
  cacheHits: 'results that were asked for and were there already',
  reportsWritten: 'whole reports written to the state folder',
  reportFailures: 'reports that could not be written; the log says why',
  badInstrument: 'trades of an instrument this run does not know',
  unknownTemplate: 'records of a type analysis does not read; a rise means the producer disagrees',
} as const;

/** Places of the counters. */
export const ANALYSIS_COUNTER: CounterIndexes<typeof ANALYSIS_COUNTERS> = counterIndexes(ANALYSIS_COUNTERS);
