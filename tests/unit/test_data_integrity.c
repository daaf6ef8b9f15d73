/* What Data Integrity proofs sign: W3C's vectors byte for byte, and the proofs that sign nothing. */
#include "support/vectors.h"

#include "badge/text.h"
#include "proof/data_integrity.h"

static struct badge_jsonld *processor;
static struct badge_arena arena;

static int begin(void **state)
{
    (void)state;
    badge_arena_init(&arena, (size_t)64 << 20);
    return badge_jsonld_new(&processor, NULL) == BADGE_OK ? 0 : -1;
}

static int end(void **state)
{
    (void)state;
    badge_arena_release(&arena);
    badge_jsonld_free(processor);
    return 0;
}

static void read_text(struct data_integrity *out, const char *text, size_t len)
{
    const struct badge_json_value *document;
    badge_arena_clear(&arena);
    assert_int_equal(badge_json_parse(&document, &arena, text, len, NULL), BADGE_OK);
    struct secured secured = {.arena = &arena, .processor = processor, .document = document};
    assert_int_equal(data_integrity_read(out, &secured, badge_json_member(document, "proof"), NULL, NULL), BADGE_OK);
}

/* -- W3C's vectors ------------------------------------------------------------------------------------------------- */

struct vector {
    const char *folder, *suffix, *suite;
};

static char *read_part(const struct vector *v, const char *part, const char *kind, size_t *len)
{
    char name[200];
    snprintf(name, sizeof name, "%s/%s%s.%s", v->folder, part, v->suffix, kind);
    return vectors_read(name, len);
}

static void text_equals(struct badge_text seen, const struct vector *v, const char *part)
{
    size_t len;
    char *expected = read_part(v, part, "txt", &len);
    if (seen.len != len || memcmp(seen.bytes, expected, len) != 0)
        fail_msg("%s/%s%s: %.*s", v->folder, part, v->suffix, (int)seen.len, seen.bytes);
    free(expected);
}

static void hex_equals(struct badge_text seen, const struct vector *v, const char *part)
{
    size_t len, n;
    char *text = read_part(v, part, "txt", &len);
    text[strcspn(text, "\r\n")] = '\0';
    uint8_t *expected = vectors_hex(text, &n);
    if (seen.len != n || memcmp(seen.bytes, expected, n) != 0)
        fail_msg("%s/%s%s", v->folder, part, v->suffix);
    free(expected);
    free(text);
}

static void check_vector(const struct vector *v)
{
    size_t len;
    char *signed_text = read_part(v, "signed", "json", &len);
    struct data_integrity read;
    struct badge_public_key key;
    bool holds;
    read_text(&read, signed_text, len);
    if (read.code)
        fail_msg("%s: %s: %s", v->folder, read.code, read.detail);
    assert_string_equal(read.suite, v->suite);
    text_equals(read.canonical_document, v, "canonDoc");
    text_equals(read.canonical_options, v, "proofCanon");
    hex_equals(read.document_hash, v, "docHash");
    hex_equals(read.options_hash, v, "proofHash");
    hex_equals(read.message, v, "combinedHash");
    hex_equals(read.signature, v, "sigHex");
    assert_int_equal(badge_key_from_did(&key, read.method, NULL), BADGE_OK);
    assert_int_equal(badge_signature_verify(&holds, read.algorithm, &key, read.message, read.signature, NULL),
                     BADGE_OK);
    assert_true(holds);
    assert_false(read.hides);
    assert_false(read.is_base64url);
    free(signed_text);
}

static void jcs_vectors_are_right(void **state)
{
    (void)state;
    static const struct vector vector[] = {
        {"vc-di-eddsa/eddsa-jcs-2022", "JCS", "eddsa-jcs-2022"},
        {"vc-di-ecdsa/ecdsa-jcs-2019-p256", "JCSECDSAP256", "ecdsa-jcs-2019"},
        {"vc-di-ecdsa/ecdsa-jcs-2019-p384", "JCSECDSAP384", "ecdsa-jcs-2019"},
    };
    for (size_t i = 0; i < sizeof vector / sizeof *vector; i++)
        check_vector(&vector[i]);
}

