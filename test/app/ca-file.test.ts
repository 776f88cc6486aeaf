import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { rootCertificates } from 'node:tls';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { WebSocketServer } from 'ws';
import { binanceRest } from '../../adapters/binance-kit/rest-protocol.ts';
import { SnapshotClient } from '../../adapters/venue-kit/book/snapshot-client.ts';
import { askForInstruments } from '../../adapters/venue-kit/instruments/instruments-request.ts';
import { RestClient } from '../../adapters/venue-kit/request/rest-client.ts';
import { believeOnly, readCaFile } from '../../engine/app/config/ca-file.ts';
import { loadConfig } from '../../engine/app/config/config.ts';
import { authoritySigned, HAS_OPENSSL } from '../fixtures/certificates.ts';
import { SOCKET_MODES } from '../fixtures/socket-modes.ts';

const DEADLINE_MS = 10_000;
const folder = mkdtempSync(join(tmpdir(), 'shrike-ca-'));
const closers: (() => void)[] = [];

afterEach(() => {
  for (const close of closers.splice(0)) close();
});
afterAll(() => rmSync(folder, { recursive: true }));

function fileOf(text: string): string {
  const file = join(folder, 'ca.pem');
  writeFileSync(file, text);
  return file;
}

describe('the file of engine.caFile', () => {
  it('is looked for beside the configuration that names it', () => {
    const config = join(folder, 'shrike.toml');
    writeFileSync(config, '[engine]\ncaFile = "certificates/venue.pem"\n');
    const { engine } = loadConfig({ files: [config], env: {} }).config;
    expect(engine.caFile).toBe(join(folder, 'certificates', 'venue.pem'));
    expect(loadConfig({ env: {} }).config.engine.caFile).toBeNull();
  });

  it('gives every certificate in it, whatever stands between them', () => {
    const [first, second] = rootCertificates;
    expect(readCaFile(fileOf(`# a venue\n${first}\nanother\n${second}\n`))).toEqual([first, second]);
    expect(readCaFile(null)).toBeNull();
  });

  it.each<[string, string, RegExp]>([
    ['holds nothing of the kind', 'no certificate', /ca\.pem holds no certificate/],
    [
      'holds a key',
      '-----BEGIN PRIVATE KEY-----\nAA==\n-----END PRIVATE KEY-----\n',
      /ca\.pem holds no certificate/,
    ],
    [
      'holds a damaged one',
      `${rootCertificates[0]}\n-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n`,
      /ca\.pem certificate 2 of 2 cannot be decoded/,
    ],
  ])('is refused by its name when it %s', (_what, text, problem) => {
    expect(() => readCaFile(fileOf(text))).toThrow(problem);
  });

  it('is refused by its name when it is not there', () => {
    const missing = join(folder, 'missing.pem');
    expect(() => readCaFile(missing)).toThrow(`engine.caFile: ${missing} cannot be read: ENOENT`);
  });
});

describe.skipIf(!HAS_OPENSSL)('a venue that an authority of the file vouches for', () => {
  let server: Server;
  let port = 0;

  beforeAll(async () => {
    const { authority, signed } = authoritySigned(['DNS:localhost']);
    server = createServer({ ...signed }, (_request, response) => response.end('{"serverTime":5}'));
    const sockets = new WebSocketServer({ server });
    sockets.on('connection', (peer) => peer.on('error', () => undefined));
    await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve));
    ({ port } = server.address() as AddressInfo);
    believeOnly(readCaFile(fileOf(authority.cert))!);
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });

  it.each(SOCKET_MODES)('is reached by sockets: $name', async (mode) => {
    closers.push(mode.begin());
    const handlers = { onRead: () => undefined, onMessage: () => undefined };
    const { webSocket } = mode.open(`wss://localhost:${port}`, { maxPayload: 1_000 }, handlers);
    closers.push(() => webSocket.terminate());
    const errors: Error[] = [];
    webSocket.on('error', (error) => errors.push(error));
    const deadline = performance.now() + DEADLINE_MS;
    while (webSocket.readyState === 0 && performance.now() < deadline)
      await new Promise((resolve) => setImmediate(resolve));
    expect(errors).toEqual([]);
    expect(webSocket.readyState).toBe(1);
  });

  it('is reached by REST: clock and account, snapshots, instruments', async () => {
    const rest = `https://localhost:${port}`;
    const settings = {
      protocol: binanceRest('/api/v3/time'),
      timeoutMs: DEADLINE_MS,
      recvWindowMs: 0,
      signer: null,
    };
    const client = new RestClient({ rest, ...settings });
    const snapshots = new SnapshotClient(rest, () => '/depth', DEADLINE_MS);
    closers.push(
      () => client.close(),
      () => snapshots.close(),
    );
    expect(await client.serverTimeMs()).toBe(5);
    expect(String(await snapshots.fetch('BTCUSDT'))).toBe('{"serverTime":5}');
    expect(await askForInstruments(rest, '/info', 'the list', DEADLINE_MS)).toMatchObject({
      statusCode: 200,
    });
  });
});
