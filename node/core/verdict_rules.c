/*
 * The policy of verdicts as a table: what each code of each check means, and in which words. The judgement
 * (core/verdict.c) chooses one row for each check.
 */
#include "core/verdict.h"

#include <string.h>

#include "core/compiler.h"

/* clang-format off */
static const struct verdict_rule rule[] = {
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
     "No receipt came with the document, so it was not compared with any record"},
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
    {BADGE_CHECK_INCLUSION, BADGE_UNKNOWN, "record_missing", BADGE_UNVERIFIABLE,
     "The issuer states that it records all it signs, but no record of this credential by it is shown: ask for its "
     "receipt"},

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

    {BADGE_CHECK_PROOF, BADGE_PASSED, "proof_holds", BADGE_VALID,
     "The issuer's own signature holds, by a key that is the issuer's"},
    {BADGE_CHECK_PROOF, BADGE_FAILED, "proof_broken", BADGE_INVALID,
     "The issuer's own signature is broken"},
    {BADGE_CHECK_PROOF, BADGE_FAILED, "proof_malformed", BADGE_INVALID,
     "The signature is damaged or was never well-formed"},
    {BADGE_CHECK_PROOF, BADGE_FAILED, "proof_wrong_purpose", BADGE_INVALID,
     "The signature was made for another purpose than issuing credentials"},
    {BADGE_CHECK_PROOF, BADGE_FAILED, "proof_wrong_controller", BADGE_INVALID,
     "The signature is by a key that the issuer's document does not list"},
    {BADGE_CHECK_PROOF, BADGE_FAILED, "proof_key_revoked", BADGE_INVALID,
     "The key of the signature was revoked, and nothing proves that the signature was made before"},
    {BADGE_CHECK_PROOF, BADGE_FAILED, "proof_key_expired", BADGE_INVALID,
     "The key of the signature has expired, and nothing proves that the signature was made before"},
    {BADGE_CHECK_PROOF, BADGE_FAILED, "jwt_claim_differs", BADGE_INVALID,
     "The token and the credential in it contradict each other"},
    {BADGE_CHECK_PROOF, BADGE_FAILED, "context_unsafe", BADGE_INVALID,
     "No context of the credential defines all that it says, so what was signed is not what is shown"},
    {BADGE_CHECK_PROOF, BADGE_FAILED, "proof_expired", BADGE_EXPIRED,
     "The signature has expired, and nothing proves that it was made before"},
    {BADGE_CHECK_PROOF, BADGE_FAILED, "proof_from_future", BADGE_NOT_YET_VALID,
     "The signature states a time that is yet to come"},
    {BADGE_CHECK_PROOF, BADGE_UNKNOWN, "proof_not_checked", BADGE_VALID,
     "The issuer's own signature was not checked"},
    {BADGE_CHECK_PROOF, BADGE_UNKNOWN, "no_proof", BADGE_VALID,
     "The document has no signature of its own"},
    {BADGE_CHECK_PROOF, BADGE_UNKNOWN, "proof_suite_unknown", BADGE_VALID,
     "This version can't check a signature of this kind"},
    {BADGE_CHECK_PROOF, BADGE_UNKNOWN, "proof_key_unreachable", BADGE_VALID,
     "The key of the signature could not be obtained, so the signature was not checked"},
    {BADGE_CHECK_PROOF, BADGE_UNKNOWN, "proof_key_not_bound", BADGE_VALID,
     "The signature holds, but nothing confirms that its key is the issuer's"},
    {BADGE_CHECK_PROOF, BADGE_UNKNOWN, "context_unknown", BADGE_VALID,
     "What a context of the credential said when it was signed is not known here, so its signature was not checked"},
    {BADGE_CHECK_PROOF, BADGE_UNKNOWN, "proof_too_large", BADGE_VALID,
     "To check the signature would take more work than is allowed"},
    {BADGE_CHECK_PROOF, BADGE_UNKNOWN, "proof_no_crypto", BADGE_VALID,
     "The signature's algorithm can't be computed here; try another program or browser"},
    {BADGE_CHECK_PROOF, BADGE_UNKNOWN, "no_document", BADGE_VALID,
     "Without the document there is no signature to check"},
    {BADGE_CHECK_PROOF, BADGE_UNKNOWN, "document_unread", BADGE_VALID,
     "The document could not be read, so its signature was not checked"},
    {BADGE_CHECK_PROOF, BADGE_UNKNOWN, "document_not_read", BADGE_VALID,
     "This is not a credential that this version reads, so a signature in it was not looked for"},
    {BADGE_CHECK_PROOF, BADGE_UNKNOWN, "claims_hidden", BADGE_VALID,
     "Not all of the credential can be read, so nothing rests on a signature"},

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
    {BADGE_CHECK_STATUS, BADGE_PASSED, "status_good", BADGE_VALID,
     "The status list that the credential names does not say that it was taken back"},
    {BADGE_CHECK_STATUS, BADGE_FAILED, "status_revoked", BADGE_REVOKED,
     "The issuer says that it has revoked the credential"},
    {BADGE_CHECK_STATUS, BADGE_FAILED, "status_suspended", BADGE_SUSPENDED,
     "The issuer says that the credential is suspended for the time being"},
    {BADGE_CHECK_STATUS, BADGE_UNKNOWN, "status_not_checked", BADGE_UNVERIFIABLE,
     "The credential names a status list of its issuer, which was not checked"},
    {BADGE_CHECK_STATUS, BADGE_UNKNOWN, "status_unreachable", BADGE_UNVERIFIABLE,
     "A status list that the credential names could not be read"},
    {BADGE_CHECK_STATUS, BADGE_UNKNOWN, "status_list_invalid", BADGE_UNVERIFIABLE,
     "What stands at the address of a status list is not one by the credential's issuer that holds today"},
    {BADGE_CHECK_STATUS, BADGE_UNKNOWN, "status_out_of_range", BADGE_UNVERIFIABLE,
     "A status list that the credential names has no place for it"},
    {BADGE_CHECK_STATUS, BADGE_UNKNOWN, "status_type_unknown", BADGE_UNVERIFIABLE,
     "The credential states its status in a way that this version does not read"},
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
    {BADGE_CHECK_ISSUER, BADGE_PASSED, "issuer_named", BADGE_VALID,
     "You named this issuer, and its own signature holds"},
    {BADGE_CHECK_ISSUER, BADGE_PASSED, "issuer_domain", BADGE_VALID,
     "The issuer is a domain, whose key signed the credential"},
    {BADGE_CHECK_ISSUER, BADGE_PASSED, "issuer_address", BADGE_VALID,
     "The issuer is the holder of this one address, whose key signed the credential"},
    {BADGE_CHECK_ISSUER, BADGE_FAILED, "issuer_not_named", BADGE_UNKNOWN_ISSUER,
     "The issuer is a key and nothing else, and nobody you trust names it"},
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

const struct verdict_rule *verdict_rule(enum badge_check check, const char *code)
{
    size_t i = 0;
    while (i < N_RULES && (rule[i].check != check || strcmp(rule[i].code, code) != 0))
        i++;
    BADGE_ASSERT(i < N_RULES);
    return &rule[i];
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
    [BADGE_SIGNED] = {"signed", 1,
        "The credential is unchanged since its issuer signed it, but no record confirms it."},
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

int badge_report_exit_status(const struct badge_report *report, enum badge_accept accept)
{
    const char *issuer = report->check[BADGE_CHECK_ISSUER].code;
    bool is_accepted = report->verdict == BADGE_SIGNED &&
                       ((accept != BADGE_ACCEPT_NOTHING && strcmp(issuer, "issuer_named") == 0) ||
                        (accept == BADGE_ACCEPT_SIGNED_DOMAIN && strcmp(issuer, "issuer_domain") == 0));
    return is_accepted ? 0 : badge_verdict_exit_status(report->verdict);
}
