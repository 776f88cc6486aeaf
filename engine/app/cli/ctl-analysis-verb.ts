import type { Ask, Give } from './ctl-calls.ts';
import type { NamedVerb, VerbOption } from './verb.ts';

interface Row {
  readonly symbol: string;
  readonly timeframe: string;
  readonly [figure: string]: string | number | null;
}

/** The verbs `shrike ctl analysis …`. */
export function ctlAnalysisVerb(
  ask: Ask,
  give: Give,
  which: readonly VerbOption[],
  forCommand: readonly VerbOption[],
): NamedVerb {
  const command = (name: string, text: string, timeframe: string): NamedVerb => ({
    name,
    text,
    operands: [
      { name: '<symbol>', text: 'a symbol the engine trades' },
      { name: '[timeframe]', text: timeframe },
    ],
    readsConfig: true,
    options: forCommand,
    json: 'the answer as one JSON object',
    examples: [`shrike ctl analysis ${name} BTCUSDT`, `shrike ctl analysis ${name} BTCUSDT 1h --json`],
    run: (call) => {
      const [symbol, named] = call.operands;
      return give(`analysis-${name}`, { symbol, ...(named === undefined ? {} : { timeframe: named }) }, call);
    },
  });
  return {
    name: 'analysis',
    text: 'the slow path of a running engine: what it analysed, what it is to analyse',
    verbs: [
      {
        name: 'status',
        text: 'runs, durations, lateness and cache hits of each symbol and timeframe',
        readsConfig: true,
        options: which,
        json: 'the figures as one JSON object, schema shrike.schedule/1',
        examples: ['shrike ctl analysis status', 'shrike ctl analysis status --json'],
        run: (call) => ask('analysis', call, statusText),
      },
      command(
        'force',
        'make the analysis of a symbol anew from its bars, and compare',
        'counted for this one; the whole symbol is made anew',
      ),
      command(
        'add',
        'analyse a symbol again, or in one timeframe more',
        'this one more; default: all of the configuration',
      ),
      command(
        'remove',
        'analyse a symbol no more, or in one timeframe less; without analysis there is no bias',
        'this one only; default: the whole symbol',
      ),
      command(
        'report',
        'write the whole report of a symbol to the state folder',
        'as of its newest close; default: the shortest',
      ),
    ],
  };
}

const HEAD = [
  'symbol',
  'timeframe',
  'last close',
  'runs',
  'ok',
  'average',
  'min',
  'max',
  'late by',
  'at most',
  'late',
  'dropped',
  'replaced',
  'cache hits',
];

async function statusText(data: Readonly<Record<string, unknown>>): Promise<string> {
  const { columns } = await import('./text-table.ts');
  const rows = data['pairs'] as readonly Row[];
  if (rows.length === 0) return 'nothing has been analysed yet';
  return columns([HEAD, ...rows.map(cellsOf)]);
}

function cellsOf(row: Row): string[] {
  const count = (name: string): string => String(row[name] ?? 0);
  const runs = Number(row['runs']);
  const ok = runs === 0 ? '-' : `${Math.round((100 * (runs - Number(row['failed']))) / runs)} %`;
  const close = row['lastCloseMs'];
  return [
    row.symbol,
    row.timeframe,
    typeof close === 'number' ? `${new Date(close).toISOString().slice(0, 16).replace('T', ' ')}Z` : '-',
    count('runs'),
    ok,
    durationText(row['averageMs']),
    durationText(row['minMs']),
    durationText(row['maxMs']),
    durationText(row['latenessMs']),
    durationText(row['maxLatenessMs']),
    count('late'),
    count('dropped'),
    count('replaced'),
    count('cacheHits'),
  ];
}

function durationText(ms: string | number | null): string {
  return typeof ms === 'number' ? `${ms < 100 ? ms.toFixed(1) : Math.round(ms)} ms` : '-';
}
