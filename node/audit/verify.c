/*
 * Verification of one credential: has every provider probed, lets only what all of them agree on into the evidence,
 * binds the account to the credential's issuer, and has core judge. Called by `badge verify` and by the daemon for
 * POST /v1/verify.
 *
 * Nothing that decides is taken from the receipt or a node: the receipt only says where to look.
 */
#include "audit/verify.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "audit/agree.h"

struct verification;
struct witness {
    struct verification *verification;
    struct probe_answer answer; /* its accreditation is ours */
};

struct verification {
    uv_timer_t nothing_to_ask; /* puts the end off to the loop's next turn */
    struct verify_request request;
    struct probe_question question;
    size_t n_open, n_witnesses;
    struct witness witness[];
};

static void take_chain(struct badge_evidence *evidence, const struct probe_answer *all)
{
    evidence->registry = all->chain.known ? all->code : all->chain;
    evidence->chain_id = all->chain_id;
    evidence->code_hash = all->code_hash;
    /* The wrong chain is a fact even where its code could not be read. */
    if (all->chain.known && all->chain_id != evidence->trusted_chain_id)
        evidence->registry.known = true;
    evidence->anchor_final = all->anchor_final;
    evidence->anchor_latest = all->anchor_latest;
    evidence->withdrawn = all->withdrawn;
    evidence->withdrawn_time_s = all->withdrawn_time_s;
    /* withdraw() is the issuer's alone: no event is needed to name the account. */
    evidence->has_withdrawn_by = all->withdrawn.known && all->withdrawn_time_s;
    evidence->withdrawn_by = evidence->receipt.issuer;
    evidence->revoked = all->revoked;
    evidence->revoked_time_s = all->revoked_time_s;
    evidence->has_revoked_by = all->has_revoked_by;
    evidence->revoked_by = all->revoked_by;
}

/* -- the issuer -------------------------------------------------------------------------------------------------- */

static bool same_account(const struct badge_address *a, const struct badge_address *b)
{
    return memcmp(a->b, b->b, sizeof a->b) == 0;
}

static void bound(struct badge_evidence *evidence, const char *how, const struct badge_address *by)
{
    char account[BADGE_ADDRESS_LEN + 1];
    evidence->issuer.known = true;
    evidence->issuer_bound = true;
    if (by)
        badge_address_format(account, by);
    (void)snprintf(evidence->issuer_how, sizeof evidence->issuer_how, "%s%s", how, by ? account : "");
}

static bool bind_by_pair(struct badge_evidence *evidence, const struct verify_policy *policy)
{
    const struct badge_text *id = &evidence->claims.issuer;
    for (size_t i = 0; i < policy->n_pairs; i++) {
        const struct verify_pair *pair = &policy->pair[i];
        bool named = pair->id ? strlen(pair->id) == id->len && id->len && !memcmp(pair->id, id->bytes, id->len)
                              : id->len == 0;
        if (named && same_account(&pair->account, &evidence->receipt.issuer)) {
            bound(evidence, "the verifier itself names this account for it", NULL);
            return true;
        }
    }
    return false;
}

/* Binds the account that anchored to the issuer that the credential names: by the verifier's pair, or by an accreditor
 * whose accreditation held when the anchor was made. */
static void bind_issuer(struct badge_evidence *evidence, const struct verify_policy *policy,
                        const struct probe_answer *all)
{
    evidence->issuer.known = true;
    evidence->issuer_bound = false;
    if (!evidence->has_document || !evidence->has_receipt || bind_by_pair(evidence, policy) ||
        !evidence->claims.issuer.len || !policy->n_accreditors)
        return;

    const struct badge_anchor_fact *anchor = &evidence->anchor_final;
    if (!anchor->fact.known || !anchor->tree_size)
        anchor = &evidence->anchor_latest;
    for (size_t i = 0; i < policy->n_accreditors && anchor->fact.known && anchor->tree_size; i++) {
        const struct probe_accreditation *one = &all->accreditation[i];
        uint64_t time_s = (uint64_t)anchor->time_s;
        if (one->fact.known && one->since_s && one->since_s <= time_s && (!one->until_s || time_s < one->until_s)) {
            bound(evidence, "it is accredited by ", &policy->accreditor[i]);
            return;
        }
    }
    for (size_t i = 0; i < policy->n_accreditors; i++)
        if (!all->accreditation[i].fact.known)
            evidence->issuer = all->accreditation[i].fact;
}

/* -- the run ----------------------------------------------------------------------------------------------------- */

static void on_closed(uv_handle_t *handle)
{
    free(handle->data);
}

static void judge(struct verification *verification)
{
    struct badge_evidence *evidence = verification->request.evidence;
    struct probe_answer *all = &verification->witness[0].answer;
    struct badge_report report;
    for (size_t i = 1; i < verification->n_witnesses; i++)
        agree(all, &verification->witness[i].answer, verification->question.n_accreditors,
              rpc_name(verification->request.rpc[i]));
    take_chain(evidence, all);
    bind_issuer(evidence, verification->request.policy, all);
    badge_judge(&report, evidence);
    verification->request.callback(verification->request.context, &report);
    for (size_t i = 0; i < verification->n_witnesses; i++)
        free(verification->witness[i].answer.accreditation);
    uv_close((uv_handle_t *)&verification->nothing_to_ask, on_closed);
}

