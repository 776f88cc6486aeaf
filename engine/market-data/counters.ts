import { counterIndexes } from '../ipc/counters.ts';
import type { CounterIndexes } from '../ipc/counters.ts';

/**
 * What the market-data actor and its feed count. Every frame raises `frames` and exactly one counter of
 * FRAME_OUTCOMES, so their sum is `frames`: nothing disappears.
 */
export const MARKET_DATA_COUNTERS = {
  frames: 'Frames taken in; standing still means that the venue or the connection is silent.',
  bytes: 'Bytes of the frames taken in.',

  depthFrames:
    'Depth updates decoded; see depthApplied, depthStale and depthBuffered for what became of them.',
  quoteFrames: 'Best bid and ask messages decoded and handed on.',
  tradeFrames: 'Trades decoded and handed on.',
  aggTradeFrames: 'Aggregated trades decoded and not handed on: single trades are what the engine uses.',
  priceFrames:
    'Prices beside the book (average, reference, mark and index price, funding) decoded and handed on.',
  snapshotFrames: 'Book snapshots decoded, from REST or from a recording.',
  controlReplies: 'Answers to requests on the stream connection.',
  controlErrors: 'Requests on the stream connection that the venue refused; the errors list has the text.',
  shutdownNotices: 'The venue said that it will close the connection; a new one is opened at once.',
  otherFrames: 'Well-formed frames of kinds the engine does not use.',
  refusedMalformed: 'Frames that are no message of the protocol: garbage, cut off, or a changed format.',
  refusedUnknownSymbol:
    'Frames for symbols that are not traded: the subscription and the instruments differ.',
  refusedNumber:
    'Frames with a number off the tick or lot grid or too large: instrument metadata is out of date.',
  refusedTooLarge: 'Frames above the size limit or with more levels than a book keeps.',
  refusedSnapshot: 'Snapshots that could not be told to an instrument.',
  duplicateTrades: 'Trades seen before, from two connections that overlap while one replaces the other.',
  staleQuotes: 'Quotes older than the last one, from two connections that overlap.',
  lostFrames: 'Frames given up because the ring and the spill were full: the books downstream are too slow.',

  fallbackFrames:
    'Frames with an unexpected shape that JSON.parse understood: the format changed, decoding is slow.',
  deltaRecords: 'BookDelta records written; a frame with many levels takes several.',
  levels: 'Book levels written.',
  sizesOffLot:
    'Sizes that were no whole lots, cut down: dust of odd orders; many of them mean an outdated lot size.',
  depthApplied: 'Depth updates handed on in order.',
  depthStale: 'Depth updates dropped because the book already held them; normal after a snapshot.',
  depthBuffered: 'Depth updates kept until the snapshot came; normal after a connect or a gap.',
  depthBufferFull:
    'Depth updates dropped because the snapshot took too long; the snapshot is asked for again.',
  tradesMissed: 'Trades missing by their ids: the connection lost them.',

  gaps: 'Holes in the update ids: data was lost between the venue and here.',
  malformedGaps: 'Books thrown away because one of their updates could not be used.',
  resyncs: 'Books thrown away and built again, for whatever reason.',
  resyncRequests:
    'Resyncs and refreshes asked for by the order book (crossed book, missing part, edge of its range).',
  refreshRequests: 'Snapshots wanted in the background: a book neared the edge of what its snapshot covered.',
  refreshes: 'Snapshots that replaced a book in good order, without a hole.',
  refreshUpdatesDropped:
    'Kept updates given up because a snapshot in the background took too long; the book itself has them.',
  snapshotRequests: 'Snapshots asked for.',
  snapshotFailures:
    'Snapshot requests that failed (timeout, refusal, bad answer); tried again with a longer pause.',
  snapshotsTooOld: 'Snapshots older than the first kept update; fetched again as the protocol demands.',
  snapshotsUnneeded: 'Snapshots that came for a book in good order; ignored.',
  rateLimited: 'Answers of HTTP 429 or 418: too many requests, the pause the venue asked for is kept.',

  spilledFrames: 'Frames kept aside because the ring was full; the socket is paused until they are gone.',
  socketPauses: 'Times the socket was paused because the ring was full.',
  connections: 'Connections opened.',
  disconnects: 'Connections lost or attempts that failed; the errors list has the reasons.',
  rotations: 'Connections replaced by age or on notice, without a hole.',

  staleBooks:
    'Books hidden because their data stopped although the feed was alive: dead stream or quiet market.',
  deadFeeds: 'Times all books went without data: the feed as a whole was dead.',
  gapRecords: 'Gap records handed to the journal.',
  journalEventsLost: 'Connection and gap events that found the journal ring and the outbox full.',
  telemetryDropped: 'Events the api ring had no room for.',
  commands: 'Commands of the supervisor taken in.',
  unknownTemplate: 'Records of a type this actor does not know: topology and code differ.',
} as const;

/** Name -> place of the market-data actor's counters. */
export const MARKET_DATA_COUNTER: CounterIndexes<typeof MARKET_DATA_COUNTERS> =
  counterIndexes(MARKET_DATA_COUNTERS);

/** The counters that share out `frames`: each frame raises exactly one. */
export const FRAME_OUTCOMES: readonly (keyof typeof MARKET_DATA_COUNTERS)[] = [
  'depthFrames',
  'quoteFrames',
  'tradeFrames',
  'aggTradeFrames',
  'priceFrames',
  'snapshotFrames',
  'controlReplies',
  'controlErrors',
  'shutdownNotices',
  'otherFrames',
  'refusedMalformed',
  'refusedUnknownSymbol',
  'refusedNumber',
  'refusedTooLarge',
  'refusedSnapshot',
  'duplicateTrades',
  'staleQuotes',
  'lostFrames',
];
