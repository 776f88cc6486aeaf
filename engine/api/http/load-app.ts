import type { FastifyInstance } from 'fastify';
import type { ApiAppOptions } from './api-app.ts';

/** Largest first: each takes up to a fifth of a second, more on a busy machine. */
const STEPS: readonly (() => Promise<unknown>)[] = [
  () => import('zod'),
  () => import('fastify'),
  () => import('@fastify/rate-limit'),
  () => import('@fastify/compress'),
  () => import('./route-runner.ts'),
  () => import('../routes/engine-routes.ts'),
  () => import('../routes/market-routes.ts'),
];

/**
 * Loads and builds the app with all endpoints, in steps: between them the thread turns and beats, so that nobody takes it for
 * hung. Api thread.
 */
export async function loadApiApp(options: Omit<ApiAppOptions, 'routes'>): Promise<FastifyInstance> {
  for (const step of STEPS) {
    await step();
    await turn();
  }
  const { ALL_ROUTES } = await import('../routes/all-routes.ts');
  await turn();
  const { buildApiApp } = await import('./api-app.ts');
  await turn();
  return buildApiApp({ ...options, routes: ALL_ROUTES });
}

/** Lets everything else that waits for this thread have its turn. */
function turn(): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, 1);
  });
}
