/*
 * Revocations: of one credential by its path, of many in one request, and the state of one. The digests are looked up
 * in pieces on the pool, so that an unknown one (a typing error) is never recorded as revoked; then all known ones
 * become durable in one write, and only then is the client answered.
 */
#include <stdlib.h>
#include <string.h>

#include "api/digest_list.h"
#include "api/handlers.h"
#include "api/record_json.h"
#include "runtime/failpoint.h"
#include "runtime/log.h"
#include "runtime/tokens.h"

#define LOOKUPS_AT_ONCE 256 /* in one job: other readers wait behind it */

enum lookup_result { IS_MALFORMED, IS_UNKNOWN, IS_KNOWN };

struct revocation_request {
    struct digest_list list; /* its digests if is_list */
    bool is_list;
    struct store_why why;
    char note[STORE_MAX_NOTE];
    bool has_replacement, knows_replacement;
    struct badge_hash replacement;
    struct exchange *x;
    size_t n, n_looked_up;
    const struct badge_hash *digest;
    enum lookup_result *result;  /* of each */
    struct badge_hash *new_ones; /* those that are to be recorded */
    enum badge_status status;
    struct badge_err err;
};

static bool is_mined(enum store_revocation state)
{
    return state == STORE_REVOCATION_MINED || state == STORE_REVOCATION_FINAL;
}

static bool may_see_note(const struct exchange *x)
{
    return x->scopes & TOKEN_ADMIN;
}

static void write_state(struct json_out *out, const struct revocation_request *revoke, size_t i)
{
    struct store *store = api_of(revoke->x)->store;
    const struct badge_hash *digest = &revoke->digest[i];
    enum store_revocation state = store_revocation(store, digest);
    struct store_why why;
    json_out_hash(out, "digest", digest);
    json_out_text(out, "state", store_revocation_name(state));
    if (state == STORE_REVOCATION_NONE || !store_revocation_why(store, digest, &why))
        return;
    json_out_text(out, "reason", badge_reason_name(why.reason));
    if (why.note.len > 0 && may_see_note(revoke->x))
        json_out_string(out, "note", why.note.bytes, why.note.len);
}

/* An answer about one credential. */
static void answer_state(const struct revocation_request *revoke, unsigned status)
{
    struct json_out *out = exchange_json(revoke->x, status);
    json_out_object(out, NULL);
    write_state(out, revoke, 0);
    json_out_object_end(out);
}

/* -- on the pool --------------------------------------------------------------------------------------------------- */

/* Whether the node has accepted a credential; a failure to find out ends the request. */
static bool is_known(struct revocation_request *revoke, const struct badge_hash *digest)
{
    enum badge_status status = store_knows_work(api_of(revoke->x)->store, digest, &revoke->err);
    if (status != BADGE_OK && status != BADGE_ENOTFOUND)
        revoke->status = status;
    return status == BADGE_OK;
}

static void lookup_work(struct exchange *x)
{
    struct revocation_request *revoke = x->state;
    if (revoke->has_replacement)
        revoke->knows_replacement = is_known(revoke, &revoke->replacement);
    size_t end = revoke->n_looked_up + LOOKUPS_AT_ONCE < revoke->n ? revoke->n_looked_up + LOOKUPS_AT_ONCE : revoke->n;
    for (; revoke->n_looked_up < end && revoke->status == BADGE_OK; revoke->n_looked_up++) {
        size_t i = revoke->n_looked_up;
        if (revoke->is_list && !revoke->list.is_digest[i])
            continue;
        revoke->result[i] = is_known(revoke, &revoke->digest[i]) ? IS_KNOWN : IS_UNKNOWN;
    }
}

/*
 * A credential that is revoked on the chain is skipped. One that is requested or sent is requested again: the issuer
 * may have restored it in between, and then the later request counts.
 */
static void request_work(struct exchange *x)
{
    struct revocation_request *revoke = x->state;
    struct store *store = api_of(x)->store;
    size_t n = 0;
    if (revoke->has_replacement && revoke->result[0] == IS_KNOWN)
        revoke->status = store_relate_work(store, &revoke->digest[0], &revoke->replacement, loop_now_s(), &revoke->err);
    for (size_t i = 0; i < revoke->n; i++)
        if (revoke->result[i] == IS_KNOWN && !is_mined(store_revocation(store, &revoke->digest[i])))
            revoke->new_ones[n++] = revoke->digest[i];
    if (revoke->status == BADGE_OK)
        revoke->status = store_revoke_work(store, revoke->new_ones, n, &revoke->why, loop_now_s(), &revoke->err);
}

