import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { mayUse } from '../../engine/api/access/caller.ts';
import type { Scope } from '../../engine/api/access/key-record.ts';
import { openApiDocument, problemsOf } from '../../engine/api/http/openapi-document.ts';
import { PROBLEMS } from '../../engine/api/http/problem.ts';
import type { ProblemCode } from '../../engine/api/http/problem.ts';
import type { Route } from '../../engine/api/http/route.ts';
import { ALL_ROUTES } from '../../engine/api/routes/all-routes.ts';
import { FIGURES, openTestApp, PARAMS, sendTo, TEST_KEYS } from '../fixtures/api-app.ts';
import type { Sent, TestApp } from '../fixtures/api-app.ts';

/** Cases of the fuzz per endpoint; more when asked for. */
const CASES = Number(process.env['SHRIKE_FUZZ_CASES'] ?? 6);

let opened: TestApp;

beforeAll(async () => {
  opened = await openTestApp(FIGURES);
  opened.harness.setBook(0, 6_000_000, 6_000_010, 100);
});

afterAll(async () => {
  await opened.close();
});

const send = (route: Pick<Route, 'verb' | 'path'>, sent: Sent = {}): ReturnType<typeof sendTo> =>
  sendTo(opened, route, sent);

const isStream = ({ mediaType }: Route): boolean => mediaType === 'text/event-stream';
const PLAIN = ALL_ROUTES.filter((route) => !isStream(route));
const nameOf = ({ verb, path }: Route): string => `${verb} ${path}`;

/** The refusal a caller must get, or null when it is let in. */
function refusalOf(route: Route, scopes: readonly Scope[], isKnown: boolean): ProblemCode | null {
  const caller = {
    kind: 'key',
    keyId: 'k',
    address: '',
    sid: null,
    csrf: null,
    scopes: new Set(scopes),
  } as const;
  // It goes by its own cookie, which nobody brings here.
  if (route.path === '/api/v1/session/refresh') return 'UNAUTHORIZED';
  if (mayUse(caller, route.scope)) return null;
  return isKnown ? 'SCOPE_MISSING' : 'UNAUTHORIZED';
}

describe('every endpoint and everyone', () => {
  test('each lets in whom its declaration names, and nobody else', async () => {
    for (const route of PLAIN) {
      const expectCode = async (who: string, sent: Sent, code: ProblemCode | null): Promise<void> => {
        const { status, body } = await send(route, sent);
        if (code === null) expect([401, 403, 421], `${nameOf(route)} for ${who}`).not.toContain(status);
        else
          expect({ status, code: (body as { code: string }).code }, `${nameOf(route)} for ${who}`).toEqual({
            status: PROBLEMS[code].status,
            code,
          });
      };
      await expectCode('nobody', { address: '10.1.1.1' }, refusalOf(route, [], false));
      const local = refusalOf(route, route.scope === 'read' ? ['read'] : [], false);
      await expectCode('a reader of this machine', {}, local);
      await expectCode(
        'a proxy of this machine',
        { headers: { 'x-forwarded-for': '10.1.1.1' } },
        refusalOf(route, [], false),
      );
      for (const { id, scopes } of TEST_KEYS.slice(0, 5))
        await expectCode(id, { key: id }, refusalOf(route, [...scopes, 'read'], true));
      await expectCode('a key that expired', { key: 'expired' }, 'UNAUTHORIZED');
      await expectCode('a key that was revoked', { key: 'revoked' }, 'UNAUTHORIZED');
      await expectCode('a key nobody has', { key: 'stranger' }, 'UNAUTHORIZED');
      await expectCode('a key of another mode', { key: 'shadow' }, 'KEY_RESTRICTED');
      await expectCode('a key of another place', { key: 'elsewhere' }, 'KEY_RESTRICTED');
      await expectCode(
        'a page of elsewhere',
        { key: 'all', headers: { origin: 'https://evil.example' } },
        'FOREIGN_ORIGIN',
      );
      await expectCode('a rebound name', { key: 'all', headers: { host: 'evil.example' } }, 'FOREIGN_HOST');
    }
  });

  test('streams refuse the same way', async () => {
    for (const route of ALL_ROUTES.filter(isStream)) {
      expect((await send(route, { address: '10.1.1.1' })).status).toBe(401);
      expect((await send(route, { key: 'expired' })).status).toBe(401);
      expect((await send(route, { headers: { host: 'evil.example' } })).status).toBe(421);
    }
  });

  test('every answer has the security headers, a correlation id and a rule for caches', async () => {
    for (const route of PLAIN) {
      const { headers } = await send(route, {
        headers: { traceparent: `00-${'ab'.repeat(16)}-${'cd'.repeat(8)}-01` },
      });
      expect(headers, nameOf(route)).toMatchObject({
        'x-content-type-options': 'nosniff',
        'x-frame-options': 'DENY',
        'x-correlation-id': 'ab'.repeat(16),
        'shrike-engine': 'paper-sim/r1',
        'cache-control': expect.any(String),
      });
    }
  });
});

