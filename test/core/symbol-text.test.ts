import { describe, expect, it } from 'vitest';
import { assetProblem, symbolProblem } from '../../engine/core/symbol-text.ts';

describe('a venue symbol', () => {
  it.each([
    'BTCUSDT',
    '1000SHIBUSDT',
    '币安人生USDT',
    'USD₮BTC',
    'ΩMEGAUSDT',
    'BTC-PERP',
    'ドージUSDT',
    '🦅USDT',
  ])('may be %s', (text) => {
    expect(symbolProblem(text)).toBeNull();
  });

  it.each([
    '',
    'B',
    'BTC USDT',
    'BTC/USDT',
    '币安,USDT',
    'BTC%41',
    'A&B',
    'A=B',
    'A?B',
    "A'B",
    'A"B',
    'A\\B',
    'BTC\n',
  ])('is not "%s"', (text) => {
    expect(symbolProblem(text)).toMatch(/^expected a symbol such as BTCUSDT/);
  });

  it('is written in capitals, where the script has them', () => {
    expect(symbolProblem('btc币USDT')).toBe('expected a symbol such as BTCUSDT, in capitals: BTC币USDT');
  });

  it('is measured in bytes, not in characters', () => {
    expect(symbolProblem('币'.repeat(13))).toBeNull();
    expect(symbolProblem('币'.repeat(14))).toBe(
      `"${'币'.repeat(14)}" is 42 bytes long in UTF-8; a symbol has at most 40`,
    );
    expect(assetProblem('币安人生了')).toBeNull();
    expect(assetProblem('币安人生了呀')).toBe(
      'the asset "币安人生了呀" is 18 bytes long in UTF-8; an asset has at most 16',
    );
  });
});
