#ifndef DURBEEN_CCURL_SHIM_H
#define DURBEEN_CCURL_SHIM_H
#include <curl/curl.h>
#endif
