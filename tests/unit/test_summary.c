/*
 * The summary of a document: for each format what is shown, and that nothing is where claims are hidden. And notices.
 */
#include "support/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "badge/summary.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define NOW_S 1795435200 /* 2026-11-23T12:00:00Z */

static struct badge_digester *digester;
static struct badge_arena arena;

static void digest(const char *text)
{
    struct badge_digest out;
    badge_digester_clear(digester);
    assert_int_equal(badge_digester_update(digester, text, strlen(text), NULL), BADGE_OK);
    assert_int_equal(badge_digester_final(digester, &out, NULL), BADGE_OK);
}

/* The summary, NUL-terminated, which has to be I-JSON and its own canonical form's equal in meaning. */
static const char *summarize(const char *text)
{
    static char copy[1 << 16];
    const struct badge_json_value *value;
    struct badge_text out;
    digest(text);
    badge_arena_clear(&arena);
    assert_int_equal(badge_summary_read(&out, &arena, digester, NOW_S, NULL), BADGE_OK);
    assert_int_equal(badge_json_parse(&value, &arena, out.bytes, out.len, NULL), BADGE_OK);
    assert_true(out.len < sizeof copy);
    memcpy(copy, out.bytes, out.len);
    copy[out.len] = '\0';
    return copy;
}

