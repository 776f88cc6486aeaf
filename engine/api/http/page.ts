import { createHash } from 'node:crypto';
import { z } from 'zod';
import { RequestProblem } from './problem.ts';

/** What every list takes. */
const PAGE_KEYS: {
  readonly limit: z.ZodDefault<z.ZodCoercedNumber>;
  readonly cursor: z.ZodOptional<z.ZodString>;
  readonly fromMs: z.ZodOptional<z.ZodCoercedNumber>;
  readonly toMs: z.ZodOptional<z.ZodCoercedNumber>;
  readonly order: z.ZodDefault<z.ZodEnum<{ asc: 'asc'; desc: 'desc' }>>;
} = {
  limit: z.coerce.number().int().min(1).max(1_000).default(100),
  cursor: z.string().max(512).optional(),
  fromMs: z.coerce.number().int().min(0).optional(),
  toMs: z.coerce.number().int().min(0).optional(),
  order: z.enum(['asc', 'desc']).default('desc'),
};

/** The query of a list with these filters. */
export function pageQuery<Filters extends z.ZodRawShape>(
  filters: Filters,
): z.ZodObject<Filters & typeof PAGE_KEYS> {
  return z.strictObject({ ...PAGE_KEYS, ...filters });
}

interface PageQuery {
  readonly limit: number;
  readonly cursor?: string | undefined;
  readonly fromMs?: number | undefined;
  readonly toMs?: number | undefined;
  readonly order: 'asc' | 'desc';
}

/** A part of a list. */
export interface Page<Item> {
  readonly data: readonly Item[];
  /** Gives the part after this one; null = there is none. */
  readonly nextCursor: string | null;
  readonly asOfMs: number;
}

/** The schema of a list's answer. */
export function pageOf(item: z.ZodType): z.ZodType {
  return z.strictObject({
    data: z.array(item),
    nextCursor: z.string().nullable(),
    asOfMs: z.number(),
  });
}

/** What a list is cut by: a number that is each item's own and grows with its age, and when it was. */
interface Order<Item> {
  readonly seqOf: (item: Item) => number;
  readonly atMsOf: (item: Item) => number;
}

/**
 * The part of a list that a query asks for. A cursor names the item the last part ended with, so items that come in between
 * move nothing. @param filters all that chose the items, for the cursor to be checked against
 */
export function pageFrom<Item>(
  items: readonly Item[],
  query: PageQuery,
  filters: Readonly<Record<string, unknown>>,
  { seqOf, atMsOf }: Order<NoInfer<Item>>,
  asOfMs: number,
): Page<Item> {
  const { limit, cursor, fromMs = -Infinity, toMs = Infinity, order } = query;
  const mark = hashOf({ ...filters, fromMs: query.fromMs, toMs: query.toMs, order });
  const after = cursor === undefined ? null : readCursor(cursor, mark);
  const sign = order === 'asc' ? 1 : -1;
  const chosen = items
    .filter((item) => atMsOf(item) >= fromMs && atMsOf(item) < toMs)
    .filter((item) => after === null || sign * (seqOf(item) - after) > 0)
    .toSorted((a, b) => sign * (seqOf(a) - seqOf(b)));
  const data = chosen.slice(0, limit);
  const last = data.at(-1);
  const nextCursor = chosen.length > limit && last !== undefined ? makeCursor(seqOf(last), mark) : null;
  return { data, nextCursor, asOfMs };
}

function hashOf(filters: Readonly<Record<string, unknown>>): string {
  return createHash('sha256')
    .update(JSON.stringify(Object.entries(filters)))
    .digest('base64url')
    .slice(0, 8);
}

function makeCursor(seq: number, mark: string): string {
  return Buffer.from(`${mark}.${seq}`).toString('base64url');
}

function readCursor(cursor: string, mark: string): number {
  const [found, seq] = Buffer.from(cursor, 'base64url').toString('latin1').split('.');
  if (found === mark && Number.isFinite(Number(seq)) && seq !== '') return Number(seq);
  throw new RequestProblem('CURSOR_MISMATCH', 'give the cursor with the list and the filters it came from');
}
