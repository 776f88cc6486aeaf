/** Why an exchange did not open. */

/** An exchange that could not open. `code` says why. */
export class ExchangeStartError extends Error {
  override readonly name: string = 'ExchangeStartError';
  readonly code: 'EXCHANGE_PORT_IN_USE' | 'EXCHANGE_UNKNOWN_SYMBOL' | 'EXCHANGE_BAD_OPTION';

  constructor(code: ExchangeStartError['code'], message: string) {
    super(message);
    this.code = code;
  }
}
