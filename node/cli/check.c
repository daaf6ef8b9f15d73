/*
 * `badge check`: whether credentials keep the rules of their standards, offline.
 */
#include <stdlib.h>
#include <string.h>

#include "badge/conformance.h"
#include "cli/cli.h"
#include "cli/support/document.h"
#include "runtime/config.h"
#include "runtime/file.h"

#define MAX_ARENA ((size_t)64 << 20)
#define MAX_DOCUMENTS 256
#define MAX_DOCUMENT_LEN ((size_t)1 << 20)

/* What --document names: for each file the same. */
struct documents {
    struct badge_related_document item[MAX_DOCUMENTS];
    size_t n;
};

/* A line of its own; the findings are JSON already. */
static enum badge_status print_json(const char *path, struct badge_arena *arena,
                                    const struct badge_conformance *conformance, struct badge_err *err)
{
    struct badge_text text;
    if (badge_conformance_encode(&text, arena, conformance, err) != BADGE_OK)
        return err->status;
    json_t *file = cli_json_text(path);
    fputs("{\"file\":", stdout);
    json_dumpf(file, stdout, JSON_ENCODE_ANY);
    printf(",\"conformance\":%s}\n", text.bytes);
    json_decref(file);
    return BADGE_OK;
}

static void print_findings(const char *kind, const struct badge_rule_finding *finding, size_t n)
{
    for (size_t i = 0; i < n && i < BADGE_MAX_FINDINGS; i++)
        cli_print("  %s %s %s: %s (%s)", kind, finding[i].code,
                  finding[i].pointer.len > 0 ? finding[i].pointer.bytes : "(the whole)", finding[i].detail.bytes,
                  finding[i].source.bytes);
    if (n > BADGE_MAX_FINDINGS)
        cli_print("  and %zu more", n - BADGE_MAX_FINDINGS);
}

static void print_text(const char *path, const struct badge_conformance *conformance)
{
    char missing[256] = "";
    size_t n_missing = 0;
    cli_print("%s: %s, %zu error%s, %zu warning%s", path, conformance->profile, conformance->n_errors,
              conformance->n_errors == 1 ? "" : "s", conformance->n_warnings, conformance->n_warnings == 1 ? "" : "s");
    print_findings("error", conformance->error, conformance->n_errors);
    print_findings("warning", conformance->warning, conformance->n_warnings);
    for (size_t i = 0; conformance->has_eu && i < BADGE_N_EU_ELEMENTS; i++) {
        size_t len = strlen(missing);
        if (!conformance->eu[i].is_found)
            (void)snprintf(missing + len, sizeof missing - len, "%s%s", n_missing++ == 0 ? "" : ", ",
                           conformance->eu[i].name);
    }
    if (conformance->has_eu)
        cli_print("  European micro-credential: %zu of %d elements%s%s", BADGE_N_EU_ELEMENTS - n_missing,
                  BADGE_N_EU_ELEMENTS, n_missing == 0 ? "" : "; missing: ", missing);
}

/* URL=FILE; a URL may have a "=" too. */
static bool read_document(struct documents *documents, const char *text)
{
    const char *equals = strrchr(text, '=');
    struct badge_related_document *one = &documents->item[documents->n];
    struct badge_err err = {0};
    char *bytes;
    if (!equals || equals == text || !equals[1])
        return cli_refuse("--document takes URL=FILE, not %s", text);
    if (documents->n == MAX_DOCUMENTS)
        return cli_refuse("at most %d of --document", MAX_DOCUMENTS);
    if (file_read(&bytes, &one->text.len, equals + 1, MAX_DOCUMENT_LEN, &err) != BADGE_OK)
        return cli_refuse("--document: %s", err.text);
    one->url = (struct badge_text){text, (size_t)(equals - text)};
    one->text.bytes = bytes;
    documents->n++;
    return true;
}

static bool take_documents(struct documents *documents, int *argc, char **argv)
{
    struct badge_err err = {0};
    const char *value;
    for (;;) {
        if (config_take_flag(&value, "--document", argc, argv, &err) != BADGE_OK)
            return cli_refuse("check: %s", err.text);
        if (!value)
            return true;
        if (!read_document(documents, value))
            return false;
    }
}

static void free_documents(struct documents *documents)
{
    for (size_t i = 0; i < documents->n; i++)
        free((char *)documents->item[i].text.bytes);
}

/* The exit status for this file. */
static int check_file(const struct cli *cli, struct badge_digester *digester, struct badge_arena *arena,
                      const struct documents *documents, const char *path)
{
    static struct badge_conformance conformance; /* some 7 KiB */
    struct badge_digest digest;
    struct badge_err err = {0};
    badge_arena_clear(arena);
    if (document_digest(digester, &digest, path, &err) != BADGE_OK ||
        badge_conformance_read_with(&conformance, arena, badge_digester_reading(digester), documents->item,
                                    documents->n, &err) != BADGE_OK)
        return document_fail(path, &err);
    if (!cli->json)
        print_text(path, &conformance);
    else if (print_json(path, arena, &conformance, &err) != BADGE_OK)
        return document_fail(path, &err);
    return conformance.n_errors > 0 ? CLI_NO : CLI_YES;
}

static int check_files(const struct cli *cli, const struct documents *documents, int argc, char **argv)
{
    struct badge_digester *digester;
    struct badge_arena arena;
    struct badge_err err = {0};
    int exit_status = CLI_YES;
    if (badge_digester_new(&digester, DOCUMENT_MAX_HELD, &err) != BADGE_OK)
        return cli_fail(CLI_USAGE, "%s", err.text);
    badge_arena_init(&arena, MAX_ARENA);
    for (int i = 1; i < argc; i++) {
        int one = check_file(cli, digester, &arena, documents, argv[i]);
        exit_status = one > exit_status ? one : exit_status;
    }
    badge_arena_release(&arena);
    badge_digester_free(digester);
    return exit_status;
}

static int run_check(const struct cli *cli, int argc, char **argv)
{
    static struct documents documents;
    bool is_read = take_documents(&documents, &argc, argv) && cli_flags(&argc, argv, NULL, 0, 1, 1 << 20);
    int exit_status = is_read ? check_files(cli, &documents, argc, argv) : CLI_USAGE;
    free_documents(&documents);
    return exit_status;
}

const struct cli_command check_command = {
    .name = "check",
    .synopsis = "[--document URL=FILE]… FILE…",
    .summary = "Check whether credentials keep the rules of their standards, offline: for an issuer's developer",
    .help =
        "Prints the profile of each (ob-3.0, clr-2.0, ob-2.0, vc-2.0, vc-1.1, blockcerts-3, europass, none), and what\n"
        "breaks a rule, where, and which. `badge verify` says whether a credential is valid, and this does not.\n"
        "Nothing is fetched. The exit status is 1 if any of them has errors. `-` is standard input.\n\n"
        "  --document     a document that Open Badges 2.0 names by its URL (a BadgeClass, an issuer): checked where "
        "the\n"
        "                 URL stands, as if it were embedded",
    .run = run_check};
