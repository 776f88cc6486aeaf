import type { ControlAnswer } from '../control/control-protocol.ts';
import { CliError } from '../cli/cli-error.ts';
import { askEngine, tellFailure, type WhichEngine } from '../cli/ask-engine.ts';
import { EXIT } from '../cli/exit-codes.ts';
import { printJson, printNote, printText } from '../cli/output.ts';
import type { VerbCall } from '../cli/verb.ts';
import { liveSignalsText, signalLine } from './live-signals-text.ts';
import type { LiveSignals, ShownSignal } from './signal-view.ts';

/** A running engine is asked this often for what is new. */
const FOLLOW_MS = 1_000;

/** What is shown of a running engine's signals. */
export interface LiveSignalsOptions extends WhichEngine {
  readonly last?: number;
  readonly follow?: boolean;
}

/** Prints the signals of a running engine, of one symbol or all, and with `--follow` those that come. Returns the exit code. */
export async function showLiveSignals(
  call: VerbCall<LiveSignalsOptions>,
  symbol: string | undefined,
): Promise<number> {
  const answer = await ask(call);
  if (!('data' in answer)) return tellFailure(answer, call.isJson);
  const { follow = false, last = 20 } = call.options;
  const first = only(answer.data as LiveSignals, symbol);
  const shown = last === 0 ? first.signals : first.signals.slice(-last);
  const news = new SignalNews();
  news.of(first.signals);
  if (!call.isJson) printText(liveSignalsText(first, shown));
  else if (!follow) printJson(first);
  else for (const signal of shown) printJson(signal);
  if (follow) await followSignals(call, symbol, news);
  return EXIT.ok;
}

/** Until the engine ends. */
async function followSignals(
  call: VerbCall<LiveSignalsOptions>,
  symbol: string | undefined,
  news: SignalNews,
): Promise<void> {
  for (;;) {
    await new Promise((resolve) => {
      setTimeout(resolve, FOLLOW_MS);
    });
    let answer: ControlAnswer;
    try {
      answer = await ask(call);
    } catch (error) {
      if (!(error instanceof CliError)) throw error;
      printNote(`the engine has ended, or does not answer: ${error.message}`);
      return;
    }
    if (!('data' in answer)) return;
    for (const signal of news.of(only(answer.data as LiveSignals, symbol).signals)) {
      if (call.isJson) printJson(signal);
      else printText(signalLine(signal));
    }
  }
}

function ask(call: VerbCall<LiveSignalsOptions>): Promise<ControlAnswer> {
  return askEngine(call, { op: 'query', what: 'signals' });
}

function only(list: LiveSignals, symbol: string | undefined): LiveSignals {
  if (symbol === undefined) return list;
  const isOf = (one: { readonly symbol: string }): boolean =>
    one.symbol === symbol || one.symbol.endsWith(`:${symbol}`);
  return { ...list, signals: list.signals.filter(isOf), merged: list.merged.filter(isOf) };
}

/** Tells which signals of a list are new since the list before, or have ended since. */
export class SignalNews {
  private known: Map<number, boolean> = new Map();

  /** Takes the next list. @param signals all that are kept, by number */
  of(signals: readonly ShownSignal[]): ShownSignal[] {
    const { known } = this;
    this.known = new Map(signals.map(({ seq, outcome }) => [seq, outcome !== null]));
    return signals.filter(({ seq, outcome }) => known.get(seq) !== (outcome !== null));
  }
}
