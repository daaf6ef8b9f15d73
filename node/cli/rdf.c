/*
 * `badge rdf`: what a JSON-LD document says in RDF, offline; for who signs badges, and for who wants to know why a
 * signature does not hold.
 */
#include <stdlib.h>
#include <string.h>

#include "badge/jsonld.h"
#include "cli/cli.h"
#include "cli/support/output.h"
#include "core/compiler.h"
#include "runtime/file.h"

#define MAX_FILE ((size_t)16 << 20)
#define MAX_MEMORY ((size_t)1 << 30)

struct rdf {
    const char *file;
    bool json, expand, nquads, canonical, map;
    enum badge_rdfc_hash hash;
    struct badge_jsonld_options options;
    struct badge_jsonld *processor;
    struct badge_arena arena, contexts; /* of the document; of --expand-context, which it outlives */
    char *bytes, *expand_context;
};

/* -- errors -------------------------------------------------------------------------------------------------------- */

static int fail_input(const char *file, const struct badge_err *err)
{
    if (err->offset != BADGE_NO_OFFSET)
        return cli_fail(CLI_USAGE, "%s: %s (at byte %zu)", file, err->text, err->offset);
    return cli_fail(CLI_USAGE, "%s: %s", file, err->text);
}

/* The code, where it is, and of which context; want of memory is not an answer. */
static int fail_jsonld(const struct rdf *r, const struct badge_jsonld_err *err)
{
    if (!err->code)
        return fail_input(r->file, &err->err);
    const char *detail = strncmp(err->err.text, err->code, strlen(err->code)) == 0 ? "" : err->err.text;
    if (r->json)
        cli_print_json(json_pack("{s:o,s:s,s:o,s:o,s:o}", "file", cli_json_text(r->file), "code", err->code, "pointer",
                                 cli_json_text(err->pointer), "url", cli_json_text(err->url), "detail",
                                 cli_json_text(detail)));
    if (err->err.status == BADGE_ENOTFOUND) /* the place is where it is named, not in the context */
        return cli_fail(CLI_NO,
                        "%s: %s%s%s: %s is not built in, and nothing is fetched: add it with --context URL=FILE",
                        r->file, err->code, err->pointer[0] ? " at " : "", err->pointer, err->url);
    return cli_fail(CLI_NO, "%s: %s%s%s%s%s%s%s", r->file, err->code, err->pointer[0] ? " at " : "", err->pointer,
                    err->url[0] ? " in " : "", err->url, detail[0] ? ": " : "", detail);
}

static void warn_of_prefixes(const struct rdf *r, const struct badge_jsonld_err *err)
{
    if (err->n_undeclared_prefixes > 0)
        cli_warn("%s: no context defines the prefix %s: what begins with it is an IRI as it stands (%u so)", r->file,
                 err->undeclared_prefix, err->n_undeclared_prefixes);
}

/* -- output -------------------------------------------------------------------------------------------------------- */

static json_t *map_json(const struct badge_rdfc_result *result)
{
    json_t *map = json_object();
    for (size_t i = 0; i < result->n_map; i++) {
        const struct badge_rdfc_label *one = &result->map[i];
        (void)json_object_setn_new(map, one->label.bytes, one->label.len,
                                   json_stringn(one->canonical.bytes, one->canonical.len));
    }
    return map;
}

static int print_nquads(const struct rdf *r, struct badge_text text)
{
    if (!r->json)
        return output_write(NULL, text.bytes, text.len);
    cli_print_json(json_pack("{s:o,s:s%}", "file", cli_json_text(r->file), "nquads", text.bytes, text.len));
    return CLI_YES;
}

static int print_dataset(const struct rdf *r, struct badge_arena *arena, const struct badge_rdf_dataset *dataset)
{
    struct badge_err err = {.offset = BADGE_NO_OFFSET};
    struct badge_text text;
    struct badge_rdfc_result result;
    if (!r->canonical && !r->map) {
        if (badge_nquads_write(&text, arena, dataset, &err) != BADGE_OK)
            return fail_input(r->file, &err);
        return print_nquads(r, text);
    }
    const enum badge_status status = badge_rdfc_canonicalize(&result, arena, dataset, r->hash, 0, &err);
    if (status == BADGE_ELIMIT) {
        const struct badge_jsonld_err too_large = {.err = err, .code = "too large"};
        return fail_jsonld(r, &too_large);
    }
    if (status != BADGE_OK)
        return fail_input(r->file, &err);
    if (!r->map)
        return print_nquads(r, result.nquads);
    cli_print_json(map_json(&result));
    return CLI_YES;
}

