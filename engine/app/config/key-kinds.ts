/** How a configuration key is declared: plain data, from which the checks, the types, the texts and the JSON Schema are made. */

interface KeyTexts {
  /** What the value means. */
  readonly text: string;
  /** Unit of the value as it is written. */
  readonly unit?: string;
  /** Printed as `<redacted>`. */
  readonly secret?: true;
  /** Refused in files and arguments; read from the environment or the credentials directory by `loadCredentials`. */
  readonly environmentOnly?: true;
  /** Unset in a file, but always there once the configuration is loaded. */
  readonly filledIn?: true;
}

interface WholeNumber {
  readonly is: 'int';
  readonly min: number;
  readonly max: number;
}

interface AnyNumber {
  readonly is: 'number';
  readonly min?: number;
  /** The value must be greater than this. */
  readonly above?: number;
  readonly max: number;
}

interface Choice {
  readonly is: 'choice';
  readonly of: readonly string[];
}

interface PlainText {
  readonly is: 'text';
  /** A regular expression the whole text must match, and the words for it. */
  readonly pattern?: string;
  readonly expected?: string;
}

interface Address {
  readonly is: 'url';
  readonly protocols: readonly string[];
}

interface List {
  readonly is: 'list';
  readonly of: ValueKind | SectionDecl;
  readonly min?: number;
  readonly max?: number;
}

interface SymbolMap {
  readonly is: 'mapBySymbol';
  /** The keys of each entry; every one of them may be left out, whatever its default elsewhere. */
  readonly of: KeyDecls;
}

/**
 * What a value looks like. `decimal`: a number without sign or exponent, kept as text. `share`: the same, or
 * one with a percent sign. `symbol`: the name of an
 * instrument. `cpus`: true, false or a list of CPU numbers. `anything`: a table that its reader checks.
 */
export type ValueKind =
  | WholeNumber
  | AnyNumber
  | Choice
  | PlainText
  | Address
  | List
  | SymbolMap
  | { readonly is: 'boolean' | 'decimal' | 'share' | 'symbol' | 'cpus' | 'anything' };

/** One key. `default: null` makes it nullable; a key without a default may be left out. */
export type KeyDecl = ValueKind & KeyTexts & { readonly default?: unknown };

/** A table of keys and further tables. */
export interface SectionDecl {
  readonly text: string;
  readonly keys: KeyDecls;
}

export interface KeyDecls {
  readonly [name: string]: KeyDecl | SectionDecl;
}

/** The type of a value, from its declaration. */
type Plain<K> = K extends { is: 'int' | 'number' }
  ? number
  : K extends { is: 'boolean' }
    ? boolean
    : K extends { is: 'choice'; of: readonly (infer Word)[] }
      ? Word
      : K extends { is: 'list'; of: infer Element }
        ? readonly ConfigValue<Element>[]
        : K extends { is: 'mapBySymbol'; of: infer Keys }
          ? Readonly<Record<string, Partial<ConfigTable<Keys>>>>
          : K extends { is: 'cpus' }
            ? boolean | readonly number[]
            : K extends { is: 'anything' }
              ? Readonly<Record<string, unknown>>
              : string;

/** The type of what a key or a table holds in a loaded configuration. */
export type ConfigValue<K> = K extends { keys: infer Keys }
  ? ConfigTable<Keys>
  : K extends { filledIn: true }
    ? Plain<K>
    : K extends { default: null }
      ? Plain<K> | null
      : Plain<K>;

/** The type of a loaded table. Keys that live in the environment only are not in it. */
export type ConfigTable<Keys> = {
  readonly [Name in keyof Keys as Keys[Name] extends { environmentOnly: true } ? never : Name]: ConfigValue<
    Keys[Name]
  >;
};
