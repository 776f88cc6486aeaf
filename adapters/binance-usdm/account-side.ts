import type { CancelGuardWords } from '../venue-kit/gateway/cancel-guard.ts';
import type { PrepareAccount } from '../venue-kit/gateway/account-setup.ts';
import type { RequestParams, RestAnswer } from '../venue-kit/request/rest-client.ts';
import { fieldsOf, numberOf, textOf } from '../venue-kit/scan/json-fields.ts';
import type { ReportStreamWords } from '../venue-kit/session/report-stream.ts';
import type { GatewayOptions } from '../venue-kit/venue-descriptor.ts';

/** "This listenKey does not exist." */
const KEY_GONE = -1125;
/** "No need to change margin type." */
const MARGIN_TYPE_AS_IT_IS = -4046;
const WEIGHT_POSITION_SIDE = 30;

/** The private stream ("Start User Data Stream"): its key lives an hour, and half of that is what the venue advises. */
export const BINANCE_USDM_REPORTS: ReportStreamWords = {
  keyPath: '/fapi/v1/listenKey',
  weight: 1,
  keepAliveMs: 1_800_000,
  pingEveryMs: 20_000,
  keyOf(answer) {
    const key = textOf(fieldsOf(answer.body)['listenKey']);
    return key === '' ? null : key;
  },
  isKeyGone: (answer) => codeOf(answer) === KEY_GONE,
  address: (stream, key) => `${stream}/private/ws/${key}`,
};

/** "Auto-Cancel All Open Orders": per symbol; the venue's own example is set every 30 s for 120 s. */
export const BINANCE_USDM_GUARD: CancelGuardWords = {
  path: '/fapi/v1/countdownCancelAll',
  weight: 10,
  windowMs: 120_000,
  params: (symbol, windowMs) => ({ symbol, countdownTime: windowMs }),
  isSet: (answer) => Number(fieldsOf(answer.body)['countdownTime']) > 0,
};

/**
 * One-way mode is needed (positions are one number each); margin mode and leverage are set where the configuration names
 * them. ("Get Current Position Mode", "Change Margin Type", "Change Initial Leverage".)
 */
export function prepareUsdmAccount({ leverage = 0, marginMode = 'as-is' }: GatewayOptions): PrepareAccount {
  return async (desk, instruments) => {
    const mode = await desk.signed('GET', '/fapi/v1/positionSide/dual', {}, WEIGHT_POSITION_SIDE);
    if (mode === null || mode.status !== 200) return refusal('the position mode', mode);
    if (fieldsOf(mode.body)['dualSidePosition'] !== false)
      return 'the account keeps positions of both sides (hedge mode); set it to one-way mode';
    const change = async (path: string, params: RequestParams, unchanged: number): Promise<string | null> => {
      const answer = await desk.signed('POST', path, params, 1);
      const isDone = answer?.status === 200 || (answer !== null && codeOf(answer) === unchanged);
      return isDone ? null : refusal(`${path} of ${String(params['symbol'])}`, answer);
    };
    for (const { symbol } of instruments) {
      const marginType = marginMode === 'cross' ? 'CROSSED' : 'ISOLATED';
      const problem =
        (marginMode === 'as-is'
          ? null
          : await change('/fapi/v1/marginType', { symbol, marginType }, MARGIN_TYPE_AS_IT_IS)) ??
        (leverage === 0 ? null : await change('/fapi/v1/leverage', { symbol, leverage }, 0));
      if (problem !== null) return problem;
    }
    return null;
  };
}

function codeOf(answer: RestAnswer): number {
  return numberOf(fieldsOf(answer.body)['code']) || 0;
}

/** '' when nobody answered. */
function refusal(what: string, answer: RestAnswer | null): string {
  if (answer === null || answer.status >= 500) return '';
  return `${what}: ${answer.status} ${codeOf(answer)} ${textOf(fieldsOf(answer.body)['msg'])}`;
}
