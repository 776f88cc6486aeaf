import type { ApiAnswer } from '../venue-kit/request/api-answer.ts';
import type { RequestParams } from '../venue-kit/request/rest-client.ts';
import type { SessionProtocol, SessionRequest } from '../venue-kit/session/session-protocol.ts';
import { fieldsOf, numberOf, textOf } from '../venue-kit/scan/json-fields.ts';
import type { RequestSigner } from './request-signer.ts';

/** "Timestamp for this request is outside of the recvWindow", or ahead of the venue's clock. */
export const TIMESTAMP_REFUSED = -1021;

/** How a connection shows that its key may trade, and whether that brings the account's reports as well. */
export interface SubscriptionWords {
  readonly carriesReports: boolean;
  /** Own pings, ms; 0 = the venue's are often enough. */
  readonly pingEveryMs: number;
  /** Methods for a connection that is logged on, and for one whose requests are signed. */
  readonly method: string;
  readonly signedMethod: string;
  /** Parameters of their own; null = the method has none, not even a time, on a connection that is logged on. */
  readonly params: RequestParams | null;
  /** Error code that says that this was done already; 0 = there is none. */
  readonly alreadyCode: number;
}

/**
 * A WebSocket API connection of Binance (web-socket-api.md, "Session authentication", "User Data Stream"): an Ed25519 key
 * logs on once, an HMAC key signs each request.
 */
export class BinanceSession implements SessionProtocol {
  readonly venue: string;
  readonly carriesReports: boolean;
  readonly pingEveryMs: number;
  readonly logOn: SessionRequest | null;
  private readonly signer: RequestSigner;
  private readonly recvWindowMs: number;
  private readonly words: SubscriptionWords;

  /** @param venue its id, for the error log */
  constructor(venue: string, words: SubscriptionWords, signer: RequestSigner, recvWindowMs: number) {
    this.venue = venue;
    this.words = words;
    this.carriesReports = words.carriesReports;
    this.pingEveryMs = words.pingEveryMs;
    this.logOn = signer.canLogOn ? { method: 'session.logon', params: {} } : null;
    this.signer = signer;
    this.recvWindowMs = recvWindowMs;
  }

  subscribe(isLoggedOn: boolean): SessionRequest {
    const { method, signedMethod, params } = this.words;
    return { method: isLoggedOn ? method : signedMethod, params };
  }

  write(id: number, { method, params }: SessionRequest, isSigned: boolean, epochMs: number): string {
    if (params === null && !isSigned) return JSON.stringify({ id, method });
    const window = this.recvWindowMs > 0 ? { recvWindow: this.recvWindowMs } : {};
    const stamped = { ...params, ...window, timestamp: epochMs };
    return JSON.stringify({ id, method, params: isSigned ? this.signer.signWsApi(stamped) : stamped });
  }

  readAnswer(text: string): ApiAnswer | null {
    try {
      const answer = fieldsOf(JSON.parse(text));
      const error = fieldsOf(answer['error']);
      return {
        status: numberOf(answer['status']) || 0,
        result: answer['result'],
        code: numberOf(error['code']) || 0,
        message: textOf(error['msg']),
      };
    } catch {
      return null;
    }
  }

  isSubscribed({ status, code }: ApiAnswer): boolean {
    return status === 200 || (code !== 0 && code === this.words.alreadyCode);
  }

  isClockRefusal({ code }: ApiAnswer): boolean {
    return code === TIMESTAMP_REFUSED;
  }
}
