import { kindOf } from '../../runtime/actor.ts';
import type { Actor, ActorName, Kick } from '../../runtime/actor.ts';
import { BuildContext } from './build-context.ts';
import type { BuildOverrides } from './build-context.ts';
import type { EnginePlan, ThreadPlan } from './thread-plan.ts';
import type { Wiring } from './wiring.ts';

type Builder = (context: BuildContext) => Actor;

/** A thread loads the code of its own actors only: five threads with everything cost 200 MB more. */
async function loadBuilder(
  name: ActorName,
  plan: EnginePlan,
  overrides: BuildOverrides,
  wiring: Wiring,
  place: number,
): Promise<Builder> {
  switch (kindOf(name)) {
    case 'market-data':
      return (await import('./build-market-data.ts')).prepare(plan, name, overrides);
    case 'orderbook':
      return (await import('./build-orderbook.ts')).buildActor;
    case 'strategy':
      return (await import('./build-strategy.ts')).prepare(name, wiring, place);
    case 'risk':
      return (await import('./build-risk.ts')).buildActor;
    case 'execution':
      return (await import('./build-execution.ts')).prepare(plan, name, overrides);
    case 'journal':
      return (await import('./build-journal.ts')).buildActor;
    case 'analysis':
      return (await import('./build-analysis.ts')).prepare(plan);
    case 'api':
      return (await import('./build-api.ts')).buildActor;
  }
}

/**
 * Builds the actors of one thread over shared memory; called again for every incarnation. One per thread, on that
 * thread. What must be loaded asynchronously (code, the strategy's module) is loaded at `create`.
 */
export class ActorFactory {
  private readonly plan: EnginePlan & Partial<ThreadPlan>;
  private readonly wiring: Wiring;
  private readonly kick: Kick;
  private readonly builders: ReadonlyMap<ActorName, Builder>;
  private readonly overrides: BuildOverrides;

  private constructor(
    plan: EnginePlan & Partial<ThreadPlan>,
    wiring: Wiring,
    kick: Kick,
    builders: ReadonlyMap<ActorName, Builder>,
    overrides: BuildOverrides,
  ) {
    this.plan = plan;
    this.wiring = wiring;
    this.kick = kick;
    this.builders = builders;
    this.overrides = overrides;
  }

  /** @param actors the actors this thread will build */
  static async create(
    plan: EnginePlan & Partial<ThreadPlan>,
    wiring: Wiring,
    kick: Kick,
    actors: readonly ActorName[],
    overrides: BuildOverrides = {},
  ): Promise<ActorFactory> {
    const builders = new Map<ActorName, Builder>();
    for (const [place, name] of actors.entries()) {
      builders.set(name, await loadBuilder(name, plan, overrides, wiring, place));
    }
    return new ActorFactory(plan, wiring, kick, builders, overrides);
  }

  /** Builds an incarnation of `name`; the previous one must be closed. */
  build(name: ActorName): Actor {
    return this.builders.get(name)!(
      new BuildContext(name, this.plan, this.wiring, this.kick, this.overrides),
    );
  }
}
