/**
 * How a decoder keeps updates that wait for a snapshot, and what it does with snapshots between the frames.
 */
export interface DecoderOptions {
  /** Bytes and frames kept per instrument until its snapshot came. */
  readonly keptBytesMax: number;
  readonly keptFramesMax: number;
  /**
   * Recordings hold the REST snapshot among the frames; on a live stream such a body is a partial-depth
   * message.
   */
  readonly snapshotsInStream: boolean;
  /** Levels per side asked of snapshots: tells a side that was cut off from a complete one. 0 = not known. */
  readonly snapshotLevels: number;
}

/** For recordings of one instrument and live streams alike. */
export const DECODER_DEFAULTS: DecoderOptions = {
  /* A busy book makes about 25 kB/s at 100 ms: 20 s of waiting. */
  keptBytesMax: 512 * 1024,
  keptFramesMax: 1_024,
  snapshotsInStream: false,
  snapshotLevels: 0,
};
