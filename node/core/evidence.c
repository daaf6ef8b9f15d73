/*
 * The evidence of a verdict: what to query on the chain about a credential, and what the answers mean for it. The
 * verifier calls it before and after it queries the providers.
 *
 * Invariant: nothing that decides comes from the receipt or a node; the receipt only says where to look.
 */
#include "badge/evidence.h"

#include <string.h>

#include "core/format.h"
#include "core/text.h"

/* -- the accounts that are known to be the issuer's ---------------------------------------------------------------- */

struct known_accounts {
    size_t n;
    bool has_more; /* than fit, so that not all of them are asked */
    struct badge_address account[BADGE_MAX_ISSUER_ACCOUNTS];
};

static bool same_account(const struct badge_address *a, const struct badge_address *b)
{
    return memcmp(a->b, b->b, sizeof a->b) == 0;
}

static void add_account(struct known_accounts *known, const struct badge_address *account)
{
    for (size_t i = 0; i < known->n; i++)
        if (same_account(&known->account[i], account))
            return;
    if (known->n == BADGE_MAX_ISSUER_ACCOUNTS)
        known->has_more = true;
    else
        known->account[known->n++] = *account;
}

static bool has_digest(const struct badge_evidence *evidence)
{
    return evidence->has_document && evidence->document_err.status == BADGE_OK;
}

/* Those that the verifier names for its id, and those of its own document on the chain that the verifier trusts. */
static struct known_accounts known_accounts_of(const struct badge_evidence *evidence, const struct badge_policy *policy)
{
    const struct badge_proof_view *proof = &evidence->proof;
    struct known_accounts known = {.n = 0};
    if (!has_digest(evidence) || evidence->claims.issuer.len == 0)
        return known;
    for (size_t i = 0; i < policy->n_pairs; i++)
        if (policy->pair[i].has_account && policy->pair[i].id.bytes &&
            core_text_equal(policy->pair[i].id, evidence->claims.issuer))
            add_account(&known, &policy->pair[i].account);
    if (!policy->has_registry)
        return known;
    for (size_t i = 0; i < proof->n_accounts; i++)
        if (proof->account[i].chain_id == policy->chain_id)
            add_account(&known, &proof->account[i].account);
    if (proof->records_all && proof->records_chain_id == policy->chain_id &&
        same_account(&proof->records_contract, &policy->contract))
        add_account(&known, &proof->records_account);
    known.has_more = known.has_more || proof->has_more_accounts;
    return known;
}

static bool has_readable_receipt(const struct badge_evidence *evidence)
{
    return evidence->has_receipt && evidence->receipt_err.status == BADGE_OK;
}

/* Those that are asked beside the receipt's own. */
static void ask_accounts(struct badge_chain_query_params *out, const struct badge_evidence *evidence,
                         const struct known_accounts *known)
{
    for (size_t i = 0; i < known->n; i++)
        if (!out->has_record || !same_account(&known->account[i], &evidence->receipt.issuer))
            out->account[out->n_accounts++] = known->account[i];
}

const char *badge_evidence_query(struct badge_chain_query_params *out, const struct badge_evidence *evidence,
                                 const struct badge_policy *policy, size_t n_providers)
{
    *out = (struct badge_chain_query_params){.contract = policy->contract,
                                             .confirmations = policy->confirmations,
                                             .max_head_age_s = policy->max_head_age_s,
                                             .now_s = evidence->now_s};
    if (n_providers == 0)
        return "no provider of the chain was named";
    if (!policy->has_registry)
        return "no registry was named as trusted";
    struct known_accounts known = known_accounts_of(evidence, policy);
    out->has_record = has_readable_receipt(evidence);
    if (!out->has_record && known.n == 0)
        return "there is no readable receipt, so it is not known where to look";

    /* For a document without a digest, the receipt's digest is looked up. */
    out->digest = has_digest(evidence) ? evidence->document.value : evidence->receipt.digest.value;
    out->n_inner = has_digest(evidence) ? evidence->n_inner : 0;
    memcpy(out->inner, evidence->inner, sizeof out->inner);
    ask_accounts(out, evidence, &known);
    if (!out->has_record)
        return NULL;
    out->issuer = evidence->receipt.issuer;
    out->root = evidence->receipt.root;
    if (evidence->has_document && evidence->claims.issuer.len) {
        out->accreditor = policy->accreditor;
        out->n_accreditors = policy->n_accreditors;
        badge_keccak256(&out->subject, evidence->claims.issuer.bytes, evidence->claims.issuer.len);
    }
    return NULL;
}

