import type { Instrument } from '../../core/instrument.ts';
import type { EngineView } from '../engine-view.ts';
import { EVENT_TOPICS } from '../telemetry-protocol.ts';
import type { EventTopicName } from '../telemetry-protocol.ts';

const BEAT_MS = 15_000;
/** A client is to come back within this, each at another moment. */
const RETRY_FROM_MS = 500;
const RETRY_SPREAD_MS = 1_000;
/** How often a new context is looked for, ms. */
const CONTEXT_LOOK_MS = 250;
/** Events sent in one piece. */
const PIECE_EVENTS_MAX = 100;

/** What a stream of events is asked for. */
export interface StreamQuery {
  readonly topics: readonly EventTopicName[];
  /** Names of instruments; empty = all. */
  readonly symbols: readonly string[];
  /** Last-Event-ID of a client that comes back. */
  readonly lastEventId: string | undefined;
}

function head(engine: EngineView): string {
  const lot = (engine.clock.nowNs() / 1_000) % RETRY_SPREAD_MS;
  return `retry: ${RETRY_FROM_MS + Math.floor(lot)}\n\n`;
}

function eventText(id: string, name: string, data: unknown): string {
  const kind = name === '' ? '' : `event: ${name}\n`;
  return `id: ${id}\n${kind}data: ${JSON.stringify(data)}\n\n`;
}

/** Where a client that comes back goes on; null = what it missed is not there any more. */
function resumeAt({ history, identity }: EngineView, lastEventId: string): number | null {
  const [run, seqText] = lastEventId.split('-');
  const seq = Number(seqText);
  const isOfRun = run === identity.runId && Number.isSafeInteger(seq) && seq >= 0 && seq <= history.seq;
  return isOfRun && seq + 1 >= history.firstSeq ? seq : null;
}

/**
 * Events of the topics as they come. A client that comes back with its Last-Event-ID gets what it missed; when that is gone, `reset`
 * and the latest ones. One that reads too slowly is told how many it missed. Ends when the signal is aborted.
 */
export async function* eventStream(
  engine: EngineView,
  { topics, symbols, lastEventId }: StreamQuery,
  signal: AbortSignal,
): AsyncGenerator<string> {
  const { history, identity } = engine;
  const isWanted = (topic: EventTopicName, event: Readonly<Record<string, unknown>>): boolean =>
    topics.includes(topic) &&
    (symbols.length === 0 ||
      event['symbol'] === undefined ||
      symbols.some((name) => name === event['symbol']));
  yield head(engine);
  const resumed = lastEventId === undefined ? history.seq : resumeAt(engine, lastEventId);
  let at = resumed ?? Math.max(history.seq - PIECE_EVENTS_MAX, 0);
  if (resumed === null) yield eventText(`${identity.runId}-${at}`, 'reset', { from: at });
  while (!signal.aborted) {
    if (topics.includes('trades')) engine.wantTrades();
    let piece = '';
    if (at + 1 < history.firstSeq) {
      const missed = history.firstSeq - 1 - at;
      at += missed;
      piece += eventText(`${identity.runId}-${at}`, 'dropped', { dropped: missed });
    }
    for (let count = 0; at < history.seq && count < PIECE_EVENTS_MAX; count++) {
      const kept = history.at(++at);
      if (kept !== null && isWanted(kept.topic, kept.event))
        piece += eventText(`${identity.runId}-${at}`, kept.topic, kept.event);
    }
    if (piece !== '') yield piece;
    if (at < history.seq) continue;
    const seq = history.seq;
    await history.next(BEAT_MS, signal);
    if (history.seq === seq && !signal.aborted) yield ': beat\n\n';
  }
}

/** Context and output of a symbol at once and with each new version; the id is the version. */
export async function* mtfStream(
  engine: EngineView,
  instrument: Instrument,
  signal: AbortSignal,
): AsyncGenerator<string> {
  yield head(engine);
  let sent = -1;
  let quietMs = 0;
  while (!signal.aborted) {
    const { context, version, reason } = engine.context(instrument);
    if (version !== sent) {
      sent = version;
      const output = context === null ? null : await engine.outputOf(context, instrument);
      const data = context === null ? { context, output, reason } : { context, output };
      yield eventText(`${engine.identity.runId}-${version}`, '', data);
      quietMs = 0;
    } else if (quietMs >= BEAT_MS) {
      yield ': beat\n\n';
      quietMs = 0;
    }
    await engine.pause(CONTEXT_LOOK_MS, signal);
    quietMs += CONTEXT_LOOK_MS;
  }
}

/** The topics a query names, or those that do not exist. */
export function topicsOf(text: string): { readonly topics: EventTopicName[]; readonly unknown: string[] } {
  const names = text.split(',').map((name) => name.trim());
  const isTopic = (name: string): name is EventTopicName =>
    (EVENT_TOPICS as readonly string[]).includes(name);
  return { topics: names.filter(isTopic), unknown: names.filter((name) => !isTopic(name)) };
}
