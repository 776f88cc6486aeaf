import type { EngineConfig } from '../config/config-types.ts';
import { chooseIo } from '../../native/io-choice.ts';
import { FileMapper } from '../../native/file-mapper.ts';
import { openNativeRoom } from '../../native/native-room.ts';
import { stateLayout } from '../../journal/state-directory.ts';
import { statePlaceOf } from '../config/engine-parts.ts';
import { checkTaskset } from './doctor-machine.ts';
import type { Check } from './doctor-machine.ts';

/** Whether native calls work here, and how the hot sockets would reach the kernel with this configuration. */
export function ioChecks({ engine }: EngineConfig): Check[] {
  const room = openNativeRoom();
  const { mode, reason } = chooseIo(engine.io, room);
  return [
    nativeCalls(room, engine.io === 'direct'),
    { name: 'io', status: 'info', value: `${mode}: ${reason}` },
    pinning(engine.io === 'stream' ? 'not asked for' : room),
  ];
}

/** How intents would get to the disk; looks at the state folder, which must be there. */
export function checkIntentLog(config: EngineConfig): Check {
  const room = openNativeRoom();
  const { directory } = stateLayout(config.state.dir, statePlaceOf(config));
  let reason: string | null = null;
  if (typeof room === 'string' || chooseIo(config.engine.io, room).mode === 'stream') reason = 'io is stream';
  else if (room.files === null) reason = 'files cannot be mapped here';
  else reason = FileMapper.problemWith(directory);
  const value = reason === null ? 'stored in mapped files' : `written by calls: ${reason}`;
  return { name: 'intent log', status: 'info', value };
}

/** What threads would be pinned by, and whether the kernel lets it: asked for what the main thread has already. */
function pinning(room: ReturnType<typeof openNativeRoom>): Check {
  if (typeof room === 'string') return checkTaskset();
  const name = 'pinning';
  const { affinity } = room;
  const processors = affinity.processorsOf(0);
  if (processors === null || !affinity.restrict(0, processors))
    return {
      name,
      status: 'warn',
      value: 'the kernel refuses',
      hint: 'engine.pinCpus needs sched_setaffinity',
    };
  return { name, status: 'ok', value: `by native calls, on cpu ${processors.join(',')}` };
}

function nativeCalls(room: ReturnType<typeof openNativeRoom>, areWanted: boolean): Check {
  const name = 'native calls';
  if (typeof room === 'string') {
    if (!areWanted) return { name, status: 'info', value: room };
    return { name, status: 'fail', value: room, hint: 'engine.io = direct needs them; auto does without' };
  }
  if (room.noTlsReason === null) return { name, status: 'ok', value: room.found };
  return { name, status: 'info', value: `${room.found}; no TLS: ${room.noTlsReason}` };
}
