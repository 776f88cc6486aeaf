/** How parameter sets are chosen, by name; the first is the default. */
export const SEARCH_METHODS = {
  grid: 'every combination (default)',
  random: '--samples of them, by the seed',
} as const;

/** Name of a way to choose parameter sets. */
export type SearchMethod = keyof typeof SEARCH_METHODS;
