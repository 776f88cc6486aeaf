import { SharedPricesReader } from '../../book/shared-prices.ts';
import type { InstrumentStats } from '../../api/engine-stats.ts';
import type { ActorCalls, CallAnswer } from '../../control/actor-calls.ts';
import { CommandRefusal, PROBLEM, reportOf } from '../../control/command.ts';
import type { CommandArgs, CommandKind, CommandReport } from '../../control/command.ts';
import { instrumentName } from '../../core/instrument.ts';
import type { Instrument } from '../../core/instrument.ts';
import { OrderTableReader } from '../../execution/order-table.ts';
import { INSTRUMENT_RECORD, INSTRUMENT_RECORD_BYTES, InstrumentRecord } from '../../messages/codecs.ts';
import { COMMAND } from '../../messages/enums.ts';
import { writeInstrument } from '../../journal/run-prologue.ts';
import { limitsOfInstrument } from '../../risk/risk-limits.ts';
import { PositionReader } from '../../risk/positions.ts';
import { Reservations } from '../../risk/reservations.ts';
import { actorName } from '../../runtime/actor.ts';
import type { HotActorName } from '../../runtime/actor.ts';
import { actorsOf } from '../../runtime/topology.ts';
import { instrumentStats } from './instrument-facts.ts';
import { tellJournal } from './journal-notice.ts';
import type { JournalNotices } from './journal-notice.ts';
import { changedTerms, termsText } from './instrument-terms.ts';
import { listedInstruments } from './listed-instruments.ts';
import type { EnginePlan, PlannedLane } from '../threads/thread-plan.ts';
import { loadVenuePart } from '../venues/venue-registry.ts';

/** What the commands about symbols work on. `plan.instruments` grows with each that is added. */
export interface SymbolFacts extends JournalNotices {
  readonly plan: EnginePlan & { readonly instruments: Instrument[] };
}

/** Commands that add and remove instruments while the engine trades. Main thread; one at a time. */
export function symbolCommands(facts: SymbolFacts): CommandKind[] {
  let last: Promise<unknown> = Promise.resolve();
  const inTurn = (act: () => Promise<CommandReport>): Promise<CommandReport> => {
    const done = last.then(act, act);
    last = done.catch(() => {});
    return done;
  };
  return [
    { kind: 'symbols-add', run: (args, calls) => inTurn(() => add(facts, args, calls)) },
    { kind: 'symbols-remove', run: (args, calls) => inTurn(() => remove(facts, args, calls)) },
    { kind: 'symbols-refresh', lowersRisk: true, run: (_args, calls) => inTurn(() => refresh(facts, calls)) },
    { kind: 'symbols-list', run: () => Promise.resolve(list(facts)) },
  ];
}

/**
 * The journal first, then from the venue's end to the market's: an actor knows an instrument before any record of it can
 * reach that actor.
 */
async function add(facts: SymbolFacts, args: CommandArgs, calls: ActorCalls): Promise<CommandReport> {
  const { plan, wiring } = facts;
  const slots = wiring.instrumentSlots();
  const symbol = textArg(args, 'symbol');
  const lane = laneOf(plan, args['lane']);
  const account = accountOf(plan, lane);
  const twin = activeInstruments(facts).find((each) => each.symbol === symbol && each.account === account);
  if (twin !== undefined)
    throw new CommandRefusal('symbol_known', `${instrumentName(twin)} is traded already`);
  if (slots.count() >= slots.max) {
    throw new CommandRefusal(
      'limit_reached',
      `memory is planned for ${slots.max} instruments (engine.instrumentsMax), and that many there have been`,
    );
  }
  const listed = await fetchInstrument(plan, lane, symbol);
  const instrument = { ...listed, index: slots.count(), venue: lane.venue, lane: lane.label, account };
  try {
    limitsOfInstrument(plan.config.risk, instrument);
  } catch (error) {
    throw new CommandRefusal('risk_limits', (error as Error).message);
  }
  await nameInstrument(facts, instrument);
  slots.add(instrument);
  slots.complete(plan.instruments);
  const steps: CallAnswer[] = [];
  for (const actor of actorsFor(facts, instrument)) {
    const answer = await calls.ask({
      actor,
      kind: COMMAND.addInstrument,
      instrumentIndex: instrument.index,
    });
    steps.push(answer);
    // What comes before an actor that did not answer knows the instrument; nothing behind it will ever ask.
    if (answer.outcome !== 'applied') break;
  }
  return reportOf(steps, `${instrumentName(instrument)} is traded from now on`, { instrument });
}

