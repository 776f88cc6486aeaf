/** The api of a running engine: health, metrics, figures and the telemetry feed, over real sockets. */
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { EngineStats } from '../../engine/api/engine-stats.ts';
import { TOPICS } from '../../engine/api/telemetry-protocol.ts';
import { apiOf, statsOf, statsUntil } from '../fixtures/engine-client.ts';
import { EngineProcess, lastSummary, QUIET } from '../fixtures/engine-process.ts';
import { TelemetryReader } from '../fixtures/telemetry-reader.ts';

const TEST_MS = 120_000;

const engines: EngineProcess[] = [];
afterEach(async () => {
  for (const engine of engines.splice(0)) await engine.dispose();
});

// It begins with candles of its own, so that its bias is known.
let biasEngine: EngineProcess;
let biasFeed: TelemetryReader;
const candleFolder = mkdtempSync(join(tmpdir(), 'shrike-candles-'));

beforeAll(async () => {
  biasEngine = new EngineProcess([
    'run',
    '--json',
    ...QUIET,
    '--symbols',
    'BTCUSDT',
    '--set',
    'exchange.eventsPerSecond=300',
    '--set',
    `analysis.candles=["${risingCandles()}"]`,
    '--set',
    'analysis.askVenue=false',
    '--set',
    'strategy.respectBias=true',
    '--set',
    'strategy.params.lookback=3',
    '--set',
    'strategy.params.thresholdBps=0.1',
  ]);
  biasFeed = new TelemetryReader((await apiOf(biasEngine)).feed, 'msgpack', ['book', 'signals']);
});

afterAll(async () => {
  await biasEngine.dispose();
  rmSync(candleFolder, { recursive: true });
});

/** A file with two months of five-minute candles that rise steadily to the market's opening price. */
function risingCandles(): string {
  const lengthMs = 300_000;
  const count = 60 * 288;
  const fromMs = Math.floor(Date.now() / lengthMs) * lengthMs - count * lengthMs;
  const rows = Array.from({ length: count }, (_, index) => {
    const open = 61_800 * (0.7 + (0.3 * index) / count);
    const close = 61_800 * (0.7 + (0.3 * (index + 1)) / count);
    const prices = [open, close + 1 + (index % 5), open - 1 - (index % 3), close].map((price) =>
      price.toFixed(2),
    );
    return [fromMs + index * lengthMs, ...prices, 5 + (index % 7)].join(',');
  });
  const path = join(candleFolder, 'btcusdt-5m.csv');
  writeFileSync(path, ['open_time_ms,open,high,low,close,volume', ...rows, ''].join('\n'));
  return path;
}

function start(args: readonly string[]): EngineProcess {
  const engine = new EngineProcess(['run', '--json', ...QUIET, ...args]);
  engines.push(engine);
  return engine;
}

async function stop(engine: EngineProcess): Promise<EngineStats> {
  engine.child.kill('SIGTERM');
  const finished = await engine.finished;
  expect(finished.code, finished.err).toBe(0);
  return lastSummary(finished);
}