static void rdfc_vectors_are_right(void **state)
{
    (void)state;
    static const struct vector vector[] = {
        {"vc-di-eddsa/eddsa-rdfc-2022", "DataInt", "eddsa-rdfc-2022"},
        {"vc-di-eddsa/eddsa-rdfc-2022/employ", "DataInt", "eddsa-rdfc-2022"},
        {"vc-di-eddsa/Ed25519Signature2020", "EdSig", "Ed25519Signature2020"},
        {"vc-di-ecdsa/ecdsa-rdfc-2019-p256", "ECDSAP256", "ecdsa-rdfc-2019"},
        {"vc-di-ecdsa/ecdsa-rdfc-2019-p256/employ", "ECDSAP256", "ecdsa-rdfc-2019"},
        {"vc-di-ecdsa/ecdsa-rdfc-2019-p384", "ECDSAP384", "ecdsa-rdfc-2019"},
        {"vc-di-ecdsa/ecdsa-rdfc-2019-p384/employ", "ECDSAP384", "ecdsa-rdfc-2019"},
    };
    for (size_t i = 0; i < sizeof vector / sizeof *vector; i++)
        check_vector(&vector[i]);
}

/* -- proofs that sign nothing -------------------------------------------------------------------------------------- */

#define KEY "did:key:z6MkrJVnaZkeFzdQyMZu1cgjg7k1pZZ6pvBQ7XJPt4swbTQ2"
#define VALUE "z2HnFSSPPBzR36zdDgK8PbEHeXbR56YF24jwMpt3R1eHXQzJDMWS93FCzpvJpwTWd3GAVFuUfjoJdcnTMuVor51aX"
#define DOCUMENT(context, proof) "{\"@context\":" context ",\"type\":\"VerifiableCredential\",\"proof\":" proof "}"
#define PROOF(more)                                                                                                    \
    "{\"type\":\"DataIntegrityProof\",\"cryptosuite\":\"eddsa-jcs-2022\",\"verificationMethod\":\"" KEY                \
    "\",\"proofPurpose\":\"assertionMethod\",\"proofValue\":\"" VALUE "\"" more "}"

static void a_proof_that_is_not_understood_signs_nothing(void **state)
{
    (void)state;
    static const struct {
        const char *document, *code;
    } row[] = {
        {DOCUMENT("[\"a:b\"]", PROOF("")), NULL},
        {DOCUMENT("[\"a:b\"]", PROOF(",\"created\":\"2026-01-01T00:00:00Z\",\"expires\":\"2027-01-01T00:00:00Z\"")),
         NULL},
        {DOCUMENT("[\"a:b\"]", PROOF(",\"created\":\"yesterday\"")), "proof_malformed"},
        {DOCUMENT("[\"a:b\"]", PROOF(",\"created\":1}")), NULL},
        {DOCUMENT("[\"a:b\"]", PROOF(",\"expires\":\"\"")), "proof_malformed"},
        {DOCUMENT("[\"a:b\"]", "\"x\""), "proof_malformed"},
        {DOCUMENT("[\"a:b\"]", "{}"), "proof_malformed"},
        {DOCUMENT("[\"a:b\"]", "{\"type\":\"DataIntegrityProof\"}"), "proof_malformed"},
        {DOCUMENT("[\"a:b\"]", "{\"type\":\"RsaSignature2018\"}"), "proof_suite_unknown"},
        {DOCUMENT("[\"a:b\"]", "{\"type\":\"DataIntegrityProof\",\"cryptosuite\":\"eddsa-2022\"}"),
         "proof_suite_unknown"},
        {DOCUMENT("[\"a:b\"]", "{\"type\":\"DataIntegrityProof\",\"cryptosuite\":\"ecdsa-sd-2023\"}"),
         "proof_suite_unknown"},
        {DOCUMENT("[\"a:b\"]", "{\"type\":\"DataIntegrityProof\",\"cryptosuite\":\"Ed25519Signature2020\"}"),
         "proof_suite_unknown"},
        {DOCUMENT("[\"a:b\"]", "{\"type\":\"eddsa-jcs-2022\"}"), "proof_suite_unknown"},
        /* the proof's contexts are the first of the document's */
        {DOCUMENT("[\"a:b\",{\"x\":[1,{\"y\":null}]}]", PROOF(",\"@context\":[\"a:b\",{\"x\":[1,{\"y\":null}]}]")),
         NULL},
        {DOCUMENT("[\"a:b\",\"c:d\"]", PROOF(",\"@context\":\"a:b\"")), NULL},
        {DOCUMENT("\"a:b\"", PROOF(",\"@context\":[\"a:b\"]")), NULL},
        {DOCUMENT("[\"a:b\"]", PROOF(",\"@context\":[\"a:b\",\"c:d\"]")), "proof_broken"},
        {DOCUMENT("[\"c:d\",\"a:b\"]", PROOF(",\"@context\":[\"a:b\"]")), "proof_broken"},
        {DOCUMENT("[\"a:b\"]", PROOF(",\"@context\":[]")), "proof_broken"},
        {DOCUMENT("[\"a:b\",{\"x\":[1,{\"y\":null}]}]", PROOF(",\"@context\":[\"a:b\",{\"x\":[1,{\"y\":false}]}]")),
         "proof_broken"},
        {DOCUMENT("[\"a:b\",{\"x\":1}]", PROOF(",\"@context\":[\"a:b\",{\"x\":1,\"y\":2}]")), "proof_broken"},
    };
    for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
        struct data_integrity read;
        const struct badge_json_value *probe;
        badge_arena_clear(&arena);
        if (badge_json_parse(&probe, &arena, row[i].document, strlen(row[i].document), NULL) != BADGE_OK)
            continue;
        read_text(&read, row[i].document, strlen(row[i].document));
        if ((read.code == NULL) != (row[i].code == NULL) || (read.code && strcmp(read.code, row[i].code) != 0))
            fail_msg("%s: %s", row[i].document, read.code ? read.code : "it signs");
        assert_true(!read.code || (read.message.len == 0 && read.detail[0]));
    }
}

