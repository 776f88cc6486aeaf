/** Private streams of the perpetuals: listen keys, who listens, and the events they get. */
import { randomBytes } from 'node:crypto';
import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';
import { ApiError } from '../api-error.ts';
import type { Drills } from '../drills.ts';
import { priceText, qtyText, unitsText } from '../instruments.ts';
import { KeepAlive } from '../keep-alive.ts';
import type { PerpAccount, PerpFill, PerpOrder, Position } from './perp-account.ts';
import { crossWalletUnits, sideText, signedQtyText } from './perp-replies.ts';
import { MARGIN_ASSET } from './perp-terms.ts';

/** How long a key lives after it was made or kept. */
const KEY_LIFE_MS = 3_600_000;

interface ListenKey {
  readonly key: string;
  readonly account: PerpAccount;
  expiresMs: number;
}

interface Listener {
  readonly socket: WebSocket;
  readonly key: string;
  readonly isCombined: boolean;
}

/** `x` of an order update. */
export type PerpExecution = 'NEW' | 'TRADE' | 'CANCELED' | 'EXPIRED';

/** All private streams. Single-threaded. */
export class PerpUsers {
  readonly #drills: Drills;
  readonly #keys: Map<string, ListenKey> = new Map();
  readonly #listeners: Set<Listener> = new Set();
  readonly #keepAlive: KeepAlive = new KeepAlive();

  constructor(drills: Drills) {
    this.#drills = drills;
  }

  /** Connections open now. */
  get listenerCount(): number {
    return this.#listeners.size;
  }

  /** Makes an account's key, or keeps the one it has. */
  makeKey(account: PerpAccount, nowMs: number): string {
    let found = this.#keyOf(account);
    if (found === undefined) {
      found = { key: randomBytes(48).toString('base64url').slice(0, 64), account, expiresMs: 0 };
      this.#keys.set(found.key, found);
    }
    found.expiresMs = nowMs + KEY_LIFE_MS;
    return found.key;
  }

  /** Keeps an account's key. @throws ApiError -1125 when it has none */
  keepKey(account: PerpAccount, nowMs: number): void {
    const found = this.#keyOf(account);
    if (found === undefined) throw new ApiError(-1125, 'This listenKey does not exist.');
    found.expiresMs = nowMs + KEY_LIFE_MS;
  }

  /** Ends an account's key. */
  dropKey(account: PerpAccount): void {
    const found = this.#keyOf(account);
    if (found !== undefined) this.#keys.delete(found.key);
  }