static void formats(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *within[8]; /* what the summary has */
    } cases[] = {
        {"{\"@context\":[\"https://www.w3.org/ns/credentials/"
         "v2\"],\"type\":[\"VerifiableCredential\",\"OpenBadgeCredential\"],"
         "\"issuer\":{\"id\":\"did:a:b\",\"name\":\"A "
         "School\",\"url\":\"https://a.example\"},\"validFrom\":\"2024-01-01T00:00:00+08:00\","
         "\"name\":\"Badge\",\"credentialSubject\":{\"identifier\":[{\"identityHash\":\"sha256$ab\",\"identityType\":"
         "\"emailAddress\","
         "\"hashed\":true,\"salt\":\"s\"}],\"achievement\":{\"id\":\"urn:a\",\"name\":\"SQL\",\"criteria\":{"
         "\"narrative\":\"Do it.\"},"
         "\"tag\":[\"x\",\"y\"],\"alignment\":[{\"targetName\":\"T\",\"targetFramework\":\"ESCO\",\"targetCode\":"
         "\"S1\"}],"
         "\"resultDescription\":[{\"id\":\"urn:r\",\"name\":\"Grade\"}]},\"creditsEarned\":2.5,"
         "\"result\":[{\"resultDescription\":\"urn:r\",\"value\":\"A\"}]}}",
         {"\"format\":\"ob-3.0\"", "\"issuerId\":\"did:a:b\"",
          "\"from\":{\"written\":\"2024-01-01T00:00:00+08:00\",\"member\":\"validFrom\",\"time\":\"2023-12-31T16:00:"
          "00Z\",\"seconds\":1704038400,\"isStandard\":true}",
          "{\"value\":\"sha256$ab\",\"kind\":\"emailAddress\",\"hashed\":true,\"salt\":\"s\"}",
          "\"framework\":\"ESCO S1\"",
          "\"results\":[{\"name\":[{\"language\":null,\"text\":\"Grade\"}],\"value\":[{\"language\":null,\"text\":"
          "\"A\"}]}]",
          "\"credits\":2.5", "\"tags\":[\"x\",\"y\"]"}},
        {"{\"type\":\"Assertion\",\"badge\":{\"name\":\"Robot\",\"image\":\"https://a.example/"
         "i.png\",\"issuer\":{\"id\":\"https://a.example\",\"name\":\"A\"}},"
         "\"recipient\":{\"identity\":\"a@b.example\",\"type\":\"email\"},\"issuedOn\":1577836800,\"evidence\":\"https:"
         "//a.example/e\",\"revoked\":true}",
         {"\"format\":\"ob-2.0\"", "\"issuerId\":\"https://a.example\"", "\"status\":\"revoked\"",
          "\"elsewhere\":\"https://a.example/i.png\"", "\"written\":\"1577836800\"",
          "{\"value\":\"a@b.example\",\"kind\":\"email\"", "\"code\":\"already_revoked\"",
          "\"url\":\"https://a.example/e\""}},
        {"{\"badge\":\"https://a.example/b\",\"recipient\":{}}",
         {"\"isPointer\":true", "\"issuerId\":null", "\"code\":\"issuer_unreadable\""}},
        {"{\"type\":[\"VerifiableCredential\",\"EuropeanDigitalCredential\"],\"issuer\":{\"id\":\"urn:i\","
         "\"legalName\":{\"en\":[\"Uni\"],\"de\":\"Hochschule\"}},"
         "\"displayParameter\":{\"title\":{\"en\":[\"Cert\"]}},\"credentialSubject\":{\"givenName\":{\"en\":[\"Ada\"]},"
         "\"familyName\":{\"en\":[\"Example\"]},"
         "\"hasClaim\":[{\"title\":{\"en\":[\"Data\"]}}]}}",
         {"\"format\":\"europass\"", "\"language\":\"de\",\"text\":\"Hochschule\"",
          "\"language\":\"en\",\"text\":\"Uni\"", "\"text\":\"Ada Example\"",
          "\"name\":[{\"language\":\"en\",\"text\":\"Cert\"}]", "\"text\":\"Data\""}},
        {"{\"type\":[\"VerifiableCredential\",\"ClrCredential\"],\"issuer\":\"did:a:b\",\"credentialSubject\":{"
         "\"verifiableCredential\":["
         "{\"credentialSubject\":{\"achievement\":{\"name\":\"Inner\"}}},\"eyJhIjoxfQ."
         "eyJjcmVkZW50aWFsU3ViamVjdCI6eyJhY2hpZXZlbWVudCI6eyJuYW1lIjoiVG9rZW4ifX0sInR5cGUiOiJWZXJpZmlhYmxlQ3JlZGVudGlhb"
         "CJ9.AQ\"]}}",
         {"\"format\":\"clr-2.0\"", "\"text\":\"Inner\"", "\"text\":\"Token\"", "\"hasEnclosed\":true"}},
        {"{\"schema\":\"opencerts/"
         "2.0\",\"data\":{\"name\":\"s:string:Degree\",\"issuers\":[{\"id\":\"s:string:did:a\",\"name\":\"s:string:"
         "Uni\"}],"
         "\"recipient\":{\"name\":\"s:string:Ada\",\"year\":\"s:number:3\"}},\"signature\":{\"type\":"
         "\"SHA3MerkleProof\"}}",
         {"\"format\":\"openattestation-2\"", "\"text\":\"Degree\"", "\"text\":\"Uni\"", "\"text\":\"Ada\"",
          "{\"name\":\"year\",\"value\":\"3\"}", "\"hasProof\":true"}},
        {"{\"@context\":\"https://www.w3.org/2018/credentials/"
         "v1\",\"type\":\"VerifiableCredential\",\"issuer\":\"did:a:b\",\"credentialSubject\":"
         "{\"id\":\"did:h\",\"name\":[{\"@value\":\"Ada\",\"@language\":\"en\"}],\"degree\":{\"type\":\"Bachelor\","
         "\"level\":[1,\"two\",true]}}}",
         {"\"format\":\"vc-1.1\"", "{\"language\":\"en\",\"text\":\"Ada\"}",
          "{\"name\":\"degree \xe2\x80\xba level\",\"value\":\"1, two, true\"}", "\"id\":\"did:h\""}},
        {"eyJhIjoxfQ."
         "eyJpc3MiOiJkaWQ6YTpiIiwiZXhwIjo5LCJ2YyI6eyJ0eXBlIjoiVmVyaWZpYWJsZUNyZWRlbnRpYWwiLCJuYW1lIjoiSiJ9fQ.AQ",
         {"\"label\":\"compact\"", "\"isToken\":true", "\"issuerId\":\"did:a:b\"", "\"member\":\"exp\"",
          "\"text\":\"J\"", "\"code\":\"ended\""}},
        {"\xc2\xa0{\"type\":\"VerifiableCredential\",\"issuer\":\"did:a:b\",\"name\":\"N\"}",
         {"\"label\":\"raw\"", "\"layers\":[{\"kind\":\"text\"},{\"kind\":\"credential\"}]", "\"text\":\"N\"",
          "\"issuerId\":\"did:a:b\""}},
        {"{\"type\":\"Achievement\",\"name\":\"A\"}",
         {"\"format\":\"achievement\"", "\"isRecord\":true", "\"text\":\"A\""}},
        {"{\"id\":\"did:a:b\",\"authentication\":[]}", {"\"format\":\"did\"", "\"isRecord\":true"}},
        {"%PDF-1.7",
         {"\"layers\":[{\"kind\":\"bytes\"}]", "\"format\":\"none\"", "\"credential\":null", "\"isRecord\":true"}},
        {"{\"a\":1}", {"\"format\":\"none\"", "\"credential\":null"}},
        {"{\"@context\":\"a\",\"type\":\"Person\",\"name\":\"N\",\"credentialSubject\":{}}",
         {"\"credential\":null", "\"hidden\":\"it is of no known type", "\"code\":\"claims_hidden\""}},
        {"{\"type\":\"VerifiablePresentation\",\"verifiableCredential\":[{\"type\":\"VerifiableCredential\",\"issuer\":"
         "\"a\"},{}]}",
         {"\"credential\":null", "\"faults\":{\"issuer\":\"it has not exactly one"}},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        const char *summary = summarize(cases[i].text);
        for (size_t k = 0; k < COUNT(cases[i].within) && cases[i].within[k]; k++)
            if (!strstr(summary, cases[i].within[k]))
                fail_msg("%s\nlacks %s:\n%s", cases[i].text, cases[i].within[k], summary);
    }
}

