import { timeframeArgument } from '../../analysis/analysis-commands.ts';
import {
  type Timeframe,
  timeframeNamed,
  TIMEFRAMES,
  TIMEFRAME_NAMES,
} from '../../analysis/bars/timeframe.ts';
import { type PairFigures, ScheduleTable } from '../../analysis/schedule/status-table.ts';
import { PortfolioTable } from '../../analysis/portfolio/portfolio-table.ts';
import { SignalTableReader } from '../../analysis/signals/signal-table-reader.ts';
import type { AnalysisStats, TimeframeStats } from '../../api/engine-stats.ts';
import type { ActorCalls } from '../../control/actor-calls.ts';
import { CommandRefusal, PROBLEM, reportOf } from '../../control/command.ts';
import type { CommandArgs, CommandKind, CommandReport } from '../../control/command.ts';
import { type Instrument, instrumentName, lotsToQty } from '../../core/instrument.ts';
import { PositionReader } from '../../risk/positions.ts';
import { COMMAND } from '../../messages/enums.ts';
import type { PortfolioFacts } from '../analysis/portfolio-facts.ts';
import { type LiveSignals, SignalView } from '../analysis/signal-view.ts';
import { hasAnalysis } from '../config/engine-parts.ts';
import type { EnginePlan } from '../threads/thread-plan.ts';
import type { Wiring } from '../threads/wiring.ts';
import { reportFolder } from '../analysis/report-files.ts';
import { join } from 'node:path';

/** Longer than an analysis may take. */
const ANSWER_MS = 40_000;

/** One symbol and timeframe as `shrike ctl analysis status` shows it. */
export interface ListedPair extends PairFigures {
  readonly symbol: string;
  readonly timeframe: string;
}

type Facts = Pick<EnginePlan, 'config' | 'instruments'>;

/** What the slow path's scheduler is told, and what it counted. Main thread. */
export class AnalysisControl {
  private readonly facts: Facts;
  private readonly wiring: Wiring;
  private readonly table: ScheduleTable;
  private readonly signalView: SignalView;
  private readonly hours: PortfolioTable;
  private readonly positions: PositionReader;

  constructor(facts: Facts, wiring: Wiring) {
    this.facts = facts;
    this.wiring = wiring;
    const { max } = wiring.instrumentSlots();
    this.table = new ScheduleTable(wiring.buffer, wiring.region('state:schedule'), max);
    const signals = new SignalTableReader(wiring.buffer, wiring.region('state:signals'), max);
    this.hours = new PortfolioTable(wiring.buffer, wiring.region('state:portfolio'), max);
    this.positions = new PositionReader(wiring.buffer, wiring.region('state:positions'));
    this.signalView = new SignalView(signals, facts.instruments);
  }

  /** The commands, for the desk. */
  kinds(): CommandKind[] {
    return [
      {
        kind: 'analysis-force',
        run: (args, calls) => this.ask(args, calls, COMMAND.analysisForce, 'made anew from all bars'),
      },
      { kind: 'analysis-add', run: (args, calls) => this.ask(args, calls, COMMAND.analysisAdd, 'analysed') },
      {
        kind: 'analysis-remove',
        run: (args, calls) => this.ask(args, calls, COMMAND.analysisRemove, 'analysed no more'),
      },
      { kind: 'analysis-report', run: (args, calls) => this.report(args, calls) },
    ];
  }

  /** Every symbol and timeframe of which something was counted. */
  list(): ListedPair[] {
    return this.facts.instruments.flatMap((instrument) =>
      TIMEFRAMES.flatMap((timeframe) => {
        const figures = this.table.read(instrument.index, timeframe);
        if (figures === null || !this.isAnalysed(instrument, timeframe)) return [];
        return [{ symbol: instrumentName(instrument), timeframe: timeframe.name, ...figures }];
      }),
    );
  }

  /** The same, symbols together. */
  stats(): AnalysisStats {
    const timeframes: Record<string, TimeframeStats> = {};
    for (const timeframe of TIMEFRAMES) {
      const known = this.facts.instruments.flatMap(({ index }) => this.table.read(index, timeframe) ?? []);
      if (known.length > 0) timeframes[timeframe.name] = summed(known);
    }
    return { timeframes };
  }

  /** The signals that came, what they say together, and what became of them. */
  signals(): LiveSignals {
    return this.signalView.list();
  }

