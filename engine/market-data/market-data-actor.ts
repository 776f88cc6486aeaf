// hot path: no allocation after start
import { CommandAnswers } from '../control/command-answers.ts';
import type { AnswerRoute } from '../control/command-answers.ts';
import type { Clock } from '../core/clock.ts';
import { placesByIndex } from '../core/instrument.ts';
import type { Instrument } from '../core/instrument.ts';
import { POLL_LIMIT } from '../core/limits.ts';
import type { Prng } from '../core/prng.ts';
import type { CounterBlock } from '../ipc/counters.ts';
import type { ErrorLog } from '../ipc/error-log.ts';
import type { Publication, RecordHandler, RecordView, Subscription } from '../ipc/ring.ts';
import { BOOK_RESET, BookReset, COMMAND as COMMAND_TYPE, Command } from '../messages/codecs.ts';
import { COMMAND, COMMAND_REASON, GAP_REASON, VENUE_STATUS } from '../messages/enums.ts';
import { bookMoves } from '../messages/venue-status.ts';
import type { ActorName, Kick, TimedActor } from '../runtime/actor.ts';
import { MARKET_DATA_COUNTER as COUNTER } from './counters.ts';
import { DataAge } from './data-age.ts';
import { EventOutbox } from './event-outbox.ts';
import type { Feed, FeedFactory, FrameSink } from './feed-port.ts';

/** What the market-data actor is made with. */
export interface MarketDataDependencies {
  /** Absent = the only one of its kind. */
  readonly name?: ActorName;
  /** Those of this actor's lane. */
  readonly instruments: readonly Instrument[];
  /** An instrument that is added while the actor runs; absent = none is. */
  readonly instrumentAt?: (index: number) => Instrument;
  readonly clock: Clock;
  readonly random: Prng;
  readonly counters: CounterBlock;
  readonly errors: ErrorLog;
  /** feed-to-book. */
  readonly output: Publication;
  /** book-to-feed: BookReset = build this book again. */
  readonly resyncRequests: Subscription;
  /** commands-to-market-data. */
  readonly commands: Subscription;
  /** Absent = commands are not answered. */
  readonly answers?: AnswerRoute;
  /** market-data-to-journal. */
  readonly journal: Publication;
  /** market-data-to-api. */
  readonly api: Publication;
  readonly kick: Kick;
  readonly createFeed: FeedFactory;
  /** A book without data this long is hidden and built again; 0 = never, for replays. */
  readonly staleMs: number;
  /** Records raw frames; closed by its maker. */
  readonly recorder?: FrameSink | null;
}

/**
 * Owns a venue's public data: turns the feed, passes resync requests on, watches the data's age and tells
 * journal and api of connections and gaps. Decoding happens in the feed, straight into the ring.
 */
export class MarketDataActor implements TimedActor {
  readonly name: ActorName;
  readonly turnNs: Float64Array = new Float64Array(1);
  readonly feed: Feed;
  private readonly counters: CounterBlock;
  private readonly commands: Subscription;
  private readonly resyncRequests: Subscription;
  private readonly outbox: EventOutbox;
  private readonly age: DataAge;
  private readonly recorder: FrameSink | null;
  private readonly instruments: Instrument[];
  private readonly instrumentAt: ((index: number) => Instrument) | undefined;
  /** Place in `instruments` by instrument index. */
  private readonly places: Int32Array;
  private readonly command: Command;
  private readonly answers: CommandAnswers;
  private readonly reset: BookReset;
  private readonly onCommand: RecordHandler;
  private readonly onResyncRequest: RecordHandler;
  private isDeadReported: boolean;
  private isHanging: boolean;

  constructor(dependencies: MarketDataDependencies) {
    const { clock, counters } = dependencies;
    this.name = dependencies.name ?? 'market-data';
    const outbox = new EventOutbox(dependencies.journal, dependencies.api, counters);
    this.counters = counters;
    this.commands = dependencies.commands;
    this.resyncRequests = dependencies.resyncRequests;
    this.outbox = outbox;
    this.recorder = dependencies.recorder ?? null;
    this.instruments = [...dependencies.instruments];
    this.instrumentAt = dependencies.instrumentAt;
    this.places = placesByIndex(dependencies.instruments);
    this.command = new Command();
    this.answers = new CommandAnswers(dependencies.answers, this.turnNs);
    this.reset = new BookReset();
    this.onCommand = this.handleCommand.bind(this);
    this.onResyncRequest = this.handleResyncRequest.bind(this);
    this.isDeadReported = false;
    this.isHanging = false;
    this.feed = dependencies.createFeed({
      instruments: this.instruments,
      output: dependencies.output,
      clock,
      random: dependencies.random,
      counters,
      errors: dependencies.errors,
      kick: dependencies.kick,
      sink: this.recorder,
      onConnection: (state, attempt): void => outbox.addConnection(clock.nowNs(), state, attempt),
      onGap: (place, reason, expectedUpdateId, gotUpdateId): void =>
        outbox.addGap(clock.nowNs(), this.instruments[place].index, reason, expectedUpdateId, gotUpdateId),
    });
    this.age = new DataAge(this.feed, dependencies.staleMs);
  }

