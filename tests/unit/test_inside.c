/*
 * What is inside of a document: where credentials and endorsements are looked for, what is one, and the bounds.
 */
#include "support/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "badge/inside.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define BADGE(id) "{\"id\":\"urn:" id "\",\"type\":[\"VerifiableCredential\",\"OpenBadgeCredential\"]}"
#define ENDORSEMENT(id) "{\"id\":\"urn:" id "\",\"type\":[\"VerifiableCredential\",\"EndorsementCredential\"]}"
#define TOKEN "eyJhbGciOiJub25lIn0.e30.c2ln"
#define WITH(members) "{\"type\":[\"VerifiableCredential\",\"ClrCredential\"]," members "}"
#define SUBJECT(members) WITH("\"credentialSubject\":{" members "}")

static struct badge_arena arena;
static struct badge_inside found;

static void look(const char *document, size_t most)
{
    struct badge_digester *digester;
    struct badge_digest digest;
    assert_int_equal(badge_digester_new(&digester, 1 << 20, NULL), BADGE_OK);
    assert_int_equal(badge_digester_update(digester, document, strlen(document), NULL), BADGE_OK);
    assert_int_equal(badge_digester_final(digester, &digest, NULL), BADGE_OK);
    badge_arena_release(&arena);
    badge_arena_init(&arena, 1 << 20);
    assert_int_equal(badge_inside_read(&found, &arena, digester, most, NULL), BADGE_OK);
    badge_digester_free(digester); /* what was found needs it no more */
}

static void expect(size_t i, enum badge_inside_kind kind, const char *pointer, const char *bytes)
{
    assert_true(i < found.n);
    assert_int_equal(found.item[i].kind, kind);
    assert_string_equal(found.item[i].pointer.bytes, pointer);
    assert_int_equal(found.item[i].bytes.len, strlen(bytes));
    assert_memory_equal(found.item[i].bytes.bytes, bytes, strlen(bytes));
}

static void credentials_of_a_transcript(void **state)
{
    (void)state;
    look(SUBJECT("\"verifiableCredential\":[" BADGE(
             "1") ",\" " TOKEN "\\n\",\"https://a.example\",{\"type\":\"Thing\"},7,"
                  "{\"type\":\"EnvelopedVerifiableCredential\", \"id\":\"data:application/vc+jwt," TOKEN
                  "\"}," ENDORSEMENT("2") "]"),
         BADGE_INSIDE_MAX);
    assert_int_equal(found.n, 4);
    assert_false(found.has_more);
    expect(0, BADGE_INSIDE_CREDENTIAL, "/credentialSubject/verifiableCredential/0", BADGE("1"));
    expect(1, BADGE_INSIDE_CREDENTIAL, "/credentialSubject/verifiableCredential/1", TOKEN);
    expect(2, BADGE_INSIDE_CREDENTIAL, "/credentialSubject/verifiableCredential/5",
           "{\"id\":\"data:application/vc+jwt," TOKEN "\",\"type\":\"EnvelopedVerifiableCredential\"}");
    expect(3, BADGE_INSIDE_ENDORSEMENT, "/credentialSubject/verifiableCredential/6", ENDORSEMENT("2"));

    look(SUBJECT("\"verifiableCredential\":" BADGE("1")), BADGE_INSIDE_MAX); /* without a list */
    expect(0, BADGE_INSIDE_CREDENTIAL, "/credentialSubject/verifiableCredential", BADGE("1"));
    look(WITH("\"credentialSubject\":[{},{\"verifiableCredential\":[" BADGE("1") "]}]"), BADGE_INSIDE_MAX);
    expect(0, BADGE_INSIDE_CREDENTIAL, "/credentialSubject/1/verifiableCredential/0", BADGE("1"));
}

