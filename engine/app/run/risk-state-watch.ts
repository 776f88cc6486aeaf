import { regionOf } from '../../ipc/memory-map.ts';
import { RISK_STATE, RISK_STATE_BYTES, RiskState } from '../../messages/codecs.ts';
import { writeRiskState } from '../../journal/risk-state-record.ts';
import type { JournaledRiskState } from '../../journal/risk-state-record.ts';
import { Breakers, BreakersReader } from '../../risk/breakers.ts';
import { RiskTradingState } from '../../risk/trading-state.ts';
import { KILL_REASON } from '../../messages/enums.ts';
import type { SharedMemory } from '../threads/wiring.ts';
import type { Engine } from './engine.ts';
import type { EngineLog } from './engine-log.ts';
import { KILL_REASON_TEXT, killReasonName } from './kill-reasons.ts';

/** The peak moves with every tick of a good day; so much of it a crash may lose. */
const FIGURES_MS = 10_000;

/** Begins a run with what stopped the one before. Main thread, before the threads start. */
export function seedRiskState(
  { buffer, map }: SharedMemory,
  state: JournaledRiskState | null,
  log: EngineLog,
): void {
  if (state === null) return;
  const { killReason, reduceReason, isPaused, breakers } = state;
  new Breakers(buffer, regionOf(map, 'state:breakers')).restore(breakers);
  const trading = new RiskTradingState(buffer, regionOf(map, 'state:trading'));
  if (killReason !== KILL_REASON.none) {
    trading.kill(killReason);
    const since = new Date(state.epochUs / 1000).toISOString();
    log.warn(
      `no orders: trading was stopped by ${KILL_REASON_TEXT[killReasonName(killReason)]} and not resumed ` +
        `(written down ${since}); "shrike ctl resume" lifts it`,
    );
  }
  if (reduceReason !== KILL_REASON.none) {
    trading.reduce(reduceReason);
    log.warn(
      `positions may only shrink: that was decided by ${KILL_REASON_TEXT[killReasonName(reduceReason)]} and not lifted; ` +
        '"shrike ctl resume" lifts it',
    );
  }
  if (isPaused) {
    trading.setPaused(true);
    log.warn('no new orders: trading was paused and not resumed; "shrike ctl unpause" lifts it');
  }
}

/**
 * Writes down what stops trading and what the breakers go by whenever it changes, so that a restart, by whomever, neither
 * lifts a stop nor forgets the day's loss. Main thread.
 */
export class RiskStateWatch {
  private readonly engine: Engine;
  private readonly breakers: BreakersReader;
  private readonly record: RiskState = new RiskState();
  private written = '';
  private figures = '';
  private figuresDueNs = 0;
  private readonly log: EngineLog;
  private wasKilled: boolean;
  private wasReducing: boolean;

  constructor(engine: Engine, log: EngineLog) {
    this.engine = engine;
    this.log = log;
    this.wasKilled = engine.trading.isKilled();
    this.wasReducing = engine.trading.isReducing();
    const { buffer, map } = engine.wiring.memory;
    this.breakers = new BreakersReader(buffer, regionOf(map, 'state:breakers'));
  }

  /** Looks once; cheap enough for every few milliseconds. A full ring is tried again at the next look. */
  look(): void {
    const state = this.state();
    const { breakers } = state;
    const { killReason, reduceReason, isPaused } = state;
    const written = [killReason, reduceReason, isPaused, breakers.day, breakers.lossesInARow].join();
    const nowNs = this.engine.clock.nowNs();
    if (written === this.written && nowNs < this.figuresDueNs) return;
    const figures = [breakers.peakProfit, breakers.dayStartProfit].join();
    if (written === this.written && figures === this.figures) return;
    if (!this.write(state)) return;
    this.written = written;
    this.figures = figures;
    this.figuresDueNs = nowNs + FIGURES_MS * 1e6;
  }

  /** The last word of a run, while the journal still writes. */
  settle(): void {
    this.figuresDueNs = 0;
    this.look();
  }

  private state(): JournaledRiskState {
    const { engine } = this;
    const { trading } = engine;
    const isKilled = trading.isKilled();
    const reason = isKilled ? trading.killReason() : KILL_REASON.none;
    if (this.wasKilled && !isKilled) engine.hasKilledItself = false;
    if (!this.wasKilled && isKilled && reason !== KILL_REASON.command)
      this.tell('no orders: trading is stopped', reason);
    this.wasKilled = isKilled;
    const isReducing = trading.isReducing();
    const reduceReason = isReducing ? trading.reduceReason() : KILL_REASON.none;
    if (!this.wasReducing && isReducing && reduceReason !== KILL_REASON.command)
      this.tell('positions may only shrink: decided', reduceReason);
    this.wasReducing = isReducing;
    const isOwn = engine.hasKilledItself && reason === KILL_REASON.command;
    return {
      epochUs: engine.clock.epochUs(),
      killReason: isOwn ? KILL_REASON.none : reason,
      reduceReason,
      isPaused: trading.isPaused(),
      breakers: this.breakers.state(),
    };
  }

  /** A limit has stopped trading: nobody gave a command that would be answered. */
  private tell(what: string, reason: number): void {
    const accounts = this.engine.plan.accounts.map(({ accountId }) => accountId).join(',');
    this.log.error(
      `${what} by ${KILL_REASON_TEXT[killReasonName(reason)]}; ` +
        `"shrike ctl resume --confirm ${accounts}" lifts it`,
    );
  }

  private write(state: JournaledRiskState): boolean {
    const { journalRing } = this.engine;
    const at = journalRing.tryClaim(RISK_STATE, RISK_STATE_BYTES);
    if (at < 0) return false;
    writeRiskState(this.record.wrap(journalRing.view, at), state);
    journalRing.commit();
    return true;
  }
}
