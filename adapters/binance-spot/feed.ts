import type { FeedContext, FeedFactory, FrameDecoderFactory } from '../../engine/market-data/feed-port.ts';
import { MarketDecoder } from '../venue-kit/feed/market-decoder.ts';
import type { DecoderOptions } from '../venue-kit/feed/market-decoder.ts';
import { createMarketFeed } from '../venue-kit/feed/market-feed.ts';
import type { FeedOptions } from '../venue-kit/feed/market-feed.ts';
import { BINANCE_SPOT_FEED } from './feed-protocol.ts';

/** A live Binance Spot feed (also of the embedded exchange, by its endpoints). */
export function createBinanceSpotFeed(options: FeedOptions): FeedFactory {
  return createMarketFeed(BINANCE_SPOT_FEED, options);
}

/** Decoder of Binance Spot frames. */
export function createBinanceSpotDecoder(
  context: FeedContext,
  options: Partial<DecoderOptions> = {},
): MarketDecoder {
  return new MarketDecoder(context, BINANCE_SPOT_FEED, options);
}

/** Decoder for recordings of Binance Spot frames: the snapshot is one of them, for recordings of one symbol. */
export function createBinanceSpotReplayDecoder(options: Partial<DecoderOptions> = {}): FrameDecoderFactory {
  return (context) => createBinanceSpotDecoder(context, { snapshotsInStream: true, ...options });
}
