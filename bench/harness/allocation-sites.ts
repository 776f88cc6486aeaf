import { Session } from 'node:inspector/promises';
import type { HeapProfiler } from 'node:inspector';
import { getHeapStatistics } from 'node:v8';

/** A function and what it allocated while it was watched. */
export interface AllocationSite {
  readonly name: string;
  readonly bytes: number;
}

/** One object in so many bytes is looked at. */
const SAMPLING_BYTES = 2_048;

let session: Session | null = null;

/** Bytes the calling thread has allocated on V8's heap since its start; NaN where V8 does not say. */
export function allocatedBytes(): number {
  const { total_allocated_bytes: bytes } = getHeapStatistics() as unknown as Record<string, number>;
  return bytes ?? NaN;
}

/** Starts V8's sampling heap profiler on the calling thread, or stops it: then what it found, most first. */
export async function sampleAllocations(isOn: boolean): Promise<AllocationSite[]> {
  if (isOn) {
    session = new Session();
    session.connect();
    await session.post('HeapProfiler.startSampling', {
      samplingInterval: SAMPLING_BYTES,
      includeObjectsCollectedByMajorGC: true,
      includeObjectsCollectedByMinorGC: true,
    });
    return [];
  }
  const { profile } = await session!.post('HeapProfiler.stopSampling');
  session!.disconnect();
  session = null;
  return sitesOf(profile.head);
}

function sitesOf(head: HeapProfiler.SamplingHeapProfileNode): AllocationSite[] {
  const byName = new Map<string, number>();
  const visit = ({ callFrame, selfSize, children }: HeapProfiler.SamplingHeapProfileNode): void => {
    const { functionName, url, lineNumber } = callFrame;
    const file = url.split('/').at(-1) ?? '';
    const name = `${functionName === '' ? '(anonymous)' : functionName} ${file}:${lineNumber + 1}`;
    byName.set(name, (byName.get(name) ?? 0) + selfSize);
    for (const child of children) visit(child);
  };
  visit(head);
  return [...byName]
    .map(([name, bytes]) => ({ name, bytes }))
    .filter(({ bytes }) => bytes > 0)
    .sort((a, b) => b.bytes - a.bytes);
}
