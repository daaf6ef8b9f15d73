/*
 * `badge unbake`: takes the badge out of an image, offline. It must be a valid credential before it is written
 * anywhere.
 */
#include <stdio.h>
#include <stdlib.h>

#include "cli/cli.h"
#include "cli/support/document.h"
#include "cli/support/output.h"
#include "core/format.h"
#include "runtime/file.h"

static void print_image(const struct image *image, const struct badge_digest *digest)
{
    json_t *receipt = image->receipt ? json_stringn(image->receipt, image->receipt_len) : json_null();
    cli_print_json(json_pack("{s:s,s:s,s:s,s:s,s:s%,s:o}", "image", image->kind == IMAGE_PNG ? "png" : "svg",
                             "openBadges", document_badge_version(image->version), "digest",
                             core_hash_text(&digest->value).s, "canonicalization", badge_label_name(digest->label),
                             "credential", image->credential, image->credential_len, "receipt",
                             receipt ? receipt : json_null()));
}

static int unbake_image(const struct cli *cli, const char *file, const struct image *image, const char *out,
                        const char *receipt)
{
    struct badge_digester *digester = NULL;
    struct badge_digest digest;
    struct badge_err err = {0};
    int exit_status = CLI_YES;
    if (image->url)
        return cli_fail(CLI_NO, "%s: the image has only a link to its badge: %s", file, image->url);
    if (!image->credential)
        return cli_fail(CLI_NO, "%s: no badge in this image", file);
    if (receipt && !image->receipt)
        return cli_fail(CLI_NO, "%s: no receipt in this image", file);
    if (badge_digester_new(&digester, IMAGE_MAX_LEN, &err) != BADGE_OK ||
        document_digest_bakeable(digester, &digest, image->credential, image->credential_len, &err) != BADGE_OK)
        exit_status = document_fail(file, &err);
    if (exit_status == CLI_YES && receipt)
        exit_status = output_write(receipt, image->receipt, image->receipt_len);
    if (exit_status == CLI_YES && (out || !cli->json))
        exit_status = output_write(out, image->credential, image->credential_len);
    if (exit_status == CLI_YES && cli->json)
        print_image(image, &digest);
    badge_digester_free(digester);
    return exit_status;
}

static int run_unbake(const struct cli *cli, int argc, char **argv)
{
    const char *out = NULL, *receipt = NULL;
    const struct cli_flag flags[] = {{.name = "o", .value = &out}, {.name = "receipt", .value = &receipt}};
    struct badge_err err = {0};
    struct image image = {.kind = IMAGE_NONE};
    char *bytes;
    size_t len;
    if (!cli_flags(&argc, argv, flags, 2, 1, 1))
        return CLI_USAGE;
    if (file_read(&bytes, &len, argv[1], IMAGE_MAX_LEN, &err) != BADGE_OK)
        return cli_fail(CLI_USAGE, "%s", err.text);
    int exit_status = image_read(&image, bytes, len, &err) != BADGE_OK
                          ? document_fail(argv[1], &err)
                          : unbake_image(cli, argv[1], &image, out, receipt);
    image_release(&image);
    free(bytes);
    return exit_status;
}

const struct cli_command unbake_command = {
    .name = "unbake",
    .synopsis = "IMAGE [-o FILE] [--receipt FILE]",
    .summary = "Take the credential out of a baked PNG or SVG image",
    .help = "It goes to standard output, or with -o into a file; with --json it is a member of the output.\n\n"
            "  --receipt  write the receipt into this file, if there is one in the image\n\n"
            "Exit status 1: the image has no badge, or only a link to one; 2: the image is broken.",
    .run = run_unbake};
