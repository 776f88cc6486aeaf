/**
 * Every bound of the engine, in one place. Memory is computed from these at start and nothing grows after.
 * Relations between limits are checked when this file is loaded.
 */
import { invariant } from './assert.ts';

/** Instruments memory is planned for where no configuration says otherwise; also the default of `engine.instrumentsMax`. */
export const INSTRUMENTS_DEFAULT = 64;
/** Highest `engine.instrumentsMax`. */
export const INSTRUMENTS_MAX = 1_024;
/** Book levels per side in the shared snapshot that strategies and risk read. */
export const SHARED_BOOK_LEVELS_MAX = 20;
/** Levels behind the shared ones that a simulated order may take from. */
export const DEPTH_LEVELS_MAX = 1_000;
/** Levels one BookDelta record carries (both sides together); longer frames become several records. */
export const DELTA_LEVELS_MAX = 512;
/** Levels per side of a full book; the worst levels beyond it are dropped and counted. */
export const BOOK_LEVELS_MAX = 16_384;
/**
 * Covered levels of a side below which a new snapshot is asked for in the background; a smaller snapshot is refreshed at
 * half its own levels.
 */
export const COVERED_LEVELS_LOW = 100;
/** Bytes a venue symbol may have in UTF-8: the width of its text field in the journal. */
export const SYMBOL_BYTES_MAX = 40;
/** The same for the name of an asset. */
export const ASSET_BYTES_MAX = 16;
/** Orders that can be alive (or awaiting a venue answer) at once in the order table. */
export const ORDERS_MAX = 1_024;
/** Venue trade ids remembered per engine for deduplication. */
export const TRADE_IDS_MAX = 16_384;
/** Bytes a venue's order or trade id may have in UTF-8. */
export const VENUE_ID_BYTES_MAX = 64;
/**
 * Venue ids kept as text at once, those that are no plain numbers below 2^53. When all places are taken the id least
 * recently seen is forgotten, never one of an order in the order table or of a trade that is remembered.
 */
export const VENUE_IDS_MAX = 32_768;
/** Highest `engine.strategiesMax`. */
export const STRATEGIES_MAX = 64;
/** Accounts of one engine, each with an execution actor of its own: an outbox serves 16 rings. */
export const ACCOUNTS_MAX = 12;
/** Strategy actors of one engine, for the same reason. */
export const STRATEGY_ACTORS_MAX = 12;
/** Timers one strategy may hold. */
export const STRATEGY_TIMERS_MAX = 64;
/** Counters one actor may declare. */
export const COUNTERS_PER_ACTOR_MAX = 96;
/** Distinct errors remembered per thread. */
export const ERROR_SLOTS_MAX = 32;
/** Bytes of text kept per distinct error. */
export const ERROR_TEXT_BYTES_MAX = 240;
/** Largest raw venue frame decoded; larger ones are refused and counted. */
export const FRAME_BYTES_MAX: number = 4 * 1024 * 1024;
/** Commands to one actor whose answer may be outstanding; `answers-from-<actor>` has room for all of them. */
export const COMMANDS_OPEN_MAX = 16;
/** Beyond that, for commands that lower risk. */
export const COMMANDS_OPEN_RESERVE = 4;
/** Commands in work at the command desk at once; a command more is refused as busy. */
export const COMMANDS_IN_WORK_MAX = 64;
/** Beyond that, for commands that lower risk. */
export const COMMANDS_IN_WORK_RESERVE = 16;
/** Commands whose outcome is remembered, so that the same id gets the same answer. */
export const COMMANDS_REMEMBERED_MAX = 4_096;
/** Records taken from one ring in one duty cycle. */
export const POLL_LIMIT = 256;
/** Longest sleep of a parked thread, milliseconds: the heartbeat must advance. */
export const PARK_MS_MAX = 50;

invariant(
  DELTA_LEVELS_MAX * 16 < 64 * 1024,
  'a BookDelta record must fit well inside the smallest delta ring',
);
invariant(
  COVERED_LEVELS_LOW > SHARED_BOOK_LEVELS_MAX && COVERED_LEVELS_LOW < BOOK_LEVELS_MAX,
  'a book is refreshed before the levels that strategies read become unknown',
);
invariant(SHARED_BOOK_LEVELS_MAX <= DELTA_LEVELS_MAX, 'a shared book must fit one delta');
invariant(
  VENUE_IDS_MAX >= TRADE_IDS_MAX + ORDERS_MAX + 1_024,
  'the ids of all orders and remembered trades find room, and there is some to spare',
);
