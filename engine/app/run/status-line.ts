import { KILL_REASON_TEXT } from './kill-reasons.ts';
import type { KillReason } from './kill-reasons.ts';
import { cursorTo, clearScreenDown, moveCursor } from 'node:readline';
import { styleText } from 'node:util';
import type { EngineStats, InstrumentStats, PositionStats, TopOfBookStats } from '../../api/engine-stats.ts';
import { causesSum, causesText } from '../latency/latency-text.ts';
import { formatNs } from '../cli/text-table.ts';
import { padColumnsEnd } from '../cli/text-width.ts';

/** Lines between two plain status lines when stdout is no terminal. */
const PLAIN_EVERY_MS = 5_000;
const RINGS_SHOWN = 4;
const STRATEGIES_SHOWN = 8;
const MODE_STYLE = { paper: 'gray', shadow: 'blue', live: 'red' } as const;

/** hh:mm:ss. */
export function formatUptime(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  const pad = (value: number): string => String(value).padStart(2, '0');
  return `${pad(Math.floor(seconds / 3600))}:${pad(Math.floor(seconds / 60) % 60)}:${pad(seconds % 60)}`;
}

/** Money text cut to cents for the screen; the summary has every digit. */
export function shortMoney(text: string): string {
  return Number(text).toFixed(2);
}

function restarts(stats: EngineStats): number {
  return stats.actors.reduce((sum, actor) => sum + actor.restarts, 0);
}

/** Orders above the latency budget, by cause. */
function lateText({ overBudget }: EngineStats): string {
  if (overBudget.budgetNs === 0) return 'late orders not looked for';
  const late = causesSum(overBudget.orders);
  const causes = late === 0 ? '' : ` (${causesText(overBudget.orders)})`;
  return `late above ${formatNs(overBudget.budgetNs)}: ${late}${causes}`;
}

function fullestRing(stats: EngineStats): string {
  const fullest = stats.rings.toSorted((a, b) => b.depth - a.depth)[0];
  return fullest === undefined || fullest.depth === 0
    ? 'rings empty'
    : `deepest ${fullest.name} ${fullest.depth}`;
}

/** One line that says it all: for logs, pipes and CI. */
export function plainStatus(stats: EngineStats, ticksPerSecond: number): string {
  const { tickToOrderNs: latency, orders } = stats;
  const tops = stats.books.map(
    (book) => `${book.symbol} ${book.isValid ? `${book.bid}/${book.ask}` : 'hidden'}`,
  );
  return [
    `${stats.mode} ${formatUptime(stats.durationMs)}`,
    `${ticksPerSecond} ticks/s`,
    tops.join(' '),
    `position ${heldText(stats.position)}`,
    `pnl ${shortMoney(stats.pnl.realised)} open ${shortMoney(stats.pnl.unrealised)} fees ${shortMoney(stats.pnl.fees)}`,
    `orders ${orders.submitted} sent, ${orders.filled} filled, ${orders.open} open, ${orders.denied} denied`,
    `tick-to-order p50 ${formatNs(latency.p50)} p99 ${formatNs(latency.p99)} max ${formatNs(latency.max)}`,
    lateText(stats),
    fullestRing(stats),
    `restarts ${restarts(stats)}`,
    ...(isJournalLost(stats) ? ['JOURNAL LOST'] : []),
    ...(stats.isKilled ? [killedText(stats)] : stats.isReducing ? [reducingText(stats)] : []),
  ].join(' | ');
}

function bookLine(
  book: TopOfBookStats,
  position: PositionStats | undefined,
  instrument: InstrumentStats | undefined,
): string {
  const status = instrument?.status ?? 'trading';
  const [bid, ask] = book.isValid ? [book.bid, book.ask] : ['(hidden)', ''];
  return [
    padColumnsEnd(book.symbol, 12),
    bid.padStart(12),
    ask.padStart(17),
    (position?.qty ?? '0').padStart(17),
    (position?.averagePrice ?? '0').padStart(17),
    shortMoney(position?.unrealised ?? '0').padStart(11),
    status === 'trading' ? '' : `   ${status.toUpperCase()}`,
  ].join('');
}

/** Names and values side by side, as many as there are. */
function figures(pairs: Readonly<Record<string, string | number>>): string {
  return Object.entries(pairs)
    .map(([name, value]) => `${name} ${value}`)
    .join('   ');
}

/** Whether records become durable; in a few words. */
function isJournalLost({ journal }: EngineStats): boolean {
  return journal.state === 'lost' || !journal.takesIntents;
}

/** That the kill switch is thrown, and by what. */
function killedText({ killReason }: EngineStats): string {
  return killReason === null ? 'KILLED' : `KILLED by ${KILL_REASON_TEXT[killReason as KillReason]}`;
}

/** That positions may only shrink, and what decided it. */
function reducingText({ reduceReason }: EngineStats): string {
  return `REDUCING by ${KILL_REASON_TEXT[reduceReason as KillReason]}`;
}

/** Whether new orders pass, and what keeps them from it. */
function tradingState(stats: EngineStats): string {
  const lost = isJournalLost(stats) ? 'JOURNAL LOST: nothing becomes durable, see the log' : null;
  if (stats.isKilled) return lost === null ? killedText(stats) : `${killedText(stats)}, ${lost}`;
  if (lost !== null) return lost;
  if (stats.isReducing) return reducingText(stats);
  if (stats.isPaused) return 'paused: positions may only shrink';
  if (stats.overBudget.isHalted) return 'too slow: positions may only shrink';
  return stats.mayTrade ? 'trading' : 'not trading';
}

