/**
 * Grid: lines at equal distances around the price of the beginning, and between each two neighbours one order: it buys at the
 * lower line, then sells the same at the upper one, and so on. Below the beginning it buys first, above it sells first. Each
 * pair earns the distance of two lines less two fees; a price that leaves the grid leaves the whole position behind.
 */
import { SIDE, strategyFrom } from 'shrike/strategy';
import type {
  BookView,
  CreateStrategy,
  Instrument,
  OrderReportView,
  ParameterValues,
  PerInstrument,
  Strategy,
  StrategyContext,
  StrategyDefinition,
  StrategySetup,
} from 'shrike/strategy';
import { OrderSize } from './lib/order-size.ts';
import { PositionTarget } from './lib/position-target.ts';
import { RestingOrder } from './lib/resting-order.ts';

const PARAMETERS = {
  lines: {
    is: 'integer',
    default: 5,
    min: 1,
    max: 50,
    unit: 'lines a side',
    text: 'Lines below and above the beginning; as many orders a side.',
  },
  spacingBps: {
    is: 'number',
    default: 30,
    min: 0.1,
    max: 5_000,
    unit: 'bps',
    text: 'Distance of two lines; below two maker fees every pair loses.',
  },
  notional: {
    is: 'number',
    default: 100,
    min: 0.01,
    max: 1e9,
    unit: 'of the quote asset',
    text: 'Value of an order; a position is at most this times the lines a side, twice that without shorts.',
  },
  allowShort: { is: 'flag', default: true, text: 'Off: nothing is sold that was not bought.' },
  escape: {
    is: 'choice',
    of: ['close', 'hold'],
    default: 'close',
    text: 'When the price is a line beyond the last: close the position and begin anew there, or wait for it.',
  },
  slippageTicks: {
    is: 'integer',
    default: 5,
    min: 0,
    max: 1_000_000,
    unit: 'ticks',
    text: 'How far beyond the touch closing may pay.',
  },
  refreshMs: {
    is: 'integer',
    default: 1_000,
    min: 0,
    max: 3_600_000,
    unit: 'ms',
    text: 'Least time until an order that could not rest is tried again.',
  },
} as const;

type Parameters = ParameterValues<typeof PARAMETERS>;

const BPS = 10_000;
const NS_PER_MS = 1e6;

/** An order between two neighbouring lines. */
class Cell {
  readonly buy: RestingOrder;
  readonly sell: RestingOrder;
  lowerTicks: number;
  upperTicks: number;
  /** Whether it sells next; what of that is not filled yet. */
  isSelling: boolean;
  leftLots: number;
  readonly triedNs: Float64Array = new Float64Array(1);

  constructor(instrumentIndex: number) {
    this.buy = new RestingOrder(instrumentIndex, SIDE.buy);
    this.sell = new RestingOrder(instrumentIndex, SIDE.sell);
    this.lowerTicks = 0;
    this.upperTicks = 0;
    this.isSelling = false;
    this.leftLots = 0;
  }

  get isOpen(): boolean {
    return this.buy.isOpen || this.sell.isOpen;
  }

  cancel(context: StrategyContext): void {
    this.buy.cancel(context);
    this.sell.cancel(context);
  }

  /** Takes a report in; whether it was of this cell. What was filled turns the cell around once it is whole. */
  onReport(report: OrderReportView, cellLots: number): boolean {
    if (!this.buy.onReport(report) && !this.sell.onReport(report)) return false;
    if (!report.isTerminal) return true;
    this.leftLots -= report.cumQtyLots;
    if (this.leftLots <= 0) {
      this.isSelling = !this.isSelling;
      this.leftLots = cellLots;
      this.triedNs[0] = 0;
    }
    return true;
  }
}

/** What belongs to one instrument. */
class Leg {
  readonly instrument: Instrument;
  readonly size: OrderSize;
  readonly closing: PositionTarget;
  readonly cells: Cell[];
  /** Lots of each order; 0 = no grid is laid. */
  cellLots: number;
  isClosing: boolean;
  /** What is left of the position is less than an order, and stays. */
  isClosed: boolean;

  constructor(instrument: Instrument, { lines, notional, slippageTicks, allowShort }: Parameters) {
    this.instrument = instrument;
    this.size = new OrderSize(instrument, notional);
    this.closing = new PositionTarget(instrument, { notional, slippageTicks, allowShort });
    this.cells = Array.from({ length: 2 * lines }, () => new Cell(instrument.index));
    this.cellLots = 0;
    this.isClosing = false;
    this.isClosed = false;
  }
}

class Grid implements Strategy {
  private readonly parameters: Parameters;
  private readonly legs: PerInstrument<Leg>;

  constructor(setup: StrategySetup<Parameters>) {
    this.parameters = setup.parameters;
    this.legs = setup.perInstrument((instrument) => new Leg(instrument, setup.parameters));
  }

