/* The two primitives Durbeen needs, from OpenSSL's libcrypto (libcurl loads it anyway). */
#ifndef DURBEEN_CCRYPTO_H
#define DURBEEN_CCRYPTO_H
#include <stddef.h>
#include <stdint.h>

/* SHA-256 (FIPS 180-4) of `length` bytes into 32 bytes at `digest`. `bytes` may be NULL only if `length` is 0. */
void durbeen_sha256(const void *bytes, size_t length, uint8_t *digest);

/* SHA-256 of several parts, each with its length before it ("4:guid"), so that no two lists of parts look alike: begin, add
 * each part, finish. The memory is the caller's, and nothing has to be released. */
typedef struct { uint64_t state[16]; } durbeen_sha256_list;
void durbeen_sha256_begin(durbeen_sha256_list *list);
void durbeen_sha256_add(durbeen_sha256_list *list, const void *bytes, size_t length);
void durbeen_sha256_finish(durbeen_sha256_list *list, uint8_t *digest);

/* HMAC-SHA-256 (RFC 2104) of `length` bytes under `key`, into 32 bytes at `code`. */
void durbeen_hmac_sha256(const void *key, size_t key_length, const void *bytes, size_t length, uint8_t *code);

/* Fills `bytes` from the operating system's random source. Returns 1, or 0 if it has none to give. */
int durbeen_random(void *bytes, size_t length);
#endif
