/*
 * The rules of the standards: one case for each kind of finding, and the published credentials.
 */
#include "support/vectors.h"

#include <dirent.h>

#include "badge/conformance.h"
#include "conformance/rules.h"
#include "core/compiler.h"

static struct badge_digester *digester;
static struct badge_arena arena;
static struct badge_conformance found;

static void check_with(const char *text, size_t len, const struct badge_related_document *document, size_t n)
{
    struct badge_digest digest;
    badge_digester_clear(digester);
    badge_arena_clear(&arena);
    assert_int_equal(badge_digester_update(digester, text, len, NULL), BADGE_OK);
    assert_int_equal(badge_digester_final(digester, &digest, NULL), BADGE_OK);
    assert_int_equal(badge_conformance_read_with(&found, &arena, badge_digester_reading(digester), document, n, NULL),
                     BADGE_OK);
}

static void check(const char *text, size_t len)
{
    check_with(text, len, NULL, 0);
}

/* "code pointer" of the i-th error. */
static const char *error_at(size_t i)
{
    static char text[512];
    snprintf(text, sizeof text, "%s %s", found.error[i].code, found.error[i].pointer.bytes);
    return text;
}

#define HEAD                                                                                                           \
    "\"@context\":[\"https://www.w3.org/ns/credentials/v2\",\"https://purl.imsglobal.org/spec/ob/v3p0/"                \
    "context-3.0.3.json\"],\"id\":\"urn:a\",\"type\":[\"VerifiableCredential\",\"OpenBadgeCredential\"],"
#define ISSUER "\"issuer\":{\"id\":\"did:a:b\",\"type\":[\"Profile\"]},"
#define DATE "\"validFrom\":\"2024-01-01T00:00:00Z\","
#define ACHIEVEMENT                                                                                                    \
    "\"achievement\":{\"id\":\"urn:c\",\"type\":[\"Achievement\"],\"name\":\"N\",\"description\":\"D\",\"criteria\":{" \
    "\"narrative\":\"Do.\"}"
#define SUBJECT "\"credentialSubject\":{\"type\":[\"AchievementSubject\"]," ACHIEVEMENT "}}"
#define V2 "\"@context\":\"https://www.w3.org/ns/credentials/v2\",\"type\":\"VerifiableCredential\","
#define V1 "\"@context\":\"https://www.w3.org/2018/credentials/v1\",\"type\":\"VerifiableCredential\","
#define CLAIM "\"credentialSubject\":{\"a\":1}"
#define RELATED(members) "\"issuer\":\"did:a:b\"," CLAIM ",\"relatedResource\":[{" members "}]"
#define OB2_CONTEXT "\"@context\":\"https://w3id.org/openbadges/v2\","
#define OB2 OB2_CONTEXT "\"type\":\"Assertion\",\"id\":\"urn:a\","
#define RECIPIENT "\"recipient\":{\"type\":\"email\",\"hashed\":false,\"identity\":\"a@b.example\"},"