/** New orders first, then the market's end; what is open or held must be gone before. */
async function remove(facts: SymbolFacts, args: CommandArgs, calls: ActorCalls): Promise<CommandReport> {
  const { wiring } = facts;
  const symbol = textArg(args, 'symbol');
  const found = activeInstruments(facts).filter(
    (each) => each.symbol === symbol || instrumentName(each) === symbol,
  );
  if (found.length !== 1) {
    const known = activeInstruments(facts).map(instrumentName).join(', ');
    throw new CommandRefusal(
      found.length === 0 ? 'symbol_unknown' : 'symbol_ambiguous',
      `${JSON.stringify(symbol)} is not one of ${known}`,
    );
  }
  const [instrument] = found;
  if (activeInstruments(facts).filter(({ lane }) => lane === instrument.lane).length === 1)
    throw new CommandRefusal('last_symbol', 'a lane keeps at least one symbol');
  const call = (actor: HotActorName, kind: number): Promise<CallAnswer> =>
    calls.ask({ actor, kind, instrumentIndex: instrument.index, lowersRisk: true });
  const closed = await call('risk', COMMAND.removeInstrument);
  if (closed.outcome !== 'applied') return reportOf([closed], '');
  const held = whatIsHeld(facts, instrument);
  if (held !== null) {
    // It goes on being traded: nothing else was told yet.
    await call('risk', COMMAND.addInstrument);
    throw new CommandRefusal(
      'open_orders',
      `${instrumentName(instrument)} has ${held}; close it first (shrike ctl cancel-all --symbol ${symbol})`,
    );
  }
  const steps = [closed];
  for (const actor of actorsFor(facts, instrument).toReversed()) {
    if (actor !== 'risk') steps.push(await call(actor, COMMAND.removeInstrument));
  }
  wiring.instrumentSlots().remove(instrument.index);
  return reportOf(steps, `${instrumentName(instrument)} is traded no more`);
}

/**
 * Takes in what the venues changed. Risk first: what the venue refuses is to be refused here, and a restarted actor reads
 * the new terms anyway. The journal last: an order names the epoch it was made with.
 */
async function refresh(facts: SymbolFacts, calls: ActorCalls): Promise<CommandReport> {
  const { plan, wiring } = facts;
  const known = activeInstruments(facts);
  let listed: (Instrument | null)[];
  try {
    listed = await listedInstruments(plan, known);
  } catch (error) {
    throw new CommandRefusal('venue_unreachable', (error as Error).message);
  }
  const steps: CallAnswer[] = [];
  const said: string[] = [];
  for (const [place, before] of known.entries()) {
    const now = changedTerms(before, listed[place]);
    if (now === null) continue;
    wiring.instrumentSlots().update(now);
    plan.instruments[now.index] = now;
    const order = { kind: COMMAND.updateInstrument, instrumentIndex: now.index, lowersRisk: true };
    const [execution, risk, ...others] = actorsFor(facts, now);
    for (const actor of [risk, execution, ...others]) steps.push(await calls.ask({ actor, ...order }));
    said.push(`${instrumentName(now)}: ${termsText(before, now)}`);
    // A journal that takes nothing now reads the terms when it begins its next file.
    await nameInstrument(facts, now).catch(() => said.push('the journal has not taken it yet'));
  }
  return reportOf(steps, said.length === 0 ? 'the terms of all symbols are as they were' : said.join('; '));
}

function list(facts: SymbolFacts): CommandReport {
  const symbols = listSymbols(facts);
  const message = symbols.map(({ name }) => name).join(', ');
  return { outcome: 'applied', reason: PROBLEM.none, message, steps: [], details: { symbols } };
}

