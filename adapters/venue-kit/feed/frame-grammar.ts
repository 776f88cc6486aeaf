import { invariant } from '../../../engine/core/assert.ts';
import { WordPattern } from '../scan/word-scan.ts';
import { FIELD_COUNT, FRAME, PRICE_FIELDS } from './frame-fields.ts';

/** What is done with a field's value; the place it goes to is in the low bits. */
export const ACTION = {
  skip: 0,
  integer: 1,
  price: 2,
  qty: 3,
  symbol: 4,
  flag: 5,
  levels: 6,
  exact: 7,
  rate: 8,
} as const;
/** An action and its place in one number: `(action << SLOT_BITS) | slot`. */
export const SLOT_BITS = 5;
export const SLOT_MASK: number = (1 << SLOT_BITS) - 1;

/** Places behind the numbers: the instrument, and which side took. */
const SYMBOL_SLOT: number = FIELD_COUNT;
const FLAG_SLOT: number = FIELD_COUNT + 1;
/** Keys of one letter are looked up by their code. */
const LETTERS = 128;

/** A message in the venue's words: which key holds what. Keys have one or two letters. */
export interface MessageSpec {
  /** A FRAME. */
  readonly frame: number;
  /** What stands in the event key. */
  readonly name: string;
  /** Keys of integers, prices and sizes by the FIELD they fill. */
  readonly integers?: Readonly<Record<string, number>>;
  readonly prices?: Readonly<Record<string, number>>;
  readonly sizes?: Readonly<Record<string, number>>;
  /** Keys of prices off the grid (averages, marks), or null, by the FIELD they fill. */
  readonly exactPrices?: Readonly<Record<string, number>>;
  /** Keys of signed rates, by the FIELD they fill. */
  readonly rates?: Readonly<Record<string, number>>;
  /** Key of the instrument; it has to come before prices and sizes. */
  readonly symbol?: string;
  /** Key of "the buyer's order rested". */
  readonly buyerMaker?: string;
  /** Keys of bids and asks; they have to come last, behind everything needed. */
  readonly levels?: readonly [string, string];
  /** Keys that may be missing; their places hold 0 then. */
  readonly optional?: readonly string[];
}

/** A message as the scanner reads it: actions by key, so that no venue needs a scanner of its own. */
export class MessageLayout {
  readonly frame: number;
  readonly name: string;
  /** The name and its closing quote. */
  readonly namePattern: WordPattern;
  /** By code of the only letter. */
  readonly actions: Int32Array = new Int32Array(LETTERS);
  /** Codes of two letters (first << 8 | second), and what to do with them. */
  readonly pairs: Int32Array;
  readonly pairActions: Int32Array;
  /** Bits (1 << slot) of what must be there. */
  readonly needs: number;
  /** Places of what may be missing: 0 unless it is there. */
  readonly optionalSlots: Int32Array;
  readonly hasFields: boolean;
  /** Keys that must be there, in an order the scanner takes. */
  readonly neededKeys: readonly string[];

  constructor(spec: MessageSpec) {
    this.frame = spec.frame;
    this.name = spec.name;
    this.namePattern = new WordPattern(`${spec.name}"`);
    const fields = fieldsOf(spec);
    const isOptional = (key: string): boolean => spec.optional?.includes(key) ?? false;
    const pairs = fields.filter(([key]) => key.length === 2);
    for (const [key, action, slot] of fields) {
      if (key.length === 1) this.actions[key.charCodeAt(0)] = (action << SLOT_BITS) | slot;
    }
    this.pairs = Int32Array.from(pairs, ([key]) => (key.charCodeAt(0) << 8) | key.charCodeAt(1));
    this.pairActions = Int32Array.from(pairs, ([, action, slot]) => (action << SLOT_BITS) | slot);
    this.needs = fields.reduce((bits, [key, , slot]) => (isOptional(key) ? bits : bits | (1 << slot)), 0);
    const optional = fields.filter(([key]) => isOptional(key)).map(([, , slot]) => slot);
    this.optionalSlots = Int32Array.from(spec.frame === FRAME.prices ? PRICE_FIELDS : optional);
    if (spec.levels !== undefined) this.actions[spec.levels[0].charCodeAt(0)] = ACTION.levels << SLOT_BITS;
    this.hasFields = fields.length > 0;
    const needed = fields.map(([key]) => key).filter((key) => !isOptional(key));
    this.neededKeys = [...needed, ...(spec.levels ?? [])];
  }
}

type Field = readonly [key: string, action: number, slot: number];

function fieldsOf(spec: MessageSpec): Field[] {
  const fields: Field[] = [];
  const add = (keys: Readonly<Record<string, number>> | undefined, action: number): void => {
    for (const [key, slot] of Object.entries(keys ?? {})) fields.push([key, action, slot]);
  };
  // In the order in which a rewritten frame is taken: a bare message begins with its id, numbers need the instrument.
  add(spec.integers, ACTION.integer);
  if (spec.symbol !== undefined) fields.push([spec.symbol, ACTION.symbol, SYMBOL_SLOT]);
  if (spec.buyerMaker !== undefined) fields.push([spec.buyerMaker, ACTION.flag, FLAG_SLOT]);
  add(spec.prices, ACTION.price);
  add(spec.sizes, ACTION.qty);
  add(spec.exactPrices, ACTION.exact);
  add(spec.rates, ACTION.rate);
  for (const [key] of fields) invariant(/^[A-Za-z]{1,2}$/.test(key), `key ${key} has one or two letters`);
  return fields;
}

/**
 * The messages of a venue whose frames are compact JSON with the event's name first, raw or inside
 * {"stream":..,"data":..}. Data only: scanner and fallback are the same for all such venues.
 */
export interface FrameGrammar {
  /** The key that holds the event's name; it comes first. */
  readonly eventKey: string;
  /** Most frequent first. */
  readonly events: readonly MessageLayout[];
  /** The message without an event name, and how it begins. */
  readonly bare: { readonly prefix: string; readonly layout: MessageLayout } | null;
  /** Keys of a depth update's sides. */
  readonly levels: readonly [string, string];
  /** Keys of a REST snapshot; the id comes first. */
  readonly snapshot: { readonly id: string; readonly levels: readonly [string, string] };
  /** How answers to requests and errors begin. */
  readonly control: readonly string[];
}
