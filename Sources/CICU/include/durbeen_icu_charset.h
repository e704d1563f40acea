#ifndef DURBEEN_ICU_CHARSET_H
#define DURBEEN_ICU_CHARSET_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Whether ICU has a converter under this label. */
bool durbeen_icu_knows_charset(const char *label);

/* Decodes `length` bytes from the charset `label` into UTF-8. Returns a buffer to be freed with free(), its length at
 * *out_length, and at *has_errors whether bytes had to be replaced; NULL if the label is unknown or memory is gone. */
char *durbeen_icu_decode(const char *label, const char *bytes, size_t length, size_t *out_length, bool *has_errors);

/* ICU's guess at the charset of `length` bytes: a static name, or NULL without a confident one. */
const char *durbeen_icu_guess_charset(const char *bytes, size_t length);
#endif
