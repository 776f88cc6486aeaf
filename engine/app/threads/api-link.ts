import type { Worker } from 'node:worker_threads';
import type { FromApi, RefusedCall, ToApi } from '../../api/api-messages.ts';
import type { EngineStats, LatencyReport, LogLine } from '../../api/engine-stats.ts';
import type { EngineQuery, GivenCommand } from '../../api/engine-view.ts';
import type { LatencyHistograms } from '../../runtime/latency-histograms.ts';
import type { ThreadSpec } from '../../runtime/topology.ts';
import { CliError } from '../cli/cli-error.ts';
import type { EngineLog } from '../run/engine-log.ts';
import { EXIT } from '../cli/exit-codes.ts';

const LISTEN_TIMEOUT_MS = 20_000;

/** Who answers what clients of the api ask and tell the engine. Neither rejects. */
export interface ApiResponder {
  ask(what: EngineQuery, about: string): Promise<unknown>;
  give(command: GivenCommand): Promise<unknown>;
  noteRefusal(call: RefusedCall): void;
}

/** The main thread's line to the api's thread: stats and log lines go there, its address comes back. */
export class ApiLink {
  private readonly log: EngineLog;
  /** Makes the latency report when a client of the api asks for it. */
  onLatencyWanted: (() => LatencyReport) | null = null;
  /** Answers clients; without one nothing is answered. */
  responder: ApiResponder | null = null;
  private worker: Worker | null = null;
  private isUp = false;
  private failure: CliError | null = null;
  private onOutcome: () => void = () => {};

  constructor(log: EngineLog) {
    this.log = log;
    log.onLine = (line): void => this.postLog(line);
  }

  /** A thread was started; the api's is kept, also after a restart. */
  adopt(thread: ThreadSpec, worker: Worker): void {
    if (!thread.actors.includes('api')) return;
    this.worker = worker;
    this.isUp = false;
    worker.on('message', (message: FromApi) => this.receive(message));
    worker.once('exit', () => {
      if (this.worker === worker) this.worker = null;
    });
  }

  /** Waits until the api serves; throws CliError with its reason when it cannot. */
  async listening(isEnabled: boolean): Promise<void> {
    if (!isEnabled) return;
    if (!this.isUp && this.failure === null) await this.outcome();
    if (this.failure !== null) throw this.failure;
    if (!this.isUp) throw new CliError('API_SILENT', 'the telemetry api did not come up', EXIT.failure);
  }

  private outcome(): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, LISTEN_TIMEOUT_MS);
      this.onOutcome = (): void => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  post(stats: EngineStats, latency: LatencyHistograms): void {
    if (this.worker === null) return;
    const message: ToApi = { kind: 'stats', stats, latencyInterval: latency.intervalSummary() };
    this.worker.postMessage(message);
    latency.rotate();
  }

  private answerLatency(): void {
    if (this.onLatencyWanted === null) return;
    const message: ToApi = { kind: 'latency', report: this.onLatencyWanted() };
    this.worker?.postMessage(message);
  }

  private async respond(message: Extract<FromApi, { kind: 'ask' | 'give' }>): Promise<void> {
    const { responder } = this;
    if (responder === null) return;
    const answer =
      message.kind === 'ask'
        ? await responder.ask(message.what, message.about)
        : await responder.give(message.command);
    const answered: ToApi = { kind: 'answered', ticket: message.ticket, answer };
    this.worker?.postMessage(answered);
  }

  private postLog(line: LogLine): void {
    const message: ToApi = { kind: 'log', lines: [line] };
    this.worker?.postMessage(message);
  }

  private receive(message: FromApi): void {
    if (message.kind === 'listening') {
      this.isUp = true;
      this.log.info(`telemetry feed ${message.feedUrl}  health and metrics ${message.httpUrl}`);
      this.onOutcome();
      return;
    }
    if (message.kind === 'latencyWanted') {
      this.answerLatency();
      return;
    }
    if (message.kind === 'ask' || message.kind === 'give') {
      void this.respond(message);
      return;
    }
    if (message.kind === 'refused') {
      this.responder?.noteRefusal(message.call);
      return;
    }
    if (message.kind === 'fault') {
      this.log.warn(`api: ${message.message}`);
      return;
    }
    this.log.error(message.message, { code: message.code });
    this.failure = new CliError(message.code, message.message, EXIT.failure);
    this.onOutcome();
  }
}
