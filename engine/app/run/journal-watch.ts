import { JournalCell } from '../../journal/journal-cell.ts';
import type { Engine } from './engine.ts';
import type { EngineLog } from './engine-log.ts';

/**
 * Watches whether records still become durable. Lost in live mode: the kill switch is thrown and stays, because orders
 * whose course is not written down must not be sent. In other modes it is only said. Main thread.
 */
export class JournalWatch {
  private readonly cell: JournalCell;
  private readonly engine: Engine;
  private readonly log: EngineLog;
  private wasLost = false;

  constructor(engine: Engine, log: EngineLog) {
    this.cell = new JournalCell(engine.wiring.buffer, engine.wiring.region('state:journal'));
    this.engine = engine;
    this.log = log;
  }

  /** Looks once; cheap enough for every refresh. */
  look(): void {
    const isLost = this.cell.isLost();
    if (isLost === this.wasLost) return;
    this.wasLost = isLost;
    if (!isLost) {
      this.log.warn('the journal takes records again; the kill switch stays until someone resumes');
      return;
    }
    this.log.error('the journal cannot be written: see the error log; records are kept and tried again');
    if (this.engine.plan.config.mode === 'live') this.engine.kill();
  }
}
