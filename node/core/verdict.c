/*
 * The judgement: evidence goes in, ten findings and one verdict come out. Daemon, command line and browser all call it,
 * so they all come to the same verdict. The table of core/verdict_rules.c is the whole policy; the functions here only
 * choose one of its rows for each check, and decide() takes the verdict from the chosen rows.
 *
 * Invariant: what is unknown is never turned into passed or failed.
 */
#include "core/verdict.h"

#include <string.h>

#include "badge/registry.h"
#include "core/claims.h"
#include "core/compiler.h"
#include "core/format.h"

#define CLAUSE_LEN 330

/* clause: what follows the sentence after a colon; NULL or empty for nothing. */
static void find(struct judge *judge, enum badge_check check, const char *code, const char *clause)
{
    const struct verdict_rule *rule = verdict_rule(check, code);
    struct badge_finding *finding = &judge->report->check[check];
    bool has_clause = clause && clause[0] != '\0';
    judge->chosen[check] = rule;
    finding->outcome = rule->outcome;
    finding->code = rule->code;
    core_format(finding->detail, sizeof finding->detail, "%s%s%.*s.", rule->sentence, has_clause ? ": " : "",
                has_clause ? CLAUSE_LEN : 0, has_clause ? clause : "");
}

/* -- the inputs --------------------------------------------------------------------------------------------------- */

enum read_result { READ, MALFORMED, UNSUPPORTED, UNREAD };

/* What the status of reading a document or receipt means: it is bad, or it only could not be read here. */
static enum read_result read_result_of(enum badge_status status)
{
    switch (status) {
    case BADGE_OK:
        return READ;
    case BADGE_EUNSUPPORTED:
    case BADGE_EIMAGE: /* what is baked into it is not known, which proves nothing against it */
        return UNSUPPORTED;
    case BADGE_ENOMEM:
    case BADGE_ELIMIT:
    case BADGE_EIO:
    case BADGE_ENOTFOUND:
    case BADGE_EPASSPHRASE:
        return UNREAD;
    case BADGE_ESYNTAX:
    case BADGE_EUTF8:
    case BADGE_EDUPLICATE:
    case BADGE_ENUMBER:
    case BADGE_EDEPTH:
    case BADGE_ETYPE:
    case BADGE_EORDER:
    case BADGE_EMISMATCH:
    case BADGE_ECORRUPT:
    case BADGE_EREFUSED:
        return MALFORMED;
    }
    return UNREAD;
}

/*
 * JSON behind a byte-order mark (nothing else that is not UTF-8 is at offset 0 of JSON) is refused, but a program on
 * its way may have added the mark: that proves nothing against the document.
 */
static enum read_result document_result(const struct badge_err *err)
{
    return err->status == BADGE_EUTF8 && err->offset == 0 ? UNSUPPORTED : read_result_of(err->status);
}

static const char *const document_code[] = {
    [MALFORMED] = "document_malformed", [UNSUPPORTED] = "document_unsupported", [UNREAD] = "document_unread"};
static const char *const receipt_code[] = {
    [MALFORMED] = "receipt_malformed", [UNSUPPORTED] = "receipt_unsupported", [UNREAD] = "receipt_unread"};

/* As in struct judge. */
static const char *find_receipt_gap(const struct badge_evidence *evidence)
{
    enum read_result result = read_result_of(evidence->receipt_err.status);
    return result == READ && !evidence->has_receipt ? "no_receipt" : receipt_code[result];
}

/* The error of a member; another where the issuer signed something else than was read. */
static const struct badge_err *claim_err(const struct badge_evidence *evidence, const struct badge_err *err)
{
    static const struct badge_err hidden = {.status = BADGE_EREFUSED,
                                            .text = "the signature is of other claims than were read"};
    return evidence->proof.hides_claims ? &hidden : err;
}

