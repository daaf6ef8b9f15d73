/*
 * `badge digest`: prints the digests of credentials, offline.
 */
#include <stdio.h>

#include "badge/digest.h"
#include "cli/cli.h"
#include "cli/support/document.h"
#include "core/format.h"

static void digest_print(const struct cli *cli, const char *path, const struct badge_digest *digest)
{
    struct hash_text hex = core_hash_text(&digest->value);
    if (cli->json)
        cli_print_json(json_pack("{s:o,s:s,s:s}", "file", cli_json_text(path), "digest", hex.s, "canonicalization",
                                 badge_label_name(digest->label)));
    else
        cli_print("%s %s %s", hex.s, badge_label_name(digest->label), path);
}

static int run_digest(const struct cli *cli, int argc, char **argv)
{
    struct badge_digester *digester;
    struct badge_err err = {0};
    bool canonical = false;
    const struct cli_flag flag = {.name = "canonical", .given = &canonical};
    int exit_status = CLI_YES;
    if (!cli_flags(&argc, argv, &flag, 1, 1, 1 << 20))
        return CLI_USAGE;
    if (badge_digester_new(&digester, DOCUMENT_MAX_HELD, &err) != BADGE_OK)
        return cli_fail(CLI_USAGE, "%s", err.text);
    for (int i = 1; i < argc; i++) {
        struct badge_digest digest;
        if (document_digest(digester, &digest, argv[i], &err) != BADGE_OK) {
            exit_status = document_fail(argv[i], &err);
        } else if (canonical && digest.label == BADGE_LABEL_RAW) {
            exit_status = cli_fail(CLI_USAGE, "%s: it is digested byte for byte (raw), so it has no canonical form",
                                   argv[i]);
        } else if (canonical) {
            struct badge_text text = badge_digester_canonical(digester);
            (void)fwrite(text.bytes, 1, text.len, stdout);
        } else {
            digest_print(cli, argv[i], &digest);
        }
    }
    badge_digester_free(digester);
    return exit_status;
}

const struct cli_command digest_command = {
    .name = "digest",
    .synopsis = "FILE… [--canonical]",
    .summary = "Print the digest of each credential, offline: it depends on the bytes alone",
    .help = "Prints one line for each: digest, how it was derived (jcs, compact, raw), file. --canonical prints the\n"
            "canonical bytes (RFC 8785) instead. The digest of a PNG or SVG image is that of the badge in it. `-` is\n"
            "standard input.",
    .run = run_digest};