static int print_expanded(struct rdf *r, const struct badge_json_value *document)
{
    struct badge_jsonld_err err = {.err = {.offset = BADGE_NO_OFFSET}};
    const struct badge_json_value *expanded;
    struct badge_text text;
    if (badge_jsonld_expand(&expanded, &r->arena, r->processor, document, &r->options, &err) != BADGE_OK)
        return fail_jsonld(r, &err);
    warn_of_prefixes(r, &err);
    if (badge_json_canonicalize(&text, &r->arena, expanded, &err.err) != BADGE_OK)
        return fail_input(r->file, &err.err);
    int exit_status = output_write(NULL, text.bytes, text.len);
    return exit_status == CLI_YES ? output_write(NULL, "\n", 1) : exit_status;
}

static bool is_nquads(const char *file)
{
    const size_t len = strlen(file);
    return len > 3 && strcmp(file + len - 3, ".nq") == 0;
}

static int run_document(struct rdf *r)
{
    struct badge_jsonld_err err = {.err = {.offset = BADGE_NO_OFFSET}};
    const struct badge_json_value *document;
    struct badge_rdf_dataset dataset;
    size_t len;
    if (file_read(&r->bytes, &len, r->file, MAX_FILE, &err.err) != BADGE_OK)
        return cli_fail(CLI_USAGE, "%s", err.err.text);
    if (is_nquads(r->file)) {
        if (badge_nquads_parse(&dataset, &r->arena, r->bytes, len, &err.err) != BADGE_OK)
            return fail_input(r->file, &err.err);
        return print_dataset(r, &r->arena, &dataset);
    }
    if (badge_json_parse(&document, &r->arena, r->bytes, len, &err.err) != BADGE_OK)
        return fail_input(r->file, &err.err);
    if (r->expand)
        return print_expanded(r, document);
    if (badge_jsonld_to_rdf(&dataset, &r->arena, r->processor, document, &r->options, &err) != BADGE_OK)
        return fail_jsonld(r, &err);
    warn_of_prefixes(r, &err);
    return print_dataset(r, &r->arena, &dataset);
}

/* -- arguments ----------------------------------------------------------------------------------------------------- */

static struct badge_text text_of(const char *text)
{
    return (struct badge_text){text, text ? strlen(text) : 0};
}

/* URL=FILE: the URL may hold '=' itself, the file's name cannot. */
static bool add_context(struct rdf *r, const char *text)
{
    struct badge_err err = {0};
    const char *equals = strrchr(text, '=');
    char *bytes;
    size_t len;
    if (!equals || equals == text || !equals[1])
        return cli_refuse("--context takes URL=FILE, not %s", text);
    if (file_read(&bytes, &len, equals + 1, MAX_FILE, &err) != BADGE_OK)
        return cli_refuse("--context: %s", err.text);
    const struct badge_text url = {text, (size_t)(equals - text)};
    const enum badge_status status = badge_jsonld_add_context(r->processor, url, bytes, len, &err);
    free(bytes);
    return status == BADGE_OK || cli_refuse("--context: %s: %s", equals + 1, err.text);
}

static bool add_contexts(struct rdf *r, int *argc, char **argv)
{
    struct badge_err err = {0};
    const char *value;
    do {
        if (config_take_flag(&value, "--context", argc, argv, &err) != BADGE_OK)
            return cli_refuse("rdf: %s", err.text);
    } while (value && add_context(r, value));
    return !value;
}

static bool read_expand_context(struct rdf *r, const char *file)
{
    struct badge_err err = {0};
    size_t len;
    return (file_read(&r->expand_context, &len, file, MAX_FILE, &err) == BADGE_OK &&
            badge_json_parse(&r->options.expand_context, &r->contexts, r->expand_context, len, &err) == BADGE_OK) ||
           cli_refuse("--expand-context: %s: %s", file, err.text);
}

/* Whether text is one of the two, and which. */
static bool choose(bool *is_second, const char *flag, const char *text, const char *first, const char *second)
{
    *is_second = strcmp(text, second) == 0;
    return *is_second || strcmp(text, first) == 0 || cli_refuse("%s takes %s or %s, not %s", flag, first, second, text);
}

