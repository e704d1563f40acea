#include "CCrypto.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <openssl/sha.h>
#include <limits.h>

void durbeen_sha256(const void *bytes, size_t length, uint8_t *digest) {
    SHA256(length == 0 ? (const unsigned char *)"" : bytes, length, digest);
}

void durbeen_hmac_sha256(const void *key, size_t key_length, const void *bytes, size_t length, uint8_t *code) {
    unsigned int written = 0;
    HMAC(EVP_sha256(), key_length == 0 ? "" : key, key_length > INT_MAX ? INT_MAX : (int)key_length,
         length == 0 ? (const unsigned char *)"" : bytes, length, code, &written);
}

int durbeen_random(void *bytes, size_t length) {
    return length <= INT_MAX && RAND_bytes(bytes, (int)length) == 1;
}
