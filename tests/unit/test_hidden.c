/*
 * Badges signed by an RDF suite and rewritten with the same quads: the signature holds, and what has vanished for a
 * reader of JSON is noticed. And badges of real issuers, of which nothing is hidden.
 */
#include "support/vectors.h"

#include "support/inquiry.h"
#include "support/signer.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define NOW_S 1796083200 /* 2026-12-01 */

static struct signer signer;

static int begin(void **state)
{
    (void)state;
    signer_init(&signer, 7);
    return 0;
}

static int end(void **state)
{
    (void)state;
    inquiry_release();
    return 0;
}

#define CRED "https://www.w3.org/2018/credentials#"
#define OB "https://purl.imsglobal.org/spec/vc/ob/vocab.html#"
#define CLR "https://purl.imsglobal.org/spec/vc/clr/vocab.html#"
#define DATE_TYPE "http://www.w3.org/2001/XMLSchema#dateTime"
#define UNTIL "\"validUntil\":\"2021-01-01T00:00:00Z\""
#define UNTIL_IRI "\"" CRED "validUntil\":{\"@type\":\"" DATE_TYPE "\",\"@value\":\"2021-01-01T00:00:00Z\"}"
#define ENTRY                                                                                                          \
    "\"id\":\"urn:s\",\"type\":\"BitstringStatusListEntry\",\"statusPurpose\":\"revocation\",\"statusListIndex\":"     \
    "\"7\",\"statusListCredential\":\"https://univ.example/s\""
#define STATUS "\"credentialStatus\":{" ENTRY "}"
#define STATUS_IRI "https://www.w3.org/ns/credentials/status#"
#define INDEX "\"statusListIndex\":\"7\""
#define INDEX_IRI "\"" STATUS_IRI "statusListIndex\":\"7\""
#define PURPOSE_OF "\"statusPurpose\":\"revocation\""
#define TYPES "\"type\":[\"VerifiableCredential\",\"OpenBadgeCredential\"]"
#define OF "\"of\":\"urn:c\""
#define ISSUER "\"issuer\":{\"id\":\"ISSUER\",\"type\":[\"Profile\"],\"name\":\"College\"}"
#define CREDITS "\"creditsEarned\":3.5"
#define NAME "\"name\":\"Soil\""
#define ALIGNMENT "\"alignment\":[{\"type\":[\"Alignment\"],\"targetName\":\"T\",\"targetUrl\":\"urn:t\"}]"
#define ACHIEVEMENT                                                                                                    \
    "\"achievement\":{\"id\":\"urn:a\",\"type\":[\"Achievement\"]," NAME                                               \
    ",\"description\":\"D\",\"criteria\":{\"narrative\":\"N\"}," ALIGNMENT "}"
#define IDENTITY "\"identityHash\":\"a@b.example\""
#define HOLDER                                                                                                         \
    "\"identifier\":[{\"type\":\"IdentityObject\"," IDENTITY ",\"identityType\":\"emailAddress\",\"hashed\":false}]"
#define SUBJECT                                                                                                        \
    "\"credentialSubject\":{\"id\":\"urn:l\",\"type\":[\"AchievementSubject\"]," CREDITS "," OF "," HOLDER             \
    "," ACHIEVEMENT "}"
#define PROOF_CONTEXT                                                                                                  \
    "{\"of\":{\"@id\":\"urn:p:of\",\"@type\":\"@id\"},\"xsd\":\"http://www.w3.org/2001/XMLSchema#\"MORE}"
#define PURPOSE "\"proofPurpose\":\"assertionMethod\""
#define EXPIRES "\"expires\":\"2030-01-01T00:00:00Z\""
#define BASE                                                                                                           \
    "{\"@context\":[\"https://www.w3.org/ns/credentials/v2\","                                                         \
    "\"https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json\"," PROOF_CONTEXT "],\"id\":\"urn:c\"," TYPES        \
    "," ISSUER ",\"validFrom\":\"2020-01-01T00:00:00Z\"," UNTIL "," STATUS "," SUBJECT                                 \
    ",\"proof\":{\"type\":\"DataIntegrityProof\",\"cryptosuite\":\"eddsa-rdfc-2022\",\"created\":"                     \
    "\"2020-01-01T00:00:00Z\"," EXPIRES ",\"verificationMethod\":\"ISSUER\"," PURPOSE ",\"proofValue\":\"@V\"}}"

static char *replace(char *text, const char *from, const char *to)
{
    const char *at = strstr(text, from);
    if (!at)
        fail_msg("%s is not in %s", from, text);
    char *out = signer_text("%.*s%s%s", (int)(at - text), text, to, at + strlen(from));
    free(text);
    return out;
}