  /** Takes over a connection to `/private/...`; with a key nobody knows it stays silent. */
  accept(socket: WebSocket, url: URL, _raw: Duplex): void {
    const isCombined = url.pathname.startsWith('/private/stream');
    const named = url.searchParams.get('listenKey') ?? url.searchParams.get('streams');
    const key = named ?? url.pathname.split('/').at(-1)!;
    const listener = { socket, key, isCombined };
    this.#listeners.add(listener);
    this.#keepAlive.add(socket);
    socket.on('error', () => socket.terminate());
    socket.on('close', () => this.#listeners.delete(listener));
  }

  /** Ends keys that were not kept, and dead connections. */
  tick(nowMs: number): void {
    this.#keepAlive.tick(nowMs);
    for (const { key, account, expiresMs } of this.#keys.values()) {
      if (nowMs < expiresMs) continue;
      this.#publish(account, { e: 'listenKeyExpired', E: nowMs, listenKey: key });
      this.#keys.delete(key);
    }
  }

  terminateAll(): void {
    for (const { socket } of this.#listeners) socket.terminate();
  }

  /** ORDER_TRADE_UPDATE. */
  publishOrder(order: PerpOrder, execution: PerpExecution, nowMs: number, fill: PerpFill | null): void {
    const { engine, market } = order;
    const { instrument } = market;
    const isNew = execution === 'NEW';
    const average =
      engine.filledLots === 0 ? 0 : (engine.filledNotional * instrument.tickUnits) / engine.filledLots;
    const update = {
      s: instrument.symbol,
      c: order.clientOrderId,
      S: sideText(order),
      o: order.type,
      f: order.timeInForce,
      q: qtyText(instrument, engine.qtyLots),
      p: priceText(instrument, engine.priceTicks),
      ap: unitsText(isNew ? 0 : Math.round(average)),
      sp: '0',
      x: execution,
      X: isNew ? 'NEW' : engine.status,
      i: engine.orderId,
      l: qtyText(instrument, fill?.qtyLots ?? 0),
      z: qtyText(instrument, isNew ? 0 : engine.filledLots),
      L: fill === null ? '0' : priceText(instrument, fill.priceTicks),
      ...(fill === null ? {} : { n: unitsText(fill.feeUnits), N: MARGIN_ASSET }),
      T: fill?.epochMs ?? nowMs,
      t: fill?.tradeId ?? 0,
      b: '0',
      a: '0',
      m: fill?.isMaker ?? false,
      R: order.isReduceOnly,
      wt: 'CONTRACT_PRICE',
      ot: order.type,
      ps: 'BOTH',
      cp: false,
      rp: unitsText(fill?.realisedUnits ?? 0),
      pP: false,
      si: 0,
      ss: 0,
      V: 'NONE',
      pm: 'NONE',
      gtd: 0,
      er: execution === 'EXPIRED' && order.timeInForce !== 'GTC' ? '2' : '0',
    };
    this.#publish(order.account, { e: 'ORDER_TRADE_UPDATE', T: nowMs, E: nowMs, o: update });
  }

  /** ACCOUNT_UPDATE about some positions. */
  publishAccount(account: PerpAccount, reason: string, positions: readonly Position[], nowMs: number): void {
    const balances = [
      {
        a: MARGIN_ASSET,
        wb: unitsText(account.walletUnits),
        cw: unitsText(crossWalletUnits(account)),
        bc: '0',
      },
    ];
    const held = positions.map((position) => {
      const { instrument } = position.market;
      const entry = position.lots === 0 ? 0 : position.entryTickLots / position.lots;
      const entryText = unitsText(Math.round(entry * instrument.tickUnits));
      return {
        s: instrument.symbol,
        pa: signedQtyText(position),
        ep: entryText,
        bep: entryText,
        cr: '0',
        up: unitsText(position.unrealisedUnits),
        mt: position.isIsolated ? 'isolated' : 'cross',
        iw: unitsText(position.isolatedUnits),
        ps: 'BOTH',
      };
    });
    const update = { m: reason, B: balances, P: held };
    this.#publish(account, { e: 'ACCOUNT_UPDATE', E: nowMs, T: nowMs, a: update });
  }

  /** MARGIN_CALL about one position. */
  publishMarginCall(account: PerpAccount, position: Position, nowMs: number): void {
    const { instrument } = position.market;
    const held = {
      s: instrument.symbol,
      ps: 'BOTH',
      pa: signedQtyText(position),
      mt: position.isIsolated ? 'ISOLATED' : 'CROSSED',
      iw: unitsText(position.isolatedUnits),
      mp: unitsText(Math.round(position.mark.markTicks * instrument.tickUnits)),
      up: unitsText(position.unrealisedUnits),
      mm: unitsText(position.maintenanceUnits),
    };
    this.#publish(account, {
      e: 'MARGIN_CALL',
      E: nowMs,
      cw: unitsText(crossWalletUnits(account)),
      p: [held],
    });
  }

  /** ACCOUNT_CONFIG_UPDATE: another leverage. */
  publishLeverage(account: PerpAccount, { market, leverage }: Position, nowMs: number): void {
    const config = { s: market.instrument.symbol, l: leverage };
    this.#publish(account, { e: 'ACCOUNT_CONFIG_UPDATE', E: nowMs, T: nowMs, ac: config });
  }

  #keyOf(account: PerpAccount): ListenKey | undefined {
    return [...this.#keys.values()].find((each) => each.account === account);
  }

  #publish(account: PerpAccount, event: Readonly<Record<string, unknown>>): void {
    const key = this.#keyOf(account)?.key;
    if (key === undefined) return;
    const listeners = [...this.#listeners].filter((listener) => listener.key === key);
    if (listeners.length === 0) return;
    const text = JSON.stringify(event);
    const drills = this.#drills;
    for (let copies = drills.takeEventCopies(); copies > 0; copies--) {
      for (const { socket, isCombined } of listeners) {
        const sent = isCombined ? `{"stream":"${key}","data":${text}}` : text;
        if (drills.eventDelayMs > 0) setTimeout(() => socket.send(sent), drills.eventDelayMs);
        else if (socket.readyState === socket.OPEN) socket.send(sent);
      }
    }
  }
}
