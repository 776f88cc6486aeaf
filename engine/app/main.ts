#!/usr/bin/env node
import { runCli } from './cli/cli.ts';

/** A leaked handle must not keep a finished command alive; named on stderr so that it gets mended. */
const LINGER_LIMIT_MS = 3_000;

process.exitCode = await runCli(process.argv.slice(2));
setTimeout(() => {
  process.stderr.write(`shrike: forced exit, still open: ${process.getActiveResourcesInfo().join(', ')}\n`);
  process.exit();
}, LINGER_LIMIT_MS).unref();
