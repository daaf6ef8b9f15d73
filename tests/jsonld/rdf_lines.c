/*
 * JSON-LD and RDF by lines, so that thousands of cases cost one process: reads a request a line, writes an answer a
 * line, both JSON objects.
 *
 *   {"op": "context", "url": …, "document": …}    a context, for all requests after it
 *   {"op": "builtin", "url": …}                   a context that is built in, as text
 *   {"op": "expand", "document": …}               the expanded form, as text
 *   {"op": "nquads" or "canonical" or "map", "document" or "nquads": …}
 *
 * Documents are texts. Options: "base", "unsafe", "is10", "generalized", "direction", "expandContext", "hash",
 * "maxDeep". The answer is {"ok": text}, or {"error": code of JSON-LD or name of the status, "pointer", "url"}.
 */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "badge/jsonld.h"
#include "core/json_tree.h"
#include "jsonld/contexts.h"

struct request {
    json_t *root;
    struct badge_arena arena;
    struct badge_jsonld_err err;
    struct badge_text out;
};

static const char *option(const struct request *request, const char *name)
{
    const char *text = json_string_value(json_object_get(request->root, name));
    return text ? text : "";
}

static bool is_set(const struct request *request, const char *name)
{
    return json_is_true(json_object_get(request->root, name));
}

/* The text of a member; len 0: there is none. */
static struct badge_text text_of(const struct request *request, const char *name)
{
    json_t *text = json_object_get(request->root, name);
    return (struct badge_text){json_is_string(text) ? json_string_value(text) : "", json_string_length(text)};
}

static enum badge_status parse(const struct badge_json_value **out, struct request *request, const char *name)
{
    struct badge_text text = text_of(request, name);
    return badge_json_parse(out, &request->arena, text.bytes, text.len, &request->err.err);
}

static enum badge_status read_options(struct badge_jsonld_options *out, struct request *request)
{
    const char *direction = option(request, "direction");
    *out = (struct badge_jsonld_options){
        .base = text_of(request, "base"),
        .is_unsafe = is_set(request, "unsafe"),
        .is_1_0 = is_set(request, "is10"),
        .generalized = is_set(request, "generalized"),
        .direction = strcmp(direction, "i18n-datatype") == 0      ? BADGE_DIRECTION_I18N
                     : strcmp(direction, "compound-literal") == 0 ? BADGE_DIRECTION_COMPOUND
                                                                  : BADGE_DIRECTION_NONE,
    };
    return json_object_get(request->root, "expandContext") ? parse(&out->expand_context, request, "expandContext")
                                                           : BADGE_OK;
}

static enum badge_status expand(struct request *request, struct badge_jsonld *processor)
{
    struct badge_jsonld_options options;
    const struct badge_json_value *document, *expanded;
    enum badge_status status = read_options(&options, request);
    if (status == BADGE_OK)
        status = parse(&document, request, "document");
    if (status == BADGE_OK)
        status = badge_jsonld_expand(&expanded, &request->arena, processor, document, &options, &request->err);
    if (status == BADGE_OK)
        status = badge_json_canonicalize(&request->out, &request->arena, expanded, &request->err.err);
    return status;
}

static enum badge_status read_dataset(struct badge_rdf_dataset *out, struct request *request,
                                      struct badge_jsonld *processor)
{
    if (json_object_get(request->root, "nquads")) {
        struct badge_text nquads = text_of(request, "nquads");
        return badge_nquads_parse(out, &request->arena, nquads.bytes, nquads.len, &request->err.err);
    }
    struct badge_jsonld_options options;
    const struct badge_json_value *document;
    enum badge_status status = read_options(&options, request);
    if (status == BADGE_OK)
        status = parse(&document, request, "document");
    if (status == BADGE_OK)
        status = badge_jsonld_to_rdf(out, &request->arena, processor, document, &options, &request->err);
    return status;
}