/* Whether a member of the document can be checked; if not, stores the finding that says why. err: of that member. */
static bool claim_counts(struct judge *judge, enum badge_check check, const struct badge_err *err)
{
    const struct badge_evidence *evidence = judge->evidence;
    if (evidence->document_err.status != BADGE_OK)
        find(judge, check, "document_unread", NULL);
    else if (!evidence->has_document)
        find(judge, check, "no_document", NULL);
    else if (err->status == BADGE_EREFUSED)
        find(judge, check, "claims_hidden", err->text);
    else if (err->status == BADGE_ENOTFOUND)
        find(judge, check, "issuer_elsewhere", err->text);
    else if (err->status != BADGE_OK)
        find(judge, check, "claims_malformed", err->text);
    else
        return true;
    return false;
}

/* -- the checks --------------------------------------------------------------------------------------------------- */

static void check_digest(struct judge *judge)
{
    const struct badge_evidence *evidence = judge->evidence;
    const struct badge_digest *document = &evidence->document, *claimed = &evidence->receipt.digest;
    enum read_result result = document_result(&evidence->document_err);
    const char *gap = judge->receipt_gap;
    char clause[CLAUSE_LEN];

    if (result != READ) {
        find(judge, BADGE_CHECK_DIGEST, document_code[result], evidence->document_err.text);
    } else if (gap) {
        find(judge, BADGE_CHECK_DIGEST, gap, evidence->receipt_err.text);
    } else if (!evidence->has_document) {
        find(judge, BADGE_CHECK_DIGEST, "no_document", NULL);
    } else if (badge_hash_compare(&document->value, &claimed->value) != 0) {
        find(judge, BADGE_CHECK_DIGEST, "digest_differs", NULL);
    } else if (claimed->label == BADGE_LABEL_EXTERNAL) {
        find(judge, BADGE_CHECK_DIGEST, "label_external", NULL);
    } else if (claimed->label != document->label) {
        core_format(clause, sizeof clause, "it says \"%s\", but the document is \"%s\"",
                    badge_label_name(claimed->label), badge_label_name(document->label));
        find(judge, BADGE_CHECK_DIGEST, "label_differs", clause);
    } else {
        find(judge, BADGE_CHECK_DIGEST, "digest_matches", NULL);
    }
}

static void check_inclusion(struct judge *judge)
{
    const struct badge_receipt *receipt = &judge->evidence->receipt;
    const char *gap = judge->receipt_gap;
    struct badge_hash leaf;

    if (gap) {
        find(judge, BADGE_CHECK_INCLUSION, gap, judge->evidence->receipt_err.text);
        return;
    }
    badge_leaf_hash(&leaf, &receipt->salt, &receipt->digest.value);
    bool holds = receipt->n_path <= BADGE_MAX_PATH &&
                 badge_path_verify(&receipt->root, &leaf, receipt->leaf_index, receipt->tree_size, receipt->path,
                                   receipt->n_path) == BADGE_OK;
    find(judge, BADGE_CHECK_INCLUSION, holds ? "inclusion_holds" : "path_broken", NULL);
}

static void check_registry(struct judge *judge)
{
    const struct badge_evidence *evidence = judge->evidence;
    const struct badge_receipt *receipt = &evidence->receipt;
    char contract[BADGE_ADDRESS_LEN + 1], clause[CLAUSE_LEN];

    if (judge->receipt_gap) {
        find(judge, BADGE_CHECK_REGISTRY, "no_receipt", NULL);
    } else if (!evidence->has_trusted_registry) {
        find(judge, BADGE_CHECK_REGISTRY, "registry_not_named", NULL);
    } else if (receipt->chain_id != evidence->trusted_chain_id ||
               memcmp(receipt->contract.b, evidence->trusted_contract.b, sizeof receipt->contract.b) != 0) {
        badge_address_format(contract, &receipt->contract);
        core_format(clause, sizeof clause, "contract %s on chain %llu", contract,
                    (unsigned long long)receipt->chain_id);
        find(judge, BADGE_CHECK_REGISTRY, "registry_not_trusted", clause);
    } else if (!evidence->registry.known) {
        find(judge, BADGE_CHECK_REGISTRY, "registry_unreachable", evidence->registry.why);
    } else if (evidence->chain_id != evidence->trusted_chain_id) {
        core_format(clause, sizeof clause, "chain %llu instead of %llu", (unsigned long long)evidence->chain_id,
                    (unsigned long long)evidence->trusted_chain_id);
        find(judge, BADGE_CHECK_REGISTRY, "wrong_chain", clause);
    } else if (badge_hash_compare(&evidence->code_hash, &badge_registry_code_hash) != 0) {
        find(judge, BADGE_CHECK_REGISTRY, "wrong_code", badge_registry_superseded(&evidence->code_hash));
    } else {
        find(judge, BADGE_CHECK_REGISTRY, "registry_trusted", NULL);
    }
}

