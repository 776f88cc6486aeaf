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

/** No socket reads directly yet. */
export function chooseIo(wish: IoWish, room: NativeRoom | string): IoChoice {
  if (wish === 'stream') return { mode: 'stream', reason: 'engine.io = stream' };
  if (typeof room === 'string') return { mode: 'stream', reason: `no native calls: ${room}` };
  return { mode: 'stream', reason: `native calls work (${room.found}); no socket uses them yet` };
}
