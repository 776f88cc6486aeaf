import type { CandleColumns } from '../../analysis/bars/candle-columns.ts';
import { missingCount } from '../../analysis/bars/candle-columns.ts';
import type { Instrument } from '../../core/instrument.ts';
import type { FeedContext } from '../../market-data/feed-port.ts';
import { CliError } from '../cli/cli-error.ts';
import { EXIT } from '../cli/exit-codes.ts';
import type { ReplaySession } from '../replay/replay-session.ts';
import { CANDLE_BOOK_LEVELS, CandleFeed, toLots, toTicks } from './candle-feed.ts';
import type { BeforeEvent, MarketTape } from './market-tape.ts';
import { spanText } from './number-text.ts';

/** What candles do not say of the book. */
export interface CandleBook {
  /** Distance of bid and ask, basis points of the price. */
  readonly spreadBps: number;
  /** Size of each level, per cent of the candle's volume. */
  readonly depthPct: number;
}

/** Candles of one instrument. */
export interface CandleSeries {
  readonly instrument: Instrument;
  readonly columns: CandleColumns;
}

/** After this a bar counts as closed (the strategies' bars wait for late prints), and what it decided is on its way. */
const CLOSED_MS = 51;
/** The next candle's first price is seen this much later, in time for what was decided at the close. */
const OPEN_AFTER_MS = 1;

/**
 * Closed candles as market data. Nothing of a candle is told before its end: then come its four prints, which close the
 * strategies' bars and fill resting orders, and a book around its close; a millisecond later, if orders are under way or
 * rest, a book around the open of the next candle, which is what an order meets that was sent on the close.
 */
export class CandleTape implements MarketTape {
  readonly kind = 'candles' as const;
  readonly files: readonly string[];
  readonly instruments: readonly Instrument[];
  readonly firstEpochUs: number;
  readonly lastNs: number;
  readonly eventCount: number;
  readonly stepNs: number;
  readonly assumptions: readonly string[];
  readonly warnings: readonly string[];
  private readonly series: readonly CandleSeries[];
  private readonly book: CandleBook;
  private readonly firstMs: number;
  private feed: CandleFeed | null = null;

  /** @param series of one timeframe, one for each instrument, none of them empty */
  constructor(series: readonly CandleSeries[], files: readonly string[], book: CandleBook) {
    this.series = series;
    this.files = files;
    this.book = book;
    this.instruments = series.map(({ instrument }) => instrument);
    const { lengthMs, name } = series[0].columns.timeframe;
    const firsts = series.map(({ columns }) => columns.openTimesMs[0]);
    const lasts = series.map(({ columns }) => columns.openTimesMs[columns.openTimesMs.length - 1]);
    this.firstMs = Math.min(...firsts);
    this.firstEpochUs = this.firstMs * 1_000;
    this.lastNs = (Math.max(...lasts) + lengthMs + CLOSED_MS - this.firstMs) * 1e6;
    this.eventCount = series.reduce((sum, { columns }) => sum + columns.openTimesMs.length, 0);
    this.stepNs = lengthMs * 1e6;
    this.assumptions = assumptionsOf(name, book);
    this.warnings = series.flatMap(({ instrument, columns }) => {
      const missing = missingCount(columns);
      return missing === 0
        ? []
        : [`${missing} candles of ${instrument.symbol} are missing: its book is hidden there`];
    });
  }

  readonly createFeed = (context: FeedContext): CandleFeed => {
    this.feed = new CandleFeed(context);
    return this.feed;
  };

  /** Bars must be made of whole candles. Throws CliError naming what the strategy asks for. */
  checkBars(intervalsMs: readonly number[], activities: readonly string[]): void {
    const { lengthMs, name } = this.series[0].columns.timeframe;
    if (activities.length > 0) {
      throw new CliError(
        'BARS_NOT_IN_DATA',
        `the strategy asks for bars by ${activities.join(', ')}: candles do not say their trades; play recorded frames`,
        EXIT.config,
      );
    }
    if (intervalsMs.length === 0) {
      throw new CliError(
        'BARS_NONE',
        'the strategy asks for no bars: candles are for strategies that decide on closed bars; play recorded frames',
        EXIT.config,
      );
    }
    const wrong = intervalsMs.filter((ms) => ms % lengthMs !== 0);
    if (wrong.length === 0) return;
    throw new CliError(
      'BARS_NOT_IN_DATA',
      `the strategy asks for bars of ${wrong.map(spanText).join(', ')}: candles of ${name} give only multiples of it`,
      EXIT.config,
    );
  }

