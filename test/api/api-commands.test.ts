import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Route } from '../../engine/api/http/route.ts';
import { FIGURES, openTestApp, sendTo } from '../fixtures/api-app.ts';
import type { Sent, TestApp } from '../fixtures/api-app.ts';

let opened: TestApp;

beforeAll(async () => {
  opened = await openTestApp(FIGURES);
});

afterAll(async () => {
  await opened.close();
});

const send = (route: Pick<Route, 'verb' | 'path'>, sent: Sent = {}): ReturnType<typeof sendTo> =>
  sendTo(opened, route, sent);

const HALT = { verb: 'POST', path: '/trading/halt' } as const;

describe('commands', () => {
  test('a command goes to the engine with who gave it; its answer says what came of it', async () => {
    opened.answering = () => ({ message: 'the kill switch is thrown', details: { openOrders: 0 } });
    const { status, body, headers } = await send(HALT, {
      key: 'trader',
      body: { reason: 'test' },
      headers: { 'user-agent': 'curl' },
    });
    expect(status).toBe(200);
    expect(body).toMatchObject({
      kind: 'kill',
      outcome: 'applied',
      reason: 'none',
      details: { openOrders: 0, haltId: null },
    });
    const command = opened.given.at(-1)!;
    expect(command).toMatchObject({
      kind: 'kill',
      audit: {
        what: 'POST /trading/halt',
        keyId: 'trader',
        address: '127.0.0.1',
        agent: 'curl',
        lowersRisk: true,
      },
    });
    expect(command.audit.correlationId).toBe(headers['x-correlation-id']);
    expect(headers['location']).toBe(`/api/v1/commands/${command.commandId}`);
  });

  test('a refusal is a problem with its code, an unknown outcome 202, no answer 504 with the command', async () => {
    const resume = { verb: 'POST', path: '/trading/resume' } as const;
    opened.answering = () => ({ outcome: 'refused', reason: 'lastSymbol', message: 'no' });
    expect((await send(resume, { key: 'controller', body: {} })).body).toMatchObject({
      status: 409,
      code: 'LAST_SYMBOL',
      detail: 'no',
    });
    opened.answering = () => ({ outcome: 'refused', reason: 'confirm_missing', message: 'say it' });
    expect((await send(resume, { key: 'controller', body: {} })).body).toMatchObject({
      status: 403,
      code: 'CONFIRM_MISSING',
    });
    opened.answering = () => ({ outcome: 'unknown', reason: 'timeout' });
    expect((await send(resume, { key: 'controller', body: {} })).status).toBe(202);
    opened.answering = () => undefined;
    const late = await send(resume, { key: 'controller', body: {}, query: { waitMs: '1' } });
    expect(late.body).toMatchObject({
      status: 504,
      code: 'COMMAND_TIMEOUT',
      commandId: opened.given.at(-1)!.commandId,
    });
    const told = opened.given.length;
    expect((await send(resume, { key: 'controller', body: {}, query: { waitMs: '0' } })).status).toBe(202);
    // It was answered before the engine heard of it.
    while (opened.given.length === told) await new Promise((resolve) => setImmediate(resolve));
    opened.answering = () => ({});
  });

  test('50 equal calls with one Idempotency-Key act once; another body under it is refused', async () => {
    const sent = { key: 'trader', body: {}, headers: { 'idempotency-key': 'once' } };
    const before = opened.given.length;
    const first = await send(HALT, sent);
    const others = await Promise.all(Array.from({ length: 49 }, () => send(HALT, sent)));
    expect(opened.given.length - before).toBe(1);
    for (const { body, headers } of others) {
      expect(body).toEqual(first.body);
      expect(headers['idempotency-replayed']).toBe('true');
    }
    const other = await send(HALT, { ...sent, body: { keepOrders: true } });
    expect(other.body).toMatchObject({ code: 'IDEMPOTENCY_CONFLICT' });
    expect((await send(HALT, { ...sent, key: 'controller' })).status).toBe(200);
    expect(opened.given.length - before).toBe(2);
  });

  test('calls at the same moment under one key: one acts, the others hear that it is in work', async () => {
    const sent = { key: 'trader', body: {}, headers: { 'idempotency-key': 'at-once' } };
    const before = opened.given.length;
    const answers = await Promise.all(Array.from({ length: 10 }, () => send(HALT, sent)));
    expect(opened.given.length - before).toBe(1);
    const codes = answers
      .filter(({ status }) => status !== 200)
      .map(({ body }) => (body as { code: string }).code);
    expect(new Set(codes)).toEqual(new Set(['IN_PROGRESS']));
  });

  test('what was turned away is written down', async () => {
    const before = opened.refused.length;
    await send(HALT, { key: 'reader', body: {} });
    await send(HALT, { key: 'trader', body: { nonsense: 1 } });
    expect(opened.refused.slice(before).map(({ caller, problem }) => [caller.keyId, problem.code])).toEqual([
      ['reader', 'SCOPE_MISSING'],
      ['trader', 'VALIDATION'],
    ]);
  });

  test('parameters of a strategy are changed only by who has read them', async () => {
    const change = { verb: 'PATCH', path: '/api/v1/strategies/:name/parameters' } as const;
    const body = { parameters: { lookback: 20 } };
    expect((await send(change, { key: 'controller', body })).status).toBe(428);
    expect((await send(change, { key: 'controller', body, headers: { 'if-match': 'W/"old"' } })).status).toBe(
      412,
    );
    const { headers } = await send({ verb: 'GET', path: '/api/v1/strategies/:name' });
    const done = await send(change, {
      key: 'controller',
      body,
      headers: { 'if-match': String(headers['etag']) },
    });
    expect(done.status).toBe(200);
    expect(opened.given.at(-1)).toMatchObject({
      kind: 'strategies-set',
      args: { strategy: '0', params: { lookback: 20 } },
    });
  });

  test('only strategies the engine knows by name are loaded, never a path of a request', async () => {
    const activate = { verb: 'POST', path: '/strategies/:name/activate' } as const;
    const before = opened.given.length;
    for (const name of ['../evil', '/srv/evil.ts', 'evil'])
      expect((await send(activate, { key: 'controller', body: {}, params: { name } })).status).toBe(404);
    expect((await send(activate, { key: 'controller', body: {} })).body).toMatchObject({
      code: 'ALREADY_ACTIVE',
    });
    expect(opened.given.length).toBe(before);
    await send(activate, { key: 'controller', body: {}, params: { name: 'GRID' } });
    expect(opened.given.at(-1)).toMatchObject({ kind: 'strategies-add', args: { name: 'grid' } });
  });
});

