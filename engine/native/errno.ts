/** Error numbers of Linux that are told apart here (errno-base.h, errno.h; the same on x86-64 and arm64). */
export const ERRNO = {
  interrupted: 4,
  badDescriptor: 9,
  again: 11,
  invalid: 22,
  brokenPipe: 32,
} as const;