static char *with_issuer(char *text)
{
    return replace(replace(text, "ISSUER", signer.did), "ISSUER", signer.did);
}

struct rewrite {
    const char *from, *to;
    const char *more; /* terms of the inline context */
    const char *from2, *to2;
};

/* The same badge by another suite and data model. */
enum variant { AS_2022, AS_2020, AS_2020_VC_1_1, N_VARIANTS };

static char *replace_all(char *text, const char *from, const char *to)
{
    while (strstr(text, from))
        text = replace(text, from, to);
    return text;
}

static char *vary(char *text, enum variant variant)
{
    static const char v2[] = "\"https://www.w3.org/ns/credentials/v2\"",
                      suite[] = "\"https://w3id.org/security/suites/ed25519-2020/v1\"";
    if (variant == AS_2022)
        return text;
    text = replace(text, "\"DataIntegrityProof\",\"cryptosuite\":\"eddsa-rdfc-2022\"", "\"Ed25519Signature2020\"");
    char *contexts = variant == AS_2020 ? signer_text("%s,%s", v2, suite)
                                        : signer_text("\"https://www.w3.org/2018/credentials/v1\",%s,"
                                                      "\"https://www.w3.org/ns/credentials/status/v1\"",
                                                      suite);
    text = replace(text, v2, contexts);
    free(contexts);
    if (variant == AS_2020)
        return text;
    text = replace(text, "context-3.0.3.json", "context-3.0.0.json");
    return replace_all(replace_all(text, "validFrom", "issuanceDate"), "validUntil", "expirationDate");
}

/* The text with the signature that the base has, and what an inquiry says. */
static void run_variant_of(struct inquiry_run *run, const char *original, const struct rewrite *rewrite,
                           enum variant variant)
{
    char *base = vary(replace(with_issuer(signer_text("%s", original)), "MORE", ""), variant);
    base = signer_sign(&signer, inquiry_processor(), base, "@V");
    const char *value = strstr(base, "\"proofValue\":\"") + strlen("\"proofValue\":\""), *last = strchr(value, '"');
    char *proof_value = signer_text("%.*s", (int)(last - value), value);
    char *text = with_issuer(replace(signer_text("%s", original), "MORE", rewrite->more ? rewrite->more : ""));
    text = replace(text, rewrite->from, rewrite->to);
    if (rewrite->from2)
        text = replace(text, rewrite->from2, rewrite->to2);
    text = vary(replace(text, "@V", proof_value), variant);
    run->now_s = NOW_S;
    inquiry_run(run, text, strlen(text));
    free(base);
    free(proof_value);
    free(text);
}

static void run_rewrite_of(struct inquiry_run *run, const char *original, const struct rewrite *rewrite)
{
    run_variant_of(run, original, rewrite, AS_2022);
}

static void run_rewrite(struct inquiry_run *run, const struct rewrite *rewrite)
{
    run_rewrite_of(run, BASE, rewrite);
}

static bool reads_all(const struct inquiry_run *run)
{
    return run->claims.has_not_after && run->claims.not_after_s < NOW_S && run->claims.has_status;
}

static bool is_refused(const struct inquiry_run *run)
{
    return run->claims.period_err.status != BADGE_OK && run->claims.status_err.status != BADGE_OK &&
           run->claims.issuer_err.status != BADGE_OK;
}

static void of_the_badge_itself_nothing_is_hidden(void **state)
{
    (void)state;
    static const struct rewrite same[] = {
        {"MORE", "", "MORE", NULL, NULL}, /* as it was signed */
        {TYPES, "\"type\":[\"OpenBadgeCredential\",\"VerifiableCredential\"]", NULL, NULL, NULL},
        {TYPES, "\"@type\":[\"OpenBadgeCredential\",\"VerifiableCredential\"]", NULL, NULL, NULL},
        {"\"id\":\"urn:c\"", "\"@id\":\"urn:c\"", NULL, NULL, NULL},
        {STATUS, "\"credentialStatus\":[{" ENTRY "}]", NULL, NULL, NULL},
        {ALIGNMENT, "\"alignment\":{\"type\":[\"Alignment\"],\"targetName\":\"T\",\"targetUrl\":\"urn:t\"}", NULL, NULL,
         NULL},
        {CREDITS, "\"creditsEarned\":35e-1", NULL, NULL, NULL},
        {NAME, "\"name\":[\"Soil\",null]", NULL, NULL, NULL},
        {NAME, "\"name\":{\"@value\":\"Soil\"}", NULL, NULL, NULL},
        {SUBJECT,
         "\"credentialSubject\":[{\"id\":\"urn:l\",\"type\":\"AchievementSubject\"," CREDITS "," OF "," HOLDER
         "," ACHIEVEMENT "}]",
         NULL, NULL, NULL},
    };
    for (size_t i = 0; i < N_VARIANTS * COUNT(same); i++) {
        struct inquiry_run run = {0};
        run_variant_of(&run, BASE, &same[i / N_VARIANTS], i % N_VARIANTS);
        /* an earlier context has other datatypes */
        bool may_differ = i % N_VARIANTS == AS_2020_VC_1_1 && i / N_VARIANTS > 0 && run.view.outcome == BADGE_FAILED;
        if ((run.view.outcome != BADGE_PASSED && !may_differ) || run.view.hides_claims || !reads_all(&run))
            fail_msg("%s: %s, %s%s", same[i / N_VARIANTS].to, run.view.code, run.view.detail,
                     run.view.hides_claims ? ", hidden" : "");
    }
}

