import type { Verb, VerbCall } from '../verb.ts';

const STORE = { flags: '--store <dir>', text: 'folder of the bar store; default: bars below state.dir' };
const CSV = 'CSV, also .gz: open_time_ms,open,high,low,close,volume';

/** `shrike bars import|list|verify|export|convert`. */
export const BARS_VERB: Verb = {
  verbs: [
    {
      name: 'import',
      text: 'put candles of CSV files into the bar store: all files or none',
      operands: [{ name: '<file...>', text: CSV }],
      readsConfig: true,
      options: [
        STORE,
        { flags: '--symbol <name>', text: 'default: what the file name begins with (btcusdt-5m.csv)' },
        {
          flags: '--timeframe <name>',
          text: 'of the candles; default: the distance of the rows',
        },
        { flags: '--replace', text: 'candles that the store has with other figures: the file is right' },
      ],
      json: 'one JSON object',
      examples: [
        'shrike bars import btcusdt-5m.csv.gz btcusdt-1h.csv.gz',
        'shrike bars import q.csv --symbol SPY',
      ],
      run: importVerb,
    },
    {
      name: 'list',
      text: 'what the bar store holds, by symbol and timeframe',
      readsConfig: true,
      options: [STORE],
      json: 'one JSON object',
      examples: ['shrike bars list'],
      run: list,
    },
    {
      name: 'verify',
      text: 'check every row of files, or without one every byte of the store; exit 3 when something is wrong',
      operands: [{ name: '[file...]', text: CSV }],
      readsConfig: true,
      options: [STORE],
      json: 'one JSON object',
      examples: ['shrike bars verify', 'shrike bars verify btcusdt-5m.csv.gz btcusdt-1h.csv'],
      run: verify,
    },
    {
      name: 'export',
      text: 'print candles of the bar store as CSV',
      operands: [
        { name: '<symbol>', text: 'as bars list shows it' },
        { name: '<timeframe>', text: '1m, 5m, 15m, 1h, 4h, 1d or 1w' },
      ],
      readsConfig: true,
      options: [
        STORE,
        {
          flags: '--from <time>',
          text: 'first opening time: 2024-01-31, with T10:00 UTC, or ms',
          parse: timeMs,
        },
        { flags: '--to <time>', text: 'opening times before this', parse: timeMs },
      ],
      examples: ['shrike bars export BTCUSDT 1h --from 2024-01-01 --to 2024-02-01 > january.csv'],
      run: exportVerb,
    },
    {
      name: 'convert',
      text: 'print the candles of a longer timeframe as CSV; a candle with a missing part is left out',
      operands: [
        { name: '<file>', text: CSV },
        { name: '<timeframe>', text: '5m, 15m, 1h, 4h, 1d or 1w' },
      ],
      examples: ['shrike bars convert btcusdt-5m.csv.gz 1h > btcusdt-1h.csv'],
      run: convert,
    },
  ],
};

async function importVerb(call: VerbCall): Promise<number> {
  return (await import('../../bars/store-commands.ts')).importFiles(call);
}

async function list(call: VerbCall): Promise<number> {
  return (await import('../../bars/store-commands.ts')).listStore(call);
}

async function verify(call: VerbCall): Promise<number> {
  const files = call.operands[0] as readonly string[] | undefined;
  if (files !== undefined && files.length > 0)
    return (await import('../../bars/check-files.ts')).checkFiles(files, call.isJson);
  return (await import('../../bars/store-commands.ts')).verifyStore(call);
}

async function exportVerb(call: VerbCall): Promise<number> {
  return (await import('../../bars/store-commands.ts')).exportSeries(call);
}

async function convert({ operands: [file, name] }: VerbCall): Promise<number> {
  const { timeframeOperand } = await import('../../bars/store-commands.ts');
  const { convertFile } = await import('../../bars/convert-file.ts');
  return convertFile(file as string, timeframeOperand(name as string));
}

function timeMs(text: string): number {
  if (/^\d{1,16}$/.test(text)) return Number(text);
  const iso = /^\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d)?Z?)?$/.test(text) ? text : '';
  const parsed = Date.parse(iso.length === 10 || iso.endsWith('Z') ? iso : `${iso}Z`);
  if (Number.isNaN(parsed)) throw new RangeError('expected 2024-01-31, 2024-01-31T10:00 or milliseconds');
  return parsed;
}
