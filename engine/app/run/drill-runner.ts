import type { ExchangeHandle } from '../../../adapters/sim/exchange-host.ts';
import { LongTimer } from '../../core/long-timer.ts';
import { COMMAND as COMMAND_KIND } from '../../messages/enums.ts';
import type { DrillStats } from '../../api/engine-stats.ts';
import type { Incident } from '../../runtime/supervisor.ts';
import { formatDrillStep } from './drill-spec.ts';
import type { DrillStep } from './drill-spec.ts';
import type { Engine } from './engine.ts';
import type { EngineLog } from './engine-log.ts';

const WATCH_MS = 5;

/** What an actor is told so that it fails. */
const FAULT_COMMANDS = {
  throw: COMMAND_KIND.throwNow,
  hang: COMMAND_KIND.hangNow,
  'throw-wish': COMMAND_KIND.throwOnWish,
  'hang-wish': COMMAND_KIND.hangOnWish,
} as const;

interface RunningDrill {
  readonly step: DrillStep;
  readonly injectedNs: number;
  incident: Incident | null;
  resumedNs: number;
  wereBooksHidden: boolean;
  booksBackNs: number;
  /** When the engine knew of a symbol's new status. */
  statusNs: number;
}

/** Injects the faults of a drill into a running engine and measures how it comes back. Main thread. */
export class DrillRunner {
  private readonly engine: Engine;
  private readonly log: EngineLog;
  private readonly steps: readonly DrillStep[];
  private readonly exchanges: readonly ExchangeHandle[];
  private readonly running: RunningDrill[] = [];
  private readonly stepTimers: LongTimer[] = [];
  private watchTimer: NodeJS.Timeout | null = null;
  private startedNs = 0;

  /** @param exchanges the embedded ones of the run, for what happens to a symbol */
  constructor(
    engine: Engine,
    log: EngineLog,
    steps: readonly DrillStep[],
    exchanges: readonly ExchangeHandle[],
  ) {
    this.exchanges = exchanges;
    this.engine = engine;
    this.log = log;
    this.steps = steps;
  }

  /** Counts the steps' times from now. */
  start(): void {
    this.startedNs = this.engine.clock.nowNs();
    for (const [index, step] of this.steps.entries())
      if (index === 0 || !step.isRelative) this.schedule(step);
    if (this.steps.length > 0) this.watchTimer = setInterval(() => this.watch(), WATCH_MS);
  }

  stop(): void {
    for (const timer of this.stepTimers) timer.stop();
    if (this.watchTimer !== null) clearInterval(this.watchTimer);
  }

  /** Injected steps after which no order was sent. */
  unresumed(): string[] {
    return this.running.filter(({ resumedNs }) => resumedNs === 0).map(({ step }) => formatDrillStep(step));
  }

  results(): DrillStats[] {
    return this.running.map(({ step, injectedNs, incident, resumedNs, statusNs }) => {
      const after = (ns: number): number | null =>
        ns > 0 ? Math.round((ns - injectedNs) / 1e4) / 100 : null;
      return {
        step: formatDrillStep(step),
        injectedMs: Math.round((injectedNs - this.startedNs) / 1e6),
        restarted: incident?.restarted ?? [],
        detectedAfterMs: after(incident?.detectedNs ?? statusNs),
        runningAfterMs: after(incident?.runningNs ?? 0),
        resumedAfterMs: after(resumedNs),
      };
    });
  }

  private schedule(step: DrillStep): void {
    this.stepTimers.push(new LongTimer(() => this.inject(step), step.atMs));
  }

  private inject(step: DrillStep): void {
    this.log.warn(`drill: ${formatDrillStep(step)}`);
    this.running.push({
      step,
      injectedNs: this.engine.clock.nowNs(),
      incident: null,
      resumedNs: 0,
      wereBooksHidden: false,
      booksBackNs: 0,
      statusNs: 0,
    });
    if (step.symbol !== null) {
      this.setStatus(step.symbol, step.action === 'halt' ? 'HALT' : 'TRADING');
    } else if (step.action === 'drop-feed') {
      for (const actor of this.engine.hotActors('market-data'))
        this.engine.tell(actor, COMMAND_KIND.dropFeed);
    } else if (step.action === 'kill') {
      void this.engine.supervisor.killThreadOf(this.engine.actorMeant(step.actor!));
    } else {
      this.engine.tell(
        this.engine.actorMeant(step.actor!),
        FAULT_COMMANDS[step.action as keyof typeof FAULT_COMMANDS],
      );
    }
  }

  private setStatus(symbol: string, status: 'HALT' | 'TRADING'): void {
    const told = this.exchanges.map((exchange) => exchange.drill({ kind: 'set-status', symbol, status }));
    if (told.length === 0) this.log.warn('drill: no embedded exchange runs here');
    for (const each of told)
      each.catch((error: unknown) => this.log.warn(`drill: ${symbol}: ${(error as Error).message}`));
  }

  /** A symbol's drill is over when the engine knows; another order need not follow. */
  private watchStatus(drill: RunningDrill): void {
    const { symbol, action } = drill.step;
    const status = action === 'halt' ? 'halted' : 'trading';
    const here = this.engine.plan.instruments.filter((each) => each.symbol === symbol);
    if (here.length === 0 || here.some((each) => each.status !== status)) return;
    drill.statusNs = this.engine.clock.nowNs();
    this.finish(drill, drill.statusNs);
  }

  private finish(drill: RunningDrill, atNs: number): void {
    drill.resumedNs = atNs;
    const next = this.steps[this.steps.indexOf(drill.step) + 1];
    if (next?.isRelative) this.schedule(next);
  }

  /** A drill is over when an order was decided after everything it broke ran again. */
  private watch(): void {
    const decidedNs = this.engine.inbox.lastSignalledNs;
    const sentNs = this.engine.inbox.lastSentNs;
    for (const drill of this.running) {
      if (drill.resumedNs > 0) continue;
      if (drill.step.symbol !== null) {
        this.watchStatus(drill);
        continue;
      }
      this.watchBooks(drill);
      const readyNs = drill.step.action === 'drop-feed' ? drill.booksBackNs : this.runningNs(drill);
      if (readyNs > 0 && decidedNs > readyNs) this.finish(drill, sentNs);
    }
  }

  private runningNs(drill: RunningDrill): number {
    drill.incident ??= this.incidentOf(drill);
    return drill.incident?.runningNs ?? 0;
  }

  /** A cut feed hides the books; it is back when they are all shown again. */
  private watchBooks(drill: RunningDrill): void {
    if (drill.step.action !== 'drop-feed' || drill.booksBackNs > 0) return;
    const areShown = this.engine.books.areAllValid();
    if (!areShown) drill.wereBooksHidden = true;
    else if (drill.wereBooksHidden) drill.booksBackNs = this.engine.clock.nowNs();
  }

  private incidentOf(drill: RunningDrill): Incident | null {
    return this.engine.supervisor.incidents.find(({ detectedNs }) => detectedNs >= drill.injectedNs) ?? null;
  }
}
