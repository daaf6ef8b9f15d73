/*
 * The inquiry about a credential's own signature, with signatures that are made and verified: which proofs count, whose
 * keys they are by, which documents are fetched, and what forgers try.
 */
#include "support/vectors.h"

#include "support/inquiry.h"
#include "support/signer.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define NOW_S 1796083200 /* 2026-12-01 */

static struct signer signer[4]; /* 0 is not used */

static int begin(void **state)
{
    (void)state;
    for (uint8_t i = 0; i < COUNT(signer); i++)
        signer_init(&signer[i], i);
    return 0;
}

static int end(void **state)
{
    (void)state;
    inquiry_release();
    return 0;
}

/* In a text: $1 the did:key of signer 1, !1 its multikey, &1 its JWK. */
static char *fill(const char *text)
{
    char *out = signer_text("%s", "");
    for (const char *at = text; *at; at++) {
        size_t n = at[1] >= '1' && at[1] <= '3' ? (size_t)(at[1] - '0') : 0;
        char one[2] = {*at, '\0'}, *old = out;
        const char *add = one;
        if (n > 0 && strchr("$!&", *at)) {
            add = *at == '$' ? signer[n].did : *at == '!' ? signer[n].multikey : signer[n].jwk;
            at++;
        }
        out = signer_text("%s%s", old, add);
        free(old);
    }
    return out;
}

/* The same, and each mark as proofValue (@1a, @2b …) becomes a signature by the signer of that number. */
static char *sign(const char *text)
{
    char *out = fill(text);
    for (const char *at = out; (at = strstr(at, "\"@"));) {
        char mark[4] = {at[1], at[2], at[3], '\0'};
        if (mark[1] < '1' || mark[1] > '3') {
            at++;
            continue;
        }
        out = signer_sign(&signer[mark[1] - '0'], inquiry_processor(), out, mark);
        at = out;
    }
    return out;
}

#define CONTEXT "\"@context\":[\"https://www.w3.org/ns/credentials/v2\"],"
#define REST                                                                                                           \
    "\"type\":[\"VerifiableCredential\"],\"validFrom\":\"2026-01-01T00:00:00Z\",\"credentialSubject\":{\"id\":\"urn:"  \
    "a\"}"
#define VC(issuer, proof) "{" CONTEXT REST ",\"issuer\":\"" issuer "\",\"proof\":" proof "}"
#define UNSIGNED(issuer) "{" CONTEXT REST ",\"issuer\":\"" issuer "\"}"
#define PROOF_OF(purpose, suite, method, mark, more)                                                                   \
    "{\"type\":\"DataIntegrityProof\",\"cryptosuite\":\"" suite "\",\"created\":\"2026-11-01T00:00:00Z\","             \
    "\"verificationMethod\":\"" method "\",\"proofPurpose\":\"" purpose "\",\"proofValue\":\"" mark "\"" more "}"
#define PROOF(method, mark, more) PROOF_OF("assertionMethod", "eddsa-jcs-2022", method, mark, more)
#define OWN(n, mark) PROOF("$" n "#!" n, mark, "")

#define UNIV "did:web:univ.example"
#define UNIV_URL "https://univ.example/.well-known/did.json"
#define METHOD(id, n, more)                                                                                            \
    "{\"id\":\"" id "\",\"type\":\"Multikey\",\"controller\":\"" UNIV "\",\"publicKeyMultibase\":\"!" n "\"" more "}"
#define DID(id, methods) "{\"id\":\"" id "\",\"assertionMethod\":[" methods "]}"

static void run_text(struct inquiry_run *run, const char *text)
{
    if (run->now_s == 0)
        run->now_s = NOW_S;
    inquiry_run(run, text, strlen(text));
}

static void expect(const struct inquiry_run *run, const char *text, enum badge_outcome outcome, const char *code)
{
    if (!run->view.is_made || run->view.outcome != outcome || strcmp(run->view.code, code) != 0)
        fail_msg("%s, %s, not %s: %.800s", run->view.code ? run->view.code : "no inquiry", run->view.detail, code,
                 text);
}

static enum badge_outcome outcome_of(const char *code)
{
    static const char *const failed[] = {"proof_broken",      "proof_malformed",        "proof_wrong_purpose",
                                         "jwt_claim_differs", "proof_wrong_controller", "context_unsafe",
                                         "proof_from_future"};
    for (size_t i = 0; i < COUNT(failed); i++)
        if (strcmp(code, failed[i]) == 0)
            return BADGE_FAILED;
    return strcmp(code, "proof_holds") == 0 ? BADGE_PASSED : BADGE_UNKNOWN;
}

struct row {
    const char *text, *code;
    const char *document; /* at UNIV_URL; NULL: none */
    unsigned n_fetched;
};

static void check_rows(const struct row *row, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        char *text = sign(row[i].text), *document_text = row[i].document ? fill(row[i].document) : NULL;
        struct inquiry_document document = {.url = UNIV_URL, .text = document_text};
        struct inquiry_run run = {.document = &document, .n_documents = document_text ? 1 : 0};
        run_text(&run, text);
        expect(&run, text, outcome_of(row[i].code), row[i].code);
        if (run.n_fetched != row[i].n_fetched)
            fail_msg("%s: %u documents were fetched, not %u", text, run.n_fetched, row[i].n_fetched);
        free(text);
        free(document_text);
    }
}

/* -- Data Integrity ------------------------------------------------------------------------------------------------ */

