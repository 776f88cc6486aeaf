import { createReadStream } from 'node:fs';
import type { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import type { CandleColumns } from './candle-columns.ts';
import { type CandleCsvExpectation, CandleCsvParser } from './candle-csv.ts';
import { CandleError } from './candle-error.ts';

/**
 * The candles of a CSV file, plain or (by its ending) gzip, read in pieces: see CandleCsvParser.
 * @throws CandleError when the file is wrong; the system's error when it cannot be opened
 */
export async function readCandleFile(
  path: string,
  expectation: CandleCsvExpectation = {},
): Promise<CandleColumns> {
  const parser = new CandleCsvParser(path, expectation);
  const file = createReadStream(path);
  let stream: Readable = file;
  if (path.endsWith('.gz')) {
    const gunzip = createGunzip();
    file.on('error', (error) => gunzip.destroy(error));
    stream = file.pipe(gunzip);
  }
  stream.setEncoding('utf8');
  try {
    for await (const chunk of stream) parser.push(chunk as string);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === undefined || !code.startsWith('Z_')) throw error;
    throw new CandleError(path, [
      { row: 0, column: '', reason: `gzip: ${message}`, right: 'a whole gzip file', rowCount: 1 },
    ]);
  } finally {
    file.destroy();
  }
  return parser.finish();
}

/** The symbol a file's name begins with (`btcusdt-5m-2024.csv.gz`), in capitals; null when it does not look like one. */
export function symbolOfFileName(path: string): string | null {
  const name = path.replaceAll('\\', '/').split('/').at(-1) ?? '';
  const match = /^([\p{L}\p{N}]{3,30})[-_.](?:1m|5m|15m|1h|4h|1d|1w)\b/u.exec(name);
  return match === null ? null : match[1].toUpperCase();
}
