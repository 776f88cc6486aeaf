// hot path: no allocation after start

/**
 * How a simulated order that rests is filled. All but `fifo` work on price levels (L2), where only the sum of a level is
 * known. Definitions: Rigtorp, "Estimating order queue position" (2013); hftbacktest's documentation, "Order Fill" and
 * "Queue Models" (hftbacktest.readthedocs.io).
 *   through     fills only by trades at prices worse than its own: the lower end of what is plausible.
 *   riskAverse  the queue ahead shrinks by trades at its price only; whoever cancels stood behind it.
 *   log, power  a cancelled lot stood ahead with the probability f(ahead) / (f(ahead) + f(behind)), with f(x) = ln(1 + x)
 *               or x^n.
 *   at          any trade at its price fills it: it stands first in the queue, the upper end of what is plausible.
 *   fifo        every order of the market is seen (L3): the queue is counted, not estimated.
 */
export const QUEUE_MODEL = { through: 1, riskAverse: 2, log: 3, power: 4, at: 5, fifo: 6 } as const;

/** The parameters of a queue model. */
export interface QueueModel {
  /** QUEUE_MODEL. */
  readonly kind: number;
  /** n of the power model; not used by the others. */
  readonly exponent: number;
}

/**
 * Probability that a lot cancelled at a level stood behind the order: f(behind) / (f(ahead) + f(behind)). Nobody ahead:
 * 1; nobody behind: 0; neither: 1. 1 for the models that ask for no probability.
 */
export function shareBehind(model: QueueModel, aheadLots: number, behindLots: number): number {
  if (aheadLots <= 0) return 1;
  if (behindLots <= 0) return model.kind === QUEUE_MODEL.log || model.kind === QUEUE_MODEL.power ? 0 : 1;
  switch (model.kind) {
    case QUEUE_MODEL.log: {
      const behind = Math.log1p(behindLots);
      return behind / (behind + Math.log1p(aheadLots));
    }
    case QUEUE_MODEL.power:
      // (b^n) / (b^n + a^n) with one power only, which cannot overflow into NaN.
      return 1 / (1 + Math.pow(aheadLots / behindLots, model.exponent));
    default:
      return 1;
  }
}

/**
 * The lots ahead of an order after its level has gone from `levelLots` to `newLots`. Trades since the last look, which
 * have moved the queue already, are taken off the fall first, so that no lot counts twice. What the model puts behind
 * and cannot have been there (fewer lots stood behind) came from ahead. Never more than the level holds now, nor below 0.
 */
export function aheadAfterChange(
  model: QueueModel,
  aheadLots: number,
  levelLots: number,
  newLots: number,
  tradedLots: number,
): number {
  let ahead = aheadLots;
  const canceled = levelLots - newLots - tradedLots;
  if (canceled > 0 && model.kind !== QUEUE_MODEL.riskAverse) {
    const behind = Math.max(0, levelLots - tradedLots - ahead);
    const share = shareBehind(model, ahead, behind);
    const fromBehind = Math.min(canceled * share, behind);
    ahead -= canceled - fromBehind;
  }
  return Math.max(0, Math.min(ahead, newLots));
}
