import { spawnSync } from 'node:child_process';
import type * as NodeFfi from 'node:ffi';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { thisHost } from '../../engine/native/foreign.ts';
import type { HostFacts } from '../../engine/native/foreign.ts';
import { chooseIo } from '../../engine/native/io-choice.ts';
import { allowedProcessors } from '../../engine/runtime/cpu-affinity.ts';
import { NativeRoom, openNativeRoom } from '../../engine/native/native-room.ts';

const FUZZ = fileURLToPath(new URL('../fixtures/native-fuzz.ts', import.meta.url));
const ROOM = new URL('../../engine/native/native-room.ts', import.meta.url).href;
const isHere = typeof openNativeRoom() !== 'string';

type Foreign = (...args: never[]) => unknown;

/** Node's interface with one function of one library replaced; `missing` replaces by a failure to load. */
function poisoned(name: string, replace: (real: Foreign) => Foreign): HostFacts['builtin'] {
  const ffi = thisHost().builtin('node:ffi') as typeof NodeFfi;
  return () => ({
    ...ffi,
    dlopen: (library: string | null, signatures: Parameters<typeof ffi.dlopen>[1]) => {
      const opened = ffi.dlopen(library, signatures);
      if (!Object.hasOwn(signatures!, name)) return opened;
      const functions = { ...opened.functions, [name]: replace(opened.functions[name] as Foreign) };
      return { lib: opened.lib, functions };
    },
  });
}

function missing(): Foreign {
  throw new Error('no such symbol');
}

/** Runs a line of code in a Node of its own, with these flags. */
function node(flags: readonly string[], code: string): { status: number | null; out: string; err: string } {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [...flags, '--input-type=module', '-e', code],
    {
      encoding: 'utf8',
      timeout: 30_000,
    },
  );
  return { status, out: stdout.trim(), err: stderr.trim() };
}

const OPEN = `
  const { openNativeRoom } = await import(${JSON.stringify(ROOM)});
  const room = openNativeRoom();
  console.log(typeof room === 'string' ? room : room.found);
`;

describe('the native room says why it cannot be opened, and nothing breaks', () => {
  const host = (changes: Partial<HostFacts>): HostFacts => ({
    ...thisHost(),
    platform: 'linux',
    arch: 'x64',
    ...changes,
  });
  const none = (): undefined => undefined;

  test.each<[string, Partial<HostFacts>, RegExp]>([
    ['another platform', { platform: 'darwin' }, /^only on Linux, this is darwin$/],
    ['another processor', { arch: 'riscv64' }, /^only on x64 and arm64, this is riscv64$/],
    [
      'an older Node',
      { node: '24.3.0', builtin: none },
      /^Node 24\.3\.0 has no node:ffi, 26\.1 is the first/,
    ],
    [
      'a Node with it switched off',
      { node: '26.10.0', builtin: none },
      /switched off \(--no-experimental-ffi\)/,
    ],
    [
      'musl',
      {
        builtin: () => ({
          dlopen: () => {
            throw new Error('dlopen failed: libc.so.6: no such file');
          },
        }),
      },
      /^no glibc here: libc\.so\.6: dlopen failed/,
    ],
    [
      'an interface that changed',
      { builtin: () => ({ dlopen: () => ({ lib: {}, functions: {} }) }) },
      /is not a function/,
    ],
  ])('%s', (_name, changes, reason) => {
    expect(openNativeRoom(host(changes))).toMatch(reason);
  });

  test.skipIf(!isHere)('a process whose permissions do not include it', () => {
    const { status, out } = node(['--permission', '--allow-fs-read=*'], OPEN);
    expect(status).toBe(0);
    expect(out).toMatch(/libc\.so\.6: Access to this API has been restricted/);
  });

  test.skipIf(!isHere)('Node started without it', () => {
    expect(node(['--no-experimental-ffi'], OPEN)).toMatchObject({
      status: 0,
      out: 'node:ffi is switched off (--no-experimental-ffi)',
    });
  });
});

