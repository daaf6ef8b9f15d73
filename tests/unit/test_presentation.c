/*
 * The proof of a presentation: whose it is, for which challenge, and that it changes nothing for the credential in it.
 */
#include "support/test.h"

#include <stdlib.h>
#include <string.h>

#include "support/inquiry.h"
#include "support/signer.h"

#define NOW_S 1796083200 /* 2026-12-01 */
#define WEB "did:web:holder.example"
#define WEB_URL "https://holder.example/.well-known/did.json"

static struct signer issuer, holder, other;

static int begin(void **state)
{
    (void)state;
    signer_init(&issuer, 1);
    signer_init(&holder, 2);
    signer_init(&other, 3);
    return 0;
}

static int end(void **state)
{
    (void)state;
    inquiry_release();
    return 0;
}

/* -- texts, all malloc()ed ----------------------------------------------------------------------------------------- */

#define CONTEXT "\"@context\":[\"https://www.w3.org/ns/credentials/v2\"]"

static char *credential(void)
{
    char *text = signer_text("{" CONTEXT ",\"type\":[\"VerifiableCredential\"],\"validFrom\":\"2026-01-01T00:00:00Z\","
                             "\"credentialSubject\":{\"id\":\"urn:a\"},\"issuer\":\"%s\",\"proof\":{"
                             "\"type\":\"DataIntegrityProof\",\"cryptosuite\":\"eddsa-jcs-2022\","
                             "\"verificationMethod\":\"%s#%s\",\"proofPurpose\":\"assertionMethod\","
                             "\"proofValue\":\"@1c\"}}",
                             issuer.did, issuer.did, issuer.multikey);
    return signer_sign(&issuer, inquiry_processor(), text, "@1c");
}

struct shape {
    const char *suite, *purpose, *holder, *method; /* method NULL: the did:key of the one who signs; holder too */
    const char *more;                              /* members of the proof */
    const struct signer *by;                       /* NULL: nobody */
    bool of_two;
};

/* Of the parts that are NULL the usual ones. */
static char *presentation(const struct shape *shape)
{
    const struct signer *by = shape->by ? shape->by : &holder;
    char *one = credential(), *list = signer_text(shape->of_two ? "%s,%s" : "%s", one, one);
    char *method = shape->method ? signer_text("%s", shape->method) : signer_text("%s#%s", by->did, by->multikey);
    char *proof = !shape->by
                      ? signer_text("%s", "")
                      : signer_text(",\"proof\":{\"type\":\"DataIntegrityProof\",\"cryptosuite\":\"%s\","
                                    "\"created\":\"2026-11-01T00:00:00Z\",\"verificationMethod\":\"%s\","
                                    "\"proofPurpose\":\"%s\",\"challenge\":\"n-1\",\"domain\":\"shop.example\","
                                    "\"proofValue\":\"@2p\"%s}",
                                    shape->suite ? shape->suite : "eddsa-jcs-2022", method,
                                    shape->purpose ? shape->purpose : "authentication", shape->more ? shape->more : "");
    char *text = signer_text("{" CONTEXT ",\"type\":[\"VerifiablePresentation\"],\"holder\":\"%s\","
                             "\"verifiableCredential\":[%s]%s}",
                             shape->holder ? shape->holder : holder.did, list, proof);
    free(one);
    free(list);
    free(method);
    free(proof);
    return shape->by ? signer_sign(shape->by, inquiry_processor(), text, "@2p") : text;
}

static char *replaced(const char *text, const char *from, const char *to)
{
    const char *at = strstr(text, from);
    assert_non_null(at);
    return signer_text("%.*s%s%s", (int)(at - text), text, to, at + strlen(from));
}

static char *did_document(const char *list, const struct signer *of)
{
    return signer_text("{\"id\":\"" WEB "\",\"%s\":[{\"id\":\"#k\",\"type\":\"Multikey\",\"controller\":\"" WEB
                       "\",\"publicKeyMultibase\":\"%s\"}]}",
                       list, of->multikey);
}

/* -- runs ---------------------------------------------------------------------------------------------------------- */

static void expect(const struct inquiry_run *run, enum badge_outcome outcome, const char *code)
{
    const struct badge_proof_item *proof = &run->view.presentation.proof;
    assert_true(run->view.presentation.is_there);
    if (proof->outcome != outcome || strcmp(proof->code, code) != 0)
        fail_msg("%s, %s, not %s", proof->code, proof->detail, code);
}

