import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { CliError } from '../cli/cli-error.ts';
import { EXIT } from '../cli/exit-codes.ts';
import { CONTROL_LINE_BYTES_MAX } from './control-protocol.ts';
import type { ControlAnswer, ControlRequest } from './control-protocol.ts';
import { LineReader } from './line-reader.ts';

/** A command waits for what it causes (a book, cancels), so its answer may take a while. */
const ANSWER_TIMEOUT_MS = 45_000;
const CONNECT_TIMEOUT_MS = 2_000;
/** Answers are lists of what the engine has; longer than any request. */
const ANSWER_BYTES_MAX: number = 64 * CONTROL_LINE_BYTES_MAX;

/** A connection to the engine behind this socket, or null when none listens there. @throws CliError when it may not be opened */
export function connectTo(path: string): Promise<Socket | null> {
  return new Promise((resolve, reject) => {
    const socket = connect(path);
    const timer = setTimeout(() => {
      socket.destroy();
      resolve(null);
    }, CONNECT_TIMEOUT_MS);
    socket.once('connect', () => {
      clearTimeout(timer);
      resolve(socket);
    });
    socket.once('error', (error: NodeJS.ErrnoException) => {
      clearTimeout(timer);
      if (error.code !== 'EACCES' && error.code !== 'EPERM') return resolve(null);
      const text = `the engine's socket ${path} is another user's; whoever started the engine may tell it something`;
      reject(new CliError('CONTROL_FORBIDDEN', text, EXIT.failure));
    });
  });
}

/**
 * Sends one request and waits for its answer. @throws CliError CONTROL_AMBIGUOUS when a command was sent and no answer
 * came: it may have been carried out
 */
export function askOver(socket: Socket, request: ControlRequest): Promise<ControlAnswer> {
  return new Promise((resolve, reject) => {
    const noAnswer = (why: string): void => {
      socket.destroy();
      reject(unanswered(request, why));
    };
    const timer = setTimeout(() => noAnswer('no answer came in time'), ANSWER_TIMEOUT_MS);
    const reader = new LineReader(ANSWER_BYTES_MAX, (line) => {
      clearTimeout(timer);
      socket.end();
      resolve(JSON.parse(line) as ControlAnswer);
    });
    socket.on('data', (bytes: Buffer) => {
      if (!reader.take(bytes)) noAnswer('its answer is too long');
    });
    socket.once('close', () => {
      clearTimeout(timer);
      noAnswer('the engine closed the connection');
    });
    socket.on('error', () => socket.destroy());
    socket.write(`${JSON.stringify(request)}\n`);
  });
}

function unanswered(request: ControlRequest, why: string): CliError {
  if (request.op === 'query') return new CliError('CONTROL_SILENT', why, EXIT.failure);
  return new CliError(
    'CONTROL_AMBIGUOUS',
    `${why}: "${request.kind}" may have been carried out or not; look with: shrike ctl status`,
    EXIT.ambiguous,
  );
}
