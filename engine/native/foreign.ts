import type * as NodeFfi from 'node:ffi';
import type { DynamicLibraryResult, FunctionDefinitions } from 'node:ffi';

/** Node's foreign function interface: what of it is used here. */
export type ForeignInterface = Pick<
  typeof NodeFfi,
  'dlopen' | 'getCurrentEventLoop' | 'getRawPointer' | 'toArrayBuffer' | 'toString'
>;

/** The processors whose calling convention Node compiles fast calls for. */
const ARCHITECTURES: readonly string[] = ['x64', 'arm64'];
/** The first Node with `node:ffi`. */
const FIRST_VERSION = [26, 1] as const;

/** Functions of a library that was collected as garbage would be closed with it. One list per thread. */
const openLibraries: unknown[] = [];

/** Why native calls cannot be used here, for people. Thrown while the room is opened, never later. */
export class NotAvailableError extends Error {
  override readonly name = 'NotAvailableError';
}

/** What of a process decides whether foreign calls are possible; tests put in others. */
export interface HostFacts {
  readonly platform: string;
  readonly arch: string;
  /** Version of Node, `26.10.0`. */
  readonly node: string;
  /** Node's built-in of that name; undefined: there is none. */
  readonly builtin: (name: string) => unknown;
}

/** The process that asks. */
export function thisHost(): HostFacts {
  return {
    platform: process.platform,
    arch: process.arch,
    node: process.versions.node,
    // Node before 22.3 has no such function.
    builtin: (name) => (process.getBuiltinModule as ((id: string) => unknown) | undefined)?.(name),
  };
}

/**
 * Node's foreign function interface, which is experimental: loaded by name at run time, so that a Node without it runs
 * everything else. Its warning is not shown: the engine says itself what it uses, and why.
 * @throws NotAvailableError with the reason
 */
export function loadForeignInterface(host: HostFacts): ForeignInterface {
  if (host.platform !== 'linux') throw new NotAvailableError(`only on Linux, this is ${host.platform}`);
  if (!ARCHITECTURES.includes(host.arch))
    throw new NotAvailableError(`only on ${ARCHITECTURES.join(' and ')}, this is ${host.arch}`);
  const ffi = withoutWarning(() => host.builtin('node:ffi')) as ForeignInterface | undefined;
  if (ffi !== undefined) return ffi;
  throw new NotAvailableError(
    hasInterface(host.node)
      ? 'node:ffi is switched off (--no-experimental-ffi)'
      : `Node ${host.node} has no node:ffi, ${FIRST_VERSION.join('.')} is the first that has`,
  );
}

/**
 * Functions of a library by their signatures; null: of what the process has loaded itself.
 * @throws NotAvailableError when the library or one of the functions is not there, or permissions forbid it
 */
export function loadFunctions<const Signatures extends FunctionDefinitions>(
  ffi: ForeignInterface,
  library: string | null,
  signatures: Signatures,
): DynamicLibraryResult<Signatures>['functions'] {
  try {
    const opened = ffi.dlopen(library, signatures);
    openLibraries.push(opened.lib);
    return opened.functions;
  } catch (error) {
    const name = library ?? 'the executable of Node';
    throw new NotAvailableError(`${name}: ${(error as Error).message}`);
  }
}

/** Whether a Node of that version comes with the interface. */
function hasInterface(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major > FIRST_VERSION[0] || (major === FIRST_VERSION[0] && minor >= FIRST_VERSION[1]);
}

/** Calls `load` and drops the one warning that names the interface as experimental; others pass. */
function withoutWarning<Loaded>(load: () => Loaded): Loaded {
  const emit = process.emitWarning.bind(process);
  const own = Object.getOwnPropertyDescriptor(process, 'emitWarning')!;
  process.emitWarning = (warning: string | Error, ...rest: never[]): void => {
    if (!String(warning).startsWith('FFI is an experimental feature')) emit(warning, ...rest);
  };
  try {
    return load();
  } finally {
    Object.defineProperty(process, 'emitWarning', own);
  }
}