/* Each holds, and is noticed. */
static void rewrites_with_the_same_quads_are_noticed(void **state)
{
    (void)state;
    static const struct rewrite rewrite[] = {
        /* the end */
        {UNTIL, "\"until\":\"2021-01-01T00:00:00Z\"",
         ",\"until\":{\"@id\":\"" CRED "validUntil\",\"@type\":\"" DATE_TYPE "\"}", NULL, NULL},
        {UNTIL, UNTIL_IRI, NULL, NULL, NULL},
        {UNTIL, "\"c:validUntil\":{\"@type\":\"xsd:dateTime\",\"@value\":\"2021-01-01T00:00:00Z\"}",
         ",\"c\":\"" CRED "\"", NULL, NULL},
        {UNTIL, "\"@included\":{\"id\":\"urn:c\"," UNTIL_IRI "}", NULL, NULL, NULL},
        {UNTIL, "\"inside\":{\"id\":\"urn:c\"," UNTIL_IRI "}", ",\"inside\":\"@included\"", NULL, NULL},
        {UNTIL, "\"@nest\":{" UNTIL "}", NULL, NULL, NULL},
        {UNTIL, "\"more\":{" UNTIL "}", ",\"more\":\"@nest\"", NULL, NULL},
        {OF, "\"of\":{\"id\":\"urn:c\"," UNTIL_IRI "}", NULL, UNTIL ",", ""},
        {OF, "\"of\":{\"id\":\"urn:c\",\"type\":\"VerifiableCredential\"," UNTIL "}", NULL, UNTIL ",", ""},
        {OF, "\"of\":{\"id\":\"urn:c\",\"u\":\"2021-01-01T00:00:00Z\"}",
         ",\"u\":{\"@id\":\"" CRED "validUntil\",\"@type\":\"" DATE_TYPE "\"}", UNTIL ",", ""},
        /* the status */
        {STATUS, "\"state\":{" ENTRY "}", ",\"state\":\"" CRED "credentialStatus\"", NULL, NULL},
        {STATUS, "\"" CRED "credentialStatus\":{" ENTRY "}", NULL, NULL, NULL},
        {STATUS, "\"@included\":{" ENTRY ",\"@reverse\":{\"" CRED "credentialStatus\":{\"id\":\"urn:c\"}}}", NULL, NULL,
         NULL},
        {STATUS, "\"isStatus\":{" ENTRY ",\"of\":{}}", ",\"isStatus\":{\"@id\":\"" CRED "credentialStatus\"}",
         ",\"of\":{}", ""},
        {OF, "\"of\":{\"id\":\"urn:c\",\"" CRED "credentialStatus\":{" ENTRY "}}", NULL, STATUS ",", ""},
        {STATUS, "\"@nest\":{" STATUS "}", NULL, NULL, NULL},
        /* the place in its list */
        {INDEX, INDEX_IRI, NULL, NULL, NULL},
        {INDEX, "\"s:statusListIndex\":\"7\"", ",\"s\":\"" STATUS_IRI "\"", NULL, NULL},
        {PURPOSE_OF, "\"" STATUS_IRI "statusPurpose\":\"revocation\"", NULL, NULL, NULL},
        {OF, "\"of\":{\"id\":\"urn:c\",\"@nest\":{\"" CRED "credentialStatus\":{" ENTRY "}}}", NULL, STATUS ",", ""},
        /* the subject and what it was awarded */
        {CREDITS, "\"" OB "creditsEarned\":{\"@type\":\"https://www.w3.org/2001/XMLSchema#float\",\"@value\":3.5}",
         NULL, NULL, NULL},
        {ACHIEVEMENT, "\"@nest\":{" ACHIEVEMENT "}", NULL, NULL, NULL},
        {NAME, "\"https://schema.org/name\":\"Soil\"", NULL, NULL, NULL},
        {ALIGNMENT, "\"@nest\":{" ALIGNMENT "}", NULL, NULL, NULL},
        {"\"id\":\"urn:a\"", "\"self\":\"urn:a\"", ",\"self\":\"@id\"", NULL, NULL},
        {"\"id\":\"urn:c\"", "\"self\":\"urn:c\"", ",\"self\":\"@id\"", NULL, NULL},
        {IDENTITY, "\"" OB "identityHash\":\"a@b.example\"", NULL, NULL, NULL},
        {HOLDER, "\"@nest\":{" HOLDER "}", NULL, NULL, NULL},
        /* a type that makes a record of it, of which nothing is said */
        {TYPES, "\"type\":[\"VerifiableCredential\",\"StatusList2021Credential\"]",
         ",\"StatusList2021Credential\":\"" OB "OpenBadgeCredential\"", NULL, NULL},
        /* what is shown and was not signed, or was signed as something else */
        {TYPES, TYPES ",\"title\":\"Doctor\"", ",\"title\":\"@index\"", NULL, NULL},
        {TYPES, TYPES ",\"title\":\"Doctor\"", ",\"title\":\"@type\",\"Doctor\":\"" CRED "VerifiableCredential\"", NULL,
         NULL},
        {TYPES, "\"type\":[\"VerifiableCredential\",\"OpenBadgeCredential\",\"Doctor\"]",
         ",\"Doctor\":\"" CRED "VerifiableCredential\"", NULL, NULL},
        {CREDITS, CREDITS ",\"fullName\":\"Another\"", ",\"fullName\":\"@index\"", NULL, NULL},
        {CREDITS, CREDITS ",\"achieved\":{\"title\":\"Doctor\"}", ",\"achieved\":\"@nest\",\"title\":\"@index\"", NULL,
         NULL},
        {CREDITS, CREDITS ",\"@context\":{\"x\":{\"@id\":\"urn:x\",\"@context\":{\"title\":\"@index\"}}}", NULL, NULL,
         NULL},
        {NAME, NAME ",\"@index\":\"Doctor\"", NULL, NULL, NULL},
        {"\"narrative\":\"N\"", "\"@nest\":{\"narrative\":\"N\"}", NULL, NULL, NULL},
        {"\"criteria\":{\"narrative\":\"N\"}", "\"Criteria\":{\"narrative\":\"N\"}", NULL, NULL, NULL},
        {"\"criteria\":{\"narrative\":\"N\"}", "\"" OB "Criteria\":{\"" OB "narrative\":\"N\"}", NULL, NULL, NULL},
        {OF, "\"re\":\"urn:c\"", ",\"re\":{\"@id\":\"urn:p:of\",\"@type\":\"@id\"}", NULL, NULL},
        {OF,
         "\"@context\":{\"of\":{\"@id\":\"urn:p:of\",\"@type\":\"@id\",\"@container\":\"@index\"}},"
         "\"of\":{\"Doctor\":\"urn:c\"}",
         NULL, NULL, NULL},
        {OF, "\"of\":\"mailto:c\"", ",\"mailto\":\"urn:\"", NULL, NULL},
        {TYPES, "\"type\":[\"VerifiableCredential\",\"OpenBadgeCredential\",\"Credential\"]",
         ",\"@vocab\":\"" CRED "Verifiable\"", NULL, NULL},
        /* what the proof says of itself */
        {EXPIRES,
         "\"https://w3id.org/security#expiration\":{\"@type\":\"" DATE_TYPE "\",\"@value\":\"2030-01-01T00:00:00Z\"}",
         NULL, NULL, NULL},
    };
    for (unsigned variant = 0; variant < N_VARIANTS; variant++) {
        size_t n_held = 0;
        for (size_t i = 0; i < COUNT(rewrite); i++) {
            struct inquiry_run run = {0};
            run_variant_of(&run, BASE, &rewrite[i], variant);
            bool holds = run.view.outcome == BADGE_PASSED;
            n_held += holds;
            if (!holds && variant != AS_2020_VC_1_1) /* an earlier context has some terms at other IRIs */
                fail_msg("the quads are others: %s: %s, %s", rewrite[i].to, run.view.code, run.view.detail);
            if (holds && !run.view.hides_claims && !is_refused(&run))
                fail_msg("unnoticed: %s (variant %u)", rewrite[i].to, variant);
        }
        assert_true(n_held >= 30);
    }
}