/** The compact live panel of a terminal. */
export function panelLines(stats: EngineStats, ticksPerSecond: number, isColoured: boolean): string[] {
  const { orders, pnl, tickToOrderNs: latency } = stats;
  const mode = stats.mode.toUpperCase();
  const style = MODE_STYLE[stats.mode as keyof typeof MODE_STYLE] ?? 'gray';
  const shownMode = isColoured ? styleText(['bold', style], mode) : mode;
  const where = `${stats.venue} · ${stats.strategy} · ${stats.topology}/${stats.idle}/${stats.io.mode}`;
  return [
    `${shownMode} ${where} · up ${formatUptime(stats.durationMs)} · ${tradingState(stats)}`,
    figures({
      ticks: `${String(ticksPerSecond).padStart(6)}/s`,
      'book updates': stats.bookUpdates,
      trades: stats.trades,
      signals: stats.signals,
      restarts: restarts(stats),
      rss: `${stats.rssMb} MB`,
    }),
    'instrument           bid              ask         position    average price   open pnl',
    ...stats.books.map((book, place) =>
      bookLine(book, stats.position[book.symbol], stats.instruments[place]),
    ),
    ...strategyLines(stats),
    figures({
      'pnl realised': shortMoney(pnl.realised),
      unrealised: shortMoney(pnl.unrealised),
      fees: shortMoney(pnl.fees),
    }),
    figures({
      'orders sent': orders.submitted,
      filled: orders.filled,
      canceled: orders.canceled,
      expired: orders.expired,
      rejected: orders.rejected,
      denied: orders.denied,
      unknown: orders.unknown,
      open: orders.open,
    }),
    figures({
      'tick-to-order p50': formatNs(latency.p50),
      p99: formatNs(latency.p99),
      max: formatNs(latency.max),
      orders: latency.count,
    }),
    lateText(stats),
    ringLine(stats),
  ];
}

/** What each strategy holds and has made; of one alone the account's figures say it. */
function strategyLines({ strategies }: EngineStats): string[] {
  if (strategies.length < 2) return [];
  return strategies.slice(0, STRATEGIES_SHOWN).map(({ name, position, pnl }) =>
    figures({
      [padColumnsEnd(name, 20)]: padColumnsEnd(heldText(position), 24),
      realised: shortMoney(pnl.realised),
      open: shortMoney(pnl.unrealised),
      fees: shortMoney(pnl.fees),
    }),
  );
}

/** What is held, or that nothing is. */
export function heldText(position: EngineStats['position']): string {
  const held = Object.entries(position).filter(([, { netLots }]) => netLots !== 0);
  return held.length === 0 ? 'flat' : held.map(([symbol, { qty }]) => `${symbol} ${qty}`).join(' ');
}

/** The rings that hold something now, fullest first. */
function ringLine(stats: EngineStats): string {
  const filled = stats.rings.filter(({ depth }) => depth > 0).toSorted((a, b) => b.depth - a.depth);
  if (filled.length === 0) return 'ring depths: all empty';
  const shown = filled.slice(0, RINGS_SHOWN).map(({ name, depth }) => `${name} ${depth}`);
  return `ring depths: ${shown.join('   ')}${filled.length > RINGS_SHOWN ? '   …' : ''}`;
}

/** Shows the engine's state on stdout: a panel redrawn in place on a terminal, plain lines elsewhere. Main thread. */
export class StatusDisplay {
  private readonly isTerminal: boolean;
  private readonly isColoured: boolean;
  private drawnLines = 0;
  private lastPlainMs = -Infinity;
  private lastTicks = 0;
  private lastMs = 0;
  private ticksPerSecond = 0;

  constructor() {
    this.isTerminal = process.stdout.isTTY;
    this.isColoured = this.isTerminal && process.env['NO_COLOR'] === undefined;
  }

  show(stats: EngineStats): void {
    this.measureRate(stats);
    if (this.isTerminal) this.draw(stats);
    else if (stats.durationMs - this.lastPlainMs >= PLAIN_EVERY_MS) {
      this.lastPlainMs = stats.durationMs;
      process.stdout.write(`${plainStatus(stats, this.ticksPerSecond)}\n`);
    }
  }

  private measureRate(stats: EngineStats): void {
    const elapsedMs = stats.durationMs - this.lastMs;
    if (elapsedMs < 200) return;
    this.ticksPerSecond = Math.round(((stats.ticks - this.lastTicks) * 1000) / elapsedMs);
    this.lastTicks = stats.ticks;
    this.lastMs = stats.durationMs;
  }

  private draw(stats: EngineStats): void {
    const width = process.stdout.columns;
    const lines = panelLines(stats, this.ticksPerSecond, this.isColoured);
    if (this.drawnLines > 0) {
      moveCursor(process.stdout, 0, -this.drawnLines);
      cursorTo(process.stdout, 0);
      clearScreenDown(process.stdout);
    }
    const slack = this.isColoured ? 16 : 0;
    for (const [index, line] of lines.entries()) {
      process.stdout.write(`${line.slice(0, Math.max(20, width - 1) + (index === 0 ? slack : 0))}\n`);
    }
    this.drawnLines = lines.length;
  }
}
