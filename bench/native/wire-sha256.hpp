// SHA-256 (FIPS 180-4) and HMAC (RFC 2104) for the native wire client; the processor's SHA instructions where it has them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#if defined(__SHA__) && defined(__SSE4_1__)
#include <immintrin.h>
#define WIRE_SHA_NI 1
#endif

namespace wire {

alignas(64) inline constexpr uint32_t K[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

#ifdef WIRE_SHA_NI

inline void compress(uint32_t state[8], const uint8_t* block) {
  const __m128i swap = _mm_set_epi64x(0x0c0d0e0f08090a0bLL, 0x0405060700010203LL);
  __m128i low = _mm_shuffle_epi32(_mm_loadu_si128(reinterpret_cast<const __m128i*>(state)), 0xb1);
  __m128i high = _mm_shuffle_epi32(_mm_loadu_si128(reinterpret_cast<const __m128i*>(state + 4)), 0x1b);
  __m128i abef = _mm_alignr_epi8(low, high, 8);
  __m128i cdgh = _mm_blend_epi16(high, low, 0xf0);
  const __m128i abefBefore = abef;
  const __m128i cdghBefore = cdgh;
  __m128i w[4];
  for (int index = 0; index < 4; index++) {
    w[index] = _mm_shuffle_epi8(_mm_loadu_si128(reinterpret_cast<const __m128i*>(block + index * 16)), swap);
  }
#pragma GCC unroll 16
  for (int group = 0; group < 16; group++) {
    __m128i words = w[group & 3];
    __m128i sum = _mm_add_epi32(words, _mm_load_si128(reinterpret_cast<const __m128i*>(K + group * 4)));
    cdgh = _mm_sha256rnds2_epu32(cdgh, abef, sum);
    abef = _mm_sha256rnds2_epu32(abef, cdgh, _mm_shuffle_epi32(sum, 0x0e));
    if (group < 12) {
      const __m128i last = w[(group + 3) & 3];
      words = _mm_sha256msg1_epu32(words, w[(group + 1) & 3]);
      words = _mm_add_epi32(words, _mm_alignr_epi8(last, w[(group + 2) & 3], 4));
      w[group & 3] = _mm_sha256msg2_epu32(words, last);
    }
  }
  abef = _mm_add_epi32(abef, abefBefore);
  cdgh = _mm_add_epi32(cdgh, cdghBefore);
  low = _mm_shuffle_epi32(abef, 0x1b);
  high = _mm_shuffle_epi32(cdgh, 0xb1);
  _mm_storeu_si128(reinterpret_cast<__m128i*>(state), _mm_blend_epi16(low, high, 0xf0));
  _mm_storeu_si128(reinterpret_cast<__m128i*>(state + 4), _mm_alignr_epi8(high, low, 8));
}

#else

inline uint32_t rotate(uint32_t x, int n) { return (x >> n) | (x << (32 - n)); }

inline void compress(uint32_t state[8], const uint8_t* block) {
  uint32_t w[64];
  for (int index = 0; index < 16; index++) {
    uint32_t word;
    std::memcpy(&word, block + index * 4, 4);
    w[index] = __builtin_bswap32(word);
  }
  for (int index = 16; index < 64; index++) {
    const uint32_t s0 = rotate(w[index - 15], 7) ^ rotate(w[index - 15], 18) ^ (w[index - 15] >> 3);
    const uint32_t s1 = rotate(w[index - 2], 17) ^ rotate(w[index - 2], 19) ^ (w[index - 2] >> 10);
    w[index] = w[index - 16] + s0 + w[index - 7] + s1;
  }
  uint32_t a = state[0], b = state[1], c = state[2], d = state[3];
  uint32_t e = state[4], f = state[5], g = state[6], h = state[7];
  for (int index = 0; index < 64; index++) {
    const uint32_t s1 = rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25);
    const uint32_t t1 = h + s1 + ((e & f) ^ (~e & g)) + K[index] + w[index];
    const uint32_t s0 = rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22);
    const uint32_t t2 = s0 + ((a & b) ^ (a & c) ^ (b & c));
    h = g, g = f, f = e, e = d + t1, d = c, c = b, b = a, a = t1 + t2;
  }
  state[0] += a, state[1] += b, state[2] += c, state[3] += d;
  state[4] += e, state[5] += f, state[6] += g, state[7] += h;
}

#endif

struct Sha256 {
  uint32_t state[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
  uint8_t block[64];
  size_t used = 0;
  uint64_t total = 0;

  void add(const void* data, size_t length) {
    const auto* bytes = static_cast<const uint8_t*>(data);
    total += length;
    while (length > 0) {
      const size_t part = length < 64 - used ? length : 64 - used;
      std::memcpy(block + used, bytes, part);
      used += part, bytes += part, length -= part;
      if (used < 64) return;
      compress(state, block);
      used = 0;
    }
  }

  void finish(uint8_t digest[32]) {
    const uint64_t bits = __builtin_bswap64(total * 8);
    block[used++] = 0x80;
    if (used > 56) {
      std::memset(block + used, 0, 64 - used);
      compress(state, block);
      used = 0;
    }
    std::memset(block + used, 0, 56 - used);
    std::memcpy(block + 56, &bits, 8);
    compress(state, block);
    for (int index = 0; index < 8; index++) {
      const uint32_t word = __builtin_bswap32(state[index]);
      std::memcpy(digest + index * 4, &word, 4);
    }
  }
};

// Keyed once; `inner` may be given the constant beginning of every message.
struct Hmac {
  Sha256 inner;
  Sha256 outer;

  Hmac(const char* key, size_t length) {
    uint8_t pad[64] = {0};
    if (length <= 64) std::memcpy(pad, key, length);
    for (uint8_t& byte : pad) byte ^= 0x36;
    inner.add(pad, 64);
    for (uint8_t& byte : pad) byte ^= 0x36 ^ 0x5c;
    outer.add(pad, 64);
  }

  // The hex signature of the constant beginning and `rest`.
  void sign(const char* rest, size_t length, char hex[64]) const {
    uint8_t digest[32];
    Sha256 one = inner;
    one.add(rest, length);
    one.finish(digest);
    Sha256 two = outer;
    two.add(digest, 32);
    two.finish(digest);
    for (int index = 0; index < 32; index++) {
      hex[index * 2] = "0123456789abcdef"[digest[index] >> 4];
      hex[index * 2 + 1] = "0123456789abcdef"[digest[index] & 15];
    }
  }
};

}  // namespace wire