/* Of these the signature does not hold, or is not looked at. */
static void other_quads_do_not_hold(void **state)
{
    (void)state;
    static const struct rewrite rewrite[] = {
        {UNTIL, "\"validUntil\":\"2099-01-01T00:00:00Z\"", NULL, NULL, NULL},
        {UNTIL ",", "", NULL, NULL, NULL},
        {STATUS ",", "", NULL, NULL, NULL},
        {CREDITS, "\"creditsEarned\":3.6", NULL, NULL, NULL},
        {CREDITS, "\"creditsEarned\":\"3.5\"", NULL, NULL, NULL},
        {NAME, "\"name\":{\"@value\":\"Soil\",\"@language\":\"en\"}", NULL, NULL, NULL},
        {NAME, "\"nom\":\"Soil\"", NULL, NULL, NULL},
        {UNTIL, UNTIL ",\"x\":null", NULL, NULL, NULL},
        {PURPOSE, "\"proofPurpose\":\"authentication\"", NULL, NULL, NULL},
        {EXPIRES ",", "", NULL, NULL, NULL},
    };
    for (size_t i = 0; i < COUNT(rewrite); i++) {
        struct inquiry_run run = {0};
        run_rewrite(&run, &rewrite[i]);
        if (run.view.outcome != BADGE_FAILED)
            fail_msg("%s: %s, %s", rewrite[i].to, run.view.code, run.view.detail);
    }
}

