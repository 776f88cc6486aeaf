/** Terms of every perpetual of the embedded exchange, near those of Binance USD-M in its lowest bracket. */

/** Margin that a position must keep, as a share of its value at the mark price. */
export const MAINTENANCE_RATE = 0.005;
export const LEVERAGE_MAX = 125;
export const LEVERAGE_DEFAULT = 20;
/** Interest part of the funding rate, and its largest value either way, for eight hours. */
export const INTEREST_RATE = 0.0001;
export const FUNDING_RATE_MAX = 0.02;
export const FUNDING_INTERVAL_MS: number = 8 * 3_600_000;
/** How far interest and premium may part before the premium counts. */
export const PREMIUM_BAND = 0.0005;
/** What a liquidation costs beside its fills, as a share of the value, while there is margin left. */
export const LIQUIDATION_FEE = 0.0125;
/** Limit prices stay within this share of the mark price. */
export const PRICE_BAND = 0.05;
/** Smallest value of an order that may open a position, in units of 1e-8 of the quote asset. */
export const MIN_NOTIONAL_UNITS: number = 5 * 1e8;
export const MARGIN_ASSET = 'USDT';
