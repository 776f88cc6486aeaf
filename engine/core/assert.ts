/** A broken promise inside the program. The actor that meets it dies; the supervisor decides what follows. */
export class InvariantViolation extends Error {
  override readonly name: string = 'InvariantViolation';
}

/** Throws InvariantViolation when `holds` is false. On in production; any thread. */
export function invariant(holds: boolean, sentence: string): asserts holds {
  if (!holds) throw new InvariantViolation(`Invariant: ${sentence}`);
}
