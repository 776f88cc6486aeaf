import type { BiasReader } from '../analysis/bias-frame.ts';
import { BIAS_STRENGTH, BIAS_TIMEFRAMES } from '../analysis/bias-frame.ts';
import type { SharedBookReader } from '../book/shared-book.ts';
import type { SharedPricesReader } from '../book/shared-prices.ts';
import type { Clock } from '../core/clock.ts';
import { formatDecimal } from '../core/decimal.ts';
import { cashToText, lotsToQty, ticksToPrice, instrumentName } from '../core/instrument.ts';
import type { Instrument } from '../core/instrument.ts';
import { REFERENCE_EXTRA_DECIMALS } from '../core/price-band.ts';
import { GAP_REASON, nameOf } from '../messages/enums.ts';
import type { PositionReader } from '../risk/positions.ts';
import { unrealisedCash } from '../risk/positions.ts';
import type { TradingStateReader } from '../risk/trading-state.ts';
import type { StateEntries } from './telemetry-protocol.ts';

/** Levels per side the feed shows. */
const LEVELS_SHOWN = 10;

/** What the api reads of one actor; ActorControl of engine/runtime has exactly these. */
export interface ActorVitals {
  /** 0 stopped, 1 starting, 2 running, 3 failed. */
  state(): number;
  cycles(): number;
  stalls(): number;
  maxCycleNs(): number;
  lastBeatNs(): number;
  restarts(): number;
}

/** One actor and the thread it runs on. */
export interface WatchedActor {
  readonly name: string;
  readonly thread: string;
  readonly vitals: ActorVitals;
}

export interface SharedStateOptions {
  readonly clock: Clock;
  readonly instruments: readonly Instrument[];
  /** Whether an instrument was not removed; absent = none is. */
  readonly isTraded?: (index: number) => boolean;
  readonly books: SharedBookReader;
  readonly prices: SharedPricesReader;
  readonly positions: PositionReader;
  /** null when the run has no analysis. */
  readonly bias: BiasReader | null;
  readonly trading: TradingStateReader;
  /** Whether the journal's records become durable; JournalCell of engine/journal has this. */
  readonly journal: { isLost(): boolean };
  readonly actors: readonly WatchedActor[];
}

const STATE_NAMES = ['stopped', 'starting', 'running', 'failed'];

function finiteOrNull(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}

/** Everything the api shows that lies in shared memory, as plain objects. Api thread; allocates. */
export class SharedState {
  readonly options: SharedStateOptions;

  constructor(options: SharedStateOptions) {
    this.options = options;
  }

  /** Entries of the `book` topic: the top of each book by symbol, and the slow path's view of it. */
  book(): StateEntries {
    const entries: Record<string, unknown> = {};
    for (const instrument of this.options.instruments)
      entries[instrumentName(instrument)] = this.bookOf(instrument);
    return entries;
  }

  /** Entries of the `positions` topic, by symbol. */
  position(): StateEntries {
    const entries: Record<string, unknown> = {};
    for (const instrument of this.options.instruments) {
      const position = this.positionOf(instrument);
      if (position !== null) entries[instrumentName(instrument)] = position;
    }
    return entries;
  }

  /** Entries of the `actors` topic, by actor. */
  actor(): StateEntries {
    const entries: Record<string, unknown> = {};
    const nowNs = this.options.clock.nowNs();
    for (const { name, thread, vitals } of this.options.actors) {
      entries[name] = {
        thread,
        state: STATE_NAMES[vitals.state()] ?? `?${vitals.state()}`,
        restarts: vitals.restarts(),
        cycles: vitals.cycles(),
        stalls: vitals.stalls(),
        maxCycleNs: vitals.maxCycleNs(),
        beatAgeMs: Math.max(0, Math.round((nowNs - vitals.lastBeatNs()) / 1e6)),
      };
    }
    return entries;
  }

  /** Milliseconds since the book's last frame; null while it is hidden. */
  bookAgeMs(instrumentIndex: number): number | null {
    const { books, clock } = this.options;
    return books.readTouch(instrumentIndex) ? (clock.nowNs() - books.recvNs) / 1e6 : null;
  }