/* Whether the registry that the verifier trusts has answered, whatever the receipt names. */
static bool is_genuine_registry(const struct badge_evidence *evidence)
{
    return evidence->has_trusted_registry && evidence->registry.known &&
           evidence->chain_id == evidence->trusted_chain_id &&
           badge_hash_compare(&evidence->code_hash, &badge_registry_code_hash) == 0;
}

/* Whether the chain's answers can be used; if not, stores the finding that says why. */
static bool chain_counts(struct judge *judge, enum badge_check check)
{
    if (judge->receipt_gap)
        find(judge, check, "no_receipt", NULL);
    else if (judge->chosen[BADGE_CHECK_REGISTRY]->outcome != BADGE_PASSED)
        find(judge, check, "registry_unknown", NULL);
    else
        return true;
    return false;
}

static void find_final(struct judge *judge, const struct badge_anchor_fact *anchor)
{
    const struct badge_receipt *receipt = &judge->evidence->receipt;
    char time[BADGE_TIME_LEN + 1], clause[CLAUSE_LEN];
    bool same = (!receipt->has_sequence || receipt->sequence == anchor->sequence) &&
                (!receipt->has_block ||
                 (receipt->block_number == anchor->block_number && receipt->block_time_s == anchor->time_s));

    badge_time_format(time, anchor->time_s);
    core_format(clause, sizeof clause, "it existed no later than %s (block %llu, anchor %llu of this account)", time,
                (unsigned long long)anchor->block_number, (unsigned long long)anchor->sequence);
    find(judge, BADGE_CHECK_ANCHOR, same ? "anchor_final" : "anchor_hints_differ", clause);
}

static void check_anchor(struct judge *judge)
{
    const struct badge_anchor_fact *final = &judge->evidence->anchor_final, *latest = &judge->evidence->anchor_latest;
    const struct badge_receipt *receipt = &judge->evidence->receipt;
    char clause[CLAUSE_LEN];

    if (!chain_counts(judge, BADGE_CHECK_ANCHOR))
        return;
    if (!final->fact.known) {
        find(judge, BADGE_CHECK_ANCHOR, "chain_unreachable", final->fact.why);
        return;
    }
    if (final->tree_size != 0 && latest->fact.known && latest->tree_size != final->tree_size) {
        find(judge, BADGE_CHECK_ANCHOR, "anchor_contradictory", NULL);
        return;
    }
    if (final->tree_size == 0 && !latest->fact.known) {
        find(judge, BADGE_CHECK_ANCHOR, "chain_unreachable", latest->fact.why);
        return;
    }

    uint64_t recorded = final->tree_size != 0 ? final->tree_size : latest->tree_size;
    if (recorded == 0) {
        bool is_awaited = receipt->status == BADGE_ANCHOR_SEALED || receipt->status == BADGE_ANCHOR_SENT;
        find(judge, BADGE_CHECK_ANCHOR, is_awaited ? "anchor_awaited" : "not_anchored", NULL);
    } else if (recorded != receipt->tree_size) {
        core_format(clause, sizeof clause, "%llu, but the receipt says %llu", (unsigned long long)recorded,
                    (unsigned long long)receipt->tree_size);
        find(judge, BADGE_CHECK_ANCHOR, "tree_size_differs", clause);
    } else if (final->tree_size == 0 && final->fact.why[0] != '\0') {
        find(judge, BADGE_CHECK_ANCHOR, "no_final_block", final->fact.why);
    } else if (final->tree_size == 0) {
        find(judge, BADGE_CHECK_ANCHOR, "anchor_not_final", NULL);
    } else {
        find_final(judge, final);
    }
}

