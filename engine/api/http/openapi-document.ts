import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import { fastify } from 'fastify';
import type { FastifyInstance } from 'fastify';
import { jsonSchemaTransform, validatorCompiler } from 'fastify-type-provider-zod';
import type { OpenAPIV3_1 } from 'openapi-types';
import { z } from 'zod';
import { PROBLEMS } from './problem.ts';
import type { ProblemCode } from './problem.ts';
import { budgetOf } from './route.ts';
import type { Route } from './route.ts';
import { SECURITY_HEADERS } from './security-headers.ts';

/** Problems that every endpoint may answer. */
const EVERYWHERE: readonly ProblemCode[] = ['VALIDATION', 'FOREIGN_ORIGIN', 'FOREIGN_HOST', 'TOO_MANY'];
const WITH_SCOPE: readonly ProblemCode[] = ['UNAUTHORIZED', 'SCOPE_MISSING', 'KEY_RESTRICTED'];
const ACTING: readonly ProblemCode[] = ['AUDIT_UNAVAILABLE', 'IDEMPOTENCY_CONFLICT', 'IN_PROGRESS'];

const PROBLEM = z
  .looseObject({
    type: z.string(),
    title: z.string(),
    status: z.number(),
    code: z.string(),
    detail: z.string(),
    correlationId: z.string(),
  })
  .meta({ description: 'RFC 9457' });

/** Every problem a route may answer. */
export function problemsOf({ scope, command, errors = [] }: Route): ProblemCode[] {
  const withScope = scope === 'open' ? [] : WITH_SCOPE;
  return [...new Set([...EVERYWHERE, ...withScope, ...(command === undefined ? [] : ACTING), ...errors])];
}

/**
 * An app that knows every endpoint only to describe it, and shows pages of them at /docs, all from local files. The
 * OpenAPI 3.1 document is made from the schemas that requests are checked by. @param version of the engine
 */
export async function describingApp(routes: readonly Route[], version: string): Promise<FastifyInstance> {
  const app = fastify({ logger: false, routerOptions: { maxParamLength: 256 } });
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(() => (data) => JSON.stringify(data));
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Shrike',
        version,
        description:
          'Money, prices and sizes are decimal text, times are ms since the epoch. What acts needs a key: ' +
          '`Authorization: Bearer shk_...`; `shrike keys create` makes one.',
      },
      components: {
        securitySchemes: {
          key: { type: 'http', scheme: 'bearer', description: 'An API key' },
          header: { type: 'apiKey', in: 'header', name: 'X-Api-Key' },
        },
      },
    },
    transform: jsonSchemaTransform,
  });
  await app.register(swaggerUi, {
    routePrefix: '/docs',
    staticCSP: SECURITY_HEADERS['content-security-policy'],
    uiConfig: { docExpansion: 'none', tryItOutEnabled: true },
    logLevel: 'silent',
  });
  app.addHook('onRequest', async (_request, reply) => {
    reply.headers(SECURITY_HEADERS);
  });
  await app.register((instance, _options, done) => {
    for (const route of routes) instance.route(describedRoute(route) as never);
    done();
  });
  await app.ready();
  return app;
}

/** The OpenAPI 3.1 document of these routes. */
export async function openApiDocument(
  routes: readonly Route[],
  version: string,
): Promise<OpenAPIV3_1.Document> {
  const app = await describingApp(routes, version);
  const document = app.swagger() as OpenAPIV3_1.Document;
  await app.close();
  return document;
}

function describedRoute(route: Route): object {
  const { verb, path, text, group, params, query, body, answers, scope, mediaType, needsIdempotencyKey } =
    route;
  const told = ['4xx', '5xx'].flatMap((range) => {
    const codes = problemsOf(route).filter((code) => String(PROBLEMS[code].status)[0] === range[0]);
    if (codes.length === 0) return [];
    const content = { 'application/problem+json': { schema: PROBLEM } };
    return [[range, { description: codes.join(', '), content }]];
  });
  const type = mediaType ?? 'application/json';
  const shown = Object.entries(answers).map(([status, schema]) => [
    status,
    { description: 'The answer', content: { [type]: { schema } } },
  ]);
  return {
    method: verb,
    url: path,
    schema: {
      summary: text,
      description: `Scope: ${scope === 'lower' ? 'trade or control' : scope}. Budget: ${budgetOf(route)}.`,
      tags: [group],
      ...(params === undefined ? {} : { params }),
      ...(query === undefined ? {} : { querystring: query }),
      ...(body === undefined || verb === 'GET' ? {} : { body }),
      ...(needsIdempotencyKey === undefined
        ? {}
        : { headers: z.object({ 'idempotency-key': z.string().min(1).max(128) }) }),
      ...(scope === 'open' ? {} : { security: [{ key: [] }, { header: [] }] }),
      response: Object.fromEntries([...told, ...shown]) as object,
    },
    handler: (): string => '',
  };
}
