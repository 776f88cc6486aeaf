import type { IncomingHttpHeaders } from 'node:http';
import type { z } from 'zod';
import type { KeyRecord } from '../access/key-record.ts';
import type { Caller, RouteScope } from '../access/caller.ts';
import type { EngineView } from '../engine-view.ts';
import type { ProblemCode } from './problem.ts';

/** How much of one kind a caller may ask within two seconds; what lowers risk has its own, so that nothing keeps it waiting. */
export type Budget = 'read' | 'heavy' | 'acting' | 'lowering' | 'login';

/** How an answer may be kept. no-store: account data. versioned: by its ETag. */
export type CacheRule = 'no-store' | 'versioned';

/** One request as its handler sees it; everything is checked. */
export interface RouteCall<Params, Query, Body> {
  readonly params: Params;
  readonly query: Query;
  readonly body: Body;
  readonly caller: Caller;
  readonly headers: IncomingHttpHeaders;
  readonly correlationId: string;
  readonly engine: EngineView;
  /** Aborted when the client has gone. */
  readonly signal: AbortSignal;
  /** The key of that text, good here and now. @throws RequestProblem; a failure counts against the address */
  readonly login: (apiKey: string) => Promise<KeyRecord>;
  /**
   * Gives the engine a command in the caller's name, written down before it takes effect; the answer says what came of it.
   * @param isSlow it may take longer than a request waits @throws RequestProblem when it is refused
   */
  readonly give: (
    kind: string,
    args: Readonly<Record<string, unknown>>,
    isSlow?: boolean,
  ) => Promise<RouteAnswer>;
}

/** An answer of a handler. */
export interface RouteAnswer {
  readonly status: number;
  readonly body: unknown;
  /** JSON when absent. */
  readonly mediaType?: string;
  readonly headers?: Readonly<Record<string, string | string[]>>;
}

/** Events of a stream as they come; ends when the client has gone. */
export interface StreamAnswer {
  readonly stream: AsyncIterable<string>;
}

/** The command a route gives, for those that act. */
export interface RouteCommand {
  readonly kind: string;
  /** Never refused for want of budget or room of others, and not for want of an audit record. */
  readonly lowersRisk?: true;
}

type Shape = z.ZodType;

interface RouteDeclaration<Params extends Shape, Query extends Shape, Body extends Shape> {
  readonly verb: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  /** With `:name` for a part that varies. */
  readonly path: string;
  readonly scope: RouteScope;
  /** One sentence: what it is for. */
  readonly text: string;
  /** Heading in the documentation. */
  readonly group: string;
  readonly params?: Params;
  readonly query?: Query;
  readonly body?: Body;
  /** By status. */
  readonly answers: Readonly<Record<number, Shape>>;
  /** Beside those that every endpoint may answer. */
  readonly errors?: readonly ProblemCode[];
  readonly budget?: Budget;
  readonly cache?: CacheRule;
  readonly command?: RouteCommand;
  /** Repeating it acts twice: an Idempotency-Key must be given. */
  readonly needsIdempotencyKey?: true;
  readonly mediaType?: string;
  handle(
    call: RouteCall<z.output<Params>, z.output<Query>, z.output<Body>>,
  ): RouteAnswer | StreamAnswer | Promise<RouteAnswer | StreamAnswer>;
}

/** An endpoint: what it takes, who may use it, what it answers. Everything else about it is made from this. */
export type Route = RouteDeclaration<Shape, Shape, Shape>;

/** Declares an endpoint. */
export function route<Params extends Shape = Shape, Query extends Shape = Shape, Body extends Shape = Shape>(
  declaration: RouteDeclaration<Params, Query, Body>,
): Route {
  return declaration;
}

/** The budget a route draws on. */
export function budgetOf({ budget, command }: Route): Budget {
  if (budget !== undefined) return budget;
  if (command === undefined) return 'read';
  return command.lowersRisk === true ? 'lowering' : 'acting';
}

/** An answer of status 200. */
export function ok(body: unknown): RouteAnswer {
  return { status: 200, body };
}
