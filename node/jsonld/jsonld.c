/*
 * The processor: its context documents and what was made of them; and the entry points of badge/jsonld.h.
 *
 * Everything that the processor remembers of a document is forgotten when it has grown too large, between two
 * documents; what a document was expanded to borrows nothing of it.
 */
#include <stdlib.h>
#include <string.h>

#include "badge/text.h"
#include "core/text.h"
#include "jsonld/context.h"
#include "jsonld/contexts.h"
#include "jsonld/expand.h"
#include "jsonld/expand_json.h"

#define MAX_KEPT ((size_t)24 << 20) /* bytes of active contexts */
#define KEEP ((size_t)8 << 20)      /* above which the next document begins without them */
#define MAX_DOCUMENT ((size_t)8 << 20)
#define MAX_DOCUMENTS 1000
#define DEFAULT_MAX_NODES 100000

static void forget(struct badge_jsonld *processor)
{
    badge_arena_clear(&processor->kept);
    processor->memo = (struct ld_memo){0};
    processor->initial = NULL;
}

static void free_document(struct ld_document *document)
{
    badge_arena_release(&document->arena);
    free(document);
}

enum badge_status badge_jsonld_new(struct badge_jsonld **out, struct badge_err *err)
{
    *out = calloc(1, sizeof **out);
    if (!*out)
        return badge_no_memory(err);
    badge_arena_init(&(*out)->kept, MAX_KEPT);
    return BADGE_OK;
}

void badge_jsonld_free(struct badge_jsonld *processor)
{
    if (!processor)
        return;
    while (processor->documents) {
        struct ld_document *document = processor->documents;
        processor->documents = document->next;
        free_document(document);
    }
    badge_arena_release(&processor->kept);
    free(processor);
}

/* -- context documents --------------------------------------------------------------------------------------------- */

static struct ld_document **find_document(struct badge_jsonld *processor, struct badge_text url)
{
    struct ld_document **at = &processor->documents;
    while (*at && !core_text_equal((*at)->url, url))
        at = &(*at)->next;
    return at;
}

/* A document of this URL, without a root yet. NULL: out of memory. */
static struct ld_document *new_document(struct badge_text url)
{
    struct ld_document *document = calloc(1, sizeof *document);
    if (!document)
        return NULL;
    badge_arena_init(&document->arena, MAX_DOCUMENT);
    if (ld_concat(&document->url, &document->arena, url, (struct badge_text){0}))
        return document;
    free_document(document);
    return NULL;
}

enum badge_status badge_jsonld_add_context(struct badge_jsonld *processor, struct badge_text url, const char *bytes,
                                           size_t len, struct badge_err *err)
{
    struct ld_document *document = new_document(url), **before = find_document(processor, url);
    struct badge_text copy;
    if (!document)
        return badge_no_memory(err);
    document->is_added = true;
    enum badge_status status = BADGE_OK;
    if (!*before && processor->n_added >= MAX_DOCUMENTS)
        status = badge_fail(err, BADGE_ELIMIT, BADGE_NO_OFFSET, "more than %d contexts", MAX_DOCUMENTS);
    if (status == BADGE_OK &&
        !ld_concat(&copy, &document->arena, (struct badge_text){bytes, len}, (struct badge_text){0}))
        status = badge_no_memory(err);
    if (status == BADGE_OK)
        status = badge_json_parse(&document->root, &document->arena, copy.bytes, len, err);
    document->context = badge_json_member(document->root, "@context");
    if (status == BADGE_OK && !document->context)
        status = badge_fail(err, BADGE_ETYPE, BADGE_NO_OFFSET, "a context document is an object with an @context");
    if (status != BADGE_OK) {
        free_document(document);
        return status;
    }
    forget(processor);
    struct ld_document *replaced = *before;
    document->next = replaced ? replaced->next : NULL;
    *before = document;
    processor->n_added += !replaced || !replaced->is_added;
    if (replaced)
        free_document(replaced);
    return BADGE_OK;
}

