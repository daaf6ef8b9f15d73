/*
 * Accounts that are known to be the issuer's: which ones are asked for a revocation, and that no receipt of somebody
 * else hides what they say.
 */
#include "support/test.h"

#include <string.h>

#include "badge/evidence.h"
#include "badge/registry.h"

#define CHAIN_ID 31337
#define NOW_S 1795435200
#define DID "did:web:school.example"

static const char credential[] = "{\"@context\": [\"https://www.w3.org/ns/credentials/v2\"], \"type\": "
                                 "[\"VerifiableCredential\"], \"issuer\": \"" DID "\", \"proof\": {}}";

static struct badge_address account(uint8_t byte)
{
    struct badge_address address;
    memset(address.b, byte, sizeof address.b);
    return address;
}

static struct badge_pair pair_of(const char *id, uint8_t byte)
{
    struct badge_pair pair = {.has_account = byte != 0, .account = account(byte)};
    if (id)
        pair.id = (struct badge_text){id, strlen(id)};
    return pair;
}

/* A verification up to the providers' answers. */
struct run {
    struct badge_digester *digester;
    struct badge_pair pair[20];
    struct badge_policy policy;
    struct badge_evidence evidence;
    struct badge_chain_query_params params;
    const char *nothing_to_ask;
    struct badge_chain_view view;
};

static int begin(void **state)
{
    static struct run run;
    memset(&run, 0, sizeof run);
    assert_int_equal(badge_digester_new(&run.digester, 1 << 20, NULL), BADGE_OK);
    run.policy = (struct badge_policy){.has_registry = true,
                                       .chain_id = CHAIN_ID,
                                       .contract = badge_registry_address,
                                       .pair = run.pair,
                                       .max_head_age_s = 3600};
    badge_evidence_read(&run.evidence, run.digester, credential, sizeof credential - 1, NULL, 0, &run.policy);
    assert_int_equal(run.evidence.document_err.status, BADGE_OK);
    run.evidence.now_s = NOW_S;
    run.evidence.proof = (struct badge_proof_view){.is_made = true,
                                                   .outcome = BADGE_PASSED,
                                                   .code = "proof_holds",
                                                   .form = BADGE_ISSUER_FORM_DOMAIN,
                                                   .address = "school.example/.well-known/did.json"};
    *state = &run;
    return 0;
}

static int end(void **state)
{
    struct run *run = *state;
    badge_digester_free(run->digester);
    return 0;
}

static void add_pair(struct run *run, const char *id, uint8_t byte)
{
    run->pair[run->policy.n_pairs++] = pair_of(id, byte);
}

static void add_document_account(struct run *run, uint64_t chain_id, uint8_t byte)
{
    struct badge_proof_view *proof = &run->evidence.proof;
    proof->account[proof->n_accounts].chain_id = chain_id;
    proof->account[proof->n_accounts++].account = account(byte);
}

/* A receipt of this document by an account; its path is right, and the root that of a tree of one. */
static void add_receipt(struct run *run, uint8_t byte)
{
    struct badge_receipt *receipt = &run->evidence.receipt;
    run->evidence.has_receipt = true;
    *receipt = (struct badge_receipt){.digest = run->evidence.document,
                                      .tree_size = 1,
                                      .chain_id = CHAIN_ID,
                                      .contract = badge_registry_address,
                                      .issuer = account(byte),
                                      .status = BADGE_ANCHOR_FINAL};
    badge_leaf_hash(&receipt->root, &receipt->salt, &receipt->digest.value);
}

/* Every question is answered: recorded, not withdrawn, revoked by nobody. */
static void ask(struct run *run)
{
    struct badge_chain_view *view = &run->view;
    run->nothing_to_ask = badge_evidence_query(&run->params, &run->evidence, &run->policy, 1);
    badge_chain_view_unknown(view, run->nothing_to_ask ? run->nothing_to_ask : "not asked");
    if (run->nothing_to_ask)
        return;
    view->chain.known = view->code.known = true;
    view->chain_id = CHAIN_ID;
    view->code_hash = badge_registry_code_hash;
    if (run->params.has_record) {
        view->anchor_final = (struct badge_anchor_fact){
            .fact = {.known = true}, .sequence = 1, .tree_size = 1, .block_number = 3, .time_s = NOW_S - 100};
        view->anchor_latest = view->anchor_final;
        view->withdrawn.known = view->revoked.known = true;
    }
    for (size_t i = 0; i < run->params.n_accounts; i++)
        view->account_revoked[i][0].known = true;
}

