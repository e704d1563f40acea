#include "durbeen_icu_charset.h"