  play(session: ReplaySession, before: BeforeEvent): void {
    this.checkBars(session.barIntervalsMs(), session.barActivities());
    const next = this.series.map(() => 0);
    const { lengthMs } = this.series[0].columns.timeframe;
    for (;;) {
      let openMs = Infinity;
      for (const [place, { columns }] of this.series.entries()) {
        if (next[place] < columns.openTimesMs.length)
          openMs = Math.min(openMs, columns.openTimesMs[next[place]]);
      }
      if (openMs === Infinity) return;
      const nowNs = (openMs + lengthMs + CLOSED_MS - this.firstMs) * 1e6;
      for (const [place, { columns }] of this.series.entries()) {
        if (columns.openTimesMs[next[place]] === openMs) before(nowNs);
      }
      session.advanceTo(nowNs);
      for (const [place, { columns }] of this.series.entries()) {
        if (columns.openTimesMs[next[place]] === openMs) this.close(place, next[place]++, nowNs);
      }
      session.turnOnce();
      if (session.hasOrdersAtVenue())
        this.open(session, next, openMs + lengthMs, nowNs + OPEN_AFTER_MS * 1e6);
    }
  }

  /** A candle has closed: its prints, and a book around its close. */
  private close(place: number, index: number, nowNs: number): void {
    const { instrument, columns } = this.series[place];
    const { openTimesMs, opens, highs, lows, closes, volumes } = columns;
    const { lengthMs } = columns.timeframe;
    const openTimeMs = openTimesMs[index];
    if (index > 0 && openTimeMs !== openTimesMs[index - 1] + lengthMs) this.feed!.hole(place, nowNs);
    const volumeLots = toLots(instrument, volumes[index]);
    const closeTicks = toTicks(instrument, closes[index]);
    const candle = {
      openTimeMs,
      lengthMs,
      openTicks: toTicks(instrument, opens[index]),
      highTicks: toTicks(instrument, highs[index]),
      lowTicks: toTicks(instrument, lows[index]),
      closeTicks,
      volumeLots,
    };
    this.feed!.prints(place, candle, nowNs);
    this.around(place, closeTicks, volumeLots, openTimeMs + lengthMs + CLOSED_MS, nowNs);
  }

  /** The next candles begin: books around their first prices, for orders that are under way or rest. */
  private open(session: ReplaySession, next: readonly number[], openMs: number, nowNs: number): void {
    session.advanceTo(nowNs);
    for (const [place, { instrument, columns }] of this.series.entries()) {
      const index = next[place];
      if (columns.openTimesMs[index] !== openMs) continue;
      // The candle's volume is not known yet: the depth is that of the one before.
      const volumeLots = toLots(instrument, columns.volumes[Math.max(0, index - 1)]);
      const openTicks = toTicks(instrument, columns.opens[index]);
      this.around(place, openTicks, volumeLots, openMs + CLOSED_MS + OPEN_AFTER_MS, nowNs);
    }
    session.turnOnce();
  }

  private around(
    place: number,
    priceTicks: number,
    volumeLots: number,
    exchangeTsMs: number,
    nowNs: number,
  ): void {
    const halfTicks = (priceTicks * this.book.spreadBps) / 2e4;
    const levelLots = Math.max(1, Math.floor((volumeLots * this.book.depthPct) / 100));
    this.feed!.book(place, priceTicks, halfTicks, levelLots, exchangeTsMs, nowNs);
  }
}

function assumptionsOf(timeframe: string, { spreadBps, depthPct }: CandleBook): string[] {
  const levels = `${CANDLE_BOOK_LEVELS} levels a side of ${depthPct} % of the candle's volume each`;
  return [
    `the data are ${timeframe} candles: strategies hear of each only when it has closed, and of nothing within it`,
    'a candle traded open, the extreme against its direction, the other extreme, close, a quarter of its volume each',
    'a resting order that a candle filled is told at its close',
    'an order sent on a close meets the open of the next candle, if it is on its way for at least 1 ms',
    `the book is made up: bid and ask ${spreadBps} bps apart around the price, ${levels}`,
  ];
}
