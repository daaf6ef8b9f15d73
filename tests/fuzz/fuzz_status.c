/*
 * Status lists of any bytes: a credential, and after a NUL the list that is served at every address, whose compressed
 * bytes are taken for its bits. The first byte says what is answered. Nothing is good or taken back without a list that
 * is signed, or plain and on the issuer's origin.
 */
#include <stdlib.h>
#include <string.h>

#include "badge/status_list.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { SIGNED = 1, NO_LISTS = 2, NO_BITS = 4, GONE = 8, GIVEN = 16, LATE = 32 };
#define NOW_S 1796083200 /* 2026-12-01 */

static struct badge_digester *digest(struct badge_text text)
{
    struct badge_digester *digester;
    struct badge_digest digest;
    BADGE_ASSERT(badge_digester_new(&digester, 1 << 20, NULL) == BADGE_OK);
    if (badge_digester_update(digester, text.bytes, text.len, NULL) == BADGE_OK)
        (void)(badge_digester_final(digester, &digest, NULL) == BADGE_OK);
    return digester;
}

static struct badge_status_list *read_list(const char *url, struct badge_text text, unsigned how)
{
    struct badge_digester *digester = digest(text);
    const struct badge_proof_view proof = {.is_made = true,
                                           .outcome = how & SIGNED ? BADGE_PASSED : BADGE_UNKNOWN,
                                           .code = how & SIGNED ? "proof_holds" : "no_proof"};
    const struct badge_status_source source = {.url = url,
                                               .http_status = how & GONE ? 410 : 200,
                                               .media_type = "application/json",
                                               .is_given = how & GIVEN,
                                               .now_s = how & LATE ? NOW_S - 86400 : NOW_S};
    struct badge_status_list *list;
    BADGE_ASSERT(badge_status_list_new(&list, &source, digester, &proof, NULL) == BADGE_OK);
    struct badge_text compressed = badge_status_list_compressed(list);
    if (compressed.len > 0 && how & NO_BITS) {
        badge_status_list_fail_bits(list, "it is not gzip");
    } else if (compressed.len > 0) {
        BADGE_ASSERT(badge_status_needs_proof(digester) && how & SIGNED);
        uint8_t *bits = malloc(compressed.len);
        BADGE_ASSERT(bits);
        memcpy(bits, compressed.bytes, compressed.len);
        badge_status_list_take_bits(list, bits, compressed.len);
    }
    BADGE_ASSERT(badge_status_list_compressed(list).len == 0);
    BADGE_ASSERT(badge_status_list_ttl(list) >= 0 && badge_status_list_memory(list) > 0);
    badge_digester_free(digester);
    return list;
}

static void check(const struct badge_status_view *view, unsigned how, bool has_status)
{
    static const struct badge_status_view none;
    BADGE_ASSERT(view->is_made && view->code && view->n_items <= BADGE_MAX_STATUSES);
    BADGE_ASSERT(view->outcome == BADGE_PASSED || strcmp(view->code, "no_status") != 0);
    BADGE_ASSERT(!has_status || view->outcome != BADGE_PASSED || strcmp(view->code, "status_good") == 0);
    for (size_t i = 0; i < view->n_items; i++) {
        const struct badge_status_item *item = &view->item[i];
        bool is_decided = item->has_value;
        BADGE_ASSERT(item->code);
        BADGE_ASSERT(item->outcome != BADGE_FAILED || (is_decided && item->value != 0));
        BADGE_ASSERT(!is_decided || item->is_plain || (how & SIGNED && !(how & NO_BITS)));
        BADGE_ASSERT(!is_decided || !(how & NO_LISTS));
        BADGE_ASSERT(!item->is_plain || strncmp(item->list, "https://", 8) == 0);
        BADGE_ASSERT(view->outcome != BADGE_PASSED || item->outcome == BADGE_PASSED);
    }
    BADGE_ASSERT(memcmp(&none, view, sizeof none) != 0);
}

static void inquire(const struct badge_digester *digester, unsigned how, struct badge_text text)
{
    static const struct badge_policy policy;
    struct badge_status_inquiry *inquiry;
    struct badge_status_request request;
    struct badge_status_view view;
    struct badge_claims claims;
    badge_claims_read(&claims, badge_digester_reading(digester));
    BADGE_ASSERT(badge_status_new(&inquiry, digester, NULL) == BADGE_OK);
    while (badge_status_next(inquiry, &request)) {
        BADGE_ASSERT(badge_status_is_open(inquiry, request.number));
        BADGE_ASSERT(memcmp(request.url, "https://", 8) == 0 && strlen(request.url) < sizeof request.url);
        if (how & NO_LISTS) {
            badge_status_fail(inquiry, request.number, "it is not there");
        } else {
            struct badge_status_list *list = read_list(request.url, text, how);
            badge_status_take(inquiry, request.number, list, claims.issuer, &policy, NOW_S);
            badge_status_list_free(list);
        }
        BADGE_ASSERT(!badge_status_is_open(inquiry, request.number));
    }
    badge_status_conclude(&view, inquiry);
    check(&view, how, claims.has_status);
    badge_status_free(inquiry);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2)
        return 0;
    const char *bytes = (const char *)data + 1, *nul = memchr(bytes, '\0', size - 1);
    size_t len = nul ? (size_t)(nul - bytes) : size - 1;
    struct badge_text list = {nul ? nul + 1 : "", nul ? size - len - 2 : 0};
    struct badge_digester *digester = digest((struct badge_text){bytes, len});
    inquire(digester, data[0], list);
    badge_digester_free(digester);
    return 0;
}
