/** Moves the simulated markets along with the wall clock. */
import type { Drills } from './drills.ts';

/** Most simulated time one pump makes up for; what is beyond is skipped. */
const CATCH_UP_MAX_US = 250_000;
/** Time between two pumps unless told. */
const PUMP_INTERVAL_MS = 2;

/** A crowd whose events happen one by one, in simulated time. */
export interface PumpedFlow {
  /** Simulated time of the next event, microseconds. */
  readonly nextEventUs: number;
  /** Whether its market takes orders now. */
  readonly isOpen: boolean;
  step(epochMs: number): void;
  skip(): void;
}

/** Streams that are sent with every pump. */
export interface PumpedHub {
  cork(): void;
  uncork(): void;
  flush(nowMs: number): void;
}

/** What a pump drives. */
export interface PumpParts {
  readonly drills: Drills;
  readonly flows: readonly PumpedFlow[];
  readonly hubs: readonly PumpedHub[];
  /** Called with every pump in which the markets move. */
  readonly movers: readonly ((nowMs: number) => void)[];
  /** Called about once a second. */
  readonly tickers: readonly { tick(nowMs: number): void }[];
}

/** One timer, however many events. */
export class MarketPump {
  readonly #parts: PumpParts;
  readonly #intervalMs: number;
  /** Simulated time that was skipped because a pump came too late. */
  skippedUs: number;
  #simulatedUs: number;
  #lastMs: number;
  #nextTickMs: number;
  #timer: NodeJS.Timeout | undefined;

  constructor(parts: PumpParts, intervalMs: number = PUMP_INTERVAL_MS) {
    this.#parts = parts;
    this.#intervalMs = intervalMs;
    this.skippedUs = 0;
    this.#simulatedUs = 0;
    this.#lastMs = performance.now();
    this.#nextTickMs = 0;
    this.#timer = undefined;
  }

  start(): void {
    this.#lastMs = performance.now();
    this.#timer = setInterval(() => this.#run(), this.#intervalMs);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #run(): void {
    const { hubs, movers, drills, tickers } = this.#parts;
    const monoMs = performance.now();
    let elapsedUs = (monoMs - this.#lastMs) * 1000;
    this.#lastMs = monoMs;
    const epochMs = Date.now();
    for (const hub of hubs) hub.cork();
    if (!drills.isPaused) {
      if (elapsedUs > CATCH_UP_MAX_US) {
        this.skippedUs += elapsedUs - CATCH_UP_MAX_US;
        elapsedUs = CATCH_UP_MAX_US;
      }
      this.#advance(this.#simulatedUs + elapsedUs, epochMs);
      for (const move of movers) move(epochMs);
    }
    for (const hub of hubs) {
      hub.flush(epochMs);
      hub.uncork();
    }
    if (epochMs >= this.#nextTickMs) {
      this.#nextTickMs = epochMs + 1000;
      for (const ticker of tickers) ticker.tick(epochMs);
    }
  }

  /** Does every flow event up to `untilUs`, in time order across the markets. */
  #advance(untilUs: number, epochMs: number): void {
    const { flows } = this.#parts;
    for (;;) {
      let next = flows[0];
      for (const flow of flows) if (flow.nextEventUs < next.nextEventUs) next = flow;
      if (next.nextEventUs > untilUs) break;
      // Stamped within this pump's slice of wall time.
      if (next.isOpen) next.step(epochMs - Math.floor((untilUs - next.nextEventUs) / 1000));
      else next.skip();
    }
    this.#simulatedUs = untilUs;
  }
}