/* -- on the loop --------------------------------------------------------------------------------------------------- */

static void answer_one(struct revocation_request *revoke)
{
    struct exchange *x = revoke->x;
    const struct api_options *options = api_of(x);
    if (revoke->result[0] != IS_KNOWN) {
        exchange_problem(x, PROBLEM_UNKNOWN_DIGEST,
                         "This node has never received this credential, so nothing was revoked; check the digest for "
                         "typing errors, or ask the node that received it.");
        return;
    }
    bool is_final = store_revocation(options->store, &x->digest) == STORE_REVOCATION_FINAL;
    answer_state(revoke, is_final ? 200 : 202);
    exchange_add_header(x, "Location", "%s%s", options->public_url ? options->public_url : "", x->path);
}

static void answer_many(struct revocation_request *revoke)
{
    struct json_out *out = exchange_json(revoke->x, 200);
    json_out_object(out, NULL);
    json_out_array(out, "results");
    for (size_t i = 0; i < revoke->n; i++) {
        json_out_object(out, NULL);
        if (revoke->result[i] == IS_MALFORMED) {
            digest_list_write_bad(out);
        } else if (revoke->result[i] == IS_UNKNOWN) {
            json_out_hash(out, "digest", &revoke->digest[i]);
            problem_write(out, "error", PROBLEM_UNKNOWN_DIGEST, "This node has never received this credential.",
                          BADGE_NO_OFFSET);
        } else {
            write_state(out, revoke, i);
        }
        json_out_object_end(out);
    }
    json_out_array_end(out);
    json_out_object_end(out);
}

static bool request_failed(struct revocation_request *revoke)
{
    struct exchange *x = revoke->x;
    if (revoke->status == BADGE_OK)
        return false;
    if (revoke->status == BADGE_ELIMIT || revoke->status == BADGE_ENOMEM)
        exchange_problem(x, PROBLEM_TOO_BUSY, "Too many revocations wait to be sent; retry in a few seconds.");
    else
        exchange_problem(x, PROBLEM_STORE_FAILED,
                         "The node can't write to its disk and needs its operator; nothing was revoked.");
    log_error("revocation request failed", log_text("why", revoke->err.text), log_text("request", x->id));
    return true;
}

static void request_done(struct exchange *x)
{
    struct revocation_request *revoke = x->state;
    if (!request_failed(revoke)) {
        FAILPOINT("revocation", "answer");
        if (api_of(x)->anchor)
            anchor_notice(api_of(x)->anchor);
        if (revoke->is_list)
            answer_many(revoke);
        else
            answer_one(revoke);
    }
    exchange_resume(x);
}

static void answer_unknown_replacement(struct exchange *x)
{
    exchange_problem(x, PROBLEM_UNKNOWN_DIGEST,
                     "This node has never received the credential that is to replace this one, so nothing was revoked; "
                     "check replacedBy for typing errors, or submit that credential first.");
    exchange_resume(x);
}

static void lookup_done(struct exchange *x)
{
    struct revocation_request *revoke = x->state;
    if (request_failed(revoke))
        exchange_resume(x);
    else if (revoke->has_replacement && !revoke->knows_replacement)
        answer_unknown_replacement(x);
    else if (revoke->n_looked_up < revoke->n)
        exchange_run_job(x, lookup_work, lookup_done);
    else
        exchange_run_job(x, request_work, request_done);
}

static struct revocation_request *revoke_new(struct exchange *x, bool is_list)
{
    struct revocation_request *revoke = exchange_new_state(x, sizeof *revoke);
    if (revoke) {
        revoke->x = x;
        revoke->is_list = is_list;
    }
    return revoke;
}

static void lookup_start(struct revocation_request *revoke, const struct badge_hash *digest, size_t n)
{
    struct exchange *x = revoke->x;
    revoke->digest = digest;
    revoke->n = n;
    revoke->result = calloc(n + 1, sizeof *revoke->result);
    revoke->new_ones = calloc(n + 1, sizeof *revoke->new_ones);
    if (revoke->result && revoke->new_ones)
        exchange_run_job(x, lookup_work, lookup_done);
    else
        exchange_no_memory(x);
}

