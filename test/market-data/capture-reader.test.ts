import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { instrumentsOfCapture } from '../../adapters/binance-spot/recorded-instruments.ts';
import { CaptureError } from '../../engine/market-data/capture-error.ts';
import { CAPTURE_SOURCE, recvNsOf } from '../../engine/market-data/capture-file.ts';
import type { Capture } from '../../engine/market-data/capture-file.ts';
import { readCapture } from '../../engine/market-data/capture-reader.ts';
import { DATA_DIR } from './market-data-rig.ts';

const folder = mkdtempSync(join(tmpdir(), 'captures-'));
afterAll(() => rmSync(folder, { recursive: true }));

function file(name: string, content: Buffer | string): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

function texts(capture: Capture): string[] {
  return capture.blocks.flatMap((block) =>
    Array.from({ length: block.count }, (_, index) =>
      block.bytes.toString('utf8', block.starts[index], block.starts[index] + block.lengths[index]),
    ),
  );
}

async function failure(path: string): Promise<CaptureError> {
  try {
    await readCapture(path);
  } catch (error) {
    expect(error).toBeInstanceOf(CaptureError);
    return error as CaptureError;
  }
  throw new Error('the capture was read');
}

const LINES = '1723161253937085768 {"a":1}\n1723161253937086769 {"b":"ü"}\n';

