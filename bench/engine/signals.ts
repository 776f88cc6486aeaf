import { SharedBookReader, sharedBookBytes, SharedBookWriter } from '../../engine/book/shared-book.ts';
import { INSTRUMENTS_MAX } from '../../engine/core/limits.ts';
import { Prng } from '../../engine/core/prng.ts';
import { OrderFlowScore } from '../../engine/strategy/signals/order-flow-score.ts';
import { SCALPING_DEFAULTS } from '../../engine/strategy/signals/scalping-config.ts';
import { SCALPING_INPUT, ScalpingSignal } from '../../engine/strategy/signals/scalping-signal.ts';
import { BookSnapshot } from '../../engine/strategy/views.ts';
import type { Bench, BenchOptions, BenchResult, Rival, RoundResult } from '../harness/comparison.ts';
import { GcWatch } from '../harness/gc-watch.ts';
import { checksumText } from '../harness/micro.ts';
import { comparePaired } from '../harness/paired-rounds.ts';
import type { ComparisonPlan } from '../harness/paired-rounds.ts';

const UPDATES = 200_000;
const WARM_UP = 400_000;
const SMOKE_UPDATES = 2_000;
const SEED = 20_260_901;
const LEVELS = 20;
const BOOKS = INSTRUMENTS_MAX;
const MID_TICKS = 6_180_000;
const UPDATE_NS = 10_000_000;
const UPDATES_PER_BAR = 600;
const MINUTE_MS = 60_000;

/** As many books as there can be instruments, each another moment of one market. */
function makeBooks(): BookSnapshot {
  const buffer = new SharedArrayBuffer(sharedBookBytes(BOOKS));
  const region = { name: 'books', byteOffset: 0, byteLength: buffer.byteLength };
  const writer = new SharedBookWriter(buffer, region, BOOKS);
  const prng = new Prng(SEED);
  let mid = MID_TICKS;
  for (let index = 0; index < BOOKS; index++) {
    mid += Math.round(prng.nextNormal() * 8);
    const words = writer.begin(index);
    for (let level = 0; level < LEVELS; level++) {
      const sizes = [1 + prng.nextInt(40_000), 1 + prng.nextInt(40_000)];
      words.set([mid - 1 - level, sizes[0], mid + 1 + level, sizes[1]], 12 + 4 * level);
    }
    writer.setHops(0, index * UPDATE_NS, 0, 0);
    writer.end(index, index, LEVELS, LEVELS, 0, mid);
  }
  return new BookSnapshot(new SharedBookReader(buffer, region, BOOKS));
}

/** What is done with a loaded book; `score` is NaN while there is none. */
interface Worker {
  take(book: BookSnapshot, update: number): void;
  readonly score: number;
}

class ScoreOnly implements Worker {
  private readonly flow = new OrderFlowScore();

  take(book: BookSnapshot): void {
    this.flow.update(book, 0);
  }

  get score(): number {
    return this.flow.score;
  }
}

/** The score, a trade at the middle and a judgement with every book; a bar closes every 600. */
class ScoreAndJudgement implements Worker {
  private readonly flow = new OrderFlowScore();
  private readonly signal = new ScalpingSignal(SCALPING_DEFAULTS);
  private readonly trade = { priceTicks: 0, qtyLots: 1, exchangeTsMs: 1_700_000_000_000 };

  take(book: BookSnapshot, update: number): void {
    const { flow, signal, trade } = this;
    flow.update(book, 0);
    trade.priceTicks = book.bidTicks + 1;
    signal.technicals.onTrade(trade);
    if (update % UPDATES_PER_BAR === 0) this.close(trade.priceTicks, update / UPDATES_PER_BAR);
    const { inputs } = signal;
    inputs[SCALPING_INPUT.bidTicks] = book.bidTicks;
    inputs[SCALPING_INPUT.askTicks] = book.askTicks;
    inputs[SCALPING_INPUT.score] = flow.score;
    inputs[SCALPING_INPUT.nowNs] = update * UPDATE_NS;
    signal.judge();
  }

  get score(): number {
    return this.flow.score;
  }

  private close(ticks: number, bar: number): void {
    this.signal.technicals.onBar({
      openTimeMs: bar * MINUTE_MS,
      intervalMs: MINUTE_MS,
      highTicks: ticks + 30,
      lowTicks: ticks - 30,
      closeTicks: ticks,
      volumeLots: UPDATES_PER_BAR,
      isComplete: true,
    });
  }
}

/** The same score in the usual way: levels as objects, sums by reduce, a new object as the answer. */
class PlainObjects implements Worker {
  private last = { score: NaN, smoothed: NaN, atNs: NaN };