/** Values a query or a path may bring. */
const WORD = fc.oneof(
  fc.constantFrom(
    '',
    '0',
    '-1',
    '1e9',
    'NaN',
    'true',
    '../../etc/passwd',
    '%00',
    "'; --",
    '{}',
    'BTCUSDT',
    'btc-usdt',
    '1m',
    'open',
    '<script>',
  ),
  fc.string({ maxLength: 60, unit: 'grapheme' }),
);
const NAMES = [
  'limit',
  'cursor',
  'fromMs',
  'toMs',
  'order',
  'symbol',
  'state',
  'timeframe',
  'symbols',
  'waitMs',
  'format',
  '__proto__',
];

describe('whatever is sent', () => {
  test('nothing answers 500, and every answer is one that is declared', async () => {
    const bodies = fc.oneof(
      fc.constant(undefined),
      fc.jsonValue({ maxDepth: 2 }),
      fc.dictionary(
        fc.constantFrom(
          'symbol',
          'haltId',
          'keepOrders',
          'parameters',
          'confirm',
          'v',
          's',
          'context',
          'clearFault',
        ),
        fc.jsonValue({ maxDepth: 1 }),
      ),
    );
    for (const route of PLAIN) {
      const allowed = new Set([
        ...Object.keys(route.answers).map(Number),
        ...problemsOf(route).map((code) => PROBLEMS[code].status),
        304,
        404,
        413,
        415,
      ]);
      const property = fc.asyncProperty(
        fc.dictionary(fc.constantFrom(...NAMES), WORD, { maxKeys: 3, noNullPrototype: true }),
        bodies,
        WORD.filter((word) => word !== ''),
        fc.boolean(),
        async (query, body, param, isKnown) => {
          const params = isKnown ? PARAMS : { symbol: param, name: param, id: param };
          const sent = {
            key: 'all',
            query,
            params,
            headers: { 'idempotency-key': param.replaceAll(/[^\x21-\x7e]/g, 'x') },
          };
          const { status, body: answer } = await send(route, route.verb === 'GET' ? sent : { ...sent, body });
          expect([...allowed], `${nameOf(route)}: ${JSON.stringify(answer).slice(0, 300)}`).toContain(status);
          const schema = route.answers[status];
          if (
            schema !== undefined &&
            status < 300 &&
            route.mediaType === undefined &&
            typeof answer !== 'string'
          )
            expect(schema.safeParse(answer).error?.issues, nameOf(route)).toBeUndefined();
        },
      );
      await fc.assert(property, { numRuns: CASES, seed: 12 });
    }
  });

  test('a body that is no JSON, too large, or of another kind is refused as that', async () => {
    const post = (payload: string, type: string) =>
      opened.app.inject({
        method: 'POST',
        url: '/trading/halt',
        payload,
        headers: { host: 'localhost', 'content-type': type, authorization: 'Bearer all' },
      });
    expect((await post('{', 'application/json')).json()).toMatchObject({
      status: 400,
      code: 'VALIDATION',
      errors: [{ path: 'body' }],
    });
    expect((await post(' '.repeat(70_000), 'application/json')).statusCode).toBe(413);
    expect((await post('a=1', 'application/x-www-form-urlencoded')).statusCode).toBe(415);
  });

  test('all faults of a request are told at once, and unknown keys are faults', async () => {
    const { status, body } = await send(
      { verb: 'GET', path: '/orders' },
      { query: { limit: '0', nonsense: '1', order: 'up' } },
    );
    expect(status).toBe(400);
    const { errors } = body as { errors: { path: string; message: string }[] };
    expect(errors.map(({ path }) => path).sort()).toEqual(['query', 'query.limit', 'query.order']);
  });

  test('a path that exists answers 405 with what it takes, and OPTIONS says so', async () => {
    const headers = { host: 'localhost' };
    const wrong = await opened.app.inject({ method: 'DELETE', url: '/health', headers });
    expect(wrong.statusCode).toBe(405);
    expect(wrong.headers['allow']).toBe('GET, HEAD, OPTIONS');
    expect(
      (await opened.app.inject({ method: 'OPTIONS', url: '/trading/halt', headers })).headers['allow'],
    ).toBe('POST, OPTIONS');
    expect((await opened.app.inject({ method: 'HEAD', url: '/health', headers })).body).toBe('');
    expect((await opened.app.inject({ method: 'GET', url: '/nope', headers })).json()).toMatchObject({
      code: 'NOT_FOUND',
    });
  });
});

