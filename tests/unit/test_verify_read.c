/*
 * What is handed over for verification, told apart: credentials, bundles, receipts, and what can't be read of each.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
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
        cmocka_unit_test(test_receipt_alone_and_damaged),
    };
    if (badge_digester_new(&digester, 1 << 20, NULL) != BADGE_OK)
        return 1;
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    badge_digester_free(digester);
    return failed;
}