static void a_proof_by_the_issuers_own_key_holds(void **state)
{
    (void)state;
    char *text = sign(VC("$1", OWN("1", "@1a")));
    struct inquiry_run run = {0};
    run_text(&run, text);
    expect(&run, text, BADGE_PASSED, "proof_holds");
    assert_int_equal(run.view.form, BADGE_ISSUER_FORM_KEY);
    assert_int_equal(run.view.n_proofs, 1);
    assert_string_equal(run.view.proof[0].suite, "eddsa-jcs-2022");
    assert_string_equal(run.view.proof[0].controller, signer[1].did);
    assert_true(run.view.proof[0].is_issuers);
    assert_true(run.view.has_made);
    assert_int_equal(run.view.made_s, 1793491200);
    assert_int_equal(run.view.made_before_s, 0);
    assert_int_equal(run.n_fetched, 0);
    assert_false(run.view.hides_claims);
    free(text);
}

static void one_proof_by_itself(void **state)
{
    (void)state;
    static const struct row row[] = {
        {UNSIGNED("$1"), "no_proof", NULL, 0},
        {VC("$1", "null"), "no_proof", NULL, 0},
        {"just text", "document_not_read", NULL, 0},
        {"eyJhbGciOiJFUzI1NiJ9.bm90IGpzb24.AQEB", "document_not_read", NULL, 0},
        {VC("$1", "[]"), "no_proof", NULL, 0},
        {VC("$1", "\"x\""), "proof_malformed", NULL, 0},
        {VC("$1", "{}"), "proof_malformed", NULL, 0},
        {VC("$1", OWN("1", "@2a")), "proof_broken", NULL, 0},
        {VC("$1", PROOF("$1#!2", "@1a", "")), "proof_malformed", NULL, 0},
        {VC("$1", PROOF("$1", "@1a", "")), "proof_holds", NULL, 0},
        {VC("$1", PROOF_OF("assertionMethod", "eddsa-2022", "$1#!1", "z", "")), "proof_suite_unknown", NULL, 0},
        {VC("$1", PROOF_OF("authentication", "eddsa-jcs-2022", "$1#!1", "z", "")), "proof_wrong_purpose", NULL, 0},
        {VC("$1", PROOF("!1", "z", "")), "proof_malformed", NULL, 0},
        {VC("$1", PROOF("$1#!1", "zz", "")), "proof_malformed", NULL, 0},
        /* by another key */
        {VC("$1", OWN("2", "@2a")), "proof_key_not_bound", NULL, 0},
        {VC("urn:x", OWN("2", "@2a")), "proof_key_not_bound", NULL, 0},
        {VC("did:example:x", PROOF("did:example:x#1", "@2a", "")), "proof_key_unreachable", NULL, 0},
        {VC("$1", PROOF("did:web:other.example#1", "@2a", "")), "proof_key_unreachable", NULL, 0},
        /* times */
        {VC("$1", PROOF("$1", "@1a", ",\"expires\":\"2027-01-01T00:00:00Z\"")), "proof_holds", NULL, 0},
        {"{" CONTEXT REST ",\"issuer\":\"$1\",\"proof\":{\"type\":\"DataIntegrityProof\",\"cryptosuite\":"
         "\"eddsa-jcs-2022\",\"created\":\"2026-12-01T00:05:01Z\",\"verificationMethod\":\"$1\",\"proofPurpose\":"
         "\"assertionMethod\",\"proofValue\":\"@1a\"}}",
         "proof_from_future", NULL, 0},
        {"{" CONTEXT REST ",\"issuer\":\"$1\",\"proof\":{\"type\":\"DataIntegrityProof\",\"cryptosuite\":"
         "\"eddsa-jcs-2022\",\"created\":\"2026-12-01T00:05:00Z\",\"verificationMethod\":\"$1\",\"proofPurpose\":"
         "\"assertionMethod\",\"proofValue\":\"@1a\"}}",
         "proof_holds", NULL, 0},
    };
    check_rows(row, COUNT(row));
}

static void an_end_in_the_past_is_told_and_not_judged(void **state)
{
    (void)state;
    char *text = sign(VC("$1", PROOF("$1", "@1a", ",\"expires\":\"2026-11-15T00:00:00Z\"")));
    struct inquiry_run run = {0};
    run_text(&run, text);
    expect(&run, text, BADGE_PASSED, "proof_holds");
    assert_int_equal(run.view.made_before_s, 1794700800);
    assert_string_equal(run.view.late_code, "proof_expired");
    free(text);
}

/* Of a badge that passes, no byte can be another one. */
static void every_changed_character_is_found(void **state)
{
    (void)state;
    char *text = sign(VC("$1", OWN("1", "@1a")));
    struct inquiry_run run = {.now_s = NOW_S};
    for (size_t i = 0; text[i]; i++) {
        for (int bit = 0; bit < 7; bit += 2) {
            text[i] = (char)(text[i] ^ 1 << bit);
            inquiry_run(&run, text, strlen(text));
            if (run.view.outcome == BADGE_PASSED)
                fail_msg("byte %zu: %s", i, text);
            text[i] = (char)(text[i] ^ 1 << bit);
        }
    }
    run_text(&run, text);
    expect(&run, text, BADGE_PASSED, "proof_holds");
    free(text);
}

static void what_can_not_be_computed_is_unknown(void **state)
{
    (void)state;
    char *text = sign(VC("$1", OWN("1", "@1a")));
    struct inquiry_run run = {.without_crypto = true};
    run_text(&run, text);
    expect(&run, text, BADGE_UNKNOWN, "proof_no_crypto");
    struct inquiry_run small = {.max_memory = 512};
    run_text(&small, text);
    expect(&small, text, BADGE_UNKNOWN, "proof_too_large");
    free(text);
}

/* -- sets and chains ----------------------------------------------------------------------------------------------- */

#define UNKNOWN_SUITE(method) PROOF_OF("assertionMethod", "bbs-2023", method, "u2V0", "")

