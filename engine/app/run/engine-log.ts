import { styleText } from 'node:util';
import { pino } from 'pino';
import type { Logger } from 'pino';
import { describe } from '../../messages/describe.ts';
import type { LogLine } from '../../api/engine-stats.ts';
import type { LogRecord } from '../../messages/codecs.ts';
import type { CodecView } from '../../messages/codec-view.ts';
import type { Incident } from '../../runtime/supervisor.ts';
import type { EngineConfig } from '../config/config-types.ts';
import { printNote } from '../cli/output.ts';

/** pino's levels as syslog priorities: what journald reads from a `<N>` prefix. */
const SYSLOG_PRIORITY: Readonly<Record<number, number>> = { 10: 7, 20: 7, 30: 6, 40: 4, 50: 3, 60: 2 };
const LEVEL_STYLE = { 40: 'yellow', 50: 'red', 60: 'red' } as const;

interface PinoLine {
  readonly level: number;
  readonly time: number;
  readonly msg: string;
}

function prettyLine(line: PinoLine): string {
  const { level, time, msg, ...rest } = line as PinoLine & Record<string, unknown>;
  const clock = new Date(time).toISOString().slice(11, 23);
  const name = (pino.levels.labels[level] ?? String(level)).padEnd(5);
  const style = LEVEL_STYLE[level as keyof typeof LEVEL_STYLE];
  const shown = style === undefined || !process.stderr.isTTY ? name : styleText(style, name);
  const details = Object.entries(rest).map(([key, value]) => ` ${key}=${JSON.stringify(value)}`);
  return `${clock} ${shown} ${msg}${details.join('')}`;
}

/** Writes finished pino lines to stderr in the format the config asks for; stdout belongs to results. */
function lineWriter(config: EngineConfig): { write: (text: string) => void } {
  const { format } = config.log;
  const isPretty = format === 'pretty' || (format === 'auto' && process.stderr.isTTY);
  const isJournald = process.env['JOURNAL_STREAM'] !== undefined;
  return {
    write: (text) => {
      if (!isPretty && !isJournald) return printNote(text.trimEnd());
      const line = JSON.parse(text) as PinoLine;
      if (isPretty) return printNote(prettyLine(line));
      printNote(`<${SYSLOG_PRIORITY[line.level] ?? 6}>${text.trimEnd()}`);
    },
  };
}

/** The engine's log: NDJSON (or readable lines on a terminal) on stderr. Main thread; hot threads send records. */
export class EngineLog {
  /** Called with every line that passes the level; the telemetry feed listens here. */
  onLine: (line: LogLine) => void = () => {};
  private readonly logger: Logger;

  constructor(config: EngineConfig) {
    this.logger = pino({ level: config.log.level, base: null }, lineWriter(config));
  }

  /** For those who look for a fault. */
  debug(message: string, fields: object = {}): void {
    this.write('debug', message, fields);
  }

  info(message: string, fields: object = {}): void {
    this.write('info', message, fields);
  }

  warn(message: string, fields: object = {}): void {
    this.write('warn', message, fields);
  }

  error(message: string, fields: object = {}): void {
    this.write('error', message, fields);
  }

  /** A line that a hot thread sent as a fixed record. */
  record(record: LogRecord): void {
    const fields = { value: record.value, instrument: record.instrumentIndex };
    this.write(pinoLevel(record.level), record.message, fields);
  }

  /** A failure and what was restarted for it. */
  incident(incident: Incident): void {
    const { actor, cause, detail, restarted } = incident;
    this.write('error', `actor "${actor}" ${cause}: ${detail}; restarting ${restarted.join(', ')}`, {});
  }

  /** The record an actor hung on. */
  deadLetter(
    actor: string,
    ring: string,
    type: number,
    view: CodecView,
    byteOffset: number,
    byteLength: number,
  ): void {
    const record = describe(type, view, byteOffset, byteLength);
    this.write('error', `dead letter: "${actor}" hung on a record of ring "${ring}"`, { record });
  }

  private write(level: 'debug' | 'info' | 'warn' | 'error', message: string, fields: object): void {
    if (!this.logger.isLevelEnabled(level)) return;
    this.logger[level](fields, message);
    // arch-ok: the wall clock of a log line, on the main thread
    this.onLine({ epochUs: Date.now() * 1000, level, source: 'supervisor', message });
  }
}

function pinoLevel(level: number): 'debug' | 'info' | 'warn' | 'error' {
  if (level >= 50) return 'error';
  if (level >= 40) return 'warn';
  return level >= 30 ? 'info' : 'debug';
}
