/** The errors the exchange answers with: Binance's codes and texts (errors.md). */

/** A refusal that becomes the reply's `code` and `msg`. Thrown by request handling, caught at the two API edges. */
export class ApiError extends Error {
  override readonly name: string = 'ApiError';
  /** HTTP status, and `status` of a WebSocket API reply. */
  readonly status: number;
  readonly code: number;
  /** Extra fields of the error object. */
  readonly data: Readonly<Record<string, unknown>> | undefined;

  constructor(code: number, message: string, status: number = 400, data?: Readonly<Record<string, unknown>>) {
    super(message);
    this.code = code;
    this.status = status;
    this.data = data;
  }
}

/** -1121: the exchange does not list the symbol. */
export function invalidSymbol(): ApiError {
  return new ApiError(-1121, 'Invalid symbol.');
}

/** -1102: a needed parameter is absent, empty or malformed. */
export function missingParameter(name: string): ApiError {
  return new ApiError(-1102, `Mandatory parameter '${name}' was not sent, was empty/null, or malformed.`);
}

/** -1100: a parameter's text is not in its legal form. */
export function illegalCharacters(name: string, legal: string): ApiError {
  return new ApiError(-1100, `Illegal characters found in parameter '${name}'; legal range is '${legal}'.`);
}

/** -1111: more decimals than the asset has. */
export function tooMuchPrecision(name: string): ApiError {
  return new ApiError(-1111, `Parameter '${name}' has too much precision.`);
}

/** -1106: a parameter that the order type does not take. */
export function notRequired(name: string): ApiError {
  return new ApiError(-1106, `Parameter '${name}' sent when not required.`);
}

/** -1013: an order breaks a filter of its symbol. */
export function filterFailure(filter: string): ApiError {
  return new ApiError(-1013, `Filter failure: ${filter}`);
}

/** -2010: the order was refused by the matching side. */
export function orderRejected(message: string): ApiError {
  return new ApiError(-2010, message);
}

/** The -2010 texts that every client must know. */
export const INSUFFICIENT_BALANCE = 'Account has insufficient balance for requested action.';
export const WOULD_TAKE = 'Order would immediately match and take.';
export const MARKET_CLOSED = 'Market is closed.';
export const DUPLICATE_ORDER = 'Duplicate order sent.';

/** -2011: nothing to cancel under that id. */
export function unknownOrder(): ApiError {
  return new ApiError(-2011, 'Unknown order sent.');
}

/** -2013: nothing to show under that id. */
export function noSuchOrder(): ApiError {
  return new ApiError(-2013, 'Order does not exist.');
}

/** -1022: the signature does not fit the payload. */
export function invalidSignature(): ApiError {
  return new ApiError(-1022, 'Signature for this request is not valid.');
}

/** -2014: the key is not even shaped like one. */
export function badKeyFormat(): ApiError {
  return new ApiError(-2014, 'API-key format invalid.', 401);
}

/** -2015: the key is unknown or may not do this. */
export function rejectedKey(): ApiError {
  return new ApiError(-2015, 'Invalid API-key, IP, or permissions for action.', 401);
}

/** -1021: the request's clock is ahead of the server's. */
export function timestampAhead(): ApiError {
  return new ApiError(-1021, "Timestamp for this request was 1000ms ahead of the server's time.");
}

/** -1021: the request is older than its recvWindow. */
export function timestampLate(): ApiError {
  return new ApiError(-1021, 'Timestamp for this request is outside of the recvWindow.');
}
