import { openEmbeddedPerpetual, openEmbeddedSpot } from './embedded-worlds.ts';
import { describeGateway } from './gateway-contract.ts';
import { openScriptedUsdm } from './scripted-usdm.ts';

describeGateway('Binance Spot on the embedded exchange', openEmbeddedSpot);
describeGateway('Binance USD-M on a scripted venue', openScriptedUsdm);
describeGateway('Binance USD-M on the perpetuals of the embedded exchange', openEmbeddedPerpetual);