/* -- a CLR: all credentials in it are about one node --------------------------------------------------------------- */

#define AWARD(id, name)                                                                                                \
    "{\"id\":\"" id "\",\"type\":[\"Achievement\"],\"name\":\"" name                                                   \
    "\",\"description\":\"D\",\"criteria\":{\"narrative\":\"N\"}}"
#define OWN_AWARD AWARD("urn:a1", "Degree")
#define THEIR_AWARDS "\"achievement\":[" AWARD("urn:a2", "Knots") "," AWARD("urn:a3", "Ropes") "]"
#define ENCLOSED(issuer)                                                                                               \
    "{\"id\":\"urn:v\",\"type\":[\"VerifiableCredential\",\"OpenBadgeCredential\"],\"name\":\"N\",\"issuer\":{\"id\":" \
    "\"" issuer "\",\"type\":[\"Profile\"],\"name\":\"Club\"},\"validFrom\":\"2020-01-01T00:00:00Z\",\"validUntil\":"  \
    "\"2021-01-01T00:00:00Z\",\"credentialSubject\":{\"id\":\"urn:l\",\"type\":[\"AchievementSubject\"]," THEIR_AWARDS \
    "}}"
#define CLR_OF(issuer)                                                                                                 \
    "{\"@context\":[\"https://www.w3.org/ns/credentials/v2\","                                                         \
    "\"https://purl.imsglobal.org/spec/clr/v2p0/context-2.0.1.json\","                                                 \
    "\"https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json\"," PROOF_CONTEXT                                    \
    "],\"id\":\"urn:c\",\"type\":[\"VerifiableCredential\",\"ClrCredential\"]," ISSUER                                 \
    ",\"validFrom\":\"2020-01-01T00:00:00Z\",\"credentialSubject\":{\"id\":\"urn:l\",\"type\":[\"ClrSubject\"],"       \
    "\"achievement\":[" OWN_AWARD "],\"verifiableCredential\":[" ENCLOSED(                                             \
        issuer) "]},\"proof\":{\"type\":\"DataIntegrityProof\",\"cryptosuite\":\"eddsa-rdfc-2022\",\"created\":"       \
                "\"2020-01-01T00:00:00Z\",\"verificationMethod\":\"ISSUER\"," PURPOSE ",\"proofValue\":\"@V\"}}"