#define OB3                                                                                                            \
    "{\"@context\":[\"https://www.w3.org/ns/credentials/v2\"],\"type\":[\"VerifiableCredential\","                     \
    "\"OpenBadgeCredential\"],"

/* A summary of an Open Badges 3.0 credential with these members. */
static void check_within(const char *members, const char *wanted)
{
    char text[8192];
    snprintf(text, sizeof text, OB3 "%s}", members);
    const char *summary = summarize(text);
    if (!strstr(summary, wanted))
        fail_msg("%s\nlacks %s:\n%s", members, wanted, summary);
}

static void domain_of_the_issuer(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"https://a.example/issuers/1", "\"a.example\""},
        {"https://A-1.b.example:8443?x", "\"A-1.b.example:8443\""},
        {"http://a.example#1", "\"a.example\""},
        {"did:web:a.example", "\"a.example\""},
        {"did:web:a.example%3A8443", "\"a.example:8443\""},
        {"did:web:many.example:users:eve", "\"many.example/users/eve\""},
        {"https://good.example@evil.example/", "null"},
        {"https://good.example\\\\.evil.example/", "null"},
        {"https://good.example:x/", "null"},
        {"https://g\xd0\xbe\xd0\xbe\x64.example/", "null"},
        {"https:///a.example", "null"},
        {"https://localhost/", "null"},
        {"did:web:a.example#key", "null"},
        {"did:key:z6Mk", "null"},
        {"urn:a.example", "null"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        char members[256], wanted[128];
        snprintf(members, sizeof members, "\"issuer\":\"%s\"", cases[i][0]);
        snprintf(wanted, sizeof wanted, "\"issuerDomain\":%s,", cases[i][1]);
        check_within(members, wanted);
    }
    check_within("\"name\":\"a\"", "\"issuerDomain\":null,");
}

#define IDENTITY(text) "\"credentialSubject\":{\"identifier\":[{\"type\":\"IdentityObject\"," text "}]}"

static void names_among_identities(void **state)
{
    (void)state;
    check_within(IDENTITY("\"identityType\":\"name\",\"identityHash\":\"Ada\",\"hashed\":false"),
                 "\"holder\":{\"id\":null,\"name\":[{\"language\":null,\"text\":\"Ada\"}],\"identities\":[]}");
    check_within(IDENTITY("\"identityType\":\"name\",\"identityHash\":\"sha256$ab\",\"hashed\":true"),
                 "\"name\":null,\"identities\":[{\"value\":\"sha256$ab\",\"kind\":\"name\",\"hashed\":true");
    check_within(IDENTITY("\"identityType\":\"emailAddress\",\"identityHash\":\"a@b.example\""),
                 "\"name\":null,\"identities\":[{\"value\":\"a@b.example\",\"kind\":\"emailAddress\"");
    check_within("\"credentialSubject\":{\"name\":\"Ada L.\",\"identifier\":{\"identityType\":\"name\","
                 "\"identityHash\":\"Ada\"}}",
                 "\"text\":\"Ada L.\"}],\"identities\":[{\"value\":\"Ada\",\"kind\":\"name\"");
}

