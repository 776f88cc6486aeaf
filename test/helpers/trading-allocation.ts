/** Child process: trades through risk, execution and the paper venue and prints how often the young generation was collected. */
import { PerformanceObserver } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import v8 from 'node:v8';
import type { Subscription } from '../../engine/ipc/ring.ts';
import {
  CANCEL_REQUEST,
  CANCEL_REQUEST_BYTES,
  CancelRequest,
  ORDER_REQUEST,
  ORDER_REQUEST_BYTES,
  OrderRequest,
} from '../../engine/messages/codecs.ts';
import { TradingRig } from './trading-rig.ts';

v8.setFlagsFromString('--semi-space-growth-factor=1');
const WARM_UP = 30_000;
const ROUNDS = 60_000;
const OUTPUTS = [
  'risk-to-strategy',
  'execution-to-strategy',
  'risk-to-journal',
  'execution-to-journal',
  'risk-to-gateway',
  'execution-to-gateway',
  'execution-to-supervisor',
];

let scavenges = 0;
const observer = new PerformanceObserver((list) => {
  scavenges += list.getEntries().length;
});
const rig = new TradingRig({ keepsNoIntents: true }).start();
const wishes = rig.publication('strategy-to-risk');
const order = new OrderRequest();
const cancel = new CancelRequest();
const outputs: Subscription[] = OUTPUTS.map((name) => rig.subscription(name));
const kept: object[] = [];
let records = 0;
let intentSeq = 2 ** 42;
const count = (): void => {
  records++;
};

function submit(side: number, priceTicks: number, qtyLots: number): void {
  const at = wishes.tryClaim(ORDER_REQUEST, ORDER_REQUEST_BYTES);
  order.wrap(wishes.view, at);
  order.intentSeq = ++intentSeq;
  order.recvNs = rig.clock.nowNs();
  order.decodedNs = order.recvNs;
  order.bookedNs = order.recvNs;
  order.signalledNs = order.recvNs;
  order.approvedNs = 0;
  order.priceTicks = priceTicks;
  order.qtyLots = qtyLots;
  order.instrumentIndex = 0;
  order.instrumentEpoch = 1;
  order.strategyIndex = 0;
  order.side = side;
  order.orderType = 1;
  order.timeInForce = 1;
  order.flags = 0;
  wishes.commit();
  records++;
}

function cancelLast(): void {
  const at = wishes.tryClaim(CANCEL_REQUEST, CANCEL_REQUEST_BYTES);
  cancel.wrap(wishes.view, at);
  cancel.intentSeq = intentSeq;
  cancel.recvNs = 0;
  cancel.decodedNs = 0;
  cancel.bookedNs = 0;
  cancel.signalledNs = 0;
  cancel.approvedNs = 0;
  cancel.instrumentIndex = 0;
  cancel.strategyIndex = 0;
  wishes.commit();
  records++;
}

/** A buy and a sell that fill, a resting order that is cancelled, a wish that is denied. */
function round(): void {
  rig.clock.advanceTo(rig.clock.nowNs() + 1_234_567.25);
  submit(1, 10_010, 3);
  submit(2, 9_990, 3);
  submit(1, 9_900, 3);
  rig.turn();
  cancelLast();
  submit(1, 10_010, 2_000_000);
  rig.turn();
  for (let index = 0; index < outputs.length; index++) outputs[index].poll(count, 1_000);
  if (rig.trading.openOrders() !== 0) throw new Error('an order was left');
  rig.refreshBook(0);
}

/** The collections that happen while `step` runs; notices of them come through the event loop. */
async function scavengesDuring(step: (turn: number) => void): Promise<number> {
  for (let turn = 0; turn < 5; turn++) await sleep(1);
  const before = scavenges;
  for (let turn = 0; turn < ROUNDS; turn++) step(turn);
  for (let turn = 0; turn < 5; turn++) await sleep(1);
  return scavenges - before;
}

rig.turns(6);
for (let turn = 0; turn < WARM_UP; turn++) round();
observer.observe({ entryTypes: ['gc'] });
records = 0;
const measured = await scavengesDuring(round);
const total = records;
const control = await scavengesDuring((turn) => {
  round();
  for (let index = 0; index < 20; index++) kept[index] = { one: turn, two: index, three: turn };
});
observer.disconnect();
rig.positions.read(0);
process.stdout.write(
  JSON.stringify({
    records: total,
    scavenges: measured,
    scavengesOfTwentyObjectsEach: control,
    fills: rig.positions.fillCount,
  }),
);
