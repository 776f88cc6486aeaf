/** Moves the simulated markets along with the wall clock. */
import type { OrderDetail } from './accounts.ts';
import type { ExchangeState } from './exchange-state.ts';
import type { OrderFlow } from './order-flow.ts';
import type { StreamHub } from './streams.ts';
import type { WsApi } from './ws-api.ts';

/** Most simulated time one pump makes up for; what is beyond is skipped. */
const CATCH_UP_MAX_US = 250_000;
/** Time between two pumps unless told. */
const PUMP_INTERVAL_MS = 2;

/** What a pump drives. */
export interface PumpParts {
  readonly state: ExchangeState;
  readonly hub: StreamHub;
  readonly wsApi: WsApi;
  readonly flows: readonly OrderFlow<OrderDetail>[];
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
    const { hub, wsApi, state } = this.#parts;
    const monoMs = performance.now();
    let elapsedUs = (monoMs - this.#lastMs) * 1000;
    this.#lastMs = monoMs;
    const epochMs = Date.now();
    hub.cork();
    if (!state.drills.isPaused) {
      if (elapsedUs > CATCH_UP_MAX_US) {
        this.skippedUs += elapsedUs - CATCH_UP_MAX_US;
        elapsedUs = CATCH_UP_MAX_US;
      }
      this.#advance(this.#simulatedUs + elapsedUs, epochMs);
    }
    hub.flush(epochMs);
    hub.uncork();
    if (epochMs >= this.#nextTickMs) {
      this.#nextTickMs = epochMs + 1000;
      hub.tick(epochMs);
      wsApi.tick(epochMs);
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
