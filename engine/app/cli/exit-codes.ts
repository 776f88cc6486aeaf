/** What the process tells its parent. sysexits where it has a number; systemd must not restart on 2, 77 and 78. */
export const EXIT = {
  ok: 0,
  failure: 1,
  usage: 2,
  /** A check ran and found problems (`doctor`, `journal verify`). */
  found: 3,
  venueUnavailable: 69,
  /** Try again later: the cause is expected to pass. */
  retry: 75,
  credentials: 77,
  config: 78,
} as const;