async function untilOk(url: string): Promise<unknown> {
  const deadline = performance.now() + 60_000;
  for (;;) {
    const response = await fetch(url);
    const body: unknown = await response.json();
    if (response.status === 200) return body;
    if (performance.now() > deadline)
      throw new Error(`${url} stays ${response.status}: ${JSON.stringify(body)}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** Prometheus text, version 0.0.4, read strictly: every sample belongs to a family declared before it. */
function parseMetrics(text: string): Sample[] {
  expect(text.endsWith('\n')).toBe(true);
  const types = new Map<string, string>();
  const samples: Sample[] = [];
  const seen = new Set<string>();
  for (const line of text.trimEnd().split('\n')) {
    if (line === '' || line.startsWith('# HELP ')) continue;
    const type = /^# TYPE ([a-z_:][a-z0-9_:]*) (counter|gauge|histogram|summary)$/.exec(line);
    if (type !== null) {
      expect(types.has(type[1]), line).toBe(false);
      types.set(type[1], type[2]);
      continue;
    }
    const sample = /^([a-z_:][a-z0-9_:]*)(?:\{(.*)\})? (-?[0-9.]+(?:e[+-]?\d+)?|NaN|[+-]Inf)$/.exec(line);
    expect(sample, line).not.toBeNull();
    const [, name, labelText = '', value] = sample!;
    expect(types.has(name), line).toBe(true);
    expect(seen.has(`${name}{${labelText}}`), line).toBe(false);
    seen.add(`${name}{${labelText}}`);
    const labels: Record<string, string> = {};
    for (const [, key, quoted] of labelText.matchAll(/([a-z_]+)="((?:[^"\\]|\\.)*)"(?:,|$)/g))
      labels[key] = quoted!;
    samples.push({ name: name, labels, value: Number(value) });
  }
  return samples;
}

function metric(
  samples: readonly Sample[],
  name: string,
  labels: Readonly<Record<string, string>> = {},
): number {
  const found = samples.filter(
    (sample) =>
      sample.name === name && Object.entries(labels).every(([key, value]) => sample.labels[key] === value),
  );
  expect(found, `${name} ${JSON.stringify(labels)}`).toHaveLength(1);
  return found[0].value;
}

describe('the api of a running engine', () => {
  it(
    'turns healthy and ready, and shows figures and metrics that agree with the summary',
    async () => {
      const engine = start(['--mode', 'live', '--strategy', 'tick-taker']);
      const urls = await apiOf(engine);
      expect(await untilOk(`${urls.http}/-/healthy`)).toEqual({ ok: true, reasons: [] });
      expect(await untilOk(`${urls.http}/-/ready`)).toEqual({ ok: true, reasons: [] });
      const shown = await statsUntil(urls, ({ tickToOrderNs }) => tickToOrderNs.count > 5, 'measured orders');
      const response = await fetch(`${urls.http}/metrics`);
      expect(response.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/);
      const samples = parseMetrics(await response.text());
      expect(metric(samples, 'shrike_engine_info', { mode: 'live', venue: 'sim' })).toBe(1);
      const p50 = metric(samples, 'shrike_order_latency_seconds', {
        stage: 'tick_to_order',
        quantile: '0.5',
      });
      const longest = metric(samples, 'shrike_order_latency_seconds', {
        stage: 'tick_to_order',
        quantile: '1',
      });
      expect(p50).toBeGreaterThan(0);
      expect(longest).toBeGreaterThanOrEqual(p50);
      const rings = samples.filter(({ name }) => name === 'shrike_ring_published_records_total');
      expect(rings.map(({ labels }) => labels['ring']).toSorted()).toEqual(
        shown.rings.map(({ name }) => name).toSorted(),
      );
      expect(
        metric(samples, 'shrike_ring_published_records_total', { ring: 'feed-to-book' }),
      ).toBeGreaterThan(0);
      expect(metric(samples, 'shrike_fills_total')).toBeGreaterThan(0);
      const stats = await statsOf(urls);
      const summary = await stop(engine);
      const { account: _account, hdrV2: _hdrV2, journal, ...others } = summary;
      const { unwritten: _unwritten, ...journalNow } = journal;
      const rest = { ...others, journal: journalNow };
      // Between the two figures the first late order may come, so a list that is empty in one of them has no shape there.
      const then = shapeOf(stats);
      const last = shapeOf(rest);
      expect(withListsOf(then, last)).toEqual(withListsOf(last, then));
      expect(summary.fills).toBeGreaterThanOrEqual(stats!.fills);
    },
    TEST_MS,
  );

  it(
    'feeds every topic in both formats without a gap, orders and fills as many as the summary counts, beside a reader that does not read',
    async () => {
      const engine = start([
        '--mode',
        'live',
        '--strategy',
        'tick-taker',
        '--set',
        'exchange.eventsPerSecond=1000',
        '--set',
        'api.maxClientBufferBytes=16384',
      ]);
      const urls = await apiOf(engine);
      const binary = new TelemetryReader(urls.feed, 'msgpack');
      const text = new TelemetryReader(urls.feed, 'json');
      const slow = new TelemetryReader(urls.feed, 'json');
      const readers = [binary, text];
      await slow.until(({ frames }) => frames > 5, 'the first frames');
      slow.socket.pause();
      for (const reader of readers) {
        await reader.until(
          ({ seqs }) => TOPICS.every((topic) => seqs.has(topic)),
          'a snapshot of each topic',
        );
        await reader.until(({ events }) => events.get('fills')!.length >= 40, '40 fills');
      }
      slow.socket.resume();
      const seenBefore = slow.frames;
      await slow.until(({ frames }) => frames > seenBefore, 'frames after the pause');
      const summary = await stop(engine);
      await Promise.all([...readers, slow].map(({ closed }) => closed));
      expect(summary.violations).toEqual([]);
      expect(summary.actors.every(({ restarts }) => restarts === 0)).toBe(true);
      expect(summary.account).toMatchObject({ isEqual: true });

      for (const reader of readers) {
        expect(reader.problems).toEqual([]);
        expect([...reader.missing]).toEqual([]);
        expect([...reader.dropped]).toEqual([]);
        const fills = reader.events.get('fills')!;
        expect(fills).toHaveLength(summary.fills);
        expect(new Set(fills.map(({ fillSeq }) => fillSeq)).size).toBe(fills.length);
        const orders = reader.events.get('orders')!;
        const endedIn = (state: string): number =>
          new Set(orders.filter((order) => order['state'] === state).map(({ intentSeq }) => intentSeq)).size;
        expect(endedIn('filled')).toBe(summary.orders.filled);
        expect(endedIn('denied')).toBe(summary.orders.denied);
        expect(endedIn('canceled')).toBe(summary.orders.canceled);
        expect(endedIn('submitted')).toBe(summary.orders.submitted);
        const book = reader.states.get('book')!;
        expect(Object.keys(book).toSorted()).toEqual(['BTCUSDT', 'ETHUSDT']);
        for (const [symbol, position] of Object.entries(reader.states.get('positions')!))
          expect((position as { netLots: number }).netLots, symbol).toBe(summary.position[symbol].netLots);
        expect(reader.states.get('stats')).toMatchObject({ schema: summary.schema, fills: summary.fills });
      }
      expect(binary.events.get('fills')).toEqual(text.events.get('fills'));
      expect(binary.events.get('orders')).toEqual(text.events.get('orders'));
      // What the reader that did not read is missing, it was told of.
      expect(slow.problems).toEqual([]);
      for (const [topic, missing] of slow.missing) expect(slow.dropped.get(topic), topic).toBe(missing);
    },
    TEST_MS,
  );
});

/** What acts over HTTP needs a key; with that of the first start the engine is halted, and trades again. */
async function haltAndResume(engine: EngineProcess): Promise<void> {
  const { http } = await apiOf(engine);
  const [, path] = /a key for the api \(read, control\) is in ([^"\s]+)/.exec(engine.err)!;
  expect(statSync(path).mode & 0o777).toBe(0o600);
  const authorization = `Bearer ${readFileSync(path, 'utf8').trim()}`;
  const call = async (verb: string, url: string, headers: Record<string, string> = {}) => {
    const response = await fetch(`${http}${url}`, { method: verb, headers });
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  };
  expect(await call('GET', '/api/mtf/context/btc-usdt')).toMatchObject({
    status: 200,
    body: { v: 1, s: 'BTCUSDT' },
  });
  expect((await call('POST', '/trading/halt')).body).toMatchObject({ status: 401, code: 'UNAUTHORIZED' });
  const halted = await call('POST', '/trading/halt', { authorization });
  expect(halted).toMatchObject({ status: 200, body: { kind: 'kill', outcome: 'applied' } });
  const { haltId } = halted.body['details'] as { haltId: string };
  expect((await call('GET', '/api/v1/trading')).body).toMatchObject({ state: 'killed', haltId });
  expect(await call('GET', `/api/v1/commands/${String(halted.body['commandId'])}`)).toMatchObject({
    status: 200,
    body: { outcome: 'applied' },
  });
  const resumed = await fetch(`${http}/trading/resume`, {
    method: 'POST',
    headers: { authorization, 'content-type': 'application/json' },
    body: JSON.stringify({ haltId }),
  });
  expect(resumed.status).toBe(200);
  expect((await call('GET', '/api/v1/trading')).body).toMatchObject({ state: 'active', haltId: null });
  await engine.until(({ err }) => /api resume by key \w{12}: applied/.test(err), 'a line in the log');
}

/** Keys and kinds of a value, so that two figures of one schema compare equal. */
function shapeOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.length === 0 ? [] : [shapeOf(value[0])];
  if (typeof value !== 'object' || value === null) return typeof value;
  return Object.fromEntries(
    Object.entries(value)
      .toSorted(([left], [right]) => (left < right ? -1 : 1))
      .map(([key, entry]) => [key, shapeOf(entry)]),
  );
}

/** A shape with its empty lists replaced by the other shape's list in the same place. */
function withListsOf(shape: unknown, other: unknown): unknown {
  if (Array.isArray(shape)) {
    if (shape.length === 0) return Array.isArray(other) ? other : shape;
    return [withListsOf(shape[0], Array.isArray(other) ? other[0] : undefined)];
  }
  if (typeof shape !== 'object' || shape === null) return shape;
  const others = (typeof other === 'object' && other !== null ? other : {}) as Record<string, unknown>;
  return Object.fromEntries(
    Object.entries(shape).map(([key, entry]) => [key, withListsOf(entry, others[key])]),
  );
}

describe('the slow path of a running engine', () => {
  it(
    'publishes a bias frame, which the feed shows and the momentum strategy trades by',
    async () => {
      const feed = biasFeed;
      interface Bias {
        readonly value: number;
        readonly version: number;
      }
      const biasNow = (): Bias | null =>
        (feed.states.get('book')?.['BTCUSDT'] as { bias: Bias | null } | undefined)?.bias ?? null;
      await feed.until(() => biasNow() !== null, 'a bias');
      expect(Math.abs(biasNow()!.value)).toBeLessThanOrEqual(100);
      expect(biasNow()!.version).toBeGreaterThan(0);
      const labels = (): unknown[] => (feed.events.get('signals') ?? []).map(({ label }) => label);
      expect(biasNow()).toMatchObject({
        strength: 'strongBuy',
        scores: { '4h': expect.any(Number) as number },
      });
      await feed.until(() => labels().includes('momentum, bias up'), 'a signal that knows the bias');
      await haltAndResume(biasEngine);
      const summary = await stop(biasEngine);
      expect(summary.violations).toEqual([]);
      expect(summary.errors).toEqual([]);
      expect(summary.counters['analysis']).toMatchObject({ noViews: 0, runsFailed: 0, candleFailures: 0 });
      expect(summary.counters['analysis']['framesPublished']).toBeGreaterThan(0);
    },
    TEST_MS,
  );
});
