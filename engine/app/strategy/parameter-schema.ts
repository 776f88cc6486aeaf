import { z } from 'zod';
import { rangeText } from '../../strategy/parameters.ts';
import type { ParameterDecl, ParameterDecls } from '../../strategy/parameters.ts';

/**
 * The zod schema of a strategy's parameters, for whoever reads values from outside: it takes what the strategy itself
 * takes, and fills in the defaults. Strategies' own threads read the declarations without zod.
 */
export function parameterSchema(decls: ParameterDecls): z.ZodObject {
  return z.strictObject(
    Object.fromEntries(Object.entries(decls).map(([name, decl]) => [name, schemaOf(decl)])),
  );
}

/** The same as a JSON Schema; `x-unit` names the unit. */
export function parameterJsonSchema(decls: ParameterDecls): Record<string, unknown> {
  return z.toJSONSchema(parameterSchema(decls), { io: 'input' });
}

function schemaOf(decl: ParameterDecl): z.ZodType {
  const unit = 'unit' in decl && decl.unit !== undefined ? { 'x-unit': decl.unit } : {};
  return plainSchema(decl)
    .default(decl.default as never)
    .meta({ description: decl.text, ...unit });
}

function plainSchema(decl: ParameterDecl): z.ZodType {
  const error = `must be ${rangeText(decl)}`;
  switch (decl.is) {
    case 'flag':
      return z.boolean({ error });
    case 'choice':
      return z.enum(decl.of as [string, ...string[]], { error });
    default: {
      const number = z.number({ error }).min(decl.min, { error }).max(decl.max, { error });
      return decl.is === 'integer' ? number.refine(Number.isInteger, { error }) : number;
    }
  }
}
