import { z } from 'zod';
import type { CommandResult } from '../../control/command.ts';
import { COMMAND_ANSWER_BODY, commandBody } from '../http/command-answer.ts';
import { pageFrom, pageOf, pageQuery } from '../http/page.ts';
import { RequestProblem } from '../http/problem.ts';
import { ok, route } from '../http/route.ts';
import type { Route } from '../http/route.ts';
import { askedOf, nowMs } from './engine-routes.ts';
import { NO_QUERY, RECORD } from './shapes.ts';

const GROUP = 'Access';

interface Numbered {
  readonly seq: number;
  readonly result: CommandResult;
}

/** What the engine was told, and who may tell it something. */
export const COMMAND_ROUTES: readonly Route[] = [
  route({
    verb: 'GET',
    path: '/api/v1/commands',
    scope: 'read',
    group: GROUP,
    text: 'Commands of this run and what came of them, newest first, whoever gave them.',
    query: pageQuery({ kind: z.string().max(40).optional() }),
    answers: { 200: pageOf(RECORD) },
    errors: ['STARTING'],
    handle: async ({ engine, query }) => {
      const { commands } = (await askedOf(engine, 'commands')) as unknown as {
        commands: readonly Numbered[];
      };
      const { kind } = query;
      const chosen = commands.filter(({ result }) => kind === undefined || result.kind === kind);
      const order = {
        seqOf: ({ seq }: Numbered): number => seq,
        atMsOf: ({ result }: Numbered): number => result.atMs,
      };
      const page = pageFrom(chosen, query, { kind }, order, nowMs(engine));
      return ok({
        ...page,
        data: page.data.map(({ result }) => ({ ...commandBody(result), source: result.source })),
      });
    },
  }),
  route({
    verb: 'GET',
    path: '/api/v1/commands/:id',
    scope: 'read',
    group: GROUP,
    text: 'What came of a command; 202 while it is in work.',
    params: z.strictObject({ id: z.string().min(1).max(128) }),
    query: NO_QUERY,
    answers: { 200: COMMAND_ANSWER_BODY, 202: RECORD },
    errors: ['COMMAND_UNKNOWN', 'STARTING'],
    handle: async ({ engine, params: { id } }) => {
      const found = (await askedOf(engine, 'command', id)) as {
        readonly isKnown: boolean;
        readonly result: CommandResult | null;
      };
      if (!found.isKnown)
        throw new RequestProblem('COMMAND_UNKNOWN', 'no command of this id was given in this run');
      if (found.result !== null) return ok(commandBody(found.result));
      return { status: 202, body: { commandId: id, outcome: 'pending' } };
    },
  }),
];
