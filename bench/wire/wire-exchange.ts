import { startExchange } from '../../adapters/sim/exchange.ts';
import type { RunningExchange } from '../../adapters/sim/exchange.ts';
import { readRequest, WireAnswers } from './wire-answers.ts';
import type { FromWireExchange, ToWireExchange } from './wire-job.ts';
import { WireLoop } from './wire-loop.ts';
import type { WirePeer } from './wire-loop.ts';
import { listenForWire, textFrame } from './wire-socket.ts';
import type { WireConnection, WireHandlers } from './wire-socket.ts';
import { WIRE_SYMBOL, WireTicks } from './wire-ticks.ts';
import type { DepthSnapshot } from './wire-ticks.ts';

/**
 * The process that measures: the embedded exchange with a still market behind its REST API (instruments, clock,
 * snapshot, account), and in front of it the two WebSocket doors of this bench.
 */

/** Nothing of the embedded exchange runs by itself while ticks are measured. */
const NEVER_MS = 2 ** 31 - 1;
const UNLIMITED = 1_000_000_000;
const SNAPSHOT_LEVELS = 1_000;

function tell(message: FromWireExchange): void {
  process.send!(message);
}

async function startSilent(): Promise<RunningExchange> {
  return await startExchange({
    seed: 1,
    symbols: [WIRE_SYMBOL],
    eventsPerSecond: 0,
    pumpIntervalMs: NEVER_MS,
    limits: { requestWeightPerMinute: UNLIMITED, ordersPer10s: UNLIMITED, ordersPerDay: UNLIMITED },
    restPort: 0,
    streamPort: 0,
    wsApiPort: 0,
  });
}

async function fetchSnapshot(rest: string): Promise<DepthSnapshot> {
  const response = await fetch(`${rest}/api/v3/depth?symbol=${WIRE_SYMBOL}&limit=${SNAPSHOT_LEVELS}`);
  return (await response.json()) as DepthSnapshot;
}

/** The doors: gathers the connections of the one client. */
class WireDoors implements WireHandlers {
  private readonly loop: WireLoop;
  private readonly answers: WireAnswers;
  private feed: WireConnection | null = null;
  private orders: WireConnection | null = null;
  private hasSubscribed = false;
  private isListening = false;
  private onComplete: (peer: WirePeer) => void = () => undefined;

  constructor(loop: WireLoop, answers: WireAnswers) {
    this.loop = loop;
    this.answers = answers;
  }

  /** Resolves when a client has both connections and wants depth. */
  async client(): Promise<WirePeer> {
    return await new Promise((resolve) => {
      this.onComplete = resolve;
      this.check();
    });
  }

  onOpen(connection: WireConnection): void {
    if (connection.target.startsWith('/ws-api')) {
      this.orders = connection;
    } else {
      this.feed = connection;
      this.hasSubscribed = connection.target.includes('@depth');
    }
    this.check();
  }

  onText(connection: WireConnection, nowNs: number, text: string): void {
    if (connection !== this.orders) {
      const { id } = JSON.parse(text) as { id: number };
      connection.write(textFrame(`{"result":null,"id":${id}}`));
      this.hasSubscribed = true;
      this.check();
      return;
    }
    if (text.includes('"order.place"')) {
      this.loop.onOrder(nowNs, text);
      return;
    }
    const request = readRequest(text);
    if (request.method.startsWith('userDataStream.subscribe')) this.isListening = true;
    connection.write(textFrame(this.answers.toQuery(request)));
  }

  onPong(): void {
    this.loop.onPong();
  }

  onClose(): void {
    // A client that leaves in the middle of a phase shows as lost ticks.
  }

  private check(): void {
    const { feed, orders } = this;
    if (feed === null || orders === null || !this.hasSubscribed) return;
    const isCombined = feed.target.startsWith('/stream');
    this.onComplete({ feed, orders, isCombined, isListening: () => this.isListening });
  }
}

async function main(): Promise<void> {
  const exchange = await startSilent();
  const { apiKey, hmacSecret: apiSecret } = exchange.credentials;
  const { rest } = exchange.urls;
  const answers = new WireAnswers(apiSecret);
  const loop = new WireLoop(new WireTicks(await fetchSnapshot(rest)), answers);
  const doors = new WireDoors(loop, answers);
  const { port, close } = await listenForWire(doors);
  process.on('disconnect', () => process.exit(1));
  let isFirst = true;
  process.on('message', (message: ToWireExchange) => {
    if (message.kind === 'end') {
      loop.close();
      close();
      void exchange.close().then(() => process.exit(0));
      return;
    }
    const { phase } = message;
    const synchronised = isFirst
      ? doors.client().then(async (peer) => loop.synchronise(peer, phase.isChecked))
      : null;
    isFirst = false;
    Promise.resolve(synchronised)
      .then(async () => loop.run(phase))
      .then((figures) => tell({ kind: 'figures', figures }))
      .catch((error: unknown) => tell({ kind: 'failed', message: String((error as Error).stack) }));
  });
  const host = `127.0.0.1:${port}`;
  const venue = { rest, stream: `ws://${host}`, wsApi: `ws://${host}/ws-api/v3`, apiKey, apiSecret };
  tell({ kind: 'ready', venue });
}

await main();
