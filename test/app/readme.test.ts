import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { EngineProcess, lastSummary, QUIET } from '../fixtures/engine-process.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const README = readFileSync(join(ROOT, 'README.md'), 'utf8');
/** The page for users, the one for contributors and the one for figures. */
const PAGES = ['README.md', 'engine/README.md', 'bench/README.md'];
const TEXT = PAGES.map((page) => readFileSync(join(ROOT, page), 'utf8')).join('\n');
const folder = mkdtempSync(join(tmpdir(), 'shrike-readme-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('the README', () => {
  it('names only files and folders that exist', () => {
    const named = [...TEXT.matchAll(/`((?:engine|adapters|strategies|bench|test)\/[\w./-]+)`/g)].map(
      ([, path]) => path,
    );
    expect(named.length).toBeGreaterThan(20);
    for (const path of named) expect(existsSync(join(ROOT, path)), path).toBe(true);
  });

  it('links only to pages and headings that exist', () => {
    const headings = (page: string): string[] =>
      [...readFileSync(join(ROOT, page), 'utf8').matchAll(/^#+ (.*)$/gm)].map(([, title]) =>
        title
          .toLowerCase()
          .replaceAll(/[^\w -]/g, '')
          .replaceAll(' ', '-'),
      );
    for (const page of PAGES) {
      const text = readFileSync(join(ROOT, page), 'utf8');
      for (const [, path, heading] of text.matchAll(/\]\((?!https?:)([^)#]*)(?:#([^)]*))?\)/g)) {
        const target = path === '' ? page : join(dirname(page), path);
        expect(existsSync(join(ROOT, target)), `${page}: ${path}`).toBe(true);
        if (heading !== undefined) expect(headings(target), `${page}: #${heading}`).toContain(heading);
      }
    }
  });

  it('names only npm scripts that exist', () => {
    const manifest = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
      scripts: Record<string, string>;
    };
    const named = [...TEXT.matchAll(/npm run (?:-s )?([\w:]+)/g)].map(([, script]) => script);
    expect(named.length).toBeGreaterThan(2);
    for (const script of named) expect(Object.keys(manifest.scripts)).toContain(script);
  });

  it('shows a strategy that runs as it stands', async () => {
    const example = /```ts runnable\n([\s\S]*?)```/.exec(README)?.[1];
    expect(example).toBeDefined();
    const file = join(folder, 'breakout.ts');
    writeFileSync(file, example!);
    const engine = new EngineProcess([
      'run',
      '--json',
      ...QUIET,
      '--strategy',
      file,
      '--set',
      'strategy.params.lean=0.2',
      '--duration',
      '6s',
    ]);
    try {
      const finished = await engine.finished;
      expect(finished.code, finished.err).toBe(0);
      const stats = lastSummary(finished);
      expect(stats.errors).toEqual([]);
      expect(stats.orders.submitted).toBeGreaterThan(0);
    } finally {
      await engine.dispose();
    }
  });
});