#define UNNAMED_ACCOUNT "an account that the provider can no longer name"

/* What follows the account that revoked. */
static const char *const reason_clause[BADGE_N_REASONS] = {
    [BADGE_REASON_UNSPECIFIED] = "",
    [BADGE_REASON_ERROR] = ", because it was issued in error",
    [BADGE_REASON_REPLACED] = ", because another credential replaces it",
    [BADGE_REASON_UNMET] = ", because its conditions are no longer met",
    [BADGE_REASON_ANNULLED] = ", because it was annulled",
    [BADGE_REASON_HOLDER] = ", as its holder wished",
};

static void check_withdrawn(struct judge *judge)
{
    const struct badge_evidence *evidence = judge->evidence;
    char clause[CLAUSE_LEN];

    if (!chain_counts(judge, BADGE_CHECK_WITHDRAWN))
        return;
    if (!evidence->withdrawn.known) {
        find(judge, BADGE_CHECK_WITHDRAWN, "chain_unreachable", evidence->withdrawn.why);
    } else if (evidence->withdrawn_time_s == 0) {
        find(judge, BADGE_CHECK_WITHDRAWN, "not_withdrawn", NULL);
    } else {
        core_format(clause, sizeof clause, "on %s, by %s", core_time_text(evidence->withdrawn_time_s).s,
                    evidence->has_withdrawn_by ? core_account_text(&evidence->withdrawn_by).s : UNNAMED_ACCOUNT);
        find(judge, BADGE_CHECK_WITHDRAWN, "withdrawn", clause);
    }
}

static void find_revoked(struct judge *judge, int64_t time_s, const char *by, enum badge_reason reason)
{
    char clause[CLAUSE_LEN];
    core_format(clause, sizeof clause, "on %s, by %s%s", core_time_text(time_s).s, by, reason_clause[reason]);
    find(judge, BADGE_CHECK_REVOKED, "revoked", clause);
}

/* What the accounts known to be the issuer's have not revoked, of a document without a usable receipt. */
static void find_silence(struct judge *judge)
{
    const struct badge_evidence *evidence = judge->evidence;
    const struct badge_fact *fact = is_genuine_registry(evidence) ? &evidence->account_revoked : &evidence->registry;
    if (!fact->known)
        find(judge, BADGE_CHECK_REVOKED, "chain_unreachable", fact->why);
    else
        find(judge, BADGE_CHECK_REVOKED, judge->account_is_silent ? "registry_unknown" : "not_revoked", NULL);
}

/*
 * By the account of the receipt, and by those that are known to be the issuer's: these are asked of the registry that
 * the verifier trusts, whatever the receipt is, so that no receipt hides what they say.
 */
static void check_revoked(struct judge *judge)
{
    const struct badge_evidence *evidence = judge->evidence;
    bool is_asked = evidence->n_accounts > 0, is_genuine = is_genuine_registry(evidence);
    const struct badge_fact *accounts = &evidence->account_revoked;

    judge->account_is_silent = is_asked && !(is_genuine && accounts->known);
    judge->account_revoked = is_asked && !judge->account_is_silent && evidence->account_revoked_time_s != 0;
    if (judge->account_revoked)
        find_revoked(judge, evidence->account_revoked_time_s, core_account_text(&evidence->account_revoked_by).s,
                     evidence->account_revoked_reason);
    else if (is_asked && judge->receipt_gap)
        find_silence(judge);
    else if (!chain_counts(judge, BADGE_CHECK_REVOKED))
        return;
    else if (!evidence->revoked.known)
        find(judge, BADGE_CHECK_REVOKED, "chain_unreachable", evidence->revoked.why);
    else if (evidence->revoked_time_s != 0)
        find_revoked(judge, evidence->revoked_time_s,
                     evidence->has_revoked_by ? core_account_text(&evidence->revoked_by).s : UNNAMED_ACCOUNT,
                     evidence->revoked_reason);
    else
        find(judge, BADGE_CHECK_REVOKED, judge->account_is_silent ? "chain_unreachable" : "not_revoked",
             judge->account_is_silent ? accounts->why : NULL);
}

