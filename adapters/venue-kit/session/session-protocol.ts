import type { ApiAnswer } from '../request/api-answer.ts';
import type { RequestParams } from '../request/rest-client.ts';

/** One request off the order path. */
export interface SessionRequest {
  readonly method: string;
  /** null for a method without parameters of its own. */
  readonly params: RequestParams | null;
}

/** A venue's words for a connection that carries orders and user data. */
export interface SessionProtocol {
  /** The venue's id, for the error log. */
  readonly venue: string;
  /** Own pings at this distance, where the venue's come too seldom to tell a dead connection by; 0 = none, ms. */
  readonly pingEveryMs: number;
  /** The request a connection logs on with; null when this key signs each request instead. */
  readonly logOn: SessionRequest | null;
  /** Whether the account's reports come over this connection. */
  readonly carriesReports: boolean;
  /**
   * Asks for the reports or, where they come another way, for anything that shows that this key may trade; `isLoggedOn`
   * after an accepted logon.
   */
  subscribe(isLoggedOn: boolean): SessionRequest;
  /**
   * The text of a request.
   * @param isSigned whether it has to prove by itself who asks
   * @param epochMs the venue's clock
   */
  write(id: number, request: SessionRequest, isSigned: boolean, epochMs: number): string;
  /** The answer in a frame; null when it is none. */
  readAnswer(text: string): ApiAnswer | null;
  /** Whether this answer to `subscribe` means yes. */
  isSubscribed(answer: ApiAnswer): boolean;
  /** Whether a request was refused because of its time stamp. */
  isClockRefusal(answer: ApiAnswer): boolean;
}
