/*
 * Context processing (JSON-LD 1.1 API section 4.1.2): an active context and a local one make a new active context.
 * Called by expansion for each @context it meets, and by term definitions for those within them.
 *
 * Invariant: a context is kept by the processor only if all of it comes from the processor's own documents.
 */
#include "jsonld/context.h"

#include <string.h>

#include "core/text.h"

#define MAX_REMOTE 16      /* documents that load one another */
#define MAX_CONTEXTS 20000 /* made for one document */

static struct badge_arena *arena_of(struct ld_run *run, bool is_kept)
{
    return is_kept ? &run->processor->kept : run->arena;
}

/* A context to change, equal to `from`. NULL: out of memory. */
static struct ld_context *open_context(struct ld_run *run, const struct ld_context *from, bool is_kept)
{
    struct ld_context *context = badge_arena_alloc(arena_of(run, is_kept), sizeof *context);
    if (!context)
        return NULL;
    *context = *from;
    context->owns_table = false;
    context->is_kept = is_kept;
    return context;
}

enum badge_status ld_context_initial(struct ld_run *run)
{
    struct badge_jsonld *processor = run->processor;
    bool is_kept = run->options->base.len == 0 && !run->options->is_1_0;
    if (is_kept && processor->initial) {
        run->initial = processor->initial;
        return BADGE_OK;
    }
    struct ld_context empty = {.base_kind = LD_BASE_DOCUMENT};
    run->initial = open_context(run, &empty, is_kept);
    if (is_kept)
        processor->initial = run->initial;
    return run->initial ? BADGE_OK : ld_no_memory(run);
}

/* -- the settings of a context ------------------------------------------------------------------------------------- */

/* Section 4.1.2, step 5.7. */
static enum badge_status set_base(struct ld_run *run, struct ld_context *context, const struct badge_json_value *value)
{
    struct badge_text text, base = context->base_kind == LD_BASE_SET        ? context->base
                                   : context->base_kind == LD_BASE_DOCUMENT ? run->options->base
                                                                            : (struct badge_text){0};
    if (badge_json_is(value, BADGE_JSON_NULL)) {
        context->base_kind = LD_BASE_NULL;
        context->base = (struct badge_text){0};
        return BADGE_OK;
    }
    if (!badge_json_string(value, &text) || (!ld_is_absolute(text) && base.len == 0))
        return ld_fail(run, value, "invalid base IRI");
    context->base_kind = LD_BASE_SET;
    return ld_iri_resolve(&context->base, arena_of(run, context->is_kept), base, text) ? BADGE_OK : ld_no_memory(run);
}

/* Step 5.8. */
static enum badge_status set_vocab(struct ld_run *run, struct ld_context *context, const struct badge_json_value *value,
                                   struct badge_arena *arena)
{
    struct badge_text text, iri;
    if (badge_json_is(value, BADGE_JSON_NULL)) {
        context->vocab = (struct badge_text){0};
        return BADGE_OK;
    }
    if (!badge_json_string(value, &text) || (run->options->is_1_0 && !ld_is_absolute(text)))
        return ld_fail(run, value, "invalid vocab mapping");
    enum badge_status status = ld_expand_iri(run, &iri, context, text, LD_VOCAB_RELATIVE | LD_DOCUMENT_RELATIVE, NULL);
    if (status != BADGE_OK)
        return status;
    if (!iri.bytes)
        return ld_fail(run, value, "invalid vocab mapping");
    /* A copy, since what an IRI is expanded to is the document's, and the context may be the processor's. */
    return ld_concat(&context->vocab, arena, iri, (struct badge_text){0}) ? BADGE_OK : ld_no_memory(run);
}

