import type { Clock } from '../../../engine/core/clock.ts';
import type { Instrument } from '../../../engine/core/instrument.ts';
import type { Prng } from '../../../engine/core/prng.ts';
import { FramedSocket } from '../../net/framed-socket.ts';
import type { OpenFramedSocket } from '../../net/framed-socket.ts';
import { MemorySocket } from '../../net/memory-socket.ts';
import type { SnapshotClient } from '../book/snapshot-client.ts';
import type { VenueRest } from '../session/exchange-link.ts';
import type { PracticeExchange } from '../venue-descriptor.ts';
import { PlacementAnswers } from './placement-answers.ts';
import { REHEARSAL_ID_FIRST, RehearsalMarket, writeRehearsalId } from './rehearsal-market.ts';
import { REHEARSAL_ID_DIGITS } from './rehearsal-words.ts';
import type { RehearsalWords } from './rehearsal-words.ts';
import { textFrame } from './text-frame.ts';

const BLOCK_BYTES = 65_536;
/** How far the update ids of one depth frame reach. */
const IDS_PER_DEPTH = 3;

/** One socket of the engine's and the memory between us. */
interface Line {
  readonly framed: FramedSocket;
  readonly memory: MemorySocket;
}

/**
 * An exchange without network, clock or matching, in the engine's own thread: market frames when it is told to, every
 * order filled at its price. It exists so that the code of the hot path can be practised, with real frames, real
 * signatures and real reports, and no way to the outside. One thread.
 */
export class RehearsalExchange implements PracticeExchange {
  /** Orders taken in so far. */
  orderCount: number;
  readonly openSocket: OpenFramedSocket;
  readonly snapshots: Pick<SnapshotClient, 'fetch' | 'close'>;
  readonly rest: VenueRest;
  private readonly words: RehearsalWords;
  private readonly market: RehearsalMarket;
  private readonly answers: PlacementAnswers;
  private stream: Line | null;
  private orders: Line | null;
  private nextFrame: number;
  private lastId: number;
  private tradeId: number;
  private readonly block: Buffer = Buffer.alloc(BLOCK_BYTES);
  private readonly idDigits: Uint8Array = new Uint8Array(REHEARSAL_ID_DIGITS);

  constructor(instrument: Instrument, words: RehearsalWords, clock: Clock, random: Prng) {
    this.words = words;
    this.market = new RehearsalMarket(instrument, words, random);
    this.answers = new PlacementAnswers(instrument, words, BLOCK_BYTES);
    this.orderCount = 0;
    this.stream = null;
    this.orders = null;
    this.nextFrame = 0;
    this.lastId = REHEARSAL_ID_FIRST;
    this.tradeId = REHEARSAL_ID_FIRST;
    this.openSocket = (url, options, handlers): FramedSocket => {
      const memory = new MemorySocket({
        onText: (request) => this.answerText(request),
        onFrame: (frame) => this.takeOrder(frame),
      });
      const framed = new FramedSocket(url, options, handlers, { memory });
      if (words.isMarketData(url)) this.stream = { framed, memory };
      else this.orders = { framed, memory };
      setImmediate(() => memory.open());
      return framed;
    };
    this.snapshots = {
      fetch: () => Promise.resolve(this.market.snapshot(this.lastId)),
      close: () => {},
    };
    this.rest = {
      serverTimeMs: () => Promise.resolve(Math.floor(clock.epochUs() / 1_000)),
      signedGet: () => Promise.resolve(words.emptyRest),
      signed: () => Promise.resolve(words.emptyRest),
      keyed: () => Promise.resolve(words.emptyRest),
      close: () => {},
    };
  }

  /** The next thing that happens at the exchange: waiting answers, else a market frame. */
  step(): void {
    if (this.answers.end > 0) this.sendAnswers();
    else this.sendFrame();
  }

  private sendFrame(): void {
    if (this.stream === null || this.stream.memory.readyState !== 1) return;
    const { bytes, firstIdAt, lastIdAt } = this.market.frames[this.nextFrame];
    this.nextFrame = this.nextFrame + 1 === this.market.frames.length ? 0 : this.nextFrame + 1;
    this.block.set(bytes);
    if (firstIdAt >= 0) {
      writeRehearsalId(this.block, firstIdAt, this.lastId + 1);
      this.lastId += IDS_PER_DEPTH;
    } else this.tradeId++;
    writeRehearsalId(this.block, lastIdAt, firstIdAt >= 0 ? this.lastId : this.tradeId);
    this.stream.framed.receive(this.block, bytes.length);
  }

  private sendAnswers(): void {
    const { answers } = this;
    const length = answers.end;
    answers.end = 0;
    if (this.orders === null) return;
    this.block.set(answers.bytes.subarray(0, length));
    this.orders.framed.receive(this.block, length);
  }

  /** Requests off the order path, once at a start. */
  private answerText(request: string): void {
    const frame = textFrame(this.words.answer(request));
    setImmediate(() => this.orders?.framed.receive(frame, frame.length));
  }

  /** A placement is acknowledged and filled; anything else of the order path stays unanswered. */
  private takeOrder(frame: Uint8Array): void {
    if (!this.answers.read(frame)) return;
    this.orderCount++;
    this.tradeId++;
    writeRehearsalId(this.idDigits, 0, this.tradeId);
    this.answers.write(this.idDigits);
  }
}