static void cases(void **state)
{
    (void)state;
    static const struct {
        const char *text, *profile, *error[4];
    } cases[] = {
        {"{" HEAD ISSUER DATE SUBJECT "}", "ob-3.0", {NULL}},
        {"{" HEAD DATE SUBJECT "}", "ob-3.0", {"missing /issuer"}},
        {"{" HEAD ISSUER "\"validFrom\":\"2024-01-01\"," SUBJECT "}", "ob-3.0", {"date_not_standard /validFrom"}},
        {"{" HEAD ISSUER DATE "\"validUntil\":\"2023-01-01T00:00:00Z\"," SUBJECT "}",
         "ob-3.0",
         {"period_empty /validUntil"}},
        {"{" HEAD ISSUER DATE "\"name\":7," SUBJECT "}", "ob-3.0", {"wrong_type /name"}},
        {"{" HEAD ISSUER DATE "\"name\":{\"english\":\"N\"}," SUBJECT "}", "ob-3.0", {"wrong_value /name/english"}},
        {"{" HEAD ISSUER DATE "\"credentialSubject\":{\"type\":[\"AchievementSubject\"]," ACHIEVEMENT
         ",\"achievementType\":\"Robot\"}}}",
         "ob-3.0",
         {"wrong_value /credentialSubject/achievement/achievementType"}},
        {"{" HEAD ISSUER DATE "\"credentialSubject\":{\"type\":[\"AchievementSubject\"]," ACHIEVEMENT
         ",\"achievementType\":\"ext:Robot\"}}}",
         "ob-3.0",
         {NULL}},
        {"{" HEAD ISSUER DATE "\"credentialSubject\":{\"type\":[\"AchievementSubject\"]," ACHIEVEMENT
         ",\"resultDescription\":[{\"id\":\"urn:r\",\"type\":\"Robot\",\"name\":\"R\",\"resultType\":\"Status\"}]}}}",
         "ob-3.0",
         {"wrong_class /credentialSubject/achievement/resultDescription/0/type"}},
        {"{" HEAD ISSUER DATE "\"credentialSubject\":{\"type\":[\"Robot\"]," ACHIEVEMENT "}}}",
         "ob-3.0",
         {"missing_item /credentialSubject/type"}},
        {"{" HEAD ISSUER DATE SUBJECT ",\"proof\":{\"type\":\"DataIntegrityProof\",\"cryptosuite\":\"eddsa-jcs-2022\","
         "\"verificationMethod\":\"z6Mk\"}}",
         "ob-3.0",
         {"missing /proof/proofValue", "missing /proof/proofPurpose", "not_a_url /proof/verificationMethod"}},
        {"{" HEAD
         "\"issuer\":{\"id\":\"did:a:b\",\"type\":[\"Profile\"],\"image\":{\"id\":\"urn:i\",\"type\":\"Image\","
         "\"size\":3}}," DATE SUBJECT "}",
         "ob-3.0",
         {"unknown_member /issuer/image/size"}},
        {"{" V2 "\"issuer\":\"did:a:b\"," CLAIM "}", "vc-2.0", {NULL}},
        {"{" V2 "\"id\":\"no url\",\"issuer\":{}," CLAIM "}", "vc-2.0", {"not_a_url /id", "missing /issuer/id"}},
        {"{" V2 "\"issuer\":\"did:a:b\",\"credentialSubject\":[{}],\"credentialSchema\":{\"type\":\"J\"}}",
         "vc-2.0",
         {"wrong_type /credentialSubject/0", "missing /credentialSchema/id"}},
        {"{" V2 "\"issuer\":\"did:a:b\",\"proof\":null,\"credentialStatus\":null,\"id\":null," CLAIM "}",
         "vc-2.0",
         {NULL}},
        {"{" V2 RELATED("\"id\":\"https://www.w3.org/ns/credentials/"
                        "v2\",\"digestSRI\":\"sha256-WZVc7WaX1h4D8rJVb+vlMIqxaEKEb1tYbX8fet7JJzQ=\","
                        "\"digestMultibase\":\"uEiBZlVztZpfWHgPyslVv6-UwirFoQoRvW1htfx963sknNA\"") "}",
         "vc-2.0",
         {NULL}},
        {"{" V2 RELATED("\"id\":\"https://www.w3.org/ns/credentials/"
                        "v2\",\"digestMultibase\":[\"zQmUNM6HqwZxuJ5k6cYRKAiqjUkx1qxWJe4WTqsg7ZJtEFm\","
                        "\"zQmUNM6HqwZxuJ5k6cYRKAiqjUkx1qxWJe4WTqsg7ZJtEF1\"]") "}",
         "vc-2.0",
         {"digest_differs /relatedResource/0/digestMultibase/1"}},
        {"{" V2 RELATED("\"id\":\"https://www.w3.org/ns/credentials/"
                        "v2\",\"digestSRI\":\"sha256-WpVc7WaX1h4D8rJVb+vlMIqxaEKEb1tYbX8fet7JJzQ= sha384-AAAA\"") "}",
         "vc-2.0",
         {"digest_differs /relatedResource/0/digestSRI", "wrong_value /relatedResource/0/digestSRI"}},
        {"{" V2 RELATED(
             "\"id\":\"https://a.example\"},{\"digestMultibase\":\"mEiBZ\",\"id\":\"https://a.example\"") "}",
         "vc-2.0",
         {"missing /relatedResource/0/digestSRI", "wrong_value /relatedResource/1/id",
          "wrong_value /relatedResource/1/digestMultibase"}},
        {"{" V2 "\"issuer\":{\"id\":\"did:a:b\",\"name\":{\"@value\":\"N\",\"@language\":\"en\"}},\"name\":[\"N\",{"
         "\"en\":\"N\"}],"
         "\"credentialSubject\":{\"id\":\"me\",\"a\":1}}",
         "vc-2.0",
         {"not_a_url /credentialSubject/id", "missing /name/1/@value", "unknown_member /name/1/en"}},
        {"{" V1 "\"issuer\":\"did:a:b\",\"issuanceDate\":\"2024-01-01T00:00:00\"," CLAIM "}", "vc-1.1", {NULL}},
        {"{" V1 "\"issuer\":\"did:a:b\",\"issuanceDate\":\"2024-01-01\"," CLAIM "}",
         "vc-1.1",
         {"date_not_standard /issuanceDate"}},
        {"{" V1 "\"issuer\":\"did:a:b\"," CLAIM "}", "vc-1.1", {"missing /issuanceDate"}},
        {"{\"type\":\"VerifiableCredential\",\"issuer\":\"did:a:b\"," CLAIM "}", "vc-2.0", {"missing /@context"}},
        {"{" OB2 RECIPIENT "\"badge\":\"https://b.example\",\"issuedOn\":\"2024-01-01T00:00:00Z\",\"verification\":{"
         "\"type\":\"hosted\"}}",
         "ob-2.0",
         {NULL}},
        {"{" OB2
         "\"recipient\":\"me\",\"badge\":{\"type\":\"BadgeClass\",\"id\":\"urn:b\",\"name\":\"N\",\"description\":"
         "\"D\",\"image\":\"urn:i\",\"criteria\":\"urn:c\"},\"issuedOn\":7}",
         "ob-2.0",
         {"wrong_type /recipient", "missing /verification", "missing /badge/issuer", "date_not_standard /issuedOn"}},
        {"{" OB2
         "\"recipient\":{\"type\":\"email\",\"hashed\":true,\"identity\":\"a@b.example\"},\"badge\":7,\"issuedOn\":"
         "\"2024-01-01\",\"evidence\":[\"https://e.example\",3],\"verification\":{\"type\":\"hosted\"}}",
         "ob-2.0",
         {"wrong_type /badge", "date_not_standard /issuedOn", "wrong_type /evidence/1",
          "wrong_value /recipient/identity"}},
        {"{" OB2 "\"revoked\":true}", "ob-2.0", {NULL}},
        {"{" OB2_CONTEXT "\"type\":\"BadgeClass\",\"id\":\"b\",\"name\":\"N\",\"description\":[\"D\"],\"criteria\":{"
         "\"narrative\":\"Do.\"},\"issuer\":{\"type\":\"Criteria\",\"id\":\"urn:i\",\"name\":\"I\",\"url\":\"urn:u\","
         "\"email\":"
         "\"e\"},\"alignment\":{\"targetName\":\"T\"}}",
         "ob-2.0",
         {"not_a_url /id", "wrong_type /description", "wrong_class /issuer/type", "missing /alignment/targetUrl"}},
        {"{" OB2_CONTEXT "\"type\":\"Profile\",\"id\":\"urn:i\",\"name\":\"I\",\"url\":\"urn:u\",\"email\":\"e\","
         "\"schema:location\":{\"type\":[\"Extension\",\"extensions:GeoCoordinates\"],\"description\":\"D\"}}",
         "ob-2.0",
         {"missing /schema:location/geo"}},
        {"{" OB2_CONTEXT "\"type\":\"Robot\"}", "ob-2.0", {"wrong_class /type"}},
        {"{\"@context\":[\"https://www.w3.org/2018/credentials/v1\",\"https://w3id.org/blockcerts/"
         "v3\"],\"id\":\"urn:a\",\"type\":["
         "\"VerifiableCredential\"],\"issuer\":\"did:a:b\",\"issuanceDate\":\"2024-01-01T00:00:00Z\",\"display\":{"
         "\"contentMediaType\":\"image/png\",\"content\":\"x\"}," CLAIM "}",
         "blockcerts-3",
         {"missing_item /type", "missing /display/contentEncoding"}},
        {"{\"@context\":[\"https://www.w3.org/2018/credentials/v1\",\"http://data.europa.eu/snb/model/context/"
         "edc-ap\"],"
         "\"id\":\"urn:a\",\"type\":[\"VerifiableCredential\",\"EuropeanDigitalCredential\"],\"issuer\":\"did:a:b\","
         "\"issued\":"
         "\"2024\",\"validFrom\":\"2024-01-01T00:00:00Z\",\"issuanceDate\":\"2024-01-01T00:00:00Z\","
         "\"displayParameter\":{},\"credentialProfiles\":[]," CLAIM "}",
         "europass",
         {"missing /credentialSchema", "date_not_standard /issued"}},
        {"{\"type\":\"Achievement\",\"name\":\"A\"}", "none", {NULL}},
        {"{\"a\":1}", "none", {NULL}},
        {"%PDF-1.7", "none", {NULL}},
        /* a token whose claims stand for what its vc leaves out: {"iss":"did:a:b","nbf":9,"vc":{…}} */
        {"eyJhbGciOiJFZERTQSJ9.eyJpc3MiOiJkaWQ6YTpiIiwibmJmIjo5LCJ2YyI6eyJAY29udGV4dCI6Imh0dHBzOi8vd3d3LnczLm9yZy8yMD"
         "E4L2NyZWRlbnRpYWxzL3YxIiwidHlwZSI6IlZlcmlmaWFibGVDcmVkZW50aWFsIiwiY3JlZGVudGlhbFN1YmplY3QiOnsiYSI6MX19fQ.AQ",
         "vc-1.1",
         {NULL}},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        size_t n = 0;
        check(cases[i].text, strlen(cases[i].text));
        assert_string_equal(found.profile, cases[i].profile);
        for (; n < 4 && cases[i].error[n]; n++) {
            assert_true(n < found.n_errors);
            assert_string_equal(error_at(n), cases[i].error[n]);
            assert_true(found.error[n].detail.len > 10 && found.error[n].source.len > 10);
        }
        if (found.n_errors != n)
            print_error("case %zu: %s\n", i, error_at(n));
        assert_int_equal(found.n_errors, n);
    }
}