/* -- the routes ---------------------------------------------------------------------------------------------------- */

static bool read_reason(struct revocation_request *revoke, const struct badge_json_value *value)
{
    struct badge_text text;
    char name[16];
    if (!value)
        return true;
    if (!badge_json_string(value, &text) || text.len >= sizeof name)
        return false;
    memcpy(name, text.bytes, text.len);
    name[text.len] = '\0';
    return strlen(name) == text.len && badge_reason_parse(&revoke->why.reason, name);
}

static bool read_note(struct revocation_request *revoke, const struct badge_json_value *value)
{
    struct badge_text text;
    if (!value)
        return true;
    if (!badge_json_string(value, &text) || text.len > sizeof revoke->note)
        return false;
    memcpy(revoke->note, text.bytes, text.len);
    revoke->why.note = (struct badge_text){revoke->note, text.len};
    return true;
}

static bool read_replacement(struct revocation_request *revoke, const struct badge_json_value *value)
{
    struct badge_text text;
    size_t n = revoke->is_list ? revoke->list.n : 1;
    const struct badge_hash *digest = revoke->is_list ? revoke->list.digest : &revoke->x->digest;
    if (!value)
        return true;
    revoke->has_replacement = true;
    return badge_json_string(value, &text) &&
           badge_hex_decode(revoke->replacement.b, sizeof revoke->replacement.b, text.bytes, text.len) == BADGE_OK &&
           n == 1 && badge_hash_compare(digest, &revoke->replacement) != 0;
}

/* The members besides digests. All are checked, because a revocation for the wrong reason can't be taken back. */
static bool read_why(struct exchange *x, const struct badge_json_value *object)
{
    struct revocation_request *revoke = x->state;
    if (!read_reason(revoke, badge_json_member(object, "reason")))
        exchange_problem(x, PROBLEM_BAD_MEMBER,
                         "reason is unspecified, error, replaced, unmet, annulled or holder; nothing was revoked.");
    else if (!read_note(revoke, badge_json_member(object, "note")))
        exchange_problem(x, PROBLEM_BAD_MEMBER, "note is a string of at most %d bytes; nothing was revoked.",
                         STORE_MAX_NOTE);
    else if (!read_replacement(revoke, badge_json_member(object, "replacedBy")))
        exchange_problem(x, PROBLEM_BAD_MEMBER,
                         "replacedBy is the digest of another credential, which replaces one that is revoked alone; "
                         "nothing was revoked.");
    else
        return true;
    return false;
}

void revocation_open(struct exchange *x)
{
    if (revoke_new(x, false) && x->has_body)
        digest_list_open(x);
}

void revocation_run(struct exchange *x)
{
    if (x->body_len == 0 || digest_list_read_object(x, read_why))
        lookup_start(x->state, &x->digest, 1);
}

void revocations_open(struct exchange *x)
{
    if (revoke_new(x, true))
        digest_list_open(x);
}

void revocations_run(struct exchange *x)
{
    struct revocation_request *revoke = x->state;
    if (digest_list_read(x, sizeof *revoke->result + sizeof *revoke->new_ones, read_why))
        lookup_start(revoke, revoke->list.digest, revoke->list.n);
}

void revocation_end(struct exchange *x)
{
    struct revocation_request *revoke = x->state;
    digest_list_release(&revoke->list);
    free(revoke->result);
    free(revoke->new_ones);
}

/* What is on the chain is public; one that is not there yet is shown to administrators, and noticed to submitters. */
void revocation_show_run(struct exchange *x)
{
    const struct revocation_request one = {.x = x, .digest = &x->digest};
    enum store_revocation state = store_revocation(api_of(x)->store, &x->digest);
    if (!is_mined(state) && (state == STORE_REVOCATION_NONE || !(x->scopes & TOKEN_ADMIN))) {
        exchange_problem(x, PROBLEM_NOT_REVOKED,
                         "No revocation of this credential by this node is on the chain; its record shows whether it "
                         "was revoked otherwise.");
        return;
    }
    answer_state(&one, 200);
}

void revocation_undo_run(struct exchange *x)
{
    exchange_problem(
        x, PROBLEM_REVOCATION_STANDS,
        "An operator can't undo a revocation. The issuer can, with its own key: badge revoke --undo %.64s.",
        x->path + sizeof "/v1/credentials/" - 1);
}
