import { confluenceOf } from '../../analysis/confluence/confluence.ts';
import { FEATURE_NAMES, FEATURES_SCHEMA, featureVectorOf } from '../../analysis/models/feature-vector.ts';
import type { Signal } from '../../analysis/signals/signal.ts';
import { ANCHOR, type SymbolAnalysis } from '../../analysis/symbol/symbol-analysis.ts';

/** The features of the moments at which signals came, from candles alone: no live book, no order flow. One thread. */
export class FeatureLog {
  /** The vector's name and the names of its places. */
  readonly names: { readonly featureSchema: string; readonly featureNames: readonly string[] };
  private readonly analysis: SymbolAnalysis;
  private readonly vectors: Map<Signal, readonly (number | null)[]>;

  constructor(analysis: SymbolAnalysis) {
    this.names = { featureSchema: FEATURES_SCHEMA, featureNames: FEATURE_NAMES };
    this.analysis = analysis;
    this.vectors = new Map();
  }

  /** Takes the vector of the moment a signal came. */
  note(signal: Signal): void {
    const { analysis } = this;
    const anchor = analysis.of(ANCHOR);
    const scores = analysis.timeframes
      .filter(({ metrics }) => metrics.isWarm)
      .map(({ timeframe, metrics }) => ({ timeframe, score: metrics.score }));
    const { confluence, agreement } = confluenceOf(scores, null, null);
    const { values } = featureVectorOf({
      metricsOf: (timeframe) => analysis.of(timeframe)?.metrics ?? null,
      liquidity: null,
      confluence,
      agreement,
      orderFlow: null,
      area: analysis.profiles.read(anchor)?.area ?? null,
      price: signal.entry,
      atr: anchor?.metrics.atr.value ?? NaN,
      timeMs: signal.timeMs,
    });
    this.vectors.set(
      signal,
      Array.from(values, (value) => (Number.isNaN(value) ? null : value)),
    );
  }

  /** The vector of a signal; null = absent. */
  of(signal: Signal): { readonly features: readonly (number | null)[] | null } {
    return { features: this.vectors.get(signal) ?? null };
  }
}
