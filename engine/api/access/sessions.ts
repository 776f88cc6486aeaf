import { createHash, createHmac, generateKeyPairSync, randomBytes, timingSafeEqual } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { jwtVerify, SignJWT } from 'jose';
import type { KeyRecord } from './key-record.ts';

const TOKEN_S = 600;
const IDLE_MS = 2 * 3_600_000;
const WHOLE_MS = 12 * 3_600_000;
const SESSIONS_MAX = 256;
const AUDIENCE = 'shrike-control';
const ALGORITHM = 'EdDSA';
/** Path of the endpoints that take the refresh cookie; it is sent nowhere else. */
const REFRESH_PATH = '/api/v1/session';

interface Session {
  readonly keyId: string;
  readonly createdMs: number;
  usedMs: number;
  /** Digest of the refresh secret that is good now. */
  refresh: string;
  /** Digests of those before: whoever sends one has a copy of an old one. */
  readonly spent: Set<string>;
}

/** What a browser is given. */
export interface GivenSession {
  readonly keyId: string;
  readonly sid: string;
  /** Sent back in X-Shrike-Csrf by calls that act. */
  readonly csrf: string;
  readonly expiresMs: number;
  /** Set-Cookie headers. */
  readonly cookies: readonly string[];
}

/** Whose session a request belongs to. */
export interface SessionHolder {
  readonly key: KeyRecord;
  readonly sid: string;
  readonly csrf: string;
}

/** What sessions are kept with. */
export interface SessionOptions {
  readonly engineId: string;
  /** Of the api: pages of two engines on one machine have cookies of their own. */
  readonly port: () => number;
  readonly nowMs: () => number;
  /** A key that is good now; null = it is not. */
  readonly living: (keyId: string) => KeyRecord | null;
}

const digestOf = (text: string): string => createHash('sha256').update(text).digest('base64url');

/**
 * Sessions of browsers: a token of ten minutes (EdDSA) and a refresh secret that is another one after each use; using an old one ends
 * the session. They end with their key, after two idle hours, after twelve hours, and with the api's thread. One thread.
 */
export class Sessions {
  private readonly options: SessionOptions;
  private readonly sessions: Map<string, Session> = new Map();
  private readonly privateKey: KeyObject;
  private readonly publicKey: KeyObject;
  private readonly csrfKey: Buffer = randomBytes(32);

  constructor(options: SessionOptions) {
    this.options = options;
    const { privateKey, publicKey } = generateKeyPairSync('ed25519');
    this.privateKey = privateKey;
    this.publicKey = publicKey;
  }

  /** Begins a session of a key. */
  open(key: KeyRecord): Promise<GivenSession> {
    const sid = randomBytes(16).toString('base64url');
    const nowMs = this.options.nowMs();
    const session = { keyId: key.id, createdMs: nowMs, usedMs: nowMs, refresh: '', spent: new Set<string>() };
    this.sessions.set(sid, session);
    if (this.sessions.size > SESSIONS_MAX) {
      const [oldest] = this.sessions.keys();
      this.sessions.delete(oldest);
    }
    return this.give(sid, session, key);
  }

  /** Goes on with a session by its refresh cookie; null = there is none, it has ended, or the secret was used before. */
  async refresh(cookies: string): Promise<GivenSession | null> {
    const text = cookieIn(cookies, this.refreshName);
    const [sid, secret] = (text ?? '').split('.');
    const session = this.livingSession(sid);
    if (session === null || secret === undefined) return null;
    const digest = digestOf(secret);
    if (session.spent.has(digest)) this.sessions.delete(sid);
    const isGood = timingSafeEqual(Buffer.from(digest), Buffer.from(session.refresh));
    const key = this.options.living(session.keyId);
    if (!isGood || key === null || session.spent.has(digest)) return null;
    session.spent.add(digest);
    return this.give(sid, session, key);
  }

  /** Ends a session; the result takes its cookies away. */
  end(sid: string): readonly string[] {
    this.sessions.delete(sid);
    const gone = 'Max-Age=0; HttpOnly; SameSite=Strict';
    return [`${this.tokenName}=; Path=/; ${gone}`, `${this.refreshName}=; Path=${REFRESH_PATH}; ${gone}`];
  }

  /** Whose a token is; null = it is none of this engine, has run out, or its session has ended. */
  async ofToken(token: string): Promise<SessionHolder | null> {
    const { engineId } = this.options;
    try {
      const { payload } = await jwtVerify(token, this.publicKey, {
        algorithms: [ALGORITHM],
        issuer: engineId,
        audience: AUDIENCE,
        currentDate: new Date(this.options.nowMs()),
      });
      const sid = String(payload['sid']);
      const session = this.livingSession(sid);
      const key = session === null ? null : this.options.living(session.keyId);
      if (session === null || key === null) return null;
      session.usedMs = this.options.nowMs();
      return { key, sid, csrf: this.csrfOf(sid) };
    } catch {
      return null;
    }
  }

  /** The same by the cookies of a request. */
  async ofCookies(cookies: string): Promise<SessionHolder | null> {
    const token = cookieIn(cookies, this.tokenName);
    return token === null ? null : this.ofToken(token);
  }

  private get tokenName(): string {
    return `shrike_${this.options.port()}`;
  }

  private get refreshName(): string {
    return `shrike_refresh_${this.options.port()}`;
  }

  private csrfOf(sid: string): string {
    return createHmac('sha256', this.csrfKey).update(sid).digest('base64url');
  }

  private livingSession(sid: string): Session | null {
    const session = this.sessions.get(sid);
    if (session === undefined) return null;
    const nowMs = this.options.nowMs();
    if (nowMs - session.usedMs < IDLE_MS && nowMs - session.createdMs < WHOLE_MS) return session;
    this.sessions.delete(sid);
    return null;
  }

  private async give(sid: string, session: Session, key: KeyRecord): Promise<GivenSession> {
    const { engineId, nowMs } = this.options;
    const nowS = Math.floor(nowMs() / 1_000);
    const secret = randomBytes(32).toString('base64url');
    session.refresh = digestOf(secret);
    session.usedMs = nowMs();
    const token = await new SignJWT({ sid, scopes: [...key.scopes] })
      .setProtectedHeader({ alg: ALGORITHM, typ: 'JWT' })
      .setIssuer(engineId)
      .setAudience(AUDIENCE)
      .setSubject(key.id)
      .setJti(randomBytes(8).toString('base64url'))
      .setIssuedAt(nowS)
      .setExpirationTime(nowS + TOKEN_S)
      .sign(this.privateKey);
    const safe = 'HttpOnly; SameSite=Strict';
    return {
      keyId: key.id,
      sid,
      csrf: this.csrfOf(sid),
      expiresMs: (nowS + TOKEN_S) * 1_000,
      cookies: [
        `${this.tokenName}=${token}; Path=/; Max-Age=${TOKEN_S}; ${safe}`,
        `${this.refreshName}=${sid}.${secret}; Path=${REFRESH_PATH}; Max-Age=${WHOLE_MS / 1_000}; ${safe}`,
      ],
    };
  }
}

/** The value of a cookie in a Cookie header; null = it is not there. */
function cookieIn(header: string, name: string): string | null {
  for (const part of header.split(';')) {
    const at = part.indexOf('=');
    if (at > 0 && part.slice(0, at).trim() === name) return part.slice(at + 1).trim();
  }
  return null;
}
