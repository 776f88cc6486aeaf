import type { LatencySpec } from '../../execution/fills/latency-source.ts';
import type { EngineConfig } from '../config/config-types.ts';
import { latencyProfile, simulatesQueues } from '../fills/fill-settings.ts';

const MODEL_WORDS: Readonly<Record<string, string>> = {
  immediate:
    'immediate: taking orders walk the displayed book, resting ones fill when the other side comes to them',
  through: 'through: a resting order fills only by trades beyond its price',
  'risk-averse':
    'risk-averse: all lots that stood before an order must trade first; who cancels stood behind it',
  power: 'power: cancelled lots stood ahead with the probability ahead^n / (ahead^n + behind^n)',
  log: 'log: cancelled lots stood ahead with the probability ln(1 + ahead) / (ln(1 + ahead) + ln(1 + behind))',
  at: 'at: any trade at its price fills a resting order',
};

/** What every run assumes, in sentences. Throws CliError for a latency file that cannot be used. */
export function runAssumptions(config: EngineConfig, stepNs: number, periodsPerYear: number): string[] {
  const { fills, paper } = config;
  const lines = [
    `fills ${MODEL_WORDS[fills.model]}${fills.model === 'power' ? `, n = ${fills.queueExponent}` : ''}`,
  ];
  if (simulatesQueues(config)) {
    const { feed, entry, response } = latencyProfile(config);
    lines.push(
      `latencies: feed ${latencyText(feed)}, order entry ${latencyText(entry)}, response ${latencyText(response)}`,
      `own orders move nobody; what they took from the displayed book is held back for ${fills.impactMs} ms`,
    );
  } else {
    lines.push(`latencies: none but ${paper.latencyMs} ms from an order to its effect`);
  }
  const tiers = fills.feeTiers.map(
    ({ fromVolume, makerFeeBps, takerFeeBps }) => `from ${fromVolume} ${makerFeeBps}/${takerFeeBps}`,
  );
  const byVolume = tiers.length === 0 ? '' : `, by 30-day volume ${tiers.join(', ')}`;
  const periods = `the root of ${Math.round(periodsPerYear)} periods in a year of 365 days`;
  lines.push(
    `fees: maker ${paper.makerFeeBps} bps, taker ${paper.takerFeeBps} bps${byVolume}`,
    `ratios: returns every ${stepNs / 1e9} s on the account's value, times ${periods}; no risk-free rate`,
  );
  return lines;
}

function latencyText(spec: LatencySpec): string {
  switch (spec.kind) {
    case 'constant':
      return `${spec.ms} ms`;
    case 'samples':
      return `${spec.ms.length} recorded samples`;
    case 'lognormal':
      return `${spec.shiftMs} ms + lognormal(${spec.mu.toFixed(2)}, ${spec.sigma.toFixed(2)}) ms`;
  }
}
