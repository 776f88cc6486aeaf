import { mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { WriteReport } from '../../analysis/live/report-desk.ts';
import { stateLayout } from '../../journal/state-directory.ts';
import type { EngineConfig } from '../config/config-types.ts';
import { statePlaceOf } from '../config/engine-parts.ts';
import { reportHtml } from './report-html.ts';

/** The folder of an engine's reports. */
export function reportFolder(config: EngineConfig): string {
  return join(stateLayout(config.state.dir, statePlaceOf(config)).directory, 'reports');
}

/**
 * Writes reports as `reports/<venue>-<symbol>/<local date>T<local time>-<kind>.json` and `.html` and keeps the newest
 * `analysis.reportsKept`. A file is there whole or not at all.
 */
export function reportWriter(config: EngineConfig): WriteReport {
  const folder = reportFolder(config);
  const { reportTimeZone, reportsKept } = config.analysis;
  const clock = new Intl.DateTimeFormat('sv-SE', {
    timeZone: reportTimeZone,
    dateStyle: 'short',
    timeStyle: 'medium',
  });
  return ({ instrument }, report, kind, atMs) => {
    const own = `${encodeURIComponent(instrument.venue)}-${encodeURIComponent(instrument.symbol)}`;
    const name = `${clock.format(atMs).replace(' ', 'T').replaceAll(':', '')}-${kind}`;
    mkdirSync(join(folder, own), { recursive: true });
    const put = (ending: string, text: string): void => {
      const path = join(folder, own, `${name}.${ending}`);
      writeFileSync(`${path}.part`, text);
      renameSync(`${path}.part`, path);
    };
    put('json', `${JSON.stringify(report)}\n`);
    put('html', reportHtml(report));
    removeOldest(join(folder, own), reportsKept);
    return `${own}/${name}.html`;
  };
}

function removeOldest(folder: string, kept: number): void {
  const reports = readdirSync(folder)
    .filter((file) => file.endsWith('.json'))
    .sort();
  for (const file of reports.slice(0, Math.max(0, reports.length - kept))) {
    rmSync(join(folder, file), { force: true });
    rmSync(join(folder, file.replace(/\.json$/, '.html')), { force: true });
  }
}