static struct badge_report judged(struct run *run)
{
    struct badge_report report;
    badge_evidence_take(&run->evidence, &run->policy, &run->view);
    badge_judge(&report, &run->evidence);
    return report;
}

static bool is_asked(const struct run *run, uint8_t byte)
{
    const struct badge_address one = account(byte);
    for (size_t i = 0; i < run->params.n_accounts; i++)
        if (memcmp(&run->params.account[i], &one, sizeof one) == 0)
            return true;
    return false;
}

static void who_is_asked(void **state)
{
    struct run *run = *state;
    add_pair(run, DID, 1);
    add_pair(run, DID, 0); /* the id alone */
    add_pair(run, "did:web:other.example", 2);
    add_pair(run, NULL, 3);
    add_pair(run, DID, 4);
    add_pair(run, DID, 1); /* once more */
    add_document_account(run, CHAIN_ID, 5);
    add_document_account(run, CHAIN_ID + 1, 6);
    add_document_account(run, CHAIN_ID, 4);
    run->evidence.proof.records_all = true;
    run->evidence.proof.records_chain_id = CHAIN_ID;
    run->evidence.proof.records_contract = badge_registry_address;
    run->evidence.proof.records_account = account(7);
    ask(run);
    assert_null(run->nothing_to_ask);
    assert_false(run->params.has_record);
    assert_int_equal(run->params.n_accounts, 4);
    assert_true(is_asked(run, 1) && is_asked(run, 4) && is_asked(run, 5) && is_asked(run, 7));
    assert_memory_equal(&run->params.digest, &run->evidence.document.value, sizeof run->params.digest);

    run->evidence.proof.records_contract.b[0] ^= 1; /* another registry's account is nothing to this one */
    add_receipt(run, 5);
    ask(run);
    assert_true(run->params.has_record);
    assert_int_equal(run->params.n_accounts, 2); /* the receipt's own is asked already */
    assert_true(is_asked(run, 1) && is_asked(run, 4));
}

static void nobody_is_asked(void **state)
{
    struct run *run = *state;
    add_pair(run, DID, 0);
    add_pair(run, NULL, 3);
    ask(run);
    assert_non_null(run->nothing_to_ask);
    struct badge_report report = judged(run);
    assert_int_equal(report.verdict, BADGE_SIGNED);
    assert_string_equal(report.check[BADGE_CHECK_ISSUER].code, "issuer_named");
    assert_string_equal(report.check[BADGE_CHECK_REVOKED].code, "no_receipt");

    run->policy.has_registry = false; /* then no chain is trusted, on which a document's account would be */
    add_document_account(run, CHAIN_ID, 5);
    assert_int_equal(badge_evidence_query(&run->params, &run->evidence, &run->policy, 1)[0], 'n');
    assert_int_equal(judged(run).verdict, BADGE_SIGNED);
    add_pair(run, DID, 1); /* but this one the verifier itself has named */
    assert_int_equal(judged(run).verdict, BADGE_UNVERIFIABLE);
}