/* Steps 5.9 and 5.10. */
static enum badge_status set_language(struct ld_run *run, struct ld_context *context,
                                      const struct badge_json_value *language, const struct badge_json_value *direction)
{
    if (badge_json_is(language, BADGE_JSON_NULL))
        context->language = (struct badge_text){0};
    else if (language && !badge_json_string(language, &context->language))
        return ld_fail(run, language, "invalid default language");

    if (direction && run->options->is_1_0)
        return ld_fail(run, direction, "invalid context entry");
    if (badge_json_is(direction, BADGE_JSON_NULL))
        context->direction = LD_DIRECTION_UNSET;
    else if (badge_json_equals(direction, "ltr") || badge_json_equals(direction, "rtl"))
        context->direction = badge_json_equals(direction, "ltr") ? LD_DIRECTION_LTR : LD_DIRECTION_RTL;
    else if (direction)
        return ld_fail(run, direction, "invalid base direction");
    return BADGE_OK;
}

/* Steps 5.5 and 5.11: what only says how a context is meant. */
static enum badge_status check_version(struct ld_run *run, const struct badge_json_value *object)
{
    const struct badge_json_value *version = badge_json_member(object, "@version");
    const struct badge_json_value *propagate = badge_json_member(object, "@propagate");
    const struct badge_json_value *is_protected = badge_json_member(object, "@protected");
    double number;
    if (version && (!badge_json_number(version, &number) || number < 1.1 || number > 1.1))
        return ld_fail(run, version, "invalid @version value");
    if (version && run->options->is_1_0)
        return ld_fail(run, version, "processing mode conflict");
    if (propagate && run->options->is_1_0)
        return ld_fail(run, propagate, "invalid context entry");
    if (is_protected && !badge_json_is(is_protected, BADGE_JSON_TRUE) && !badge_json_is(is_protected, BADGE_JSON_FALSE))
        return ld_fail(run, is_protected, "invalid @protected value");
    return BADGE_OK;
}

/* -- context objects ----------------------------------------------------------------------------------------------- */

/* The members of both, those of `over` where a name is in both. */
static struct badge_json_value *merge(struct badge_arena *arena, const struct badge_json_value *under,
                                      const struct badge_json_value *over)
{
    size_t n_under = badge_json_count(under), n_over = badge_json_count(over), n = 0, i = 0, k = 0;
    struct badge_json_value *merged = badge_arena_alloc(arena, sizeof *merged * (1 + 2 * (n_under + n_over)));
    if (!merged)
        return NULL;
    struct badge_json_value *child = merged + 1;
    while (i < n_under || k < n_over) {
        const struct badge_json_value *a = under->as.child + 2 * i, *b = over->as.child + 2 * k;
        int order = i == n_under ? 1 : k == n_over ? -1 : core_json_compare(a->as.text, a->len, b->as.text, b->len);
        memcpy(child + 2 * n++, order < 0 ? a : b, 2 * sizeof *child);
        i += order <= 0;
        k += order >= 0;
    }
    *merged = (struct badge_json_value){.type = BADGE_JSON_OBJECT, .len = (uint32_t)n, .as = {.child = child}};
    return merged;
}

/* What a document has under @context is an object: step 5.6. */
static enum badge_status import(struct ld_run *run, const struct badge_json_value **object, struct ld_local local,
                                bool is_kept)
{
    const struct badge_json_value *value = badge_json_member(local.value, "@import");
    const struct ld_document *document;
    struct badge_text url;
    if (!value)
        return BADGE_OK;
    if (run->options->is_1_0)
        return ld_fail(run, value, "invalid context entry");
    if (!badge_json_string(value, &url))
        return ld_fail(run, value, "invalid @import value");
    if (!ld_iri_resolve(&url, run->arena, local.origin ? local.origin->url : run->options->base, url))
        return ld_no_memory(run);
    enum badge_status status = ld_document_find(&document, run, url, value);
    if (status != BADGE_OK)
        return status;
    if (!badge_json_is(document->context, BADGE_JSON_OBJECT))
        return ld_fail(run, document->context, "invalid remote context");
    if (badge_json_member(document->context, "@import"))
        return ld_fail(run, badge_json_member(document->context, "@import"), "invalid context entry");
    *object = merge(arena_of(run, is_kept), document->context, local.value);
    return *object ? BADGE_OK : ld_no_memory(run);
}

