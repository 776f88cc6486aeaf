import { cpus, hostname, loadavg, totalmem } from 'node:os';
import { z } from 'zod';
import type { KeptEvent } from '../event-history.ts';
import type { EngineView } from '../engine-view.ts';
import { pageFrom, pageOf, pageQuery } from '../http/page.ts';
import { RequestProblem } from '../http/problem.ts';
import { ok, route } from '../http/route.ts';
import type { Route, RouteAnswer } from '../http/route.ts';
import { EVENT, HEALTH, NO_QUERY, RECORD } from './shapes.ts';

const GROUP = 'Engine';

/** The engine's figures. @throws RequestProblem until it has reported for the first time */
export function statsOf(engine: EngineView): NonNullable<ReturnType<EngineView['stats']>> {
  const stats = engine.stats();
  if (stats !== null) return stats;
  throw new RequestProblem('NO_STATS', 'the engine has not reported yet', { retryAfterS: 1 });
}

const LINKS = {
  docs: '/docs',
  openapi: '/openapi.json',
  health: '/health',
  metrics: '/metrics',
  feed: '/ws/v1',
  stream: '/api/v1/stream',
};

function health(engine: EngineView): RouteAnswer {
  const ready = engine.ready();
  const isAlive = engine.healthy().ok;
  const status = isAlive ? (ready.ok ? 'healthy' : 'degraded') : 'unhealthy';
  const uptimeMs = Math.round(engine.clock.nowNs() / 1e6);
  const body = { status, mode: engine.identity.mode, uptimeMs, reasons: ready.reasons };
  return { status: isAlive ? 200 : 503, body };
}

const HEALTH_BODY = z.strictObject({
  status: z.enum(['healthy', 'degraded', 'unhealthy']),
  mode: z.string(),
  uptimeMs: z.number(),
  reasons: z.array(z.strictObject({ code: z.string(), message: z.string() })),
});

function healthRoute(path: string): Route {
  return route({
    verb: 'GET',
    path,
    scope: 'open',
    group: GROUP,
    text: 'Whether the engine runs and could trade now.',
    query: NO_QUERY,
    answers: { 200: HEALTH_BODY, 503: HEALTH_BODY },
    handle: ({ engine, caller }) => {
      const answer = health(engine);
      if (caller.scopes.size > 0) return answer;
      return { ...answer, body: { ...(answer.body as object), reasons: [] } };
    },
  });
}

function probeRoute(path: '/-/healthy' | '/-/ready', text: string): Route {
  return route({
    verb: 'GET',
    path,
    scope: 'open',
    group: GROUP,
    text,
    answers: { 200: HEALTH, 503: HEALTH },
    handle: ({ engine, caller }) => {
      const report = path === '/-/ready' ? engine.ready() : engine.healthy();
      const reasons = caller.scopes.size > 0 ? report.reasons : [];
      return { status: report.ok ? 200 : 503, body: { ok: report.ok, reasons } };
    },
  });
}

