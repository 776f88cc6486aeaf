// hot path: no allocation after start
import type { BiasSource } from './bias-source.ts';

/** Time between two looks at the bias frames. */
const LOOK_NS = 100e6;
const NONE = 0;

/** Notices when the bias of an instrument changes or runs out, for strategies that want to be told. One thread. */
export class BiasWatch {
  private readonly source: BiasSource;
  /** Version last told, by instrument; 0 = no bias. */
  private readonly versions: Float64Array;
  private readonly nextLook: Float64Array = Float64Array.of(-Infinity);

  constructor(source: BiasSource, instrumentCount: number) {
    this.source = source;
    this.versions = new Float64Array(instrumentCount);
  }

  /** Whether it is time to look. */
  isDue(nowNs: number): boolean {
    return nowNs >= this.nextLook[0];
  }

  /** Says that a look begins now. */
  begin(nowNs: number): void {
    this.nextLook[0] = nowNs + LOOK_NS;
  }

  /** Whether an instrument's bias is another one than at the last look. */
  hasChanged(instrumentIndex: number, nowNs: number): boolean {
    const { source, versions } = this;
    const isThere = source.read(instrumentIndex) && nowNs < source.validUntilNs;
    const version = isThere ? source.version : NONE;
    if (version === versions[instrumentIndex]) return false;
    versions[instrumentIndex] = version;
    return true;
  }
}
