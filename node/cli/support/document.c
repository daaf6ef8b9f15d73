/*
 * Reads the files of credentials, as a stream or as a whole. Of an image only the badge is digested. Called by digest,
 * submit, receipt, revoke, verify, bake and unbake.
 */
#include "cli/support/document.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"

static enum badge_status document_unbake(void *path, char **credential, size_t *credential_len, const void *bytes,
                                         size_t len, struct badge_err *err)
{
    struct image image;
    enum badge_status status = image_read(&image, bytes, len, err);
    *credential = NULL;
    if (status == BADGE_OK) {
        *credential = image.credential;
        *credential_len = image.credential_len;
        image.credential = NULL;
        if (image.url)
            cli_warn("%s: the image has only a link to its badge (%s), so the image itself is digested (raw)",
                     (const char *)path, image.url);
    }
    image_release(&image);
    return status;
}

void document_take_images(struct badge_digester *digester, const char *path)
{
    badge_digester_take_images(digester, document_unbake, (void *)(uintptr_t)path, IMAGE_MAX_LEN);
}

void document_baked_receipt(char **out, size_t *out_len, const char *bytes, size_t len)
{
    struct image image = {.kind = image_kind(bytes, len)};
    *out = NULL;
    *out_len = 0;
    if (image.kind != IMAGE_NONE && image_read(&image, bytes, len, NULL) == BADGE_OK) {
        *out = image.receipt;
        *out_len = image.receipt_len;
        image.receipt = NULL;
    }
    image_release(&image);
}

const char *document_badge_version(enum image_version version)
{
    return version == IMAGE_OB3 ? "3.0" : "2.0";
}

enum badge_status document_digest_bakeable(struct badge_digester *digester, struct badge_digest *out, const char *bytes,
                                           size_t len, struct badge_err *err)
{
    enum badge_status status = badge_digester_update(digester, bytes, len, err);
    if (status == BADGE_OK)
        status = badge_digester_final(digester, out, err);
    if (status == BADGE_OK && out->label == BADGE_LABEL_RAW)
        status = badge_fail(err, BADGE_EUNSUPPORTED, BADGE_NO_OFFSET,
                            "only JSON credentials and JWTs can be baked into images: this is neither");
    return status;
}

enum badge_status document_digest(struct badge_digester *digester, struct badge_digest *out, const char *path,
                                  struct badge_err *err)
{
    static char buffer[1 << 16];
    FILE *file = strcmp(path, "-") == 0 ? stdin : fopen(path, "re");
    if (!file)
        return badge_fail(err, errno == ENOENT ? BADGE_ENOTFOUND : BADGE_ETYPE, BADGE_NO_OFFSET, "%s", strerror(errno));
    enum badge_status status = BADGE_OK;
    badge_digester_clear(digester);
    document_take_images(digester, path);
    while (status == BADGE_OK && !feof(file) && !ferror(file))
        status = badge_digester_update(digester, buffer, fread(buffer, 1, sizeof buffer, file), err);
    if (status == BADGE_OK)
        status = ferror(file) ? badge_fail(err, BADGE_ETYPE, BADGE_NO_OFFSET, "%s", strerror(errno))
                              : badge_digester_final(digester, out, err);
    if (file != stdin)
        (void)fclose(file);
    return status;
}

int document_fail(const char *path, const struct badge_err *err)
{
    if (err->offset != BADGE_NO_OFFSET)
        return cli_fail(CLI_USAGE, "%s: %s (at byte %zu)", path, err->text, err->offset);
    return cli_fail(CLI_USAGE, "%s: %s", path, err->text);
}
