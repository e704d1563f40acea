#ifndef DURBEEN_ICU_TEXT_H
#define DURBEEN_ICU_TEXT_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#endif