/* Runs a text that holds one credential whose own proof holds; frees it. document: at WEB_URL; NULL: none. */
static void run_good(struct inquiry_run *run, char *text, const char *document)
{
    const struct inquiry_document at_url = {.url = WEB_URL, .text = document};
    *run = (struct inquiry_run){.now_s = NOW_S, .document = &at_url, .n_documents = document ? 1 : 0};
    inquiry_run(run, text, strlen(text));
    free(text);
    assert_string_equal(run->view.code, "proof_holds");
    assert_int_equal(run->view.n_proofs, 1);
    assert_string_equal(run->view.proof[0].controller, issuer.did);
}

static void by_a_key(void **state)
{
    static const char *const suites[] = {"eddsa-jcs-2022", "eddsa-rdfc-2022"};
    struct inquiry_run run;
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        run_good(&run, presentation(&(struct shape){.suite = suites[i], .by = &holder}), NULL);
        expect(&run, BADGE_PASSED, "proof_holds");
        assert_string_equal(run.view.presentation.holder, holder.did);
        assert_string_equal(run.view.presentation.challenge, "n-1");
        assert_string_equal(run.view.presentation.domain, "shop.example");
        assert_string_equal(run.view.presentation.proof.suite, suites[i]);
        assert_string_equal(run.view.presentation.proof.controller, holder.did);
        assert_int_equal(run.n_fetched, 0);
        assert_int_equal(run.n_verified, 2);
    }
}

static void altered(void **state)
{
    static const char *const suites[] = {"eddsa-jcs-2022", "eddsa-rdfc-2022"};
    struct inquiry_run run;
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        char *text = presentation(&(struct shape){.suite = suites[i], .by = &holder});
        run_good(&run, replaced(text, "n-1", "n-2"), NULL);
        expect(&run, BADGE_FAILED, "proof_broken");
        assert_string_equal(run.view.presentation.challenge, "n-2");
        free(text);
    }
}

static void whose_and_for_what(void **state)
{
    struct inquiry_run run;
    (void)state;
    run_good(&run, presentation(&(struct shape){.by = NULL}), NULL);
    expect(&run, BADGE_UNKNOWN, "no_proof");
    assert_string_equal(run.view.presentation.challenge, "");
    run_good(&run, presentation(&(struct shape){.by = &other}), NULL);
    expect(&run, BADGE_UNKNOWN, "proof_key_not_bound");
    char *text = presentation(&(struct shape){.by = &holder});
    run_good(&run, replaced(text, "\"authentication\"", "\"assertionMethod\""), NULL);
    expect(&run, BADGE_FAILED, "proof_wrong_purpose");
    free(text);
    run_good(&run, presentation(&(struct shape){.by = &holder, .more = ",\"expires\":\"2026-11-30T00:00:00Z\""}), NULL);
    expect(&run, BADGE_FAILED, "proof_expired");
    run_good(&run, presentation(&(struct shape){.by = &holder, .more = ",\"previousProof\":\"urn:b\""}), NULL);
    expect(&run, BADGE_UNKNOWN, "proof_not_checked");
    text = credential();
    run_good(&run, text, NULL);
    assert_false(run.view.presentation.is_there);
}

static void by_the_holders_document(void **state)
{
    const struct shape shape = {.holder = WEB, .method = WEB "#k", .by = &holder};
    char *good = did_document("authentication", &holder), *others = did_document("authentication", &other),
         *assertion = did_document("assertionMethod", &holder);
    struct inquiry_run run;
    (void)state;
    run_good(&run, presentation(&shape), good);
    expect(&run, BADGE_PASSED, "proof_holds");
    assert_string_equal(run.fetched[0], WEB_URL);
    run_good(&run, presentation(&shape), others);
    expect(&run, BADGE_FAILED, "proof_broken");
    run_good(&run, presentation(&shape), assertion);
    expect(&run, BADGE_UNKNOWN, "proof_key_unreachable");
    run_good(&run, presentation(&shape), NULL);
    expect(&run, BADGE_UNKNOWN, "proof_key_unreachable");
    run_good(&run, presentation(&(struct shape){.holder = WEB, .method = WEB "#j", .by = &holder}), good);
    expect(&run, BADGE_FAILED, "proof_wrong_controller");
    run_good(&run, presentation(&shape), "{\"id\":\"" WEB "\",\"authentication\":{\"a\":\"b\"}}");
    expect(&run, BADGE_UNKNOWN, "proof_key_unreachable");
    free(good);
    free(others);
    free(assertion);
}

