// hot path: no allocation after start
import { invariant } from '../core/assert.ts';
import { INSTRUMENTS_DEFAULT, STRATEGIES_MAX } from '../core/limits.ts';
import type { Region } from '../ipc/memory-map.ts';
import { positionTableBytes, PositionReader, PositionWriter } from './positions.ts';

/*
 * The position of each strategy in each instrument: a table of positions (positions.ts) with a row of instruments for
 * every strategy index, and one more for what belongs to no strategy of this run: trades by hand, and what strategies
 * left that run no more. The rows of an instrument add up to the account's position, lot by lot.
 */
const ROWS = STRATEGIES_MAX + 1;

/** The row of what belongs to no strategy of this run. */
export const NOBODY: number = STRATEGIES_MAX;

/** What a position amounts to, without its last fill. */
export interface PositionAmounts {
  readonly netLots: number;
  readonly costCash: number;
  readonly realisedCash: number;
  readonly feesCash: number;
  readonly boughtLots: number;
  readonly soldLots: number;
}

/** Bytes of shared memory the strategies' positions need; pages that nobody touches take no memory. */
export function strategyPositionBytes(instrumentsMax: number = INSTRUMENTS_DEFAULT): number {
  return ROWS * positionTableBytes(instrumentsMax);
}

/** Place in the table. Any index that is none of a strategy's means nobody. */
function placeOf(strategyIndex: number, instrumentIndex: number, instrumentsMax: number): number {
  const row = strategyIndex >= 0 && strategyIndex < STRATEGIES_MAX ? strategyIndex : NOBODY;
  return row * instrumentsMax + instrumentIndex;
}

function instrumentsIn(region: Region): number {
  const instrumentsMax = region.byteLength / strategyPositionBytes(1);
  invariant(Number.isInteger(instrumentsMax), "region of the strategies' positions holds whole rows");
  return instrumentsMax;
}

/** Reads the positions of strategies. Any thread; one instance per thread. The fields hold the last position read. */
export class StrategyPositionReader extends PositionReader {
  private readonly instrumentsMax: number;

  constructor(buffer: SharedArrayBuffer, region: Region) {
    super(buffer, region);
    this.instrumentsMax = instrumentsIn(region);
  }

  /** Whether the position read last was ever anything. */
  get isTraded(): boolean {
    return this.lastFillSeq > 0;
  }

  /** As `read`, of a strategy; an index that no strategy has reads what belongs to nobody. */
  readOf(strategyIndex: number, instrumentIndex: number): boolean {
    return this.read(placeOf(strategyIndex, instrumentIndex, this.instrumentsMax));
  }
}

/** The strategies' positions for their one writer, the risk actor (recovery writes them before the threads start). */
export class StrategyPositionWriter extends PositionWriter {
  private readonly instrumentsMax: number;

  constructor(buffer: SharedArrayBuffer, region: Region) {
    super(buffer, region);
    this.instrumentsMax = instrumentsIn(region);
  }

  readOf(strategyIndex: number, instrumentIndex: number): boolean {
    return this.read(placeOf(strategyIndex, instrumentIndex, this.instrumentsMax));
  }

  /** As `applyFill`, for the strategy whose order it filled. */
  applyFillOf(
    strategyIndex: number,
    instrumentIndex: number,
    fillSeq: number,
    side: number,
    priceTicks: number,
    qtyLots: number,
    feeCash: number,
    nowNs: number,
  ): boolean {
    const place = placeOf(strategyIndex, instrumentIndex, this.instrumentsMax);
    return this.applyFill(place, fillSeq, side, priceTicks, qtyLots, feeCash, nowNs);
  }

  /**
   * Adds a position to a strategy's: lots of opposite sides close each other at their average prices, so that profit and
   * open value together stay what they were. Before the threads start, or in the turn of the one writer.
   * @param fillSeq the newest fill that is in either of them
   */
  addTo(strategyIndex: number, instrumentIndex: number, fillSeq: number, added: PositionAmounts): void {
    const place = placeOf(strategyIndex, instrumentIndex, this.instrumentsMax);
    invariant(this.read(place), 'the writer of a position can always read it');
    const netLots = this.netLots + added.netLots;
    let costCash = this.costCash + added.costCash;
    let realisedCash = this.realisedCash + added.realisedCash;
    if (this.netLots * added.netLots < 0) {
      // What is left over is a part of the larger one and costs what that part did.
      const [larger, lots] =
        Math.abs(this.netLots) > Math.abs(added.netLots)
          ? [this.costCash, this.netLots]
          : [added.costCash, added.netLots];
      const leftCash = netLots === 0 ? 0 : Math.round((larger * netLots) / lots);
      realisedCash += leftCash - costCash;
      costCash = leftCash;
    }
    this.restore(
      place,
      Math.max(fillSeq, this.lastFillSeq),
      netLots,
      costCash,
      realisedCash,
      this.feesCash + added.feesCash,
      this.boughtLots + added.boughtLots,
      this.soldLots + added.soldLots,
    );
  }

  /** The index gets another strategy: what its last one left is nobody's from now on. */
  giveUp(strategyIndex: number): void {
    for (let instrument = 0; instrument < this.instrumentsMax; instrument++) {
      const place = placeOf(strategyIndex, instrument, this.instrumentsMax);
      invariant(this.read(place), 'the writer of a position can always read it');
      const { lastFillSeq, netLots, costCash, realisedCash, feesCash, boughtLots, soldLots } = this;
      if (lastFillSeq === 0) continue;
      const left = { netLots, costCash, realisedCash, feesCash, boughtLots, soldLots };
      this.restore(place, lastFillSeq, 0, 0, 0, 0, 0, 0);
      this.addTo(NOBODY, instrument, lastFillSeq, left);
    }
  }
}
