#include "durbeen_icu_pattern.h"

#include <stdlib.h>
#include <unicode/uregex.h>
#include <unicode/ustring.h>
#include <unicode/utext.h>

struct durbeen_icu_pattern {
    URegularExpression *expression;
    UText *text;
};

static const char *reason(UErrorCode status) {
    switch (status) {
    case U_REGEX_MISMATCHED_PAREN: return "a bracket without its other";
    case U_REGEX_MISSING_CLOSE_BRACKET: return "a [ without its ]";
    case U_REGEX_BAD_ESCAPE_SEQUENCE: return "a backslash before a letter that means nothing there";
    case U_REGEX_BAD_INTERVAL: return "a { } that is no count";
    case U_REGEX_MAX_LT_MIN: return "a { } whose most is less than its least";
    case U_REGEX_INVALID_RANGE: return "a range whose end is before its beginning";
    case U_REGEX_INVALID_BACK_REF: return "a reference to a group that is not there";
    case U_REGEX_LOOK_BEHIND_LIMIT: return "a look-behind without a longest length";
    case U_REGEX_PATTERN_TOO_BIG: return "too long";
    case U_REGEX_PROPERTY_SYNTAX: return "a property that does not exist";
    case U_REGEX_SET_CONTAINS_STRING: return "a set with a string in it";
    default: return "no regular expression (ICU's syntax)";
    }
}

/* Where the character `line`, `offset` of ICU's UParseError begins in the bytes of the pattern (it has one line). */
static size_t byte_offset(const char *text, size_t length, int32_t units) {
    size_t at = 0;
    while (at < length && units > 0) {
        unsigned char lead = (unsigned char)text[at];
        size_t width = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
        units -= width == 4 ? 2 : 1;
        at += width;
    }
    return at < length ? at : length;
}

static durbeen_icu_pattern *own(URegularExpression *expression) {
    durbeen_icu_pattern *pattern = expression ? malloc(sizeof *pattern) : NULL;
    if (!pattern) {
        if (expression) uregex_close(expression);
        return NULL;
    }
    pattern->expression = expression;
    pattern->text = NULL;
    return pattern;
}

durbeen_icu_pattern *durbeen_icu_pattern_open(
    const char *text, size_t length, int ignores_case, size_t *error_offset, const char **error) {
    UErrorCode status = U_ZERO_ERROR;
    UParseError where = {0, 0, {0}, {0}};
    UText *source = utext_openUTF8(NULL, text, (int64_t)length, &status);
    URegularExpression *expression =
        uregex_openUText(source, UREGEX_ERROR_ON_UNKNOWN_ESCAPES | (ignores_case ? UREGEX_CASE_INSENSITIVE : 0), &where, &status);
    utext_close(source);
    if (U_FAILURE(status)) {
        /* ICU points behind the character it stumbled over. */
        *error_offset = byte_offset(text, length, where.offset > 0 ? where.offset - 1 : 0);
        *error = reason(status);
        return NULL;
    }
    durbeen_icu_pattern *pattern = own(expression);
    *error_offset = 0;
    *error = pattern ? "" : "out of memory";
    return pattern;
}

durbeen_icu_pattern *durbeen_icu_pattern_clone(const durbeen_icu_pattern *pattern) {
    UErrorCode status = U_ZERO_ERROR;
    URegularExpression *copy = uregex_clone(pattern->expression, &status);
    return U_SUCCESS(status) ? own(copy) : NULL;
}

void durbeen_icu_pattern_close(durbeen_icu_pattern *pattern) {
    if (!pattern) return;
    uregex_close(pattern->expression);
    utext_close(pattern->text);
    free(pattern);
}

int durbeen_icu_pattern_begin(durbeen_icu_pattern *pattern, const char *text, size_t length, int32_t steps) {
    UErrorCode status = U_ZERO_ERROR;
    pattern->text = utext_openUTF8(pattern->text, text, (int64_t)length, &status);
    uregex_setUText(pattern->expression, pattern->text, &status);
    uregex_setTimeLimit(pattern->expression, steps, &status);
    return U_SUCCESS(status);
}

int durbeen_icu_pattern_next(durbeen_icu_pattern *pattern, size_t *start, size_t *end) {
    UErrorCode status = U_ZERO_ERROR;
    UBool found = uregex_findNext(pattern->expression, &status);
    if (U_FAILURE(status)) return -1;
    if (!found) return 0;
    *start = (size_t)uregex_start64(pattern->expression, 0, &status);
    *end = (size_t)uregex_end64(pattern->expression, 0, &status);
    return U_SUCCESS(status) ? 1 : -1;
}
