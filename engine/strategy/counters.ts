import { counterIndexes } from '../ipc/counters.ts';
import type { CounterIndexes } from '../ipc/counters.ts';

/** The strategy actor's counters and what a rise of each means. */
export const STRATEGY_COUNTERS = {
  booksDelivered: 'valid books shown to the strategies',
  booksSuperseded: 'book updates skipped because the strategies had already seen a newer book',
  booksUnreadable: 'book updates whose shared book was hidden or being written; another update follows',
  booksHidden: 'times the strategies were told that a book can no longer be trusted',
  trades: 'public trades shown to the strategies',
  fundings: 'changes of funding shown to the strategies',
  bars: 'closed bars shown to the strategies',
  barsIncomplete: 'closed bars with trades known to be missing',
  signals: 'signals recorded by the strategies',
  signalsLost: 'signals given up because the journal ring stayed full',
  signalOutcomes: 'signals of which a strategy said what became of them',
  signalsUntold: 'signals that the other strategies were not told of because too many came in one turn',
  explanations: 'reasons recorded by the strategies',
  explanationsThinned: 'reasons not recorded because a strategy gave too many',
  logLines: 'lines of the strategies for the log',
  logLinesThinned: 'lines not logged because a strategy wrote too many, or the log was full',
  apiSignalsDropped: 'signals the telemetry feed did not get; the journal has them',
  journalHeldBack:
    'turns without market data because the journal ring was full: the journal thread or disk is slow',
  ordersRequested: 'new orders asked of risk',
  cancelsRequested: 'cancels asked of risk',
  replacesRequested: 'replacements asked of risk',
  requestsBackPressured:
    'requests refused because the ring to risk was full: risk is slower than the strategies',
  requestsBad: 'requests refused for a bad argument: a mistake in a strategy',
  requestsPaused: 'new orders refused while the strategies are paused',
  ordersUntracked: 'orders refused because too many are open',
  cancelsWithoutOrder: 'cancels of orders that have ended or are not of this strategy',
  cancelsRetried: 'cancels of faulted or stopped strategies that had to wait for room',
  bracketsOpened: 'brackets opened by the strategies',
  bracketsEnded: 'brackets that have ended',
  bracketsFull: 'brackets refused because too many are open',
  bracketExitsRetried:
    'times a position could not be closed at once: no room, a refusal, or too little to trade with',
  reports: 'order reports passed to the strategies',
  fills: 'fills passed to the strategies',
  fillsRepeated: 'fills that came again after a restart and were ignored',
  timers: 'timers fired',
  strategiesFaulted:
    'strategies switched off because they threw, hung, ran out of memory or failed later; their orders are cancelled',
  badInstrument: 'records that name no instrument or strategy of this run: a wiring error',
  unknownTemplate: 'records of a kind this actor does not take: a wiring or version error',
} as const;

/** Index of each counter. */
export const STRATEGY_COUNTER: CounterIndexes<typeof STRATEGY_COUNTERS> = counterIndexes(STRATEGY_COUNTERS);
