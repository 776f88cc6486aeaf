import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { request } from 'undici';
import { afterEach, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { addKey, changeKey } from '../../engine/api/access/new-key.ts';
import { KeyFile } from '../../engine/api/access/key-file.ts';
import { ApiError, checkBind, isLoopback } from '../../engine/api/access/request-origin.ts';
import { API_COUNTERS } from '../../engine/api/api-counters.ts';
import { metricName } from '../../engine/api/metrics.ts';
import { ACTOR_STATE } from '../../engine/runtime/actor-control.ts';
import { ApiHarness, until } from '../fixtures/api-harness.ts';
import { latency, STATS } from '../fixtures/engine-stats.ts';

const open: ApiHarness[] = [];

async function start(config: ConstructorParameters<typeof ApiHarness>[0] = {}): Promise<ApiHarness> {
  const harness = new ApiHarness(config);
  open.push(harness);
  return harness.start();
}

afterEach(async () => {
  for (const harness of open.splice(0)) await harness.stop();
});

interface Answer {
  readonly status: number;
  readonly body: Record<string, unknown>;
}

async function get(harness: ApiHarness, path: string, headers: Record<string, string> = {}): Promise<Answer> {
  const { statusCode, body } = await request(`${harness.address.httpUrl}${path}`, { headers });
  return { status: statusCode, body: (await body.json()) as Record<string, unknown> };
}

function codes({ body }: Answer): unknown[] {
  return (body.reasons as { code: string }[]).map(({ code }) => code);
}

/** What the handshake answers: 101 or the refusal's status. */
async function handshake(
  url: string,
  headers: Record<string, string>,
  protocols: string[] = [],
): Promise<number> {
  const socket = new WebSocket(url, protocols, { headers });
  try {
    return await new Promise((resolve, reject) => {
      socket.on('open', () => resolve(101));
      socket.on('unexpected-response', (_request, response) => resolve(response.statusCode!));
      socket.on('error', reject);
    });
  } finally {
    socket.on('error', () => {});
    socket.terminate();
  }
}

interface Metric {
  readonly type: string;
  readonly help: string;
  readonly samples: Map<string, number>;
}

/** A strict reading of the Prometheus text format 0.0.4; throws on the first line that breaks it. */
function parseMetrics(text: string): Map<string, Metric> {
  const metrics = new Map<string, Metric>();
  let help = '';
  let current = '';
  expect(text.endsWith('\n')).toBe(true);
  for (const line of text.split('\n')) {
    if (line === '') continue;
    const helpLine = /^# HELP ([a-zA-Z_:][\w:]*) (.+)$/.exec(line);
    const typeLine = /^# TYPE ([a-zA-Z_:][\w:]*) (counter|gauge|histogram|summary|untyped)$/.exec(line);
    const label = '[a-zA-Z_]\\w*="(?:[^"\\\\\\n]|\\\\["\\\\n])*"';
    const sample = new RegExp(`^([a-zA-Z_:][\\w:]*)(?:\\{(${label}(?:,${label})*)\\})? (\\S+)$`).exec(line);
    if (helpLine !== null) [, current, help] = helpLine;
    else if (typeLine !== null) {
      expect(typeLine[1]).toBe(current);
      expect(metrics.has(current), `${current} is given twice`).toBe(false);
      metrics.set(current, { type: typeLine[2], help, samples: new Map() });
    } else if (sample !== null) {
      expect(sample[1]).toBe(current);
      expect(Number.isFinite(Number(sample[3])), line).toBe(true);
      metrics.get(current)!.samples.set(sample[2] ?? '', Number(sample[3]));
    } else throw new Error(`not Prometheus text: ${line}`);
  }
  return metrics;
}

function makeReady(harness: ApiHarness): void {
  harness.execution.setReconciled(true);
  harness.execution.setConnected(true);
  harness.setBook(0, 6_000_000, 6_000_001, 5);
  harness.setBook(1, 300_000, 300_002, 5);
}

describe('health', () => {
  test('healthy means every thread beats; a stopped heartbeat or actor turns it to 503 with the reason', async () => {
    const harness = await start({ beatStaleMs: 500 });
    expect(await get(harness, '/-/healthy')).toEqual({ status: 200, body: { ok: true, reasons: [] } });
    harness.control.setState(ACTOR_STATE.failed);
    const failed = await get(harness, '/-/healthy');
    expect(failed.status).toBe(503);
    expect(codes(failed)).toEqual(['ACTOR_NOT_RUNNING']);
    harness.control.setState(ACTOR_STATE.running);
    harness.isBeating = false;
    await until('the heartbeat is old', () => harness.clock.nowNs() - harness.control.lastBeatNs() > 600e6);
    const hung = await get(harness, '/-/healthy');
    expect(hung.status).toBe(503);
    expect(codes(hung)).toEqual(['ACTOR_HANGS']);
    expect(JSON.stringify(hung.body)).toContain('strategy (thread hot)');
  });

  test('ready needs reconciled orders, a venue, valid fresh books and no kill switch; each lack is named', async () => {
    const harness = await start({ feedStaleMs: 60_000 });
    const bare = await get(harness, '/-/ready');
    expect(bare.status).toBe(503);
    expect(codes(bare)).toEqual(['VENUE_DOWN', 'NOT_RECONCILED', 'BOOK_HIDDEN', 'BOOK_HIDDEN']);
    makeReady(harness);
    expect(await get(harness, '/-/ready')).toEqual({ status: 200, body: { ok: true, reasons: [] } });
    harness.books.hide(1, 2);
    expect(codes(await get(harness, '/-/ready'))).toEqual(['BOOK_HIDDEN']);
    harness.setBook(1, 1, 2, 3);
    harness.risk.kill(1);
    expect(codes(await get(harness, '/-/ready'))).toEqual(['KILLED']);
    harness.risk.resume();
    harness.execution.setJournalLost(true);
    expect(codes(await get(harness, '/-/ready'))).toEqual(['JOURNAL_LOST']);
    harness.execution.setJournalLost(false);
    expect(codes(await get(harness, '/-/ready'))).toEqual([]);
    harness.isJournalLost = true;
    expect(codes(await get(harness, '/-/ready'))).toEqual(['JOURNAL_LOST']);
  });

  test('a feed that falls silent makes the engine not ready', async () => {
    const harness = await start({ feedStaleMs: 100 });
    makeReady(harness);
    const since = harness.clock.nowNs();
    await until('the book is old', () => harness.clock.nowNs() - since > 150e6);
    expect(codes(await get(harness, '/-/ready'))).toEqual(['FEED_STALE', 'FEED_STALE']);
  });
});

describe('stats and metrics', () => {
  test('stats are 503 until the supervisor reported, then exactly what it sent', async () => {
    const harness = await start();
    expect(await get(harness, '/stats')).toMatchObject({ status: 503, body: { code: 'NO_STATS' } });
    harness.supervisor.postMessage({
      kind: 'stats',
      stats: STATS,
      latencyInterval: { tickToOrder: latency(7) },
    });
    await until('stats', () => harness.count('statsReceived') === 1);
    expect(await get(harness, '/stats')).toEqual({ status: 200, body: STATS });
    const probe = await harness.connect();
    probe.subscribe('stats', 'latency');
    await until('the topics', () => probe.of('stats').length > 0 && probe.of('latency').length > 0);
    expect(probe.rebuild('stats').state).toEqual(STATS);
    expect(probe.rebuild('latency').state).toMatchObject({
      tickToOrder: { sinceStart: STATS.tickToOrderNs, interval: latency(7) },
      recvToDecoded: { sinceStart: STATS.stageNs.recvToDecoded, interval: null },
      orderToAck: { sinceStart: STATS.orderToAckNs },
      'feed-to-book': { sinceStart: latency(500), interval: null },
      overBudget: STATS.overBudget,
    });
  });

  test('latency is asked of the supervisor once however many wait for it, and is what it answered', async () => {
    const harness = await start();
    const answers = [get(harness, '/latency'), get(harness, '/latency')];
    await until('the question', () => JSON.stringify(harness.heard).includes('latencyWanted'));
    const report = { schema: 'shrike.latency/1', hdrV2: { tickToOrder: 'HISTFAAA' } };
    // Both have asked before the answer comes, or the second asks anew.
    harness.supervisor.postMessage({ kind: 'latency', report });
    const first = await answers[0];
    expect(first).toEqual({ status: 200, body: report });
    harness.supervisor.postMessage({ kind: 'latency', report });
    expect(await answers[1]).toEqual(first);
  });

  test('metrics are well-formed Prometheus text with the values of shared memory and the tables sentences', async () => {
    const harness = await start();
    harness.supervisor.postMessage({ kind: 'stats', stats: STATS });
    makeReady(harness);
    harness.positions.applyFill(0, 1, 1, 6_000_000, 250, 1, 0);
    harness.sendTrade(1);
    harness.sendTrade(2);
    await until(
      'all was taken',
      () => harness.count('recordsRead') === 2 && harness.count('statsReceived') === 1,
    );
    const { body, headers, statusCode } = await request(`${harness.address.httpUrl}/metrics`);
    expect(statusCode).toBe(200);
    expect(headers['content-type']).toContain('text/plain; version=0.0.4');
    const metrics = parseMetrics(await body.text());
    const value = (name: string, labels = ''): number | undefined => metrics.get(name)?.samples.get(labels);
    expect(value('shrike_ring_published_records_total', 'ring="strategy-to-api"')).toBe(2);
    expect(value('shrike_ring_depth_records', 'ring="strategy-to-api"')).toBe(0);
    expect(value('shrike_ring_dropped_records_total', 'ring="strategy-to-api"')).toBe(0);
    expect(metrics.get('shrike_ring_conflated_records_total')!.samples.size).toBe(0);
    expect(value('shrike_actor_up', 'actor="strategy",thread="hot"')).toBe(1);
    expect(value('shrike_position_lots', 'symbol="BTCUSDT"')).toBe(250);
    expect(value('shrike_book_valid', 'symbol="ETHUSDT"')).toBe(1);
    expect(value('shrike_trading_reconciled')).toBe(1);
    expect(value('shrike_ticks_total')).toBe(1000);
    expect(value('shrike_uptime_seconds')).toBe(12.5);
    expect(value('shrike_orders_total', 'outcome="partially_filled"')).toBe(1);
    expect(value('shrike_errors_total', 'code="A"')).toBe(5);
    expect(value('shrike_order_latency_seconds', 'stage="tick_to_order",quantile="0.99"')).toBe(
      120_000 / 1e9,
    );
    expect(value('shrike_order_latency_samples_total', 'stage="recv_to_decoded"')).toBe(9);
    expect(value('shrike_ring_wait_seconds', 'ring="feed-to-book",quantile="0.5"')).toBe(500 / 1e9);
    expect(value('shrike_ring_wait_samples_total', 'ring="feed-to-book"')).toBe(9);
    expect(value('shrike_latency_budget_seconds')).toBe(0.001);
    expect(value('shrike_late_orders_total', 'cause="scheduler_gap"')).toBe(2);
    expect(value('shrike_late_stages_total', 'stage="approved_to_sent",cause="long_handler"')).toBe(3);
    expect(
      value('shrike_engine_info', 'mode="paper",venue="sim",topology="fused",idle="backoff",io="stream"'),
    ).toBe(1);
    for (const [name, sentence] of Object.entries(API_COUNTERS)) {
      const metric = metrics.get(`shrike_api_${metricName(name)}_total`);
      expect(metric, name).toMatchObject({ type: 'counter', help: sentence });
    }
    for (const [name, { type, help }] of metrics) {
      expect(name).toMatch(type === 'counter' ? /_total$/ : /^shrike_(?!.*_total$)/);
      expect(help.length, name).toBeGreaterThan(5);
    }
    const again = parseMetrics(await (await request(`${harness.address.httpUrl}/metrics`)).body.text());
    expect(again.get('shrike_ticks_total')!.samples.get('')).toBe(1000);
  });
});

describe('access', () => {
  test('a port in use is an error that names the port, told to the supervisor too', async () => {
    const blocker = createServer();
    await new Promise<void>((resolve) => {
      blocker.listen(0, '127.0.0.1', resolve);
    });
    const { port } = blocker.address() as AddressInfo;
    const harness = new ApiHarness({ port });
    open.push(harness);
    const failure = await harness.start().then(
      () => null,
      (error: unknown) => error,
    );
    expect(failure).toBeInstanceOf(ApiError);
    expect(failure).toMatchObject({ code: 'API_PORT_IN_USE' });
    expect((failure as Error).message).toContain(String(port));
    await until('the supervisor hears it', () => harness.heard.length > 0);
    expect(harness.heard[0]).toMatchObject({ kind: 'failed', code: 'API_PORT_IN_USE' });
    await new Promise((resolve) => {
      blocker.close(resolve);
    });
  });

  test('a port that becomes free in time is taken, and the supervisor hears where', async () => {
    const blocker = createServer();
    await new Promise<void>((resolve) => {
      blocker.listen(0, '127.0.0.1', resolve);
    });
    const { port } = blocker.address() as AddressInfo;
    const harness = new ApiHarness({ port });
    open.push(harness);
    const starting = harness.start();
    setTimeout(() => blocker.close(), 60);
    await starting;
    expect((await get(harness, '/-/healthy')).status).toBe(200);
    await until('the supervisor hears it', () => harness.heard.length > 0);
    expect(harness.heard[0]).toMatchObject({
      kind: 'listening',
      port,
      httpUrl: `http://127.0.0.1:${port}`,
      feedUrl: `ws://127.0.0.1:${port}/ws/v1`,
    });
  });

  test('an address others can reach is refused: nothing encrypts what goes there', async () => {
    const policy = { host: '0.0.0.0', allowedOrigins: [] };
    expect(() => checkBind(policy)).toThrow(ApiError);
    expect(() => checkBind(policy)).toThrow(/api\.host 0\.0\.0\.0 .*encrypts/);
    expect(() => checkBind({ ...policy, host: '127.0.0.1' })).not.toThrow();
    const harness = new ApiHarness({ host: '0.0.0.0' });
    open.push(harness);
    await expect(harness.start()).rejects.toMatchObject({ code: 'API_UNPROTECTED_BIND' });
    for (const host of ['127.0.0.1', '127.9.9.9', 'localhost', '::1', '[::1]'])
      expect(isLoopback(host)).toBe(true);
    for (const host of ['0.0.0.0', '::', '10.0.0.1', '127.0.0.1.evil.example', ''])
      expect(isLoopback(host)).toBe(false);
  });

  test('browser pages of foreign origins and foreign host names are refused, others are not', async () => {
    const harness = await start({ allowedOrigins: ['https://dash.example'] });
    const { feedUrl, httpUrl, port } = harness.address;
    expect(await handshake(feedUrl, {})).toBe(101);
    expect(await handshake(feedUrl, { origin: httpUrl })).toBe(101);
    expect(await handshake(feedUrl, { origin: 'https://dash.example' })).toBe(101);
    expect(await handshake(feedUrl, { origin: 'https://evil.example' })).toBe(403);
    expect(await handshake(feedUrl, { origin: 'null' })).toBe(403);
    expect(await handshake(feedUrl, { origin: `http://127.0.0.1:${port + 1}` })).toBe(403);
    expect(await handshake(feedUrl, { host: `rebound.example:${port}` })).toBe(421);
    expect(await handshake(`${feedUrl}?format=xml`, {})).toBe(400);
    expect(await handshake(feedUrl.replace('/ws/v1', '/ws/v9'), {})).toBe(404);
    expect((await get(harness, '/stats', { host: 'rebound.example' })).status).toBe(421);
    expect((await get(harness, '/stats', { origin: 'https://evil.example' })).status).toBe(403);
    expect(harness.count('clientsRefusedOrigin')).toBe(6);
  });

  test('where reading needs a key it is sent as a header or as a subprotocol, and ends within a second of being revoked', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'shrike-keys-'));
    const keyFile = join(folder, 'access', 'keys.json');
    const nowMs = Date.now();
    const file = new KeyFile(keyFile);
    const wanted = { name: 'test', scopes: ['read'], modes: ['paper'], cidrs: [], expires: null } as const;
    const { key, text } = await addKey(file, wanted, nowMs);
    const harness = await start({ loopbackRead: false, keyFile });
    const { feedUrl } = harness.address;
    expect((await get(harness, '/stats')).status).toBe(401);
    expect((await get(harness, '/stats', { authorization: 'Bearer sword' })).status).toBe(401);
    expect((await get(harness, '/-/healthy')).body).toMatchObject({ reasons: [] });
    expect((await get(harness, '/api/v1/actors', { authorization: `Bearer ${text}` })).status).toBe(200);
    expect((await get(harness, '/api/v1/actors', { 'x-api-key': text })).status).toBe(200);
    expect(await handshake(feedUrl, {})).toBe(401);
    expect(await handshake(feedUrl, { authorization: `bearer ${text}` })).toBe(101);
    expect(await handshake(feedUrl, {}, ['shrike.telemetry.v1', `bearer.${text}`])).toBe(101);
    expect(await handshake(feedUrl, {}, ['shrike.telemetry.v1', 'bearer.wrong'])).toBe(401);
    expect(harness.count('clientsRefusedAuth')).toBe(4);
    const probe = await harness.connect('', { headers: { authorization: `Bearer ${text}` } });
    changeKey(file, key.id, (old) => ({ ...old, revoked: nowMs }), nowMs);
    await until('the socket is closed', () => probe.closeCode !== null);
    expect(probe.closeCode).toBe(4401);
    expect((await get(harness, '/stats', { authorization: `Bearer ${text}` })).status).toBe(401);
    rmSync(folder, { recursive: true });
  });

  test('the client limit is kept, and a place is free again when a client leaves', async () => {
    const harness = await start({ clientsMax: 2 });
    const first = await harness.connect();
    await harness.connect();
    expect(await handshake(harness.address.feedUrl, {})).toBe(503);
    expect(harness.count('clientsRefusedFull')).toBe(1);
    first.socket.close();
    await until('it left', () => first.closeCode !== null);
    await harness.connect();
  });

  test('nothing that acts works without a key', async () => {
    const harness = await start();
    for (const path of [
      '/trading/halt',
      '/api/v1/trading/pause',
      '/api/v1/kill',
      '/strategies/momentum/deactivate',
    ]) {
      const { statusCode, body } = await request(`${harness.address.httpUrl}${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: '{}',
      });
      expect(statusCode, path).toBe(401);
      await body.dump();
    }
  });

  test('after a stop the port is free and clients are gone', async () => {
    const harness = await start();
    const probe = await harness.connect();
    const { port } = harness.address;
    await harness.stop();
    open.splice(0);
    await until('the client is gone', () => probe.closeCode !== null);
    const next = await start({ port });
    expect(next.address.port).toBe(port);
  });
});