/* -- the issuer's own signature ----------------------------------------------------------------------------------- */

/* Whether the account of the receipt is bound to the issuer. */
static bool is_bound(const struct badge_evidence *evidence)
{
    return !find_receipt_gap(evidence) && evidence->issuer.known && evidence->issuer_bound;
}

/* Whether these bytes are recorded for good in the trusted registry, by any account. */
static bool is_anchored(const struct judge *judge)
{
    return judge_passed(judge, BADGE_CHECK_DIGEST) && judge_passed(judge, BADGE_CHECK_INCLUSION) &&
           judge_passed(judge, BADGE_CHECK_REGISTRY) && judge_passed(judge, BADGE_CHECK_ANCHOR);
}

/* A signature that holds only if it was made before some moment, which is past: a record can prove that. */
static void find_late(struct judge *judge)
{
    const struct badge_evidence *evidence = judge->evidence;
    const struct badge_proof_view *proof = &evidence->proof;
    char clause[CLAUSE_LEN];
    if (is_anchored(judge) && is_bound(evidence) && evidence->anchor_final.time_s < proof->made_before_s) {
        core_format(clause, sizeof clause, "it was recorded by %s, before its key or itself ended on %s",
                    core_time_text(evidence->anchor_final.time_s).s, core_time_text(proof->made_before_s).s);
        find(judge, BADGE_CHECK_PROOF, "proof_holds", clause);
    } else {
        core_format(clause, sizeof clause, "the end was on %s", core_time_text(proof->made_before_s).s);
        find(judge, BADGE_CHECK_PROOF, proof->late_code, clause);
    }
}

static void check_proof(struct judge *judge)
{
    const struct badge_claims *claims = &judge->evidence->claims;
    const struct badge_proof_view *proof = &judge->evidence->proof;
    static const struct badge_err none = {.status = BADGE_OK};
    /* Hidden status means that the whole reading is: members of known names are only a part of the document then. */
    bool is_hidden = claims->status_err.status == BADGE_EREFUSED && !claims->has_proof;
    if (!claim_counts(judge, BADGE_CHECK_PROOF, is_hidden ? &claims->status_err : &none))
        return;
    if (!claims->has_proof && (!proof->is_made || proof->outcome == BADGE_UNKNOWN))
        find(judge, BADGE_CHECK_PROOF, claims->is_opaque ? "document_not_read" : "no_proof", NULL);
    else if (!proof->is_made)
        find(judge, BADGE_CHECK_PROOF, "proof_not_checked", NULL);
    else if (proof->hides_claims && proof->outcome != BADGE_FAILED)
        find(judge, BADGE_CHECK_PROOF, "claims_hidden", proof->detail);
    else if (proof->outcome == BADGE_PASSED && proof->made_before_s && judge->evidence->now_s >= proof->made_before_s)
        find_late(judge);
    else
        find(judge, BADGE_CHECK_PROOF, proof->code, proof->detail);
}

/*
 * An issuer that records all it signs: without a record by an account of its own, a signature is not enough, since a
 * stolen key could have made it.
 */
