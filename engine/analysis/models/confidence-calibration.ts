import type { Outcome } from '../signals/signal-outcome.ts';
import {
  type Calibration,
  CALIBRATION_MIN,
  isotonicBlocks,
  isotonicCalibration,
  plattCalibration,
  plattLine,
  type IsotonicBlock,
  type PlattLine,
} from './calibration.ts';
import { brierOf, calibrationErrorOf, type JudgedForecast, skillOf } from './forecast-quality.ts';

/** Share of the outcomes that is learned from; the later ones judge. */
const LEARNED_SHARE = 2 / 3;

/** How good forecasts are: Brier score, calibration error, skill over the base rate. */
export interface ForecastQuality {
  readonly brier: number;
  readonly calibrationError: number;
  readonly skill: number;
}

/** What the confidence of signals says of the target being reached before the stop. */
export interface ConfidenceCalibration {
  /** Outcomes that were target or stop: the earlier ones it was learned from, the later ones it was judged by. */
  readonly learned: number;
  readonly judged: number;
  /** null = too few to learn from: uncalibrated. */
  readonly platt: PlattLine | null;
  readonly isotonic: readonly IsotonicBlock[] | null;
  /** Of the judged outcomes; null = there are none, or nothing was learned. */
  readonly quality: {
    readonly raw: ForecastQuality;
    readonly platt: ForecastQuality;
    readonly isotonic: ForecastQuality;
  } | null;
}

/** Forecasts that the confidence of signals is, of outcomes in the order of time; those that expired are neither. */
export function forecastsOf(outcomes: readonly Outcome[]): JudgedForecast[] {
  return outcomes
    .filter(({ kind }) => kind !== 'expired')
    .toSorted((a, b) => a.timeMs - b.timeMs)
    .map(({ signal, kind }): JudgedForecast => ({
      probability: signal.confidence.final,
      hit: kind === 'target' ? 1 : 0,
    }));
}

/** How many of so many outcomes are learned from. */
export function learnedCountOf(count: number): number {
  return Math.min(count, Math.max(CALIBRATION_MIN, Math.floor(count * LEARNED_SHARE)));
}

/** Learns from the earlier outcomes and judges by the later ones. Pure. @param outcomes in any order */
export function calibrateConfidence(outcomes: readonly Outcome[]): ConfidenceCalibration {
  const forecasts = forecastsOf(outcomes);
  const learned = learnedCountOf(forecasts.length);
  const [earlier, later] = [forecasts.slice(0, learned), forecasts.slice(learned)];
  const platt = plattLine(earlier);
  const isotonic = isotonicBlocks(earlier);
  const isJudged = platt !== null && isotonic !== null && later.length > 0;
  return {
    learned,
    judged: later.length,
    platt,
    isotonic,
    quality: isJudged
      ? {
          raw: qualityOf(later),
          platt: qualityOf(calibrated(later, plattCalibration(platt))),
          isotonic: qualityOf(calibrated(later, isotonicCalibration(isotonic))),
        }
      : null,
  };
}

/** All that is measured of forecasts. Pure. */
export function qualityOf(forecasts: readonly JudgedForecast[]): ForecastQuality {
  return {
    brier: brierOf(forecasts),
    calibrationError: calibrationErrorOf(forecasts),
    skill: skillOf(forecasts),
  };
}

function calibrated(forecasts: readonly JudgedForecast[], calibrate: Calibration): JudgedForecast[] {
  return forecasts.map(({ probability, hit }) => ({ probability: calibrate(probability), hit }));
}