static void micro_credentials(void **state)
{
    (void)state;
    check_within("\"issuer\":{\"id\":\"did:a:b\",\"name\":\"Uni\",\"address\":{\"addressCountry\":\"NL\"}},"
                 "\"validFrom\":\"2024-01-01T00:00:00Z\",\"credentialSubject\":{\"name\":\"Ada\",\"creditsEarned\":3,"
                 "\"achievement\":{\"name\":\"SQL\",\"achievementType\":\"MicroCredential\",\"alignment\":["
                 "{\"targetName\":\"joins\",\"targetUrl\":\"https://a.example/eqfoo/9\"},"
                 "{\"targetName\":\"EQF level 5\",\"targetType\":\"ext:EQF\",\"targetCode\":\"EQF 5\"},"
                 "{\"targetName\":\"0612\",\"targetFramework\":\"ISCED-F 2013\"},"
                 "{\"targetName\":\"ESG\",\"targetType\":\"ext:QualityAssurance\"}],"
                 "\"resultDescription\":[{\"id\":\"urn:r\",\"name\":\"Points\"}]}}",
                 "\"microCredential\":{\"credits\":3,\"creditUnit\":null,\"eqfLevel\":5,"
                 "\"outcomes\":[[{\"language\":null,\"text\":\"joins\"}]],"
                 "\"assessment\":[[{\"language\":null,\"text\":\"Points\"}]],"
                 "\"awardingBody\":[{\"language\":null,\"text\":\"Uni\"}],"
                 "\"country\":{\"code\":\"NL\",\"name\":[{\"language\":null,\"text\":\"NL\"}]},"
                 "\"missing\":[\"participation\"]}");
    check_within("\"issuer\":\"did:a:b\",\"credentialSubject\":{\"achievement\":{\"achievementType\":"
                 "\"ext:micro-credential\",\"alignment\":{\"targetName\":\"17\",\"targetFramework\":\"EQF\"}}}",
                 "\"eqfLevel\":null,\"outcomes\":[],\"assessment\":[],\"awardingBody\":null,\"country\":null,"
                 "\"missing\":[\"holder\",\"title\",\"country\",\"awardingBody\",\"date\",\"outcomes\",\"workload\","
                 "\"level\",\"assessment\",\"participation\",\"quality\"]");
    check_within("\"issuer\":\"did:a:b\",\"credentialSubject\":{\"creditsEarned\":3,\"achievement\":{\"name\":\"A\","
                 "\"achievementType\":\"Course\"}}",
                 "\"credits\":3,\"creditUnit\":null,\"narrative\":null,\"microCredential\":null");
    check_within(
        "\"credentialProfiles\":{\"prefLabel\":{\"en\":[\"Micro-credential\"]}},\"issuer\":{\"id\":\"urn:i\"},"
        "\"credentialSubject\":{\"givenName\":{\"en\":\"Ada\"},\"hasClaim\":[{\"title\":{\"en\":[\"Data\"]},"
        "\"awardedBy\":{\"awardingDate\":\"2024-01-01T00:00:00Z\",\"awardingBody\":[{\"legalName\":{\"es\":\"UB\"},"
        "\"location\":[{\"address\":[{\"countryCode\":{\"id\":\"http://publications.europa.eu/resource/"
        "authority/country/ESP\",\"prefLabel\":{\"en\":\"Spain\"}}}]}]}]},\"provenBy\":[{\"title\":{\"en\":"
        "[\"Exam\"]}}],\"specifiedBy\":[{\"creditPoint\":[{\"framework\":{\"notation\":\"ECTS\"},"
        "\"point\":\"2.5\"}],\"eqfLevel\":{\"id\":\"http://data.europa.eu/snb/eqf/6\"},\"learningOutcome\":["
        "{\"title\":{\"en\":[\"Counts\"]}}],\"mode\":[{\"prefLabel\":{\"en\":\"online\"}}]}]}]}",
        "\"microCredential\":{\"credits\":2.5,\"creditUnit\":\"ECTS\",\"eqfLevel\":6,"
        "\"outcomes\":[[{\"language\":\"en\",\"text\":\"Counts\"}]],"
        "\"assessment\":[[{\"language\":\"en\",\"text\":\"Exam\"}]],"
        "\"awardingBody\":[{\"language\":\"es\",\"text\":\"UB\"}],"
        "\"country\":{\"code\":null,\"name\":[{\"language\":\"en\",\"text\":\"Spain\"}]},"
        "\"missing\":[\"quality\"]}");
}