static void endorsements(void **state)
{
    (void)state;
    static const char *const at[] = {
        "/endorsement/0",
        "/endorsementJwt/0",
        "/issuer/endorsement/0",
        "/credentialSubject/source/endorsementJwt/0",
        "/credentialSubject/achievement/endorsement/0",
        "/credentialSubject/achievement/creator/endorsement/0",
    };
    look(WITH("\"endorsement\":[" ENDORSEMENT(
             "0") "],\"endorsementJwt\":[\"" TOKEN "\"],"
                  "\"issuer\":{\"id\":\"urn:i\",\"endorsement\":[" ENDORSEMENT(
                      "1") "]},"
                           "\"credentialSubject\":{\"source\":{\"endorsementJwt\":[\"" TOKEN
                           "\"]},\"achievement\":{\"endorsement\":[" ENDORSEMENT(
                               "2") "],\"creator\":{\"endorsement\":[" ENDORSEMENT("3") "]}}}"),
         BADGE_INSIDE_MAX);
    assert_int_equal(found.n, COUNT(at));
    for (size_t i = 0; i < COUNT(at); i++) {
        assert_string_equal(found.item[i].pointer.bytes, at[i]);
        assert_int_equal(found.item[i].kind, BADGE_INSIDE_ENDORSEMENT);
    }
}

static void presentations(void **state)
{
    (void)state;
    look("{\"type\":\"VerifiablePresentation\",\"verifiableCredential\":[" BADGE("1") "," BADGE("2") "]}",
         BADGE_INSIDE_MAX);
    assert_int_equal(found.n, 2);
    expect(1, BADGE_INSIDE_CREDENTIAL, "/verifiableCredential/1", BADGE("2"));
    look("{\"type\":\"VerifiablePresentation\",\"verifiableCredential\":[" BADGE("1") "]}", BADGE_INSIDE_MAX);
    assert_int_equal(found.n, 0); /* it is what is verified */
}

static void bounds(void **state)
{
    (void)state;
    look(SUBJECT("\"verifiableCredential\":[" BADGE("1") "," BADGE("2") "," BADGE("3") "]"), 2);
    assert_int_equal(found.n, 2);
    assert_true(found.has_more);
    look(SUBJECT("\"verifiableCredential\":[" BADGE("1") "]"), 0);
    assert_int_equal(found.n, 0);
    assert_true(found.has_more);
    look(SUBJECT("\"verifiableCredential\":[" BADGE("1") ",7]"), 1);
    assert_false(found.has_more);
    look("not JSON", 1);
    assert_int_equal(found.n, 0);
    look("[]", 1);
    assert_int_equal(found.n, 0);
}

static void counts(void **state)
{
    (void)state;
    static const enum badge_verdict hold[] = {BADGE_VALID, BADGE_SIGNED, BADGE_RECORDED, BADGE_ANCHORED};
    static const enum badge_verdict fail[] = {BADGE_INVALID,   BADGE_REVOKED, BADGE_SUSPENDED,
                                              BADGE_WITHDRAWN, BADGE_EXPIRED, BADGE_NOT_YET_VALID};
    static const enum badge_verdict open[] = {BADGE_UNKNOWN_ISSUER, BADGE_PENDING, BADGE_UNVERIFIABLE};
    struct badge_inside_counts all = {.n = 0};
    for (size_t i = 0; i < COUNT(hold); i++)
        badge_inside_count(&all, &(struct badge_report){.verdict = hold[i]});
    for (size_t i = 0; i < COUNT(fail); i++)
        badge_inside_count(&all, &(struct badge_report){.verdict = fail[i]});
    for (size_t i = 0; i < COUNT(open); i++)
        badge_inside_count(&all, &(struct badge_report){.verdict = open[i]});
    badge_inside_count(&all, NULL);
    assert_int_equal(all.n, 14);
    assert_int_equal(all.n_hold, COUNT(hold));
    assert_int_equal(all.n_fail, COUNT(fail));
    assert_int_equal(all.n_open, COUNT(open) + 1);
}

static int end(void **state)
{
    (void)state;
    badge_arena_release(&arena);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(credentials_of_a_transcript),
        cmocka_unit_test(endorsements),
        cmocka_unit_test(presentations),
        cmocka_unit_test(bounds),
        cmocka_unit_test(counts),
    };
    return cmocka_run_group_tests(tests, NULL, end);
}
