import { z } from 'zod';

/** Schemas that several endpoints share. Money, prices and sizes are decimal text; times are ms since the epoch. */

export const DECIMAL: z.ZodType<string> = z.string().regex(/^-?\d+(?:\.\d+)?$/);

export const SYMBOL_PARAMS: z.ZodType<{ readonly symbol: string }> = z.strictObject({
  symbol: z
    .string()
    .min(1)
    .max(80)
    .meta({ description: 'BTCUSDT, BTC-USDT, BTC/USDT, BTC_USDT or venue:BTCUSDT' }),
});

export const NO_QUERY: z.ZodType<object> = z.strictObject({});

/** An object whose fields grow with the engine; those that are known today are in the README. */
export const RECORD: z.ZodType = z.record(z.string(), z.unknown());

export const HEALTH: z.ZodType = z.strictObject({
  ok: z.boolean(),
  reasons: z.array(z.strictObject({ code: z.string(), message: z.string() })),
});

export const ORDER: z.ZodType = z.strictObject({
  orderId: z.string(),
  clientOrderId: z.string().nullable(),
  venueOrderId: z.string().nullable(),
  venue: z.string(),
  symbol: z.string(),
  strategy: z.string(),
  side: z.string(),
  type: z.string(),
  timeInForce: z.string(),
  price: DECIMAL,
  quantity: DECIMAL,
  filledQuantity: DECIMAL,
  averagePrice: DECIMAL.nullable(),
  fees: DECIMAL,
  state: z.string(),
  reason: z.string(),
  venueCode: z.number(),
  createdMs: z.number(),
  updatedMs: z.number(),
});

export const FILL: z.ZodType = z.strictObject({
  fillId: z.string(),
  orderId: z.string(),
  venueTradeId: z.string(),
  symbol: z.string(),
  strategy: z.string(),
  side: z.string(),
  price: DECIMAL,
  quantity: DECIMAL,
  fee: DECIMAL,
  feeAsset: z.string(),
  isMaker: z.boolean(),
  atMs: z.number(),
});

export const POSITION: z.ZodType = z.strictObject({
  symbol: z.string(),
  strategy: z.string().nullable(),
  account: z.string(),
  quantity: DECIMAL,
  averagePrice: DECIMAL,
  markPrice: DECIMAL.nullable(),
  realised: DECIMAL,
  unrealised: DECIMAL.nullable(),
  fees: DECIMAL,
  updatedMs: z.number(),
});

export const EVENT: z.ZodType = z.looseObject({ atMs: z.number() });

export const MARKET_DATA: z.ZodType = z.strictObject({
  symbol: z.string(),
  venue: z.string(),
  price: DECIMAL.nullable(),
  bid: DECIMAL.nullable(),
  ask: DECIMAL.nullable(),
  bidQty: DECIMAL.nullable(),
  askQty: DECIMAL.nullable(),
  spread: DECIMAL.nullable(),
  volume24h: DECIMAL.nullable(),
  dataAgeMs: z.number().nullable(),
  isValid: z.boolean(),
  trust: z.number().nullable(),
  quality: z.string(),
});
