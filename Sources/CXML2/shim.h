#ifndef DURBEEN_CXML2_SHIM_H
#define DURBEEN_CXML2_SHIM_H
/* Debian's libxml2 headers pull in ICU's, which clash with Foundation's own copy of ICU. */
#include <libxml/xmlversion.h>
#undef LIBXML_ICU_ENABLED
#include <libxml/parser.h>
#include <libxml/parserInternals.h>
#include <libxml/HTMLparser.h>
#include <libxml/HTMLtree.h>
#include <libxml/xpath.h>
#include <libxml/uri.h>
#include <libxml/xmlerror.h>
#endif
