/*
 * `relatedResource`: digests that are well-formed, and those of built-in contexts the right ones.
 */
#include <string.h>

#include "badge/jsonld.h"
#include "badge/text.h"
#include "conformance/model.h"
#include "conformance/profile.h"
#include "core/text.h"
#include "proof/multibase.h"

#define SHA256_LEN 32
#define MAX_DIGEST 66 /* a multihash of SHA-512 */

struct resource {
    const struct model *m;
    const char *sha256; /* as hex, of the context that it is; NULL: of another resource */
};

static void say(const struct resource *r, const char *code, const struct step *at, const char *detail)
{
    finding_add(r->m->findings, true, code, at, "VC Data Model 2.0, section 5.3", detail);
}

static const char *published_sha256(struct badge_text url)
{
    for (size_t i = 0; i < badge_jsonld_n_contexts(); i++)
        if (core_text_is(url, badge_jsonld_context_at(i)->url))
            return badge_jsonld_context_at(i)->sha256;
    return NULL;
}

static void compare(const struct resource *r, const struct step *at, const uint8_t *digest)
{
    char hex[2 * SHA256_LEN];
    struct badge_err err;
    for (size_t i = 0; i < sizeof hex; i++)
        hex[i] = "0123456789abcdef"[i % 2 == 0 ? digest[i / 2] >> 4 : digest[i / 2] & 15];
    if (!r->sha256 || memcmp(hex, r->sha256, sizeof hex) == 0)
        return;
    (void)badge_fail(&err, BADGE_OK, 0, "this is not the digest of the published context: its SHA-256 is %s in hex",
                     r->sha256);
    say(r, "digest_differs", at, err.text);
}

/* -- digestSRI: "sha384-…", several with spaces between them --------------------------------------------------------
 */

/* Base64 with padding into bytes; false: it is not that, or not of that many bytes. */
static bool read_base64(uint8_t *out, size_t len, struct badge_text text)
{
    char url_safe[(MAX_DIGEST + 2) / 3 * 4];
    size_t n = text.len, written;
    while (n > 0 && text.len - n < 2 && text.bytes[n - 1] == '=')
        n--;
    if (text.len % 4 != 0 || text.len > sizeof url_safe)
        return false;
    for (size_t i = 0; i < n; i++) {
        if (text.bytes[i] == '-' || text.bytes[i] == '_')
            return false;
        url_safe[i] = text.bytes[i] == '+' ? '-' : text.bytes[i] == '/' ? '_' : text.bytes[i];
    }
    return multibase_base64url(out, &written, len, (struct badge_text){url_safe, n}) && written == len;
}

static void check_expression(const struct resource *r, const struct step *at, struct badge_text text)
{
    static const struct {
        const char *prefix;
        size_t len;
    } algorithms[] = {{"sha256-", SHA256_LEN}, {"sha384-", 48}, {"sha512-", 64}};
    uint8_t digest[MAX_DIGEST];
    const char *options = memchr(text.bytes, '?', text.len);
    if (options)
        text.len = (size_t)(options - text.bytes);
    for (size_t i = 0; i < sizeof algorithms / sizeof algorithms[0]; i++) {
        struct badge_text rest = text;
        if (!core_text_skip(&rest, algorithms[i].prefix) || !read_base64(digest, algorithms[i].len, rest))
            continue;
        if (algorithms[i].len == SHA256_LEN)
            compare(r, at, digest);
        return;
    }
    say(r, "wrong_value", at, "this must be sha256-, sha384- or sha512- and the digest in base64 with padding");
}

static void check_sri(const struct resource *r, const struct step *at, struct badge_text text)
{
    const char *end = text.bytes + text.len;
    if (core_text_trim(text).len == 0)
        check_expression(r, at, text);
    for (const char *begin = text.bytes; begin < end; begin++) {
        const char *space = memchr(begin, ' ', (size_t)(end - begin)), *stop = space ? space : end;
        if (stop > begin)
            check_expression(r, at, (struct badge_text){begin, (size_t)(stop - begin)});
        begin = stop;
    }
}

/* -- digestMultibase: multibase of a multihash --------------------------------------------------------------------- */

