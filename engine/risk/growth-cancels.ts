// hot path: no allocation after start
import { INSTRUMENTS_MAX } from '../core/limits.ts';
import type { CounterBlock } from '../ipc/counters.ts';
import { SIDE } from '../messages/enums.ts';
import { RISK_COUNTER } from './counters.ts';
import type { PositionReader } from './positions.ts';
import type { Reservations } from './reservations.ts';
import type { RiskMessages } from './risk-messages.ts';

/**
 * Cancels the open orders that could let a position grow, once positions may only shrink. Of the orders that let one shrink,
 * as many stay as cannot change its side. The cancels take the way of the approvals, so an order approved before is sent
 * and then cancelled; which orders are open is what risk holds back for. One thread: risk's.
 */
export class GrowthCancels {
  private readonly reservations: Reservations;
  private readonly positions: PositionReader;
  private readonly messages: RiskMessages;
  private readonly counters: CounterBlock;
  private readonly accountOf: (instrumentIndex: number) => number;
  /** Lots of the orders that stay, by instrument. */
  private readonly keptLots: Float64Array = new Float64Array(INSTRUMENTS_MAX);
  private nextSlot: number;

  constructor(
    reservations: Reservations,
    positions: PositionReader,
    messages: RiskMessages,
    counters: CounterBlock,
    accountOf: (instrumentIndex: number) => number,
  ) {
    this.reservations = reservations;
    this.positions = positions;
    this.messages = messages;
    this.counters = counters;
    this.accountOf = accountOf;
    this.nextSlot = reservations.slotCount;
  }

  /** Looks at all orders (again): a position or an order has come that was not known. */
  begin(): void {
    this.nextSlot = 0;
    this.keptLots.fill(0);
  }

  /** Goes on as far as execution takes the cancels; how many it sent. A cancel that repeats one does nothing. */
  work(): number {
    const { reservations } = this;
    let sent = 0;
    while (this.nextSlot < reservations.slotCount && this.messages.approvalsAreOut()) {
      const slot = this.nextSlot++;
      if (!reservations.isHeld(slot) || this.stays(slot)) continue;
      const instrumentIndex = reservations.instrumentAt(slot);
      this.messages.cancelOwn(reservations, slot, this.accountOf(instrumentIndex));
      this.counters.increment(RISK_COUNTER.growingCancels);
      sent++;
    }
    return sent;
  }

  private stays(slot: number): boolean {
    const { reservations, positions, keptLots } = this;
    const index = reservations.instrumentAt(slot);
    if (!positions.read(index)) return false;
    const shrinkingLots = positions.netLots * (reservations.sideAt(slot) === SIDE.buy ? -1 : 1);
    const lots = reservations.openLotsAt(slot);
    if (keptLots[index] + lots > shrinkingLots) return false;
    keptLots[index] += lots;
    return true;
  }
}
