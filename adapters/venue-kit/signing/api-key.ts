/** An API key and what signs its requests, as plain data from the composition root. Never logged. */
export type ApiKey =
  | { readonly kind: 'hmac'; readonly apiKey: string; readonly apiSecret: string }
  | { readonly kind: 'ed25519'; readonly apiKey: string; readonly privateKeyPem: string };