static void check_promise(struct judge *judge)
{
    const struct badge_evidence *evidence = judge->evidence;
    const struct badge_proof_view *proof = &evidence->proof;
    const struct badge_receipt *receipt = &evidence->receipt;
    if (!judge_passed(judge, BADGE_CHECK_PROOF) || !proof->records_all ||
        (proof->has_made && proof->made_s < proof->records_since_s))
        return;
    bool is_own = is_bound(evidence) ||
                  (!judge->receipt_gap && receipt->chain_id == proof->records_chain_id &&
                   memcmp(receipt->contract.b, proof->records_contract.b, sizeof receipt->contract.b) == 0 &&
                   memcmp(receipt->issuer.b, proof->records_account.b, sizeof receipt->issuer.b) == 0);
    judge->breaks_promise = !is_own || !is_anchored(judge);
    if (!is_own && judge->chosen[BADGE_CHECK_INCLUSION]->outcome != BADGE_FAILED)
        find(judge, BADGE_CHECK_INCLUSION, "record_missing", NULL);
}

/* -- the claims --------------------------------------------------------------------------------------------------- */

static void check_status(struct judge *judge)
{
    const struct badge_claims *claims = &judge->evidence->claims;
    const struct badge_status_view *view = &judge->evidence->status;
    static const struct badge_err none = {.status = BADGE_OK};
    bool says_revoked = claims->is_revoked || (view->is_made && view->outcome == BADGE_FAILED);
    if (!claim_counts(judge, BADGE_CHECK_STATUS,
                      says_revoked ? &none : claim_err(judge->evidence, &claims->status_err)))
        return;
    if (claims->is_revoked)
        find(judge, BADGE_CHECK_STATUS, "status_revoked", "the credential itself says so");
    else if (view->is_made)
        find(judge, BADGE_CHECK_STATUS, view->code, view->detail);
    else
        find(judge, BADGE_CHECK_STATUS, claims->has_status ? "status_not_checked" : "no_status", NULL);
}

static void check_validity(struct judge *judge)
{
    const struct badge_claims *claims = &judge->evidence->claims;
    int64_t now_s = judge->evidence->now_s;
    char from[BADGE_TIME_LEN + 1], until[BADGE_TIME_LEN + 1], clause[CLAUSE_LEN];

    static const struct badge_err none = {.status = BADGE_OK};
    bool has_begun = !claims->has_not_before || now_s >= claims->not_before_s;
    bool has_ended = claims->has_not_after && now_s > claims->not_after_s;
    /* A date that was read and excludes today decides, whatever the dates are that could not be read. */
    if (!claim_counts(judge, BADGE_CHECK_VALIDITY,
                      has_ended || !has_begun ? &none : claim_err(judge->evidence, &claims->period_err)))
        return;
    badge_time_format(from, claims->not_before_s);
    badge_time_format(until, claims->not_after_s);
    core_format(clause, sizeof clause, "%s%s%s%s%s", claims->has_not_before ? "from " : "",
                claims->has_not_before ? from : "", claims->has_not_before && claims->has_not_after ? " " : "",
                claims->has_not_after ? "until " : "", claims->has_not_after ? until : "");
    /* If a period ends before it begins, it is over: waiting will not help. */
    if (has_ended)
        find(judge, BADGE_CHECK_VALIDITY, "expired", clause);
    else if (!has_begun)
        find(judge, BADGE_CHECK_VALIDITY, "not_yet_valid", clause);
    else if (claims->has_not_before || claims->has_not_after)
        find(judge, BADGE_CHECK_VALIDITY, "in_force", clause);
    else
        find(judge, BADGE_CHECK_VALIDITY, "no_period", NULL);
}

/* The code of an issuer that signed; NULL: none, or it is a key that nobody named. */
static const char *signer_code(const struct judge *judge)
{
    const struct badge_evidence *evidence = judge->evidence;
    if (!judge_passed(judge, BADGE_CHECK_PROOF) || evidence->claims.issuer.len == 0)
        return NULL;
    if (evidence->issuer_is_named)
        return "issuer_named";
    switch (evidence->proof.form) {
    case BADGE_ISSUER_FORM_KEY:
        return NULL;
    case BADGE_ISSUER_FORM_DOMAIN:
        return "issuer_domain";
    case BADGE_ISSUER_FORM_ADDRESS:
        return "issuer_address";
    }
    return NULL;
}

