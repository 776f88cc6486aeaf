import { BlockList, isIP } from 'node:net';
import type { IncomingHttpHeaders } from 'node:http';
import { RequestProblem } from '../http/problem.ts';
import { CREDENTIAL_CHARS_MAX } from './api-key.ts';
import type { Caller } from './caller.ts';
import type { GuessThrottle } from './guess-throttle.ts';
import type { KeyRecord, Scope } from './key-record.ts';
import type { KeyRefusal, KeyVerdict } from './key-verifier.ts';
import { isLoopback, originRefusal } from './request-origin.ts';
import type { BindPolicy } from './request-origin.ts';

/** What the gate works with. */
export interface GateOptions {
  readonly bind: BindPolicy;
  /** Whether peers on this machine may read without a key. */
  readonly isLoopbackReader: boolean;
  /** Mode of the engine; keys are good for some. */
  readonly mode: string;
  readonly keys: { verify(text: string): Promise<KeyVerdict> };
  readonly throttle: GuessThrottle;
  readonly nowMs: () => number;
  /** Counts what was turned away. */
  readonly onRefusal: (what: 'origin' | 'credential') => void;
}

/** What a request is looked at by. */
export interface GateRequest {
  readonly headers: IncomingHttpHeaders;
  /** Of the peer. */
  readonly address: string;
}

const FORWARDING = ['forwarded', 'x-forwarded-for', 'x-forwarded-host', 'x-real-ip', 'via'];
const BEARER_PROTOCOL = 'bearer.';
const NO_SCOPES: ReadonlySet<Scope> = new Set();
const READ_ONLY: ReadonlySet<Scope> = new Set(['read']);

const REFUSED: Readonly<Record<KeyRefusal, string>> = {
  malformed: 'this is no key of Shrike; look for a typo',
  unknown: 'this key is not known',
  ended: 'this key has ended',
  busy: 'too many unknown keys are being looked at; try again',
};

/** A credential of a request; never in the URL, which gets logged. */
export function credentialOf(headers: IncomingHttpHeaders): string | null {
  const { authorization, 'x-api-key': apiKey } = headers;
  if (authorization !== undefined && /^bearer /i.test(authorization)) return authorization.slice(7).trim();
  if (typeof apiKey === 'string') return apiKey.trim();
  const offered = (headers['sec-websocket-protocol'] ?? '').split(',').map((name) => name.trim());
  const bearer = offered.find((name) => name.startsWith(BEARER_PROTOCOL));
  return bearer === undefined ? null : bearer.slice(BEARER_PROTOCOL.length);
}

/** Decides who a request comes from. One thread. */
export class Gate {
  private readonly options: GateOptions;

  constructor(options: GateOptions) {
    this.options = options;
  }

  /** Who asks. @throws RequestProblem when it is turned away whatever it asks for */
  async admit(request: GateRequest): Promise<Caller> {
    const { bind, onRefusal, isLoopbackReader } = this.options;
    const { headers, address } = request;
    const refusal = originRefusal(bind, headers);
    if (refusal !== null) {
      onRefusal('origin');
      throw new RequestProblem(refusal, ORIGIN_DETAIL[refusal]);
    }
    const credential = credentialOf(headers);
    if (credential !== null) return this.ofCredential(credential, address);
    const isLocal = isLoopback(address) && !FORWARDING.some((name) => headers[name] !== undefined);
    if (isLocal && isLoopbackReader) return { kind: 'loopback', keyId: '', scopes: READ_ONLY, address };
    return { kind: 'nobody', keyId: '', scopes: NO_SCOPES, address };
  }

  /** The problem of a request without a key that needs one. */
  keyMissing(): RequestProblem {
    this.options.onRefusal('credential');
    return new RequestProblem('UNAUTHORIZED', 'send a key: Authorization: Bearer shk_...');
  }

  private async ofCredential(credential: string, address: string): Promise<Caller> {
    const { keys } = this.options;
    if (credential.length > CREDENTIAL_CHARS_MAX) throw this.refused('malformed', address);
    const { key, refusal } = await keys.verify(credential);
    if (refusal !== null) throw this.refused(refusal, address);
    return this.ofKey('key', key, address);
  }

  /** A failure counts against the address; one that failed too often hears nothing of why. */
  private refused(refusal: KeyRefusal, address: string): RequestProblem {
    const { throttle, nowMs, onRefusal } = this.options;
    onRefusal('credential');
    if (refusal === 'busy') return new RequestProblem('TOO_MANY', REFUSED.busy, { retryAfterS: 1 });
    const blockedForMs = throttle.blockedForMs(address, nowMs());
    if (blockedForMs > 0) {
      const retryAfterS = Math.ceil(blockedForMs / 1_000);
      return new RequestProblem('TOO_MANY', 'too many keys of this address were no good', { retryAfterS });
    }
    throttle.noteFailure(address, nowMs());
    return new RequestProblem('UNAUTHORIZED', REFUSED[refusal]);
  }

  private ofKey(kind: 'key' | 'session', key: KeyRecord, address: string): Caller {
    if (!key.modes.includes(this.options.mode))
      throw new RequestProblem(
        'KEY_RESTRICTED',
        `this key is good for ${key.modes.join(', ')}, and the engine runs in ${this.options.mode}`,
      );
    if (!isWithin(address, key.cidrs))
      throw new RequestProblem('KEY_RESTRICTED', 'this key is not good from this address');
    return { kind, keyId: key.id, scopes: new Set([...key.scopes, 'read']), address };
  }
}

const ORIGIN_DETAIL = {
  FOREIGN_HOST: 'this address answers only to the name of this machine',
  FOREIGN_ORIGIN: 'pages of this origin may not use the engine',
} as const;

/** Whether an address lies in one of the ranges; none = any. */
function isWithin(address: string, cidrs: readonly string[]): boolean {
  if (cidrs.length === 0) return true;
  const bare = address.startsWith('::ffff:') ? address.slice(7) : address;
  const list = new BlockList();
  for (const cidr of cidrs) {
    const [network, bits] = cidr.split('/');
    const type = isIP(network) === 6 ? 'ipv6' : 'ipv4';
    list.addSubnet(network, Number(bits ?? (type === 'ipv6' ? 128 : 32)), type);
  }
  return list.check(bare, isIP(bare) === 6 ? 'ipv6' : 'ipv4');
}
