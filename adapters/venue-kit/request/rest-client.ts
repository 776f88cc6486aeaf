import { Pool } from 'undici';

/** Values of a request's parameters; the order is the order of sending. */
export type RequestParams = Readonly<Record<string, string | number>>;

/** What a request does. */
export type RestVerb = 'GET' | 'POST' | 'PUT' | 'DELETE';

/** Signs REST requests: the query string with its signature. */
export interface RestSigner {
  readonly apiKey: string;
  signRest(params: RequestParams): string;
}

/** A venue's words around its REST requests. */
export interface RestProtocol {
  /** Path of the venue's clock, and its epoch ms in the answer; NaN when it is not there. */
  readonly timePath: string;
  readonly timeMsOf: (body: unknown) => number;
  /** Header that carries the key of a signed request. */
  readonly keyHeader: string;
  /** Header that tells the request weight used, in lower case. */
  readonly usedWeightHeader: string;
}

/** An answer of the REST API, whatever its status; transport failures are rejections. */
export interface RestAnswer {
  readonly status: number;
  /** The parsed body; null when it is no JSON (a proxy's page). */
  readonly body: unknown;
  /** Request weight the venue has counted in this minute; -1 = not told. */
  readonly usedWeight: number;
  /** Pause the venue asks for with 418 and 429, milliseconds; 0 = none. */
  readonly retryAfterMs: number;
}

/** How the REST client behaves. */
export interface RestClientOptions {
  /** Base URL. */
  readonly rest: string;
  readonly protocol: RestProtocol;
  readonly timeoutMs: number;
  /** Venue-side validity of signed requests, ms; 0 leaves the venue's default. */
  readonly recvWindowMs: number;
  /** null for public requests only. */
  readonly signer: RestSigner | null;
}

const CONNECTIONS = 2;

/** REST of a venue for what is off the order path: clock, account, queries while the order socket is down. */
export class RestClient {
  private readonly pool: Pool;
  private readonly basePath: string;
  private readonly options: RestClientOptions;

  constructor(options: RestClientOptions) {
    const url = new URL(options.rest);
    this.options = options;
    this.basePath = url.pathname === '/' ? '' : url.pathname.replace(/\/$/, '');
    this.pool = new Pool(url.origin, {
      connections: CONNECTIONS,
      connect: { timeout: options.timeoutMs },
      headersTimeout: options.timeoutMs,
      bodyTimeout: options.timeoutMs,
    });
  }

  /** A public request. */
  get(path: string, query: string = ''): Promise<RestAnswer> {
    return this.request('GET', path, query, {});
  }

  /** A signed request; `epochMs` is the venue's clock. */
  signedGet(path: string, params: RequestParams, epochMs: number): Promise<RestAnswer> {
    return this.signed('GET', path, params, epochMs);
  }

  /** A signed request of any verb; its parameters stand in the address. */
  signed(verb: RestVerb, path: string, params: RequestParams, epochMs: number): Promise<RestAnswer> {
    const { signer, recvWindowMs } = this.options;
    if (signer === null) return Promise.reject(new Error('this client has no key'));
    const window = recvWindowMs > 0 ? { recvWindow: recvWindowMs } : {};
    const query = signer.signRest({ ...params, ...window, timestamp: epochMs });
    return this.request(verb, path, query, { [this.options.protocol.keyHeader]: signer.apiKey });
  }

  /** A request that names the key and is not signed. */
  keyed(verb: RestVerb, path: string): Promise<RestAnswer> {
    const { signer } = this.options;
    if (signer === null) return Promise.reject(new Error('this client has no key'));
    return this.request(verb, path, '', { [this.options.protocol.keyHeader]: signer.apiKey });
  }

  /** The venue's clock, epoch ms. Rejects when the answer is none. */
  async serverTimeMs(): Promise<number> {
    const { timePath, timeMsOf } = this.options.protocol;
    const { status, body } = await this.get(timePath);
    const time = timeMsOf(body);
    if (status !== 200 || !(time > 0)) throw new Error(`the venue's clock answered ${status}`);
    return time;
  }

  /** Ends the connections; requests under way reject. */
  close(): void {
    void this.pool.destroy();
  }

  private async request(
    verb: RestVerb,
    path: string,
    query: string,
    headers: Readonly<Record<string, string>>,
  ): Promise<RestAnswer> {
    const joint = query === '' ? '' : `?${query}`;
    const answer = await this.pool.request({
      method: verb,
      path: `${this.basePath}${path}${joint}`,
      headers: { ...headers },
    });
    const text = await answer.body.text();
    const used = Number(answer.headers[this.options.protocol.usedWeightHeader] ?? -1);
    const retryAfter = Number(answer.headers['retry-after'] ?? 0);
    return {
      status: answer.statusCode,
      body: parsedOrNull(text),
      usedWeight: Number.isFinite(used) ? used : -1,
      retryAfterMs: retryAfter > 0 ? retryAfter * 1_000 : 0,
    };
  }
}

function parsedOrNull(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return null;
  }
}
