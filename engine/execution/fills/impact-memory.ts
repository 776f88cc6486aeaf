// hot path: no allocation after start

/** Levels remembered at once; the oldest gives way. */
const ENTRIES_MAX = 256;

/**
 * What simulated orders have taken out of the displayed book. The recorded market goes on showing those lots, so they are
 * held back: for as long as the level may be the same one, nobody fills twice from them. A level is given back `memoryNs`
 * after the last time something was taken from it: the market had time to quote it again. One thread.
 */
export class ImpactMemory {
  private readonly memoryNs: number;
  private readonly instrument: Int32Array = new Int32Array(ENTRIES_MAX);
  private readonly side: Int32Array = new Int32Array(ENTRIES_MAX);
  private readonly priceTicks: Float64Array = new Float64Array(ENTRIES_MAX);
  private readonly takenLots: Float64Array = new Float64Array(ENTRIES_MAX);
  private readonly untilNs: Float64Array = new Float64Array(ENTRIES_MAX);
  private count: number = 0;

  constructor(memoryNs: number) {
    this.memoryNs = memoryNs;
  }

  /** Lots held back at a level; `side` is the side of the book that was taken from. */
  taken(instrumentIndex: number, side: number, priceTicks: number, nowNs: number): number {
    const place = this.placeOf(instrumentIndex, side, priceTicks);
    if (place < 0) return 0;
    if (this.untilNs[place] > nowNs) return this.takenLots[place];
    this.drop(place);
    return 0;
  }

  /** Remembers that lots were taken from a level. */
  take(instrumentIndex: number, side: number, priceTicks: number, qtyLots: number, nowNs: number): void {
    const before = this.taken(instrumentIndex, side, priceTicks, nowNs);
    let place = this.placeOf(instrumentIndex, side, priceTicks);
    if (place < 0) place = this.room();
    this.instrument[place] = instrumentIndex;
    this.side[place] = side;
    this.priceTicks[place] = priceTicks;
    this.takenLots[place] = before + qtyLots;
    this.untilNs[place] = nowNs + this.memoryNs;
  }

  private placeOf(instrumentIndex: number, side: number, priceTicks: number): number {
    for (let place = 0; place < this.count; place++) {
      if (
        this.priceTicks[place] === priceTicks &&
        this.instrument[place] === instrumentIndex &&
        this.side[place] === side
      )
        return place;
    }
    return -1;
  }

  private room(): number {
    if (this.count < ENTRIES_MAX) return this.count++;
    let oldest = 0;
    for (let place = 1; place < this.count; place++) {
      if (this.untilNs[place] < this.untilNs[oldest]) oldest = place;
    }
    return oldest;
  }

  private drop(place: number): void {
    const last = --this.count;
    this.instrument[place] = this.instrument[last];
    this.side[place] = this.side[last];
    this.priceTicks[place] = this.priceTicks[last];
    this.takenLots[place] = this.takenLots[last];
    this.untilNs[place] = this.untilNs[last];
  }
}
