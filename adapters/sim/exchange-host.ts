/** Main-thread handle of an embedded exchange that runs in its own worker thread. */
import { Worker } from 'node:worker_threads';
import type {
  AccountSnapshot,
  DrillCommand,
  ExchangeCredentials,
  ExchangeOptions,
  ExchangeStats,
  ExchangeUrls,
} from './exchange.ts';
import type { PerpSnapshot } from './perp/perp-snapshot.ts';

/** What the host asks of the thread. */
export type HostRequest = { readonly id: number } & (
  | { readonly kind: 'snapshot'; readonly accountIndex: number }
  | { readonly kind: 'perp-snapshot'; readonly accountIndex: number }
  | { readonly kind: 'stats' }
  | { readonly kind: 'drill'; readonly command: DrillCommand }
  | { readonly kind: 'close' }
);

/** What the thread tells the host. */
export type ThreadMessage =
  | {
      readonly kind: 'ready';
      readonly urls: ExchangeUrls;
      readonly allCredentials: readonly ExchangeCredentials[];
    }
  | { readonly kind: 'refused'; readonly code: string; readonly message: string }
  | { readonly kind: 'answer'; readonly id: number; readonly value: unknown }
  | { readonly kind: 'failure'; readonly id: number; readonly message: string };

/** An exchange in its own thread. Methods may be called from the thread that started it. */
export interface ExchangeHandle {
  readonly urls: ExchangeUrls;
  /** Of the first account. */
  readonly credentials: ExchangeCredentials;
  readonly allCredentials: readonly ExchangeCredentials[];
  accountSnapshot(accountIndex?: number): Promise<AccountSnapshot>;
  /** The margin account; null when the exchange has no perpetuals. */
  perpSnapshot(accountIndex?: number): Promise<PerpSnapshot | null>;
  stats(): Promise<ExchangeStats>;
  drill(command: DrillCommand): Promise<void>;
  /** Resolves when the thread has ended: with what it died of, or undefined after `close`. */
  readonly ended: Promise<Error | undefined>;
  close(): Promise<void>;
}

/** The exchange thread refused to start or has ended. */
export class ExchangeThreadError extends Error {
  override readonly name: string = 'ExchangeThreadError';
  /** EXCHANGE_PORT_IN_USE, EXCHANGE_UNKNOWN_SYMBOL, EXCHANGE_BAD_OPTION, EXCHANGE_FAILED or EXCHANGE_ENDED. */
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

/** Starts an exchange in a worker thread and waits until its doors are open. */
export async function startExchangeThread(options: ExchangeOptions): Promise<ExchangeHandle> {
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
  const worker = new Worker(new URL(`./exchange-thread.${extension}`, import.meta.url), {
    workerData: options,
    name: 'exchange',
    // Its garbage is short-lived text: collecting it often costs little and keeps the process small.
    resourceLimits: { maxYoungGenerationSizeMb: 16 },
  });
  return new Promise((resolve, reject) => {
    const link = new ThreadLink(worker);
    worker.once('message', (message: ThreadMessage) => {
      if (message.kind === 'ready') resolve(handleFor(link, message.urls, message.allCredentials));
      else if (message.kind === 'refused') reject(new ExchangeThreadError(message.code, message.message));
    });
    worker.once('error', reject);
  });
}

function handleFor(
  link: ThreadLink,
  urls: ExchangeUrls,
  allCredentials: readonly ExchangeCredentials[],
): ExchangeHandle {
  return {
    urls,
    credentials: allCredentials[0],
    allCredentials,
    accountSnapshot: async (accountIndex = 0) =>
      (await link.ask({ id: link.nextId(), kind: 'snapshot', accountIndex })) as AccountSnapshot,
    perpSnapshot: async (accountIndex = 0) =>
      (await link.ask({ id: link.nextId(), kind: 'perp-snapshot', accountIndex })) as PerpSnapshot | null,
    stats: async () => (await link.ask({ id: link.nextId(), kind: 'stats' })) as ExchangeStats,
    drill: async (command) => {
      await link.ask({ id: link.nextId(), kind: 'drill', command });
    },
    ended: link.ended,
    close: async () => link.close(),
  };
}

interface Waiter {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
}

/** Requests to the thread and the answers they wait for. */
class ThreadLink {
  readonly #worker: Worker;
  readonly #waiters: Map<number, Waiter> = new Map();
  readonly ended: Promise<Error | undefined>;
  #lastId = 0;
  #isEnded = false;

  constructor(worker: Worker) {
    this.#worker = worker;
    worker.on('message', (message: ThreadMessage) => this.#receive(message));
    let cause: Error | undefined;
    worker.on('error', (error) => {
      cause = error instanceof Error ? error : new Error(String(error));
    });
    this.ended = new Promise((resolve) => {
      worker.on('exit', () => {
        this.#isEnded = true;
        for (const waiter of this.#waiters.values()) {
          waiter.reject(new ExchangeThreadError('EXCHANGE_ENDED', 'the exchange thread has ended'));
        }
        this.#waiters.clear();
        resolve(cause);
      });
    });
  }

  nextId(): number {
    this.#lastId++;
    return this.#lastId;
  }

  async ask(request: HostRequest): Promise<unknown> {
    if (this.#isEnded) throw new ExchangeThreadError('EXCHANGE_ENDED', 'the exchange thread has ended');
    return new Promise((resolve, reject) => {
      this.#waiters.set(request.id, { resolve, reject });
      this.#worker.postMessage(request);
    });
  }

  /** Closes the exchange and waits for its thread to end; safe to call twice. */
  async close(): Promise<void> {
    if (!this.#isEnded) {
      // The answer may lose the race against the thread's end; the end is what counts.
      await this.ask({ id: this.nextId(), kind: 'close' }).catch(() => undefined);
    }
    await this.ended;
  }

  #receive(message: ThreadMessage): void {
    if (message.kind !== 'answer' && message.kind !== 'failure') return;
    const waiter = this.#waiters.get(message.id);
    if (waiter === undefined) return;
    this.#waiters.delete(message.id);
    if (message.kind === 'answer') waiter.resolve(message.value);
    else waiter.reject(new Error(message.message));
  }
}
