/* Named time zones. The static standard library of Swift knows none, ICU knows all of IANA's. */
#ifndef DURBEEN_ICU_ZONE_H
#define DURBEEN_ICU_ZONE_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Whether `id` is the name of a zone in IANA's list, letter for letter ("Asia/Karachi", "UTC"). ICU answers a name it does not
 * know with GMT, and knows abbreviations of its own ("IST", "PLT") and offsets ("GMT+5"): none of these is a name here. */
bool durbeen_zone_is_known(const char *id);

/* Seconds east of UTC, daylight saving included, that the clocks of a known zone show at `instant` (seconds since 1970).
 * False if ICU refuses, and then `*offset` is 0. */
bool durbeen_zone_offset(const char *id, int64_t instant, int32_t *offset);

/* The instant at which the clocks of a known zone show this date and time. Where they skip it, the first instant after the
 * gap; where they show it twice, the first time. False if ICU refuses, and then `*instant` is 0. */
bool durbeen_zone_instant(const char *id, int32_t year, int32_t month, int32_t day, int32_t hour, int32_t minute,
                          int64_t *instant);
#endif
