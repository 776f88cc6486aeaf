import { invariant } from '../core/assert.ts';

/** Two cache lines: adjacent-line prefetching makes 64 bytes too few to keep two writers apart. */
export const REGION_ALIGNMENT_BYTES = 128;

/** One named piece of the engine's shared memory. */
export interface Region {
  readonly name: string;
  readonly byteOffset: number;
  readonly byteLength: number;
}

/** All regions of the engine's one SharedArrayBuffer; plain data that workers receive beside the buffer. */
export interface MemoryMap {
  readonly regions: readonly Region[];
  readonly byteLength: number;
}

function alignUp(bytes: number): number {
  return Math.ceil(bytes / REGION_ALIGNMENT_BYTES) * REGION_ALIGNMENT_BYTES;
}

/** Collects regions at start; after `seal` no more memory can be asked for. Main thread. */
export class MemoryMapBuilder {
  private readonly regions: Region[] = [];
  private nextOffset = 0;
  private sealed = false;

  /** Reserves `byteLength` bytes under a name used once. */
  reserve(name: string, byteLength: number): Region {
    invariant(!this.sealed, `memory map is sealed, "${name}" came too late`);
    invariant(Number.isSafeInteger(byteLength) && byteLength > 0, `region "${name}" needs a positive size`);
    invariant(!this.regions.some((region) => region.name === name), `region "${name}" is reserved twice`);
    const region: Region = { name, byteOffset: this.nextOffset, byteLength };
    this.regions.push(region);
    this.nextOffset += alignUp(byteLength);
    return region;
  }

  /** Closes the map. */
  seal(): MemoryMap {
    this.sealed = true;
    return { regions: [...this.regions], byteLength: this.nextOffset };
  }
}

/** The region called `name`. @throws InvariantViolation when the map has none. Any thread, at start. */
export function regionOf(map: MemoryMap, name: string): Region {
  const region = map.regions.find((candidate) => candidate.name === name);
  invariant(region !== undefined, `no region "${name}" in the memory map`);
  return region;
}

/** The map in one line: the total, and the bytes and regions of each kind (what stands before the colon of a name). */
export function summariseMemoryMap(map: MemoryMap): string {
  const kinds = new Map<string, { bytes: number; regions: number }>();
  for (const { name, byteLength } of map.regions) {
    const kind = kinds.get(name.split(':')[0]) ?? { bytes: 0, regions: 0 };
    kind.bytes += byteLength;
    kind.regions++;
    kinds.set(name.split(':')[0], kind);
  }
  const parts = [...kinds].map(([kind, { bytes, regions }]) => `${kind} ${bytes} in ${regions}`);
  return `shared memory ${map.byteLength} bytes in ${map.regions.length} regions: ${parts.join(', ')}`;
}

/** The map as lines for people: offset, size, name, largest part last in the sum. */
export function describeMemoryMap(map: MemoryMap): string {
  const lines = map.regions.map(
    (region) =>
      `${region.byteOffset.toString(16).padStart(8, '0')}  ${String(region.byteLength).padStart(10)}  ${region.name}`,
  );
  lines.push(
    `${map.byteLength.toString(16).padStart(8, '0')}  ${String(map.byteLength).padStart(10)}  total bytes`,
  );
  return lines.join('\n');
}
