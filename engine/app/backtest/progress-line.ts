import { printNote } from '../cli/output.ts';
import { spanText } from './number-text.ts';

const BAR_CELLS = 24;
const LOOK_EVERY = 4_096;
const TERMINAL_MS = 200;
const NOTE_MS = 2_000;

/**
 * How far something is and how long it will take, on stderr: a line that changes on a terminal, a line every two seconds
 * elsewhere. Silent for what is over within the first of them.
 */
export class ProgressLine {
  private readonly what: string;
  private readonly total: number;
  private readonly isTerminal: boolean;
  private readonly beganMs: number;
  private shownMs: number;
  private isShown = false;

  /** @param what is counted, such as "frames" */
  constructor(what: string, total: number) {
    this.what = what;
    this.total = total;
    this.isTerminal = process.stderr.isTTY;
    this.beganMs = performance.now(); // arch-ok: progress for people, outside the engine's time
    this.shownMs = this.beganMs;
  }

  /** So many are done. Looks at the clock now and then only. */
  update(done: number): void {
    if (done % LOOK_EVERY === 0) this.step(done);
  }

  /** The same for things that take long each. */
  step(done: number): void {
    const nowMs = performance.now(); // arch-ok: as above
    if (nowMs - this.shownMs < (this.isTerminal ? TERMINAL_MS : NOTE_MS)) return;
    this.shownMs = nowMs;
    this.show(done, nowMs);
  }

  /** Takes the line off a terminal. */
  finish(): void {
    if (this.isShown && this.isTerminal) process.stderr.write('\r\u001b[K');
  }

  private show(done: number, nowMs: number): void {
    const share = this.total === 0 ? 1 : done / this.total;
    const leftMs = done === 0 ? 0 : ((nowMs - this.beganMs) * (this.total - done)) / done;
    const text = `${Math.floor(100 * share)} % of ${this.total} ${this.what}, ${spanText(leftMs)} left`;
    this.isShown = true;
    if (!this.isTerminal) {
      printNote(text);
      return;
    }
    const full = Math.round(BAR_CELLS * share);
    process.stderr.write(`\r\u001b[K${'█'.repeat(full)}${'░'.repeat(BAR_CELLS - full)} ${text}`);
  }
}
