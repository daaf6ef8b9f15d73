/*
 * An issuer's id and the DID document of its host: a line, then the document. A URL always uses https and a host name;
 * a document that gives an account must have this DID and a minimum length.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "badge/did.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct badge_address account = {{0x5a, 0xae, 0xb6, 0x05, 0x3f, 0x3e, 0x94, 0xc9, 0xb9, 0xa0,
                                              0x9f, 0x33, 0x66, 0x94, 0x35, 0xe7, 0xef, 0x1b, 0xea, 0xed}};

static void check_url(const char *url)
{
    static const char host_and_port[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-:",
                      path[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_%/";
    if (strncmp(url, "https://", 8) != 0 || strlen(url) >= BADGE_DID_URL_LEN)
        abort();
    size_t n = strspn(url + 8, host_and_port);
    const char *rest = url + 8 + n, *end = url + strlen(url) - 9;
    if (n == 0 || *rest != '/' || strspn(rest, path) != strlen(rest) || strcmp(end, "/did.json") != 0 ||
        strstr(rest, "//") || strstr(rest, "/../") || strstr(rest, "/./"))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *bytes = size ? (const char *)data : "", *line_end = size ? memchr(bytes, '\n', size) : NULL;
    struct badge_text did = {bytes, line_end ? (size_t)(line_end - bytes) : size};
    const char *document = line_end ? line_end + 1 : bytes + size;
    size_t len = (size_t)(bytes + size - document);
    char url[BADGE_DID_URL_LEN];
    bool named;

    if (badge_did_web_url(url, did)) {
        check_url(url);
        if (badge_did_pkh_names(did, 1, &account))
            abort();
    }
    enum badge_status status = badge_did_document_names(&named, did, document, len, 1, &account, NULL);
    if (named && (status != BADGE_OK || len < did.len + 100))
        abort();
    return 0;
}
