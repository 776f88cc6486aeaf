import { instrumentKey } from '../../core/instrument.ts';
import type { Instrument } from '../../core/instrument.ts';
import { formatDecimal } from '../../core/decimal.ts';
import type { RecoveredState } from '../../journal/recovery.ts';
import { CliError } from '../cli/cli-error.ts';
import { EXIT } from '../cli/exit-codes.ts';
import type { EngineConfig } from '../config/config-types.ts';
import type { EngineLog } from './engine-log.ts';

/** Account ids by the label of the account. */
export type AccountIds = Readonly<Record<string, string>>;

/** What the journal knows of one instrument that this run does not trade. */
interface Untraded {
  readonly venue: string;
  readonly symbol: string;
  position: string | null;
  openOrders: number;
}

/**
 * Looks for positions and open orders in instruments that are no longer configured. The engine could neither cancel such
 * an order nor count such a position, so live mode refuses to start until the symbol is back or the operator says that
 * they look after it; the journal keeps all of it either way. Simulated accounts only get a warning.
 * @throws CliError STATE_UNTRADED (exit 78) in live mode, naming every instrument and the fix
 */
export function checkUntraded(
  recovered: RecoveredState,
  instruments: readonly Instrument[],
  accountIds: AccountIds,
  config: EngineConfig,
  log: EngineLog,
): void {
  const left = config.state.leaveAlone;
  const refused: string[] = [];
  for (const untraded of untradedOf(recovered, instruments, accountIds)) {
    const sentence = textOf(untraded);
    if (config.mode === 'live' && !left.includes(untraded.symbol)) refused.push(untraded.symbol);
    if (config.mode !== 'live' || left.includes(untraded.symbol))
      log.warn(`${sentence}; it is kept in the journal and left alone`);
  }
  if (refused.length === 0) return;
  const held = untradedOf(recovered, instruments, accountIds)
    .filter(({ symbol }) => refused.includes(symbol))
    .map(textOf);
  const names = JSON.stringify(refused);
  throw new CliError(
    'STATE_UNTRADED',
    `${held.join('; ')}. Add it to symbols, or set state.leaveAlone = ${names} to say that you look after it yourself`,
    EXIT.config,
  );
}

function untradedOf(
  recovered: RecoveredState,
  instruments: readonly Instrument[],
  accountIds: AccountIds,
): Untraded[] {
  const traded = new Set(
    instruments.map(({ venue, symbol, account }) => instrumentKey(venue, symbol, accountIds[account])),
  );
  const found = new Map<string, Untraded>();
  const of = (venue: string, symbol: string, accountId: string): Untraded => {
    const key = instrumentKey(venue, symbol, accountId);
    const known = found.get(key) ?? { venue, symbol, position: null, openOrders: 0 };
    found.set(key, known);
    return known;
  };
  for (const { venue, symbol, accountId, netLots, units } of recovered.positions) {
    if (netLots === 0 || traded.has(instrumentKey(venue, symbol, accountId))) continue;
    of(venue, symbol, accountId).position = formatDecimal(netLots * units.lotUnits, units.qtyDecimals);
  }
  for (const { venue, symbol, accountId } of recovered.openOrders) {
    if (!traded.has(instrumentKey(venue, symbol, accountId))) of(venue, symbol, accountId).openOrders += 1;
  }
  return [...found.values()];
}

function textOf({ venue, symbol, position, openOrders }: Untraded): string {
  const parts = [
    ...(position === null ? [] : [`a position of ${position}`]),
    ...(openOrders === 0
      ? []
      : [`${openOrders} ${openOrders === 1 ? 'order' : 'orders'} that may be open at the venue`]),
  ];
  return `the journal knows ${parts.join(' and ')} in ${symbol} on ${venue}, which this run does not trade`;
}
