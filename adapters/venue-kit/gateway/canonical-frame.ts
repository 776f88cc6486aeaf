/**
 * The frame `bytes[from..end)` as JSON.parse and JSON.stringify understand it, for a frame the scanner refused: escapes in keys, repeated
 * keys and numbers with exponents become what the scanner takes. Null when it is no JSON object. Allocates.
 */
export function canonicalFrame(bytes: Buffer, from: number, end: number): Buffer | null {
  try {
    const value = JSON.parse(bytes.toString('utf8', from, end)) as unknown;
    if (typeof value !== 'object' || value === null) return null;
    return Buffer.from(JSON.stringify(value));
  } catch {
    return null;
  }
}
