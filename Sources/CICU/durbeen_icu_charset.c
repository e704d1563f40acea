#include "durbeen_icu_charset.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unicode/ucnv.h>
#include <unicode/ucnv_err.h>
#include <unicode/ucsdet.h>

bool durbeen_icu_knows_charset(const char *label) {
    UErrorCode status = U_ZERO_ERROR;
    UConverter *converter = ucnv_open(label, &status);
    if (U_FAILURE(status)) return false;
    ucnv_close(converter);
    return true;
}

/* Notes the first bad byte, then does what ICU does by default. */
static void note_error(const void *context, UConverterToUnicodeArgs *arguments, const char *units, int32_t length,
                       UConverterCallbackReason reason, UErrorCode *status) {
    if (reason <= UCNV_IRREGULAR) *(bool *)(uintptr_t)context = true;
    UCNV_TO_U_CALLBACK_SUBSTITUTE(NULL, arguments, units, length, reason, status);
}

char *durbeen_icu_decode(const char *label, const char *bytes, size_t length, size_t *out_length, bool *has_errors) {
    UErrorCode status = U_ZERO_ERROR;
    UConverter *from = ucnv_open(label, &status);
    UConverter *to = ucnv_open("UTF-8", &status);
    *has_errors = false;
    ucnv_setToUCallBack(from, note_error, has_errors, NULL, NULL, &status);
    /* One byte becomes at most one character of three bytes in UTF-8, in every charset that ICU has for the web. */
    size_t capacity = length > (SIZE_MAX - 16) / 4 ? 0 : length * 4 + 16;
    char *out = U_SUCCESS(status) && capacity > 0 ? malloc(capacity) : NULL;
    if (out != NULL) {
        char *target = out;
        const char *source = bytes;
        ucnv_convertEx(to, from, &target, out + capacity, &source, bytes + length, NULL, NULL, NULL, NULL, true, true, &status);
        if (U_FAILURE(status) && status != U_BUFFER_OVERFLOW_ERROR) *has_errors = true;
        *out_length = (size_t)(target - out);
    }
    ucnv_close(from);
    ucnv_close(to);
    return out;
}

const char *durbeen_icu_guess_charset(const char *bytes, size_t length) {
    UErrorCode status = U_ZERO_ERROR;
    UCharsetDetector *detector = ucsdet_open(&status);
    static const char *const known[] = {"UTF-8", "Shift_JIS", "EUC-JP", "EUC-KR", "GB18030", "Big5", "ISO-2022-JP", "KOI8-R",
                                        "windows-1251", "windows-1256", "windows-1255", "windows-1253", "windows-1254",
                                        "windows-1250", "ISO-8859-2", "ISO-8859-5", "ISO-8859-6", "ISO-8859-7", "ISO-8859-8",
                                        "ISO-8859-9", "windows-1252", "ISO-8859-1"};
    const char *answer = NULL;
    /* What stands in tags is ASCII in every language, and would drown the rest. */
    ucsdet_enableInputFilter(detector, true);
    ucsdet_setText(detector, bytes, length > 65536 ? 65536 : (int32_t)length, &status);
    const UCharsetMatch *match = ucsdet_detect(detector, &status);
    if (U_SUCCESS(status) && match != NULL && ucsdet_getConfidence(match, &status) >= 30) {
        const char *name = ucsdet_getName(match, &status);
        for (size_t i = 0; U_SUCCESS(status) && i < sizeof known / sizeof *known; i++)
            if (strcmp(known[i], name) == 0) answer = known[i];
    }
    ucsdet_close(detector);
    return answer;
}