  /** What correlations and risk are made of: hourly closes, positions, and what was out of the ordinary. */
  portfolio(): PortfolioFacts {
    const named = this.facts.instruments.map((instrument) => ({
      instrument,
      symbol: instrumentName(instrument),
    }));
    return {
      schema: 'shrike.portfolio-facts/1',
      symbols: named.flatMap(({ instrument, symbol }) => {
        const hours = this.hours.hours(instrument.index);
        if (hours.length === 0) return [];
        const { positions } = this;
        const netLots = positions.read(instrument.index) ? positions.netLots : 0;
        return [{ symbol, qty: Number(lotsToQty(instrument, netLots)), hours }];
      }),
      anomalies: this.hours.listAnomalies().flatMap(({ instrumentIndex, ...anomaly }) => {
        const symbol = named.at(instrumentIndex)?.symbol;
        return symbol === undefined ? [] : [{ symbol, ...anomaly }];
      }),
    };
  }

  private isAnalysed({ index }: Instrument, timeframe: Timeframe): boolean {
    const chosen = this.table.chosen(index);
    if (chosen !== null) return chosen.includes(timeframe);
    return this.facts.config.analysis.timeframes.includes(timeframe.name);
  }

  private async ask(
    args: CommandArgs,
    calls: ActorCalls,
    kind: number,
    done: string,
  ): Promise<CommandReport> {
    const { instrument, timeframe } = this.meant(args);
    const answer = await calls.ask({
      actor: 'analysis',
      kind,
      argument: timeframeArgument(timeframe),
      instrumentIndex: instrument.index,
      timeoutMs: ANSWER_MS,
    });
    const what = [instrumentName(instrument), ...(timeframe === null ? [] : [timeframe.name])].join(' ');
    const detail = answer.text === '' ? '' : ` (${answer.text})`;
    return reportOf([answer], `${what} is ${done}${detail}`, { symbol: instrument.symbol });
  }

  private async report(args: CommandArgs, calls: ActorCalls): Promise<CommandReport> {
    const { instrument, timeframe } = this.meant(args);
    const answer = await calls.ask({
      actor: 'analysis',
      kind: COMMAND.analysisReport,
      argument: timeframeArgument(timeframe),
      instrumentIndex: instrument.index,
      timeoutMs: ANSWER_MS,
    });
    const file = join(reportFolder(this.facts.config), answer.text);
    return reportOf([answer], `written to ${file}`, { symbol: instrument.symbol, file });
  }

  private meant(args: CommandArgs): { instrument: Instrument; timeframe: Timeframe | null } {
    const { config, instruments } = this.facts;
    if (!hasAnalysis(config))
      throw new CommandRefusal(
        PROBLEM.badArgument,
        'this engine runs without analysis (analysis.enabled, system)',
      );
    const { symbol, timeframe: name } = args;
    const slots = this.wiring.instrumentSlots();
    const active = instruments.filter(({ index }) => slots.isActive(index));
    const found = active.filter((each) => each.symbol === symbol || instrumentName(each) === symbol);
    if (found.length !== 1) {
      const known = active.map(instrumentName).join(', ');
      throw new CommandRefusal(
        found.length === 0 ? 'symbol_unknown' : 'symbol_ambiguous',
        `${JSON.stringify(symbol)} is not one of ${known}; "shrike ctl symbols add" trades one more`,
      );
    }
    if (name === undefined) return { instrument: found[0], timeframe: null };
    const timeframe = typeof name === 'string' ? timeframeNamed(name) : null;
    if (timeframe !== null) return { instrument: found[0], timeframe };
    throw new CommandRefusal(
      PROBLEM.badArgument,
      `no timeframe ${JSON.stringify(name)}; there are ${TIMEFRAME_NAMES}`,
    );
  }
}

function summed(known: readonly PairFigures[]): TimeframeStats {
  const sum = (valueOf: (one: PairFigures) => number): number =>
    known.reduce((total, one) => total + valueOf(one), 0);
  const over = (
    pick: (...values: number[]) => number,
    valueOf: (one: PairFigures) => number | null,
  ): number => {
    const values = known.flatMap((one) => valueOf(one) ?? []);
    return values.length === 0 ? 0 : pick(...values);
  };
  const runs = sum((one) => one.runs ?? 0);
  const failed = sum((one) => one.failed ?? 0);
  const timed = known.filter(({ averageMs }) => averageMs !== null);
  return {
    symbols: known.length,
    runs,
    failed,
    successRate: runs === 0 ? null : (runs - failed) / runs,
    replaced: sum((one) => one.replaced),
    late: sum((one) => one.late),
    dropped: sum((one) => one.dropped),
    cacheHits: sum((one) => one.cacheHits),
    averageMs:
      timed.length === 0 ? 0 : timed.reduce((total, one) => total + one.averageMs!, 0) / timed.length,
    minMs: over(Math.min, (one) => one.minMs),
    maxMs: over(Math.max, (one) => one.maxMs),
    latenessMs: over(Math.max, (one) => one.latenessMs),
    maxLatenessMs: over(Math.max, (one) => one.maxLatenessMs),
  };
}