/* The issuer has revoked the badge, and its holder shows any receipt that he likes. */
static void no_receipt_hides_a_revocation(void **state)
{
    struct run *run = *state;
    enum { NONE, FORGED, OF_ANOTHER_REGISTRY, UNSUPPORTED, OWN, N };
    add_document_account(run, CHAIN_ID, 1);
    for (int kind = NONE; kind < N; kind++) {
        for (int is_revoked = 0; is_revoked < 2; is_revoked++) {
            for (int holds = 0; holds < 2; holds++) {
                run->evidence.has_receipt = false;
                run->evidence.receipt_err.status = BADGE_OK;
                run->evidence.proof.outcome = holds ? BADGE_PASSED : BADGE_UNKNOWN;
                run->evidence.proof.code = holds ? "proof_holds" : "proof_no_crypto";
                if (kind != NONE)
                    add_receipt(run, kind == OWN ? 1 : 9);
                if (kind == OF_ANOTHER_REGISTRY)
                    run->evidence.receipt.contract.b[0] ^= 1;
                if (kind == UNSUPPORTED)
                    run->evidence.receipt_err.status = BADGE_EUNSUPPORTED;
                ask(run);
                assert_int_equal(run->params.n_accounts, kind == OWN ? 0 : 1);
                if (kind == OWN)
                    run->view.revocation.time_s = is_revoked ? NOW_S - 50 : 0;
                else
                    run->view.account_revocation[0][0].time_s = is_revoked ? NOW_S - 50 : 0;
                struct badge_report report = judged(run);
                enum badge_verdict otherwise = kind == OWN      ? BADGE_VALID
                                               : holds          ? BADGE_SIGNED
                                               : kind == FORGED ? BADGE_UNKNOWN_ISSUER
                                                                : BADGE_UNVERIFIABLE;
                assert_int_equal(report.verdict, is_revoked ? BADGE_REVOKED : otherwise);
                if (is_revoked)
                    assert_non_null(strstr(report.check[BADGE_CHECK_REVOKED].detail, "0x0101010101010101"));

                run->view.revocation.time_s = run->view.account_revocation[0][0].time_s = 0;
                run->view.account_revoked[0][0].known = run->view.revoked.known = false;
                assert_int_equal(judged(run).verdict, BADGE_UNVERIFIABLE); /* no answer */
            }
        }
    }
}

/* The accounts of the document that was read for the key bind as well, and it is not asked for again. */
static void the_document_binds(void **state)
{
    struct run *run = *state;
    char url[BADGE_DID_URL_LEN];
    add_receipt(run, 1);
    ask(run);
    (void)judged(run);
    assert_true(badge_evidence_document_url(url, &run->evidence));

    add_document_account(run, CHAIN_ID + 1, 1);
    add_document_account(run, CHAIN_ID, 2);
    ask(run);
    assert_int_equal(judged(run).verdict, BADGE_SIGNED);
    assert_false(run->evidence.issuer_bound);
    assert_false(badge_evidence_document_url(url, &run->evidence));

    add_document_account(run, CHAIN_ID, 1);
    ask(run);
    struct badge_report report = judged(run);
    assert_int_equal(report.verdict, BADGE_VALID);
    assert_int_equal(run->evidence.issuer_by, BADGE_BY_DOCUMENT);
    assert_false(badge_evidence_document_url(url, &run->evidence));
}

static void too_many_accounts(void **state)
{
    struct run *run = *state;
    for (uint8_t i = 1; i <= BADGE_MAX_ISSUER_ACCOUNTS; i++)
        add_pair(run, DID, i);
    ask(run);
    assert_int_equal(run->params.n_accounts, BADGE_MAX_ISSUER_ACCOUNTS);
    assert_int_equal(judged(run).verdict, BADGE_SIGNED);
    add_pair(run, DID, 99);
    ask(run);
    assert_int_equal(run->params.n_accounts, BADGE_MAX_ISSUER_ACCOUNTS);
    struct badge_report report = judged(run);
    assert_int_equal(report.verdict, BADGE_UNVERIFIABLE);
    assert_non_null(strstr(report.check[BADGE_CHECK_REVOKED].detail, "more accounts than can be asked"));
    run->view.account_revocation[3][0].time_s = NOW_S - 5;
    assert_int_equal(judged(run).verdict, BADGE_REVOKED);
    run->policy.n_pairs = 0;
    run->evidence.proof.has_more_accounts = true;
    add_document_account(run, CHAIN_ID, 1);
    ask(run);
    assert_int_equal(judged(run).verdict, BADGE_UNVERIFIABLE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(who_is_asked, begin, end),
        cmocka_unit_test_setup_teardown(nobody_is_asked, begin, end),
        cmocka_unit_test_setup_teardown(no_receipt_hides_a_revocation, begin, end),
        cmocka_unit_test_setup_teardown(the_document_binds, begin, end),
        cmocka_unit_test_setup_teardown(too_many_accounts, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