  /** Funding rate of the period that is running; null when the instrument has none or it is not known. */
  fundingRate(instrumentIndex: number): number | null {
    const { prices } = this.options;
    return prices.read(instrumentIndex) && prices.nextFundingMs > 0 ? prices.fundingRateE8 / 1e8 : null;
  }

  private bookOf(instrument: Instrument): Record<string, unknown> {
    const { books, clock } = this.options;
    const beside = { status: instrument.status, ...this.statedOf(instrument), bias: this.biasOf(instrument) };
    if (!books.read(instrument.index)) {
      return { isValid: false, reason: nameOf(GAP_REASON, books.reason), bids: [], asks: [], ...beside };
    }
    const bids: [string, string][] = [];
    const asks: [string, string][] = [];
    for (let level = 0; level < Math.min(LEVELS_SHOWN, books.bidCount); level++) {
      bids.push([
        ticksToPrice(instrument, books.bidTicksAt(level)),
        lotsToQty(instrument, books.bidLotsAt(level)),
      ]);
    }
    for (let level = 0; level < Math.min(LEVELS_SHOWN, books.askCount); level++) {
      asks.push([
        ticksToPrice(instrument, books.askTicksAt(level)),
        lotsToQty(instrument, books.askLotsAt(level)),
      ]);
    }
    return {
      isValid: true,
      updateId: books.updateId,
      exchangeTsMs: books.exchangeTsMs,
      recvMs: Math.round((clock.epochUs() - (clock.nowNs() - books.recvNs) / 1000) / 1000),
      imbalance: finiteOrNull(books.imbalance),
      microPriceTicks: finiteOrNull(books.microPriceTicks),
      bids,
      asks,
      ...beside,
    };
  }

  /** Mark price and funding; only what the venue states. */
  private statedOf({ index, priceDecimals }: Instrument): Record<string, unknown> {
    const { prices } = this.options;
    if (!prices.read(index)) return {};
    const { markUnits, fundingRateE8, nextFundingMs } = prices;
    return {
      ...(markUnits > 0
        ? { markPrice: formatDecimal(markUnits, priceDecimals + REFERENCE_EXTRA_DECIMALS) }
        : {}),
      ...(nextFundingMs > 0 ? { fundingRate: formatDecimal(fundingRateE8, 8), nextFundingMs } : {}),
    };
  }

  /** null = no bias: nothing published, or the frame has run out. */
  private biasOf(instrument: Instrument): Record<string, unknown> | null {
    const { bias, clock } = this.options;
    if (bias === null || !bias.readFresh(instrument.index, clock.nowNs())) return null;
    const scores: Record<string, number | null> = {};
    for (const [slot, timeframe] of BIAS_TIMEFRAMES.entries())
      scores[timeframe] = finiteOrNull(bias.scores[slot]);
    return {
      value: bias.value,
      strength: nameOf(BIAS_STRENGTH, bias.strength),
      version: bias.version,
      supportTicks: finiteOrNull(bias.supportTicks),
      resistanceTicks: finiteOrNull(bias.resistanceTicks),
      pocTicks: finiteOrNull(bias.pocTicks),
      keyLevelTicks: finiteOrNull(bias.keyLevelTicks),
      validForMs: Math.round((bias.validUntilNs - clock.nowNs()) / 1e6),
      scores,
    };
  }

  private positionOf(instrument: Instrument): Record<string, unknown> | null {
    const { positions, books } = this.options;
    if (!positions.read(instrument.index)) return null;
    const markTicks = books.readTouch(instrument.index)
      ? (books.bidTicksAt(0) + books.askTicksAt(0)) / 2
      : NaN;
    const open = unrealisedCash(positions.netLots, positions.costCash, markTicks);
    return {
      netLots: positions.netLots,
      qty: lotsToQty(instrument, positions.netLots),
      averageTicks: positions.averageTicks(),
      realised: cashToText(instrument, positions.realisedCash),
      unrealised: Number.isNaN(open) ? null : cashToText(instrument, open),
      fees: cashToText(instrument, positions.feesCash),
      boughtLots: positions.boughtLots,
      soldLots: positions.soldLots,
      lastFillSeq: positions.lastFillSeq,
    };
  }
}
