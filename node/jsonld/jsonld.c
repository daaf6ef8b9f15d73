/*
 * The processor: its contexts, and the entry points of badge/jsonld.h.
 */
#include "badge/jsonld.h"

#include "core/format.h"

enum badge_status badge_jsonld_new(struct badge_jsonld **out, struct badge_err *err)
{
    *out = NULL;
    return badge_fail(err, BADGE_EUNSUPPORTED, BADGE_NO_OFFSET, "JSON-LD is not read yet");
}

void badge_jsonld_free(struct badge_jsonld *processor)
{
    (void)processor;
}

enum badge_status badge_jsonld_add_context(struct badge_jsonld *processor, struct badge_text url, const char *bytes,
                                           size_t len, struct badge_err *err)
{
    (void)processor;
    (void)url;
    (void)bytes;
    (void)len;
    return badge_fail(err, BADGE_EUNSUPPORTED, BADGE_NO_OFFSET, "JSON-LD is not read yet");
}
