#ifndef DURBEEN_ICU_PATTERN_H
#define DURBEEN_ICU_PATTERN_H
#include <stddef.h>
#include <stdint.h>

/* A regular expression of ICU over UTF-8. Not for two threads at once; a clone is. */
typedef struct durbeen_icu_pattern durbeen_icu_pattern;

/* Compiles `length` bytes of UTF-8. On failure returns NULL and says where (in bytes of `text`) and why (a static text). */
durbeen_icu_pattern *durbeen_icu_pattern_open(
    const char *text, size_t length, int ignores_case, size_t *error_offset, const char **error);
durbeen_icu_pattern *durbeen_icu_pattern_clone(const durbeen_icu_pattern *pattern);
void durbeen_icu_pattern_close(durbeen_icu_pattern *pattern);

/* Looks for matches in `length` bytes of UTF-8, which must stay where they are until the last `next`. `steps` bounds the
 * work of the whole search, in units of some ten thousand steps of the engine. Returns 0 on failure. */
int durbeen_icu_pattern_begin(durbeen_icu_pattern *pattern, const char *text, size_t length, int32_t steps);
/* The next match in bytes, end exclusive: 1 if there is one, 0 if there is none, -1 if the search took too many steps. */
int durbeen_icu_pattern_next(durbeen_icu_pattern *pattern, size_t *start, size_t *end);
#endif
