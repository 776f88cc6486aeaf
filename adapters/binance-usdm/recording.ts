import { spotInstrument } from '../../engine/core/instrument.ts';
import type { Instrument } from '../../engine/core/instrument.ts';
import type { Capture } from '../../engine/market-data/capture-file.ts';
import type { FrameDecoderFactory } from '../../engine/market-data/feed-port.ts';
import { MarketDecoder } from '../venue-kit/feed/market-decoder.ts';
import type { DecoderOptions } from '../venue-kit/feed/market-decoder.ts';
import { recordedInstruments } from '../venue-kit/recording/capture-instruments.ts';
import type { RecordedTerms } from '../venue-kit/recording/capture-instruments.ts';
import { BINANCE_USDM_MARKET } from './feed-protocol.ts';

/** Contracts that end have their day behind the pair: BTCUSDT_240927. */
const DELIVERY = /_\d{6}$/;

/** A USD-M contract: sizes in the base asset, margin, profit and fees in the quote asset. */
function contract(terms: RecordedTerms): Instrument {
  return {
    ...spotInstrument({ ...terms, venue: 'binance-usdm' }),
    kind: DELIVERY.test(terms.symbol) ? 'future' : 'perpetual',
    feeAsset: terms.quoteAsset,
    marginMode: 'cross',
  };
}

/** The instruments of a USD-M recording. @throws CaptureError when there are none */
export function instrumentsOfUsdmCapture(capture: Capture, symbols?: readonly string[]): Instrument[] {
  return recordedInstruments(capture, contract, symbols);
}

/** Decoder for recordings of USD-M frames: the snapshot is one of them, for recordings of one symbol. */
export function createBinanceUsdmReplayDecoder(options: Partial<DecoderOptions> = {}): FrameDecoderFactory {
  return (context) =>
    new MarketDecoder(context, BINANCE_USDM_MARKET, { snapshotsInStream: true, ...options });
}
