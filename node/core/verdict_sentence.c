/*
 * The sentence of a verdict: who recorded or signed it, when, and what is not known. The judgement calls it last.
 *
 * Invariant: of a credential that was only signed it never says that it is in force.
 */
#include <string.h>

#include "core/claims.h"
#include "core/format.h"
#include "core/verdict.h"

#define MAX_NAMED_ISSUER_LEN 110 /* a longer id is only in the checks */

struct sentence {
    char *out;
    size_t capacity, len;
};

static void add(struct sentence *to, const char *text)
{
    to->len += core_format(to->out + to->len, to->capacity - to->len, "%s", text);
}

static bool is_code(const struct judge *judge, enum badge_check check, const char *code)
{
    return strcmp(judge->report->check[check].code, code) == 0;
}

static struct badge_text named_issuer(const struct badge_evidence *evidence)
{
    struct badge_text id = evidence->claims.issuer;
    return id.len <= MAX_NAMED_ISSUER_LEN ? id : (struct badge_text){NULL, 0};
}

/* Of a document that is recorded and nothing else: by whom, when, and what its signature says. */
static void add_recorded(struct sentence *to, const struct judge *judge)
{
    const struct badge_evidence *evidence = judge->evidence;
    struct badge_text id = named_issuer(evidence);
    to->len += core_format(to->out + to->len, to->capacity - to->len,
                           "The document is unchanged since account %s recorded it%s%.*s on %s; of its validity "
                           "nothing is said.",
                           core_account_text(&evidence->receipt.issuer).s, id.len ? " for " : "", (int)id.len,
                           id.len ? id.bytes : "", core_time_text(evidence->anchor_final.time_s).s);
    if (judge_passed(judge, BADGE_CHECK_PROOF))
        add(to, " Its issuer's own signature holds.");
    else if (evidence->claims.has_proof)
        add(to, " It carries a signature, which was not checked.");
}

/* The signer: an id that was named, a domain, or one whole address, never the domain in it alone. */
static void add_signer(struct sentence *to, const struct judge *judge)
{
    const struct badge_evidence *evidence = judge->evidence;
    struct badge_text id = named_issuer(evidence);
    const char *address = evidence->proof.address;
    if (is_code(judge, BADGE_CHECK_ISSUER, "issuer_domain"))
        to->len += core_format(to->out + to->len, to->capacity - to->len, "the domain %.*s", (int)strcspn(address, "/"),
                               address);
    else if (is_code(judge, BADGE_CHECK_ISSUER, "issuer_address"))
        to->len += core_format(to->out + to->len, to->capacity - to->len, "the holder of the address %s", address);
    else if (id.len)
        to->len += core_format(to->out + to->len, to->capacity - to->len, "%.*s, which you named,", (int)id.len,
                               id.bytes);
    else
        add(to, "its issuer, which you named,");
}

/* What is missing of the record, and whether the issuer has taken it back as far as that can be known. */
static void add_missing(struct sentence *to, const struct judge *judge)
{
    const char *gap = judge->receipt_gap;
    bool is_whole = judge->record == VERDICT_RECORD_WHOLE;
    bool is_pending = !gap && judge->chosen[BADGE_CHECK_ANCHOR]->verdict == BADGE_PENDING;
    add(to, gap && strcmp(gap, "no_receipt") == 0 ? "; no receipt shows that it is recorded"
            : gap                                 ? "; its receipt can't be read"
            : is_whole                            ? "; nobody you trust confirms the account that recorded it"
            : is_pending                          ? "; its record is not final yet"
                                                  : "; its record could not be checked");
    if (is_code(judge, BADGE_CHECK_STATUS, "status_good"))
        add(to, ", and where its issuer publishes its status, nothing says that it was taken back");
    else
        add(to, gap ? ", and whether its issuer has taken it back since can't be known without its receipt"
                : is_whole
                    ? ", and whether its issuer has taken it back since can't be known without a receipt of its own"
                    : ", and whether its issuer has taken it back since can't be known without that record");
    add(to, ".");
}

