import type { VolumeProfile } from './volume-profile.ts';

/**
 * What the profile says of the price, 0..100 (50 = nothing): 50 + 50 g with
 * g = 0.5 tanh((close - POC) / (2 ATR)) + 0.3 above the value area - 0.3 below it + 0.2 sgn(POC - POC of the previous
 * session). A previous session that is not known adds nothing.
 */
export function profileScoreOf(
  profile: Pick<VolumeProfile, 'poc' | 'vah' | 'val'>,
  previousPoc: number | null,
  close: number,
  atr: number,
): number {
  const { poc, vah, val } = profile;
  const lean = atr > 0 ? 0.5 * Math.tanh((close - poc) / (2 * atr)) : 0;
  const outside = 0.3 * ((close > vah ? 1 : 0) - (close < val ? 1 : 0));
  const moved = previousPoc === null ? 0 : 0.2 * Math.sign(poc - previousPoc);
  return 50 + 50 * (lean + outside + moved);
}
