// hot path: no allocation after start
import type { Instrument } from '../core/instrument.ts';
import { isBarOf, isSameLength } from './activity-bars.ts';
import type { BarLength, ClosedBarView } from './strategy-api.ts';
import type {
  BarIndicator,
  CloseIndicator,
  PerInstrument,
  StrategySetup,
  VolumeIndicator,
} from './strategy-definition.ts';

const OF_CLOSES = 0;
const OF_BARS = 1;
const OF_VOLUME = 2;

type AnyIndicator = CloseIndicator & BarIndicator & VolumeIndicator;

/** A wish for one of something for every instrument. */
class Each<T> implements PerInstrument<T> {
  private readonly make: (instrument: Instrument) => T;
  private readonly all: T[] = [];

  constructor(make: (instrument: Instrument) => T) {
    this.make = make;
  }

  of(instrumentIndex: number): T {
    return this.all[instrumentIndex];
  }

  add(instrument: Instrument): T {
    const made = this.make(instrument);
    this.all[instrument.index] = made;
    return made;
  }
}

/** What a strategy wants of bars of one length. */
interface SeriesWish {
  readonly length: BarLength;
  warmUp: number;
  readonly kinds: number[];
  readonly indicators: Each<AnyIndicator>[];
}

/** Bars of one instrument and length, with the indicators that are fed by them. */
class Series {
  readonly length: BarLength;
  private readonly kinds: readonly number[];
  private readonly indicators: readonly AnyIndicator[];
  private readonly warmUp: number;
  private barCount: number;

  constructor({ length, warmUp, kinds, indicators }: SeriesWish, instrument: Instrument) {
    this.length = length;
    this.kinds = kinds;
    this.indicators = indicators.map((wish) => wish.add(instrument));
    this.warmUp = warmUp;
    this.barCount = 0;
  }

  get isWarm(): boolean {
    if (this.barCount <= this.warmUp) return false;
    const { indicators } = this;
    for (let index = 0; index < indicators.length; index++) if (!indicators[index].isReady) return false;
    return true;
  }

  take(bar: ClosedBarView): void {
    this.barCount++;
    const { kinds, indicators } = this;
    for (let index = 0; index < indicators.length; index++) {
      const indicator = indicators[index];
      if (kinds[index] === OF_CLOSES) indicator.update(bar.closeTicks, 0, 0);
      else if (kinds[index] === OF_BARS) indicator.update(bar.highTicks, bar.lowTicks, bar.closeTicks);
      else indicator.update(bar.closeTicks, bar.volumeLots, 0);
    }
  }

  reset(): void {
    this.barCount = 0;
    const { indicators } = this;
    for (let index = 0; index < indicators.length; index++) indicators[index].reset();
  }
}

/**
 * What a strategy asked for when it was made, and the indicators that come of it. Making and adding allocate, taking a
 * bar does not. One strategy, one thread.
 */
export class IndicatorFeed<Values> implements StrategySetup<Values> {
  readonly parameters: Values;
  readonly instruments: readonly Instrument[];
  private readonly wishes: SeriesWish[] = [];
  private readonly others: Each<unknown>[] = [];
  private readonly series: Series[][] = [];
  private readonly isKeeping: boolean;
  private isSealed: boolean;

  /** @param isKeeping whether incomplete bars are taken in as they are */
  constructor(parameters: Values, instruments: readonly Instrument[], isKeeping: boolean) {
    this.parameters = parameters;
    this.instruments = instruments;
    this.isKeeping = isKeeping;
    this.isSealed = false;
  }

  /** Lengths of the bars asked for. */
  get lengths(): readonly BarLength[] {
    return this.wishes.map(({ length }) => length);
  }

  bars(length: BarLength, warmUp = 0): void {
    const wish = this.wishOf(length);
    if (warmUp > wish.warmUp) wish.warmUp = warmUp;
  }

  ofCloses<T extends CloseIndicator>(length: BarLength, make: () => T): PerInstrument<T> {
    return this.want(length, OF_CLOSES, make);
  }

  ofBars<T extends BarIndicator>(length: BarLength, make: () => T): PerInstrument<T> {
    return this.want(length, OF_BARS, make);
  }

  ofVolume<T extends VolumeIndicator>(length: BarLength, make: () => T): PerInstrument<T> {
    return this.want(length, OF_VOLUME, make);
  }

  perInstrument<T>(make: (instrument: Instrument) => T): PerInstrument<T> {
    this.requireOpen();
    const each = new Each(make);
    for (const instrument of this.instruments) each.add(instrument);
    this.others.push(each);
    return each;
  }

  isWarm(instrumentIndex: number): boolean {
    const series = this.series[instrumentIndex];
    for (let index = 0; index < series.length; index++) if (!series[index].isWarm) return false;
    return true;
  }

  /** The strategy is made: nothing more can be asked for. */
  seal(): void {
    this.isSealed = true;
    for (const instrument of this.instruments) this.makeSeries(instrument);
  }

  /** An instrument was added. */
  add(instrument: Instrument): void {
    for (const each of this.others) each.add(instrument);
    this.makeSeries(instrument);
  }

  /** Takes a closed bar in; whether the strategy is to see it. */
  take(bar: ClosedBarView): boolean {
    const series = this.series[bar.instrumentIndex];
    for (let index = 0; index < series.length; index++) {
      const one = series[index];
      if (!isBarOf(bar, one.length)) continue;
      if (!bar.isComplete && !this.isKeeping) {
        one.reset();
        return false;
      }
      one.take(bar);
      return one.isWarm;
    }
    return true;
  }

  private want<T>(length: BarLength, kind: number, make: () => T): PerInstrument<T> {
    const wish = this.wishOf(length);
    const each = new Each(make);
    wish.kinds.push(kind);
    wish.indicators.push(each as Each<unknown> as Each<AnyIndicator>);
    return each;
  }

  private wishOf(length: BarLength): SeriesWish {
    this.requireOpen();
    let wish = this.wishes.find((known) => isSameLength(known.length, length));
    if (wish === undefined) {
      wish = { length, warmUp: 0, kinds: [], indicators: [] };
      this.wishes.push(wish);
    }
    return wish;
  }

  private requireOpen(): void {
    if (this.isSealed) throw new RangeError('setup: bars and indicators can be asked for in create only');
  }

  private makeSeries(instrument: Instrument): void {
    this.series[instrument.index] = this.wishes.map((wish) => new Series(wish, instrument));
  }
}
