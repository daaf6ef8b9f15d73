#include "badge/jsonld.h"
enum badge_status badge_jsonld_add_context(struct badge_jsonld *p, struct badge_text u, const char *b, size_t l, struct badge_err *e)
{ (void)p;(void)u;(void)b;(void)l;(void)e; return BADGE_OK; }