static void check_multibase(const struct resource *r, const struct step *at, struct badge_text text)
{
    static const uint8_t sha256[] = {0x12, 32}, sha384[] = {0x20, 48}, sha512[] = {0x13, 64};
    uint8_t bytes[MAX_DIGEST];
    size_t len;
    bool is_base64url;
    bool is_read = multibase_decode(bytes, &len, sizeof bytes, &is_base64url, text) && len > 2 && bytes[1] == len - 2 &&
                   (memcmp(bytes, sha256, 2) == 0 || memcmp(bytes, sha384, 2) == 0 || memcmp(bytes, sha512, 2) == 0);
    if (!is_read)
        say(r, "wrong_value", at,
            "this must be a multihash of SHA-256, SHA-384 or SHA-512 in multibase: u and base64url, or z and base58");
    else if (bytes[0] == sha256[0])
        compare(r, at, bytes + 2);
}

/* -- the objects --------------------------------------------------------------------------------------------------- */

typedef void check_digest(const struct resource *r, const struct step *at, struct badge_text text);

static void check_digests(const struct resource *r, const struct step *at, const struct badge_json_value *value,
                          check_digest *check)
{
    bool is_list = badge_json_is(value, BADGE_JSON_ARRAY);
    for (size_t i = 0; i < (is_list ? badge_json_count(value) : value ? 1 : 0); i++) {
        struct step item = step_to_item(at, i);
        struct badge_text text;
        if (badge_json_string(is_list ? badge_json_at(value, i, NULL) : value, &text))
            check(r, is_list ? &item : at, text);
        else
            say(r, "wrong_type", is_list ? &item : at, "a digest must be a text");
    }
}

static bool is_repeated(const struct badge_json_value *list, size_t n, struct badge_text id)
{
    struct badge_text other;
    for (size_t i = 0; i < n; i++)
        if (badge_json_string(model_member(badge_json_at(list, i, NULL), "id"), &other) && core_text_equal(id, other))
            return true;
    return false;
}

static void check_resource(const struct model *m, const struct step *up, const struct badge_json_value *resource,
                           bool is_again)
{
    struct step id_at = step_to_member(up, "id"), sri_at = step_to_member(up, "digestSRI"),
                multibase_at = step_to_member(up, "digestMultibase");
    const struct badge_json_value *sri = model_member(resource, "digestSRI"),
                                  *multibase = model_member(resource, "digestMultibase"),
                                  *id = model_member(resource, "id");
    struct resource r = {.m = m};
    struct badge_text url;
    if (!badge_json_is(resource, BADGE_JSON_OBJECT)) {
        say(&r, "wrong_type", up, "this must be an object with \"id\" and a digest");
        return;
    }
    if (!id)
        say(&r, "missing", &id_at, "a related resource needs its \"id\", the URL of it");
    else if (!badge_json_string(id, &url) || !text_is_url(url))
        say(&r, "not_a_url", &id_at, "this must be the URL of the resource");
    else if (is_again)
        say(&r, "wrong_value", &id_at, "each resource may be listed once");
    else
        r.sha256 = published_sha256(url);
    if (!sri && !multibase)
        say(&r, "missing", &sri_at, "a related resource needs \"digestSRI\" or \"digestMultibase\"");
    check_digests(&r, &sri_at, sri, check_sri);
    check_digests(&r, &multibase_at, multibase, check_multibase);
}

void related_resources_check(const struct model *m)
{
    const struct badge_json_value *value = model_member(m->credential, "relatedResource");
    bool is_list = badge_json_is(value, BADGE_JSON_ARRAY);
    struct step at = step_to_member(NULL, "relatedResource");
    for (size_t i = 0; i < (is_list ? badge_json_count(value) : value ? 1 : 0); i++) {
        const struct badge_json_value *one = is_list ? badge_json_at(value, i, NULL) : value;
        struct step item = step_to_item(&at, i);
        struct badge_text id;
        bool is_again = is_list && badge_json_string(model_member(one, "id"), &id) && is_repeated(value, i, id);
        check_resource(m, is_list ? &item : &at, one, is_again);
    }
}
