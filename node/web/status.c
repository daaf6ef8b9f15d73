/*
 * The status lists of a credential, at the boundary: JavaScript fetches and inflates them, core says which are needed
 * and decides what they say. One list after another; its own signature is asked about through the functions of proof.c.
 *
 * Invariant: an answer to a request that is not open, and a call out of order, is a trap.
 */
#include "badge/status_list.h"

#include <stdlib.h>
#include <string.h>

#include "core/format.h"
#include "web/badge.h"
#include "web/boundary.h"
#include "web/proof.h"
#include "web/status.h"

static struct {
    bool is_open;
    struct badge_status_inquiry *inquiry; /* NULL: nothing is asked for, or all was answered */
    enum { ASKING, PROVING, INFLATING } state;
    struct badge_status_request request;
    struct badge_status_source source; /* of the list that is read, until it is taken */
    char media_type[128];
    struct badge_digester *digester;
    struct badge_status_list *list;
} asking;

static void open_inquiry(const struct web_session *session)
{
    struct badge_report report;
    asking.is_open = true;
    if (!session->digester || badge_status_new(&asking.inquiry, session->digester, NULL) != BADGE_OK)
        return;
    badge_judge(&report, session->evidence);
    if (badge_status_is_wanted(asking.inquiry, &report))
        return;
    badge_status_free(asking.inquiry);
    asking.inquiry = NULL;
}

int verify_status_next(void)
{
    const struct web_session session = web_concluded_session();
    BADGE_ASSERT(asking.state == ASKING);
    if (!asking.is_open)
        open_inquiry(&session);
    if (!asking.inquiry)
        return 0;
    if (badge_status_next(asking.inquiry, &asking.request)) {
        struct json_out json = web_json();
        json_out_u64(&json, "number", asking.request.number);
        json_out_text(&json, "url", asking.request.url);
        web_json_end(&json);
        return 1;
    }
    badge_status_conclude(&session.evidence->status, asking.inquiry);
    badge_status_free(asking.inquiry);
    asking.inquiry = NULL;
    return 0;
}

static void expect_open(uint32_t number)
{
    BADGE_ASSERT(asking.state == ASKING && asking.inquiry && badge_status_is_open(asking.inquiry, number));
}

void verify_status_fail(uint32_t number, const uint8_t *why)
{
    struct badge_text text = web_input(why);
    expect_open(number);
    BADGE_ASSERT(text.bytes);
    badge_status_fail(asking.inquiry, number, text.bytes);
}

int verify_status_list(uint32_t number, const uint8_t *list, uint32_t http_status, const uint8_t *media_type,
                       int has_disposition, int is_given, uint32_t read_s)
{
    const struct web_session session = web_concluded_session();
    struct badge_text bytes = web_input(list), media = web_input(media_type);
    struct badge_digest digest;
    expect_open(number);
    BADGE_ASSERT(bytes.bytes);
    if (media.bytes)
        (void)core_format(asking.media_type, sizeof asking.media_type, "%.*s", (int)media.len, media.bytes);
    asking.source = (struct badge_status_source){.url = asking.request.url,
                                                 .http_status = (int)http_status,
                                                 .media_type = media.bytes ? asking.media_type : NULL,
                                                 .has_disposition = has_disposition != 0,
                                                 .is_given = is_given != 0,
                                                 .now_s = (int64_t)read_s};
    if (badge_digester_new(&asking.digester, bytes.len + 1, NULL) != BADGE_OK) {
        badge_status_fail(asking.inquiry, number, "there is not enough memory for it");
        return 0;
    }
    /* What can't be read has no digest, which badge_status_list_new() finds out. */
    if (badge_digester_update(asking.digester, bytes.bytes, bytes.len, NULL) != BADGE_OK ||
        badge_digester_final(asking.digester, &digest, NULL) != BADGE_OK)
        digest.label = BADGE_LABEL_RAW;
    asking.state = PROVING;
    if (badge_status_needs_proof(asking.digester) &&
        web_proof_open(asking.digester, session.evidence->now_s, session.contexts, NULL) != BADGE_OK) {
        struct badge_proof_view none;
        web_proof_end(&none);
    }
    return 1;
}

static void take_list(void)
{
    const struct web_session session = web_concluded_session();
    badge_status_take(asking.inquiry, asking.request.number, asking.list, session.evidence->claims.issuer,
                      session.policy, session.evidence->now_s);
    badge_status_list_free(asking.list);
    asking.list = NULL;
    asking.state = ASKING;
}

int verify_status_proven(void)
{
    struct badge_proof_view proof;
    BADGE_ASSERT(asking.state == PROVING);
    web_proof_end(&proof);
    enum badge_status status = badge_status_list_new(&asking.list, &asking.source, asking.digester, &proof, NULL);
    badge_digester_free(asking.digester);
    asking.digester = NULL;
    if (status != BADGE_OK) {
        asking.state = ASKING;
        badge_status_fail(asking.inquiry, asking.request.number, "there is not enough memory for it");
        return 0;
    }
    struct badge_text compressed = badge_status_list_compressed(asking.list);
    char *out = compressed.len > 0 ? web_output(compressed.len) : NULL;
    if (!out) {
        if (compressed.len > 0)
            badge_status_list_fail_bits(asking.list, "there is not enough memory for its bits");
        take_list();
        return 0;
    }
    memcpy(out, compressed.bytes, compressed.len);
    web_output_len(compressed.len);
    asking.state = INFLATING;
    return 1;
}

void verify_status_bits(const uint8_t *bits)
{
    size_t len = web_input(bits).len;
    BADGE_ASSERT(asking.state == INFLATING && bits);
    badge_status_list_take_bits(asking.list, (uint8_t *)web_keep(bits), len);
    take_list();
}

void verify_status_no_bits(const uint8_t *why)
{
    struct badge_text text = web_input(why);
    BADGE_ASSERT(asking.state == INFLATING && text.bytes);
    badge_status_list_fail_bits(asking.list, text.bytes);
    take_list();
}
