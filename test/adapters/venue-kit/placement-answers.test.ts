import { describe, expect, it } from 'vitest';
import { BINANCE_SPOT_REHEARSAL } from '../../../adapters/binance-spot/rehearsal-words.ts';
import { PlacementAnswers } from '../../../adapters/venue-kit/rehearsal/placement-answers.ts';
import { BTCUSDT } from '../../fixtures/venue-rig.ts';

const MASK = Buffer.from([0x11, 0x80, 0xff, 0x3c]);
const ID = Buffer.from('50000000007');

/** A client's masked text frame with a 16-bit length. */
function maskedFrame(text: string): Buffer {
  const payload = Buffer.from(text);
  const header = Buffer.from([0x81, 0xfe, payload.length >> 8, payload.length & 0xff, ...MASK]);
  return Buffer.concat([header, payload.map((byte, index) => byte ^ MASK[index & 3])]);
}

function textsOf(answers: PlacementAnswers): string[] {
  const texts: string[] = [];
  for (let at = 0; at < answers.end;) {
    const length = answers.bytes.readUInt16BE(at + 2);
    texts.push(answers.bytes.toString('utf8', at + 4, at + 4 + length));
    at += 4 + length;
  }
  return texts;
}

const place = (id: number): string =>
  JSON.stringify({
    id,
    method: 'order.place',
    params: {
      symbol: 'BTCUSDT',
      side: 'SELL',
      price: '61770.34',
      quantity: '0.01000',
      newClientOrderId: `sx-${id}`,
    },
  });

describe('answers of a rehearsal', () => {
  it('repeat the values of each placement in frames that are JSON', () => {
    const answers = new PlacementAnswers(BTCUSDT, BINANCE_SPOT_REHEARSAL, 65_536);
    for (const id of [7, 12_345]) {
      expect(answers.read(maskedFrame(place(id)))).toBe(true);
      answers.write(ID);
    }
    const frames = textsOf(answers).map((text) => JSON.parse(text) as Record<string, never>);
    expect(frames).toHaveLength(6);
    expect(frames[3]).toMatchObject({
      id: 12_345,
      result: { orderId: Number(ID), clientOrderId: 'sx-12345' },
    });
    const fill = {
      c: 'sx-12345',
      S: 'SELL',
      q: '0.01000',
      z: '0.01000',
      L: '61770.34',
      t: Number(ID),
      X: 'FILLED',
    };
    expect(frames[5]['event']).toMatchObject(fill);
  });

  it('are not given to what is no whole placement, nor when there is no room', () => {
    const answers = new PlacementAnswers(BTCUSDT, BINANCE_SPOT_REHEARSAL, 8_192);
    expect(answers.read(maskedFrame(place(1).replace('order.place', 'order.cancel')))).toBe(false);
    expect(answers.read(maskedFrame(place(1).replace('"price"', '"preis"')))).toBe(false);
    expect(answers.read(Buffer.alloc(4))).toBe(false);
    let count = 0;
    for (; answers.read(maskedFrame(place(count))); count++) answers.write(ID);
    expect(count).toBeGreaterThan(1);
    expect(answers.end).toBeLessThanOrEqual(8_192);
  });

  it('are refused at start when they repeat a value that no request has', () => {
    const words = { ...BINANCE_SPOT_REHEARSAL, placed: () => ['{"id":<nobody>}'] };
    expect(() => new PlacementAnswers(BTCUSDT, words, 65_536)).toThrow('<nobody>');
  });
});
