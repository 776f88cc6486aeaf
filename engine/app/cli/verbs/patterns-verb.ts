import type { CandleRule } from '../../../analysis/patterns/candle-rule.ts';
import { EXIT } from '../exit-codes.ts';
import { printJson, printNote, printText } from '../output.ts';
import { columns } from '../text-table.ts';
import type { Verb, VerbCall } from '../verb.ts';

interface Options {
  readonly rules?: 'talib' | 'percent';
  readonly timeframe?: string;
  readonly gaps?: 'join' | 'break';
  readonly charts?: 'with' | 'without' | 'only';
}

/** One pattern at one candle, as `--json` tells it. */
interface Found {
  /** When its last candle opened, ms since the epoch. */
  readonly time: number;
  readonly pattern: string;
  /** Sign of TA-Lib's value: +1, -1. */
  readonly direction: number;
  /** Size of TA-Lib's value: 80, 100 or 200; 100 for a chart pattern. */
  readonly strength: number;
  readonly talib: string | null;
  /** Indecision: `direction` is a colour or a convention. */
  readonly isNeutral: boolean;
  readonly kind: 'candle' | 'chart';
}

/** `shrike patterns FILE`: the candlestick and chart patterns of a file of candles. */
export const PATTERNS_VERB: Verb = {
  operands: [{ name: '<file>', text: 'CSV, also .gz: open_time_ms,open,high,low,close,volume' }],
  options: [
    {
      flags: '--rules <rules>',
      text: 'talib (default): against the candles before; percent: doji and marubozu by fixed shares',
      parse: oneOf('talib', 'percent'),
    },
    {
      flags: '--timeframe <name>',
      text: 'of the candles; default: the distance of the rows',
    },
    {
      flags: '--gaps <how>',
      text: 'candles on both sides of a gap: join (default; markets that close at night), break',
      parse: oneOf('join', 'break'),
    },
    {
      flags: '--charts <which>',
      text: 'chart patterns (squeeze release, breakout, retest, double top, divergence): with (default), without, only',
      parse: oneOf('with', 'without', 'only'),
    },
  ],
  json: 'one JSON array: time, pattern, direction, strength, talib, isNeutral, kind',
  note: `Rules, settings and values are those of TA-Lib 0.6 and later, one bar's pattern at its close. The strength is 80 where
two bodies match at one end (engulfing, harami) and 200 where a hikkake is confirmed. Chart patterns need metrics and
levels, that is some hundred candles without a gap, and begin anew after one.`,
  examples: ['shrike patterns btcusdt-1h.csv', 'shrike patterns btcusdt-5m.csv.gz --json'],
  run,
};

async function run(call: VerbCall): Promise<number> {
  const { operands, isJson } = call;
  const { rules = 'talib', timeframe, gaps = 'join', charts = 'with' } = call.options as Options;
  const { readCandleFile } = await import('../../../analysis/bars/candle-file.ts');
  const { missingCount } = await import('../../../analysis/bars/candle-columns.ts');
  const { CandlePatterns } = await import('../../../analysis/patterns/candle-patterns.ts');
  const { CANDLE_RULES } = await import('../../../analysis/patterns/candle-rules.ts');
  const { PERCENT_RULES } = await import('../../../analysis/patterns/percent-rules.ts');
  const { ChartsOfCandles } = await import('../../analysis/charts-of-candles.ts');
  const { timeframeOperand } = await import('../../bars/store-commands.ts');
  const frame = timeframe === undefined ? {} : { timeframe: timeframeOperand(timeframe) };
  const candles = await readCandleFile(operands[0] as string, frame);
  const patterns = new CandlePatterns(rules === 'talib' ? CANDLE_RULES : PERCENT_RULES);
  const stepMs = gaps === 'break' ? candles.timeframe.lengthMs : Infinity;
  const found: Found[] = [];
  // Fixed shares are for doji and marubozu alone.
  const chart = charts === 'without' || rules === 'percent' ? null : new ChartsOfCandles(candles);
  const { openTimesMs, opens, highs, lows, closes } = candles;
  for (let index = 0; index < openTimesMs.length; index++) {
    const time = openTimesMs[index];
    if (index > 0 && time - openTimesMs[index - 1] > stepMs) patterns.reset();
    patterns.push(opens[index], highs[index], lows[index], closes[index]);
    for (let at = 0; at < patterns.foundCount && charts !== 'only'; at++) {
      found.push(foundOf(time, patterns.rules[patterns.found[at]], patterns.values[at]));
    }
    for (const { name, direction } of chart?.at(index) ?? []) {
      const rest = { talib: null, isNeutral: false, kind: 'chart' } as const;
      found.push({ time, pattern: name, direction, strength: 100, ...rest });
    }
  }
  if (isJson) printJson(found);
  else printText(tableOf(found));
  const missing = missingCount(candles);
  if (missing > 0)
    printNote(
      `${missing} candles of ${candles.timeframe.name} are missing; the patterns ` +
        (gaps === 'join' ? 'run on across the gaps (--gaps break ends them there)' : 'end at the gaps'),
    );
  return EXIT.ok;
}

function foundOf(time: number, rule: CandleRule, value: number): Found {
  const { name, talib, isNeutral = false } = rule;
  const [direction, strength] = [Math.sign(value), Math.abs(value)];
  return { time, pattern: name, direction, strength, talib, isNeutral, kind: 'candle' };
}

function tableOf(found: readonly Found[]): string {
  const rows = found.map((one) => [
    new Date(one.time).toISOString().slice(0, 16).replace('T', ' '),
    one.pattern,
    one.isNeutral ? 'neutral' : one.direction > 0 ? 'up' : 'down',
    `${one.strength}`,
  ]);
  return columns([['TIME (UTC)', 'PATTERN', 'DIRECTION', 'STRENGTH'], ...rows]);
}

function oneOf(...words: readonly string[]): (text: string) => string {
  return (text) => {
    if (words.includes(text)) return text;
    throw new RangeError(`expected ${words.join(' or ')}`);
  };
}
