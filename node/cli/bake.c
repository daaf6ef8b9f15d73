/*
 * `badge bake`: puts a badge into an image, offline. The credential is digested first, which proves that it can be read
 * when it is taken out again. A receipt is put in only if it belongs to the credential.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "badge/receipt.h"
#include "cli/cli.h"
#include "cli/support/document.h"
#include "cli/support/link.h"
#include "cli/support/output.h"
#include "core/compiler.h"
#include "core/format.h"
#include "image/qr.h"
#include "runtime/file.h"

/* Writes to a file, or to standard output unless that is a terminal. */
static int write_image(const char *file, const char *bytes, size_t len)
{
    if ((!file || strcmp(file, "-") == 0) && isatty(STDOUT_FILENO))
        return cli_fail(CLI_USAGE, "an image can't be shown on a terminal: name a file with -o");
    return output_write(file, bytes, len);
}

static bool has_type(const struct badge_json_value *document, const char *name)
{
    const struct badge_json_value *type = badge_json_member(document, "type");
    bool found = badge_json_equals(type, name);
    for (size_t i = 0; badge_json_is(type, BADGE_JSON_ARRAY) && i < badge_json_count(type); i++)
        found = found || badge_json_equals(badge_json_at(type, i, NULL), name);
    return found;
}

/* An Assertion is Open Badges 2.0; 1.0 has no type, but these members. Anything else is 3.0. */
static enum image_version version_of(const struct badge_json_value *document)
{
    bool is_old = badge_json_member(document, "badge") && badge_json_member(document, "recipient");
    return is_old || has_type(document, "Assertion") ? IMAGE_OB2 : IMAGE_OB3;
}

struct baking {
    char *image, *credential, *receipt, *baked;
    size_t image_len, credential_len, receipt_len, baked_len;
    struct badge_digester *digester;
    struct badge_digest digest;
    struct image_badge badge;
};

static int read_receipt(struct baking *baking, const char *file)
{
    struct badge_receipt receipt;
    struct badge_err err = {0};
    if (file_read(&baking->receipt, &baking->receipt_len, file, BADGE_RECEIPT_MAX_READ_LEN, &err) != BADGE_OK)
        return cli_fail(CLI_USAGE, "%s", err.text);
    if (badge_receipt_decode(&receipt, baking->receipt, baking->receipt_len, &err) != BADGE_OK)
        return document_fail(file, &err);
    if (badge_hash_compare(&receipt.digest.value, &baking->digest.value) != 0)
        return cli_fail(CLI_USAGE, "%s: this is the receipt of another credential", file);
    if (receipt.status != BADGE_ANCHOR_FINAL)
        cli_warn("%s: the anchor is not final yet: bake again with the final receipt", file);
    baking->badge.receipt = (struct badge_text){baking->receipt, baking->receipt_len};
    return CLI_YES;
}

/* The picture with the link below it, before the badge goes in. */
static int add_link(struct baking *baking, const struct cli *cli, const char *file)
{
    struct badge_err err = {0};
    bool is_full;
    char *drawn, *link = link_new(&is_full, cli->node, &baking->digest.value, baking->badge.credential, QR_MAX_LEN);
    size_t drawn_len;
    if (!link)
        return cli_fail(CLI_USAGE, "no memory");
    enum badge_status status = image_add_qr(&drawn, &drawn_len, baking->image, baking->image_len,
                                            (struct badge_text){link, strlen(link)}, &err);
    free(link);
    if (status != BADGE_OK)
        return document_fail(file, &err);
    if (!is_full)
        cli_warn("%s: the credential is too large for a QR code: the link in it leads to the record alone", file);
    free(baking->image);
    baking->image = drawn;
    baking->image_len = drawn_len;
    return CLI_YES;
}

static int put_badge(struct baking *baking, const char *file, bool replace)
{
    struct badge_err err = {0};
    free(baking->baked);
    baking->baked = NULL;
    if (image_bake(&baking->baked, &baking->baked_len, baking->image, baking->image_len, &baking->badge, replace,
                   &err) == BADGE_OK)
        return CLI_YES;
    document_fail(file, &err);
    return err.status == BADGE_EREFUSED ? cli_fail(CLI_NO, "use --replace to replace it") : CLI_USAGE;
}

