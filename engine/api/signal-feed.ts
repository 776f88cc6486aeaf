/** The signals of the slow path, as the api shows them. The api's thread. */
export interface SignalFeed {
  /** Entries of the `analysis` topic: what the signals of each symbol say together, those that are open, and statistics. */
  state(): Readonly<Record<string, unknown>>;
  /** The signals that came or ended since it was last asked: events of the `patterns` topic. */
  takeNews(): readonly object[];
}
