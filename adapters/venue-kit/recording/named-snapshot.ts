import { SNAPSHOT_STREAM } from '../feed/frame-scanner.ts';

/** A snapshot body in the name of its symbol, for recordings of several symbols. */
export function namedSnapshot(symbol: string, body: Buffer): Buffer {
  // arch-ok: once per recorded REST body, in replay only
  const stream = JSON.stringify(symbol.toLowerCase() + SNAPSHOT_STREAM);
  return Buffer.concat([Buffer.from(`{"stream":${stream},"data":`), body, Buffer.from('}')]);
}
