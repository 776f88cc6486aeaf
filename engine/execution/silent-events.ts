// hot path: no allocation after start
import type { VenueEvents } from './venue-port.ts';

/**
 * Hears nothing: what a gateway reports to that must not be heard, such as the real one beside a shadow's paper twin,
 * whose account is not the engine's.
 */
export class SilentEvents implements VenueEvents {
  onAccepted(): void {}
  onRejected(): void {}
  onFill(): void {}
  onEnded(): void {}
  onCancelRejected(): void {}
  onAmbiguous(): void {}
  onStatus(): void {}
  onNotFound(): void {}
  onOutsideOrder(): void {}
  onOpenOrdersEnd(): void {}
  onFillsEnd(): void {}
  isFillKnown(): boolean {
    return false;
  }
  onConnection(): void {}
}
