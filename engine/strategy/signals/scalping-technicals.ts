// hot path: no allocation after start
import { Atr } from '../../analysis/indicators/atr.ts';
import { Bollinger } from '../../analysis/indicators/bollinger.ts';
import { Ema } from '../../analysis/indicators/ema.ts';
import { PercentileRank } from '../../analysis/indicators/percentile-rank.ts';
import { RollingVwap } from '../../analysis/indicators/rolling-vwap.ts';
import { Rsi } from '../../analysis/indicators/rsi.ts';
import { Vwap } from '../../analysis/indicators/vwap.ts';
import type { ScalpingConfig } from './scalping-config.ts';
import { Squeeze } from './squeeze.ts';

const DAY_MS = 86_400_000;

/** A closed bar, as far as the technicals read it. */
export interface TechnicalBar {
  readonly openTimeMs: number;
  readonly intervalMs: number;
  readonly highTicks: number;
  readonly lowTicks: number;
  readonly closeTicks: number;
  readonly volumeLots: number;
  readonly isComplete: boolean;
}

/** A public trade, as far as the technicals read it. */
export interface TechnicalTrade {
  readonly priceTicks: number;
  readonly qtyLots: number;
  readonly exchangeTsMs: number;
}

const LAST = 0;
const RSI_CLOSED = 1;
const RSI_BEFORE = 2;
const NEXT_OPEN = 3;
const DAY = 4;
const TREND = 5;
const RSI_NOW = 6;
const DEVIATIONS = 7;
const FAST = 8;
const VOLUME = 9;
const NUMBER_COUNT = 10;

/**
 * The technical side of the scalping signal: averages and RSI over closed bars plus the last trade, VWAP over trades (or
 * over closed bars, where it rolls), bands and ATR over closed bars. O(1) per trade and per call; a bar costs its windows.
 * NaN before a figure is warm. One instrument, one thread.
 *
 * Bars with trades missing are taken in, since their closes are good, but none of them releases a squeeze. After bars
 * that never came all but the VWAP begins anew.
 */
export class ScalpingTechnicals {
  private readonly fast: Ema;
  private readonly slow: Ema;
  private readonly rsi: Rsi;
  private readonly atrOfBars: Atr;
  private readonly bands: Bollinger;
  private readonly bandwidths: PercentileRank;
  private readonly squeeze: Squeeze;
  private readonly dayVwap: Vwap = new Vwap();
  private readonly barVwap: RollingVwap | null;
  private readonly numbers: Float64Array = new Float64Array(NUMBER_COUNT).fill(NaN);
  /** Direction in which the last bar released a squeeze: 1, -1, or 0. */
  released: number;

  constructor(config: ScalpingConfig) {
    this.fast = new Ema(config.emaFast);
    this.slow = new Ema(config.emaSlow);
    this.rsi = new Rsi(config.rsiPeriod);
    this.atrOfBars = new Atr(config.atrPeriod);
    this.bands = new Bollinger(config.bandPeriod, config.bandWidth);
    this.bandwidths = new PercentileRank(config.bandwidthBars);
    this.squeeze = new Squeeze(config.squeezePct);
    this.barVwap = config.vwapBars > 0 ? new RollingVwap(config.vwapBars) : null;
    this.released = 0;
  }

  /** Whether all that a setup always needs is warm; a squeeze needs `bandwidthBars` more bars. */
  get isReady(): boolean {
    return this.slow.isReady && this.fast.isReady && this.rsi.isReady && this.atrOfBars.isReady;
  }

  /** Price of the last trade, ticks. */
  get lastTicks(): number {
    return this.numbers[LAST];
  }

  /** Fast average minus slow one, with the last trade as the close of the present bar. */
  get trend(): number {
    return this.numbers[TREND];
  }

  /** RSI with the last trade as the close of the present bar. */
  get rsiNow(): number {
    return this.numbers[RSI_NOW];
  }

  /** 1 when RSI fell (or stood) with the last closed bar and rises now, -1 the other way round, else 0. */
  get rsiTurn(): number {
    const { numbers } = this;
    const now = numbers[RSI_NOW];
    const closed = numbers[RSI_CLOSED];
    if (now > closed && closed <= numbers[RSI_BEFORE]) return 1;
    return now < closed && closed >= numbers[RSI_BEFORE] ? -1 : 0;
  }

  /** Standard deviations the last trade lies above VWAP; NaN when there is none, or nothing to measure by. */
  get vwapDeviations(): number {
    return this.numbers[DEVIATIONS];
  }

  /** ATR of the closed bars, ticks. */
  get atr(): number {
    return this.atrOfBars.value;
  }

  /** Share of the last bandwidths that are lower than the newest, percent. */
  get bandwidthPct(): number {
    return this.bandwidths.value;
  }

  /**
   * Takes the readings of this moment; what includes the last trade is as old as the last call. Once for all.
   */
  measure(): void {
    const { numbers } = this;
    this.fast.previewInto(numbers, LAST, numbers, FAST);
    this.slow.previewInto(numbers, LAST, numbers, TREND);
    numbers[TREND] = numbers[FAST] - numbers[TREND];
    this.rsi.previewInto(numbers, LAST, numbers, RSI_NOW);
    if (this.barVwap === null) this.dayVwap.distanceInto(numbers, LAST, numbers, DEVIATIONS);
    else this.barVwap.distanceInto(numbers, LAST, numbers, DEVIATIONS);
  }

  onTrade(trade: TechnicalTrade): void {
    const { numbers } = this;
    const day = Math.floor(trade.exchangeTsMs / DAY_MS);
    if (day > numbers[DAY]) this.dayVwap.reset();
    if (!(day <= numbers[DAY])) numbers[DAY] = day;
    numbers[LAST] = trade.priceTicks;
    numbers[VOLUME] = trade.qtyLots;
    this.dayVwap.updateFrom(numbers, LAST, VOLUME);
  }

  onBar(bar: TechnicalBar): void {
    const { numbers } = this;
    if (bar.openTimeMs > numbers[NEXT_OPEN]) this.reset();
    numbers[NEXT_OPEN] = bar.openTimeMs + bar.intervalMs;
    const close = bar.closeTicks;
    if (Number.isNaN(numbers[LAST])) numbers[LAST] = close;
    this.fast.update(close);
    this.slow.update(close);
    this.rsi.update(close);
    numbers[RSI_BEFORE] = numbers[RSI_CLOSED];
    numbers[RSI_CLOSED] = this.rsi.value;
    this.atrOfBars.update(bar.highTicks, bar.lowTicks, close);
    this.bands.update(close);
    if (this.bands.isReady) this.bandwidths.update(this.bands.bandwidth);
    const released = this.squeeze.update(close, this.bands.lower, this.bands.upper, this.bandwidths.value);
    this.released = bar.isComplete ? released : 0;
    this.barVwap?.update((bar.highTicks + bar.lowTicks + close) / 3, bar.volumeLots);
  }

  private reset(): void {
    this.fast.reset();
    this.slow.reset();
    this.rsi.reset();
    this.atrOfBars.reset();
    this.bands.reset();
    this.bandwidths.reset();
    this.squeeze.reset();
    this.barVwap?.reset();
    this.numbers[RSI_CLOSED] = NaN;
    this.numbers[RSI_BEFORE] = NaN;
    this.released = 0;
  }
}
