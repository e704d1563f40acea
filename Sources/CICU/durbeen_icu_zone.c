#include "durbeen_icu_zone.h"