static void find_signer(struct judge *judge, const char *code)
{
    const struct badge_proof_view *proof = &judge->evidence->proof;
    static const char given[] = "the document with its key was given by hand";
    char clause[CLAUSE_LEN];
    bool has_address = strcmp(code, "issuer_named") != 0;
    size_t len = strlen(proof->address);
    if (strcmp(code, "issuer_domain") == 0)
        len = strcspn(proof->address, "/");
    judge->has_signer = true;
    core_format(clause, sizeof clause, "%.*s%s%s", has_address ? (int)len : 0, proof->address,
                has_address && proof->document_given ? "; " : "", proof->document_given ? given : "");
    find(judge, BADGE_CHECK_ISSUER, code, clause);
}

static void check_issuer(struct judge *judge)
{
    const struct badge_evidence *evidence = judge->evidence;
    const char *signer = signer_code(judge);
    bool is_signed = judge_passed(judge, BADGE_CHECK_PROOF);
    if (!claim_counts(judge, BADGE_CHECK_ISSUER, claim_err(evidence, &evidence->claims.issuer_err)))
        return;
    if (is_bound(evidence) && (judge->record != VERDICT_RECORD_OPEN || !is_signed))
        find(judge, BADGE_CHECK_ISSUER, "issuer_bound", evidence->issuer_how);
    else if (signer)
        find_signer(judge, signer);
    else if (judge->receipt_gap || is_bound(evidence))
        find(judge, BADGE_CHECK_ISSUER, is_signed ? "issuer_not_named" : "no_receipt", NULL);
    else if (!evidence->issuer.known)
        find(judge, BADGE_CHECK_ISSUER, "issuer_unreachable", evidence->issuer.why);
    else
        find(judge, BADGE_CHECK_ISSUER, "issuer_not_bound", evidence->issuer_how);
}

/* -- the verdict -------------------------------------------------------------------------------------------------- */

#define BIT(check) (1u << (check))

static const unsigned of_the_record = BIT(BADGE_CHECK_DIGEST) | BIT(BADGE_CHECK_INCLUSION) | BIT(BADGE_CHECK_REGISTRY) |
                                      BIT(BADGE_CHECK_ANCHOR) | BIT(BADGE_CHECK_WITHDRAWN) | BIT(BADGE_CHECK_REVOKED);

static enum verdict_record record_of(const struct judge *judge)
{
    enum verdict_record record = VERDICT_RECORD_WHOLE;
    for (unsigned i = 0; i < BADGE_N_CHECKS; i++) {
        if (!(of_the_record & BIT(i)))
            continue;
        if (judge->chosen[i]->outcome == BADGE_FAILED)
            return VERDICT_RECORD_FAILED;
        if (judge->chosen[i]->outcome == BADGE_UNKNOWN)
            record = VERDICT_RECORD_OPEN;
    }
    return record;
}

/* Whether a failed check decides over an earlier one that is unknown. over_any: those that do over each. */
static bool decides_over(const struct verdict_rule *failed, const struct verdict_rule *unknown, unsigned over_any)
{
    static const unsigned over_some = BIT(BADGE_CHECK_WITHDRAWN) | BIT(BADGE_CHECK_REVOKED) | BIT(BADGE_CHECK_STATUS) |
                                      BIT(BADGE_CHECK_VALIDITY);
    static const unsigned some = BIT(BADGE_CHECK_REGISTRY) | BIT(BADGE_CHECK_ANCHOR) | BIT(BADGE_CHECK_PROOF) |
                                 BIT(BADGE_CHECK_WITHDRAWN) | BIT(BADGE_CHECK_REVOKED) | BIT(BADGE_CHECK_STATUS);
    if (failed->outcome != BADGE_FAILED || unknown->outcome != BADGE_UNKNOWN)
        return false;
    return over_any & BIT(failed->check) || (over_some & BIT(failed->check) && some & BIT(unknown->check));
}