static void credentials_within_a_clr_are_not_mixed(void **state)
{
    (void)state;
    static const struct {
        struct rewrite rewrite;
        bool is_noticed;
    } row[] = {
        {{"MORE", "", "MORE", NULL, NULL}, false},
        /* what another awarded is shown as the CLR's own */
        {{"\"type\":[\"ClrSubject\"],\"achievement\":[" OWN_AWARD "],\"verifiableCredential\"",
          "\"type\":[\"AchievementSubject\"]," THEIR_AWARDS ",\"" CLR "verifiableCredential\"", NULL,
          "\"type\":[\"AchievementSubject\"]," THEIR_AWARDS "}}",
          "\"type\":[\"ClrSubject\"],\"achievement\":[" OWN_AWARD "]}}"},
         true},
        {{"\"achievement\":[" OWN_AWARD "]", "\"" CLR "achievement\":[" OWN_AWARD "]", NULL, NULL, NULL}, true},
        /* the end of one within */
        {{"\"validUntil\":\"2021-01-01T00:00:00Z\"", UNTIL_IRI, NULL, NULL, NULL}, true},
    };
    for (size_t i = 0; i < COUNT(row); i++) {
        struct inquiry_run run = {0};
        run_rewrite_of(&run, CLR_OF("urn:club"), &row[i].rewrite);
        if (run.view.outcome != BADGE_PASSED)
            fail_msg("the quads are others: %s: %s, %s", row[i].rewrite.to, run.view.code, run.view.detail);
        if (run.view.hides_claims != row[i].is_noticed)
            fail_msg("%s: %s", row[i].rewrite.to, run.view.hides_claims ? "hidden" : "unnoticed");
    }
}

/* -- what JSON-LD refuses ------------------------------------------------------------------------------------------ */

static void what_no_context_defines_is_unsafe(void **state)
{
    (void)state;
    static const struct {
        const char *from, *to, *code;
    } row[] = {
        {NAME, NAME ",\"undefined\":1", "context_unsafe"},
        {"\"Achievement\"", "\"Undefined\"", "context_unsafe"},
        {PURPOSE, PURPOSE ",\"undefined\":1", "context_unsafe"},
        {"\"of\":\"urn:c\"", "\"none\":\"urn:c\"", "context_unsafe"},
        {"{\"of\":{\"@id\":\"urn:p:of\",\"@type\":\"@id\"}", "{\"of\":null", "context_unsafe"},
        {"{\"of\":{\"@id\":\"urn:p:of\",\"@type\":\"@id\"}",
         "\"https://purl.imsglobal.org/spec/ob/v3p0/extensions.json\",{\"of\":null", "context_unknown"},
        {"\"urn:l\"", "\"relative\"", "context_unsafe"},
        {"https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json", "https://univ.example/own/v1",
         "context_unknown"},
        {"\"xsd\":\"http", "\"xsd\":7,\"y\":\"http", "proof_malformed"},
    };
    for (size_t i = 0; i < COUNT(row); i++) {
        struct rewrite rewrite = {.from = row[i].from, .to = row[i].to};
        struct inquiry_run run = {0};
        run_rewrite(&run, &rewrite);
        if (strcmp(run.view.code, row[i].code) != 0)
            fail_msg("%s: %s, %s", row[i].to, run.view.code, run.view.detail);
        assert_int_equal(run.view.outcome, strcmp(row[i].code, "context_unknown") ? BADGE_FAILED : BADGE_UNKNOWN);
        assert_true(run.view.detail[0]);
        assert_int_equal(run.n_verified, 0);
    }
}

/* A small graph of nodes that nothing distinguishes: the work on it is bounded. */
static void a_graph_that_takes_too_much_work_is_unknown(void **state)
{
    (void)state;
    char *links = signer_text("%s", "\"of\":[");
    for (int i = 0; i < 6; i++) {
        char *old = links;
        links = signer_text("%s%s{\"id\":\"_:n%d\",\"of\":[\"_:n%d\",\"_:n%d\",\"_:n%d\"]}", old, i ? "," : "", i,
                            (i + 1) % 6, (i + 2) % 6, (i + 5) % 6);
        free(old);
    }
    char *close = signer_text("%s]", links);
    struct rewrite rewrite = {.from = OF, .to = close};
    struct inquiry_run run = {.max_deep = 3};
    run_rewrite(&run, &rewrite);
    assert_string_equal(run.view.code, "proof_too_large");
    assert_int_equal(run.view.outcome, BADGE_UNKNOWN);
    run.max_deep = 0;
    run_rewrite(&run, &rewrite);
    assert_string_equal(run.view.code, "proof_broken"); /* it can be computed, and is not what was signed */
    free(links);
    free(close);
}

/* -- real badges --------------------------------------------------------------------------------------------------- */

#define WEB "did:web:digitalcredentials.github.io:dcc-did-web"
#define WEB_KEY "z6MknNQD1WHLGGraFi6zcbGevuAgkVfdyCdtZnQTGWVVvR5Q"
#define WEB_DOCUMENT(id)                                                                                               \
    "{\"id\":\"" id "\",\"verificationMethod\":[{\"id\":\"" id "#" WEB_KEY                                             \
    "\",\"type\":\"Ed25519VerificationKey2020\",\"controller\":\"" id "\",\"publicKeyMultibase\":\"" WEB_KEY           \
    "\"}],\"assertionMethod\":[\"" id "#" WEB_KEY "\"]}"