static void add_signed(struct sentence *to, const struct judge *judge)
{
    const struct badge_evidence *evidence = judge->evidence;
    bool is_record = claims_only_recorded(&evidence->claims);
    add(to, is_record ? "The document is unchanged since " : "The credential is unchanged since ");
    add_signer(to, judge);
    add(to, " signed it");
    if (evidence->proof.document_given)
        add(to, " (by a document of its keys that was given by hand)");
    add_missing(to, judge);
    if (is_record)
        add(to, " Of its validity nothing is said.");
}

/* Neither receipt nor signature: the check of the signature says why. */
static void add_nothing_known(struct sentence *to, const struct judge *judge)
{
    add(to, "There is no receipt of this credential, and no signature that could stand for one. ");
    add(to, judge->report->check[BADGE_CHECK_PROOF].detail);
}

static void add_of_proof(struct sentence *to, const struct judge *judge)
{
    enum badge_verdict verdict = judge->report->verdict;
    if (verdict == BADGE_EXPIRED) {
        add(to, "The issuer's signature has expired.");
    } else if (verdict == BADGE_NOT_YET_VALID) {
        add(to, "The issuer's signature states a time that is yet to come.");
    } else if (is_code(judge, BADGE_CHECK_PROOF, "proof_broken") ||
               is_code(judge, BADGE_CHECK_PROOF, "proof_malformed") ||
               is_code(judge, BADGE_CHECK_PROOF, "proof_wrong_controller")) {
        add(to, "The credential or its signature was altered, or is not by its issuer's key: do not rely on it.");
    } else { /* nobody need have altered it */
        add(to, judge->report->check[BADGE_CHECK_PROOF].detail);
        add(to, " Do not rely on it.");
    }
}

static void add_number(struct sentence *to, const char *before, size_t n, const char *one, const char *several)
{
    to->len += core_format(to->out + to->len, to->capacity - to->len, "%s%zu %s", before, n, n == 1 ? one : several);
}

/* Of credentials inside, each judged by itself. They decide nothing. */
static void add_inside(struct sentence *to, const struct badge_inside_counts *inside)
{
    if (inside->n > 0) {
        const char *before = ": ";
        add_number(to, " Inside of it ", inside->n, "credential was looked at",
                   "credentials were looked at, each by itself");
        if (inside->n_hold > 0) {
            add_number(to, before, inside->n_hold, "holds", "hold");
            before = ", ";
        }
        if (inside->n_fail > 0) {
            add_number(to, before, inside->n_fail, "does not hold", "do not hold");
            before = ", ";
        }
        if (inside->n_open > 0)
            add_number(to, before, inside->n_open, "could not be judged", "could not be judged");
        add(to, ".");
    }
    if (inside->has_more)
        add(to, " There are more inside, which were not looked at.");
}

void verdict_write_sentence(struct judge *judge)
{
    struct badge_report *report = judge->report;
    struct sentence to = {.out = report->sentence, .capacity = sizeof report->sentence};
    bool is_signed = judge_passed(judge, BADGE_CHECK_PROOF);
    const char *gap = judge->receipt_gap;
    bool is_decided = report->verdict != BADGE_VALID;

    if (report->verdict == BADGE_RECORDED) {
        add_recorded(&to, judge);
    } else if (report->verdict == BADGE_SIGNED) {
        add_signed(&to, judge);
    } else if (report->verdict == BADGE_VALID && !is_signed) {
        add(&to, "The credential is unchanged since it was recorded for its issuer, and it is in force; nobody's "
                 "signature was checked.");
    } else if (is_decided && report->decided_by == BADGE_CHECK_PROOF) {
        add_of_proof(&to, judge);
    } else if (report->verdict == BADGE_UNKNOWN_ISSUER && is_signed && gap) {
        add(&to, "The credential is unchanged since it was signed, but nobody you trust confirms who signed it.");
    } else if (report->verdict == BADGE_UNVERIFIABLE && is_code(judge, BADGE_CHECK_INCLUSION, "record_missing") &&
               report->decided_by == BADGE_CHECK_INCLUSION) {
        add(&to, judge->report->check[BADGE_CHECK_INCLUSION].detail);
    } else if (report->verdict == BADGE_UNVERIFIABLE && !is_signed &&
               is_code(judge, BADGE_CHECK_DIGEST, "no_receipt")) {
        add_nothing_known(&to, judge);
    } else {
        add(&to, badge_verdict_sentence(report->verdict));
    }
    add_inside(&to, &judge->evidence->inside);
}
