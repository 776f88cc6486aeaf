import { ASSET_BYTES_MAX, SYMBOL_BYTES_MAX } from './limits.ts';

/** Letters, marks, digits, currency and other signs of any script; nothing that a URL, a path or a text could trip over. */
const SYMBOL = /^[\p{L}\p{M}\p{N}\p{Sc}\p{So}._-]{2,}$/u;

/** Bytes of a text in UTF-8: what a fixed field, a frame and a signature count. */
function utf8Bytes(text: string): number {
  return new TextEncoder().encode(text).length;
}

/** What is wrong with a venue symbol, as a sentence; null when nothing is. Any thread. */
export function symbolProblem(text: string): string | null {
  if (!SYMBOL.test(text)) return 'expected a symbol such as BTCUSDT';
  const upper = text.toUpperCase();
  if (text !== upper) return `expected a symbol such as BTCUSDT, in capitals: ${upper}`;
  const bytes = utf8Bytes(text);
  return bytes > SYMBOL_BYTES_MAX
    ? `"${text}" is ${bytes} bytes long in UTF-8; a symbol has at most ${SYMBOL_BYTES_MAX}`
    : null;
}

/** What is wrong with the name of an asset, as a sentence; null when nothing is. */
export function assetProblem(text: string): string | null {
  const bytes = utf8Bytes(text);
  return bytes > ASSET_BYTES_MAX
    ? `the asset "${text}" is ${bytes} bytes long in UTF-8; an asset has at most ${ASSET_BYTES_MAX}`
    : null;
}