static void proofs_of_a_set(void **state)
{
    (void)state;
    static const struct row row[] = {
        {VC("$1", "[" OWN("1", "@1a") "]"), "proof_holds", NULL, 0},
        {VC("$1", "[" OWN("1", "@1a") "," OWN("1", "@1b") "]"), "proof_holds", NULL, 0},
        /* others count for nothing, good or broken */
        {VC("$1", "[" OWN("2", "@2a") "," OWN("1", "@1a") "]"), "proof_holds", NULL, 0},
        {VC("$1", "[" OWN("2", "@3a") "," OWN("1", "@1a") "]"), "proof_holds", NULL, 0},
        {VC("$1", "[" OWN("2", "@2a") "," OWN("3", "@3a") "]"), "proof_key_not_bound", NULL, 0},
        /* a broken one of the issuer's own fails all */
        {VC("$1", "[" OWN("1", "@1a") "," OWN("1", "@2a") "]"), "proof_broken", NULL, 0},
        {VC("$1", "[" OWN("1", "@2a") "," OWN("1", "@1a") "]"), "proof_broken", NULL, 0},
        {VC("$1", "[" OWN("1", "@1a") ",7]"), "proof_malformed", NULL, 0},
        {VC("$1", "[" OWN("1", "@1a") "," PROOF("$1#!1", "z1", "") "]"), "proof_malformed", NULL, 0},
        /* an unknown suite is noted beside a good one, and never makes another's good */
        {VC("$1", "[" UNKNOWN_SUITE("$1#!1") "," OWN("1", "@1a") "]"), "proof_holds", NULL, 0},
        {VC("$1", "[" UNKNOWN_SUITE("$1#!1") "," OWN("2", "@2a") "]"), "proof_suite_unknown", NULL, 0},
        {VC(UNIV, "[" UNKNOWN_SUITE(UNIV "#1") "," OWN("2", "@2a") "]"), "proof_suite_unknown", NULL, 1},
        {VC(UNIV, "[" OWN("2", "@2a") "," UNKNOWN_SUITE(UNIV "#1") "]"), "proof_suite_unknown",
         DID(UNIV, METHOD(UNIV "#1", "1", "")), 1},
        /* too many */
        {VC("$1",
            "[" OWN("1", "@1a") "," UNKNOWN_SUITE("x:") "," UNKNOWN_SUITE("x:") "," UNKNOWN_SUITE("x:") "," UNKNOWN_SUITE(
                "x:") "," UNKNOWN_SUITE("x:") "," UNKNOWN_SUITE("x:") "," UNKNOWN_SUITE("x:") "]"),
         "proof_holds", NULL, 0},
        {VC("$1",
            "[" OWN("1", "@1a") "," UNKNOWN_SUITE("x:") "," UNKNOWN_SUITE("x:") "," UNKNOWN_SUITE("x:") "," UNKNOWN_SUITE(
                "x:") "," UNKNOWN_SUITE("x:") "," UNKNOWN_SUITE("x:") "," UNKNOWN_SUITE("x:") "," UNKNOWN_SUITE("x:") "]"),
         "proof_too_large", NULL, 0},
    };
    check_rows(row, COUNT(row));
}

#define ID(id) ",\"id\":\"urn:" id "\""
#define AFTER(id) ",\"previousProof\":\"urn:" id "\""

static void proofs_of_a_chain(void **state)
{
    (void)state;
    static const struct row row[] = {
        {VC("$1", "[" PROOF("$2", "@2a", ID("a")) "," PROOF("$1", "@1a", AFTER("a")) "]"), "proof_holds", NULL, 0},
        {VC("$1", "[" PROOF("$1", "@1a", ID("a")) "," PROOF("$2", "@2a", AFTER("a")) "]"), "proof_holds", NULL, 0},
        {VC("$1", "[" PROOF("$2", "@2a", ID("a")) "," PROOF("$3", "@3a", ID("b")) "," PROOF(
                      "$1", "@1a", ",\"previousProof\":[\"urn:b\",\"urn:a\"]") "]"),
         "proof_holds", NULL, 0},
        /* the one before it is broken */
        {VC("$1", "[" PROOF("$2", "@3a", ID("a")) "," PROOF("$1", "@1a", AFTER("a")) "]"), "proof_broken", NULL, 0},
        {VC("$1", "[" PROOF("$2", "@3a", ID("a")) "," PROOF("$3", "@3b", ID("b") AFTER("a")) "," PROOF("$1", "@1a",
                                                                                                       AFTER("b")) "]"),
         "proof_broken", NULL, 0},
        /* it is not there, twice there, or nothing */
        {VC("$1", "[" PROOF("$2", "@2a", ID("a")) "," PROOF("$1", "z", AFTER("b")) "]"), "proof_malformed", NULL, 0},
        {VC("$1", PROOF("$1", "z", AFTER("b"))), "proof_malformed", NULL, 0},
        {VC("$1", PROOF("$1", "z", ",\"previousProof\":[]")), "proof_malformed", NULL, 0},
        {VC("$1", PROOF("$1", "z", ",\"previousProof\":{}")), "proof_malformed", NULL, 0},
    };
    check_rows(row, COUNT(row));
}

/* Whoever removes or replaces the proof before one breaks it. */
static void a_chain_covers_the_proofs_before_it(void **state)
{
    (void)state;
    char *text = sign(VC("$1", "[" PROOF("$2", "@2a", ID("a")) "," PROOF("$1", "@1a", AFTER("a")) "]"));
    char *other = sign(
        VC("$1", "[" PROOF("$2", "@2a", ID("a") ",\"domain\":\"x\"") "," PROOF("$1", "@1a", AFTER("a")) "]"));
    const char *last = strstr(text, ",{\"type\""), *first = strstr(other, ",{\"type\"");
    assert_non_null(last);
    char *spliced = signer_text("%.*s%s", (int)(first - other), other, last);
    struct inquiry_run run = {0};
    run_text(&run, spliced);
    expect(&run, spliced, BADGE_FAILED, "proof_broken");
    free(text);
    free(other);
    free(spliced);
}