/* The document counts as revoked if it, or a credential inside of it, is; and as not revoked only if none is. */
static void take_revoked(struct badge_evidence *evidence, const struct badge_chain_view *all)
{
    struct badge_revocation revocation = all->revocation;
    evidence->revoked = all->revoked;
    for (size_t i = 0; i < evidence->n_inner; i++) {
        const struct badge_fact *inner = &all->inner_revoked[i];
        bool is_revoked = evidence->revoked.known && revocation.time_s != 0;
        if (!is_revoked && (!inner->known || all->inner_revocation[i].time_s != 0) &&
            (inner->known || evidence->revoked.known)) {
            evidence->revoked = *inner;
            revocation = all->inner_revocation[i];
        }
    }
    evidence->revoked_time_s = revocation.time_s;
    evidence->revoked_reason = revocation.reason;
}

/* One account's answers about the document and the credentials inside: any revocation, or none if all are known. */
static void take_account(struct badge_evidence *evidence, const struct badge_address *account,
                         const struct badge_fact *fact, const struct badge_revocation *revocation, size_t n_digests)
{
    for (size_t i = 0; i < n_digests; i++) {
        bool is_revoked = evidence->account_revoked.known && evidence->account_revoked_time_s != 0;
        if (!is_revoked && fact[i].known && revocation[i].time_s != 0) {
            evidence->account_revoked = fact[i];
            evidence->account_revoked_time_s = revocation[i].time_s;
            evidence->account_revoked_reason = revocation[i].reason;
            evidence->account_revoked_by = *account;
        } else if (!is_revoked && !fact[i].known) {
            evidence->account_revoked = fact[i];
        }
    }
}

/* Of the receipt's own account, if it is one of them, the answers are those of the record. */
static void take_accounts(struct badge_evidence *evidence, const struct badge_policy *policy,
                          const struct badge_chain_view *all)
{
    struct known_accounts known = known_accounts_of(evidence, policy);
    size_t n_digests = 1 + evidence->n_inner, n_asked = 0;
    evidence->n_accounts = known.n;
    evidence->account_revoked = (struct badge_fact){.known = true};
    evidence->account_revoked_time_s = 0;
    if (known.has_more)
        (void)core_format(evidence->account_revoked.why, sizeof evidence->account_revoked.why,
                          "the issuer has more accounts than can be asked");
    evidence->account_revoked.known = !known.has_more;
    for (size_t i = 0; i < known.n; i++) {
        const struct badge_address *account = &known.account[i];
        if (has_readable_receipt(evidence) && same_account(account, &evidence->receipt.issuer)) {
            take_account(evidence, account, &all->revoked, &all->revocation, 1);
            take_account(evidence, account, all->inner_revoked, all->inner_revocation, evidence->n_inner);
        } else {
            take_account(evidence, account, all->account_revoked[n_asked], all->account_revocation[n_asked], n_digests);
            n_asked++;
        }
    }
}

