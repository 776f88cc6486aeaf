import { spotInstrument } from '../../engine/core/instrument.ts';
import type { Instrument } from '../../engine/core/instrument.ts';
import type { Capture } from '../../engine/market-data/capture-file.ts';
import { recordedInstruments } from '../venue-kit/recording/capture-instruments.ts';

/** The instruments of a Binance Spot recording. @throws CaptureError when there are none */
export function instrumentsOfCapture(capture: Capture, symbols?: readonly string[]): Instrument[] {
  return recordedInstruments(
    capture,
    (terms) => spotInstrument({ ...terms, venue: 'binance-spot' }),
    symbols,
  );
}