/* -- keys of documents --------------------------------------------------------------------------------------------- */

#define BY_UNIV VC(UNIV, PROOF(UNIV "#1", "@1a", ""))

static void a_document_binds_what_it_lists(void **state)
{
    (void)state;
    static const struct row row[] = {
        {BY_UNIV, "proof_holds", DID(UNIV, METHOD(UNIV "#1", "1", "")), 1},
        {BY_UNIV, "proof_holds", DID(UNIV, METHOD("#1", "1", "")), 1},
        {BY_UNIV, "proof_holds",
         "{\"id\":\"" UNIV "\",\"verificationMethod\":[" METHOD(UNIV "#1", "1", "") "],\"assertionMethod\":[\"" UNIV
                                                                                    "#1\"]}",
         1},
        {VC(UNIV, "[" PROOF(UNIV "#1", "@1a", "") "," PROOF(UNIV "#2", "@2a", "") "]"), "proof_holds",
         DID(UNIV, METHOD(UNIV "#1", "1", "") "," METHOD(UNIV "#2", "2", "")), 1},
        /* another key under that name */
        {BY_UNIV, "proof_broken", DID(UNIV, METHOD(UNIV "#1", "2", "")), 1},
        /* it lists others */
        {BY_UNIV, "proof_wrong_controller", DID(UNIV, METHOD(UNIV "#2", "1", "")), 1},
        {BY_UNIV, "proof_wrong_controller",
         "{\"id\":\"" UNIV "\",\"verificationMethod\":[" METHOD(UNIV "#1", "1", "") "],\"assertionMethod\":[" METHOD(
             UNIV "#2", "2", "") "]}",
         1},
        /* nothing that could be held against it */
        {BY_UNIV, "proof_key_unreachable", NULL, 1},
        {BY_UNIV, "proof_key_unreachable", "<html>", 1},
        {BY_UNIV, "proof_key_unreachable", "{}", 1},
        {BY_UNIV, "proof_key_unreachable", DID(UNIV, ""), 1},
        {BY_UNIV, "proof_key_unreachable", DID("did:web:other.example", METHOD(UNIV "#1", "1", "")), 1},
        {BY_UNIV, "proof_key_unreachable", "{\"id\":\"" UNIV "\",\"authentication\":[" METHOD(UNIV "#1", "1", "") "]}",
         1},
        /* a did:key that the issuer's document lists, or does not */
        {VC(UNIV, OWN("1", "@1a")), "proof_holds", DID(UNIV, METHOD(UNIV "#1", "1", "")), 1},
        {VC(UNIV, OWN("1", "@1a")), "proof_key_not_bound", DID(UNIV, METHOD(UNIV "#1", "2", "")), 1},
        {VC(UNIV, OWN("1", "@1a")), "proof_key_not_bound", NULL, 1},
        {VC(UNIV, OWN("1", "@2a")), "proof_broken", NULL, 0},
        /* nothing is fetched for what is decided */
        {VC(UNIV, PROOF_OF("authentication", "eddsa-jcs-2022", UNIV "#1", "z", "")), "proof_wrong_purpose", NULL, 0},
        {VC(UNIV, PROOF(UNIV "#1", "z1", "")), "proof_malformed", NULL, 0},
        {VC(UNIV, "[" PROOF(UNIV "#1", "@1a", "") ",7]"), "proof_malformed", NULL, 0},
        /* the method of another: only the issuer's own document is asked for it */
        {VC(UNIV, PROOF("did:web:other.example#1", "@1a", "")), "proof_key_unreachable", NULL, 1},
        {VC(UNIV, PROOF("did:web:other.example#1", "@1a", "")), "proof_key_unreachable",
         DID(UNIV, METHOD(UNIV "#1", "1", "")), 1},
        {VC(UNIV, PROOF("https://other.example/#1", "@1a", "")), "proof_key_unreachable",
         DID(UNIV, METHOD("https://other.example/#1", "1", "")), 1},
        /* ends */
        {BY_UNIV, "proof_holds", DID(UNIV, METHOD(UNIV "#1", "1", ",\"expires\":\"2027-01-01T00:00:00Z\"")), 1},
        {BY_UNIV, "proof_key_unreachable", DID(UNIV, METHOD(UNIV "#1", "1", ",\"revoked\":\"soon\"")), 1},
    };
    check_rows(row, COUNT(row));
}

static void run_univ(struct inquiry_run *run, const char *text, const char *document_text)
{
    char *signed_text = sign(text), *filled = fill(document_text);
    struct inquiry_document document = {.url = UNIV_URL, .text = filled};
    run->document = &document;
    run->n_documents = 1;
    run_text(run, signed_text);
    free(signed_text);
    free(filled);
}

static void ends_of_keys_are_told(void **state)
{
    (void)state;
    struct inquiry_run run = {0};
    run_univ(&run, BY_UNIV, DID(UNIV, METHOD(UNIV "#1", "1", ",\"expires\":\"2026-11-15T00:00:00Z\"")));
    expect(&run, "expires", BADGE_PASSED, "proof_holds");
    assert_int_equal(run.view.made_before_s, 1794700800);
    assert_string_equal(run.view.late_code, "proof_key_expired");
    run_univ(&run, BY_UNIV,
             DID(UNIV,
                 METHOD(UNIV "#1", "1", ",\"expires\":\"2026-11-15T00:00:00Z\",\"revoked\":\"2026-11-14T00:00:00Z\"")));
    assert_int_equal(run.view.made_before_s, 1794614400);
    assert_string_equal(run.view.late_code, "proof_key_revoked");
    /* beside one without an end it does not count */
    run_univ(&run, VC(UNIV, "[" PROOF(UNIV "#1", "@1a", "") "," PROOF(UNIV "#2", "@2a", "") "]"),
             DID(UNIV, METHOD(UNIV "#1", "1", ",\"expires\":\"2026-11-15T00:00:00Z\"") "," METHOD(UNIV "#2", "2", "")));
    assert_int_equal(run.view.made_before_s, 0);
}

