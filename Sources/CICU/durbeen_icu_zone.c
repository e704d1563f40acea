#include "durbeen_icu_zone.h"

#include <math.h>
#include <string.h>
#include <unicode/ucal.h>
#include <unicode/ustring.h>

/* No name in IANA's list is longer than 14 letters a part; 64 leaves room. */
enum { longest_id = 64 };

/* ICU keeps these abbreviations from the first Java. IANA has none of them, and people mean different things by most. */
static const char *const not_iana[] = {"ACT", "AET", "AGT", "ART", "AST", "BET", "BST", "CAT", "CNT", "CST", "CTT", "EAT", "ECT",
                                       "IET", "IST", "JST", "MIT", "NET", "NST", "PLT", "PNT", "PRT", "PST", "SST", "VST"};

/* Copies an ASCII name into UTF-16. Returns its length, or 0 if it cannot be the name of a zone. */
static int32_t widen(const char *id, UChar wide[longest_id]) {
    size_t length = id ? strlen(id) : 0;
    if (length == 0 || length >= longest_id) return 0;
    for (size_t at = 0; at < length; at++) {
        unsigned char byte = (unsigned char)id[at];
        if (byte <= ' ' || byte >= 0x7F) return 0;
        wide[at] = byte;
    }
    return (int32_t)length;
}

bool durbeen_zone_is_known(const char *id) {
    UChar wide[longest_id], canonical[longest_id];
    int32_t length = widen(id, wide);
    if (length == 0 || strcmp(id, "Etc/Unknown") == 0 || strncmp(id, "SystemV/", 8) == 0) return false;
    for (size_t at = 0; at < sizeof not_iana / sizeof *not_iana; at++) {
        if (strcmp(id, not_iana[at]) == 0) return false;
    }
    UErrorCode status = U_ZERO_ERROR;
    UBool is_system = false;
    ucal_getCanonicalTimeZoneID(wide, length, canonical, longest_id, &is_system, &status);
    return U_SUCCESS(status) && is_system;
}

/* A proleptic Gregorian calendar in a zone, or NULL. One is opened for each question, because none may be shared by threads. */
static UCalendar *open_calendar(const char *id) {
    UChar wide[longest_id];
    int32_t length = widen(id, wide);
    if (length == 0) return NULL;
    UErrorCode status = U_ZERO_ERROR;
    UCalendar *calendar = ucal_open(wide, length, "en_US_POSIX", UCAL_GREGORIAN, &status);
    if (U_FAILURE(status)) {
        if (calendar) ucal_close(calendar);
        return NULL;
    }
    ucal_setAttribute(calendar, UCAL_LENIENT, 1);
    ucal_setAttribute(calendar, UCAL_REPEATED_WALL_TIME, UCAL_WALLTIME_FIRST);
    ucal_setAttribute(calendar, UCAL_SKIPPED_WALL_TIME, UCAL_WALLTIME_NEXT_VALID);
    return calendar;
}

bool durbeen_zone_offset(const char *id, int64_t instant, int32_t *offset) {
    *offset = 0;
    UCalendar *calendar = open_calendar(id);
    if (!calendar) return false;
    UErrorCode status = U_ZERO_ERROR;
    ucal_setMillis(calendar, (double)instant * 1000.0, &status);
    int32_t zone = ucal_get(calendar, UCAL_ZONE_OFFSET, &status);
    int32_t daylight = ucal_get(calendar, UCAL_DST_OFFSET, &status);
    ucal_close(calendar);
    if (U_FAILURE(status)) return false;
    *offset = (zone + daylight) / 1000;
    return true;
}

bool durbeen_zone_instant(const char *id, int32_t year, int32_t month, int32_t day, int32_t hour, int32_t minute,
                          int64_t *instant) {
    *instant = 0;
    UCalendar *calendar = open_calendar(id);
    if (!calendar) return false;
    UErrorCode status = U_ZERO_ERROR;
    ucal_clear(calendar);
    ucal_setDateTime(calendar, year, month - 1, day, hour, minute, 0, &status);
    double millis = ucal_getMillis(calendar, &status);
    ucal_close(calendar);
    if (U_FAILURE(status) || !isfinite(millis)) return false;
    *instant = (int64_t)floor(millis / 1000.0);
    return true;
}