static void take_chain(struct badge_evidence *evidence, const struct badge_chain_view *all)
{
    evidence->registry = all->chain.known ? all->code : all->chain;
    evidence->chain_id = all->chain_id;
    evidence->code_hash = all->code_hash;
    /* A wrong chain id is known even if the code could not be read. */
    if (all->chain.known && all->chain_id != evidence->trusted_chain_id)
        evidence->registry.known = true;
    evidence->anchor_final = all->anchor_final;
    evidence->anchor_latest = all->anchor_latest;
    evidence->withdrawn = all->withdrawn;
    evidence->withdrawn_time_s = all->withdrawn_time_s;
    /* Only the issuer may call withdraw(): no event is needed to know the account. */
    evidence->has_withdrawn_by = all->withdrawn.known && all->withdrawn_time_s;
    evidence->withdrawn_by = evidence->receipt.issuer;
    take_revoked(evidence, all);
    evidence->has_revoked_by = all->has_revoked_by;
    evidence->revoked_by = all->revoked_by;
}

/* -- the issuer ---------------------------------------------------------------------------------------------------- */

static void set_bound(struct badge_evidence *evidence, enum badge_bound by, const char *how)
{
    evidence->issuer.known = true;
    evidence->issuer_bound = true;
    evidence->issuer_by = by;
    (void)core_format(evidence->issuer_how, sizeof evidence->issuer_how, "%s", how);
}

static bool bind_by_pair(struct badge_evidence *evidence, const struct badge_policy *policy)
{
    const struct badge_text id = evidence->claims.issuer;
    for (size_t i = 0; i < policy->n_pairs; i++) {
        const struct badge_pair *pair = &policy->pair[i];
        bool named = pair->id.bytes ? id.len > 0 && core_text_equal(pair->id, id) : id.len == 0;
        if (named && pair->has_account && same_account(&pair->account, &evidence->receipt.issuer)) {
            set_bound(evidence, BADGE_BY_SETTINGS, "the verifier's own settings name this account for it");
            return true;
        }
    }
    return false;
}

static bool bind_by_id(struct badge_evidence *evidence)
{
    if (badge_did_pkh_names(evidence->claims.issuer, evidence->receipt.chain_id, &evidence->receipt.issuer))
        set_bound(evidence, BADGE_BY_ID, "its id, a did:pkh, is this account");
    return evidence->issuer_bound;
}

static bool is_named(const struct badge_evidence *evidence, const struct badge_policy *policy)
{
    for (size_t i = 0; i < policy->n_pairs; i++)
        if (evidence->claims.issuer.len > 0 && policy->pair[i].id.bytes &&
            core_text_equal(policy->pair[i].id, evidence->claims.issuer))
            return true;
    return false;
}

/* An accreditation counts if the anchor's time, which the chain states, is in its period. */
static bool bind_by_accreditor(struct badge_evidence *evidence, const struct badge_policy *policy,
                               const struct badge_chain_view *all)
{
    const struct badge_anchor_fact *anchor = &evidence->anchor_final;
    if (!anchor->fact.known || !anchor->tree_size)
        anchor = &evidence->anchor_latest;
    for (size_t i = 0; i < policy->n_accreditors && anchor->fact.known && anchor->tree_size; i++) {
        const struct badge_accreditation *one = &all->accreditation[i];
        uint64_t time_s = (uint64_t)anchor->time_s;
        if (one->fact.known && one->since_s && one->since_s <= time_s && (!one->until_s || time_s < one->until_s)) {
            char how[80];
            (void)core_format(how, sizeof how, "it is accredited by %s", core_account_text(&policy->accreditor[i]).s);
            set_bound(evidence, BADGE_BY_ACCREDITOR, how);
            evidence->issuer_accreditor = policy->accreditor[i];
            return true;
        }
    }
    for (size_t i = 0; i < policy->n_accreditors; i++)
        if (!all->accreditation[i].fact.known)
            evidence->accreditors = all->accreditation[i].fact;
    return false;
}

/* Whether the issuer's DID document was read for its signature, with all its accounts. */
static bool has_document_accounts(const struct badge_evidence *evidence)
{
    char url[BADGE_DID_URL_LEN];
    return evidence->proof.n_accounts > 0 && !evidence->proof.has_more_accounts &&
           badge_did_web_url(url, evidence->claims.issuer);
}

