import { createHmac, createPublicKey, generateKeyPairSync, verify } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RequestSigner, restPayload, wsApiPayload } from '../../../adapters/binance-kit/request-signer.ts';
import { openNativeRoom } from '../../../engine/native/native-room.ts';
import type { Sha256Blocks } from '../../../engine/native/sha256-blocks.ts';
import { HmacSha256, SignedText } from '../../../adapters/venue-kit/signing/sha256.ts';
import { SHARED_DATA } from '../../fixtures/shared-data.ts';

const SECRET = 'NhqPtmdSJYdKjVHjA7PZj4Mge3R5YNiP1e3UZjInClVN65XAbvqqM6A7H5fATj0j';
const API_KEY = 'vmPUZE6mv9SD5VNHk4HlWFsOr6aKE2zvsw0MuIgwCIPy6utIco14y7Ju91duEh8A';

const room = openNativeRoom();
/** OpenSSL's rounds; null where they cannot be called. */
const nativeRounds = (): Sha256Blocks | null => (typeof room === 'string' ? null : room.makeSha256());

function signedText(payload: Uint8Array): SignedText {
  const text = new SignedText(payload.length);
  text.bytes.set(payload);
  return text;
}

function fastSignature(secret: string, payload: string, prefix: string = ''): string {
  const hmac = new HmacSha256(Buffer.from(secret), nativeRounds());
  hmac.setPrefix(Buffer.from(prefix));
  const bytes = Buffer.from(payload);
  const out = Buffer.alloc(64);
  hmac.signHex(signedText(bytes), bytes.length, out, 0);
  return out.toString('latin1');
}

const dataDir = SHARED_DATA;
const oracleFile = join(dataDir, 'oracles/exchange-signatures.json');

describe('request signing', () => {
  it('signs the WebSocket API example of the documentation, sorted and not encoded', () => {
    const params = {
      symbol: 'BTCUSDT',
      side: 'SELL',
      type: 'LIMIT',
      timeInForce: 'GTC',
      quantity: '0.01000000',
      price: '52000.00',
      recvWindow: 100,
      timestamp: 1_645_423_376_532,
    };
    const signer = new RequestSigner({ kind: 'hmac', apiKey: API_KEY, apiSecret: SECRET });
    const signed = signer.signWsApi(params);
    expect(signed['signature']).toBe('aa1b5712c094bc4e57c05a1a5c1fd8d88dcd628338ea863fec7b88e59fe2db24');
    expect(fastSignature(SECRET, wsApiPayload({ ...params, apiKey: API_KEY }), `apiKey=${API_KEY}&`)).toBe(
      signed['signature'],
    );
  });

  it('signs a symbol beyond ASCII as it is sent: percent-encoded over REST, UTF-8 over the WebSocket API', () => {
    const params = { symbol: '币安人生USDT', timestamp: 1_770_000_000_000 };
    const encoded = 'symbol=%E5%B8%81%E5%AE%89%E4%BA%BA%E7%94%9FUSDT&timestamp=1770000000000';
    const signer = new RequestSigner({ kind: 'hmac', apiKey: API_KEY, apiSecret: SECRET });
    const hmacOf = (text: string): string => createHmac('sha256', SECRET).update(text, 'utf8').digest('hex');
    expect(signer.signRest(params)).toBe(`${encoded}&signature=${hmacOf(encoded)}`);
    const plain = `apiKey=${API_KEY}&symbol=币安人生USDT&timestamp=1770000000000`;
    expect(signer.signWsApi(params)['signature']).toBe(hmacOf(plain));
    expect(fastSignature(SECRET, wsApiPayload({ ...params, apiKey: API_KEY }), `apiKey=${API_KEY}&`)).toBe(
      hmacOf(plain),
    );
  });

  it('signs the REST example of the documentation, in the order of sending and percent-encoded', () => {
    const params = {
      symbol: 'LTCBTC',
      side: 'BUY',
      type: 'LIMIT',
      timeInForce: 'GTC',
      quantity: '1',
      price: '0.1',
      recvWindow: 5000,
      timestamp: 1_499_827_319_559,
    };
    const signer = new RequestSigner({ kind: 'hmac', apiKey: API_KEY, apiSecret: SECRET });
    expect(signer.signRest(params)).toBe(
      `${restPayload(params)}&signature=c8db56825ae71d6d79447849e617115f4a920fa2acdcab2b053c4b2838bd6b71`,
    );
    expect(restPayload({ symbol: '１２３４５６' })).toBe(
      'symbol=%EF%BC%91%EF%BC%92%EF%BC%93%EF%BC%94%EF%BC%95%EF%BC%96',
    );
  });

  it.skipIf(!existsSync(oracleFile))('agrees with the recorded signature oracles', () => {
    const oracles = JSON.parse(readFileSync(oracleFile, 'utf8')) as {
      name: string;
      secret: string;
      payload: string;
      expected: string;
    }[];
    const binance = oracles.filter((oracle) => oracle.name.startsWith('binance'));
    expect(binance.length).toBeGreaterThan(1);
    for (const { secret, payload, expected } of binance) {
      expect(new RequestSigner({ kind: 'hmac', apiKey: 'k', apiSecret: secret }).signature(payload)).toBe(
        expected,
      );
      expect(fastSignature(secret, payload)).toBe(expected);
    }
  });

  it('computes HMAC-SHA256 as node:crypto does, for any key, payload and constant beginning', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 1, maxLength: 140 }),
        fc.uint8Array({ maxLength: 200 }),
        fc.oneof(fc.uint8Array({ maxLength: 300 }), fc.uint8Array({ minLength: 2_000, maxLength: 2_300 })),
        (key, prefix, rest) => {
          const payload = Buffer.concat([prefix, rest]);
          const wanted = `...${createHmac('sha256', key).update(payload).digest('hex')}...`;
          for (const rounds of [null, nativeRounds()]) {
            const hmac = new HmacSha256(key, rounds);
            hmac.setPrefix(prefix);
            const out = Buffer.alloc(70, 0x2e);
            hmac.signHex(signedText(payload), payload.length, out, 3);
            expect(out.toString('latin1')).toBe(wanted);
          }
        },
      ),
      { seed: 7, numRuns: 500 },
    );
  });

  it('signs with Ed25519 so that the public key verifies it', () => {
    const { privateKey } = generateKeyPairSync('ed25519');
    const pem = privateKey.export({ format: 'pem', type: 'pkcs8' });
    const signer = new RequestSigner({ kind: 'ed25519', apiKey: API_KEY, privateKeyPem: pem });
    expect(signer.canLogOn).toBe(true);
    const signed = signer.signWsApi({ timestamp: 1_645_423_376_532 });
    const payload = Buffer.from(`apiKey=${API_KEY}&timestamp=1645423376532`);
    const signature = Buffer.from(String(signed['signature']), 'base64');
    expect(verify(null, payload, createPublicKey(pem), signature)).toBe(true);
  });

  it('refuses a bad private key without repeating it', () => {
    const bad = (privateKeyPem: string) => () =>
      new RequestSigner({ kind: 'ed25519', apiKey: API_KEY, privateKeyPem });
    expect(bad('-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----')).toThrow(
      /not readable as PEM$/,
    );
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    expect(bad(privateKey.export({ format: 'pem', type: 'pkcs8' }))).toThrow(/not an Ed25519 key$/);
  });
});
