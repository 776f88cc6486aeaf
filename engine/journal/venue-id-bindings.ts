/** An id of the venue in a journal: a plain number, or the text of any other. 0 = not known. */
export type JournaledVenueId = number | string;

/**
 * What the negative keys of venue ids mean while a journal is walked. A binding holds from its record on, within its run:
 * another run gives the same key to another id.
 */
export class VenueIdBindings {
  private readonly texts: Map<number, string> = new Map();
  private runEpochUs = 0;

  /** The run being walked, microseconds; 0 = none yet. */
  get run(): number {
    return this.runEpochUs;
  }

  /** Keys and texts of that run. */
  entries(): [key: number, text: string][] {
    return [...this.texts];
  }

  /** A run begins, or goes on after its journal thread was replaced. */
  startRun(epochUs: number): void {
    if (epochUs !== this.runEpochUs) this.texts.clear();
    this.runEpochUs = epochUs;
  }

  bind(key: number, text: string): void {
    this.texts.set(key, text);
  }

  /** The id of a key; undefined when no record of the run said what it means. */
  idOf(key: number): JournaledVenueId | undefined {
    return key >= 0 ? key : this.texts.get(key);
  }
}
