/*
 * DIDs as issuers. evidence.c calls it with ids and documents from untrusted sources.
 *
 * Invariant: an account counts only for the DID and the chain that the caller asks about, and only through a
 * verification method that the document lists for assertions.
 */
#include "core/did.h"

#include <string.h>

#include "core/text.h"

#define ARENA_CEILING ((size_t)8 << 20)
#define MAX_COMPARED 1000000 /* ids, in one walk: more is nobody's document */

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* A chain id, in decimal without leading zeros. */
static bool read_chain_id(uint64_t *out, struct badge_text digits)
{
    *out = 0;
    if (digits.len == 0 || (*digits.bytes == '0' && digits.len > 1))
        return false;
    for (size_t i = 0; i < digits.len; i++) {
        uint64_t digit = (uint64_t)(digits.bytes[i] - '0');
        if (!is_digit(digits.bytes[i]) || *out > (UINT64_MAX - digit) / 10)
            return false;
        *out = *out * 10 + digit;
    }
    return true;
}

bool did_chain_read(uint64_t *chain_id, struct badge_text text)
{
    return core_text_skip(&text, "eip155:") && read_chain_id(chain_id, text);
}

bool did_address_read(struct badge_address *account, struct badge_text text)
{
    return badge_address_parse(account, text.bytes, text.len) == BADGE_OK &&
           badge_address_checksum_ok(text.bytes, text.len);
}

bool did_account_read(uint64_t *chain_id, struct badge_address *account, struct badge_text text)
{
    if (text.len < BADGE_ADDRESS_LEN + 1 || text.bytes[text.len - BADGE_ADDRESS_LEN - 1] != ':')
        return false;
    struct badge_text chain = {text.bytes, text.len - BADGE_ADDRESS_LEN - 1};
    return did_chain_read(chain_id, chain) &&
           did_address_read(account, (struct badge_text){chain.bytes + chain.len + 1, BADGE_ADDRESS_LEN});
}