  onStart(nowNs: number): void {
    this.feed.start(nowNs);
  }

  /** At a time given as a number: for a caller that turns this actor by hand. */
  doWork(nowNs: number): number {
    this.turnNs[0] = nowNs;
    return this.takeTurn();
  }

  takeTurn(): number {
    const { turnNs } = this;
    let workCount = this.commands.poll(this.onCommand, POLL_LIMIT);
    workCount += this.resyncRequests.poll(this.onResyncRequest, POLL_LIMIT);
    workCount += this.feed.doWork(turnNs);
    if (this.outbox.hasWork()) workCount += this.outbox.flush();
    if (this.recorder !== null) this.recorder.flush(turnNs[0]);
    if (this.age.isDue(turnNs[0])) workCount += this.watchAges(turnNs[0]);
    return workCount;
  }

  hasWork(): boolean {
    return (
      this.commands.hasWork() || this.resyncRequests.hasWork() || this.feed.hasWork() || this.outbox.hasWork()
    );
  }

  onClose(): void {
    this.feed.close();
  }

  private handleCommand(type: number, view: RecordView, byteOffset: number): void {
    if (type !== COMMAND_TYPE) {
      this.counters.increment(COUNTER.unknownTemplate);
      return;
    }
    this.counters.increment(COUNTER.commands);
    const command = this.command.wrap(view, byteOffset);
    this.answers.give(command.commandSeq, this.carryOut(command.kind, command.instrumentIndex));
  }

  /** Carries a command out; a COMMAND_REASON. */
  private carryOut(kind: number, instrumentIndex: number): number {
    switch (kind) {
      case COMMAND.addInstrument:
        return this.addInstrument(instrumentIndex);
      case COMMAND.removeInstrument:
        return this.removeInstrument(instrumentIndex);
      case COMMAND.updateInstrument:
        return this.updateInstrument(instrumentIndex);
      case COMMAND.dropFeed:
        this.feed.dropConnections();
        return COMMAND_REASON.none;
      case COMMAND.throwNow:
        throw new Error('drill: market-data was told to throw');
      case COMMAND.hangNow:
        this.isHanging = true;
        this.hang();
        return COMMAND_REASON.failed;
      default:
        // Pausing, killing and cancelling are matters of strategy, risk and execution: data go on.
        return COMMAND_REASON.unknownCommand;
    }
  }

  private addInstrument(index: number): number {
    if (this.instrumentAt === undefined || this.feed.addInstrument === undefined)
      return COMMAND_REASON.unknownCommand;
    if (this.places[index] >= 0) return COMMAND_REASON.none;
    this.places[index] = this.instruments.length;
    this.instruments.push(this.instrumentAt(index));
    this.feed.addInstrument();
    return COMMAND_REASON.none;
  }

  private removeInstrument(index: number): number {
    const place = this.places[index];
    if (this.feed.removeInstrument === undefined) return COMMAND_REASON.unknownCommand;
    if (place >= 0) this.feed.removeInstrument(place);
    this.places[index] = -1;
    return COMMAND_REASON.none;
  }

  private updateInstrument(index: number): number {
    const place = this.places[index];
    if (this.instrumentAt === undefined || place < 0) return COMMAND_REASON.unknownCommand;
    this.instruments[place] = this.instrumentAt(index);
    return COMMAND_REASON.none;
  }

  private handleResyncRequest(type: number, view: RecordView, byteOffset: number): void {
    if (type !== BOOK_RESET) {
      this.counters.increment(COUNTER.unknownTemplate);
      return;
    }
    this.counters.increment(COUNTER.resyncRequests);
    const reset = this.reset.wrap(view, byteOffset);
    const place = this.places[reset.instrumentIndex];
    // It was removed meanwhile.
    if (place < 0) return;
    if (reset.reason === GAP_REASON.coverageLow) this.feed.refresh(place);
    else this.feed.resync(place, reset.reason);
  }

  private watchAges(nowNs: number): number {
    this.age.begin(nowNs);
    const isDead = this.age.isDead(nowNs, this.instruments.length);
    if (isDead && !this.isDeadReported) this.counters.increment(COUNTER.deadFeeds);
    this.isDeadReported = isDead;
    let workCount = 0;
    for (let place = 0; place < this.instruments.length; place++) {
      // A book that the venue has stopped is old and right.
      if (!bookMoves(VENUE_STATUS[this.instruments[place].status])) continue;
      if (!this.age.becameStale(place, nowNs)) continue;
      if (!isDead) this.counters.increment(COUNTER.staleBooks);
      this.feed.resync(place, GAP_REASON.stale);
      workCount++;
    }
    return workCount;
  }

  /** A drill: the thread stands still until the watchdog ends it. */
  private hang(): void {
    while (this.isHanging) Atomics.pause?.();
  }
}
