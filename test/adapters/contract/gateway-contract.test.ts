import { openEmbeddedSpot } from './embedded-spot.ts';
import { describeGateway } from './gateway-contract.ts';
import { openScriptedUsdm } from './scripted-usdm.ts';

describeGateway('Binance Spot on the embedded exchange', openEmbeddedSpot);
describeGateway('Binance USD-M on a scripted venue', openScriptedUsdm);