  onBook(context: StrategyContext, book: BookView): void {
    const leg = this.legs.of(book.instrumentIndex);
    if (book.bidTicks <= 0 || book.askTicks <= 0) return;
    if (leg.isClosing) this.close(context, leg, book);
    else if (leg.cellLots === 0) this.lay(context, leg, book);
    else if (this.parameters.escape === 'close' && this.hasEscaped(leg, book)) {
      leg.isClosing = true;
      context.signal(leg.instrument.index, 0, 0, book.midTicks, 'the price left the grid');
      this.close(context, leg, book);
    } else this.work(context, leg, book);
  }

  onReport(context: StrategyContext, report: OrderReportView): void {
    const leg = this.legs.of(report.instrumentIndex);
    const { cells } = leg;
    for (let index = 0; index < cells.length; index++)
      if (cells[index].onReport(report, leg.cellLots)) return;
    leg.closing.onReport(report);
    // An order of an earlier thread, whose grid is not known any more: its position is closed, then a new grid is laid.
    if (leg.cellLots === 0 && !report.isTerminal && report.state === report.previousState) {
      leg.isClosing = true;
      context.cancel(report.orderId);
    }
  }

  /** Lays the lines around the mid. A position that is there already is that of a grid nobody knows any more. */
  private lay(context: StrategyContext, leg: Leg, book: BookView): void {
    const { lines, spacingBps, allowShort, escape } = this.parameters;
    const { cells, instrument } = leg;
    if (escape === 'close' && !leg.isClosed && context.position(instrument.index).netLots !== 0) {
      leg.isClosing = true;
      return;
    }
    leg.isClosed = false;
    leg.cellLots = leg.size.lotsAt(book.midTicks);
    for (let index = 0; index < cells.length; index++) {
      const cell = cells[index];
      cell.lowerTicks = lineTicks(book.midTicks, index - lines, spacingBps);
      // Lines of cheap instruments may fall on one tick: then they are one apart.
      cell.upperTicks = Math.max(
        cell.lowerTicks + 1,
        lineTicks(book.midTicks, index - lines + 1, spacingBps),
      );
      cell.isSelling = index >= lines && allowShort;
      cell.leftLots = leg.cellLots;
      cell.triedNs[0] = 0;
    }
    context.signal(instrument.index, 0, lines, book.midTicks, 'a grid is laid');
  }

  /** Sees to it that every cell has its order in the market. */
  private work(context: StrategyContext, leg: Leg, book: BookView): void {
    const { cells } = leg;
    const waitNs = this.parameters.refreshMs * NS_PER_MS;
    for (let index = 0; index < cells.length; index++) {
      const cell = cells[index];
      if (cell.isOpen) continue;
      const priceTicks = cell.isSelling ? cell.upperTicks : cell.lowerTicks;
      // It would take: its turn comes when the price is back.
      if (priceTicks <= 0 || (cell.isSelling ? priceTicks <= book.bidTicks : priceTicks >= book.askTicks))
        continue;
      if (cell.triedNs[0] > 0 && context.nowNs - cell.triedNs[0] < waitNs) continue;
      const order = cell.isSelling ? cell.sell : cell.buy;
      cell.triedNs[0] = context.nowNs;
      if (!order.post(context, priceTicks, cell.leftLots)) return;
    }
  }

  private hasEscaped({ cells }: Leg, book: BookView): boolean {
    const first = cells[0];
    const last = cells[cells.length - 1];
    const width = first.upperTicks - first.lowerTicks;
    return book.askTicks < first.lowerTicks - width || book.bidTicks > last.upperTicks + width;
  }

  /** Cancels everything, closes the position, and clears the way for a new grid. */
  private close(context: StrategyContext, leg: Leg, book: BookView): void {
    const { cells, instrument } = leg;
    let isQuiet = !leg.closing.isPending;
    for (let index = 0; index < cells.length; index++) {
      if (!cells[index].isOpen) continue;
      isQuiet = false;
      cells[index].cancel(context);
    }
    if (!isQuiet || leg.closing.moveTo(context, 0) > 0) return;
    const left = Math.abs(context.position(instrument.index).netLots);
    const isDust =
      left < Math.max(1, instrument.minQtyLots) || left * book.midTicks < instrument.minNotionalCash;
    // Otherwise the order could not be sent just now, and is tried again.
    if (!isDust) return;
    leg.isClosing = false;
    leg.isClosed = true;
    leg.cellLots = 0;
  }
}

/** The price of a line, whole ticks; line 0 is the middle. */
function lineTicks(midTicks: number, line: number, spacingBps: number): number {
  return Math.round(midTicks * (1 + (line * spacingBps) / BPS));
}

/** The strategy. */
export const strategy: StrategyDefinition<typeof PARAMETERS> = {
  name: 'grid',
  version: '1.0.0',
  text: 'buys at lines below the price and sells at lines above it, each pair for the distance of two lines',
  parameters: PARAMETERS,
  create: (setup) => new Grid(setup),
};

/** Makes the strategy. Throws Error listing every bad parameter. */
export const createStrategy: CreateStrategy = strategyFrom(strategy);
