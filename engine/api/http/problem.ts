/** A problem code: its status, and what it means in a few words. */
export interface ProblemKind {
  readonly status: number;
  readonly title: string;
}

/** Codes of problems; they are for programs. */
export type ProblemCode =
  | 'VALIDATION'
  | 'CURSOR_MISMATCH'
  | 'IDEMPOTENCY_KEY_MISSING'
  | 'UNAUTHORIZED'
  | 'SCOPE_MISSING'
  | 'FOREIGN_ORIGIN'
  | 'CSRF'
  | 'CONFIRM_MISSING'
  | 'KEY_RESTRICTED'
  | 'NOT_FOUND'
  | 'SYMBOL_UNKNOWN'
  | 'STRATEGY_UNKNOWN'
  | 'COMMAND_UNKNOWN'
  | 'ORDER_UNKNOWN'
  | 'NO_DATA'
  | 'METHOD_NOT_ALLOWED'
  | 'NOT_ACCEPTABLE'
  | 'SYMBOL_AMBIGUOUS'
  | 'CONTEXT_VERSION'
  | 'REFUSED'
  | 'STRATEGY_FAULTED'
  | 'STRATEGY_AMBIGUOUS'
  | 'HALT_UNACKNOWLEDGED'
  | 'HALT_UNKNOWN'
  | 'IDEMPOTENCY_CONFLICT'
  | 'IN_PROGRESS'
  | 'BODY_TOO_LARGE'
  | 'MEDIA_TYPE'
  | 'FOREIGN_HOST'
  | 'PARAMETERS'
  | 'IF_MATCH_MISSING'
  | 'VERSION_CHANGED'
  | 'TOO_MANY'
  | 'DEFECT'
  | 'NOT_AVAILABLE'
  | 'STARTING'
  | 'NO_STATS'
  | 'DESK_BUSY'
  | 'AUDIT_UNAVAILABLE'
  | 'TOO_MANY_CLIENTS'
  | 'COMMAND_TIMEOUT';

/** What each code stands for. */
export const PROBLEMS: Readonly<Record<ProblemCode, ProblemKind>> = {
  VALIDATION: { status: 400, title: 'The request is not as the endpoint takes it' },
  CURSOR_MISMATCH: { status: 400, title: 'The cursor belongs to another list or other filters' },
  IDEMPOTENCY_KEY_MISSING: { status: 400, title: 'An Idempotency-Key header is needed' },
  UNAUTHORIZED: { status: 401, title: 'A valid key is needed' },
  SCOPE_MISSING: { status: 403, title: 'The key has not the scope for this' },
  FOREIGN_ORIGIN: { status: 403, title: 'Pages of this origin may not use the engine' },
  CSRF: { status: 403, title: 'A call by cookie that acts needs its X-Shrike-Csrf token' },
  CONFIRM_MISSING: { status: 403, title: 'The account must be named' },
  KEY_RESTRICTED: { status: 403, title: 'The key is not good here' },
  NOT_FOUND: { status: 404, title: 'There is nothing at this path' },
  SYMBOL_UNKNOWN: { status: 404, title: 'The engine does not trade this symbol' },
  STRATEGY_UNKNOWN: { status: 404, title: 'The engine has no strategy of this name' },
  COMMAND_UNKNOWN: { status: 404, title: 'No command of this id is on record' },
  ORDER_UNKNOWN: { status: 404, title: 'No order of this id is known' },
  NO_DATA: { status: 404, title: 'There is no data of that yet' },
  METHOD_NOT_ALLOWED: { status: 405, title: 'The path does not take this verb' },
  NOT_ACCEPTABLE: { status: 406, title: 'The answer has no form that is accepted' },
  SYMBOL_AMBIGUOUS: { status: 409, title: 'Several instruments have this name' },
  CONTEXT_VERSION: { status: 409, title: 'The context is of another version' },
  REFUSED: { status: 409, title: 'The engine refused' },
  STRATEGY_FAULTED: { status: 409, title: 'The strategy was switched off for a fault' },
  STRATEGY_AMBIGUOUS: { status: 409, title: 'Several strategies have this name' },
  HALT_UNACKNOWLEDGED: { status: 409, title: 'The stop must be named by its haltId' },
  HALT_UNKNOWN: { status: 409, title: 'This haltId is not of the stop that is in force' },
  IDEMPOTENCY_CONFLICT: { status: 409, title: 'The Idempotency-Key was used for another request' },
  IN_PROGRESS: { status: 409, title: 'The first request of this Idempotency-Key is not answered yet' },
  BODY_TOO_LARGE: { status: 413, title: 'The body is larger than is taken' },
  MEDIA_TYPE: { status: 415, title: 'The body is of a kind that is not taken' },
  FOREIGN_HOST: { status: 421, title: 'The engine does not answer to this host name' },
  PARAMETERS: { status: 422, title: 'The strategy does not take these parameters' },
  IF_MATCH_MISSING: { status: 428, title: 'An If-Match header is needed' },
  VERSION_CHANGED: { status: 412, title: 'It was changed meanwhile' },
  TOO_MANY: { status: 429, title: 'Too many requests' },
  DEFECT: { status: 500, title: 'A defect of the engine' },
  NOT_AVAILABLE: { status: 501, title: 'This version of the engine does not have it' },
  STARTING: { status: 503, title: 'The engine has not reported yet' },
  NO_STATS: { status: 503, title: 'The engine has not reported yet' },
  DESK_BUSY: { status: 503, title: 'Too many commands are in work' },
  AUDIT_UNAVAILABLE: { status: 503, title: 'What is done could not be written down' },
  TOO_MANY_CLIENTS: { status: 503, title: 'The client limit is reached' },
  COMMAND_TIMEOUT: { status: 504, title: 'The engine did not answer in time' },
};

/** One fault of a request: where, and what is wrong there. */
export interface ProblemFault {
  /** Such as "query.limit" or "body.symbol". */
  readonly path: string;
  readonly message: string;
}

/** What a problem says beside its code. */
interface ProblemExtra {
  /** Another code than that of the table, such as a risk check's; the status stays. */
  readonly named?: string;
  readonly commandId?: string;
  readonly errors?: readonly ProblemFault[];
  readonly inputs?: Readonly<Record<string, unknown>>;
  readonly retryAfterS?: number;
}

/** Thrown by whoever cannot answer a request; becomes a problem+json body. */
export class RequestProblem extends Error {
  override readonly name: string = 'RequestProblem';
  readonly code: ProblemCode;
  readonly extra: ProblemExtra;

  constructor(code: ProblemCode, detail: string, extra: ProblemExtra = {}) {
    super(detail);
    this.code = code;
    this.extra = extra;
  }

  get status(): number {
    return PROBLEMS[this.code].status;
  }
}

/** The body of a problem, RFC 9457. */
export interface ProblemBody {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly code: string;
  readonly detail: string;
  readonly correlationId: string;
  readonly commandId?: string;
  readonly errors?: readonly ProblemFault[];
  readonly inputs?: Readonly<Record<string, unknown>>;
}

/** The body that tells of a problem. */
export function problemBody({ code, message, extra }: RequestProblem, correlationId: string): ProblemBody {
  const { status, title } = PROBLEMS[code];
  const { named = code, commandId, errors, inputs } = extra;
  return {
    type: `/docs#${named}`,
    title,
    status,
    code: named,
    detail: message,
    correlationId,
    ...(commandId === undefined ? {} : { commandId }),
    ...(errors === undefined ? {} : { errors }),
    ...(inputs === undefined ? {} : { inputs }),
  };
}

/** Media type of a problem's body. */
export const PROBLEM_TYPE = 'application/problem+json';
