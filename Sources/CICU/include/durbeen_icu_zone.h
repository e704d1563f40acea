#ifndef DURBEEN_ICU_ZONE_H
#define DURBEEN_ICU_ZONE_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#endif
