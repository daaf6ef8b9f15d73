/*
 * IRI expansion (JSON-LD 1.1 API section 5.2): a term, a compact IRI or a relative one becomes an IRI or a keyword.
 */
#include "jsonld/context.h"

#include <string.h>

#include "core/text.h"

/* Defines the term of this name first, if it is of the local context that is being processed. */
static enum badge_status need(struct ld_run *run, struct ld_defining *defining, struct badge_text name)
{
    const struct badge_json_value *object = defining->object;
    size_t low = 0, high = badge_json_count(object);
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const struct badge_json_value *pair = &object->as.child[2 * middle];
        int order = core_json_compare(name.bytes, name.len, pair->as.text, pair->len);
        if (order == 0)
            return ld_define_term(run, defining, middle);
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return BADGE_OK;
}

/* A scheme that is used without being declared: "urn:", "did:" and what goes on with "//" are whole IRIs. */
static void count_prefix(struct ld_run *run, struct badge_text prefix)
{
    static const char *const schemes[] = {"urn", "did", "tag", "mailto", "data", "info", "http", "https"};
    for (size_t i = 0; i < sizeof schemes / sizeof *schemes; i++)
        if (core_text_is(prefix, schemes[i]))
            return;
    if (run->err->n_undeclared_prefixes++ > 0)
        return;
    size_t len = prefix.len < sizeof run->err->undeclared_prefix ? prefix.len : sizeof run->err->undeclared_prefix - 1;
    memcpy(run->err->undeclared_prefix, prefix.bytes, len);
    run->err->undeclared_prefix[len] = '\0';
}

/* Step 6; *out NULL: it is not a compact or an absolute IRI. */
static enum badge_status expand_compact(struct ld_run *run, struct badge_text *out, const struct ld_context *context,
                                        struct badge_text value, size_t colon, unsigned flags,
                                        struct ld_defining *defining)
{
    struct badge_text prefix = {value.bytes, colon}, suffix = {value.bytes + colon + 1, value.len - colon - 1};
    *out = value;
    if ((prefix.len == 1 && prefix.bytes[0] == '_') || (suffix.len >= 2 && memcmp(suffix.bytes, "//", 2) == 0))
        return BADGE_OK;
    enum badge_status status = defining ? need(run, defining, prefix) : BADGE_OK;
    if (status != BADGE_OK)
        return status;
    const struct ld_term *term = ld_find_term(context, prefix);
    if (term && term->iri.text.bytes && (term->prefix || (flags & LD_ANY_PREFIX)))
        return ld_concat(out, defining ? defining->arena : run->arena, term->iri.text, suffix) ? BADGE_OK
                                                                                               : ld_no_memory(run);
    if (!ld_is_absolute(value))
        *out = (struct badge_text){0};
    else if (flags & LD_COUNTS_PREFIX)
        count_prefix(run, prefix);
    return BADGE_OK;
}

static struct badge_text base_of(const struct ld_run *run, const struct ld_context *context)
{
    switch (context->base_kind) {
    case LD_BASE_DOCUMENT:
        return run->options->base;
    case LD_BASE_NULL:
        return (struct badge_text){0};
    case LD_BASE_SET:
        return context->base;
    }
    BADGE_ASSERT(0);
    return (struct badge_text){0};
}

enum badge_status ld_expand_iri(struct ld_run *run, struct badge_text *out, const struct ld_context *context,
                                struct badge_text value, unsigned flags, struct ld_defining *defining)
{
    *out = value;
    if (value.len > 0 && value.bytes[0] == '@') {
        if (ld_keyword(value) != LD_NOT_KEYWORD)
            return BADGE_OK;
        if (ld_is_keyword_like(value)) {
            *out = (struct badge_text){0};
            return BADGE_OK;
        }
    }
    enum badge_status status = defining && !(flags & LD_ITSELF) ? need(run, defining, value) : BADGE_OK;
    if (status != BADGE_OK)
        return status;
    struct ld_term *term = flags & LD_ITSELF ? NULL : ld_find_term(context, value);
    if (term && ((flags & LD_VOCAB_RELATIVE) || term->keyword != LD_NOT_KEYWORD)) {
        if (term->keyword != LD_NOT_KEYWORD)
            *out = ld_keyword_text((enum ld_keyword)term->keyword);
        else if (defining)
            *out = term->iri.text;
        else if (!ld_keep(run, out, &term->iri))
            return ld_no_memory(run);
        return BADGE_OK;
    }
    size_t colon = ld_colon(value);
    if (colon > 0) {
        status = expand_compact(run, out, context, value, colon, flags, defining);
        if (status != BADGE_OK || out->bytes)
            return status;
        *out = value;
    }
    bool fits = true;
    if ((flags & LD_VOCAB_RELATIVE) && context->vocab.bytes)
        fits = ld_concat(out, defining ? defining->arena : run->arena, context->vocab, value);
    else if (flags & LD_DOCUMENT_RELATIVE)
        fits = ld_iri_resolve(out, defining ? defining->arena : run->arena, base_of(run, context), value);
    return fits ? BADGE_OK : ld_no_memory(run);
}

bool ld_keep(struct ld_run *run, struct badge_text *out, struct ld_iri *iri)
{
    if (iri->run != run->number) {
        iri->copy = iri->text;
        if (iri->text.len > 0 && !ld_concat(&iri->copy, run->arena, iri->text, (struct badge_text){0}))
            return false;
        iri->run = run->number;
    }
    *out = iri->copy;
    return true;
}
