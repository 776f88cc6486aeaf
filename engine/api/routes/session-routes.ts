import { z } from 'zod';
import type { GivenSession } from '../access/sessions.ts';
import { RequestProblem } from '../http/problem.ts';
import { route } from '../http/route.ts';
import type { Route, RouteAnswer } from '../http/route.ts';
import { NO_QUERY } from './shapes.ts';

const GROUP = 'Access';
const PATH = '/api/v1/session';
const SESSION = z.strictObject({
  keyId: z.string(),
  scopes: z.array(z.string()),
  csrf: z.string().nullable(),
  expiresMs: z.number().nullable(),
});

function given({ keyId, csrf, expiresMs, cookies }: GivenSession, scopes: Iterable<string>): RouteAnswer {
  const body = { keyId, scopes: [...scopes], csrf, expiresMs };
  return { status: 200, body, headers: { 'set-cookie': [...cookies] } };
}

/** Sessions of browsers: a key is sent once, then cookies that pages cannot read. */
export const SESSION_ROUTES: readonly Route[] = [
  route({
    verb: 'POST',
    path: PATH,
    scope: 'login',
    group: GROUP,
    text: 'Begin a session with a key: two HttpOnly cookies. Calls that act then need X-Shrike-Csrf and an Origin.',
    query: NO_QUERY,
    body: z.strictObject({ apiKey: z.string().min(1).max(200) }),
    budget: 'login',
    answers: { 200: SESSION },
    handle: async ({ login, engine, body }) => {
      const key = await login(body.apiKey);
      const sessions = await engine.sessions();
      return given(await sessions.open(key), key.scopes);
    },
  }),
  route({
    verb: 'POST',
    path: `${PATH}/refresh`,
    scope: 'login',
    group: GROUP,
    text: 'Go on with a session; its refresh cookie is another one from then on, and an old one ends the session.',
    query: NO_QUERY,
    body: z.strictObject({}),
    budget: 'login',
    answers: { 200: SESSION },
    handle: async ({ engine, headers }) => {
      const sessions = await engine.sessions();
      const refreshed = await sessions.refresh(headers.cookie ?? '');
      if (refreshed === null) throw new RequestProblem('UNAUTHORIZED', 'there is no such session any more');
      return given(refreshed, []);
    },
  }),
  route({
    verb: 'GET',
    path: PATH,
    scope: 'read',
    group: GROUP,
    text: 'Who asks, what they may, and the token for X-Shrike-Csrf.',
    query: NO_QUERY,
    answers: { 200: SESSION },
    handle: ({ caller }) => {
      const body = { keyId: caller.keyId, scopes: [...caller.scopes], csrf: caller.csrf, expiresMs: null };
      return { status: 200, body };
    },
  }),
  route({
    verb: 'DELETE',
    path: PATH,
    scope: 'read',
    group: GROUP,
    text: 'End the session.',
    query: NO_QUERY,
    answers: { 204: z.undefined() },
    handle: async ({ engine, caller }) => {
      const sessions = await engine.sessions();
      return { status: 204, body: undefined, headers: { 'set-cookie': [...sessions.end(caller.sid ?? '')] } };
    },
  }),
];
