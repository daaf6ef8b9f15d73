/*
 * `badge check`: whether credentials keep the rules of their standards, offline.
 */
#include <string.h>

#include "badge/conformance.h"
#include "cli/cli.h"
#include "cli/support/document.h"

#define MAX_ARENA ((size_t)64 << 20)

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

/* The exit status for this file. */
static int check_file(const struct cli *cli, struct badge_digester *digester, struct badge_arena *arena,
                      const char *path)
{
    static struct badge_conformance conformance; /* some 7 KiB */
    struct badge_digest digest;
    struct badge_err err = {0};
    badge_arena_clear(arena);
    if (document_digest(digester, &digest, path, &err) != BADGE_OK ||
        badge_conformance_read(&conformance, arena, badge_digester_reading(digester), &err) != BADGE_OK)
        return document_fail(path, &err);
    if (!cli->json)
        print_text(path, &conformance);
    else if (print_json(path, arena, &conformance, &err) != BADGE_OK)
        return document_fail(path, &err);
    return conformance.n_errors > 0 ? CLI_NO : CLI_YES;
}

static int run_check(const struct cli *cli, int argc, char **argv)
{
    struct badge_digester *digester;
    struct badge_arena arena;
    struct badge_err err = {0};
    int exit_status = CLI_YES;
    if (!cli_flags(&argc, argv, NULL, 0, 1, 1 << 20))
        return CLI_USAGE;
    if (badge_digester_new(&digester, DOCUMENT_MAX_HELD, &err) != BADGE_OK)
        return cli_fail(CLI_USAGE, "%s", err.text);
    badge_arena_init(&arena, MAX_ARENA);
    for (int i = 1; i < argc; i++) {
        int one = check_file(cli, digester, &arena, argv[i]);
        exit_status = one > exit_status ? one : exit_status;
    }
    badge_arena_release(&arena);
    badge_digester_free(digester);
    return exit_status;
}

const struct cli_command check_command = {
    .name = "check",
    .synopsis = "FILE…",
    .summary = "Check whether credentials keep the rules of their standards, offline: for an issuer's developer",
    .help =
        "Prints the profile of each (ob-3.0, clr-2.0, ob-2.0, vc-2.0, vc-1.1, blockcerts-3, europass, none), and what\n"
        "breaks a rule, where, and which. `badge verify` says whether a credential is valid, and this does not.\n"
        "Nothing is fetched. The exit status is 1 if any of them has errors. `-` is standard input.",
    .run = run_check};