describe('the document', () => {
  test('has every endpoint, and nothing that is not served', async () => {
    const document = await openApiDocument(ALL_ROUTES, '1');
    expect(document.openapi).toBe('3.1.0');
    const described = Object.entries(document.paths!).flatMap(([path, verbs]) =>
      Object.keys(verbs!).map((verb) => `${verb.toUpperCase()} ${path}`),
    );
    const declared = ALL_ROUTES.map(({ verb, path }) => `${verb} ${path.replaceAll(/:([a-z]+)/gi, '{$1}')}`);
    expect(described.sort()).toEqual(declared.sort());
    expect(new Set(declared).size).toBe(declared.length);
  });

  test('each schema can be written as JSON Schema', () => {
    for (const route of ALL_ROUTES)
      for (const schema of [route.query, route.body, route.params, ...Object.values(route.answers)])
        if (schema !== undefined) z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });
  });
});

describe('reading', () => {
  test('a symbol may be spelt in every way', async () => {
    for (const symbol of ['BTCUSDT', 'btcusdt', 'BTC-USDT', 'btc_usdt', 'BTC/USDT', 'sim:BTCUSDT'])
      expect(
        (await send({ verb: 'GET', path: '/api/live/market-data/:symbol' }, { params: { symbol } })).body,
        symbol,
      ).toMatchObject({
        symbol: 'BTCUSDT',
        price: '60000.050',
        isValid: true,
      });
    const two = await opened.app.inject({
      url: '/api/live/market-data/BTC/USDT',
      headers: { host: 'localhost' },
    });
    expect(two.json()).toMatchObject({ symbol: 'BTCUSDT' });
    const unknown = await send(
      { verb: 'GET', path: '/api/v1/books/:symbol' },
      { params: { symbol: 'BTCUSD' } },
    );
    expect(unknown.body).toMatchObject({ code: 'SYMBOL_UNKNOWN', inputs: { near: ['BTCUSDT', 'ETHUSDT'] } });
  });

  test('a list comes in parts, which new items do not shift, and a cursor is good for its own list only', async () => {
    for (let seq = 1; seq <= 5; seq++) opened.harness.sendFill(seq, seq);
    const fills = { verb: 'GET', path: '/api/v1/fills' } as const;
    const page = async (query: Record<string, string>) =>
      (await send(fills, { query })).body as { data: { fillId: string }[]; nextCursor: string | null };
    while ((await page({})).data.length < 5) await new Promise((resolve) => setImmediate(resolve));
    const first = await page({ limit: '2' });
    expect(first.data.map(({ fillId }) => fillId)).toEqual(['5', '4']);
    opened.harness.sendFill(6, 6);
    while ((await page({})).data.length < 6) await new Promise((resolve) => setImmediate(resolve));
    const second = await page({ limit: '2', cursor: first.nextCursor! });
    expect(second.data.map(({ fillId }) => fillId)).toEqual(['3', '2']);
    expect(await page({ limit: '2', cursor: second.nextCursor! })).toMatchObject({
      data: [{ fillId: '1' }],
      nextCursor: null,
    });
    const other = await send(fills, { query: { cursor: first.nextCursor!, side: 'buy' } });
    expect(other.body).toMatchObject({ code: 'CURSOR_MISMATCH' });
  });

  test('sums of money are exact', async () => {
    expect((await send({ verb: 'GET', path: '/api/live/performance' })).body).toMatchObject({ pnl: '-1.35' });
  });
});
