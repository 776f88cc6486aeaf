import { clamp } from '../../core/clamp.ts';

/** Confidence of a pattern by itself, before its surroundings count. */
const CANDLE_BASES = [0.45, 0.5, 0.55] as const;
const CHART_BASE = 0.6;
const DIVERGENCE_BASE = 0.5;
const LEVEL_BONUS = 0.05;
const BASE_MAX = 0.7;
/** |score| from which a higher timeframe takes a side. */
const SIDE_SCORE_MIN = 20;

/** What a pattern is, as far as its confidence is concerned. */
export type PatternKind = 'candle' | 'chart' | 'divergence';

/** A higher timeframe at the pattern's close. */
export interface HigherTimeframe {
  /** Weight in the confluence. */
  readonly weight: number;
  /** -100..100. */
  readonly score: number;
  /** It showed a pattern of the same direction within its last 3 bars. */
  readonly hasPattern: boolean;
}

export type Priority = 'high' | 'medium' | 'low';

/** Confidence of a pattern with the factors it is the product of. */
export interface PatternConfidence {
  /** 0..1. */
  readonly base: number;
  /** 0..1. */
  readonly mtfBoost: number;
  /** 0.8..1.25. */
  readonly alignmentFactor: number;
  /** 0.8..1.2. */
  readonly volumeFactor: number;
  /** 0..1. */
  readonly final: number;
  /** null = too weak to be told. */
  readonly priority: Priority | null;
}

/**
 * Base confidence: candlesticks 0.45, 0.50 or 0.55 with one, two or more candles, chart patterns 0.60, divergence 0.50;
 * 0.05 more at a level of the matching side, at most 0.70.
 */
export function baseConfidence(kind: PatternKind, candleCount: number, isAtLevel: boolean): number {
  const candleBase = CANDLE_BASES[clamp(candleCount, 1, CANDLE_BASES.length) - 1];
  const base = kind === 'candle' ? candleBase : kind === 'chart' ? CHART_BASE : DIVERGENCE_BASE;
  return Math.min(BASE_MAX, base + (isAtLevel ? LEVEL_BONUS : 0));
}

/**
 * Half the share of the warm higher timeframes' weight that takes the pattern's side, and 0.1 for each of those that shows
 * a pattern of the same direction; 0..1. 0 without a warm higher timeframe.
 */
export function mtfBoostOf(direction: 1 | -1, higher: readonly HigherTimeframe[]): number {
  let weight = 0;
  let agreeing = 0;
  let patterns = 0;
  for (const one of higher) {
    weight += one.weight;
    if (direction * one.score < SIDE_SCORE_MIN) continue;
    agreeing += one.weight;
    if (one.hasPattern) patterns++;
  }
  const share = weight === 0 ? 0 : agreeing / weight;
  return clamp(0.5 * share + 0.1 * patterns, 0, 1);
}

/** Confluence of the higher timeframes alone, -100..100; 0 without a warm one. */
export function higherConfluenceOf(higher: readonly HigherTimeframe[]): number {
  let weight = 0;
  let sum = 0;
  for (const one of higher) {
    weight += one.weight;
    sum += one.weight * one.score;
  }
  return weight === 0 ? 0 : sum / weight;
}

/** How well the higher timeframes' confluence agrees with a direction: clamp(1 + 0.25 d C / 100, 0.8, 1.25). */
export function alignmentFactorOf(direction: 1 | -1, confluence: number): number {
  return clamp(1 + (0.25 * direction * confluence) / 100, 0.8, 1.25);
}

/** What the bar's volume is worth: clamp(1 + 0.10 zVolume, 0.8, 1.2); 1 when it is not known (NaN). */
export function volumeFactorOf(zVolume: number): number {
  return Number.isNaN(zVolume) ? 1 : clamp(1 + 0.1 * zVolume, 0.8, 1.2);
}

/** The whole confidence of a pattern (signals.md 7). Pure. */
export function patternConfidence(
  base: number,
  direction: 1 | -1,
  higher: readonly HigherTimeframe[],
  zVolume: number,
): PatternConfidence {
  const mtfBoost = mtfBoostOf(direction, higher);
  const alignmentFactor = alignmentFactorOf(direction, higherConfluenceOf(higher));
  const volumeFactor = volumeFactorOf(zVolume);
  const final = clamp(base * (1 + mtfBoost) * alignmentFactor * volumeFactor, 0, 1);
  return { base, mtfBoost, alignmentFactor, volumeFactor, final, priority: priorityOf(final) };
}

/** high from 0.8, medium from 0.7, low from 0.6; below, a pattern is not told. */
export function priorityOf(final: number): Priority | null {
  if (final >= 0.8) return 'high';
  if (final >= 0.7) return 'medium';
  return final >= 0.6 ? 'low' : null;
}
