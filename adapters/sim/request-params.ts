/** Reading of request parameters, with Binance's complaints about them. REST sends texts, the WebSocket API JSON values. */
import { decimalsOf, parseDecimal } from '../../engine/core/decimal.ts';
import { ApiError, illegalCharacters, missingParameter, tooMuchPrecision } from './api-error.ts';
import { ASSET_DECIMALS } from './instruments.ts';

/** Parameters of one request by name. */
export type RawParams = Readonly<Record<string, unknown>>;

const DECIMAL_PATTERN = /^([0-9]{1,20})(\.[0-9]{1,20})?$/;
const DECIMAL_LEGAL = String.raw`^([0-9]{1,20})(\.[0-9]{1,20})?$`;
const INTEGER_PATTERN = /^[0-9]{1,20}$/;
const INTEGER_LEGAL = '^[0-9]{1,20}$';
const CLIENT_ID_PATTERN = /^[a-zA-Z0-9-_]{1,36}$/;
const CLIENT_ID_LEGAL = '^[a-zA-Z0-9-_]{1,36}$';

/** One parameter as the text that Binance would see, or undefined when it is absent. */
export function optionalText(params: RawParams, name: string): string | undefined {
  const value = params[name];
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'string') {
    if (value === '') throw missingParameter(name);
    return value;
  }
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  return JSON.stringify(value);
}

/** As `optionalText`, but absence is error -1102. */
export function requiredText(params: RawParams, name: string): string {
  const text = optionalText(params, name);
  if (text === undefined) throw missingParameter(name);
  return text;
}

/** A whole number, or undefined when absent. Values beyond 2^53 are refused. */
export function optionalInteger(params: RawParams, name: string): number | undefined {
  const text = optionalText(params, name);
  if (text === undefined) return undefined;
  if (!INTEGER_PATTERN.test(text)) throw illegalCharacters(name, INTEGER_LEGAL);
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw illegalCharacters(name, INTEGER_LEGAL);
  return value;
}

/** A `limit` parameter with its default and largest value. */
export function limitParam(params: RawParams, fallback: number, largest: number): number {
  const limit = optionalInteger(params, 'limit');
  if (limit === undefined) return fallback;
  if (limit === 0)
    throw new ApiError(
      -1128,
      "Combination of optional parameters invalid. Recommendation: 'limit' must be greater than 0.",
    );
  return Math.min(limit, largest);
}

/** A positive amount in units of 1e-8, or undefined when absent. */
export function optionalUnits(params: RawParams, name: string): number | undefined {
  const text = optionalText(params, name);
  if (text === undefined) return undefined;
  if (!DECIMAL_PATTERN.test(text)) throw illegalCharacters(name, DECIMAL_LEGAL);
  if (decimalsOf(text) > ASSET_DECIMALS) throw tooMuchPrecision(name);
  if (Number(text) > 9e7) throw illegalCharacters(name, DECIMAL_LEGAL);
  const units = parseDecimal(text, ASSET_DECIMALS);
  if (units === 0) throw new ApiError(-1013, `Invalid ${name}.`);
  return units;
}

/** As `optionalUnits`, but absence is error -1102. */
export function requiredUnits(params: RawParams, name: string): number {
  const units = optionalUnits(params, name);
  if (units === undefined) throw missingParameter(name);
  return units;
}

/** A client order id, or undefined when absent. */
export function optionalClientId(params: RawParams, name: string): string | undefined {
  const text = optionalText(params, name);
  if (text !== undefined && !CLIENT_ID_PATTERN.test(text)) throw illegalCharacters(name, CLIENT_ID_LEGAL);
  return text;
}

/** A parameter that must be one of `values`; `code` and `message` are Binance's answer when it is not. */
export function optionalChoice<Value extends string>(
  params: RawParams,
  name: string,
  values: readonly Value[],
  code: number,
  message: string,
): Value | undefined {
  const text = optionalText(params, name);
  if (text === undefined) return undefined;
  const found = values.find((value) => value === text);
  if (found === undefined) throw new ApiError(code, message);
  return found;
}

/** True only for the text or value `true`. */
export function flag(params: RawParams, name: string): boolean {
  return optionalText(params, name) === 'true';
}