  take(book: BookSnapshot): void {
    const levels = (at: 'bid' | 'ask'): { ticks: number; lots: number }[] =>
      Array.from({ length: 10 }, (_, level) => ({
        ticks: at === 'bid' ? book.bidTicksAt(level) : book.askTicksAt(level),
        lots: at === 'bid' ? book.bidLotsAt(level) : book.askLotsAt(level),
      }));
    const [bids, asks] = [levels('bid'), levels('ask')];
    const volume = (side: readonly { lots: number }[]): number =>
      side.reduce((sum, { lots }) => sum + lots, 0);
    const orders = (side: readonly { lots: number }[]): number => side.filter(({ lots }) => lots > 0).length;
    const raw = (100 * (volume(bids) - volume(asks))) / (volume(bids) + volume(asks));
    const passedNs = book.recvNs - this.last.atNs;
    const kept = passedNs > 0 ? Math.exp((-passedNs * Math.LN2) / 2e9) : 1;
    const smoothed = Number.isNaN(this.last.smoothed) ? raw : raw + kept * (this.last.smoothed - raw);
    const i = Math.max(-100, Math.min(100, 10 * smoothed));
    const r = (100 * (orders(bids) - orders(asks))) / (orders(bids) + orders(asks));
    const lean = 0.5 * i + 0.3 * r;
    const [{ ticks: bid }] = bids;
    const [{ ticks: ask }] = asks;
    const tight = Math.max(0, Math.min(1, 1 - (20_000 * (ask - bid)) / (ask + bid) / 2));
    const score = Math.max(-100, Math.min(100, lean + 0.2 * 100 * tight * Math.sign(lean)));
    this.last = { score, smoothed, atNs: book.recvNs };
  }

  get score(): number {
    return this.last.score;
  }
}

function rival(name: string, make: () => Worker, updates: number, warmUp: number): Rival {
  return { name, run: () => round(make(), updates, warmUp) };
}

async function round(worker: Worker, updates: number, warmUp: number): Promise<RoundResult> {
  const book = makeBooks();
  const spans = new Float64Array(updates);
  const watch = new GcWatch();
  await watch.start();
  let sum = 0;
  for (let update = -warmUp; update < updates; update++) {
    book.load((update + warmUp) % BOOKS);
    const beganMs = performance.now();
    worker.take(book, update + warmUp);
    const endMs = performance.now();
    if (update < 0) continue;
    spans[update] = (endMs - beganMs) * 1e6;
    sum = (Math.imul(sum, 31) + Math.round(worker.score * 1e6)) | 0;
  }
  const gc = await watch.stop();
  watch.close();
  const sorted = spans.toSorted();
  return {
    value: sorted[updates >> 1],
    checksum: checksumText(sum),
    operations: updates + warmUp,
    gc,
    latenciesNs: spans,
  };
}

/** Nanoseconds between two readings of the clock with nothing between them. */
function clockNs(): number {
  const spans = Float64Array.from({ length: 10_001 }, () => {
    const beganMs = performance.now();
    return (performance.now() - beganMs) * 1e6;
  });
  return spans.sort()[5_000];
}

async function run(options: BenchOptions): Promise<BenchResult> {
  const updates = options.isSmoke ? SMOKE_UPDATES : UPDATES;
  const warmUp = options.isSmoke ? SMOKE_UPDATES : WARM_UP;
  const plan: ComparisonPlan = {
    title: 'signals, per book update',
    unit: 'ns/update',
    better: 'lower',
    method:
      `warm-up ${warmUp} updates, then ${updates}, each timed alone with the clock's reading in it; the value is the ` +
      'median update; copying the book out of shared memory is not in it',
    rivals: [
      rival('order-flow score', () => new ScoreOnly(), updates, warmUp),
      rival('score, trade and scalping judgement', () => new ScoreAndJudgement(), updates, warmUp),
      rival('score over plain objects', () => new PlainObjects(), updates, warmUp),
    ],
    isOwn: true,
  };
  const notes = [
    `books: ${BOOKS} of ${LEVELS} levels, made up from seed ${SEED}`,
    `two readings of the clock with nothing between them: ${Math.round(clockNs())} ns`,
  ];
  const comparisons = [await comparePaired(plan, options)];
  return { name: signals.name, summary: signals.summary, comparisons, notes };
}

/** What strategies are told about a book, per update. */
export const signals: Bench = {
  name: 'signals',
  summary: 'order-flow score and scalping judgement per book update; the score over plain objects',
  run,
};
