import type { ControlAnswer, ControlRequest } from '../control/control-protocol.ts';
import { EXIT } from './exit-codes.ts';
import { printJson, printText } from './output.ts';
import type { VerbCall, VerbOption } from './verb.ts';

/** What names a running engine; all optional. */
export interface WhichEngine {
  readonly mode?: string;
  readonly venue?: string;
}

/** The options that name a running engine. */
export const WHICH_ENGINE: readonly VerbOption[] = [
  { flags: '--state-dir <dir>', key: 'state.dir', text: 'state folder of the engine; default: as for run' },
  { flags: '--mode <mode>', key: 'mode', text: 'the engine of this mode, when several run' },
  { flags: '--venue <name>', key: 'venue.name', text: 'the engine of this venue, when several run' },
];

/** Sends a request to the engine a command line means. @throws CliError when none runs, or it does not answer */
export async function askEngine(
  call: VerbCall<WhichEngine>,
  request: ControlRequest,
): Promise<ControlAnswer> {
  const { loadConfig } = await import('../config/config.ts');
  const { findEngine } = await import('../control/engine-finder.ts');
  const { askOver } = await import('../control/control-client.ts');
  const { config } = loadConfig(call.sources);
  const { mode, venue } = call.options;
  const given = { ...(mode === undefined ? {} : { mode }), ...(venue === undefined ? {} : { venue }) };
  const { socket } = await findEngine(config, given, process.env['XDG_RUNTIME_DIR']);
  return askOver(socket, request);
}

/** Prints an answer that is an error; returns the exit code. */
export function tellFailure(answer: ControlAnswer, isJson: boolean): number {
  const error = 'error' in answer ? answer.error : { code: 'DEFECT', message: 'the answer has another form' };
  if (isJson) printJson({ schema: 'shrike.error/1', error });
  else printText(`${error.code}: ${error.message}`);
  return EXIT.failure;
}