static void patterns(void **state)
{
    (void)state;
    static const struct {
        enum rules_pattern pattern;
        const char *text;
        bool matches;
    } cases[] = {
        {RULES_LANGUAGE, "en", true},
        {RULES_LANGUAGE, "en-GB", true},
        {RULES_LANGUAGE, "en-gb", false},
        {RULES_LANGUAGE, "eng", false},
        {RULES_LANGUAGE, "en-GBR", false},
        {RULES_LANGUAGE, "", false},
        {RULES_LANGUAGE_TAG, "zh", true},
        {RULES_LANGUAGE_TAG, "zh-Hans", true},
        {RULES_LANGUAGE_TAG, "zh-Hans-CN", true},
        {RULES_LANGUAGE_TAG, "es-419", true},
        {RULES_LANGUAGE_TAG, "z", false},
        {RULES_LANGUAGE_TAG, "zh-", false},
        {RULES_LANGUAGE_TAG, "zh-CNN", false},
        {RULES_JWS, "a.b.c", true},
        {RULES_JWS, "a..c", true},
        {RULES_JWS, "a.b", false},
        {RULES_JWS, ".b.c", false},
        {RULES_JWS, "a.b.c.d", false},
        {RULES_JWS, "a.b.=", false},
        {RULES_EXTENSION, "ext:a", true},
        {RULES_EXTENSION, "an ext:A", true},
        {RULES_EXTENSION, "ext:|", true},
        {RULES_EXTENSION, "ext:-", false},
        {RULES_EXTENSION, "ext:", false},
        {RULES_OB_CONTEXT, "https://purl.imsglobal.org/spec/ob/v3p0/context.json", true},
        {RULES_OB_CONTEXT, "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json", true},
        {RULES_OB_CONTEXT, "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.33.json", false},
        {RULES_OB_CONTEXT, "https://purl.imsglobal.org/spec/ob/v3p0/context-2.0.3.json", false},
        {RULES_CLR_CONTEXT, "https://purl.imsglobal.org/spec/clr/v2p0/context-2.0.1.json", true},
        {RULES_CLR_CONTEXT, "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json", false},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        if (rules_matches(cases[i].pattern, (struct badge_text){cases[i].text, strlen(cases[i].text)}) !=
            cases[i].matches)
            fail_msg("%s", cases[i].text);
}

/* The elements of a micro-credential: found where, and missing. */
static void european(void **state)
{
    (void)state;
    static const char text[] =
        "{" HEAD
        "\"issuer\":{\"id\":\"did:a:b\",\"type\":[\"Profile\"],\"name\":\"U\",\"address\":{\"type\":[\"Address\"],"
        "\"addressCountry\":\"IE\"}}," DATE
        "\"credentialSubject\":{\"id\":\"did:h\",\"type\":[\"AchievementSubject\"],\"creditsEarned\":3," ACHIEVEMENT
        ",\"alignment\":[{\"type\":[\"Alignment\"],\"targetName\":\"EQF 5\",\"targetFramework\":\"EQF\",\"targetUrl\":"
        "\"urn:e\"},{\"type\":[\"Alignment\"],\"targetName\":\"Weld\",\"targetUrl\":\"urn:w\"}]}}}";
    static const char *const pointer[BADGE_N_EU_ELEMENTS] = {"/credentialSubject/id",
                                                             "/credentialSubject/achievement/name",
                                                             "/issuer/address/addressCountry",
                                                             "/issuer/name",
                                                             "/validFrom",
                                                             "/credentialSubject/achievement/alignment/1",
                                                             "/credentialSubject/creditsEarned",
                                                             "/credentialSubject/achievement/alignment/0",
                                                             "/credentialSubject/achievement/criteria/narrative",
                                                             NULL,
                                                             NULL};
    check(text, strlen(text));
    assert_int_equal(found.n_errors, 0);
    assert_true(found.has_eu);
    for (size_t i = 0; i < BADGE_N_EU_ELEMENTS; i++) {
        assert_int_equal(found.eu[i].is_found, pointer[i] ? 1 : 0);
        if (pointer[i])
            assert_string_equal(found.eu[i].pointer.bytes, pointer[i]);
    }
}

/* Many errors are counted, and the first ones listed; a deep one is not checked without end. */
static void bounds(void **state)
{
    (void)state;
    static char text[1 << 16];
    size_t len = (size_t)snprintf(text, sizeof text, "{" HEAD ISSUER DATE SUBJECT ",\"name\":{");
    for (int i = 0; i < 200; i++)
        len += (size_t)snprintf(text + len, sizeof text - len, "%s\"n%d\":\"x\"", i == 0 ? "" : ",", i);
    len += (size_t)snprintf(text + len, sizeof text - len, "}}");
    check(text, len);
    assert_int_equal(found.n_errors, 200);
    assert_string_equal(error_at(BADGE_MAX_FINDINGS - 1), "wrong_value /name/n155");

    len = (size_t)snprintf(text, sizeof text, "{" HEAD DATE SUBJECT ",\"issuer\":");
    for (int i = 0; i < 60; i++)
        len += (size_t)snprintf(text + len, sizeof text - len,
                                "{\"id\":\"urn:i\",\"type\":[\"Profile\"],\"parentOrg\":");
    len += (size_t)snprintf(text + len, sizeof text - len, "1");
    for (int i = 0; i < 61; i++)
        text[len++] = '}';
    check(text, len);
    assert_true(found.n_errors + found.n_warnings > 0);
}

/* -- published credentials ----------------------------------------------------------------------------------------- */

static void check_vector(const char *name, const struct badge_related_document *document, size_t n)
{
    size_t len;
    char *text = vectors_read(name, &len);
    check_with(text, len, document, n);
    free(text);
}

/* What the assertions of Open Badges 2.0 refer to, under both schemes and names of their example host. */
#define MAX_ASSETS 256
static struct badge_related_document asset[MAX_ASSETS];
static size_t n_assets;

static void read_assets(void)
{
    static const char *const base[] = {"https://example.org/", "http://example.org/", "http://example.com/"};
    char path[512];
    snprintf(path, sizeof path, "%s/1edtech/ob20/assets", getenv("BADGED_VECTORS"));
    DIR *folder = opendir(path);
    assert_non_null(folder);
    for (struct dirent *entry = readdir(folder); entry; entry = readdir(folder)) {
        if (!strstr(entry->d_name, ".json") || strcmp(entry->d_name, "openbadges_context.json") == 0)
            continue;
        snprintf(path, sizeof path, "1edtech/ob20/assets/%s", entry->d_name);
        for (size_t i = 0; i < ARRAY_LEN(base); i++) {
            struct badge_related_document *one = &asset[n_assets++];
            assert_true(n_assets <= MAX_ASSETS);
            snprintf(path, sizeof path, "%s%s", base[i], entry->d_name);
            *one = (struct badge_related_document){.url = {strdup(path), strlen(path)}};
            snprintf(path, sizeof path, "1edtech/ob20/assets/%s", entry->d_name);
            one->text.bytes = vectors_read(path, &one->text.len);
        }
    }
    closedir(folder);
}

static void free_assets(void)
{
    for (; n_assets > 0; n_assets--) {
        free((char *)asset[n_assets - 1].url.bytes);
        free((char *)asset[n_assets - 1].text.bytes);
    }
}

/*
 * Those that 1EdTech's validator refuses for what they say; the others it refuses for a signature, a date or a status,
 * which the verdict says. It refuses credential-status-revoked for its status; that its index is a number comes first.
 */
static void one_edtech(void **state)
{
    (void)state;
    static const char *const of_verdict[] = {"simple-err-proof-value", "simple-err-expired",
                                             "basic-assertion-in-future"};
    if (!getenv("BADGED_VECTORS"))
        skip();
    json_t *verdicts = vectors_json("1edtech/verdicts.json"), *one;
    size_t i, n = 0, n_of_verdict = 0;
    read_assets();
    json_array_foreach(verdicts, i, one)
    {
        char name[256];
        const char *file = json_string_value(json_object_get(one, "file"));
        bool is_invalid = strcmp(json_string_value(json_object_get(one, "verdict")), "invalid") == 0,
             is_of_verdict = false;
        if (strstr(file, ".svg")) /* an image's text is not read here: conformance.fixtures */
            continue;
        for (size_t k = 0; k < ARRAY_LEN(of_verdict); k++)
            is_of_verdict = is_of_verdict || strstr(file, of_verdict[k]);
        snprintf(name, sizeof name, "1edtech/%s", file);
        check_vector(name, asset, n_assets);
        if ((found.n_errors > 0) != (is_invalid && !is_of_verdict))
            fail_msg("%s: %zu errors, %s", file, found.n_errors, found.n_errors > 0 ? error_at(0) : "");
        if (strcmp(file, "ob20/rdf-validation/badge-class-invalid-issuer-type.json") == 0)
            assert_string_equal(error_at(0), "wrong_class /issuer/type");
        if (strcmp(file, "ob20/simple-revoked.jwt") == 0)
            assert_string_equal(error_at(0), "listed_revoked /badge/issuer/revocationList/revokedAssertions/0");
        n_of_verdict += is_of_verdict;
        n++;
    }
    assert_int_equal(n, 38);
    assert_int_equal(n_of_verdict, ARRAY_LEN(of_verdict));
    json_decref(verdicts);
    free_assets();
}

static void others(void **state)
{
    (void)state;
    static const char *const folders[] = {"stack", "credentials"};
    /* their issuer's image is a text, and the class Image an object; and an entry of StatusList2021 with no members */
    static const struct {
        const char *name, *error;
    } broken[] = {{"testVC.json", "wrong_type /issuer/image"},
                  {"v1Expired.json", "wrong_type /issuer/image"},
                  {"v1NoStatus.json", "wrong_type /issuer/image"},
                  {"safeModeBreaker.json", "missing /credentialStatus/statusPurpose"}};
    if (!getenv("BADGED_VECTORS"))
        skip();
    for (size_t k = 0; k < ARRAY_LEN(folders); k++) {
        char path[512];
        snprintf(path, sizeof path, "%s/%s", getenv("BADGED_VECTORS"), folders[k]);
        DIR *folder = opendir(path);
        assert_non_null(folder);
        for (struct dirent *entry = readdir(folder); entry; entry = readdir(folder)) {
            const char *error = NULL;
            if (!strstr(entry->d_name, ".json"))
                continue;
            for (size_t i = 0; i < ARRAY_LEN(broken); i++)
                error = strcmp(entry->d_name, broken[i].name) == 0 ? broken[i].error : error;
            snprintf(path, sizeof path, "%s/%s", folders[k], entry->d_name);
            check_vector(path, NULL, 0);
            if ((found.n_errors > 0) != (error != NULL))
                fail_msg("%s: %s", path, found.n_errors > 0 ? error_at(0) : "no error");
            if (error)
                assert_string_equal(error_at(0), error);
        }
        closedir(folder);
    }
}

/* Entries of status lists: an error is what the strict reading of Bitstring Status List calls malformed. */
static void status_entries(void **state)
{
    (void)state;
    if (!getenv("BADGED_VECTORS"))
        skip();
    json_t *entries = vectors_json("bitstring/entries.json"), *one;
    size_t i, n_malformed = 0;
    json_array_foreach(entries, i, one)
    {
        char text[2048];
        const char *error = json_string_value(json_object_get(json_object_get(one, "expect"), "error"));
        bool is_malformed = error && strstr(error, "MALFORMED_VALUE_ERROR");
        char *entry = json_dumps(json_object_get(one, "entry"), 0);
        snprintf(text, sizeof text, "{" V2 "\"issuer\":\"did:a:b\",\"credentialStatus\":%s," CLAIM "}", entry);
        check(text, strlen(text));
        if ((found.n_errors > 0) != is_malformed)
            fail_msg("%s: %zu errors", entry, found.n_errors);
        n_malformed += is_malformed;
        free(entry);
    }
    assert_int_equal(i, 20);
    assert_int_equal(n_malformed, 11);
    json_decref(entries);
}

/* Dates of VC Data Model 2.0, good and bad; and one under the name that it has in 1.1. */
static void dates(void **state)
{
    (void)state;
    static const char other[] = "{" V2 "\"issuer\":\"did:a:b\",\"expirationDate\":\"2024-01-01T00:00:00Z\"," CLAIM "}";
    check(other, strlen(other));
    assert_int_equal(found.n_errors, 0);
    assert_int_equal(found.n_warnings, 1);
    assert_string_equal(found.warning[0].code, "other_version");
    assert_string_equal(found.warning[0].pointer.bytes, "/expirationDate");
    if (!getenv("BADGED_VECTORS"))
        skip();
    json_t *vectors = vectors_json("formats/dates.json"), *one;
    size_t i;
    json_array_foreach(json_object_get(vectors, "cases"), i, one)
    {
        char text[512];
        const json_t *value = json_object_get(one, json_object_get(one, "text") ? "text" : "json");
        if (json_is_null(value)) /* is absent */
            continue;
        char *date = json_dumps(value, JSON_ENCODE_ANY);
        snprintf(text, sizeof text, "{" V2 "\"issuer\":\"did:a:b\",\"validFrom\":%s," CLAIM "}", date);
        check(text, strlen(text));
        if ((found.n_errors == 0) != json_is_true(json_object_get(one, "standard")))
            fail_msg("%s: %zu errors", date, found.n_errors);
        free(date);
    }
    json_decref(vectors);
}

static int begin(void **state)
{
    (void)state;
    badge_arena_init(&arena, (size_t)16 << 20);
    return badge_digester_new(&digester, 1 << 20, NULL) == BADGE_OK ? 0 : -1;
}

static int end(void **state)
{
    (void)state;
    badge_digester_free(digester);
    badge_arena_release(&arena);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cases),  cmocka_unit_test(patterns),       cmocka_unit_test(european),
        cmocka_unit_test(bounds), cmocka_unit_test(one_edtech),     cmocka_unit_test(others),
        cmocka_unit_test(dates),  cmocka_unit_test(status_entries),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