static void another_purpose_and_a_value_of_another_length_are_refused(void **state)
{
    (void)state;
    static const char *const change[][3] = {
        {"assertionMethod", "authentication", "proof_wrong_purpose"},
        {"\"assertionMethod\"", "[\"assertionMethod\"]", "proof_malformed"},
        {"\"" KEY "\"", "{\"id\":\"" KEY "\"}", "proof_malformed"},
        {"\"" KEY "\"", "\"z6MkrJVnaZkeFzdQyMZu1cgjg7k1pZZ6pvBQ7XJPt4swbTQ2\"", "proof_malformed"},
        {"\"" VALUE "\"", "\"z2Hn\"", "proof_malformed"},
        {"\"" VALUE "\"", "\"z\"", "proof_malformed"},
        {"\"" VALUE "\"", "\"m" VALUE "\"", "proof_malformed"},
        {"\"" VALUE "\"", "\"" VALUE "=\"", "proof_malformed"},
        {"\"" VALUE "\"", "17", "proof_malformed"},
        {"eddsa-jcs-2022", "ecdsa-jcs-2019", NULL}, /* of the same length: the key decides */
    };
    static const char document[] = DOCUMENT("[\"a:b\"]", PROOF(""));
    for (size_t i = 0; i < sizeof change / sizeof *change; i++) {
        char text[2048];
        struct data_integrity read;
        const char *at = strstr(document, change[i][0]);
        assert_non_null(at);
        snprintf(text, sizeof text, "%.*s%s%s", (int)(at - document), document, change[i][1],
                 at + strlen(change[i][0]));
        read_text(&read, text, strlen(text));
        if ((read.code == NULL) != (change[i][2] == NULL) || (read.code && strcmp(read.code, change[i][2]) != 0))
            fail_msg("%s: %s", text, read.code ? read.code : "it signs");
    }
}

static void memory_is_bounded(void **state)
{
    (void)state;
    static const char document[] = DOCUMENT("[\"a:b\"]", PROOF(""));
    const struct badge_json_value *parsed;
    struct badge_arena small;
    struct data_integrity read;
    badge_arena_clear(&arena);
    assert_int_equal(badge_json_parse(&parsed, &arena, document, sizeof document - 1, NULL), BADGE_OK);
    badge_arena_init(&small, 256);
    struct secured secured = {.arena = &small, .processor = processor, .document = parsed};
    assert_int_equal(data_integrity_read(&read, &secured, badge_json_member(parsed, "proof"), NULL, NULL),
                     BADGE_ENOMEM);
    badge_arena_release(&small);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(jcs_vectors_are_right),
        cmocka_unit_test(rdfc_vectors_are_right),
        cmocka_unit_test(a_proof_that_is_not_understood_signs_nothing),
        cmocka_unit_test(another_purpose_and_a_value_of_another_length_are_refused),
        cmocka_unit_test(memory_is_bounded),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
