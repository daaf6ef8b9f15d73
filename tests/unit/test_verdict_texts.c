/*
 * What a judgement says: the sentence of a recorded document, who and when in the details, and clauses that come from
 * others.
 */
#include "support/test.h"

#include <stdio.h>
#include <string.h>

#include "support/verdict_evidence.h"

/* Its sentence says by whom and when, and of a signature only that it was not checked. */
static void recorded_by_whom_and_when(void **state)
{
    (void)state;
    struct badge_evidence evidence = good_evidence();
    char account[BADGE_ADDRESS_LEN + 1], time[BADGE_TIME_LEN + 1], want[400], text[BADGE_REPORT_MAX_LEN];
    badge_address_format(account, &evidence.receipt.issuer);
    badge_time_format(time, evidence.anchor_final.time_s);
    names_nothing(&evidence);
    for (int is_signed = 0; is_signed < 2; is_signed++) {
        evidence.claims.has_proof = is_signed;
        (void)snprintf(
            want, sizeof want,
            "The document is unchanged since account %s recorded it on %s; of its validity nothing is said.%s", account,
            time, is_signed ? " It carries a signature, which was not checked." : "");
        struct badge_report report = judge(&evidence);
        assert_string_equal(report.sentence, want);
        (void)badge_report_encode(text, &report, &evidence);
        assert_non_null(strstr(text, want));
    }
    evidence = good_evidence();
    of_a_record_type(&evidence);
    (void)snprintf(want, sizeof want, "since account %s recorded it for did:example:school on %s;", account, time);
    assert_non_null(strstr(judge(&evidence).sentence, want));
    static char long_id[300];
    memset(long_id, '\x01', sizeof long_id);
    evidence.claims.issuer = (struct badge_text){long_id, sizeof long_id};
    (void)snprintf(want, sizeof want, "since account %s recorded it on %s;", account, time);
    assert_non_null(strstr(judge(&evidence).sentence, want));
    evidence = good_evidence();
    assert_string_equal(judge(&evidence).sentence, "The credential is unchanged since it was recorded for its issuer, "
                                                   "and it is in force; nobody's signature was checked.");
    proof_holds(&evidence);
    assert_string_equal(judge(&evidence).sentence, badge_verdict_sentence(BADGE_VALID));
    names_nothing(&evidence);
    assert_non_null(strstr(judge(&evidence).sentence, "nothing is said. Its issuer's own signature holds."));
}

static void who_and_when(void **state)
{
    (void)state;
    struct badge_evidence evidence = good_evidence();
    withdrawn(&evidence);
    revoked(&evidence);
    struct badge_report report = judge(&evidence);
    assert_int_equal(report.verdict, BADGE_WITHDRAWN);
    assert_non_null(strstr(report.check[BADGE_CHECK_WITHDRAWN].detail,
                           "on 2026-11-23T11:59:50Z, by 0x2222222222222222222222222222222222222222."));
    assert_non_null(strstr(report.check[BADGE_CHECK_REVOKED].detail,
                           "on 2026-11-23T11:59:50Z, by an account that the provider can no longer name."));
    static const char *const clause[BADGE_N_REASONS] = {
        "name.",
        "name, because it was issued in error.",
        "name, because another credential replaces it.",
        "name, because its conditions are no longer met.",
        "name, because it was annulled.",
        "name, as its holder wished.",
    };
    for (unsigned i = 0; i < BADGE_N_REASONS; i++) {
        char text[BADGE_REPORT_MAX_LEN], member[40];
        evidence.revoked_reason = (enum badge_reason)i;
        report = judge(&evidence);
        assert_non_null(strstr(report.check[BADGE_CHECK_REVOKED].detail, clause[i]));
        assert_null(strstr(report.check[BADGE_CHECK_WITHDRAWN].detail, "because"));
        (void)snprintf(member, sizeof member, "\"reason\":\"%s\"", badge_reason_name(evidence.revoked_reason));
        (void)badge_report_encode(text, &report, &evidence);
        const char *found = strstr(text, member);
        assert_true(found && !strstr(found + 1, "\"reason\":"));
    }
}

static void the_earlier_registry(void **state)
{
    (void)state;
    struct badge_evidence evidence = good_evidence();
    assert_int_equal(badge_hex_decode(evidence.code_hash.b, 32,
                                      "7ad1fec88ce8cbc15a8c940c21cf6912c9248fe321f3a823efca30d2c5840f15", 64),
                     BADGE_OK);
    struct badge_report report = judge(&evidence);
    assert_int_equal(report.verdict, BADGE_UNVERIFIABLE);
    assert_string_equal(report.check[BADGE_CHECK_REGISTRY].code, "wrong_code");
    assert_non_null(
        strstr(report.check[BADGE_CHECK_REGISTRY].detail, "the registry of an earlier development version"));
}

/* Clauses come from documents, providers and receipts: none may break the sentence, however long. */
static void hostile_clauses(void **state)
{
    (void)state;
    struct badge_evidence evidence = good_evidence();
    memset(evidence.registry.why, '\n', sizeof evidence.registry.why - 1);
    evidence.registry.known = false;
    memset(evidence.issuer_how, '\xff', sizeof evidence.issuer_how - 1);
    memset(evidence.document_err.text, 'x', sizeof evidence.document_err.text - 1);
    evidence.document_err.status = BADGE_ESYNTAX;
    judge(&evidence);
    evidence.document_err.status = BADGE_OK;
    evidence.anchor_final.time_s = INT64_MAX;
    judge(&evidence);
    memset(evidence.claims.period_err.text, '%', sizeof evidence.claims.period_err.text - 1);
    evidence.claims.period_err.status = BADGE_ETYPE;
    memset(evidence.receipt_err.text, 'y', sizeof evidence.receipt_err.text - 1);
    evidence.receipt_err.status = BADGE_EUNSUPPORTED;
    judge(&evidence);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(recorded_by_whom_and_when),
        cmocka_unit_test(who_and_when),
        cmocka_unit_test(the_earlier_registry),
        cmocka_unit_test(hostile_clauses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
