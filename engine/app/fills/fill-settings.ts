import { SELF_TRADE } from '../../execution/fills/book-taker.ts';
import { readLatencyFile } from '../../execution/fills/latency-file.ts';
import type { LatencyProfile } from '../../execution/fills/latency-source.ts';
import { QUEUE_MODEL } from '../../execution/fills/queue-model.ts';
import type { FillOptions } from '../../execution/fills/simulated-gateway.ts';
import { CliError } from '../cli/cli-error.ts';
import { EXIT } from '../cli/exit-codes.ts';
import type { EngineConfig } from '../config/config-types.ts';

/** The models by the words of `fills.model`, from the fewest fills to the most. */
export const QUEUE_MODELS: Readonly<Record<string, number>> = {
  through: QUEUE_MODEL.through,
  'risk-averse': QUEUE_MODEL.riskAverse,
  power: QUEUE_MODEL.power,
  log: QUEUE_MODEL.log,
  at: QUEUE_MODEL.at,
};

const SELF_TRADES: Readonly<Record<string, number>> = {
  ignore: SELF_TRADE.ignore,
  'expire-taker': SELF_TRADE.expireTaker,
  'expire-maker': SELF_TRADE.expireMaker,
  'expire-both': SELF_TRADE.expireBoth,
};

/** Whether fills are simulated with a queue and latencies. */
export function simulatesQueues({ mode, fills }: EngineConfig): boolean {
  return mode !== 'live' && fills.model !== 'immediate' && fills.model !== 'auto';
}

/** The simulated venue that a configuration asks for. Throws CliError for a latency file that cannot be used. */
export function fillOptions(config: EngineConfig): FillOptions {
  const { fills, paper } = config;
  const base = { fromVolume: 0, makerBps: paper.makerFeeBps, takerBps: paper.takerFeeBps };
  const tiers = fills.feeTiers.map(({ fromVolume, makerFeeBps, takerFeeBps }) => ({
    fromVolume,
    makerBps: makerFeeBps,
    takerBps: takerFeeBps,
  }));
  return {
    model: { kind: QUEUE_MODELS[fills.model], exponent: fills.queueExponent },
    latency: latencyProfile(config),
    feeTiers: [base, ...tiers],
    impactNs: fills.impactMs * 1e6,
    staleNs: fills.staleMs * 1e6,
    selfTrade: SELF_TRADES[fills.selfTrade],
  };
}

/** The three latencies of a configuration. Throws CliError for a file that cannot be used. */
export function latencyProfile({ fills }: EngineConfig): LatencyProfile {
  const constants: LatencyProfile = {
    feed: { kind: 'constant', ms: fills.feedMs },
    entry: { kind: 'constant', ms: fills.entryMs },
    response: { kind: 'constant', ms: fills.responseMs },
  };
  if (fills.latencyFile === null) return constants;
  try {
    return readLatencyFile(fills.latencyFile, constants);
  } catch (error) {
    throw new CliError('LATENCY_FILE', `fills.latencyFile: ${(error as Error).message}`, EXIT.config);
  }
}