static bool is_setting(struct badge_text name)
{
    switch (ld_keyword(name)) {
    case LD_BASE:
    case LD_DIRECTION:
    case LD_IMPORT:
    case LD_LANGUAGE:
    case LD_PROPAGATE:
    case LD_PROTECTED:
    case LD_VERSION:
    case LD_VOCAB:
        return true;
    default:
        return false;
    }
}

/* Step 5.13. */
static enum badge_status define_terms(struct ld_run *run, struct ld_defining *defining)
{
    enum badge_status status = BADGE_OK;
    for (size_t i = 0; i < badge_json_count(defining->object) && status == BADGE_OK; i++) {
        struct badge_text name;
        (void)badge_json_at(defining->object, i, &name);
        if (!is_setting(name))
            status = ld_define_term(run, defining, i);
    }
    return status;
}

/* Steps 5.5 to 5.13. */
static enum badge_status process_object(struct ld_run *run, const struct ld_context **result, struct ld_local local,
                                        unsigned flags, const struct ld_remotes *remotes)
{
    bool is_kept = (*result)->is_kept && local.origin;
    if (++run->n_contexts > MAX_CONTEXTS)
        return ld_too_large(run, local.value);
    const struct badge_json_value *object = local.value;
    enum badge_status status = check_version(run, object);
    if (status == BADGE_OK)
        status = import(run, &object, local, is_kept);
    if (status != BADGE_OK)
        return status;
    struct ld_context *context = open_context(run, *result, is_kept);
    struct ld_defining defining = {
        .context = context,
        .arena = arena_of(run, is_kept),
        .object = object,
        .origin = local.origin,
        .remotes = remotes,
        .flags = flags,
        .is_protected = badge_json_is(badge_json_member(object, "@protected"), BADGE_JSON_TRUE)};
    if (context)
        defining.state = badge_arena_alloc(run->arena, badge_json_count(object) + 1);
    if (!defining.state)
        return ld_no_memory(run);
    memset(defining.state, LD_UNDEFINED, badge_json_count(object) + 1);

    const struct badge_json_value *base = badge_json_member(object, "@base");
    const struct badge_json_value *vocab = badge_json_member(object, "@vocab");
    if (base && !remotes)
        status = set_base(run, context, base);
    if (vocab && status == BADGE_OK)
        status = set_vocab(run, context, vocab, defining.arena);
    if (status == BADGE_OK)
        status = set_language(run, context, badge_json_member(object, "@language"),
                              badge_json_member(object, "@direction"));
    if (status == BADGE_OK)
        status = define_terms(run, &defining);
    *result = context;
    return status;
}

/* -- the kinds of local contexts ----------------------------------------------------------------------------------- */

/* Step 5.2. */
static enum badge_status process_url(struct ld_run *run, const struct ld_context **result, struct ld_local local,
                                     unsigned flags, const struct ld_remotes *remotes)
{
    const struct ld_document *document;
    struct badge_text url;
    (void)badge_json_string(local.value, &url);
    if (!ld_iri_resolve(&url, run->arena, local.origin ? local.origin->url : run->options->base, url))
        return ld_no_memory(run);
    enum badge_status status = ld_document_find(&document, run, url, local.value);
    if (status != BADGE_OK)
        return status;
    for (const struct ld_remotes *remote = remotes; (flags & LD_NO_VALIDATE) && remote; remote = remote->outer)
        if (remote->document == document)
            return BADGE_OK;
    struct ld_remotes with = {remotes, document, remotes ? remotes->n + 1 : 1};
    if (with.n > MAX_REMOTE)
        return ld_fail(run, local.value, "context overflow");
    return ld_context_remembered(run, result, *result, (struct ld_local){document->context, document},
                                 (flags & (LD_NO_VALIDATE | LD_OVERRIDE)) | LD_REMOTE, &with);
}

static bool has_protected_terms(const struct ld_context *context)
{
    for (size_t i = 0; i < context->table.capacity; i++)
        if (context->table.slot[i] && !context->table.slot[i]->is_absent && context->table.slot[i]->is_protected)
            return true;
    return false;
}

