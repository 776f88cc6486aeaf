/** Header of a server's text frame with a 16-bit length (RFC 6455, 5.2), bytes. */
export const TEXT_FRAME_HEADER_BYTES = 4;

const FIN_TEXT = 0x81;
const LENGTH_16 = 126;

/** Writes the header of a text frame of 126 to 65,535 bytes at `at`. */
export function writeTextFrameHeader(bytes: Uint8Array, at: number, length: number): void {
  bytes[at] = FIN_TEXT;
  bytes[at + 1] = LENGTH_16;
  bytes[at + 2] = length >> 8;
  bytes[at + 3] = length & 0xff;
}

/** A whole text frame. Allocates. */
export function textFrame(text: string): Buffer {
  const payload = Buffer.from(text);
  const frame = Buffer.alloc(TEXT_FRAME_HEADER_BYTES + payload.length);
  writeTextFrameHeader(frame, 0, payload.length);
  payload.copy(frame, TEXT_FRAME_HEADER_BYTES);
  return frame;
}