/* Many, long and deep: the summary is cut, and stays JSON. */
static void bounds(void **state)
{
    (void)state;
    static char text[200000];
    size_t n = (size_t)sprintf(text, "{\"type\":\"VerifiableCredential\",\"name\":\"");
    for (int i = 0; i < 200; i++)
        n += (size_t)sprintf(text + n, "\xc3\xa4\xc3\xa4");
    n += (size_t)sprintf(text + n, "\",\"credentialSubject\":{\"achievement\":[");
    for (int i = 0; i < 500; i++)
        n += (size_t)sprintf(text + n, "%s{\"name\":\"n%d\"}", i ? "," : "", i);
    n += (size_t)sprintf(text + n, "],\"a\":");
    for (int i = 0; i < 50; i++)
        n += (size_t)sprintf(text + n, "{\"a\":");
    n += (size_t)sprintf(text + n, "1");
    for (int i = 0; i < 52; i++)
        n += (size_t)sprintf(text + n, "}");
    const char *summary = summarize(text);
    assert_non_null(strstr(summary, "\"n59\""));
    assert_null(strstr(summary, "\"n60\""));
    const char *name = strstr(summary, "\"name\":[{\"language\":null,\"text\":\"");
    assert_non_null(name);
    assert_int_equal(strcspn(strchr(name, '\xc3'), "\""), 300);

    struct badge_arena small;
    struct badge_text out;
    struct badge_err err;
    badge_arena_init(&small, 2000);
    assert_int_equal(badge_summary_read(&out, &small, digester, NOW_S, &err), BADGE_ENOMEM);
    badge_arena_release(&small);
}

static void notices(void **state)
{
    (void)state;
    static const struct {
        const char *text, *name;
        const char *codes; /* each with its pointer */
        const char *within;
    } cases[] = {
        {"{\"type\":\"VerifiableCredential\",\"issuer\":\"a\"}", "a.json", "", ""},
        {"{\"type\":\"VerifiableCredential\",\"issuer\":\"a\",\"expires\":4102444800}", NULL,
         "date_not_standard /expires ", "2100-01-01"},
        {"{\"type\":\"VerifiableCredential\",\"issuer\":\"a\",\"validUntil\":\"2099-06-01\"}", NULL,
         "date_not_standard /validUntil ", "\"2099-06-01\", not"},
        {"{\"type\":\"VerifiableCredential\",\"issuer\":\"a\",\"validFrom\":\"soon\"}", NULL,
         "date_unreadable /validFrom ", ""},
        {"{\"type\":\"VerifiableCredential\",\"issuer\":\"a\",\"validUntil\":\"2020-01-01T00:00:00Z\"}", NULL,
         "ended /validUntil ", "2020-01-01T00:00:00Z"},
        {"{\"type\":\"VerifiableCredential\",\"issuer\":\"a\",\"validFrom\":\"2026-11-23T14:00:00Z\"}", NULL,
         "not_begun /validFrom ", "local time"},
        {"{\"type\":\"VerifiableCredential\",\"issuer\":{}}", NULL, "issuer_unreadable /issuer ", ""},
        {"{\"type\":\"VerifiableCredential\"}", NULL, "issuer_missing  ", ""},
        {"{\"type\":\"VerifiablePresentation\"}", NULL, "claims_hidden  ", "unverifiable"},
        {"{\"badge\":\"https://a.example\",\"recipient\":{},\"revoked\":true}", NULL,
         "issuer_unreadable /badge already_revoked /revoked ", ""},
        {"eyJhIjoxfQ.eyJpc3MiOiJhIiwiZXhwIjoxNjA5NDU5MjAwMDAwfQ.AQ", NULL, "date_not_standard /exp ", "milliseconds"},
        {"hello", "a.JSON", "raw_by_name  ", ""},
        {"hello", "a.txt", "", ""},
        {"{\"type\":\"Profile\"}", "a.json", "", ""},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct badge_notice notice[BADGE_MAX_NOTICES];
        char codes[512] = "", details[4096] = "";
        digest(cases[i].text);
        size_t n = badge_notices_read(notice, badge_digester_reading(digester), NOW_S, cases[i].name);
        for (size_t k = 0; k < n; k++) {
            snprintf(codes + strlen(codes), sizeof codes - strlen(codes), "%s %s ", notice[k].code, notice[k].pointer);
            snprintf(details + strlen(details), sizeof details - strlen(details), "%s", notice[k].detail);
            assert_int_equal(notice[k].detail[strlen(notice[k].detail) - 1], '.');
        }
        if (strcmp(codes, cases[i].codes) != 0 || !strstr(details, cases[i].within))
            fail_msg("%s: %s(%s)", cases[i].text, codes, details);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(formats),
        cmocka_unit_test(domain_of_the_issuer),
        cmocka_unit_test(names_among_identities),
        cmocka_unit_test(micro_credentials),
        cmocka_unit_test(bounds),
        cmocka_unit_test(notices),
    };
    if (badge_digester_new(&digester, 1 << 20, NULL) != BADGE_OK)
        return 1;
    badge_arena_init(&arena, (size_t)16 << 20);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    badge_arena_release(&arena);
    badge_digester_free(digester);
    return failed;
}
