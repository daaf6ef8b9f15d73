/*
 * Digests from the command line, for `badge receipt` and `badge revoke`. An argument that is as long as a digest but is
 * not a digest is treated as the name of a file; if the file does not exist, the error says both.
 */
#include "cli/support/digest_args.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/support/document.h"
#include "core/grow.h"

#define MAX_LINE 128

int digest_arg(struct badge_hash *out, const char *text)
{
    struct badge_digester *digester;
    struct badge_digest digest;
    struct badge_err err = {0};
    if (cli_read_digest(out, text))
        return CLI_YES;
    if (access(text, F_OK) != 0 && errno == ENOENT)
        return cli_fail(CLI_USAGE, "%s is neither a digest, which is 64 hexadecimal digits without 0x, nor a file",
                        text);
    if (badge_digester_new(&digester, DOCUMENT_MAX_HELD, &err) != BADGE_OK)
        return cli_fail(CLI_USAGE, "%s", err.text);
    enum badge_status status = document_digest(digester, &digest, text, &err);
    badge_digester_free(digester);
    if (status != BADGE_OK)
        return document_fail(text, &err);
    *out = digest.value;
    return CLI_YES;
}

static int digest_args_add(struct digest_args *list, const struct badge_hash *digest)
{
    struct badge_hash *grown = core_grow(list->digest, &list->capacity, list->n + 1, sizeof *grown);
    if (!grown)
        return cli_fail(CLI_USAGE, "out of memory");
    list->digest = grown;
    list->digest[list->n++] = *digest;
    return CLI_YES;
}

static int digest_args_read_lines(struct digest_args *list)
{
    char line[MAX_LINE];
    for (unsigned long long number = 1; fgets(line, sizeof line, stdin); number++) {
        struct badge_hash digest;
        size_t len = strcspn(line, "\r\n");
        if (len == 0)
            continue;
        line[len] = '\0';
        if (!cli_read_digest(&digest, line))
            return cli_fail(CLI_USAGE, "standard input, line %llu: not a digest, which is 64 hexadecimal digits",
                            number);
        int exit_status = digest_args_add(list, &digest);
        if (exit_status != CLI_YES)
            return exit_status;
    }
    return ferror(stdin) ? cli_fail(CLI_USAGE, "standard input: %s", strerror(errno)) : CLI_YES;
}

int digest_args_collect(struct digest_args *out, int argc, char **argv)
{
    int exit_status = CLI_YES;
    *out = (struct digest_args){0};
    for (int i = 1; i < argc && exit_status == CLI_YES; i++) {
        struct badge_hash digest;
        if (strcmp(argv[i], "-") == 0) {
            exit_status = digest_args_read_lines(out);
        } else {
            exit_status = digest_arg(&digest, argv[i]);
            if (exit_status == CLI_YES)
                exit_status = digest_args_add(out, &digest);
        }
    }
    if (exit_status == CLI_YES && out->n == 0)
        exit_status = cli_fail(CLI_USAGE, "no credential is named: standard input had no digest");
    return exit_status;
}

void digest_args_release(struct digest_args *list)
{
    free(list->digest);
}
