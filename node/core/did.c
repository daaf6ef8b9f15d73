/*
 * DIDs as issuers. evidence.c calls it with ids and documents from untrusted sources.
 *
 * Invariant: an account counts only for the DID and the chain that the caller asks about, and only through a
 * verification method that the document lists for assertions.
 */
#include "badge/did.h"

#include <string.h>

#include "core/format.h"
#include "core/text.h"

#define ARENA_CEILING ((size_t)8 << 20)

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* Whether the text is this account of this chain in the form of CAIP-10. */
static bool is_account(struct badge_text text, uint64_t chain_id, const struct badge_address *account)
{
    char chain[40];
    struct badge_address named;
    (void)core_format(chain, sizeof chain, "eip155:%llu:", (unsigned long long)chain_id);
    return core_text_skip(&text, chain) && badge_address_parse(&named, text.bytes, text.len) == BADGE_OK &&
           badge_address_checksum_ok(text.bytes, text.len) && memcmp(named.b, account->b, sizeof named.b) == 0;
}

bool badge_did_pkh_names(struct badge_text did, uint64_t chain_id, const struct badge_address *account)
{
    return core_text_skip(&did, "did:pkh:") && is_account(did, chain_id, account);
}

/* -- did:web ------------------------------------------------------------------------------------------------------- */

/* The next part up to a separator or the end; false: no more parts. */
static bool next_part(struct badge_text *part, struct badge_text *rest, char separator)
{
    if (!rest->bytes)
        return false;
    const char *end = memchr(rest->bytes, separator, rest->len);
    part->bytes = rest->bytes;
    part->len = end ? (size_t)(end - rest->bytes) : rest->len;
    rest->len -= part->len + (end ? 1 : 0);
    rest->bytes = end ? end + 1 : NULL;
    return true;
}

/* One label of a host name. */
static bool is_label(struct badge_text label)
{
    if (label.len == 0 || label.len > 63 || label.bytes[0] == '-' || label.bytes[label.len - 1] == '-')
        return false;
    for (size_t i = 0; i < label.len; i++)
        if (!is_letter(label.bytes[i]) && !is_digit(label.bytes[i]) && label.bytes[i] != '-')
            return false;
    return true;
}

/* A host name, and not what a client could parse as an IPv4 address: those end in a number. */
static bool is_host(struct badge_text host)
{
    struct badge_text rest = host, label = {"", 0};
    while (next_part(&label, &rest, '.'))
        if (!is_label(label))
            return false;
    return host.len <= 253 && label.len > 0 && !is_digit(*label.bytes);
}

static bool is_port(struct badge_text port)
{
    unsigned number = 0;
    if (port.len == 0 || port.len > 5 || port.bytes[0] == '0')
        return false;
    for (size_t i = 0; i < port.len; i++) {
        if (!is_digit(port.bytes[i]))
            return false;
        number = number * 10 + (unsigned)(port.bytes[i] - '0');
    }
    return number == 443 || (number > 1023 && number <= 65535);
}

/* A segment of the path, as written in the DID; not one of dots only, which could leave the folder. */
static bool is_segment(struct badge_text segment)
{
    bool only_dots = true;
    for (size_t i = 0; i < segment.len; i++) {
        char c = segment.bytes[i];
        if (c == '%') {
            if (segment.len - i < 3 || badge_hex_decode(&c, 1, segment.bytes + i + 1, 2) != BADGE_OK)
                return false;
            i += 2;
        } else if (!is_letter(c) && !is_digit(c) && c != '.' && c != '-' && c != '_') {
            return false;
        }
        only_dots = only_dots && c == '.';
    }
    return !only_dots;
}

static bool put_part(char url[BADGE_DID_URL_LEN], size_t *len, const char *before, struct badge_text text)
{
    size_t n = strlen(before);
    if (n + text.len >= BADGE_DID_URL_LEN - *len)
        return false;
    memcpy(url + *len, before, n);
    memcpy(url + *len + n, text.bytes, text.len);
    *len += n + text.len;
    url[*len] = '\0';
    return true;
}

bool badge_did_web_url(char url[BADGE_DID_URL_LEN], struct badge_text did)
{
    struct badge_text rest = did, host, port, segment;
    size_t len = 0;
    bool has_path = false;
    if (!core_text_skip(&rest, "did:web:") || !next_part(&host, &rest, ':'))
        return false;
    const char *percent = memchr(host.bytes, '%', host.len);
    port = (struct badge_text){percent, percent ? host.len - (size_t)(percent - host.bytes) : 0};
    host.len -= port.len;
    if (percent && ((!core_text_skip(&port, "%3A") && !core_text_skip(&port, "%3a")) || !is_port(port)))
        return false;
    if (!is_host(host) || !put_part(url, &len, "https://", host) || (percent && !put_part(url, &len, ":", port)))
        return false;
    while (next_part(&segment, &rest, ':')) {
        has_path = true;
        if (!is_segment(segment) || !put_part(url, &len, "/", segment))
            return false;
    }
    return put_part(url, &len, has_path ? "/did.json" : "/.well-known/did.json", (struct badge_text){"", 0});
}

