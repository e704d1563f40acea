#include "durbeen_icu_text.h"

#include <unicode/uchar.h>
#include <unicode/unorm2.h>
#include <unicode/ustring.h>
#include <unicode/utf16.h>

enum { WORD = 512 };

size_t durbeen_icu_fold(const char *text, size_t length, char *out, size_t capacity) {
    UErrorCode status = U_ZERO_ERROR;
    const UNormalizer2 *fold = unorm2_getNFKCCasefoldInstance(&status);
    const UNormalizer2 *decompose = unorm2_getNFDInstance(&status);
    UChar first[WORD], second[WORD];
    int32_t count = 0;
    if (length > WORD) return 0;
    u_strFromUTF8(first, WORD, &count, text, (int32_t)length, &status);
    count = unorm2_normalize(fold, first, count, second, WORD, &status);
    count = unorm2_normalize(decompose, second, count, first, WORD, &status);
    if (U_FAILURE(status)) return 0;
    int32_t kept = 0;
    for (int32_t at = 0; at < count;) {
        UChar32 character;
        U16_NEXT(first, at, count, character);
        if (u_charType(character) == U_NON_SPACING_MARK) continue;
        U16_APPEND_UNSAFE(second, kept, character);
    }
    int32_t written = 0;
    u_strToUTF8(out, (int32_t)capacity, &written, second, kept, &status);
    return U_FAILURE(status) ? 0 : (size_t)written;
}
