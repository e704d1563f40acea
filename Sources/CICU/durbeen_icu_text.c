#include "durbeen_icu_text.h"