enum badge_status ld_document_find(const struct ld_document **out, struct ld_run *run, struct badge_text url,
                                   const struct badge_json_value *at)
{
    struct ld_document **place = find_document(run->processor, url), *document = *place;
    if (!document) {
        document = new_document(url);
        if (!document || contexts_load(&document->root, &document->arena, url) != BADGE_OK) {
            if (document)
                free_document(document);
            return ld_no_memory(run);
        }
        if (!document->root) {
            free_document(document);
            return ld_unknown(run, url, at);
        }
        document->context = badge_json_member(document->root, "@context");
        *place = document;
    }
    *out = document;
    return BADGE_OK;
}

/* -- the entry points ---------------------------------------------------------------------------------------------- */

/* The context that the caller wants before the document's own. */
static enum badge_status expand_context(struct ld_run *run, const struct ld_context **context)
{
    const struct badge_json_value *given = run->options->expand_context;
    struct ld_local local = {badge_json_member(given, "@context"), NULL};
    if (!given)
        return BADGE_OK;
    if (!local.value)
        local.value = given;
    return ld_context_process(run, context, *context, local, 0, NULL);
}

/* Section 9.1.2 (expand), steps 8.1 to 8.3: the top array; a lone @graph is its nodes. */
static enum badge_status expand_document(struct ld_run *run, struct ld_array *out, bool *is_single)
{
    const struct ld_active top = {.is_top = true};
    bool is_array;
    *out = (struct ld_array){0};
    *is_single = false;
    enum badge_status status = ld_context_initial(run);
    const struct ld_context *context = run->initial;
    if (status == BADGE_OK)
        status = expand_context(run, &context);
    if (status == BADGE_OK)
        status = ld_expand_element(run, out, &is_array, context, &top, run->document, false);
    if (status != BADGE_OK || out->n != 1 || is_array)
        return status;
    const struct ld_node *node = out->item[0].kind == LD_NODE ? out->item[0].as.node : NULL;
    bool is_lone_graph = node && node->has_graph && !node->has_id && !node->has_type && !node->has_included &&
                         node->n_properties == 0 && node->n_reverse == 0 && !out->item[0].index.bytes;
    *is_single = node && !is_lone_graph;
    if (is_lone_graph)
        *out = node->graph;
    return status;
}

enum badge_status ld_expand(struct ld_array *out, bool *is_single, struct badge_arena *arena,
                            struct badge_jsonld *processor, const struct badge_json_value *document,
                            const struct badge_jsonld_options *options, struct badge_jsonld_err *err)
{
    static const struct badge_jsonld_options defaults;
    struct badge_jsonld_err ignored;
    struct ld_run run = {.processor = processor,
                         .arena = arena,
                         .options = options ? options : &defaults,
                         .err = err ? err : &ignored,
                         .document = document,
                         .number = ++processor->run};
    *run.err = (struct badge_jsonld_err){.err.offset = BADGE_NO_OFFSET};
    run.max_nodes = run.options->max_nodes == 0 ? DEFAULT_MAX_NODES : run.options->max_nodes;
    if (processor->kept.used > KEEP || processor->kept.is_full)
        forget(processor);
    return expand_document(&run, out, is_single);
}

enum badge_status badge_jsonld_expand(const struct badge_json_value **out, struct badge_arena *arena,
                                      struct badge_jsonld *processor, const struct badge_json_value *document,
                                      const struct badge_jsonld_options *options, struct badge_jsonld_err *err)
{
    struct ld_array expanded;
    bool is_single;
    *out = NULL;
    enum badge_status status = ld_expand(&expanded, &is_single, arena, processor, document, options, err);
    if (status == BADGE_OK && !(*out = ld_to_json(arena, &expanded)))
        status = badge_no_memory(err ? &err->err : NULL);
    return status;
}

enum badge_status badge_jsonld_to_rdf(struct badge_rdf_dataset *out, struct badge_arena *arena,
                                      struct badge_jsonld *processor, const struct badge_json_value *document,
                                      const struct badge_jsonld_options *options, struct badge_jsonld_err *err)
{
    static const struct badge_jsonld_options defaults;
    struct badge_jsonld_err ignored;
    struct ld_array expanded;
    bool is_single;
    options = options ? options : &defaults;
    err = err ? err : &ignored;
    enum badge_status status = ld_expand(&expanded, &is_single, arena, processor, document, options, err);
    return status == BADGE_OK ? ld_to_rdf(out, arena, &expanded, is_single, options, err) : status;
}