static void take_named(struct badge_evidence *evidence, bool is_account_named)
{
    if (is_account_named) {
        set_bound(evidence, BADGE_BY_DOCUMENT, "the issuer's DID document names it");
    } else {
        evidence->issuer = evidence->accreditors;
        (void)core_format(evidence->issuer_how, sizeof evidence->issuer_how,
                          "the issuer's DID document does not name it for this chain");
    }
}

static void bind_by_known_document(struct badge_evidence *evidence)
{
    bool is_account_named = false;
    for (size_t i = 0; i < evidence->proof.n_accounts; i++)
        is_account_named = is_account_named ||
                           (evidence->proof.account[i].chain_id == evidence->receipt.chain_id &&
                            same_account(&evidence->proof.account[i].account, &evidence->receipt.issuer));
    take_named(evidence, is_account_named);
}

/* Binds the account that anchored to the issuer that the credential names, unless only a did:web document could. */
static void bind_issuer(struct badge_evidence *evidence, const struct badge_policy *policy,
                        const struct badge_chain_view *all)
{
    char url[BADGE_DID_URL_LEN];
    evidence->issuer_bound = false;
    evidence->issuer_by = BADGE_BY_NOTHING;
    evidence->issuer_how[0] = '\0';
    evidence->accreditors.known = true;
    evidence->issuer = evidence->accreditors;
    if (!evidence->has_document || !evidence->has_receipt || bind_by_pair(evidence, policy) ||
        !evidence->claims.issuer.len || bind_by_id(evidence) || bind_by_accreditor(evidence, policy, all))
        return;
    evidence->issuer = evidence->accreditors;
    if (has_document_accounts(evidence))
        bind_by_known_document(evidence);
    else if (badge_did_web_url(url, evidence->claims.issuer))
        badge_evidence_fail_document(evidence, "it is fetched only if the credential is proven to be recorded");
}

/* -- the issuer's DID document ------------------------------------------------------------------------------------- */

bool badge_evidence_document_url(char url[BADGE_DID_URL_LEN], const struct badge_evidence *evidence)
{
    struct badge_report report;
    if (!evidence->has_document || evidence->issuer_bound || evidence->claims.issuer_err.status != BADGE_OK ||
        has_document_accounts(evidence) || !badge_did_web_url(url, evidence->claims.issuer))
        return false;
    badge_judge(&report, evidence);
    for (int check = BADGE_CHECK_DIGEST; check <= BADGE_CHECK_REGISTRY; check++)
        if (report.check[check].outcome != BADGE_PASSED)
            return false;
    const struct badge_finding *anchor = &report.check[BADGE_CHECK_ANCHOR];
    return anchor->outcome == BADGE_PASSED || strcmp(anchor->code, "anchor_not_final") == 0 ||
           strcmp(anchor->code, "no_final_block") == 0;
}

void badge_evidence_take_document(struct badge_evidence *evidence, const char *bytes, size_t len)
{
    struct badge_err err = {.status = BADGE_OK};
    bool named;
    if (badge_did_document_names(&named, evidence->claims.issuer, bytes, len, evidence->receipt.chain_id,
                                 &evidence->receipt.issuer, &err) != BADGE_OK) {
        badge_evidence_fail_document(evidence, err.text);
    } else {
        take_named(evidence, named);
    }
}

void badge_evidence_fail_document(struct badge_evidence *evidence, const char *why)
{
    evidence->issuer.known = false;
    (void)core_format(evidence->issuer.why, sizeof evidence->issuer.why, "the issuer's DID document: %s", why);
}

void badge_evidence_take(struct badge_evidence *evidence, const struct badge_policy *policy,
                         const struct badge_chain_view *all)
{
    BADGE_ASSERT(policy->n_accreditors <= BADGE_MAX_ACCREDITORS);
    evidence->has_trusted_registry = policy->has_registry;
    evidence->trusted_chain_id = policy->chain_id;
    evidence->trusted_contract = policy->contract;
    take_chain(evidence, all);
    take_accounts(evidence, policy, all);
    evidence->issuer_is_named = is_named(evidence, policy);
    bind_issuer(evidence, policy, all);
}
