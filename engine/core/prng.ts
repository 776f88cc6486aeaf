/**
 * Seeded pseudo-random numbers: xoshiro128** (Blackman & Vigna, 2018), seeded through splitmix32.
 * The only source of randomness inside the engine, so that a seed replays everything.
 * Any thread may own an instance; an instance belongs to one thread.
 */
export class Prng {
  private readonly state: Uint32Array = new Uint32Array(4);
  private spareNormal: number;
  private hasSpareNormal: boolean;

  /** @param seed any finite integer; equal seeds give equal sequences */
  constructor(seed: number) {
    this.spareNormal = 0;
    this.hasSpareNormal = false;
    // The upper half is mixed in by a product: by xor alone -n and n - 1 would be the same seed.
    const upper = Math.floor(seed / 0x1_0000_0000);
    let word = (seed ^ Math.imul(upper, 0x85eb_ca6b)) >>> 0;
    for (let index = 0; index < 4; index++) {
      word = (word + 0x9e37_79b9) >>> 0;
      let mixed = word ^ (word >>> 16);
      mixed = Math.imul(mixed, 0x21f0_aaad);
      mixed ^= mixed >>> 15;
      mixed = Math.imul(mixed, 0x735a_2d97);
      this.state[index] = (mixed ^ (mixed >>> 15)) >>> 0;
    }
  }

  /** A uniform integer in [0, 2^32). */
  nextUint32(): number {
    const state = this.state;
    const s1 = state[1];
    const scrambled = Math.imul(s1, 5);
    const result = Math.imul((scrambled << 7) | (scrambled >>> 25), 9) >>> 0;
    const shifted = s1 << 9;
    state[2] ^= state[0];
    state[3] ^= s1;
    state[1] ^= state[2];
    state[0] ^= state[3];
    state[2] ^= shifted;
    const s3 = state[3];
    state[3] = (s3 << 11) | (s3 >>> 21);
    return result;
  }

  /** A uniform number in [0, 1) with 53 random bits. */
  nextFloat(): number {
    const high = this.nextUint32() >>> 5;
    const low = this.nextUint32() >>> 6;
    return (high * 0x400_0000 + low) / 0x20_0000_0000_0000;
  }

  /** A uniform integer in [0, maxExclusive); maxExclusive at most 2^53. */
  nextInt(maxExclusive: number): number {
    return Math.floor(this.nextFloat() * maxExclusive);
  }

  /** A standard normal deviate (Marsaglia polar method). */
  nextNormal(): number {
    if (this.hasSpareNormal) {
      this.hasSpareNormal = false;
      return this.spareNormal;
    }
    let x = 0;
    let y = 0;
    let squared = 0;
    do {
      x = this.nextFloat() * 2 - 1;
      y = this.nextFloat() * 2 - 1;
      squared = x * x + y * y;
    } while (squared >= 1 || squared === 0);
    const factor = Math.sqrt((-2 * Math.log(squared)) / squared);
    this.spareNormal = y * factor;
    this.hasSpareNormal = true;
    return x * factor;
  }

  /** An exponential deviate with the given mean, in the mean's unit. */
  nextExponential(mean: number): number {
    return -mean * Math.log(1 - this.nextFloat());
  }
}