/* Step 5.1. */
static enum badge_status process_null(struct ld_run *run, const struct ld_context **result,
                                      const struct badge_json_value *at, unsigned flags)
{
    if (!(flags & LD_OVERRIDE) && has_protected_terms(*result))
        return ld_fail(run, at, "invalid context nullification");
    if (!(flags & LD_NO_PROPAGATE)) {
        *result = run->initial;
        return BADGE_OK;
    }
    struct ld_context *context = open_context(run, run->initial, (*result)->is_kept && run->initial->is_kept);
    if (!context)
        return ld_no_memory(run);
    context->previous = (*result)->previous;
    *result = context;
    return BADGE_OK;
}

static enum badge_status process_one(struct ld_run *run, const struct ld_context **result, struct ld_local local,
                                     unsigned flags, const struct ld_remotes *remotes)
{
    if (badge_json_is(local.value, BADGE_JSON_NULL))
        return process_null(run, result, local.value, flags);
    if (badge_json_is(local.value, BADGE_JSON_STRING))
        return process_url(run, result, local, flags, remotes);
    if (badge_json_is(local.value, BADGE_JSON_OBJECT))
        return process_object(run, result, local, flags, remotes);
    return ld_fail(run, local.value, "invalid local context");
}

/* A term that is passed over is an error in safe mode, also in a context that an unsafe run has made. */
static enum badge_status check_reserved(struct ld_run *run, const struct ld_context *context)
{
    if (!run->options->is_unsafe && context->reserved_term)
        return ld_fail(run, context->reserved_term, "reserved term");
    return BADGE_OK;
}

enum badge_status ld_context_process(struct ld_run *run, const struct ld_context **out, const struct ld_context *active,
                                     struct ld_local local, unsigned flags, const struct ld_remotes *remotes)
{
    const struct badge_json_value *propagate = badge_json_member(local.value, "@propagate");
    if (propagate && !run->options->is_1_0) {
        if (!badge_json_is(propagate, BADGE_JSON_TRUE) && !badge_json_is(propagate, BADGE_JSON_FALSE))
            return ld_fail(run, propagate, "invalid @propagate value");
        flags = badge_json_is(propagate, BADGE_JSON_TRUE) ? flags & ~(unsigned)LD_NO_PROPAGATE
                                                          : flags | LD_NO_PROPAGATE;
    }
    const struct ld_context *result = active;
    if ((flags & LD_NO_PROPAGATE) && !active->previous) {
        struct ld_context *context = open_context(run, active, active->is_kept && local.origin);
        if (!context)
            return ld_no_memory(run);
        context->previous = active;
        result = context;
    }
    enum badge_status status = BADGE_OK;
    if (badge_json_is(local.value, BADGE_JSON_ARRAY))
        for (size_t i = 0; i < badge_json_count(local.value) && status == BADGE_OK; i++)
            status = process_one(run, &result, (struct ld_local){badge_json_at(local.value, i, NULL), local.origin},
                                 flags, remotes);
    else
        status = process_one(run, &result, local, flags, remotes);
    *out = result;
    return status == BADGE_OK ? check_reserved(run, result) : status;
}

enum badge_status ld_context_remembered(struct ld_run *run, const struct ld_context **out,
                                        const struct ld_context *active, struct ld_local local, unsigned flags,
                                        const struct ld_remotes *remotes)
{
    bool is_kept = active->is_kept && local.origin;
    struct ld_memo *memo = is_kept ? &run->processor->memo : &run->memo;
    struct ld_memo_entry entry = {active, local.value, flags, NULL};
    /* Which contexts are passed over as they are being loaded already depends on who loads. */
    bool is_remembered = !(flags & LD_NO_VALIDATE);
    if (is_remembered && (entry.result = ld_memo_find(memo, &entry))) {
        *out = entry.result;
        return check_reserved(run, entry.result);
    }
    enum badge_status status = ld_context_process(run, out, active, local, flags, remotes);
    entry.result = *out;
    if (status == BADGE_OK && is_remembered && !ld_memo_put(memo, arena_of(run, is_kept), &entry))
        return ld_no_memory(run);
    return status;
}
