/** Faults that can be switched on in a running exchange, to see how a client takes them. */

import type { SymbolStatus } from './market.ts';

/** A fault to inject. Durations are in milliseconds. */
export type DrillCommand =
  /** Ends the market-stream connections without a close frame. */
  | { readonly kind: 'drop-streams' }
  /** Ends the WebSocket API connections without a close frame. */
  | { readonly kind: 'drop-ws-api' }
  /** Sends frames that are not protocol to every market-stream connection. */
  | { readonly kind: 'inject-garbage'; readonly count?: number; readonly text?: string }
  /** Leaves out one diff-depth event of every open depth stream. */
  | { readonly kind: 'skip-depth' }
  /** Stops the market; requests are still answered. */
  | { readonly kind: 'pause' }
  | { readonly kind: 'resume' }
  /** Holds back replies to order requests (0 ends it). */
  | { readonly kind: 'delay-replies'; readonly ms: number }
  /** Executes the next `count` order requests but never answers them. */
  | { readonly kind: 'lose-replies'; readonly count: number }
  /** Loses the next `count` order requests before they are executed. */
  | { readonly kind: 'lose-requests'; readonly count: number }
  /** Executes the next `count` order requests and answers "execution status unknown" (-1007). */
  | { readonly kind: 'answer-unknown'; readonly count: number }
  /** Holds back private events, so that replies come first (0 ends it). */
  | { readonly kind: 'delay-events'; readonly ms: number }
  /** Never sends the next `count` private events. */
  | { readonly kind: 'lose-events'; readonly count: number }
  /** Sends the next `count` private events twice. */
  | { readonly kind: 'repeat-events'; readonly count: number }
  /** Answers 429 to everything for `ms`. */
  | { readonly kind: 'rate-limit'; readonly ms: number }
  /** Answers 418 to everything for `ms`: the address is banned. */
  | { readonly kind: 'ban'; readonly ms: number }
  /** Ends the private streams of the perpetuals without a close frame. */
  | { readonly kind: 'drop-private' }
  /** Holds the index price of a perpetual, in ticks; 0 lets it follow spot again. */
  | { readonly kind: 'set-index'; readonly symbol: string; readonly priceTicks: number }
  /** Pays the next funding of a perpetual now. */
  | { readonly kind: 'fund'; readonly symbol: string }
  /** Announces `serverShutdown` and closes every WebSocket connection. */
  | { readonly kind: 'shutdown-notice' }
  /** Halts a symbol, or lets it trade again: new orders are refused, the crowd stays away, cancels pass. */
  | { readonly kind: 'set-status'; readonly symbol: string; readonly status: SymbolStatus };

/** What to do with the reply to an order request. */
export type ReplyFate = 'send' | 'lose' | 'unknown';

/** The faults in force. Single-threaded. */
export class Drills {
  isPaused: boolean;
  replyDelayMs: number;
  eventDelayMs: number;
  #loseEvents: number;
  #repeatEvents: number;
  #loseReplies: number;
  #loseRequests: number;
  #unknownReplies: number;

  constructor() {
    this.isPaused = false;
    this.replyDelayMs = 0;
    this.eventDelayMs = 0;
    this.#loseEvents = 0;
    this.#repeatEvents = 0;
    this.#loseReplies = 0;
    this.#loseRequests = 0;
    this.#unknownReplies = 0;
  }

  /** Takes the commands that only change this state; false for those that others must carry out. */
  apply(command: DrillCommand): boolean {
    switch (command.kind) {
      case 'pause':
        this.isPaused = true;
        return true;
      case 'resume':
        this.isPaused = false;
        return true;
      case 'delay-replies':
        this.replyDelayMs = command.ms;
        return true;
      case 'delay-events':
        this.eventDelayMs = command.ms;
        return true;
      case 'lose-events':
        this.#loseEvents += command.count;
        return true;
      case 'repeat-events':
        this.#repeatEvents += command.count;
        return true;
      case 'lose-replies':
        this.#loseReplies += command.count;
        return true;
      case 'lose-requests':
        this.#loseRequests += command.count;
        return true;
      case 'answer-unknown':
        this.#unknownReplies += command.count;
        return true;
      default:
        return false;
    }
  }

  /** How often to send this private event: 0, 1 or 2 times. Uses up one. */
  takeEventCopies(): number {
    if (this.#loseEvents > 0) {
      this.#loseEvents--;
      return 0;
    }
    if (this.#repeatEvents > 0) {
      this.#repeatEvents--;
      return 2;
    }
    return 1;
  }

  /** True when this order request must vanish before execution. Uses up one. */
  takeLostRequest(): boolean {
    if (this.#loseRequests === 0) return false;
    this.#loseRequests--;
    return true;
  }

  /** Decides the reply to an executed order request. Uses up one. */
  takeReplyFate(): ReplyFate {
    if (this.#loseReplies > 0) {
      this.#loseReplies--;
      return 'lose';
    }
    if (this.#unknownReplies > 0) {
      this.#unknownReplies--;
      return 'unknown';
    }
    return 'send';
  }
}
