import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  MemoryMapBuilder,
  REGION_ALIGNMENT_BYTES,
  describeMemoryMap,
  regionOf,
  summariseMemoryMap,
} from '../../engine/ipc/memory-map.ts';

describe('memory map', () => {
  it('lays regions out in order, aligned, without overlap, inside the total', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 10_000 }), { minLength: 1, maxLength: 30 }), (sizes) => {
        const builder = new MemoryMapBuilder();
        const reserved = sizes.map((size, index) => builder.reserve(`r${index}`, size));
        const map = builder.seal();
        let end = 0;
        for (const [index, region] of map.regions.entries()) {
          expect(region).toEqual(reserved[index]);
          expect(region.byteLength).toBe(sizes[index]);
          expect(region.byteOffset % REGION_ALIGNMENT_BYTES).toBe(0);
          expect(region.byteOffset).toBeGreaterThanOrEqual(end);
          end = region.byteOffset + region.byteLength;
        }
        expect(map.byteLength).toBeGreaterThanOrEqual(end);
        expect(map.byteLength - end).toBeLessThan(REGION_ALIGNMENT_BYTES);
      }),
    );
  });

  it('refuses a name used twice, a size that is none, and anything after it is sealed', () => {
    const builder = new MemoryMapBuilder();
    builder.reserve('a', 8);
    expect(() => builder.reserve('a', 8)).toThrow(/"a" is reserved twice/);
    for (const size of [0, -8, 1.5, Number.NaN]) {
      expect(() => builder.reserve('b', size)).toThrow(/positive size/);
    }
    builder.seal();
    expect(() => builder.reserve('c', 8)).toThrow(/"c" came too late/);
  });

  it('finds regions by name and names the one that is missing', () => {
    const builder = new MemoryMapBuilder();
    const region = builder.reserve('risk', 8);
    const map = builder.seal();
    expect(regionOf(map, 'risk')).toEqual(region);
    expect(() => regionOf(map, 'rsk')).toThrow(/no region "rsk"/);
  });

  it('says in one line how much each kind of region takes', () => {
    const builder = new MemoryMapBuilder();
    builder.reserve('ring:a', 512);
    builder.reserve('state:books', 100);
    builder.reserve('ring:b', 256);
    expect(summariseMemoryMap(builder.seal())).toBe(
      'shared memory 896 bytes in 3 regions: ring 768 in 2, state 100 in 1',
    );
  });

  it('prints offset, size and name of every region and the sum', () => {
    const builder = new MemoryMapBuilder();
    builder.reserve('first', 100);
    builder.reserve('second', 8);
    expect(describeMemoryMap(builder.seal())).toBe(
      [
        '00000000         100  first',
        '00000080           8  second',
        '00000100         256  total bytes',
      ].join('\n'),
    );
  });
});