static bool is_account(struct badge_text text, uint64_t chain_id, const struct badge_address *account)
{
    uint64_t chain;
    struct badge_address named;
    return did_account_read(&chain, &named, text) && chain == chain_id &&
           memcmp(named.b, account->b, sizeof named.b) == 0;
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

bool did_port_ok(struct badge_text port)
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

/* A host has no case; its capitals would make two addresses of one. */
static bool put_host(char url[BADGE_DID_URL_LEN], size_t *len, struct badge_text host)
{
    size_t before = *len;
    if (!put_part(url, len, "https://", host))
        return false;
    for (char *c = url + before; *c; c++)
        *c = (char)(*c >= 'A' && *c <= 'Z' ? *c - 'A' + 'a' : *c);
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
    if (percent && ((!core_text_skip(&port, "%3A") && !core_text_skip(&port, "%3a")) || !did_port_ok(port)))
        return false;
    if (!is_host(host) || !put_host(url, &len, host) || (percent && !put_part(url, &len, ":", port)))
        return false;
    while (next_part(&segment, &rest, ':')) {
        has_path = true;
        if (!is_segment(segment) || !put_part(url, &len, "/", segment))
            return false;
    }
    return put_part(url, &len, has_path ? "/did.json" : "/.well-known/did.json", (struct badge_text){"", 0});
}

/* -- DID documents ------------------------------------------------------------------------------------------------- */

const char *did_document_fault(struct badge_text *id, const struct badge_json_value *document)
{
    const struct badge_json_value *assertion = badge_json_member(document, "assertionMethod"),
                                  *methods = badge_json_member(document, "verificationMethod");
    if (!badge_json_is(document, BADGE_JSON_OBJECT))
        return "it is not a JSON object";
    if (!badge_json_string(badge_json_member(document, "id"), id))
        return "it has no id";
    if ((assertion && !badge_json_is(assertion, BADGE_JSON_ARRAY)) ||
        (methods && !badge_json_is(methods, BADGE_JSON_ARRAY)))
        return "its verificationMethod and assertionMethod must be arrays";
    return NULL;
}

/* The fragment of a DID URL in this document, which may be relative (DID Core section 3.2.2); empty: of another DID. */
static struct badge_text fragment_of(struct badge_text document_id, struct badge_text url)
{
    const struct badge_text none = {"", 0};
    if (url.len > document_id.len && memcmp(url.bytes, document_id.bytes, document_id.len) == 0)
        url = (struct badge_text){url.bytes + document_id.len, url.len - document_id.len};
    return url.len > 1 && url.bytes[0] == '#' ? url : none;
}

bool did_same_method(struct badge_text document_id, struct badge_text a, struct badge_text b)
{
    struct badge_text fragment = fragment_of(document_id, a), is_did = document_id;
    if (fragment.len > 0)
        return core_text_equal(fragment, fragment_of(document_id, b));
    /* A document at a URL may have methods at others of its URLs; a DID has them all behind its "#". */
    return a.len > 0 && !core_text_skip(&is_did, "did:") && core_text_equal(a, b);
}

/* The next method that a reference means. */
static bool walk_reference(struct did_walk *walk)
{
    const struct badge_json_value *methods = badge_json_member(walk->document, "verificationMethod");
    struct badge_text id;
    while (walk->next_method < badge_json_count(methods)) {
        const struct badge_json_value *method = badge_json_at(methods, walk->next_method++, NULL);
        if (++walk->n_compared > MAX_COMPARED) {
            walk->is_cut = true;
            return false;
        }
        if (badge_json_string(badge_json_member(method, "id"), &id) && did_same_method(walk->id, walk->reference, id)) {
            walk->method = method;
            walk->has_found = true;
            return true;
        }
    }
    walk->method = NULL;
    return !walk->has_found;
}

bool did_walk_next(struct did_walk *walk)
{
    const struct badge_json_value *list = badge_json_member(walk->document, walk->list);
    while (!walk->is_cut) {
        if (walk->reference.len > 0 && walk_reference(walk)) {
            walk->has_found = true;
            return true;
        }
        walk->reference = (struct badge_text){"", 0};
        walk->next_method = 0;
        walk->has_found = false;
        if (walk->is_cut || walk->next == badge_json_count(list))
            return false;
        walk->method = badge_json_at(list, walk->next++, NULL);
        if (!badge_json_string(walk->method, &walk->reference) && badge_json_is(walk->method, BADGE_JSON_OBJECT))
            return true;
    }
    return false;
}

bool did_method_account(uint64_t *chain_id, struct badge_address *account, const struct badge_json_value *method)
{
    struct badge_text text;
    return badge_json_string(badge_json_member(method, "id"), &text) &&
           badge_json_string(badge_json_member(method, "type"), &text) &&
           badge_json_string(badge_json_member(method, "controller"), &text) &&
           badge_json_string(badge_json_member(method, "blockchainAccountId"), &text) &&
           did_account_read(chain_id, account, text);
}

static enum badge_status search_document(bool *out, struct did_walk *walk, uint64_t chain_id,
                                         const struct badge_address *account, struct badge_err *err)
{
    struct badge_text id;
    const char *fault = did_document_fault(&id, walk->document);
    if (!fault && !core_text_equal(id, walk->id))
        fault = "its id is not the DID that it was fetched for";
    if (fault)
        return badge_fail(err, BADGE_ETYPE, BADGE_NO_OFFSET, "%s", fault);
    while (!*out && did_walk_next(walk)) {
        uint64_t chain;
        struct badge_address named;
        *out = did_method_account(&chain, &named, walk->method) && chain == chain_id &&
               memcmp(named.b, account->b, sizeof named.b) == 0;
    }
    return BADGE_OK;
}

enum badge_status badge_did_document_names(bool *out, struct badge_text did, const char *bytes, size_t len,
                                           uint64_t chain_id, const struct badge_address *account,
                                           struct badge_err *err)
{
    struct did_walk walk = {.id = did, .list = "assertionMethod", .reference = {"", 0}};
    struct badge_arena arena;
    *out = false;
    if (len > BADGE_DID_MAX_DOCUMENT)
        return badge_fail(err, BADGE_ELIMIT, BADGE_NO_OFFSET, "it is longer than %zu bytes", BADGE_DID_MAX_DOCUMENT);
    badge_arena_init(&arena, ARENA_CEILING);
    enum badge_status status = badge_json_parse(&walk.document, &arena, bytes, len, err);
    if (status == BADGE_OK)
        status = search_document(out, &walk, chain_id, account, err);
    badge_arena_release(&arena);
    return status;
}
