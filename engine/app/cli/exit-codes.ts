/** What the process tells its parent. sysexits where it has a number; systemd must not restart on 2, 77 and 78. */
export const EXIT = {
  ok: 0,
  failure: 1,
  usage: 2,
  /** A check ran and found problems (`doctor`, `journal verify`). */
  found: 3,
  /** A running engine refused what it was told. */
  refused: 4,
  /** It is not known whether a running engine did what it was told. */
  ambiguous: 5,
  /** No engine runs that could be told something. */
  notRunning: 6,
  venueUnavailable: 69,
  /** Try again later: the cause is expected to pass. */
  retry: 75,
  credentials: 77,
  config: 78,
} as const;
