/** Writes codecs.ts from schema.ts (`npm run gen`); with --check it only compares and exits 1 when they differ. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { messageLayout } from './layout.ts';
import { SCHEMA } from './schema.ts';
import type { MessageSpec } from './field-spec.ts';
import type { FieldLayout } from './layout.ts';

const TARGET = new URL('./codecs.ts', import.meta.url);

function accessor(field: FieldLayout): string {
  const { name, spec, byteOffset } = field;
  const doc = `  /** ${spec.doc}${spec.values === undefined ? '' : ` (${spec.values})`} */\n`;
  if (spec.kind === 'text') {
    return (
      `${doc}  get ${name}(): string {\n    return readText(this.u8, this.byteOffset + ${byteOffset}, ${spec.bytes});\n  }\n` +
      `  set ${name}(value: string) {\n    writeText(this.u8, this.byteOffset + ${byteOffset}, ${spec.bytes}, value);\n  }\n`
    );
  }
  const array = spec.kind;
  const base = spec.kind === 'f64' ? 'at8' : 'at4';
  const index = spec.kind === 'f64' ? byteOffset >> 3 : byteOffset >> 2;
  const place = index === 0 ? `this.${base}` : `this.${base} + ${index}`;
  return (
    `${doc}  get ${name}(): number {\n    return this.${array}[${place}];\n  }\n` +
    `  set ${name}(value: number) {\n    this.${array}[${place}] = value;\n  }\n`
  );
}

function messageClass(name: string, spec: MessageSpec): string {
  const layout = messageLayout(spec);
  const constant = name.replace(/([a-z])([A-Z])/g, '$1_$2').toUpperCase();
  const levels = spec.levels === true;
  const hasText = layout.fields.some((field) => field.spec.kind === 'text');
  const parts = [
    `/** Template id of {@link ${name}}. */\nexport const ${constant} = ${spec.id} as const;\n`,
    `/** Bytes of {@link ${name}}${levels ? ' without its levels' : ''}. */\n` +
      `export const ${constant}_BYTES = ${layout.blockBytes} as const;\n`,
    `/**\n * ${spec.doc}\n * Flyweight: allocate once, wrap per record; valid until the ring's record is released.\n */`,
    `export class ${name} {\n  private i32: Int32Array = NO_I32;\n  private f64: Float64Array = NO_F64;`,
    ...(hasText ? ['  private u8: Uint8Array = NO_U8;\n  private byteOffset = 0;'] : []),
    '  private at4 = 0;\n  private at8 = 0;\n',
    `  wrap(view: CodecView, byteOffset: number): this {\n    this.i32 = view.i32;\n    this.f64 = view.f64;`,
    ...(hasText ? ['    this.u8 = view.u8;\n    this.byteOffset = byteOffset;'] : []),
    `    this.at4 = byteOffset >> 2;\n    this.at8 = byteOffset >> 3;\n    return this;\n  }\n`,
    ...layout.fields.map(accessor),
  ];
  if (levels) {
    parts.push(
      `  /** Index into the view's f64 of level 0's priceTicks; qtyLots follows, two words a level. */`,
      `  get levelsAt8(): number {\n    return this.at8 + ${layout.blockBytes >> 3};\n  }\n`,
    );
  }
  parts.push('}\n');
  return parts.join('\n');
}

function generate(): string {
  return [
    '// Generated from schema.ts by `npm run gen`; do not edit.',
    '// hot path: no allocation after start',
    "import { NO_F64, NO_I32, NO_U8, readText, writeText } from './codec-view.ts';",
    "import type { CodecView } from './codec-view.ts';\n",
    ...Object.entries(SCHEMA).map(([name, spec]) => messageClass(name, spec)),
  ].join('\n');
}

/** The formatter's own output is what gets committed, so that formatting the tree never makes codecs.ts stale. */
function formatted(source: string): string {
  const folder = mkdtempSync(join(fileURLToPath(new URL('.', import.meta.url)), '.gen-'));
  try {
    const file = join(folder, 'codecs.ts');
    writeFileSync(file, source);
    execFileSync('oxfmt', [file]);
    return readFileSync(file, 'utf8');
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const wanted = formatted(generate());
if (process.argv.includes('--check')) {
  if (readFileSync(TARGET, 'utf8') !== wanted) {
    process.stderr.write('engine/messages/codecs.ts is stale: run `npm run gen` and commit the result\n');
    process.exitCode = 1;
  }
} else {
  writeFileSync(TARGET, wanted);
}