describe('sessions of browsers', () => {
  const SESSION = { verb: 'POST', path: '/api/v1/session' } as const;
  const REFRESH = { verb: 'POST', path: '/api/v1/session/refresh' } as const;
  const PAUSE = { verb: 'POST', path: '/api/v1/trading/pause' } as const;
  const ORIGIN = 'http://127.0.0.1:7420';

  /** The cookies an answer sets, as a browser sends them back. */
  function cookiesOf({ headers }: Awaited<ReturnType<typeof send>>): string {
    return [headers['set-cookie'] ?? []]
      .flat()
      .map((cookie) => String(cookie).split(';')[0])
      .join('; ');
  }

  test('a key begins one; what acts by its cookie needs the token of the page and an origin', async () => {
    const begun = await send(SESSION, { body: { apiKey: 'controller' } });
    expect(begun.body).toMatchObject({
      keyId: 'controller',
      scopes: ['control'],
      csrf: expect.any(String) as string,
    });
    for (const cookie of [begun.headers['set-cookie'] ?? []].flat())
      expect(cookie).toMatch(/HttpOnly; SameSite=Strict$/);
    const cookie = cookiesOf(begun);
    const { csrf } = begun.body as { csrf: string };
    expect(
      (await send({ verb: 'GET', path: '/api/v1/session' }, { headers: { cookie } })).body,
    ).toMatchObject({ keyId: 'controller', csrf });
    const act = (headers: Record<string, string>) =>
      send(PAUSE, { body: {}, headers: { cookie, ...headers } });
    expect((await act({})).body).toMatchObject({ status: 403, code: 'CSRF' });
    expect((await act({ origin: ORIGIN })).body).toMatchObject({ code: 'CSRF' });
    expect((await act({ origin: ORIGIN, 'x-shrike-csrf': 'wrong' })).body).toMatchObject({ code: 'CSRF' });
    expect((await act({ origin: 'https://evil.example', 'x-shrike-csrf': csrf })).body).toMatchObject({
      code: 'FOREIGN_ORIGIN',
    });
    expect((await act({ origin: ORIGIN, 'x-shrike-csrf': csrf })).status).toBe(200);
    expect(opened.given.at(-1)).toMatchObject({ kind: 'pause', audit: { keyId: 'controller' } });
    const resume = { verb: 'POST', path: '/api/v1/orders/cancel-all' } as const;
    expect(
      (await send(resume, { body: {}, headers: { cookie, origin: ORIGIN, 'x-shrike-csrf': csrf } })).body,
    ).toMatchObject({ code: 'SCOPE_MISSING' });
    const token = /shrike_\d+=([^;]+)/.exec(cookie)![1];
    expect((await send(PAUSE, { key: token, body: {} })).status).toBe(200);
    expect(
      (
        await send(
          { verb: 'DELETE', path: '/api/v1/session' },
          { headers: { cookie, origin: ORIGIN, 'x-shrike-csrf': csrf } },
        )
      ).status,
    ).toBe(204);
    expect((await send(PAUSE, { key: token, body: {} })).status).toBe(401);
  });

  test('a refresh secret is good once; who sends an old one ends the session', async () => {
    const first = await send(SESSION, { body: { apiKey: 'controller' } });
    const second = await send(REFRESH, { body: {}, headers: { cookie: cookiesOf(first) } });
    expect(second.status).toBe(200);
    const third = await send(REFRESH, { body: {}, headers: { cookie: cookiesOf(second) } });
    expect(third.status).toBe(200);
    expect((await send(REFRESH, { body: {}, headers: { cookie: cookiesOf(first) } })).status).toBe(401);
    expect((await send(REFRESH, { body: {}, headers: { cookie: cookiesOf(third) } })).status).toBe(401);
  });

  test('a key that is not good begins none, and tokens of others are worth nothing', async () => {
    for (const apiKey of ['revoked', 'expired', 'stranger'])
      expect((await send(SESSION, { body: { apiKey } })).status).toBe(401);
    const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
    const claims = part({
      iss: 'paper-sim',
      aud: 'shrike-control',
      sub: 'all',
      sid: 'x',
      exp: 9e9,
      scopes: ['admin'],
    });
    for (const header of [{ alg: 'none' }, { alg: 'HS256' }, { alg: 'EdDSA' }]) {
      const forged = `${part(header)}.${claims}.${header.alg === 'none' ? 'x' : 'c2lnbmF0dXJl'}`;
      expect((await send(PAUSE, { key: forged, body: {} })).status, header.alg).toBe(401);
    }
  });
});