static int bake_image(struct baking *baking, char *const *argv, const char *receipt, bool replace)
{
    struct badge_err err = {0};
    if (file_read(&baking->image, &baking->image_len, argv[1], IMAGE_MAX_LEN, &err) != BADGE_OK ||
        file_read(&baking->credential, &baking->credential_len, argv[2], IMAGE_MAX_LEN, &err) != BADGE_OK ||
        badge_digester_new(&baking->digester, IMAGE_MAX_LEN, &err) != BADGE_OK)
        return cli_fail(CLI_USAGE, "%s", err.text);
    if (document_digest_bakeable(baking->digester, &baking->digest, baking->credential, baking->credential_len, &err) !=
        BADGE_OK)
        return document_fail(argv[2], &err);
    const struct badge_json_value *document = badge_digester_document(baking->digester);
    struct image_badge *badge = &baking->badge;
    *badge = (struct image_badge){.version = version_of(document),
                                  .credential = {baking->credential, baking->credential_len}};
    if (badge->version == IMAGE_OB2 && badge_json_string(badge_json_member(document, "id"), &badge->url) &&
        !image_is_url(badge->url))
        badge->url = (struct badge_text){NULL, 0};
    int exit_status = receipt ? read_receipt(baking, receipt) : CLI_YES;
    return exit_status == CLI_YES ? put_badge(baking, argv[1], replace) : exit_status;
}

static int run_bake(const struct cli *cli, int argc, char **argv)
{
    struct baking baking = {0};
    const char *out = NULL, *receipt = NULL;
    bool replace = false, qr = false;
    const struct cli_flag flags[] = {{.name = "o", .value = &out},
                                     {.name = "receipt", .value = &receipt},
                                     {.name = "replace", .given = &replace},
                                     {.name = "qr", .given = &qr}};
    if (!cli_flags(&argc, argv, flags, ARRAY_LEN(flags), 2, 2))
        return CLI_USAGE;
    if (qr && !cli->node)
        return cli_fail(CLI_USAGE, "bake: --qr requires the address at which readers reach the node: --node URL");
    if (cli->json && (!out || strcmp(out, "-") == 0))
        return cli_fail(CLI_USAGE, "bake: --json requires a file for the image: name it with -o");
    int exit_status = bake_image(&baking, argv, receipt, replace);
    if (exit_status == CLI_YES && qr)
        exit_status = add_link(&baking, cli, argv[1]);
    if (exit_status == CLI_YES && qr)
        exit_status = put_badge(&baking, argv[1], true); /* where it was already, it may be replaced */
    if (exit_status == CLI_YES)
        exit_status = write_image(out, baking.baked, baking.baked_len);
    if (exit_status == CLI_YES && cli->json)
        cli_print_json(json_pack("{s:o,s:s,s:s,s:s,s:b}", "file", cli_json_text(out), "openBadges",
                                 document_badge_version(baking.badge.version), "digest",
                                 core_hash_text(&baking.digest.value).s, "canonicalization",
                                 badge_label_name(baking.digest.label), "receipt", receipt ? 1 : 0));
    badge_digester_free(baking.digester);
    free(baking.baked);
    free(baking.image);
    free(baking.credential);
    free(baking.receipt);
    return exit_status;
}

const struct cli_command bake_command = {
    .name = "bake",
    .synopsis = "IMAGE CREDENTIAL [--receipt FILE] [--replace] [--qr --node URL] [-o FILE]",
    .summary = "Put a credential into a PNG or SVG image, as Open Badges describes it",
    .help =
        "CREDENTIAL is a JSON credential or a JWT, of Open Badges 3.0 or 2.0. The rest of the image stays as it\n"
        "is, byte for byte. The result goes to standard output, or with -o into a file.\n\n"
        "  --receipt  put the credential's receipt in too, so that the image is all that a verifier needs\n"
        "  --replace  replace the badge and the receipt that are in the image\n"
        "  --qr       put a QR code below the picture: the link to the badge's page at the node, with the badge in\n"
        "             it if it fits (2,953 bytes). Everyone who scans it can read all of the badge. A PNG is drawn "
        "again",
    .run = run_bake};
