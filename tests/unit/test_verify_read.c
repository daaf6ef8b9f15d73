/*
 * What is handed over for verification, told apart: credentials, bundles, receipts, and what can't be read of each.
 */
#include "support/test.h"

#include <stdlib.h>
#include <string.h>

#include "badge/evidence.h"

static struct badge_digester *digester;

static struct badge_evidence read_text(const char *text)
{
    static const struct badge_policy policy = {.has_registry = false};
    struct badge_evidence evidence = {0};
    badge_evidence_read(&evidence, digester, text, strlen(text), NULL, 0, &policy);
    return evidence;
}

static void test_bundled_is_the_same(void **state)
{
    (void)state;
    struct badge_evidence alone = read_text("{\"issuer\": \"did:web:a\", \"b\": 1.50}");
    struct badge_evidence bundled = read_text("{\"type\":\"BadgeBundle\",\"version\":1,\"credential\":"
                                              "{\"b\":1.5, \"issuer\":\"did:web:a\"},\"receipts\":[]}");
    assert_true(alone.has_document && bundled.has_document);
    assert_int_equal(bundled.document_err.status, BADGE_OK);
    assert_int_equal(bundled.document.label, BADGE_LABEL_JCS);
    assert_memory_equal(&alone.document.value, &bundled.document.value, 32);
    assert_int_equal(bundled.claims.issuer.len, 9);
    assert_false(bundled.has_receipt);
}

/* The credential is in order, so a bundle of it may be of no use, but proves nothing against it. */
static void test_bundled_large_number(void **state)
{
    (void)state;
    struct badge_report report;
    assert_int_equal(read_text("{\"n\":1e20}").document_err.status, BADGE_OK);
    struct badge_evidence evidence = read_text("{\"type\":\"BadgeBundle\",\"version\":1,\"credential\":{\"n\":1e20}}");
    badge_judge(&report, &evidence);
    assert_int_equal(report.verdict, BADGE_UNVERIFIABLE);
    assert_string_equal(report.check[BADGE_CHECK_DIGEST].code, "document_unsupported");
}

static enum badge_status take_any(void *context, char **credential, size_t *credential_len, const void *image,
                                  size_t image_len, struct badge_err *err)
{
    (void)context, (void)image, (void)image_len, (void)err;
    *credential = strdup("{\"issuer\":\"did:web:a\"}");
    *credential_len = strlen(*credential);
    return BADGE_OK;
}

/* Whoever verifies says the same of it, whether or not it looks into images itself. */
static void test_bundled_image(void **state)
{
    (void)state;
    static const char svg[] = "<svg xmlns=\"http://www.w3.org/2000/svg\"/>";
    static const char bundle[] = "{\"type\":\"BadgeBundle\",\"version\":1,\"credential\":"
                                 "\"<svg xmlns=\\\"http://www.w3.org/2000/svg\\\"/>\"}";
    badge_digester_take_images(digester, take_any, NULL, 1000);
    assert_int_equal(read_text(svg).document.label, BADGE_LABEL_JCS);
    assert_int_equal(read_text(bundle).document_err.status, BADGE_EUNSUPPORTED);
}

/* A credential of n levels, alone or in a bundle. */
static struct badge_evidence read_nested(int n, bool bundled)
{
    char text[512] = "";
    if (bundled)
        strcat(text, "{\"type\":\"BadgeBundle\",\"version\":1,\"credential\":");
    strcat(text, "{\"a\":");
    for (int i = 1; i < n; i++)
        strcat(text, "[");
    for (int i = 1; i < n; i++)
        strcat(text, "]");
    strcat(text, bundled ? "}}" : "}");
    return read_text(text);
}

/* The bundle's own level does not count. */
static void test_bundled_deep(void **state)
{
    (void)state;
    struct badge_evidence alone = read_nested(64, false), bundled = read_nested(64, true);
    assert_int_equal(alone.document_err.status, BADGE_OK);
    assert_int_equal(bundled.document_err.status, BADGE_OK);
    assert_memory_equal(&alone.document.value, &bundled.document.value, 32);
    assert_int_equal(read_nested(65, false).document_err.status, BADGE_EDEPTH);
    assert_int_equal(read_nested(65, true).document_err.status, BADGE_EDEPTH);
    assert_int_equal(read_nested(66, true).document_err.status, BADGE_EDEPTH);
}

static void test_receipt_alone_and_damaged(void **state)
{
    (void)state;
    struct badge_evidence evidence = read_text("{\"type\":\"BadgeReceipt\",\"version\":1}");
    assert_true(evidence.has_receipt && !evidence.has_document);
    assert_int_equal(evidence.receipt_err.status, BADGE_ETYPE);
    evidence = read_text("{\"type\":\"BadgeBundle\",\"version\":2,\"credential\":{}}");
    assert_int_equal(evidence.document_err.status, BADGE_EUNSUPPORTED);
    evidence = read_text("{\"type\":\"BadgeBundle\",\"version\":1,\"credential\":{},\"receipts\":[3]}");
    assert_true(evidence.has_receipt && evidence.has_document);
    assert_int_equal(evidence.receipt_err.status, BADGE_ETYPE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bundled_is_the_same),
        cmocka_unit_test(test_bundled_large_number),
        cmocka_unit_test(test_bundled_deep),
        cmocka_unit_test(test_bundled_image),
        cmocka_unit_test(test_receipt_alone_and_damaged),
    };
    if (badge_digester_new(&digester, 1 << 20, NULL) != BADGE_OK)
        return 1;
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    badge_digester_free(digester);
    return failed;
}