/* The row that decides; NULL: none. silent: the checks that do not count while they are unknown. */
static const struct verdict_rule *deciding_rule(const struct judge *judge, unsigned silent, unsigned over_any)
{
    const struct verdict_rule *deciding = NULL;
    for (size_t i = 0; i < BADGE_N_CHECKS; i++) {
        const struct verdict_rule *chosen = judge->chosen[i];
        if (chosen->verdict == BADGE_VALID || (silent & BIT(i) && chosen->outcome == BADGE_UNKNOWN))
            continue;
        /* `anchored` is the best possible verdict without a document: anything else that does not pass precedes it. */
        if (!deciding || deciding->verdict == BADGE_ANCHORED || decides_over(chosen, deciding, over_any))
            deciding = chosen;
    }
    return deciding;
}

static const struct verdict_rule *decide_by_record(const struct judge *judge)
{
    unsigned over_any = BIT(BADGE_CHECK_DIGEST) | BIT(BADGE_CHECK_INCLUSION) | BIT(BADGE_CHECK_PROOF);
    /* An account of the issuer's own has taken back these bytes: no receipt is needed to know that. */
    return deciding_rule(judge, 0, over_any | (judge->account_revoked ? BIT(BADGE_CHECK_REVOKED) : 0));
}

/* What the issuer's signature, which holds, is enough for: nothing that is unknown of the record counts. */
static const struct verdict_rule *decide_by_word(const struct judge *judge)
{
    unsigned silent = of_the_record;
    if (strcmp(judge->chosen[BADGE_CHECK_INCLUSION]->code, "record_missing") == 0)
        silent &= ~BIT(BADGE_CHECK_INCLUSION);
    if (judge->account_is_silent)
        silent &= ~BIT(BADGE_CHECK_REVOKED);
    return deciding_rule(judge, silent, ~0u & ~BIT(BADGE_CHECK_ISSUER));
}

/* Where the signature holds, the better of the two counts, but nothing is better than a check that failed. */
static void decide(struct judge *judge)
{
    const struct verdict_rule *deciding = decide_by_record(judge);
    bool is_signed = false;
    if (judge_passed(judge, BADGE_CHECK_PROOF)) {
        const struct verdict_rule *word = decide_by_word(judge);
        is_signed = !word && judge->has_signer && !judge->breaks_promise;
        bool is_failed = word && word->outcome == BADGE_FAILED && word->check != BADGE_CHECK_ISSUER;
        bool is_better = word && deciding && deciding->verdict == BADGE_UNVERIFIABLE &&
                         (judge->receipt_gap || (word->verdict != BADGE_UNVERIFIABLE && !judge->breaks_promise));
        if (is_failed || is_better)
            deciding = word;
    }
    judge->report->verdict = is_signed                                        ? BADGE_SIGNED
                             : deciding                                       ? deciding->verdict
                             : claims_only_recorded(&judge->evidence->claims) ? BADGE_RECORDED
                                                                              : BADGE_VALID;
    judge->report->decided_by = deciding && !is_signed ? deciding->check : BADGE_CHECK_DIGEST;
}

void badge_judge(struct badge_report *out, const struct badge_evidence *evidence)
{
    struct judge judge = {.evidence = evidence, .report = out, .receipt_gap = find_receipt_gap(evidence)};
    memset(out, 0, sizeof *out);
    check_digest(&judge);
    check_inclusion(&judge);
    check_registry(&judge);
    check_anchor(&judge);
    check_withdrawn(&judge);
    check_revoked(&judge);
    judge.record = record_of(&judge);
    check_proof(&judge);
    check_promise(&judge);
    check_status(&judge);
    check_validity(&judge);
    check_issuer(&judge);
    decide(&judge);
    verdict_write_sentence(&judge);
}