/* -- DID documents ------------------------------------------------------------------------------------------------- */

struct did_search {
    const struct badge_json_value *document;
    struct badge_text did;
    uint64_t chain_id;
    const struct badge_address *account;
};

/* Whether a verification method has the members that DID Core section 5.2 requires, and names the account. */
static bool method_names(const struct did_search *search, const struct badge_json_value *method)
{
    struct badge_text text;
    return badge_json_string(badge_json_member(method, "id"), &text) &&
           badge_json_string(badge_json_member(method, "type"), &text) &&
           badge_json_string(badge_json_member(method, "controller"), &text) &&
           badge_json_string(badge_json_member(method, "blockchainAccountId"), &text) &&
           is_account(text, search->chain_id, search->account);
}

/* The fragment of a DID URL in this document, which may be relative (DID Core section 3.2.2); empty: of another DID. */
static struct badge_text fragment_of(const struct did_search *search, struct badge_text url)
{
    const struct badge_text none = {"", 0};
    if (url.len > search->did.len && memcmp(url.bytes, search->did.bytes, search->did.len) == 0)
        url = (struct badge_text){url.bytes + search->did.len, url.len - search->did.len};
    return url.len > 1 && url.bytes[0] == '#' ? url : none;
}

static bool reference_names(const struct did_search *search, struct badge_text reference)
{
    const struct badge_json_value *methods = badge_json_member(search->document, "verificationMethod");
    struct badge_text wanted = fragment_of(search, reference), id;
    for (size_t i = 0; wanted.len > 0 && i < badge_json_count(methods); i++) {
        const struct badge_json_value *method = badge_json_at(methods, i, NULL);
        if (badge_json_string(badge_json_member(method, "id"), &id) &&
            core_text_equal(fragment_of(search, id), wanted) && method_names(search, method))
            return true;
    }
    return false;
}

static enum badge_status search_document(bool *out, const struct did_search *search, struct badge_err *err)
{
    const struct badge_json_value *assertion = badge_json_member(search->document, "assertionMethod"),
                                  *methods = badge_json_member(search->document, "verificationMethod");
    struct badge_text id, reference;
    if (!badge_json_is(search->document, BADGE_JSON_OBJECT))
        return badge_fail(err, BADGE_ETYPE, BADGE_NO_OFFSET, "it is not a JSON object");
    if (!badge_json_string(badge_json_member(search->document, "id"), &id) || !core_text_equal(id, search->did))
        return badge_fail(err, BADGE_ETYPE, BADGE_NO_OFFSET, "its id is not the DID that it was fetched for");
    if ((assertion && !badge_json_is(assertion, BADGE_JSON_ARRAY)) ||
        (methods && !badge_json_is(methods, BADGE_JSON_ARRAY)))
        return badge_fail(err, BADGE_ETYPE, BADGE_NO_OFFSET,
                          "its verificationMethod and assertionMethod must be arrays");
    for (size_t i = 0; i < badge_json_count(assertion) && !*out; i++) {
        const struct badge_json_value *method = badge_json_at(assertion, i, NULL);
        *out = badge_json_string(method, &reference) ? reference_names(search, reference)
                                                     : method_names(search, method);
    }
    return BADGE_OK;
}

enum badge_status badge_did_document_names(bool *out, struct badge_text did, const char *bytes, size_t len,
                                           uint64_t chain_id, const struct badge_address *account,
                                           struct badge_err *err)
{
    struct did_search search = {.did = did, .chain_id = chain_id, .account = account};
    struct badge_arena arena;
    *out = false;
    if (len > BADGE_DID_MAX_DOCUMENT)
        return badge_fail(err, BADGE_ELIMIT, BADGE_NO_OFFSET, "it is longer than %zu bytes", BADGE_DID_MAX_DOCUMENT);
    badge_arena_init(&arena, ARENA_CEILING);
    enum badge_status status = badge_json_parse(&search.document, &arena, bytes, len, err);
    if (status == BADGE_OK)
        status = search_document(out, &search, err);
    badge_arena_release(&arena);
    return status;
}
