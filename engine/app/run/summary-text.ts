import type { EngineStats } from '../../api/engine-stats.ts';
import { latencyTable, offendersText, overBudgetText } from '../latency/latency-text.ts';
import { formatUptime, heldText } from './status-line.ts';
import { formatNs, table } from '../cli/text-table.ts';

function positionSection(stats: EngineStats): string {
  const rows = Object.entries(stats.position).map(([symbol, position]) => [
    symbol,
    position.qty,
    position.averagePrice,
    position.realised,
    position.unrealised,
    position.fees,
    String(position.fills),
  ]);
  return table([['position', 'net', 'average', 'realised', 'unrealised', 'fees', 'fills'], ...rows]);
}

/** What each strategy holds and has made; of one alone the account's figures say it. */
function strategySection({ strategies }: EngineStats): string[] {
  if (strategies.length < 2) return [];
  const rows = strategies.map(({ name, position, pnl }) => [
    name,
    heldText(position),
    pnl.realised,
    pnl.unrealised,
    pnl.fees,
    String(Object.values(position).reduce((sum, { fills }) => sum + fills, 0)),
  ]);
  return [table([['strategy', 'holds', 'realised', 'unrealised', 'fees', 'fills'], ...rows])];
}

function ringSection(stats: EngineStats): string {
  const used = stats.rings.filter((ring) => ring.published > 0);
  return table([
    ['ring', 'policy', 'published', 'consumed', 'dropped', 'conflated', 'depth', 'high water'],
    ...used.map((ring) => [
      ring.name,
      ring.policy,
      String(ring.published),
      String(ring.consumed),
      String(ring.dropped),
      String(ring.conflated),
      String(ring.depth),
      `${ring.highWater} B`,
    ]),
  ]);
}

function actorSection(stats: EngineStats): string {
  return table([
    ['actor', 'thread', 'restarts', 'cycles', 'stalls', 'longest cycle'],
    ...stats.actors.map((actor) => [
      actor.name,
      actor.thread,
      String(actor.restarts),
      String(actor.cycles),
      String(actor.stalls),
      formatNs(actor.maxCycleNs),
    ]),
  ]);
}

function drillSection(stats: EngineStats): string {
  const ms = (value: number | null): string => (value === null ? 'never' : `${value} ms`);
  return table([
    ['drill', 'restarted', 'noticed', 'running', 'trading'],
    ...stats.drills.map((drill) => [
      drill.step,
      drill.restarted.length === 0 ? '-' : drill.restarted.join(','),
      drill.restarted.length === 0 ? '-' : ms(drill.detectedAfterMs),
      drill.restarted.length === 0 ? '-' : ms(drill.runningAfterMs),
      ms(drill.resumedAfterMs),
    ]),
  ]);
}

function headLines(stats: EngineStats): string {
  const { orders, pnl } = stats;
  const gc = stats.gc.map(({ thread, count, maxMs }) => `${thread} ${count} (max ${maxMs.toFixed(1)} ms)`);
  return [
    [
      `${stats.mode} on ${stats.venue}`,
      stats.strategy,
      `${stats.topology}/${stats.idle}/${stats.io.mode}`,
      `seed ${stats.seed}`,
      formatUptime(stats.durationMs),
    ].join(', '),
    `ticks ${stats.ticks}, book updates ${stats.bookUpdates}, trades ${stats.trades}, signals ${stats.signals}`,
    `orders: ${Object.entries(orders)
      .map(([name, count]) => `${name} ${count}`)
      .join(', ')}; fills ${stats.fills}`,
    `pnl: realised ${pnl.realised}, unrealised ${pnl.unrealised}, fees ${pnl.fees}`,
    `first order after ${stats.firstOrderMs === null ? '-' : `${stats.firstOrderMs} ms`}, rss ${stats.rssMb} MB, gc ${gc.join(', ')}`,
  ].join('\n');
}

/** The summary of a run for people. */
export function summaryText(stats: EngineStats): string {
  const parts = [
    headLines(stats),
    positionSection(stats),
    ...strategySection(stats),
    [latencyTable(stats), overBudgetText(stats), offendersText(stats)].filter(Boolean).join('\n'),
    ringSection(stats),
    actorSection(stats),
  ];
  if (stats.drills.length > 0) parts.push(drillSection(stats));
  if (stats.errors.length > 0) {
    parts.push(
      table([
        ['error', 'count', 'first'],
        ...stats.errors.map(({ code, count, first }) => [code, String(count), first]),
      ]),
    );
  }
  parts.push(
    stats.violations.length === 0
      ? 'invariants: all hold'
      : `INVARIANTS VIOLATED:\n${stats.violations.map((violation) => `  ${violation}`).join('\n')}`,
  );
  return parts.join('\n\n');
}
