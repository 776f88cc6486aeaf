import { cashUnitValue } from '../../core/instrument.ts';
import type { Instrument } from '../../core/instrument.ts';
import { feeCashOf } from '../paper-gateway.ts';

/** Fees from a traded volume on. Basis points of the traded value; negative = rebate. */
export interface FeeTier {
  /** In the quote asset, over the last 30 days. */
  readonly fromVolume: number;
  readonly makerBps: number;
  readonly takerBps: number;
}

const DAY_MS = 86_400_000;
const DAYS = 30;

/**
 * Maker and taker fees by the volume of the last 30 days, as venues charge them: the volume counts from the beginning of
 * the simulation, by whole days (UTC), and a trade is charged at the tier that stood before it. One thread.
 */
export class FeeSchedule {
  private readonly tiers: readonly FeeTier[];
  /** Traded value by day, a ring of DAYS. */
  private readonly volumes: Float64Array = new Float64Array(DAYS);
  private readonly totals: Float64Array = new Float64Array(1);
  private day: number;
  private tier: number;

  /** @param tiers any order; one must begin at volume 0 */
  constructor(tiers: readonly FeeTier[]) {
    this.tiers = [...tiers].sort((a, b) => a.fromVolume - b.fromVolume);
    if (this.tiers[0]?.fromVolume !== 0) throw new RangeError('fee tiers: one must begin at volume 0');
    this.day = -1;
    this.tier = 0;
  }

  /** Traded value of the last 30 days. */
  get volume(): number {
    return this.totals[0];
  }

  /** The fee of a trade in cash units, rounded up; counts its volume. */
  charge(instrument: Instrument, notionalCash: number, isMaker: boolean, nowMs: number): number {
    this.moveTo(Math.floor(nowMs / DAY_MS));
    const { makerBps, takerBps } = this.tiers[this.tier];
    const feeCash = feeCashOf(notionalCash, isMaker ? makerBps : takerBps);
    const value = notionalCash * cashUnitValue(instrument);
    this.volumes[this.day % DAYS] += value;
    this.totals[0] += value;
    this.chooseTier();
    return feeCash;
  }

  private moveTo(day: number): void {
    if (day <= this.day) return;
    const steps = this.day < 0 ? 0 : Math.min(DAYS, day - this.day);
    for (let step = 1; step <= steps; step++) this.volumes[(this.day + step) % DAYS] = 0;
    this.day = day;
    if (steps === 0) return;
    let total = 0;
    for (let place = 0; place < DAYS; place++) total += this.volumes[place];
    this.totals[0] = total;
    this.chooseTier();
  }

  private chooseTier(): void {
    let tier = 0;
    while (tier + 1 < this.tiers.length && this.tiers[tier + 1].fromVolume <= this.totals[0]) tier++;
    this.tier = tier;
  }
}
