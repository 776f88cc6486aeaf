import { openEmbeddedSpot } from './embedded-spot.ts';
import { describeGateway } from './gateway-contract.ts';

describeGateway('Binance Spot on the embedded exchange', openEmbeddedSpot);