static void whose_address_it_is(void **state)
{
    (void)state;
    struct inquiry_run run = {0};
    run_univ(
        &run, BY_UNIV,
        "{\"id\":\"" UNIV "\",\"assertionMethod\":[" METHOD(
            UNIV "#1", "1",
            "") ",{\"id\":\"#a\",\"type\":\"x\",\"controller\":\"" UNIV "\",\"blockchainAccountId\":"
                "\"eip155:100:0x00000000000000000000000000000000000000ab\"}],"
                "\"service\":[{\"id\":\"#r\",\"type\":\"BadgeRegistry\",\"serviceEndpoint\":{\"chain\":\"eip155:100\","
                "\"contract\":\"0x00000000000000000000000000000000000000cd\",\"account\":"
                "\"0x00000000000000000000000000000000000000ab\",\"since\":\"2026-01-01T00:00:00Z\"}}]}");
    expect(&run, "did:web", BADGE_PASSED, "proof_holds");
    assert_int_equal(run.view.form, BADGE_ISSUER_FORM_DOMAIN);
    assert_string_equal(run.view.address, "univ.example");
    assert_int_equal(run.view.n_accounts, 1);
    assert_false(run.view.has_more_accounts);
    assert_int_equal(run.view.account[0].chain_id, 100);
    assert_int_equal(run.view.account[0].account.b[19], 0xab);
    assert_true(run.view.records_all);
    assert_int_equal(run.view.records_contract.b[19], 0xcd);
    assert_int_equal(run.view.records_since_s, 1767225600);
    assert_false(run.view.document_given);

    static const struct {
        const char *id, *url, *address;
    } row[] = {
        {"did:web:univ.example:u:bob", "https://univ.example/u/bob/did.json", "univ.example/u/bob/did.json"},
        {"https://univ.example/i/1", "https://univ.example/i/1", "univ.example/i/1"},
    };
    for (size_t i = 0; i < COUNT(row); i++) {
        char *template = signer_text(VC("%s", PROOF("%s#k", "@1a", "")), row[i].id, row[i].id);
        char *text = sign(template);
        char *document_text = signer_text("{\"id\":\"%s\",\"assertionMethod\":[{\"id\":\"#k\",\"type\":\"Multikey\","
                                          "\"controller\":\"%s\",\"publicKeyMultibase\":\"%s\"}]}",
                                          row[i].id, row[i].id, signer[1].multikey);
        struct inquiry_document document = {
            .url = row[i].url, .text = document_text, .media_type = "text/html", .is_given = true};
        struct inquiry_run one = {.document = &document, .n_documents = 1};
        run_text(&one, text);
        expect(&one, text, BADGE_PASSED, "proof_holds");
        assert_int_equal(one.view.form, BADGE_ISSUER_FORM_ADDRESS);
        assert_string_equal(one.view.address, row[i].address);
        assert_true(one.view.document_given);
        document.is_given = false; /* and then it is not JSON by its headers */
        run_text(&one, text);
        expect(&one, text, BADGE_UNKNOWN, "proof_key_unreachable");
        free(template);
        free(text);
        free(document_text);
    }
}

static void an_address_that_can_not_be_shown_whole_is_not_asked(void **state)
{
    (void)state;
    char path[300];
    memset(path, 'a', sizeof path - 1);
    path[sizeof path - 1] = '\0';
    for (size_t n = 250; n < sizeof path; n += 49) {
        char *id = signer_text("https://univ.example/%.*s", (int)n, path);
        char *template = signer_text(VC("%s", PROOF("%s#k", "@1a", "")), id, id), *text = sign(template);
        struct inquiry_run run = {0};
        run_text(&run, text);
        expect(&run, text, BADGE_UNKNOWN, "proof_key_unreachable");
        assert_int_equal(run.n_fetched, n == 250);
        free(id);
        free(template);
        free(text);
    }
}

/* https://issuer.example/1#z6Mk…: the key is in the name, which binds nothing. */
static void a_key_in_the_name_binds_nothing(void **state)
{
    (void)state;
    static const struct row row[] = {
        {VC("https://univ.example/1", PROOF("https://univ.example/1#!1", "@1a", "")), "proof_key_not_bound", NULL, 1},
        /* of other ports nothing is asked */
        {VC("https://univ.example:443/1", PROOF("https://univ.example:443/1#!1", "@1a", "")), "proof_key_not_bound",
         NULL, 1},
        {VC("https://univ.example:1024/1", PROOF("https://univ.example:1024/1#!1", "@1a", "")), "proof_key_not_bound",
         NULL, 1},
        {VC("https://univ.example:25/1", PROOF("https://univ.example:25/1#!1", "@1a", "")), "proof_key_not_bound", NULL,
         0},
        {VC("https://univ.example:/1", PROOF("https://univ.example:/1#!1", "@1a", "")), "proof_key_not_bound", NULL, 0},
        {VC("https://univ.example:65536/1", PROOF("https://univ.example:65536/1#!1", "@1a", "")), "proof_key_not_bound",
         NULL, 0},
        {VC("https://[2001:db8::25]/1", PROOF("https://[2001:db8::25]/1#!1", "@1a", "")), "proof_key_not_bound", NULL,
         1},
        {VC("https://[2001:db8::443]:25/1", PROOF("https://[2001:db8::443]:25/1#!1", "@1a", "")), "proof_key_not_bound",
         NULL, 0},
        {VC("https://univ.example/1:25", PROOF("https://univ.example/1:25#!1", "@1a", "")), "proof_key_not_bound", NULL,
         1},
        {VC("https://univ.example/1", PROOF("https://univ.example/1#!1", "@2a", "")), "proof_broken", NULL, 1},
        {VC("https://univ.example/1", PROOF("https://univ.example/1#key", "@1a", "")), "proof_key_unreachable", NULL,
         1},
    };
    check_rows(row, COUNT(row));
}

