import { statePlaceOf } from '../config/engine-parts.ts';
import type { Socket } from 'node:net';
import { CliError } from '../cli/cli-error.ts';
import { EXIT } from '../cli/exit-codes.ts';
import type { EngineConfig } from '../config/config-types.ts';
import { connectTo } from './control-client.ts';
import { controlSocketPath, enginePlaces } from './socket-path.ts';
import type { EnginePlace } from './socket-path.ts';

/** A running engine that was found, with a connection to it. */
export interface FoundEngine {
  readonly place: EnginePlace;
  readonly path: string;
  readonly socket: Socket;
}

/**
 * The engine a command line means: that of the mode and venue when they are given; otherwise the only one that runs below
 * the state folder, or that of the configuration when several do. @throws CliError (exit 6) when none runs
 */
export async function findEngine(
  config: EngineConfig,
  given: Partial<EnginePlace>,
  runtimeDirectory: string | undefined,
): Promise<FoundEngine> {
  const base = config.state.dir;
  const own: EnginePlace = statePlaceOf(config);
  const places = enginePlaces(base).filter(
    ({ mode, venue }) => (given.mode ?? mode) === mode && (given.venue ?? venue) === venue,
  );
  const found: FoundEngine[] = [];
  for (const place of places) {
    const socketPath = controlSocketPath(base, place, runtimeDirectory);
    if ('problem' in socketPath) {
      if (places.length === 1) throw new CliError('CONTROL_PATH', socketPath.problem, EXIT.config);
      continue;
    }
    const socket = await connectTo(socketPath.path);
    if (socket !== null) found.push({ place, path: socketPath.path, socket });
  }
  const chosen =
    found.length === 1
      ? found[0]
      : found.find(({ place }) => place.mode === own.mode && place.venue === own.venue);
  for (const other of found) if (other !== chosen) other.socket.destroy();
  if (chosen !== undefined) return chosen;
  if (found.length === 0) throw notRunning(base, given);
  const list = found.map(({ place }) => `--mode ${place.mode} --venue ${place.venue}`).join(', or ');
  throw new CliError('CONTROL_SEVERAL', `several engines run below ${base}; name one: ${list}`, EXIT.usage);
}

function notRunning(base: string, { mode, venue }: Partial<EnginePlace>): CliError {
  const which = [mode, venue].filter((word) => word !== undefined).join(' on ');
  return new CliError(
    'NOT_RUNNING',
    `no engine ${which === '' ? '' : `(${which}) `}runs below ${base}; start one (npm start), or name its state folder (--state-dir)`,
    EXIT.notRunning,
  );
}