/** The symbols that are traded, with what the venue takes of each. Main thread. */
export function listSymbols(facts: SymbolFacts): (InstrumentStats & { readonly name: string })[] {
  const { wiring } = facts;
  const prices = new SharedPricesReader(wiring.buffer, wiring.region('state:prices'));
  return activeInstruments(facts).map((instrument) => ({
    name: instrumentName(instrument),
    lane: instrument.lane,
    account: instrument.account,
    ...instrumentStats(instrument, prices),
    symbol: instrument.symbol,
  }));
}

function activeInstruments({ plan, wiring }: SymbolFacts): Instrument[] {
  const slots = wiring.instrumentSlots();
  return plan.instruments.filter(({ index }) => slots.isActive(index));
}

/** The actors an instrument concerns, in the order in which they take it in. */
function actorsFor({ wiring }: SymbolFacts, { lane, account }: Instrument): HotActorName[] {
  const strategies = actorsOf(wiring.topology, 'strategy') as readonly HotActorName[];
  return [
    actorName('execution', account),
    'risk',
    ...strategies,
    actorName('orderbook', lane),
    actorName('market-data', lane),
  ];
}

function textArg(args: CommandArgs, name: string): string {
  const value = args[name];
  if (typeof value === 'string' && value !== '') return value;
  throw new CommandRefusal(PROBLEM.badArgument, `${name} must be given`);
}

function laneOf({ lanes }: EnginePlan, wanted: unknown): PlannedLane {
  const names = lanes.map(({ label }) => label).join(', ');
  if (wanted === undefined) {
    if (lanes.length === 1) return lanes[0];
    throw new CommandRefusal(PROBLEM.badArgument, `say which lane: --lane ${names}`);
  }
  const found = lanes.find(({ label }) => label === wanted);
  if (found !== undefined) return found;
  throw new CommandRefusal(
    PROBLEM.badArgument,
    `there is no lane ${JSON.stringify(wanted)}; there are ${names}`,
  );
}

/** The account that trades what is in a lane. */
function accountOf({ instruments }: EnginePlan, lane: PlannedLane): string {
  return instruments.find((each) => each.lane === lane.label)!.account;
}

async function fetchInstrument(
  { config }: EnginePlan,
  { venue, endpoints }: PlannedLane,
  symbol: string,
): Promise<Instrument> {
  const fetchInstruments = await loadVenuePart(venue, 'instruments', 'list of instruments');
  try {
    const [instrument] = await fetchInstruments(
      endpoints.rest,
      [symbol],
      config.venues[venue].requestTimeoutMs,
    );
    return instrument;
  } catch (error) {
    throw new CommandRefusal('symbol_unknown', (error as Error).message);
  }
}

/** No record that bears the index can come before the one that says what it means. */
function nameInstrument(facts: SymbolFacts, instrument: Instrument): Promise<void> {
  const { accountId } = facts.plan.accounts.find(({ label }) => label === instrument.account)!;
  return tellJournal(facts, INSTRUMENT_RECORD, INSTRUMENT_RECORD_BYTES, (view, at) =>
    writeInstrument(new InstrumentRecord().wrap(view, at), instrument, accountId),
  );
}

/** What keeps an instrument from being removed, in words; null = nothing. */
function whatIsHeld({ wiring }: SymbolFacts, { index, account }: Instrument): string | null {
  const { buffer } = wiring;
  // An approval on its way to execution is in no order table yet, but risk holds its exposure back.
  const reserved = new Reservations(buffer, wiring.region('state:reservations')).openCount(index);
  const orders = new OrderTableReader(buffer, wiring.labelled('state:orders', account));
  let open = 0;
  orders.forEachOpen((slot) => {
    if (orders.instrumentIndex[slot] === index) open++;
  });
  if (open > 0 || reserved > 0) return `${Math.max(open, reserved)} open orders`;
  const positions = new PositionReader(buffer, wiring.region('state:positions'));
  const isFlat = positions.read(index) && positions.netLots === 0;
  return isFlat ? null : `a position of ${positions.netLots} lots`;
}
