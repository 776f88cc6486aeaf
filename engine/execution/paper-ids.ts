// hot path: no allocation after start
import { invariant } from '../core/assert.ts';
import type { Region } from '../ipc/memory-map.ts';

const STATE_BYTES = 128;
const NEXT_ORDER_ID = 0;
const NEXT_TRADE_ID = 1;
const IDS_PER_SECOND = 2 ** 20;
/** Second from which ids are counted (2020-01-01), so that ids of later runs are above those of earlier ones. */
const ID_EPOCH_SECOND = 1_577_836_800;

/** Bytes of shared memory a simulated venue keeps its id sequences in. */
export function paperStateBytes(): number {
  return STATE_BYTES;
}

/** The ids a simulated venue gives orders and trades; they go on where a predecessor ended. Thread of execution. */
export class PaperIds {
  private readonly ids: Float64Array;

  constructor(buffer: SharedArrayBuffer, region: Region) {
    invariant(region.byteLength === paperStateBytes(), 'region of the paper gateway has another size');
    this.ids = new Float64Array(buffer, region.byteOffset, STATE_BYTES >> 3);
  }

  /** Begins the sequences at the first start of the engine; false when a predecessor has begun them. */
  begin(epochUs: number): boolean {
    if (this.ids[NEXT_ORDER_ID] !== 0) return false;
    const second = Math.max(1, Math.floor(epochUs / 1e6) - ID_EPOCH_SECOND);
    this.ids[NEXT_ORDER_ID] = second * IDS_PER_SECOND;
    this.ids[NEXT_TRADE_ID] = second * IDS_PER_SECOND;
    return true;
  }

  nextOrderId(): number {
    return ++this.ids[NEXT_ORDER_ID];
  }

  nextTradeId(): number {
    return ++this.ids[NEXT_TRADE_ID];
  }
}