/* -- tokens -------------------------------------------------------------------------------------------------------- */

struct token_row {
    const char *header, *payload;
    unsigned by;
    const char *code;
    const char *document;  /* at UNIV_URL */
    const char *url, *key; /* another document */
};

static void check_token(const struct token_row *row)
{
    char *header = fill(row->header), *payload = fill(row->payload);
    char *token = signer_token(&signer[row->by], header, payload);
    char *did = row->document ? fill(row->document) : NULL, *key = row->key ? fill(row->key) : NULL;
    struct inquiry_document document[2] = {{.url = UNIV_URL, .text = did ? did : "<html>"},
                                           {.url = row->url, .text = key}};
    struct inquiry_run run = {.document = document, .n_documents = row->key ? 2 : 1};
    run_text(&run, token);
    char *both = signer_text("%s %s", header, payload);
    expect(&run, both, outcome_of(row->code), row->code);
    free(both);
    free(header);
    free(payload);
    free(token);
    free(did);
    free(key);
}

#define HEADER(more) "{\"alg\":\"EdDSA\",\"typ\":\"vc+jwt\"" more "}"
#define KID(kid) ",\"kid\":\"" kid "\""
#define TWO_KEYS DID(UNIV, METHOD(UNIV "#1", "1", "") "," METHOD(UNIV "#2", "2", ""))

static void tokens_name_their_keys_in_many_ways(void **state)
{
    (void)state;
    static const struct token_row row[] = {
        {HEADER(KID("$1#!1")), UNSIGNED("$1"), 1, "proof_holds", NULL, NULL, NULL},
        {HEADER(KID("$1#!1")), UNSIGNED("$1"), 2, "proof_broken", NULL, NULL, NULL},
        {HEADER(KID("$2#!2")), UNSIGNED("$1"), 2, "proof_key_not_bound", NULL, NULL, NULL},
        {HEADER(""), UNSIGNED("$1"), 1, "proof_holds", NULL, NULL, NULL},
        {HEADER(""), UNSIGNED("$1"), 2, "proof_broken", NULL, NULL, NULL},
        {HEADER(KID("#!1")), UNSIGNED("$1"), 1, "proof_holds", NULL, NULL, NULL},
        /* did:web: by URL, fragment, bare, none */
        {HEADER(KID(UNIV "#2")), UNSIGNED(UNIV), 2, "proof_holds", TWO_KEYS, NULL, NULL},
        {HEADER(KID(UNIV "#2")), UNSIGNED(UNIV), 1, "proof_broken", TWO_KEYS, NULL, NULL},
        {HEADER(KID("#2")), UNSIGNED(UNIV), 2, "proof_holds", TWO_KEYS, NULL, NULL},
        {HEADER(KID("2")), UNSIGNED(UNIV), 2, "proof_holds", TWO_KEYS, NULL, NULL},
        {HEADER(KID("3")), UNSIGNED(UNIV), 2, "proof_wrong_controller", TWO_KEYS, NULL, NULL},
        {HEADER(""), UNSIGNED(UNIV), 1, "proof_holds", TWO_KEYS, NULL, NULL},
        {HEADER(""), UNSIGNED(UNIV), 2, "proof_holds", TWO_KEYS, NULL, NULL},
        {HEADER(""), UNSIGNED(UNIV), 3, "proof_broken", TWO_KEYS, NULL, NULL},
        {HEADER(""), UNSIGNED(UNIV), 1, "proof_key_unreachable", NULL, NULL, NULL},
        {HEADER(""), UNSIGNED(UNIV), 1, "proof_key_unreachable", DID(UNIV, ""), NULL, NULL},
        /* a key in the header binds nothing by itself */
        {HEADER(",\"jwk\":&1"), UNSIGNED(UNIV), 1, "proof_key_not_bound", NULL, NULL, NULL},
        {HEADER(",\"jwk\":&1"), UNSIGNED(UNIV), 2, "proof_broken", TWO_KEYS, NULL, NULL},
        {HEADER(",\"jwk\":&1"), UNSIGNED(UNIV), 1, "proof_holds", TWO_KEYS, NULL, NULL},
        {HEADER(",\"jwk\":&3"), UNSIGNED(UNIV), 3, "proof_wrong_controller", TWO_KEYS, NULL, NULL},
        {HEADER(",\"jwk\":&3"), UNSIGNED("$3"), 3, "proof_holds", NULL, NULL, NULL},
        {HEADER(",\"jwk\":&3"), UNSIGNED("$1"), 3, "proof_key_not_bound", NULL, NULL, NULL},
        {HEADER(KID("1") ",\"jwk\":&3"), UNSIGNED(UNIV), 3, "proof_wrong_controller", TWO_KEYS, NULL, NULL},
        /* a key at a URL */
        {HEADER(KID("https://univ.example/.well-known/k")), UNSIGNED(UNIV), 3, "proof_holds", NULL,
         "https://univ.example/.well-known/k", "&3"},
        {HEADER(KID("https://univ.example/.well-known/k")), UNSIGNED(UNIV), 3, "proof_holds", TWO_KEYS,
         "https://univ.example/.well-known/k", "&3"},
        {HEADER(KID("https://univ.example/k")), UNSIGNED(UNIV), 1, "proof_holds", TWO_KEYS, "https://univ.example/k",
         "&1"},
        {HEADER(KID("https://univ.example/~bob/k")), UNSIGNED(UNIV), 3, "proof_wrong_controller", TWO_KEYS,
         "https://univ.example/~bob/k", "&3"},
        {HEADER(KID("https://univ.example/~bob/k")), UNSIGNED(UNIV), 3, "proof_key_not_bound", NULL,
         "https://univ.example/~bob/k", "&3"},
        {HEADER(KID("https://univ.example/.well-known/../~bob/k")), UNSIGNED(UNIV), 3, "proof_key_not_bound", NULL,
         "https://univ.example/.well-known/../~bob/k", "&3"},
        {HEADER(KID("https://univ.example/.well-known/%2e%2e/~bob/k")), UNSIGNED(UNIV), 3, "proof_key_not_bound", NULL,
         "https://univ.example/.well-known/%2e%2e/~bob/k", "&3"},
        {HEADER(KID("https://univ.example.evil.example/.well-known/k")), UNSIGNED(UNIV), 3, "proof_key_unreachable",
         NULL, "https://univ.example.evil.example/.well-known/k", "&3"},
        {HEADER(KID("https://univ.example@evil.example/.well-known/k")), UNSIGNED(UNIV), 3, "proof_key_unreachable",
         NULL, "https://univ.example@evil.example/.well-known/k", "&3"},
    };
    for (size_t i = 0; i < COUNT(row); i++)
        check_token(&row[i]);
}

