import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import tls from 'node:tls';
import { CliError } from '../cli/cli-error.ts';
import { EXIT } from '../cli/exit-codes.ts';

const PEM_BLOCK = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g;

/**
 * The certificates (PEM, one text each) in the file of `engine.caFile`; null: no file is configured. Main thread, at start.
 * @throws CliError (exit 78) naming the file, when it cannot be read, holds no certificate, or one that is none
 */
export function readCaFile(file: string | null): readonly string[] | null {
  if (file === null) return null;
  if (typeof (tls.setDefaultCACertificates as unknown) !== 'function')
    throw refusal(file, `takes Node 24.5 or newer, this is ${process.versions.node}`);
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw refusal(file, `cannot be read: ${(error as Error).message}`);
  }
  const certificates = text.match(PEM_BLOCK) ?? [];
  if (certificates.length === 0)
    throw refusal(file, 'holds no certificate (PEM, "-----BEGIN CERTIFICATE-----")');
  for (const [index, certificate] of certificates.entries()) {
    try {
      decode(certificate);
    } catch (error) {
      const which = `certificate ${index + 1} of ${certificates.length}`;
      throw refusal(file, `${which} cannot be decoded: ${(error as Error).message}`);
    }
  }
  return certificates;
}

/**
 * From here on this thread's TLS (sockets of either kind, REST) believes these certificates and no others. Before the first
 * connection; each thread for itself.
 */
export function believeOnly(certificates: readonly string[]): void {
  tls.setDefaultCACertificates([...certificates]);
}

/** @throws Error when the text is no certificate */
function decode(text: string): X509Certificate {
  return new X509Certificate(text);
}

function refusal(file: string, problem: string): CliError {
  return new CliError('CA_FILE', `engine.caFile: ${file} ${problem}`, EXIT.config);
}
