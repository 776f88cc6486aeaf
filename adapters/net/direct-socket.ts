// hot path: no allocation after start (a send that the kernel does not take whole excepted)
import type { Socket } from 'node:net';
import { IO_RESULT } from '../../engine/native/descriptor-io.ts';
import type { DescriptorIo } from '../../engine/native/descriptor-io.ts';
import type { NativeRoom } from '../../engine/native/native-room.ts';
import type { PinnedBlock } from '../../engine/native/pinned-block.ts';
import type { PolledSocket } from '../../engine/native/socket-poller.ts';
import type { FrameSocket } from './frame-writer.ts';
import type { TlsStream } from './tls-stream.ts';

/** What of libuv's socket lies open in Node's: its descriptor, and whether the event loop reads it. */
interface SocketHandle {
  readonly fd: number;
  reading: boolean;
  readStart(): void;
  readStop(): void;
}

/** What a DirectSocket asks and tells its owner. */
export interface DirectSocketOwner {
  /** Whether nothing may be read now. */
  isPaused(): boolean;
  /** `byteCount` bytes have come to the start of the block; below TLS they are sealed. */
  onBytes(byteCount: number): void;
}

/**
 * A connected socket of Node's whose bytes a spinning thread takes from the kernel and hands to it by itself. Node keeps the
 * descriptor and everything that is not a plain read or write: what the kernel does not take at once, the end of the
 * stream and every error are left to it, and it finds them as if nobody had looked before. Both read into the same block
 * and pass it on at once, so it does not matter whose turn a byte arrives in. Belongs to the thread of its room.
 */
export class DirectSocket implements PolledSocket, FrameSocket {
  /** The bytes of the next frame, when nothing waits for the kernel. */
  readonly frame: Buffer;
  private readonly room: NativeRoom;
  private readonly io: DescriptorIo;
  private readonly raw: Socket;
  /** What is above the socket; null: nothing. */
  private readonly tls: TlsStream | null;
  private readonly handle: SocketHandle;
  private readonly fd: number;
  private readonly block: PinnedBlock;
  private readonly slot: PinnedBlock;
  private readonly owner: DirectSocketOwner;
  /** Whether all that the stream had taken in before is delivered. */
  private isDrained: boolean;

  private constructor(
    room: NativeRoom,
    raw: Socket,
    tls: TlsStream | null,
    handle: SocketHandle,
    block: PinnedBlock,
    frameBytesMax: number,
    owner: DirectSocketOwner,
  ) {
    this.room = room;
    this.io = room.descriptors;
    this.raw = raw;
    this.tls = tls;
    this.handle = handle;
    this.fd = handle.fd;
    this.block = block;
    this.slot = room.makeBlock(frameBytesMax);
    this.frame = this.slot.bytes;
    this.owner = owner;
    this.isDrained = false;
  }

  /**
   * Joins the sockets its thread polls, until `raw` is destroyed. Null when Node does not show the descriptor.
   * @param block what the event loop reads `raw` into as well
   */
  static join(
    room: NativeRoom,
    raw: Socket,
    tls: TlsStream | null,
    block: PinnedBlock,
    frameBytesMax: number,
    owner: DirectSocketOwner,
  ): DirectSocket | null {
    const handle = (raw as unknown as { readonly _handle?: SocketHandle | null })._handle ?? null;
    if (handle === null || !(handle.fd >= 0)) return null;
    const socket = new DirectSocket(room, raw, tls, handle, block, frameBytesMax, owner);
    room.poller.add(socket);
    raw.once('close', () => socket.leave());
    return socket;
  }

  get writableLength(): number {
    return this.tls === null ? this.raw.writableLength : this.tls.waitingBytes;
  }

  /** Hands over one frame, which lies in `frame` when nothing waits. What the kernel does not take, Node sends later. */
  write(frame: Uint8Array): boolean {
    const { raw, tls } = this;
    /* Bytes that wait go first; a destroyed socket's descriptor may be another's by now. */
    const stream = tls ?? raw;
    if (this.writableLength > 0 || stream.destroyed || !stream.writable) return stream.write(frame);
    if (tls === null) return this.hand(this.slot, frame.length);
    const { session } = tls;
    if (!session.write(this.slot, frame.length)) return stream.write(frame);
    for (let count = session.takeSealed(); count > 0; count = session.takeSealed())
      this.hand(session.sealed, count);
    return true;
  }

  poll(): boolean {
    if (this.raw.destroyed) return false;
    if (this.owner.isPaused() || !this.isFirst()) return false;
    const count = this.io.read(this.fd, this.block);
    if (count > 0) {
      this.owner.onBytes(count);
      return true;
    }
    if (count === IO_RESULT.wouldBlock) return false;
    /* The end, or an error: Node reads it again and closes as it always does. */
    this.leave();
    this.listen();
    return true;
  }

  takeOver(): void {
    if (this.raw.destroyed || !this.handle.reading) return;
    this.handle.reading = false;
    this.handle.readStop();
  }

  giveBack(): void {
    if (!this.owner.isPaused()) this.listen();
  }

  /** The owner may be read again: Node listens as well until the next `takeOver`, unless it is told not to. */
  resumed(): void {
    if (this.room.poller.isSpinning) this.takeOver();
  }

  /** Writes the first `byteCount` bytes of a block, behind those that wait. */
  private hand(block: PinnedBlock, byteCount: number): boolean {
    const { raw } = this;
    const taken = raw.writableLength > 0 ? 0 : this.io.write(this.fd, block, byteCount);
    if (taken === byteCount) return true;
    return raw.write(Buffer.from(block.bytes.subarray(Math.max(0, taken), byteCount)));
  }

  private listen(): void {
    if (this.raw.destroyed || this.handle.reading) return;
    this.handle.reading = true;
    this.handle.readStart();
  }

  private leave(): void {
    this.room.poller.remove(this);
  }

  /** What the stream took in before this socket joined must be delivered before anything newer is read. */
  private isFirst(): boolean {
    if (this.isDrained) return true;
    this.isDrained = (this.tls ?? this.raw).readableLength === 0;
    return this.isDrained;
  }
}
