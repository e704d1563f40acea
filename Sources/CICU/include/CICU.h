/* What Durbeen asks of ICU, in plain C. ICU's functions are macros with a version in their names, and its headers clash
 * with Foundation's copy, so no header below includes one of ICU's. */
#ifndef DURBEEN_CICU_H
#define DURBEEN_CICU_H
#include "durbeen_icu_pattern.h"
#include "durbeen_icu_text.h"
#include "durbeen_icu_zone.h"
#include "durbeen_icu_charset.h"
#endif