static void on_nothing_to_ask(uv_timer_t *timer)
{
    judge(timer->data);
}

static void on_probed(void *context, const struct probe_answer *answer)
{
    struct witness *witness = context;
    struct probe_accreditation *accreditation = witness->answer.accreditation;
    size_t n = witness->verification->question.n_accreditors;
    if (n)
        memcpy(accreditation, answer->accreditation, n * sizeof *accreditation);
    witness->answer = *answer;
    witness->answer.accreditation = accreditation;
    if (--witness->verification->n_open == 0)
        judge(witness->verification);
}

static void no_answer(struct probe_answer *answer, size_t n_accreditors, const char *why)
{
    struct badge_fact *fact[] = {
        &answer->chain,     &answer->code,   &answer->anchor_final.fact, &answer->anchor_latest.fact,
        &answer->withdrawn, &answer->revoked};
    for (size_t i = 0; i < sizeof fact / sizeof *fact; i++)
        (void)snprintf(fact[i]->why, sizeof fact[i]->why, "%s", why);
    for (size_t i = 0; i < n_accreditors; i++)
        answer->accreditation[i].fact = answer->chain;
}

static void ask_for(struct probe_question *question, const struct badge_evidence *evidence,
                    const struct verify_policy *policy)
{
    question->contract = policy->contract;
    question->issuer = evidence->receipt.issuer;
    question->root = evidence->receipt.root;
    question->digest = evidence->has_document ? evidence->document.value : evidence->receipt.digest.value;
    if (evidence->has_document && evidence->claims.issuer.len) {
        question->accreditor = policy->accreditor;
        question->n_accreditors = policy->n_accreditors;
        badge_keccak256(&question->subject, evidence->claims.issuer.bytes, evidence->claims.issuer.len);
    }
    question->confirmations = policy->confirmations;
    question->max_head_age_s = policy->max_head_age_s;
    question->now_s = evidence->now_s;
}

static struct verification *verification_new(const struct verify_request *request, size_t n_witnesses)
{
    struct verification *verification = calloc(1, sizeof *verification + n_witnesses * sizeof(struct witness));
    if (!verification)
        return NULL;
    verification->request = *request;
    verification->n_witnesses = n_witnesses;
    for (size_t i = 0; i < n_witnesses; i++) {
        struct witness *witness = &verification->witness[i];
        witness->verification = verification;
        witness->answer.accreditation = calloc(request->policy->n_accreditors + 1,
                                               sizeof *witness->answer.accreditation);
        if (!witness->answer.accreditation) {
            while (i--)
                free(verification->witness[i].answer.accreditation);
            free(verification);
            return NULL;
        }
    }
    return verification;
}

enum badge_status verify_start(const struct verify_request *request, struct badge_err *err)
{
    const struct verify_policy *policy = request->policy;
    struct badge_evidence *evidence = request->evidence;
    bool has_receipt = evidence->has_receipt && !evidence->receipt_err.status;
    bool ask = request->n_rpcs && policy->has_registry && has_receipt;
    struct verification *verification = verification_new(request, ask ? request->n_rpcs : 1);
    if (!verification)
        return badge_fail(err, BADGE_ENOMEM, BADGE_NO_OFFSET, "out of memory");
    uv_timer_init(request->loop, &verification->nothing_to_ask); /* cannot fail: uv_timer_init only links a handle */
    verification->nothing_to_ask.data = verification;

    evidence->now_s = (int64_t)time(NULL);
    evidence->has_trusted_registry = policy->has_registry;
    evidence->trusted_chain_id = policy->chain_id;
    evidence->trusted_contract = policy->contract;
    if (!ask) {
        no_answer(&verification->witness[0].answer, policy->n_accreditors,
                  !request->n_rpcs        ? "no provider of the chain was named"
                  : !policy->has_registry ? "no registry was named as trusted"
                                          : "there is no readable receipt that says where to look");
        uv_timer_start(&verification->nothing_to_ask, on_nothing_to_ask, 0, 0);
        return BADGE_OK;
    }
    ask_for(&verification->question, evidence, policy);
    verification->n_open = request->n_rpcs;
    for (size_t i = 0; i < request->n_rpcs; i++) {
        struct badge_err cause = {0};
        if (probe_start(request->rpc[i], &verification->question, on_probed, &verification->witness[i], &cause)) {
            no_answer(&verification->witness[i].answer, policy->n_accreditors, cause.text);
            verification->n_open--;
        }
    }
    if (verification->n_open == 0)
        uv_timer_start(&verification->nothing_to_ask, on_nothing_to_ask, 0, 0);
    return BADGE_OK;
}
