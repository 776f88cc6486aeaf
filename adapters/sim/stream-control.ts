/** Control messages of the market streams: SUBSCRIBE and its relatives. */

/** A control message as understood, or the error it deserves. */
export type ControlRequest =
  | { readonly kind: 'subscribe' | 'unsubscribe'; readonly id: unknown; readonly names: readonly string[] }
  | { readonly kind: 'list' | 'get-combined'; readonly id: unknown }
  | { readonly kind: 'set-combined'; readonly id: unknown; readonly isCombined: boolean }
  | { readonly kind: 'error'; readonly id: unknown; readonly code: number; readonly message: string };

/** Reads a client's message. */
export function parseControl(text: string): ControlRequest {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { kind: 'error', id: null, code: 3, message: 'Invalid JSON: expected value at line 1 column 1' };
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return invalid(null, 'expected an object');
  const { id = null, method, params } = value as Record<string, unknown>;
  if (!isRequestId(id)) return invalid(null, 'request ID must be an unsigned integer');
  switch (method) {
    case 'SUBSCRIBE':
    case 'UNSUBSCRIBE':
      if (!Array.isArray(params) || !params.every((name) => typeof name === 'string')) {
        return invalid(id, 'params must be an array of stream names');
      }
      return { kind: method === 'SUBSCRIBE' ? 'subscribe' : 'unsubscribe', id, names: params };
    case 'LIST_SUBSCRIPTIONS':
      return { kind: 'list', id };
    case 'GET_PROPERTY':
    case 'SET_PROPERTY':
      return readProperty(method, id, params);
    default:
      return invalid(id, `unknown variant \`${String(method)}\``);
  }
}

function readProperty(method: string, id: unknown, params: unknown): ControlRequest {
  const [name, value] = Array.isArray(params) ? (params as unknown[]) : [];
  if (name !== 'combined') return { kind: 'error', id, code: 0, message: 'Unknown property' };
  if (method === 'GET_PROPERTY') return { kind: 'get-combined', id };
  if (typeof value !== 'boolean') {
    return { kind: 'error', id, code: 1, message: 'Invalid value type: expected Boolean' };
  }
  return { kind: 'set-combined', id, isCombined: value };
}

function invalid(id: unknown, why: string): ControlRequest {
  return { kind: 'error', id, code: 2, message: `Invalid request: ${why}` };
}

function isRequestId(id: unknown): boolean {
  return (
    id === null || Number.isSafeInteger(id) || (typeof id === 'string' && /^[a-zA-Z0-9-_]{1,36}$/.test(id))
  );
}

/** The answer to a control message, after it took effect. */
export function controlReply(
  request: ControlRequest,
  names: ReadonlySet<string>,
  isCombined: boolean,
): string {
  const id = JSON.stringify(request.id);
  switch (request.kind) {
    case 'error':
      return `{"code":${request.code},"msg":${JSON.stringify(request.message)},"id":${id}}`;
    case 'list':
      return `{"result":${JSON.stringify([...names])},"id":${id}}`;
    case 'get-combined':
      return `{"result":${isCombined},"id":${id}}`;
    default:
      return `{"result":null,"id":${id}}`;
  }
}
