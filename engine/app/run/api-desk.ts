import { createHash } from 'node:crypto';
import type { RefusedCall } from '../../api/api-messages.ts';
import type { EngineQuery, GivenCommand, CommandAudit } from '../../api/engine-view.ts';
import type { CommandResult } from '../../control/command.ts';
import { API_CALL, API_CALL_BYTES, ApiCall } from '../../messages/codecs.ts';
import { API_OUTCOME } from '../../messages/enums.ts';
import { shippedStrategies } from '../strategy/strategy-path.ts';
import type { ApiResponder } from '../threads/api-link.ts';
import type { Engine } from './engine.ts';
import type { EngineLog } from './engine-log.ts';
import { riskView } from './risk-view.ts';

/** Reason of a command that was not carried out because nothing could be written down. */
const AUDIT_UNAVAILABLE = 'audit_unavailable';

/** What is written down of a call. */
interface AuditEntry extends CommandAudit {
  readonly status: number;
  readonly outcome: number;
  readonly commandId: string;
}

/**
 * The main thread's side of the api: answers what its clients ask and gives their commands to the desk, each written into the
 * journal before it takes effect and after. Main thread.
 */
export class ApiDesk implements ApiResponder {
  private readonly engine: Engine;
  private readonly log: EngineLog;
  private readonly record: ApiCall = new ApiCall();
  private readonly descriptions: Map<string, Promise<object | null>> = new Map();

  constructor(engine: Engine, log: EngineLog) {
    this.engine = engine;
    this.log = log;
  }

  async ask(what: EngineQuery, about: string): Promise<unknown> {
    try {
      return await this.answerTo(what, about);
    } catch (error) {
      this.log.warn(`api: ${what}: ${error instanceof Error ? error.message : String(error)}`);
      return null;
    }
  }

  async give({ commandId, kind, args, audit }: GivenCommand): Promise<CommandResult> {
    const entry = { ...audit, status: 0, commandId };
    const isWritten = this.write({ ...entry, outcome: API_OUTCOME.asked });
    if (!isWritten && !audit.lowersRisk) return this.notWritten(commandId, kind);
    const result = await this.engine.desk.submit({ commandId, kind, args, source: 'api' });
    this.write({ ...entry, outcome: API_OUTCOME[result.outcome] });
    const by = audit.keyId === '' ? audit.address : `key ${audit.keyId}`;
    const said = `api ${kind} by ${by}: ${result.outcome}: ${result.message}`;
    if (result.outcome === 'applied') this.log.info(said, { corr: audit.correlationId });
    else this.log.warn(said, { corr: audit.correlationId });
    return result;
  }

  noteRefusal({ status, code, ...audit }: RefusedCall): void {
    this.write({ ...audit, status, outcome: API_OUTCOME.refused, commandId: code });
  }

  private notWritten(commandId: string, kind: string): CommandResult {
    return {
      commandId,
      kind,
      source: 'api',
      atMs: Math.round(this.engine.clock.epochUs() / 1000),
      outcome: 'refused',
      reason: AUDIT_UNAVAILABLE,
      message: 'the journal takes no record now, and nothing that raises risk is done unrecorded; try again',
      steps: [],
    };
  }

  private write({
    status,
    outcome,
    what,
    keyId,
    address,
    agent,
    correlationId,
    commandId,
  }: AuditEntry): boolean {
    const { journalRing, clock } = this.engine;
    const at = journalRing.tryClaim(API_CALL, API_CALL_BYTES);
    if (at < 0) return false;
    const record = this.record.wrap(journalRing.view, at);
    record.epochUs = clock.epochUs();
    record.status = status;
    record.outcome = outcome;
    record.what = what;
    record.keyId = keyId;
    record.address = address;
    record.agent = agent;
    record.correlationId = correlationId;
    record.commandId = commandId;
    journalRing.commit();
    return true;
  }

  private answerTo(what: EngineQuery, about: string): Promise<unknown> | object {
    const { engine } = this;
    switch (what) {
      case 'strategies':
        return { strategies: engine.strategies.list(), shipped: shippedStrategies() };
      case 'strategy':
        return this.describe(about);
      case 'analysis':
        return { pairs: engine.analysis.list() };
      case 'signals':
        return engine.analysis.signals();
      case 'portfolio':
        return engine.analysis.portfolio();
      case 'symbols':
        return { symbols: engine.symbols() };
      case 'risk':
        return riskView(engine.plan);
      case 'commands':
        return { commands: engine.desk.recent() };
      case 'command':
        return engine.desk.find(about);
      case 'config':
        return this.config();
    }
  }

  private async config(): Promise<object> {
    const { redacted } = await import('../config/config-text.ts');
    return { config: redacted(this.engine.plan.config) };
  }

  /** What a strategy's module says of itself, with a JSON Schema of its parameters; asked of a thread of its own, once. */
  private describe(path: string): Promise<object | null> {
    const known = this.descriptions.get(path);
    if (known !== undefined) return known;
    const described = describe(path);
    this.descriptions.set(path, described);
    return described;
  }
}

async function describe(path: string): Promise<object | null> {
  const { describeStrategy } = await import('../strategy/strategy-page.ts');
  const { parameterJsonSchema } = await import('../strategy/parameter-schema.ts');
  try {
    const { name, version, text, parameters } = await describeStrategy(path);
    const digest = createHash('sha256').update(JSON.stringify(parameters)).digest('hex').slice(0, 16);
    return { name, version, text, parametersDigest: digest, schema: parameterJsonSchema(parameters) };
  } catch {
    // One that says nothing of itself takes what it likes.
    return null;
  }
}
