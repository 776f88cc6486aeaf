import type { NativeRoom } from './native-room.ts';

/** How the hot sockets reach the kernel: by native calls from the thread's own loop, or through Node's streams. */
export type IoMode = 'direct' | 'stream';
/** What may be asked for. */
export type IoWish = IoMode | 'auto';

/** What is in use, and why, for people. */
export interface IoChoice {
  readonly mode: IoMode;
  readonly reason: string;
}

/** What is used for a wish. Pure. */
export function chooseIo(wish: IoWish, room: NativeRoom | string): IoChoice {
  if (wish === 'stream') return { mode: 'stream', reason: 'engine.io = stream' };
  if (typeof room === 'string') return { mode: 'stream', reason: `no native calls: ${room}` };
  const found = room.noTlsReason === null ? room.found : `${room.found}; TLS by Node: ${room.noTlsReason}`;
  if (wish === 'direct') return { mode: 'direct', reason: `engine.io = direct; ${found}` };
  return { mode: 'stream', reason: `engine.io = auto; direct works here too (${found})` };
}
