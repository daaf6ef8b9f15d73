/*
 * The judgement: evidence goes in, ten findings and one verdict come out. Daemon, command line and browser all call it,
 * so they all come to the same verdict. The table below is the whole policy; the functions only choose one of its rows
 * for each check, and decide() takes the verdict from the chosen rows.
 *
 * Invariant: what is unknown is never turned into passed or failed.
 */
#include "badge/verdict.h"

#include <string.h>

#include "badge/registry.h"
#include "core/claims.h"
#include "core/compiler.h"
#include "core/format.h"

#define CLAUSE_LEN 240
#define MAX_NAMED_ISSUER_LEN 110 /* a longer id is only in the checks */

struct rule {
    enum badge_check check;
    enum badge_outcome outcome;
    const char *code;
    enum badge_verdict verdict; /* if this row decides; BADGE_VALID: it never does */
    const char *sentence;       /* followed by a clause of detail and the full stop */
};

/* clang-format off */
static const struct rule rule[] = {
    {BADGE_CHECK_DIGEST, BADGE_PASSED, "digest_matches", BADGE_VALID,
     "This is exactly the document that the receipt was made for"},
    {BADGE_CHECK_DIGEST, BADGE_FAILED, "digest_differs", BADGE_INVALID,
     "This is not the document that the receipt was made for, or it was changed since"},
    {BADGE_CHECK_DIGEST, BADGE_FAILED, "label_differs", BADGE_INVALID,
     "The receipt names another kind of document than this one"},
    {BADGE_CHECK_DIGEST, BADGE_FAILED, "label_external", BADGE_INVALID,
     "The receipt was made for a bare fingerprint, before the node saw this document: submit the document and fetch a "
     "fresh receipt"},
    {BADGE_CHECK_DIGEST, BADGE_FAILED, "document_malformed", BADGE_INVALID,
     "The document is damaged or was never well-formed"},
    {BADGE_CHECK_DIGEST, BADGE_UNKNOWN, "document_unsupported", BADGE_UNVERIFIABLE,
     "This version can't read a document of this kind"},
    {BADGE_CHECK_DIGEST, BADGE_UNKNOWN, "document_unread", BADGE_UNVERIFIABLE, "The document could not be read"},
    {BADGE_CHECK_DIGEST, BADGE_UNKNOWN, "no_receipt", BADGE_UNVERIFIABLE,
     "There is no receipt to compare the document with: ask for the one that was issued with it"},
    {BADGE_CHECK_DIGEST, BADGE_UNKNOWN, "receipt_malformed", BADGE_UNVERIFIABLE,
     "The receipt is damaged, so the document can't be compared with it"},
    {BADGE_CHECK_DIGEST, BADGE_UNKNOWN, "receipt_unsupported", BADGE_UNVERIFIABLE,
     "This version does not support this kind of receipt, so the document can't be compared with it"},
    {BADGE_CHECK_DIGEST, BADGE_UNKNOWN, "receipt_unread", BADGE_UNVERIFIABLE,
     "The receipt could not be read, so the document can't be compared with it"},
    {BADGE_CHECK_DIGEST, BADGE_UNKNOWN, "no_document", BADGE_ANCHORED,
     "The document itself is missing, so only its receipt was checked"},

    {BADGE_CHECK_INCLUSION, BADGE_PASSED, "inclusion_holds", BADGE_VALID,
     "The receipt proves that the credential is in the batch it names"},
    {BADGE_CHECK_INCLUSION, BADGE_FAILED, "path_broken", BADGE_INVALID,
     "The receipt does not lead from the credential to the batch it names: something in it was altered"},
    {BADGE_CHECK_INCLUSION, BADGE_FAILED, "receipt_malformed", BADGE_INVALID, "The receipt is damaged or was altered"},
    {BADGE_CHECK_INCLUSION, BADGE_UNKNOWN, "no_receipt", BADGE_UNVERIFIABLE,
     "Without a receipt it is not known which batch the credential is in"},
    {BADGE_CHECK_INCLUSION, BADGE_UNKNOWN, "receipt_unsupported", BADGE_UNVERIFIABLE,
     "This version does not support this kind of receipt"},
    {BADGE_CHECK_INCLUSION, BADGE_UNKNOWN, "receipt_unread", BADGE_UNVERIFIABLE, "The receipt could not be read"},

    {BADGE_CHECK_REGISTRY, BADGE_PASSED, "registry_trusted", BADGE_VALID,
     "The receipt names the public registry that you trust, and its program is the genuine one"},
    {BADGE_CHECK_REGISTRY, BADGE_UNKNOWN, "no_receipt", BADGE_UNVERIFIABLE,
     "Without a receipt it is not known which registry to ask"},
    {BADGE_CHECK_REGISTRY, BADGE_UNKNOWN, "registry_not_named", BADGE_UNVERIFIABLE,
     "No trusted registry was named: name its chain and contract"},
    {BADGE_CHECK_REGISTRY, BADGE_UNKNOWN, "registry_not_trusted", BADGE_UNVERIFIABLE,
     "The receipt names another registry than the one you trust; name that one if you trust it too"},
    {BADGE_CHECK_REGISTRY, BADGE_UNKNOWN, "registry_unreachable", BADGE_UNVERIFIABLE,
     "The registry could not be reached; try again, or name another provider"},
    {BADGE_CHECK_REGISTRY, BADGE_UNKNOWN, "wrong_chain", BADGE_UNVERIFIABLE,
     "The provider serves another chain than the one you trust; name a provider of that chain"},
    {BADGE_CHECK_REGISTRY, BADGE_UNKNOWN, "wrong_code", BADGE_UNVERIFIABLE,
     "The program at the registry's address is not the genuine one, so its answers are not used"},

    {BADGE_CHECK_ANCHOR, BADGE_PASSED, "anchor_final", BADGE_VALID,
     "The batch is recorded in the registry for good"},
    {BADGE_CHECK_ANCHOR, BADGE_PASSED, "anchor_hints_differ", BADGE_VALID,
     "The batch is recorded in the registry for good, though the receipt states another position or time"},
    {BADGE_CHECK_ANCHOR, BADGE_FAILED, "not_anchored", BADGE_INVALID,
     "The registry has no record of this batch from this account"},
    {BADGE_CHECK_ANCHOR, BADGE_FAILED, "tree_size_differs", BADGE_INVALID,
     "The registry recorded this batch with another number of credentials than the receipt states"},
    {BADGE_CHECK_ANCHOR, BADGE_UNKNOWN, "anchor_not_final", BADGE_PENDING,
     "The batch is recorded in the registry, but that is not final yet: check again in some minutes"},
    {BADGE_CHECK_ANCHOR, BADGE_UNKNOWN, "no_final_block", BADGE_PENDING,
     "The batch is recorded in the registry, but no final block has it yet: wait, or choose how many confirmations "
     "make a block final"},
    {BADGE_CHECK_ANCHOR, BADGE_UNKNOWN, "anchor_awaited", BADGE_PENDING,
     "The batch is not recorded in the registry yet: check again in some minutes"},
    {BADGE_CHECK_ANCHOR, BADGE_UNKNOWN, "anchor_contradictory", BADGE_UNVERIFIABLE,
     "The registry's answers at two blocks contradict each other: use another provider"},
    {BADGE_CHECK_ANCHOR, BADGE_UNKNOWN, "chain_unreachable", BADGE_UNVERIFIABLE,
     "The registry could not be queried for the batch; try again, or name another provider"},
    {BADGE_CHECK_ANCHOR, BADGE_UNKNOWN, "registry_unknown", BADGE_UNVERIFIABLE,
     "The registry could not be confirmed, so it is not known whether the batch is recorded"},
    {BADGE_CHECK_ANCHOR, BADGE_UNKNOWN, "no_receipt", BADGE_UNVERIFIABLE,
     "Without a receipt it is not known which batch to look for"},

    {BADGE_CHECK_PROOF, BADGE_UNKNOWN, "proof_not_checked", BADGE_VALID,
     "The issuer's own signature was not checked by this version: the verdict rests on who recorded the credential"},
    {BADGE_CHECK_PROOF, BADGE_UNKNOWN, "no_proof", BADGE_VALID,
     "The document has no signature of its own: the verdict rests on who recorded it"},
    {BADGE_CHECK_PROOF, BADGE_UNKNOWN, "no_document", BADGE_VALID,
     "Without the document there is no signature to check"},
    {BADGE_CHECK_PROOF, BADGE_UNKNOWN, "document_unread", BADGE_VALID,
     "The document could not be read, so its signature was not checked"},
    {BADGE_CHECK_PROOF, BADGE_UNKNOWN, "document_not_read", BADGE_VALID,
     "This is not a credential that this version reads, so a signature in it was not looked for"},
    {BADGE_CHECK_PROOF, BADGE_UNKNOWN, "claims_hidden", BADGE_VALID,
     "Not all of the credential can be read, so its signature was not checked"},

    {BADGE_CHECK_WITHDRAWN, BADGE_PASSED, "not_withdrawn", BADGE_VALID, "The batch has not been withdrawn"},
    {BADGE_CHECK_WITHDRAWN, BADGE_FAILED, "withdrawn", BADGE_WITHDRAWN,
     "The whole batch that contains this credential was withdrawn"},
    {BADGE_CHECK_WITHDRAWN, BADGE_UNKNOWN, "chain_unreachable", BADGE_UNVERIFIABLE,
     "The registry could not be queried for a withdrawal of the batch; try again, or name another provider"},
    {BADGE_CHECK_WITHDRAWN, BADGE_UNKNOWN, "registry_unknown", BADGE_UNVERIFIABLE,
     "The registry could not be confirmed, so it is not known whether the batch was withdrawn"},
    {BADGE_CHECK_WITHDRAWN, BADGE_UNKNOWN, "no_receipt", BADGE_UNVERIFIABLE,
     "Without a receipt it is not known which batch to look for"},

    {BADGE_CHECK_REVOKED, BADGE_PASSED, "not_revoked", BADGE_VALID, "The credential has not been revoked"},
    {BADGE_CHECK_REVOKED, BADGE_FAILED, "revoked", BADGE_REVOKED, "This credential was revoked"},
    {BADGE_CHECK_REVOKED, BADGE_UNKNOWN, "chain_unreachable", BADGE_UNVERIFIABLE,
     "The registry could not be queried for a revocation of the credential; try again, or name another provider"},
    {BADGE_CHECK_REVOKED, BADGE_UNKNOWN, "registry_unknown", BADGE_UNVERIFIABLE,
     "The registry could not be confirmed, so it is not known whether the credential was revoked"},
    {BADGE_CHECK_REVOKED, BADGE_UNKNOWN, "no_receipt", BADGE_UNVERIFIABLE,
     "Without a receipt it is not known which issuer's revocations to look up"},

    {BADGE_CHECK_STATUS, BADGE_PASSED, "no_status", BADGE_VALID,
     "The credential does not name a status list, so there is nothing to look up"},
    {BADGE_CHECK_STATUS, BADGE_FAILED, "status_revoked", BADGE_REVOKED,
     "The credential itself says that its issuer has revoked it"},
    {BADGE_CHECK_STATUS, BADGE_UNKNOWN, "status_not_checked", BADGE_UNVERIFIABLE,
     "The credential names a status list of its issuer, which this version does not check: ask the issuer"},
    {BADGE_CHECK_STATUS, BADGE_UNKNOWN, "document_unread", BADGE_UNVERIFIABLE,
     "The document could not be read, so it is not known whether it names a status list"},
    {BADGE_CHECK_STATUS, BADGE_UNKNOWN, "claims_malformed", BADGE_UNVERIFIABLE,
     "What the credential says about its status can't be read"},
    {BADGE_CHECK_STATUS, BADGE_UNKNOWN, "claims_hidden", BADGE_UNVERIFIABLE,
     "The credential may name a status that was not read"},
    {BADGE_CHECK_STATUS, BADGE_UNKNOWN, "no_document", BADGE_VALID,
     "Without the document it is not known whether it names a status list"},

    {BADGE_CHECK_VALIDITY, BADGE_PASSED, "in_force", BADGE_VALID, "The credential is in force today"},
    {BADGE_CHECK_VALIDITY, BADGE_PASSED, "no_period", BADGE_VALID, "The credential states no period of validity"},
    {BADGE_CHECK_VALIDITY, BADGE_FAILED, "not_yet_valid", BADGE_NOT_YET_VALID, "The credential is not in force yet"},
    {BADGE_CHECK_VALIDITY, BADGE_FAILED, "expired", BADGE_EXPIRED, "The credential has expired"},
    {BADGE_CHECK_VALIDITY, BADGE_UNKNOWN, "document_unread", BADGE_UNVERIFIABLE,
     "The document could not be read, so its period of validity is not known"},
    {BADGE_CHECK_VALIDITY, BADGE_UNKNOWN, "claims_malformed", BADGE_UNVERIFIABLE,
     "The credential's period of validity can't be read"},
    {BADGE_CHECK_VALIDITY, BADGE_UNKNOWN, "claims_hidden", BADGE_UNVERIFIABLE,
     "The credential may have a period of validity that was not read"},
    {BADGE_CHECK_VALIDITY, BADGE_UNKNOWN, "no_document", BADGE_VALID,
     "Without the document its period of validity is not known"},

    {BADGE_CHECK_ISSUER, BADGE_PASSED, "issuer_bound", BADGE_VALID,
     "The account that recorded this credential acts for its issuer"},
    {BADGE_CHECK_ISSUER, BADGE_FAILED, "issuer_not_bound", BADGE_UNKNOWN_ISSUER,
     "Nobody you trust confirms that the account that recorded this credential acts for its issuer"},
    {BADGE_CHECK_ISSUER, BADGE_UNKNOWN, "issuer_unreachable", BADGE_UNKNOWN_ISSUER,
     "It could not be determined whether the account that recorded this credential acts for its issuer"},
    {BADGE_CHECK_ISSUER, BADGE_UNKNOWN, "document_unread", BADGE_UNKNOWN_ISSUER,
     "The document could not be read, so it is not known who its issuer is"},
    {BADGE_CHECK_ISSUER, BADGE_UNKNOWN, "claims_malformed", BADGE_UNKNOWN_ISSUER,
     "The credential's issuer can't be read"},
    {BADGE_CHECK_ISSUER, BADGE_UNKNOWN, "issuer_elsewhere", BADGE_UNKNOWN_ISSUER,
     "The credential does not name its issuer itself"},
    {BADGE_CHECK_ISSUER, BADGE_UNKNOWN, "claims_hidden", BADGE_UNVERIFIABLE,
     "The credential may name an issuer that was not read"},
    {BADGE_CHECK_ISSUER, BADGE_UNKNOWN, "no_receipt", BADGE_UNKNOWN_ISSUER,
     "Without a receipt it is not known which account recorded the credential"},
    {BADGE_CHECK_ISSUER, BADGE_UNKNOWN, "no_document", BADGE_VALID,
     "Without the document it is not known who its issuer is"},
};
/* clang-format on */
#define N_RULES ARRAY_LEN(rule)

