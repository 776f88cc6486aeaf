import { EventEmitter } from 'node:events';
import { WebSocket } from 'ws';

/** What the other end of a MemorySocket hears. */
export interface MemoryPeer {
  /** A text message that `ws` would have written. */
  onText(text: string): void;
  /** A masked frame, as a client puts it on the wire; valid until the call returns. */
  onFrame(frame: Uint8Array): void;
}

/**
 * Stands for a WebSocket and the socket below it when the other end is in the same thread: what the client writes goes
 * to `peer` at once, what the peer sends is put in by the FramedSocket's `receive`. For rehearsals; one thread.
 */
export class MemorySocket extends EventEmitter {
  readonly bufferedAmount = 0;
  /** All that is written is taken at once. */
  readonly writableLength = 0;
  readyState: number;
  private readonly peer: MemoryPeer;

  constructor(peer: MemoryPeer) {
    super();
    this.peer = peer;
    this.readyState = WebSocket.CONNECTING;
  }

  /** Lets the client find the connection open. */
  open(): void {
    this.readyState = WebSocket.OPEN;
    this.emit('open');
  }

  send(data: string | Uint8Array): void {
    this.peer.onText(typeof data === 'string' ? data : Buffer.from(data).toString('utf8'));
  }

  write(frame: Uint8Array): boolean {
    this.peer.onFrame(frame);
    return true;
  }

  pause(): void {
    /* The peer sends only when it is asked to. */
  }

  resume(): void {
    /* As above. */
  }

  ping(): void {
    this.emit('pong');
  }

  close(): void {
    this.terminate();
  }

  terminate(): void {
    if (this.readyState === WebSocket.CLOSED) return;
    this.readyState = WebSocket.CLOSED;
    this.emit('close', 1000, Buffer.alloc(0));
  }
}
