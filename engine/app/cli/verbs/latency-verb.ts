import type { LatencyOptions } from '../../latency/latency-command.ts';
import type { Verb, VerbCall } from '../verb.ts';

/** `shrike latency [FILE]`: a running engine's latency, or that of a finished run. */
export const LATENCY_VERB: Verb = {
  operands: [
    { name: '[file]', text: 'output of run --json, or a latency-last.json; default: the engine that runs' },
  ],
  readsConfig: true,
  options: [
    {
      flags: '--url <url>',
      text: 'api of the engine, such as http://127.0.0.1:7420',
      parse: parseHttpUrl,
    },
    { flags: '--mode <mode>', key: 'mode', text: 'the last finished run of this mode' },
    { flags: '--venue <name>', key: 'venue.name', text: 'the venue; sim is the embedded exchange' },
    { flags: '--svg <file>', text: 'also write the percentile curve as SVG' },
    { flags: '--stages', text: 'draw the curve of every stage too' },
  ],
  json: 'one JSON object, with HDR V2 texts',
  note: `Asks the engine at api.host and api.port; when none runs there, reads the last finished run below
state.dir. In the bars, = is time in a ring and # is work; each bar is the percentile of its own stage.`,
  examples: [
    'shrike latency',
    'shrike latency --url http://127.0.0.1:7420 --svg latency.svg --stages',
    'shrike latency --mode live --venue sim --json',
    'shrike run --duration 60s --json > run.json; shrike latency run.json',
  ],
  run,
};

async function run(call: VerbCall<LatencyOptions>): Promise<number> {
  const { showLatency } = await import('../../latency/latency-command.ts');
  return showLatency(call);
}

function parseHttpUrl(text: string): string {
  if (URL.canParse(text) && /^https?:$/.test(new URL(text).protocol)) return text;
  throw new RangeError('expected an address such as http://127.0.0.1:7420');
}