static void badges_of_a_real_issuer(void **state)
{
    (void)state;
    static const struct {
        const char *name, *code;
    } row[] = {
        {"safeModeBreaker", "context_unsafe"},
        {"testVC", "proof_broken"},
        {"v1Expired", "proof_holds"},
        {"v1ExpiredWithValidStatus", "proof_holds"},
        {"v1NoStatus", "proof_holds"},
        {"v1OBv3SpecExample", "proof_holds"},
        {"v1Revoked", "proof_holds"},
        {"v1RevokedAndExpired", "proof_holds"},
        {"v1SimpleIssuerId", "proof_holds"},
        {"v1WithValidStatus", "proof_holds"},
        {"v2DoubleSigWithBadStatusUrl", "proof_holds"},
        {"v2DoubleSigWithValidStatus", "proof_holds"},
        {"v2EddsaWithValidStatus", "proof_holds"},
        {"v2Expired", "proof_holds"},
        {"v2ExpiredWithValidStatus", "proof_holds"},
        {"v2NoStatus", "proof_holds"},
        {"v2OBv3SpecExample", "proof_holds"},
        {"v2Revoked", "proof_holds"},
        {"v2RevokedAndExpired", "proof_holds"},
        {"v2SimpleIssuerId", "proof_holds"},
        {"v2WithBadDidWeb", "proof_key_unreachable"},
        {"v2WithValidStatus", "proof_holds"},
        {"v2didWebMultikeyWithValidStatus", "proof_holds"},
        {"v2didWebWithValidStatus", "proof_holds"},
    };
    static const struct inquiry_document document[] = {
        {.url = "https://digitalcredentials.github.io/dcc-did-web/did.json",
         .text = WEB_DOCUMENT(WEB),
         .is_given = true},
        {.url = "https://digitalcredentials.github.io/dcc-did-web/multikey/did.json",
         .text = WEB_DOCUMENT(WEB ":multikey"),
         .is_given = true},
    };
    assert_int_equal(COUNT(row), 24);
    for (size_t i = 0; i < COUNT(row); i++) {
        size_t len;
        char name[128];
        (void)snprintf(name, sizeof name, "credentials/%s.json", row[i].name);
        char *text = vectors_read(name, &len);
        struct inquiry_run run = {.now_s = NOW_S, .document = document, .n_documents = COUNT(document)};
        inquiry_run(&run, text, len);
        if (strcmp(run.view.code, row[i].code) != 0 || run.view.hides_claims)
            fail_msg("%s: %s, %s%s", row[i].name, run.view.code, run.view.detail,
                     run.view.hides_claims ? ", hidden" : "");
        free(text);
    }
}

static void badges_that_stack(void **state)
{
    (void)state;
    static const char *const name[] = {
        "badge-capstone",          "badge-ethics-identity", "badge-geodata", "badge-python",
        "badge-pipelines-expired", "certificate",           "clr",           "clr-cycle"};
    size_t len;
    char *did = vectors_read("stack/did-web-skills.example.org.json", &len);
    struct inquiry_document document = {.url = "https://skills.example.org/.well-known/did.json", .text = did};
    for (size_t i = 0; i < COUNT(name); i++) {
        char file[128];
        (void)snprintf(file, sizeof file, "stack/%s.json", name[i]);
        char *text = vectors_read(file, &len);
        struct inquiry_run run = {.now_s = NOW_S, .document = &document, .n_documents = 1};
        inquiry_run(&run, text, len);
        if (run.view.outcome != BADGE_PASSED || run.view.hides_claims)
            fail_msg("%s: %s, %s%s", name[i], run.view.code, run.view.detail, run.view.hides_claims ? ", hidden" : "");
        free(text);
    }
    free(did);
}

/* W3C's sets and chains: all of their signatures hold, and nothing binds them to the issuer but its document. */
static void sets_and_chains_of_w3c(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        size_t n;
    } row[] = {{"signedProofSet1", 1}, {"signedProofSet2", 2}, {"signedProofChain1", 3}, {"signedProofChain2", 4}};
