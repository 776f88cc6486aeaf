import { randomBytes } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

/** W3C trace context: version, trace id, parent id, flags. */
const TRACEPARENT = /^00-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}$/;
const NO_TRACE = '0'.repeat(32);

/** The id under which a request is found again in log, audit and commands: that of its trace, or 16 random bytes. */
export function correlationIdOf({ traceparent }: IncomingHttpHeaders): string {
  const traceId = typeof traceparent === 'string' ? TRACEPARENT.exec(traceparent)?.[1] : undefined;
  return traceId === undefined || traceId === NO_TRACE ? randomBytes(16).toString('hex') : traceId;
}
