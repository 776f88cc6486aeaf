/** The strategy. */
export const STRATEGY_SECTION = {
  text: 'The strategy.',
  keys: {
    name: {
      is: 'text',
      default: 'momentum',
      text: 'A shipped strategy by name, or the path of a module.',
    },
    params: { is: 'anything', default: {}, text: 'Parameters, checked by the strategy.' },
    respectBias: {
      is: 'boolean',
      default: false,
      text: 'Trade only in the direction of the slow path’s bias; absent = no filter.',
    },
  },
} as const;