describe('capture reader', () => {
  it('reads plain and gzipped frames with exact receive times', async () => {
    for (const path of [
      file('x.frames', LINES),
      file('x.frames.gz', gzipSync(LINES)),
      file('odd', gzipSync(LINES)),
    ]) {
      const capture = await readCapture(path);
      expect(texts(capture)).toEqual(['{"a":1}', '{"b":"ü"}']);
      const [block] = capture.blocks;
      expect([block.recvEpochUs[0], block.recvExtraNs[0]]).toEqual([1_723_161_253_937_085, 768]);
      expect(recvNsOf(block, 1, capture.firstEpochUs) - recvNsOf(block, 0, capture.firstEpochUs)).toBe(1_001);
    }
  });

  it('takes a last line without a newline, CRLF line ends and empty lines', async () => {
    const capture = await readCapture(file('ends.frames', LINES.replaceAll('\n', '\r\n\n').trimEnd()));
    expect(texts(capture)).toEqual(['{"a":1}', '{"b":"ü"}']);
  });

  it('gives every frame back whatever the sizes and however many', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.nat({ max: 999_999_999 }), fc.integer({ min: 1, max: 40_000 })), {
          minLength: 1,
          maxLength: 60,
        }),
        fc.boolean(),
        async (frames, zipped) => {
          const bodies = frames.map(([, size], index) => String.fromCharCode(33 + (index % 90)).repeat(size));
          const times = frames.map(([time]) => 1_700_000_000_000_000_000n + BigInt(time));
          const text = bodies.map((body, index) => `${times[index]} ${body}`).join('\n');
          const capture = await readCapture(file('any', zipped ? gzipSync(text) : text));
          expect(texts(capture)).toEqual(bodies);
          const [block] = capture.blocks;
          for (const [index, time] of times.entries()) {
            expect(BigInt(block.recvEpochUs[index]) * 1000n + BigInt(block.recvExtraNs[index])).toBe(time);
          }
        },
      ),
      { seed: 2, numRuns: 30 },
    );
  });

  it('reads jsonl records of received data and http bodies with their names', async () => {
    const path = file(
      'x.jsonl.gz',
      gzipSync(
        [
          { t: 'header', format: 2 },
          {
            t: 'http',
            conn: 'h',
            ts: 1_626_992_740.175661,
            url: 'https://x/depth?symbol=A',
            data: '{"lastUpdateId":1}',
          },
          { t: 'connect', conn: 'w', ts: 1_626_992_740.2 },
          { t: 'send', conn: 'w', ts: 1_626_992_740.3, data: 'hello' },
          { t: 'recv', conn: 'w', ts: 1_626_992_741.06217, data: '{"s":"ü"}' },
        ]
          .map((record) => JSON.stringify(record))
          .join('\n'),
      ),
    );
    const capture = await readCapture(path);
    expect(texts(capture)).toEqual(['{"lastUpdateId":1}', '{"s":"ü"}']);
    const [block] = capture.blocks;
    expect([...block.sources]).toEqual([CAPTURE_SOURCE.http, CAPTURE_SOURCE.frame]);
    expect([...block.nameIndexes].map((index) => capture.names[index])).toEqual([
      'https://x/depth?symbol=A',
      'w',
    ]);
    expect(block.recvEpochUs[1]).toBe(1_626_992_741_062_170);
  });

  it('says clearly what is wrong with a file', async () => {
    const zipped = gzipSync(LINES.repeat(2_000));
    const flipped = Buffer.from(zipped);
    flipped[zipped.length - 6] ^= 0xff;
    const cases: [string, string, number, RegExp][] = [
      [join(folder, 'nowhere.frames.gz'), 'CAPTURE_UNREADABLE', 0, /ENOENT/],
      [folder, 'CAPTURE_UNREADABLE', 0, /EISDIR|directory/],
      [file('text.frames.gz', LINES), 'CAPTURE_NOT_GZIP', 0, /no gzip file/],
      [file('empty.gz', ''), 'CAPTURE_NOT_GZIP', 0, /no gzip file/],
      [file('empty.frames', ''), 'CAPTURE_EMPTY', 0, /no frames/],
      [file('nothing.frames.gz', gzipSync('')), 'CAPTURE_EMPTY', 0, /no frames/],
      [file('header.jsonl', '{"t":"header"}\n'), 'CAPTURE_EMPTY', 0, /no frames/],
      [
        file('cut.frames.gz', zipped.subarray(0, zipped.length >> 1)),
        'CAPTURE_TRUNCATED',
        0,
        /ends too early/,
      ],
      [file('flip.frames.gz', flipped), 'CAPTURE_CORRUPT', 0, /incorrect/],
      [file('words.txt', 'some words\n'), 'CAPTURE_UNKNOWN_FORMAT', 0, /starts neither/],
      [file('short.frames', `${LINES}17231612 {"c":3}\n`), 'CAPTURE_MALFORMED_LINE', 3, /receive time/],
      [
        file('nospace.frames', `${LINES}1723161253937085768{}\n`),
        'CAPTURE_MALFORMED_LINE',
        3,
        /receive time/,
      ],
      [file('noframe.frames', `${LINES}1723161253937085768 \n`), 'CAPTURE_MALFORMED_LINE', 3, /0 bytes/],
      [file('bad.jsonl', '{"t":"header"}\n{"t":\n'), 'CAPTURE_MALFORMED_LINE', 2, /JSON/],
      [file('not.jsonl', '{"t":"recv","data":"x"}\n'), 'CAPTURE_MALFORMED_LINE', 1, /"ts"/],
      [file('kind.jsonl', '{"x":1}\n'), 'CAPTURE_MALFORMED_LINE', 1, /without "t"/],
    ];
    for (const [path, code, line, words] of cases) {
      const error = await failure(path);
      expect(error.code, path).toBe(code);
      expect(error.line, path).toBe(line);
      expect(error.message).toMatch(words);
      expect(error.message).toContain(path);
    }
  });

  it('derives symbols and decimals from the numbers in use', async () => {
    const frames = [
      '{"stream":"btcusdt@depth","data":{"e":"depthUpdate","E":1,"s":"BTCUSDT","U":1,' +
        '"u":2,"b":[["61737.60000000","0.00000000"]],"a":[["1.00000000","0.00125000"]]}}',
      '{"stream":"btcusdt@bookTicker","data":{"u":5,"s":"BTCUSDT","b":"2.50000000","B":"1.00000000","a":"2.75000000","A":"3.00000000"}}',
      // Prices beside the book are finer than the grid.
      '{"stream":"btcusdt@avgPrice","data":{"e":"avgPrice","E":1,"s":"BTCUSDT","i":"5m","w":"2.12345678","p":"2.12345678"}}',
      '{"e":"markPriceUpdate","E":1,"s":"BTCUSDT","p":"2.12345678","i":"2.12345678","r":"0.00038167","T":5}',
      '{"e":"trade","E":5,"s":"ETHBTC","t":9,"p":"0.04512000","q":"12.0000","T":5,"m":true,"M":true}',
    ];
    const capture = await readCapture(
      file('two.frames', frames.map((frame, index) => `172316125393708576${index} ${frame}`).join('\n')),
    );
    expect(instrumentsOfCapture(capture)).toMatchObject([
      { index: 0, symbol: 'BTCUSDT', baseAsset: 'BTC', quoteAsset: 'USDT', priceDecimals: 2, qtyDecimals: 5 },
      { index: 1, symbol: 'ETHBTC', baseAsset: 'ETH', quoteAsset: 'BTC', priceDecimals: 5, qtyDecimals: 0 },
    ]);
    expect(instrumentsOfCapture(capture, ['ETHBTC'])).toMatchObject([{ index: 0, symbol: 'ETHBTC' }]);
    expect(() => instrumentsOfCapture(capture, ['XRPUSDT'])).toThrow(/no frame names a symbol/);
  });

  const captures = [
    ['binance-spot-btcusdt-20240808.frames.gz', 41_249, 'BTCUSDT', 5],
    ['binance-spot-ethusdt-20240808.frames.gz', 33_618, 'ETHUSDT', 4],
  ] as const;
  for (const [name, frames, symbol, qtyDecimals] of captures) {
    const path = resolve(DATA_DIR, 'captures', name);
    it.skipIf(!existsSync(path))(`reads ${name} completely`, async () => {
      const capture = await readCapture(path);
      expect(capture.frameCount).toBe(frames);
      const instruments = instrumentsOfCapture(capture);
      expect(instruments).toMatchObject([{ symbol, priceDecimals: 2, qtyDecimals }]);
      for (const text of texts(capture).slice(0, 200))
        expect(() => JSON.parse(text) as unknown).not.toThrow();
    });
  }

  const usdm = resolve(DATA_DIR, 'captures', 'binance-usdm-20210722.jsonl.gz');
  it.skipIf(!existsSync(usdm))('reads a jsonl recording', async () => {
    const capture = await readCapture(usdm);
    expect(capture.names.some((name) => name.includes('depth?symbol='))).toBe(true);
    for (const text of texts(capture).slice(0, 200)) expect(() => JSON.parse(text) as unknown).not.toThrow();
  });
});
