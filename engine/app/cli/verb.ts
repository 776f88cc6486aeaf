import type { ConfigSources } from '../config/config.ts';

/**
 * A verb of the command line: a file of its own in `verbs`, and its name and text in `verbs.ts`. Help, parsing, `--json`
 * and the configuration's layers follow from the declaration. Verb files import what they need inside `run`, so that
 * `--help` starts no zod, ws or pino.
 */
export interface Verb {
  readonly operands?: readonly VerbOperand[];
  /** The verb loads the configuration: it gets `--config` and `--set`, and `sources` in its call. */
  readonly readsConfig?: true;
  readonly options?: readonly VerbOption[];
  /** What `--json` does. */
  readonly json?: string;
  /** Printed below the options. */
  readonly note?: string;
  /** Whole command lines. */
  readonly examples?: readonly string[];
  /** Verbs below this one, such as `config check`; a verb has these or `run`. */
  readonly verbs?: readonly NamedVerb[];
  /** Runs on the main thread and returns the exit code. */
  run?(call: VerbCall): number | Promise<number>;
}

/** A verb as people see it in a list. */
export interface NamedVerb extends Verb {
  readonly name: string;
  readonly text: string;
}

/** An operand in commander's notation: `<file>`, `[file]`, `<file...>`. */
export interface VerbOperand {
  readonly name: string;
  readonly text: string;
  readonly fallback?: string;
}

export interface VerbOption {
  /** Commander's notation: `--seed <n>`. */
  readonly flags: string;
  readonly text: string;
  /** Throws an error whose message says what was expected; it is reported as a usage error. */
  readonly parse?: (text: string) => unknown;
  /** Dotted path of the configuration key this option sets; the words it takes are those of the key. */
  readonly key?: string;
}

/** One run of a verb. */
export interface VerbCall<Options = Readonly<Record<string, unknown>>> {
  /** In the order of the declaration; undefined for one that was left out, a list for `<file...>`. */
  readonly operands: readonly unknown[];
  /** By camelCase name; absent when not given. */
  readonly options: Options;
  /** The layers of the configuration that this command line names. */
  readonly sources: ConfigSources;
  readonly isJson: boolean;
}