#define IN_VC(claims, vc) "{" claims "\"vc\":" vc "}"

static void tokens_of_others(void **state)
{
    (void)state;
    static const struct token_row row[] = {
        {HEADER(KID("$1")), IN_VC("\"iss\":\"$1\",", UNSIGNED("$1")), 1, "proof_holds", NULL, NULL, NULL},
        {HEADER(KID("$1")), IN_VC("\"iss\":\"$1\",", "{" CONTEXT REST "}"), 1, "proof_holds", NULL, NULL, NULL},
        /* a forger names itself outside and the university inside, or the reverse */
        {HEADER(KID("$2")), IN_VC("\"iss\":\"$2\",", UNSIGNED("$1")), 2, "jwt_claim_differs", NULL, NULL, NULL},
        {HEADER(KID("$2")), IN_VC("\"iss\":\"$1\",", UNSIGNED("$2")), 2, "jwt_claim_differs", NULL, NULL, NULL},
        {HEADER(KID("$2")), IN_VC("\"iss\":\"$1\",", UNSIGNED("$1")), 2, "proof_key_not_bound", NULL, NULL, NULL},
        {HEADER(KID("$2")), IN_VC("", UNSIGNED("$1")), 2, "proof_key_not_bound", NULL, NULL, NULL},
        /* signatures of presentations and other wrappers say nothing of the credential */
        {HEADER(KID("$1")),
         "{\"iss\":\"$1\",\"vp\":{\"type\":\"VerifiablePresentation\",\"verifiableCredential\":[" UNSIGNED("$1") "]}}",
         1, "no_proof", NULL, NULL, NULL},
        {HEADER(KID("$1")), "{\"type\":\"VerifiablePresentation\",\"verifiableCredential\":[" UNSIGNED("$1") "]}", 1,
         "no_proof", NULL, NULL, NULL},
        {HEADER(KID("$1")), "{\"credential\":" UNSIGNED("$1") "}", 1, "no_proof", NULL, NULL, NULL},
        {"{\"alg\":\"none\"" KID("$1") "}", UNSIGNED("$1"), 1, "proof_malformed", NULL, NULL, NULL},
    };
    for (size_t i = 0; i < COUNT(row); i++)
        check_token(&row[i]);
}

/* A credential signed by 1 within wrappers by others. */
static void wrappers_improve_nothing(void **state)
{
    (void)state;
    char *inner = sign(VC("$1", OWN("1", "@1a"))), *broken = sign(VC("$1", OWN("1", "@2a")));
    static const struct {
        const char *before, *after;
        unsigned by; /* 0: not a token */
        bool issuer_known;
    } row[] = {
        {"", "", 0, true},
        {"[", "]", 0, true},
        {"{\"type\":\"VerifiablePresentation\",\"verifiableCredential\":[", "]}", 0, true},
        {"{\"credential\":", "}", 0, true},
        {"{\"vc\":", "}", 2, true},
        {"{\"iss\":\"did:web:other.example\",\"type\":\"VerifiablePresentation\",\"verifiableCredential\":", "}", 0,
         true},
        {"{\"type\":\"VerifiablePresentation\",\"issuer\":\"did:web:other.example\",\"verifiableCredential\":", "}", 0,
         false},
    };
    for (size_t i = 0; i < COUNT(row); i++) {
        char *text = signer_text("%s%s%s", row[i].before, inner, row[i].after);
        char *bad = signer_text("%s%s%s", row[i].before, broken, row[i].after);
        char *header = fill(HEADER(KID("$2")));
        char *sent = row[i].by ? signer_token(&signer[row[i].by], header, text) : signer_text("%s", text);
        char *bad_sent = row[i].by ? signer_token(&signer[row[i].by], header, bad) : signer_text("%s", bad);
        struct inquiry_run run = {0};
        run_text(&run, sent);
        expect(&run, text, BADGE_PASSED, "proof_holds");
        assert_int_equal(run.claims.issuer_err.status == BADGE_OK, row[i].issuer_known);
        assert_false(run.view.hides_claims);
        run_text(&run, bad_sent);
        expect(&run, bad, BADGE_FAILED, "proof_broken");
        free(text);
        free(bad);
        free(header);
        free(sent);
        free(bad_sent);
    }
    /* an issuer that only the wrapper describes */
    char *shown = signer_text("{\"type\":\"VerifiablePresentation\",\"issuer\":{\"id\":\"%s\",\"name\":\"Fine "
                              "University\"},\"verifiableCredential\":%s}",
                              signer[1].did, inner);
    struct inquiry_run run = {0};
    run_text(&run, shown);
    expect(&run, shown, BADGE_PASSED, "proof_holds");
    assert_true(run.view.hides_claims);
    free(shown);
    free(inner);
    free(broken);
}