static bool read_args(struct rdf *r, int *argc, char **argv)
{
    const char *hash = "sha256", *base = NULL, *expand_context = NULL, *direction = NULL, *mode = "json-ld-1.1";
    const struct cli_flag flag[] = {{.name = "expand", .given = &r->expand},
                                    {.name = "nquads", .given = &r->nquads},
                                    {.name = "canonical", .given = &r->canonical},
                                    {.name = "map", .given = &r->map},
                                    {.name = "hash", .value = &hash},
                                    {.name = "base", .value = &base},
                                    {.name = "expand-context", .value = &expand_context},
                                    {.name = "direction", .value = &direction},
                                    {.name = "generalized", .given = &r->options.generalized},
                                    {.name = "processing", .value = &mode},
                                    {.name = "unsafe", .given = &r->options.is_unsafe}};
    bool is_sha384, is_compound, is_1_1;
    if (!add_contexts(r, argc, argv) || !cli_flags(argc, argv, flag, ARRAY_LEN(flag), 1, 1) ||
        !choose(&is_sha384, "--hash", hash, "sha256", "sha384") ||
        !choose(&is_1_1, "--processing", mode, "json-ld-1.0", "json-ld-1.1"))
        return false;
    if (direction) {
        if (!choose(&is_compound, "--direction", direction, "i18n-datatype", "compound-literal"))
            return false;
        r->options.direction = is_compound ? BADGE_DIRECTION_COMPOUND : BADGE_DIRECTION_I18N;
    }
    if (r->expand + r->nquads + r->canonical + r->map > 1)
        return cli_refuse("rdf: one of --expand, --nquads, --canonical, --map");
    r->file = argv[1];
    if (r->expand && is_nquads(r->file))
        return cli_refuse("%s: N-Quads can't be expanded", r->file);
    r->hash = is_sha384 ? BADGE_RDFC_SHA384 : BADGE_RDFC_SHA256;
    r->options.is_1_0 = !is_1_1;
    r->options.base = text_of(base);
    return !expand_context || read_expand_context(r, expand_context);
}

static int run_rdf(const struct cli *cli, int argc, char **argv)
{
    struct badge_err err = {0};
    struct rdf r = {.json = cli->json};
    badge_arena_init(&r.arena, MAX_MEMORY);
    badge_arena_init(&r.contexts, MAX_MEMORY);
    int exit_status = badge_jsonld_new(&r.processor, &err) != BADGE_OK ? cli_fail(CLI_USAGE, "%s", err.text)
                      : read_args(&r, &argc, argv)                     ? run_document(&r)
                                                                       : CLI_USAGE;
    badge_jsonld_free(r.processor);
    badge_arena_release(&r.contexts);
    badge_arena_release(&r.arena);
    free(r.expand_context);
    free(r.bytes);
    return exit_status;
}

const struct cli_command rdf_command = {
    .name = "rdf",
    .synopsis = "FILE [--expand|--nquads|--canonical|--map] [--hash sha256|sha384] [--base IRI]\n"
                "          [--context URL=FILE]… [--expand-context FILE] [--direction i18n-datatype|compound-literal]\n"
                "          [--generalized] [--processing json-ld-1.0|json-ld-1.1] [--unsafe]",
    .summary = "Print what a credential says as RDF, which is what most signatures sign, offline",
    .help = "FILE is JSON-LD, or N-Quads if its name ends in .nq; `-` is standard input. No context is fetched: the\n"
            "published ones of credentials are built in. The document is taken as it is; but a Data Integrity proof\n"
            "signs it without its `proof`, and the proof without its `proofValue`, with the document's @context.\n\n"
            "  --expand          the expanded JSON-LD, in canonical form (RFC 8785)\n"
            "  --nquads          N-Quads, as they come out of the document; this is the default\n"
            "  --canonical       N-Quads in the canonical form, RDFC-1.0\n"
            "  --map             the canonical names of the blank nodes, as JSON\n"
            "  --hash            by which hash RDFC-1.0 distinguishes blank nodes; sha384 for keys on P-384\n"
            "  --base            what relative IRIs are resolved against\n"
            "  --context         a context that is not built in, or another content of one that is\n"
            "  --expand-context  a context that comes before the document's own\n"
            "  --direction       how the direction of a text is written; otherwise it is an error\n"
            "  --generalized     keep blank nodes that are properties\n"
            "  --unsafe          drop what no context defines, and relative IRIs, as JSON-LD does; otherwise they are\n"
            "                    errors, since they would not be signed\n\n"
            "Exit status 1: the document is wrong: the code, the place in it and the URL of the context are printed.",
    .run = run_rdf};
