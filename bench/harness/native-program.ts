import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const SOURCES: string = join(import.meta.dirname, '../native');
const BINARIES: string = join(import.meta.dirname, '../..', 'node_modules', '.cache', 'shrike-bench');
const COMPILERS: readonly string[] = ['g++', 'clang++', 'c++'];
const FLAGS: readonly string[] = ['-O3', '-march=native', '-std=c++17', '-Wall', '-Wextra', '-pthread'];
const OUTPUT_BYTES_MAX: number = 64 * 1024 * 1024;

/** A compiled reference, or why there is none. */
export type NativeProgram =
  | { readonly path: string; readonly compiler: string; readonly reason: null }
  | { readonly path: null; readonly compiler: null; readonly reason: string };

async function findCompiler(): Promise<{ name: string; version: string } | null> {
  for (const name of COMPILERS) {
    try {
      const { stdout } = await run(name, ['--version']);
      return { name, version: stdout.split('\n')[0].trim() };
    } catch {
      continue;
    }
  }
  return null;
}

/** Everything that decides what the compiler makes. */
function fingerprint(version: string): string {
  const hash = createHash('sha256').update(version).update(FLAGS.join(' '));
  for (const file of readdirSync(SOURCES).sort()) hash.update(readFileSync(join(SOURCES, file)));
  return hash.digest('hex').slice(0, 16);
}

/** Compiles bench/native/<name>.cpp when it has not been; never throws for want of a compiler. */
export async function compileNative(name: string): Promise<NativeProgram> {
  const compiler = await findCompiler();
  if (compiler === null) {
    return {
      path: null,
      compiler: null,
      reason: `no C++ compiler (${COMPILERS.join(', ')}) on this machine`,
    };
  }
  const described = `${compiler.version}, ${FLAGS.slice(0, 2).join(' ')}`;
  const path = join(BINARIES, `${name}-${fingerprint(compiler.version)}`);
  if (existsSync(path)) return { path, compiler: described, reason: null };
  mkdirSync(BINARIES, { recursive: true });
  const unfinished = `${path}.${process.pid}`;
  try {
    await run(compiler.name, [...FLAGS, join(SOURCES, `${name}.cpp`), '-o', unfinished]);
  } catch (error) {
    const [firstLine] = (error as Error).message.split('\n');
    return { path: null, compiler: null, reason: `${compiler.name} could not compile it: ${firstLine}` };
  }
  renameSync(unfinished, path);
  return { path, compiler: described, reason: null };
}

/** Runs a compiled reference and returns what it printed. @throws Error when it fails */
export async function runNative(path: string, args: readonly (string | number)[]): Promise<string> {
  const { stdout } = await run(path, args.map(String), { maxBuffer: OUTPUT_BYTES_MAX });
  return stdout;
}