struct judge {
    const struct badge_evidence *evidence;
    struct badge_report *report;
    const struct rule *chosen[BADGE_N_CHECKS];
};

/* clause: what follows the sentence after a colon; NULL or empty for nothing. */
static void find(struct judge *judge, enum badge_check check, const char *code, const char *clause)
{
    size_t i = 0;
    while (i < N_RULES && (rule[i].check != check || strcmp(rule[i].code, code) != 0))
        i++;
    BADGE_ASSERT(i < N_RULES);

    struct badge_finding *finding = &judge->report->check[check];
    bool has_clause = clause && clause[0] != '\0';
    judge->chosen[check] = &rule[i];
    finding->outcome = rule[i].outcome;
    finding->code = rule[i].code;
    core_format(finding->detail, sizeof finding->detail, "%s%s%.*s.", rule[i].sentence, has_clause ? ": " : "",
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

/* The code for a receipt that is missing or can't be used; NULL for a good one. */
static const char *receipt_gap(const struct badge_evidence *evidence)
{
    enum read_result result = read_result_of(evidence->receipt_err.status);
    return result == READ && !evidence->has_receipt ? "no_receipt" : receipt_code[result];
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
    const char *gap = receipt_gap(evidence);
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
    const char *gap = receipt_gap(judge->evidence);
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

    if (receipt_gap(evidence)) {
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

/* Whether the chain's answers can be used; if not, stores the finding that says why. */
static bool chain_counts(struct judge *judge, enum badge_check check)
{
    if (receipt_gap(judge->evidence))
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

static void check_proof(struct judge *judge)
{
    const struct badge_claims *claims = &judge->evidence->claims;
    static const struct badge_err none = {.status = BADGE_OK};
    /* Hidden status means that the whole reading is: members of known names are only a part of the document then. */
    bool is_hidden = claims->status_err.status == BADGE_EREFUSED && !claims->has_proof;
    if (claim_counts(judge, BADGE_CHECK_PROOF, is_hidden ? &claims->status_err : &none))
        find(judge, BADGE_CHECK_PROOF,
             claims->has_proof   ? "proof_not_checked"
             : claims->is_opaque ? "document_not_read"
                                 : "no_proof",
             NULL);
}

/* What follows the account that revoked. */
static const char *const reason_clause[BADGE_N_REASONS] = {
    [BADGE_REASON_UNSPECIFIED] = "",
    [BADGE_REASON_ERROR] = ", because it was issued in error",
    [BADGE_REASON_REPLACED] = ", because another credential replaces it",
    [BADGE_REASON_UNMET] = ", because its conditions are no longer met",
    [BADGE_REASON_ANNULLED] = ", because it was annulled",
    [BADGE_REASON_HOLDER] = ", as its holder wished",
};

/* withdrawn and revoked; time_s: a time of the chain, 0 if it did not happen. */
static void check_undone(struct judge *judge, enum badge_check check, const struct badge_fact *fact, int64_t time_s,
                         const struct badge_address *by)
{
    bool is_withdrawn = check == BADGE_CHECK_WITHDRAWN;
    char time[BADGE_TIME_LEN + 1], account[BADGE_ADDRESS_LEN + 1], clause[CLAUSE_LEN];

    if (!chain_counts(judge, check))
        return;
    if (!fact->known) {
        find(judge, check, "chain_unreachable", fact->why);
    } else if (time_s == 0) {
        find(judge, check, is_withdrawn ? "not_withdrawn" : "not_revoked", NULL);
    } else {
        badge_time_format(time, time_s);
        if (by)
            badge_address_format(account, by);
        core_format(clause, sizeof clause, "on %s, by %s%s", time,
                    by ? account : "an account that the provider can no longer name",
                    is_withdrawn ? "" : reason_clause[judge->evidence->revoked_reason]);
        find(judge, check, is_withdrawn ? "withdrawn" : "revoked", clause);
    }
}

static void check_status(struct judge *judge)
{
    const struct badge_claims *claims = &judge->evidence->claims;
    static const struct badge_err none = {.status = BADGE_OK};
    if (claim_counts(judge, BADGE_CHECK_STATUS, claims->is_revoked ? &none : &claims->status_err))
        find(judge, BADGE_CHECK_STATUS,
             claims->is_revoked   ? "status_revoked"
             : claims->has_status ? "status_not_checked"
                                  : "no_status",
             NULL);
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
    if (!claim_counts(judge, BADGE_CHECK_VALIDITY, has_ended || !has_begun ? &none : &claims->period_err))
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

static void check_issuer(struct judge *judge)
{
    const struct badge_evidence *evidence = judge->evidence;
    if (!claim_counts(judge, BADGE_CHECK_ISSUER, &evidence->claims.issuer_err))
        return;
    if (receipt_gap(evidence))
        find(judge, BADGE_CHECK_ISSUER, "no_receipt", NULL);
    else if (!evidence->issuer.known)
        find(judge, BADGE_CHECK_ISSUER, "issuer_unreachable", evidence->issuer.why);
    else if (evidence->issuer_bound)
        find(judge, BADGE_CHECK_ISSUER, "issuer_bound", evidence->issuer_how);
    else
        find(judge, BADGE_CHECK_ISSUER, "issuer_not_bound", evidence->issuer_how);
}

/* -- the verdict -------------------------------------------------------------------------------------------------- */

#define BIT(check) (1u << (check))

/* Whether a failed check decides over an earlier one that is unknown. */
static bool decides_over(const struct rule *failed, const struct rule *unknown)
{
    static const unsigned over_any = BIT(BADGE_CHECK_DIGEST) | BIT(BADGE_CHECK_INCLUSION) | BIT(BADGE_CHECK_PROOF);
    static const unsigned over_some = BIT(BADGE_CHECK_WITHDRAWN) | BIT(BADGE_CHECK_REVOKED) | BIT(BADGE_CHECK_STATUS) |
                                      BIT(BADGE_CHECK_VALIDITY);
    static const unsigned some = BIT(BADGE_CHECK_REGISTRY) | BIT(BADGE_CHECK_ANCHOR) | BIT(BADGE_CHECK_PROOF) |
                                 BIT(BADGE_CHECK_WITHDRAWN) | BIT(BADGE_CHECK_REVOKED) | BIT(BADGE_CHECK_STATUS);
    if (failed->outcome != BADGE_FAILED || unknown->outcome != BADGE_UNKNOWN)
        return false;
    return over_any & BIT(failed->check) || (over_some & BIT(failed->check) && some & BIT(unknown->check));
}

static void decide(struct judge *judge)
{
    const struct rule *deciding = NULL;
    for (size_t i = 0; i < BADGE_N_CHECKS; i++) {
        const struct rule *chosen = judge->chosen[i];
        if (chosen->verdict == BADGE_VALID)
            continue;
        /* `anchored` is the best possible verdict without a document: anything else that does not pass precedes it. */
        if (!deciding || deciding->verdict == BADGE_ANCHORED || decides_over(chosen, deciding))
            deciding = chosen;
    }
    judge->report->verdict = deciding                                         ? deciding->verdict
                             : claims_only_recorded(&judge->evidence->claims) ? BADGE_RECORDED
                                                                              : BADGE_VALID;
    judge->report->decided_by = deciding ? deciding->check : BADGE_CHECK_DIGEST;
}

/* Of a document that is recorded and nothing else: by whom, when, and whether a signature was passed over. */
static void write_recorded(char *out, size_t capacity, const struct badge_evidence *evidence)
{
    const struct badge_claims *claims = &evidence->claims;
    char whom[120] = "";
    if (claims->issuer.len > 0 && claims->issuer.len <= MAX_NAMED_ISSUER_LEN)
        core_format(whom, sizeof whom, " for %.*s", (int)claims->issuer.len, claims->issuer.bytes);
    core_format(out, capacity,
                "The document is unchanged since account %s recorded it%s on %s; of its validity nothing is "
                "said.%s",
                core_account_text(&evidence->receipt.issuer).s, whom, core_time_text(evidence->anchor_final.time_s).s,
                claims->has_proof ? " It carries a signature, which was not checked." : "");
}

static void write_sentence(struct badge_report *report, const struct badge_evidence *evidence)
{
    if (report->verdict == BADGE_RECORDED)
        write_recorded(report->sentence, sizeof report->sentence, evidence);
    else
        core_format(report->sentence, sizeof report->sentence, "%s", badge_verdict_sentence(report->verdict));
}

void badge_judge(struct badge_report *out, const struct badge_evidence *evidence)
{
    struct judge judge = {.evidence = evidence, .report = out};
    memset(out, 0, sizeof *out);
    check_digest(&judge);
    check_inclusion(&judge);
    check_registry(&judge);
    check_anchor(&judge);
    check_proof(&judge);
    check_undone(&judge, BADGE_CHECK_WITHDRAWN, &evidence->withdrawn, evidence->withdrawn_time_s,
                 evidence->has_withdrawn_by ? &evidence->withdrawn_by : NULL);
    check_undone(&judge, BADGE_CHECK_REVOKED, &evidence->revoked, evidence->revoked_time_s,
                 evidence->has_revoked_by ? &evidence->revoked_by : NULL);
    check_status(&judge);
    check_validity(&judge);
    check_issuer(&judge);
    decide(&judge);
    write_sentence(out, evidence);
}

bool badge_finding_is_caution(enum badge_check check, const struct badge_finding *finding)
{
    if (check == BADGE_CHECK_PROOF)
        return strcmp(finding->code, "no_proof") == 0;
    return check == BADGE_CHECK_ISSUER && finding->outcome != BADGE_PASSED &&
           strcmp(finding->code, "claims_hidden") != 0 && strcmp(finding->code, "no_document") != 0;
}

/* -- names -------------------------------------------------------------------------------------------------------- */

const char *badge_check_name(enum badge_check check)
{
    static const char *const name[BADGE_N_CHECKS] = {
        [BADGE_CHECK_DIGEST] = "digest",   [BADGE_CHECK_INCLUSION] = "inclusion", [BADGE_CHECK_REGISTRY] = "registry",
        [BADGE_CHECK_ANCHOR] = "anchor",   [BADGE_CHECK_PROOF] = "proof",         [BADGE_CHECK_WITHDRAWN] = "withdrawn",
        [BADGE_CHECK_REVOKED] = "revoked", [BADGE_CHECK_STATUS] = "status",       [BADGE_CHECK_VALIDITY] = "validity",
        [BADGE_CHECK_ISSUER] = "issuer",
    };
    BADGE_ASSERT((size_t)check < BADGE_N_CHECKS);
    return name[check];
}

const char *badge_outcome_name(enum badge_outcome outcome)
{
    static const char *const name[] = {
        [BADGE_UNKNOWN] = "unknown", [BADGE_PASSED] = "passed", [BADGE_FAILED] = "failed"};
    BADGE_ASSERT((size_t)outcome < ARRAY_LEN(name));
    return name[outcome];
}

/* clang-format off */
static const struct {
    const char *name;
    int exit_status;
    const char *sentence;
} verdict_text[] = {
    [BADGE_VALID] = {"valid", 0,
        "The credential is unchanged since it was recorded for its issuer, and it is in force."},
    [BADGE_INVALID] = {"invalid", 1,
        "The credential or its receipt was altered, or was never recorded: do not rely on it."},
    [BADGE_REVOKED] = {"revoked", 1, "The credential was revoked on behalf of its issuer: do not rely on it."},
    [BADGE_SUSPENDED] = {"suspended", 1, "The credential is suspended by its issuer for the time being."},
    [BADGE_WITHDRAWN] = {"withdrawn", 1,
        "The issuer withdrew the whole batch that contains this credential: ask for a new receipt."},
    [BADGE_EXPIRED] = {"expired", 1, "The credential has expired."},
    [BADGE_NOT_YET_VALID] = {"not_yet_valid", 1, "The credential is not in force yet."},
    [BADGE_UNKNOWN_ISSUER] = {"unknown_issuer", 1,
        "The credential is recorded unchanged, but nobody you trust confirms who recorded it."},
    [BADGE_PENDING] = {"pending", 1, "The credential's record is not final yet: check again in some minutes."},
    [BADGE_ANCHORED] = {"anchored", 1,
        "The receipt is genuine; without the document itself nothing can be said about the credential."},
    [BADGE_UNVERIFIABLE] = {"unverifiable", 3,
        "A check that the verdict needs could not be completed: see the checks for which one and why."},
    [BADGE_RECORDED] = {"recorded", 0,
        "The document is recorded unchanged; of its validity nothing is said."},
};
/* clang-format on */
#define N_VERDICTS ARRAY_LEN(verdict_text)

const char *badge_verdict_name(enum badge_verdict verdict)
{
    BADGE_ASSERT((size_t)verdict < N_VERDICTS);
    return verdict_text[verdict].name;
}

const char *badge_verdict_sentence(enum badge_verdict verdict)
{
    BADGE_ASSERT((size_t)verdict < N_VERDICTS);
    return verdict_text[verdict].sentence;
}

int badge_verdict_exit_status(enum badge_verdict verdict)
{
    BADGE_ASSERT((size_t)verdict < N_VERDICTS);
    return verdict_text[verdict].exit_status;
}