describe.skipIf(!isHere)('the native room', () => {
  test('opens without a warning on the screen, and leaves other warnings alone', () => {
    const { status, out, err } = node([], `${OPEN} process.emitWarning('something else');`);
    expect(status).toBe(0);
    expect(out).toMatch(/^glibc \d+\.\d+/);
    expect(err).not.toMatch(/FFI/);
    expect(err).toMatch(/something else/);
  });

  test('speaks the OpenSSL that Node is built with', () => {
    const room = new NativeRoom();
    expect(room.noTlsReason).toBeNull();
    expect(room.found).toMatch(/OpenSSL 3\.\d+$/);
  });

  test('keeps a thread to processors it may use, and says when the kernel refuses', () => {
    const { affinity } = new NativeRoom();
    const allowed = allowedProcessors();
    expect(affinity.processorsOf(0)).toEqual(allowed);
    try {
      expect(affinity.restrict(0, [allowed[0]])).toBe(true);
      expect(affinity.processorsOf(0)).toEqual([allowed[0]]);
    } finally {
      affinity.restrict(0, allowed);
    }
    expect(affinity.processorsOf(0)).toEqual(allowed);
    for (const none of [[], [-1], [1.5], [NaN], [1_024], [1_023]])
      expect(affinity.restrict(0, none), String(none)).toBe(false);
    expect(affinity.restrict(2 ** 30, allowed)).toBe(false);
    expect(affinity.processorsOf(2 ** 30)).toBeNull();
  });

  test.each<[string, string, (real: Foreign) => Foreign]>([
    ['is missing', 'sha256_block_data_order', missing],
    ['does nothing', 'sha256_block_data_order', () => () => undefined],
    ['is missing', 'posix_fallocate', missing],
    ['does nothing', 'posix_fallocate', () => () => 0],
    ['always fails', 'posix_fallocate', () => () => 28],
    ['is missing', 'memfd_create', missing],
    ['finds no memory', 'mmap', () => () => 0xffff_ffff_ffff_ffffn],
  ])('does without a part of it when a function %s: %s', (what, name, replace) => {
    const room = openNativeRoom({ ...thisHost(), builtin: poisoned(name, replace) });
    if (what === 'is missing' && name !== 'sha256_block_data_order') {
      expect(room).toMatch(/libc\.so\.6/);
      return;
    }
    expect(room).toBeInstanceOf(NativeRoom);
    const { files } = room as NativeRoom;
    if (name === 'sha256_block_data_order') expect((room as NativeRoom).makeSha256()).toBeNull();
    else expect(files).toBeNull();
    expect((room as NativeRoom).noTlsReason).toBeNull();
  });

  test('refuses blocks of no size', () => {
    const room = new NativeRoom();
    for (const size of [0, -1, 1.5, NaN]) expect(() => room.makeBlock(size)).toThrow(RangeError);
  });

  test('survives calls that no caller should make', () => {
    const { status, signal, stdout, stderr } = spawnSync(
      process.execPath,
      ['--expose-gc', FUZZ, '1', '8000'],
      { encoding: 'utf8', timeout: 30_000 },
    );
    expect({ status, signal, stderr }).toEqual({ status: 0, signal: null, stderr: '' });
    expect(stdout).toMatch(/^8000 calls, [1-9]\d+ refused$/m);
  });
});

describe('which io is used', () => {
  test('stream when it is asked for, with that as the reason', () => {
    expect(chooseIo('stream', 'not asked for')).toEqual({ mode: 'stream', reason: 'engine.io = stream' });
  });

  test.skipIf(!isHere)('direct when it is asked for and native calls work', () => {
    expect(chooseIo('direct', new NativeRoom())).toMatchObject({ mode: 'direct' });
  });

  test('stream with the reason when there are no native calls', () => {
    expect(chooseIo('auto', 'only on Linux, this is darwin')).toEqual({
      mode: 'stream',
      reason: 'no native calls: only on Linux, this is darwin',
    });
  });
});
