import { z } from 'zod';
import { instrumentName } from '../../core/instrument.ts';
import { eventStream, topicsOf } from '../http/event-stream.ts';
import { RequestProblem } from '../http/problem.ts';
import { route } from '../http/route.ts';
import type { Route } from '../http/route.ts';
import { EVENT_TOPICS } from '../telemetry-protocol.ts';

/** Events as they happen, for programs without WebSocket. */
export const STREAM_ROUTES: readonly Route[] = [
  route({
    verb: 'GET',
    path: '/api/v1/stream',
    scope: 'read',
    group: 'Streams',
    text: 'Server-sent events of the topics, resumed by Last-Event-ID.',
    query: z.strictObject({
      topics: z.string().max(200).default('orders,fills,signals,log'),
      symbols: z.string().max(4_096).optional(),
    }),
    mediaType: 'text/event-stream',
    answers: { 200: z.string() },
    errors: ['VALIDATION', 'SYMBOL_UNKNOWN'],
    handle: ({ engine, query, headers, signal }) => {
      const { topics, unknown } = topicsOf(query.topics);
      if (unknown.length > 0)
        throw new RequestProblem('VALIDATION', `there is no topic ${unknown.join(', ')}`, {
          errors: [{ path: 'query.topics', message: `one or more of ${EVENT_TOPICS.join(', ')}` }],
        });
      const names = query.symbols === undefined ? [] : query.symbols.split(',');
      const symbols = names.map((name) => instrumentName(engine.named(name.trim())));
      const { 'last-event-id': lastEventId } = headers;
      const asked = {
        topics,
        symbols,
        lastEventId: typeof lastEventId === 'string' ? lastEventId : undefined,
      };
      return { stream: eventStream(engine, asked, signal) };
    },
  }),
];