#define KEY_1 "z6MktgKTsu1QhX6QPbyqG6geXdw6FQCZBPq7uQpieWbiQiG7"
    static const struct inquiry_document document = {
        .url = "https://vc.example/issuers/5678",
        .text = "{\"id\":\"https://vc.example/issuers/5678\",\"assertionMethod\":[{\"id\":\"#1\",\"type\":\"Multikey\","
                "\"controller\":\"https://vc.example/issuers/5678\",\"publicKeyMultibase\":\"" KEY_1 "\"}]}"};
    for (size_t i = 0; i < COUNT(row); i++) {
        size_t len;
        char name[128];
        (void)snprintf(name, sizeof name, "vc-di-eddsa/proof-set-chain/%s.json", row[i].name);
        char *text = vectors_read(name, &len);
        struct inquiry_run run = {.now_s = NOW_S};
        inquiry_run(&run, text, len);
        assert_int_equal(run.view.n_proofs, row[i].n);
        assert_string_equal(run.view.code, "proof_key_not_bound");
        for (size_t k = 0; k < row[i].n; k++)
            if (strcmp(run.view.proof[k].code, "proof_key_not_bound") != 0)
                fail_msg("%s: %s, %s", name, run.view.proof[k].code, run.view.proof[k].detail);
        assert_int_equal(run.n_fetched, 1);
        run.document = &document;
        run.n_documents = 1;
        inquiry_run(&run, text, len);
        assert_string_equal(run.view.code, "proof_holds");
        assert_int_equal(run.view.form, BADGE_ISSUER_FORM_ADDRESS);
        assert_false(run.view.hides_claims);
        free(text);
    }
}

/* Of a plain badge of each suite no byte can be another one. */
static void every_changed_character_is_found(void **state)
{
    (void)state;
    json_t *root = vectors_json("formats/signed-badges.json"), *one;
    const char *seen[8] = {NULL};
    size_t i, n_seen = 0;
    json_array_foreach(json_object_get(root, "cases"), i, one)
    {
        const char *kind = json_string_value(json_object_get(one, "kind"));
        bool is_new = true;
        for (size_t k = 0; k < n_seen; k++)
            is_new = is_new && strcmp(seen[k], kind) != 0;
        if (!is_new)
            continue;
        seen[n_seen++] = kind;
        char *text = json_dumps(json_object_get(one, "credential"), JSON_COMPACT);
        struct inquiry_run run = {.now_s = NOW_S};
        for (size_t at = 0; text[at]; at++) {
            text[at] ^= 1;
            inquiry_run(&run, text, strlen(text));
            if (run.view.outcome == BADGE_PASSED)
                fail_msg("%s, byte %zu: %s", kind, at, text);
            text[at] ^= 1;
        }
        free(text);
    }
    assert_int_equal(n_seen, 7);
    json_decref(root);
}

/* 1EdTech's fixtures: no one is bound to its issuer, whose document is not read; and none that is broken holds. */
static void fixtures_of_1edtech(void **state)
{
    (void)state;
    static const struct {
        const char *name, *code;
    } row[] = {
        {"simple-context-alias", "proof_key_not_bound"},
        {"simple-context-version", "proof_key_not_bound"},
        {"simple-eddsa-2022", "proof_suite_unknown"},
        {"simple-err-expired", "proof_key_not_bound"},
        {"simple-err-issued", "proof_key_not_bound"},
        {"simple-err-proof-method-no-scheme", "proof_malformed"},
        {"simple-err-proof-method-unknown-did-method", "proof_key_unreachable"},
        {"simple-err-proof-method-unknown-scheme", "proof_key_unreachable"},
        {"simple-err-proof-value", "proof_broken"},
        {"sd/derivedcredential", "proof_suite_unknown"},
        {"bit-string-list/credential-status-revoked", "proof_key_not_bound"},
        {"simple_v1", "proof_key_not_bound"},
    };
    for (size_t i = 0; i < COUNT(row); i++) {
        size_t len;
        char name[128];
        (void)snprintf(name, sizeof name, "1edtech/ob30/%s.json", row[i].name);
        char *text = vectors_read(name, &len);
        struct inquiry_run run = {.now_s = NOW_S};
        inquiry_run(&run, text, len);
        if (strcmp(run.view.code, row[i].code) != 0)
            fail_msg("%s: %s, %s", row[i].name, run.view.code, run.view.detail);
        free(text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(of_the_badge_itself_nothing_is_hidden),
        cmocka_unit_test(rewrites_with_the_same_quads_are_noticed),
        cmocka_unit_test(other_quads_do_not_hold),
        cmocka_unit_test(credentials_within_a_clr_are_not_mixed),
        cmocka_unit_test(what_no_context_defines_is_unsafe),
        cmocka_unit_test(a_graph_that_takes_too_much_work_is_unknown),
        cmocka_unit_test(badges_of_a_real_issuer),
        cmocka_unit_test(badges_that_stack),
        cmocka_unit_test(sets_and_chains_of_w3c),
        cmocka_unit_test(every_changed_character_is_found),
        cmocka_unit_test(fixtures_of_1edtech),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
