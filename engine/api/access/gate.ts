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
import type { SessionHolder, Sessions } from './sessions.ts';

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
  /** Sessions of browsers; loaded with the first cookie or token that may be one. */
  readonly sessions: () => Promise<SessionReader>;
  /** Counts what was turned away. */
  readonly onRefusal: (what: 'origin' | 'credential') => void;
}

/** Says whose session a token or a request's cookies belong to. */
export type SessionReader = Pick<Sessions, 'ofToken' | 'ofCookies'>;

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
const NOBODY = { kind: 'nobody', keyId: '', scopes: NO_SCOPES, sid: null, csrf: null } as const;
/** A token of a session, rather than a key. */
const TOKEN = /^[\w-]+\.[\w-]+\.[\w-]+$/;

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
    const { cookie } = headers;
    if (cookie?.includes('shrike_') === true) {
      const holder = await (await this.options.sessions()).ofCookies(cookie);
      if (holder !== null) return this.ofSession(holder, address, holder.csrf);
    }
    const isLocal = isLoopback(address) && !FORWARDING.some((name) => headers[name] !== undefined);
    if (isLocal && isLoopbackReader) return { ...NOBODY, kind: 'loopback', scopes: READ_ONLY, address };
    return { ...NOBODY, address };
  }

  /** The problem of a request without a key that needs one. */
  keyMissing(): RequestProblem {
    this.options.onRefusal('credential');
    return new RequestProblem('UNAUTHORIZED', 'send a key: Authorization: Bearer shk_...');
  }

  private async ofCredential(credential: string, address: string): Promise<Caller> {
    if (credential.length > CREDENTIAL_CHARS_MAX) throw this.refused('malformed', address);
    if (TOKEN.test(credential)) {
      const holder = await (await this.options.sessions()).ofToken(credential);
      if (holder === null) throw this.refused('unknown', address);
      return this.ofSession(holder, address, null);
    }
    return this.ofKey(await this.goodKey(credential, address), address);
  }

  /** The key of that text, good here and now. @throws RequestProblem; a failure counts against the address */
  async goodKey(text: string, address: string): Promise<KeyRecord> {
    const { key, refusal } = await this.options.keys.verify(text);
    if (refusal !== null) throw this.refused(refusal, address);
    this.ofKey(key, address);
    return key;
  }

  /** By a cookie what acts needs `csrf` too. */
  private ofSession({ key, sid }: SessionHolder, address: string, csrf: string | null): Caller {
    return { ...this.ofKey(key, address), kind: 'session', sid, csrf };
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

  private ofKey(key: KeyRecord, address: string): Caller {
    if (!key.modes.includes(this.options.mode))
      throw new RequestProblem(
        'KEY_RESTRICTED',
        `this key is good for ${key.modes.join(', ')}, and the engine runs in ${this.options.mode}`,
      );
    if (!isWithin(address, key.cidrs))
      throw new RequestProblem('KEY_RESTRICTED', 'this key is not good from this address');
    return { ...NOBODY, kind: 'key', keyId: key.id, scopes: new Set([...key.scopes, 'read']), address };
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
