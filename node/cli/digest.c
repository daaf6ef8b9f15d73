/*
 * `badge digest`: what a credential is reduced to, offline. Files are read as they stream, so their size is no matter.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "badge/digest.h"
#include "cli/cli.h"
#include "cli/document.h"

enum badge_status document_digest(struct badge_digester *digester, struct badge_digest *out, const char *path,
                                  struct badge_err *err)
{
    static char buffer[1 << 16];
    bool standard_input = strcmp(path, "-") == 0;
    int fd = standard_input ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return badge_fail(err, errno == ENOENT ? BADGE_ENOTFOUND : BADGE_ETYPE, BADGE_NO_OFFSET, "%s", strerror(errno));
    enum badge_status status = BADGE_OK;
    badge_digester_clear(digester);
    for (ssize_t n = 1; n && !status;) {
        n = read(fd, buffer, sizeof buffer);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            status = badge_fail(err, BADGE_ETYPE, BADGE_NO_OFFSET, "%s", strerror(errno));
        else if (n > 0)
            status = badge_digester_update(digester, buffer, (size_t)n, err);
        else
            status = badge_digester_final(digester, out, err);
    }
    if (!standard_input)
        (void)close(fd);
    return status;
}

int document_fail(const char *path, const struct badge_err *err)
{
    if (err->offset != BADGE_NO_OFFSET)
        return cli_fail(CLI_USAGE, "%s: %s (at byte %zu)", path, err->text, err->offset);
    return cli_fail(CLI_USAGE, "%s: %s", path, err->text);
}

static void print(const struct cli *cli, const char *path, const struct badge_digest *digest)
{
    char hex[BADGE_HEX_LEN + 1];
    badge_hex_encode(hex, digest->value.b, 32);
    if (cli->json)
        cli_print_json(json_pack("{s:s,s:s,s:s}", "file", path, "digest", hex, "canonicalization",
                                 badge_label_name(digest->label)));
    else
        printf("%s %s %s\n", hex, badge_label_name(digest->label), path);
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
    if (badge_digester_new(&digester, DOCUMENT_MAX_HELD, &err))
        return cli_fail(CLI_USAGE, "%s", err.text);
    for (int i = 1; i < argc; i++) {
        struct badge_digest digest;
        if (document_digest(digester, &digest, argv[i], &err)) {
            exit_status = document_fail(argv[i], &err);
        } else if (canonical && digest.label == BADGE_LABEL_RAW) {
            exit_status = cli_fail(CLI_USAGE, "%s: taken as it is (raw), so it has no other canonical form", argv[i]);
        } else if (canonical) {
            struct badge_text text = badge_digester_canonical(digester);
            (void)fwrite(text.bytes, 1, text.len, stdout);
        } else {
            print(cli, argv[i], &digest);
        }
    }
    badge_digester_free(digester);
    return exit_status;
}

const struct cli_command digest_command = {
    .name = "digest",
    .synopsis = "FILE… [--canonical]",
    .summary = "Print the digest of each credential: the bytes alone decide it, nothing is asked",
    .help =
        "A line each: digest, how it was derived (jcs, compact, raw), file. --canonical prints the canonical bytes\n"
        "(RFC 8785) instead. `-` is standard input.",
    .run = run_digest};