/** What the engine is and how it is. */
export const ENGINE_ROUTES: readonly Route[] = [
  route({
    verb: 'GET',
    path: '/',
    scope: 'open',
    group: GROUP,
    text: 'Name, version and where to go on.',
    answers: {
      200: z.strictObject({ name: z.string(), version: z.string(), links: RECORD }),
      303: z.undefined(),
    },
    handle: ({ engine, headers }) => {
      const { name, version } = engine.identity;
      if (headers.accept?.includes('text/html') === true)
        return { status: 303, body: undefined, headers: { location: '/docs' } };
      return ok({ name, version, links: LINKS });
    },
  }),
  healthRoute('/health'),
  healthRoute('/api/health'),
  probeRoute('/-/healthy', 'Whether all threads respond.'),
  probeRoute('/-/ready', 'Whether the engine could trade now.'),
  route({
    verb: 'GET',
    path: '/metrics',
    scope: 'read',
    group: GROUP,
    text: 'Prometheus text.',
    mediaType: 'text/plain',
    answers: { 200: z.string() },
    handle: async ({ engine }) => {
      const { mediaType, text } = await engine.metrics();
      return { status: 200, body: text, mediaType };
    },
  }),
  route({
    verb: 'GET',
    path: '/stats',
    scope: 'read',
    group: GROUP,
    text: 'The engine in figures: what `run --json` prints at the end.',
    query: NO_QUERY,
    answers: { 200: RECORD },
    errors: ['NO_STATS'],
    handle: ({ engine }) => ok(statsOf(engine)),
  }),
  route({
    verb: 'GET',
    path: '/latency',
    scope: 'read',
    group: GROUP,
    text: 'Where the time of orders goes, with whole distributions (HDR V2).',
    query: NO_QUERY,
    budget: 'heavy',
    answers: { 200: RECORD },
    errors: ['NO_STATS'],
    handle: async ({ engine }) => ok(await latencyOf(engine)),
  }),
  route({
    verb: 'GET',
    path: '/api/v1/latency',
    scope: 'read',
    group: GROUP,
    text: 'The same.',
    query: NO_QUERY,
    budget: 'heavy',
    answers: { 200: RECORD },
    errors: ['NO_STATS'],
    handle: async ({ engine }) => ok(await latencyOf(engine)),
  }),
  route({
    verb: 'GET',
    path: '/api/v1/latency/late',
    scope: 'read',
    group: GROUP,
    text: 'Late orders by cause, and the latest of them stage by stage.',
    query: NO_QUERY,
    answers: { 200: RECORD },
    errors: ['NO_STATS'],
    handle: ({ engine }) => ok(statsOf(engine).overBudget),
  }),
  route({
    verb: 'GET',
    path: '/api/v1/engine',
    scope: 'read',
    group: GROUP,
    text: 'Identity, mode, venue, how long it has run.',
    query: NO_QUERY,
    answers: { 200: RECORD },
    errors: ['NO_STATS'],
    handle: ({ engine }) => {
      const { venue, topology, idle, io, seed, strategy, accountId, durationMs, firstOrderMs } =
        statsOf(engine);
      const uptimeMs = durationMs;
      return ok({
        ...engine.identity,
        venue,
        topology,
        idle,
        io,
        seed,
        strategy,
        accountId,
        uptimeMs,
        firstOrderMs,
      });
    },
  }),
  route({
    verb: 'GET',
    path: '/api/v1/system',
    scope: 'read',
    group: GROUP,
    text: 'The machine, its load, memory of the process and how sockets reach the kernel.',
    query: NO_QUERY,
    answers: { 200: RECORD },
    errors: ['NO_STATS'],
    handle: ({ engine }) => {
      const { rssMb, heapMb, gc, io, errors, journal } = statsOf(engine);
      const { platform, arch } = process;
      return ok({
        hostname: hostname(),
        platform,
        arch,
        node: process.versions.node,
        processors: cpus().length,
        load: loadavg(),
        memoryMb: Math.round(totalmem() / 1_048_576),
        wallClockMs: Math.round(engine.clock.epochUs() / 1000),
        rssMb,
        heapMb,
        gc,
        io,
        journal,
        errors,
      });
    },
  }),
  route({
    verb: 'GET',
    path: '/api/v1/actors',
    scope: 'read',
    group: GROUP,
    text: 'Every actor: its thread, state, restarts, turns.',
    query: NO_QUERY,
    answers: { 200: z.strictObject({ data: RECORD, asOfMs: z.number() }) },
    handle: ({ engine }) => ok({ data: engine.shared.actor(), asOfMs: nowMs(engine) }),
  }),
  route({
    verb: 'GET',
    path: '/api/v1/rings',
    scope: 'read',
    group: GROUP,
    text: 'Every queue between actors: policy, depth, losses.',
    query: NO_QUERY,
    answers: { 200: z.strictObject({ data: z.array(RECORD), asOfMs: z.number() }) },
    errors: ['NO_STATS'],
    handle: ({ engine }) => ok({ data: statsOf(engine).rings, asOfMs: nowMs(engine) }),
  }),
  route({
    verb: 'GET',
    path: '/api/v1/feeds',
    scope: 'read',
    group: GROUP,
    text: 'Age and state of the data of each symbol, and the counters of market data.',
    query: NO_QUERY,
    answers: { 200: RECORD },
    errors: ['NO_STATS'],
    handle: ({ engine }) => ok(feedsOf(engine)),
  }),
  route({
    verb: 'GET',
    path: '/api/v1/log',
    scope: 'read',
    group: GROUP,
    text: 'The latest lines of the log, newest first.',
    query: pageQuery({ level: z.string().max(16).optional(), actor: z.string().max(40).optional() }),
    answers: { 200: pageOf(EVENT) },
    handle: ({ engine, query }) => {
      const { level, actor } = query;
      const lines = engine.history
        .of('log')
        .filter(({ event }) => level === undefined || event['level'] === level)
        .filter(({ event }) => actor === undefined || event['source'] === actor);
      const page = pageFrom(lines, query, { level, actor }, EVENT_ORDER, nowMs(engine));
      return ok({ ...page, data: page.data.map(({ event }) => event) });
    },
  }),
  route({
    verb: 'GET',
    path: '/api/v1/config',
    scope: 'read',
    group: GROUP,
    text: 'The configuration in force, secrets left out.',
    query: NO_QUERY,
    answers: { 200: RECORD },
    errors: ['STARTING'],
    handle: async ({ engine }) => ok(await askedOf(engine, 'config')),
  }),
];

/** Order of a list of events. */
export const EVENT_ORDER: {
  readonly seqOf: (kept: KeptEvent) => number;
  readonly atMsOf: (kept: KeptEvent) => number;
} = {
  seqOf: ({ seq }) => seq,
  atMsOf: ({ event }) => Number(event['atMs']),
};

/** The wall clock as the engine keeps it, ms. */
export function nowMs(engine: EngineView): number {
  return Math.round(engine.clock.epochUs() / 1000);
}

/** What the main thread answers. @throws RequestProblem when it does not */
export async function askedOf(
  engine: EngineView,
  what: Parameters<EngineView['ask']>[0],
  about?: string,
): Promise<Record<string, unknown>> {
  const answer = await engine.ask(what, about);
  if (answer !== null) return answer as Record<string, unknown>;
  throw new RequestProblem('STARTING', 'the engine does not answer now; try again', { retryAfterS: 1 });
}

async function latencyOf(engine: EngineView): Promise<object> {
  const report = await engine.latency();
  if (report !== null) return report;
  throw new RequestProblem('NO_STATS', 'the engine does not answer', { retryAfterS: 1 });
}

function feedsOf(engine: EngineView): object {
  const { counters } = statsOf(engine);
  const symbols = engine.instruments().map((instrument) => {
    const ageMs = engine.shared.bookAgeMs(instrument.index);
    return {
      symbol: instrument.symbol,
      venue: instrument.venue,
      lane: instrument.lane,
      isValid: ageMs !== null,
      dataAgeMs: ageMs === null ? null : Math.round(ageMs),
    };
  });
  const ofFeeds = Object.entries(counters).filter(([actor]) => actor.startsWith('market-data'));
  return { symbols, counters: Object.fromEntries(ofFeeds), asOfMs: nowMs(engine) };
}