/* Of several nothing is opened, and its proof is told all the same. */
static void of_two(void **state)
{
    struct inquiry_run run = {.now_s = NOW_S};
    char *text = presentation(&(struct shape){.by = &holder, .of_two = true});
    (void)state;
    inquiry_run(&run, text, strlen(text));
    expect(&run, BADGE_PASSED, "proof_holds");
    assert_int_equal(run.view.n_proofs, 0);
    free(text);
}

/* A credential that has failed makes nobody fetch. */
static void of_a_bad_credential(void **state)
{
    char *good = did_document("authentication", &holder);
    char *text = presentation(&(struct shape){.holder = WEB, .method = WEB "#k", .by = &holder});
    char *bad = replaced(text, "urn:a", "urn:b");
    const struct inquiry_document document = {.url = WEB_URL, .text = good};
    struct inquiry_run run = {.now_s = NOW_S, .document = &document, .n_documents = 1};
    (void)state;
    inquiry_run(&run, bad, strlen(bad));
    assert_string_equal(run.view.code, "proof_broken");
    expect(&run, BADGE_UNKNOWN, "proof_key_unreachable");
    assert_int_equal(run.n_fetched, 0);
    free(good);
    free(text);
    free(bad);
}

static char *token(const struct signer *by, const char *more, bool is_claim)
{
    char *inside = credential(), *header = signer_text("{\"alg\":\"EdDSA\",\"kid\":\"%s#%s\"}", by->did, by->multikey);
    char *vp = signer_text("\"@context\":[\"https://www.w3.org/ns/credentials/v2\"],"
                           "\"type\":[\"VerifiablePresentation\"],\"verifiableCredential\":[%s]",
                           inside);
    char *payload = is_claim
                        ? signer_text("{\"iss\":\"%s\",\"nonce\":\"n-1\",\"aud\":[\"shop.example\"],\"vp\":{%s}%s}",
                                      holder.did, vp, more)
                        : signer_text("{%s,\"holder\":\"%s\",\"nonce\":\"n-1\",\"aud\":\"shop.example\"%s}", vp,
                                      holder.did, more);
    char *out = signer_token(by, header, payload);
    free(inside);
    free(header);
    free(vp);
    free(payload);
    return out;
}

static void as_a_token(void **state)
{
    struct inquiry_run run;
    (void)state;
    for (int is_claim = 0; is_claim < 2; is_claim++) {
        run_good(&run, token(&holder, "", is_claim), NULL);
        expect(&run, BADGE_PASSED, "proof_holds");
        assert_string_equal(run.view.presentation.holder, holder.did);
        assert_string_equal(run.view.presentation.challenge, "n-1");
        assert_string_equal(run.view.presentation.domain, "shop.example");
        assert_string_equal(run.view.presentation.proof.suite, "EdDSA");
        run_good(&run, token(&other, "", is_claim), NULL);
        expect(&run, BADGE_UNKNOWN, "proof_key_not_bound");
        run_good(&run, token(&holder, ",\"exp\":1796083199", is_claim), NULL);
        expect(&run, BADGE_FAILED, "proof_expired");
        run_good(&run, token(&holder, ",\"nbf\":1796084000", is_claim), NULL);
        expect(&run, BADGE_FAILED, "proof_from_future");
    }
    run_good(&run, token(&holder, ",\"iss\":\"urn:c\"", false), NULL);
    expect(&run, BADGE_FAILED, "jwt_claim_differs");
}

/* Whatever memory a presentation takes, its credential's own proof is as it is alone. */
static void without_memory(void **state)
{
    char *alone = credential(), *text = presentation(&(struct shape){.suite = "eddsa-rdfc-2022", .by = &holder});
    size_t n_differing = 0;
    (void)state;
    for (size_t max = 4096; max < 400000; max += 4096) {
        struct inquiry_run run = {.now_s = NOW_S, .max_memory = max}, one = run;
        inquiry_run(&one, alone, strlen(alone));
        inquiry_run(&run, text, strlen(text));
        assert_string_equal(run.view.code, one.view.code);
        n_differing += run.view.outcome == BADGE_PASSED && run.view.presentation.proof.outcome != BADGE_PASSED;
    }
    assert_true(n_differing > 0);
    free(alone);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(by_a_key),
        cmocka_unit_test(altered),
        cmocka_unit_test(whose_and_for_what),
        cmocka_unit_test(by_the_holders_document),
        cmocka_unit_test(of_two),
        cmocka_unit_test(of_a_bad_credential),
        cmocka_unit_test(as_a_token),
        cmocka_unit_test(without_memory),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
