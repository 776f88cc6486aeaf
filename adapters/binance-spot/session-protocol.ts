import type { ApiAnswer } from '../venue-kit/request/api-answer.ts';
import type { SessionProtocol, SessionRequest } from '../venue-kit/session/session-protocol.ts';
import { fieldsOf, numberOf, textOf } from '../venue-kit/scan/json-fields.ts';
import { TIMESTAMP_REFUSED } from './error-codes.ts';
import type { RequestSigner } from './request-signer.ts';

/** The subscription is there already, which is what was wanted. */
const ALREADY_SUBSCRIBED = -2035;

/**
 * The WebSocket API connection of Binance Spot (web-socket-api.md, "Session authentication", "User Data Stream"): an
 * Ed25519 key logs on once, an HMAC key signs each request.
 */
export class BinanceSpotSession implements SessionProtocol {
  readonly venue = 'binance-spot';
  readonly logOn: SessionRequest | null;
  private readonly signer: RequestSigner;
  private readonly recvWindowMs: number;

  constructor(signer: RequestSigner, recvWindowMs: number) {
    this.logOn = signer.canLogOn ? { method: 'session.logon', params: {} } : null;
    this.signer = signer;
    this.recvWindowMs = recvWindowMs;
  }

  subscribe(isLoggedOn: boolean): SessionRequest {
    return {
      method: isLoggedOn ? 'userDataStream.subscribe' : 'userDataStream.subscribe.signature',
      params: null,
    };
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
    return status === 200 || code === ALREADY_SUBSCRIBED;
  }

  isClockRefusal({ code }: ApiAnswer): boolean {
    return code === TIMESTAMP_REFUSED;
  }
}