/* {"c14n0": …} of the input's labels. */
static void map_of(struct request *request, const struct badge_rdfc_result *result)
{
    json_t *map = json_object();
    for (size_t i = 0; i < result->n_map; i++)
        json_object_setn_new(map, result->map[i].label.bytes, result->map[i].label.len,
                             json_stringn(result->map[i].canonical.bytes, result->map[i].canonical.len));
    char *text = json_dumps(map, JSON_COMPACT | JSON_SORT_KEYS);
    size_t len = strlen(text);
    char *copy = badge_arena_alloc(&request->arena, len);
    if (copy) {
        memcpy(copy, text, len);
        request->out = (struct badge_text){copy, len};
    }
    free(text);
    json_decref(map);
}

static enum badge_status to_rdf(struct request *request, struct badge_jsonld *processor)
{
    struct badge_rdf_dataset dataset;
    enum badge_status status = read_dataset(&dataset, request, processor);
    if (status != BADGE_OK)
        return status;
    const char *op = option(request, "op");
    if (strcmp(op, "nquads") == 0)
        return badge_nquads_write(&request->out, &request->arena, &dataset, &request->err.err);
    struct badge_rdfc_result result;
    status = badge_rdfc_canonicalize(
        &result, &request->arena, &dataset,
        strcmp(option(request, "hash"), "sha384") == 0 ? BADGE_RDFC_SHA384 : BADGE_RDFC_SHA256,
        (size_t)json_integer_value(json_object_get(request->root, "maxDeep")), &request->err.err);
    if (status != BADGE_OK)
        return status;
    if (strcmp(op, "map") == 0)
        map_of(request, &result);
    else
        request->out = result.nquads;
    return BADGE_OK;
}

static enum badge_status builtin(struct request *request)
{
    const struct badge_json_value *context;
    enum badge_status status = contexts_load(&context, &request->arena, text_of(request, "url"));
    if (status != BADGE_OK)
        return status;
    if (!context)
        return BADGE_ENOTFOUND;
    return badge_json_canonicalize(&request->out, &request->arena, context, &request->err.err);
}

static enum badge_status answer(struct request *request, struct badge_jsonld *processor)
{
    const char *op = option(request, "op");
    if (strcmp(op, "context") == 0) {
        struct badge_text document = text_of(request, "document");
        return badge_jsonld_add_context(processor, text_of(request, "url"), document.bytes, document.len,
                                        &request->err.err);
    }
    if (strcmp(op, "builtin") == 0)
        return builtin(request);
    if (strcmp(op, "expand") == 0)
        return expand(request, processor);
    return to_rdf(request, processor);
}

static void print(const struct request *request, enum badge_status status)
{
    const struct badge_jsonld_err *err = &request->err;
    json_t *line = status == BADGE_OK
                       ? json_pack("{s:o}", "ok", json_stringn(request->out.bytes, request->out.len))
                       : json_pack("{s:s, s:s, s:s, s:s}", "error", err->code ? err->code : badge_status_name(status),
                                   "pointer", err->pointer, "url", err->url, "message", err->err.text);
    if (!line) {
        fprintf(stderr, "rdf_lines: an answer is not UTF-8\n");
        exit(1);
    }
    json_dumpf(line, stdout, JSON_COMPACT | JSON_ENSURE_ASCII);
    putchar('\n');
    fflush(stdout);
    json_decref(line);
}

int main(void)
{
    struct badge_jsonld *processor;
    struct request request;
    char *line = NULL;
    size_t capacity = 0;
    if (badge_jsonld_new(&processor, NULL) != BADGE_OK)
        return 1;
    badge_arena_init(&request.arena, (size_t)256 << 20);
    for (ssize_t len; (len = getline(&line, &capacity, stdin)) > 0;) {
        badge_arena_clear(&request.arena);
        memset(&request.err, 0, sizeof request.err);
        request.out = (struct badge_text){"", 0};
        request.root = json_loadb(line, (size_t)len, JSON_ALLOW_NUL, NULL);
        if (!request.root) {
            fprintf(stderr, "rdf_lines: a request is not JSON\n");
            return 1;
        }
        print(&request, answer(&request, processor));
        json_decref(request.root);
    }
    free(line);
    badge_arena_release(&request.arena);
    badge_jsonld_free(processor);
    return 0;
}
