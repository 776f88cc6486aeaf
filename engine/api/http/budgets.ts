import type { Budget } from './route.ts';

/** Requests of one caller within `windowMs`, by kind. */
export const BUDGETS: Readonly<Record<Budget, { readonly max: number; readonly windowMs: number }>> = {
  read: { max: 100, windowMs: 2_000 },
  heavy: { max: 10, windowMs: 2_000 },
  acting: { max: 20, windowMs: 2_000 },
  lowering: { max: 40, windowMs: 2_000 },
  login: { max: 10, windowMs: 60_000 },
};
