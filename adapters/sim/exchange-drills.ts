/** Faults that concern connections and markets of a running exchange. */
import type { DrillCommand } from './drills.ts';
import type { ExchangeParts } from './exchange-parts.ts';
import { requireMarket } from './filters.ts';
import type { PerpExchange } from './perp/perp-exchange.ts';

const GARBAGE: readonly string[] = [
  '',
  'null',
  '{"e":"depthUpdate","E":',
  '[1,2',
  '{"stream":1,"data":{}}',
  '\u0000\u0001',
];

/** Carries a fault out. @throws Error when there is no such drill; ApiError when there is no such symbol */
export function carryOutDrill(command: DrillCommand, { state, hub, wsApi, perps }: ExchangeParts): void {
  if (state.drills.apply(command)) return;
  const nowMs = Date.now();
  const weights = perps === null ? [state.weight] : [state.weight, perps.state.weight];
  switch (command.kind) {
    case 'drop-streams':
      hub.terminateAll();
      perps?.hub.terminateAll();
      return;
    case 'drop-ws-api':
      wsApi.terminateAll();
      perps?.wsApi.terminateAll();
      return;
    case 'drop-private':
      perps?.state.users.terminateAll();
      return;
    case 'set-index':
      requirePerps(perps).state.desk.markOf(command.symbol).heldIndexTicks = command.priceTicks;
      return;
    case 'fund':
      requirePerps(perps).state.desk.markOf(command.symbol).nextFundingMs = nowMs;
      return;
    case 'inject-garbage':
      for (let index = 0; index < (command.count ?? GARBAGE.length); index++) {
        hub.broadcast(command.text ?? GARBAGE[index % GARBAGE.length]);
      }
      return;
    case 'skip-depth':
      hub.skipDepth();
      perps?.hub.skipDepth();
      return;
    case 'rate-limit':
      for (const weight of weights) weight.refuseUntilMs = nowMs + command.ms;
      return;
    case 'ban':
      for (const weight of weights) weight.bannedUntilMs = nowMs + command.ms;
      return;
    case 'set-status':
      requireMarket(state.markets, command.symbol).status = command.status;
      perps?.setStatus(command.symbol, command.status);
      return;
    case 'shutdown-notice':
      hub.announceShutdown(nowMs);
      wsApi.announceShutdown(nowMs);
      return;
    default:
      throw new Error(`unknown drill ${command.kind}`);
  }
}

function requirePerps(perps: PerpExchange | null): PerpExchange {
  if (perps === null) throw new Error('this exchange has no perpetuals');
  return perps;
}
