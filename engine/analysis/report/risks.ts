import type { ReportHeadline } from './deep-report.ts';
import type { ReportInputs } from './report-inputs.ts';

/** Bandwidth percentile up to which a market is squeezed. */
const SQUEEZE_PCT = 20;
const THIN_VOLUME = -1;
const OVERBOUGHT = 70;

/** What speaks against trading the report, a sentence each, the gravest first. Pure. */
export function risksOf({ side, isHeld, warmShare }: ReportHeadline, inputs: ReportInputs): string[] {
  const { context, output, quality } = inputs;
  const risks: string[] = [];
  if (output.hold) risks.push(`the trading rules hold: ${output.reasons.join(', ')}`);
  if (isHeld) risks.push('this report turned against the bias before; one more turns it');
  const timeframes = Object.entries(context.tf);
  const against = timeframes
    .filter(([, { S }]) => S !== null && side !== 0 && S * side <= -20)
    .map(([name]) => name);
  if (against.length > 0) risks.push(`against it: ${against.join(', ')}`);
  const squeezed = timeframes.filter(([, { bw }]) => bw !== null && bw <= SQUEEZE_PCT).map(([name]) => name);
  if (squeezed.length > 0)
    risks.push(`volatility is compressed in ${squeezed.join(', ')}: a release can go either way`);
  const stretched = timeframes
    .filter(
      ([, { rsi }]) => rsi !== null && (side > 0 ? rsi >= OVERBOUGHT : side < 0 && rsi <= 100 - OVERBOUGHT),
    )
    .map(([name]) => name);
  if (stretched.length > 0) risks.push(`RSI is stretched in ${stretched.join(', ')}`);
  const thin = timeframes.filter(([, { zV }]) => zV !== null && zV < THIN_VOLUME).map(([name]) => name);
  if (thin.length > 0) risks.push(`thin volume in ${thin.join(', ')}`);
  if (warmShare < 1) {
    const cold = timeframes.filter(([, { warm }]) => !warm).map(([name]) => name);
    risks.push(`${Math.round(100 * warmShare)} % of the timeframes' weight has a view${listOf(cold)}`);
  }
  if (context.of === null) risks.push('no live order flow: its share went to the other parts');
  const torn = quality.filter(({ gaps, incomplete }) => gaps + incomplete > 0).map(({ tf }) => tf);
  if (torn.length > 0) risks.push(`gaps or incomplete bars in ${torn.join(', ')}`);
  return risks;
}

function listOf(names: readonly string[]): string {
  return names.length === 0 ? '' : `; none in ${names.join(', ')}`;
}
