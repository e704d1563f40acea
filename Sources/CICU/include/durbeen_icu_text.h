#ifndef DURBEEN_ICU_TEXT_H
#define DURBEEN_ICU_TEXT_H
#include <stddef.h>
#include <stdint.h>

/* `length` bytes of UTF-8 folded for comparison: NFKC and case folding (UAX 31), then marks removed. Writes at most
 * `capacity` bytes to `out` and returns their number; 0 if there is no room or no text. */
size_t durbeen_icu_fold(const char *text, size_t length, char *out, size_t capacity);
#endif
