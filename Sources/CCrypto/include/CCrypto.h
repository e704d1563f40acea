/* The two primitives Durbeen needs, from OpenSSL's libcrypto (libcurl loads it anyway). */
#ifndef DURBEEN_CCRYPTO_H
#define DURBEEN_CCRYPTO_H
#include <stddef.h>
#include <stdint.h>

/* SHA-256 (FIPS 180-4) of `length` bytes into 32 bytes at `digest`. `bytes` may be NULL only if `length` is 0. */
void durbeen_sha256(const void *bytes, size_t length, uint8_t *digest);

/* SHA-256 of `count` parts, each with its length before it ("4:guid"), so that no two lists of parts look alike, into 32
 * bytes at `digest`. `bytes` may be NULL only if `length` is 0. */
typedef struct { const void *bytes; size_t length; } durbeen_part;
void durbeen_sha256_parts(const durbeen_part *parts, size_t count, uint8_t *digest);

/* HMAC-SHA-256 (RFC 2104) of `length` bytes under `key`, into 32 bytes at `code`. */
void durbeen_hmac_sha256(const void *key, size_t key_length, const void *bytes, size_t length, uint8_t *code);

/* Fills `bytes` from the operating system's random source. Returns 1, or 0 if it has none to give. */
int durbeen_random(void *bytes, size_t length);
#endif