/* An issuer that only an unsigned wrapper names is not the signer's word. */
static void a_credential_without_an_issuer_is_bound_to_nobody(void **state)
{
    (void)state;
    char *inner = sign("{" CONTEXT REST ",\"proof\":" OWN("1", "@1a") "}");
    char *text = signer_text("{\"type\":\"VerifiablePresentation\",\"issuer\":\"%s\",\"verifiableCredential\":%s}",
                             signer[1].did, inner);
    struct inquiry_run run = {0};
    run_text(&run, inner);
    expect(&run, inner, BADGE_UNKNOWN, "proof_key_not_bound");
    run_text(&run, text);
    expect(&run, text, BADGE_UNKNOWN, "proof_key_not_bound");
    free(inner);
    free(text);
}

static void other_forms_of_tokens(void **state)
{
    (void)state;
    char *header = fill(HEADER(KID("$1"))), *payload = fill(UNSIGNED("$1"));
    char *token = signer_token(&signer[1], header, payload), *first = strchr(token, '.'), *last = strrchr(token, '.');
    char *envelope = signer_text("{\"@context\":\"https://www.w3.org/ns/credentials/v2\",\"type\":"
                                 "\"EnvelopedVerifiableCredential\",\"id\":\"data:application/vc+jwt,%s\"}",
                                 token);
    char *flat = signer_text("{\"protected\":\"%.*s\",\"payload\":\"%.*s\",\"signature\":\"%s\"}", (int)(first - token),
                             token, (int)(last - first - 1), first + 1, last + 1);
    char *general = signer_text("{\"payload\":\"%.*s\",\"signatures\":[{\"protected\":\"%.*s\",\"signature\":\"%s\"}]}",
                                (int)(last - first - 1), first + 1, (int)(first - token), token, last + 1);
    char *quoted = signer_text("\"%s\"", token);
    char *padded = signer_text("%s=", token);
    static const char *const code[] = {"proof_holds", "proof_holds", "proof_holds",
                                       "proof_holds", "proof_holds", "proof_malformed"};
    const char *const text[] = {token, envelope, flat, general, quoted, padded};
    for (size_t i = 0; i < COUNT(text); i++) {
        struct inquiry_run run = {0};
        run_text(&run, text[i]);
        expect(&run, text[i], outcome_of(code[i]), code[i]);
    }
    /* one of several signatures of the issuer's is broken */
    char *other = signer_token(&signer[2], header, payload);
    char *both = signer_text("{\"payload\":\"%.*s\",\"signatures\":[{\"protected\":\"%.*s\",\"signature\":\"%s\"},"
                             "{\"protected\":\"%.*s\",\"signature\":\"%s\"}]}",
                             (int)(last - first - 1), first + 1, (int)(first - token), token, last + 1,
                             (int)(first - token), token, strrchr(other, '.') + 1);
    struct inquiry_run run = {0};
    run_text(&run, both);
    expect(&run, both, BADGE_FAILED, "proof_broken");
    assert_int_equal(run.view.n_proofs, 2);
    free(other);
    free(both);
    free(header);
    free(payload);
    free(token);
    free(envelope);
    free(flat);
    free(general);
    free(quoted);
    free(padded);
}

static void every_changed_character_of_a_token_is_found(void **state)
{
    (void)state;
    char *header = fill(HEADER(KID("$1"))), *payload = fill(UNSIGNED("$1"));
    char *token = signer_token(&signer[1], header, payload);
    struct inquiry_run run = {.now_s = NOW_S};
    for (size_t i = 0; token[i]; i++) {
        for (int bit = 0; bit < 7; bit++) {
            token[i] = (char)(token[i] ^ 1 << bit);
            inquiry_run(&run, token, strlen(token));
            if (run.view.outcome == BADGE_PASSED)
                fail_msg("byte %zu: %s", i, token);
            token[i] = (char)(token[i] ^ 1 << bit);
        }
    }
    free(header);
    free(payload);
    free(token);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_proof_by_the_issuers_own_key_holds),
        cmocka_unit_test(one_proof_by_itself),
        cmocka_unit_test(an_end_in_the_past_is_told_and_not_judged),
        cmocka_unit_test(every_changed_character_is_found),
        cmocka_unit_test(what_can_not_be_computed_is_unknown),
        cmocka_unit_test(proofs_of_a_set),
        cmocka_unit_test(proofs_of_a_chain),
        cmocka_unit_test(a_chain_covers_the_proofs_before_it),
        cmocka_unit_test(a_document_binds_what_it_lists),
        cmocka_unit_test(ends_of_keys_are_told),
        cmocka_unit_test(whose_address_it_is),
        cmocka_unit_test(an_address_that_can_not_be_shown_whole_is_not_asked),
        cmocka_unit_test(a_key_in_the_name_binds_nothing),
        cmocka_unit_test(tokens_name_their_keys_in_many_ways),
        cmocka_unit_test(tokens_of_others),
        cmocka_unit_test(wrappers_improve_nothing),
        cmocka_unit_test(a_credential_without_an_issuer_is_bound_to_nobody),
        cmocka_unit_test(other_forms_of_tokens),
        cmocka_unit_test(every_changed_character_of_a_token_is_found),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
