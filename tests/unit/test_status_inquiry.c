/* What status lists say of a credential, and whose word counts: whole inquiries. */
#include "support/status.h"

#include "status/evaluate.h"
#include "support/inquiry.h"

/* -- whole inquiries ----------------------------------------------------------------------------------------------- */

#define ENTRY(purpose, index)                                                                                          \
    "{\"type\":\"BitstringStatusListEntry\",\"statusPurpose\":\"" purpose "\",\"statusListIndex\":\"" index            \
    "\",\"statusListCredential\":\"" LIST_URL "\"}"

static const struct badge_policy nobody;

/* list NULL: it could not be fetched. */
static void ask(struct badge_status_view *out, const char *document, const struct given_list *given,
                const struct badge_policy *policy, const char *issuer)
{
    struct badge_digester *digester = status_digest(document);
    struct badge_status_inquiry *inquiry;
    struct badge_status_request request;
    assert_int_equal(badge_status_new(&inquiry, digester, NULL), BADGE_OK);
    badge_digester_free(digester);
    while (badge_status_next(inquiry, &request)) {
        assert_true(badge_status_is_open(inquiry, request.number));
        if (given) {
            struct badge_status_list *list = status_read_list(given);
            badge_status_take(inquiry, request.number, list, (struct badge_text){issuer, strlen(issuer)}, policy,
                              NOW_S);
            badge_status_list_free(list);
        } else {
            badge_status_fail(inquiry, request.number, "its host did not answer");
        }
        assert_false(badge_status_is_open(inquiry, request.number));
    }
    badge_status_conclude(out, inquiry);
    badge_status_free(inquiry);
}

static void ask_status(struct badge_status_view *out, const char *status, const struct given_list *given)
{
    char *text;
    status_credential(&text, status);
    ask(out, text, given, &nobody, UNIV);
    free(text);
}

static void a_list_says_what_its_purpose_is(void **state)
{
    (void)state;
    static const struct {
        const char *status, *purpose, *code;
        enum badge_outcome outcome;
    } row[] = {
        {ENTRY("revocation", "1"), "\"revocation\"", "status_good", BADGE_PASSED},
        {ENTRY("revocation", "7"), "\"revocation\"", "status_revoked", BADGE_FAILED},
        {ENTRY("suspension", "7"), "\"suspension\"", "status_suspended", BADGE_FAILED},
        {ENTRY("refresh", "7"), "\"refresh\"", "status_good", BADGE_PASSED},
        {ENTRY("revocation", "131072"), "\"revocation\"", "status_out_of_range", BADGE_UNKNOWN},
        {ENTRY("suspension", "7"), "\"revocation\"", "status_list_invalid", BADGE_UNKNOWN},
        {ENTRY("revocation", "0007"), "\"revocation\"", "status_revoked", BADGE_FAILED},
        {ENTRY("revocation", "x"), "\"revocation\"", "status_list_invalid", BADGE_UNKNOWN},
        {"{\"type\":\"CredentialStatusList2017\",\"id\":\"https://a.example\"}", "\"revocation\"",
         "status_type_unknown", BADGE_UNKNOWN},
        {"[]", "\"revocation\"", "status_type_unknown", BADGE_UNKNOWN},
        {"[" ENTRY("suspension", "7") "," ENTRY("revocation", "7") "]", "[\"revocation\",\"suspension\"]",
         "status_revoked", BADGE_FAILED},
        {"[" ENTRY("revocation", "1") "," ENTRY("revocation", "999999999999999999999") "]", "\"revocation\"",
         "status_out_of_range", BADGE_UNKNOWN},
        {"[" ENTRY("revocation", "7") "," ENTRY("revocation", "x") "]", "\"revocation\"", "status_revoked",
         BADGE_FAILED},
        {"[null," ENTRY("revocation", "1") ",null]", "\"revocation\"", "status_good", BADGE_PASSED},
        {"\"https://example.edu/status/1\"", "\"revocation\"", "status_list_invalid", BADGE_UNKNOWN},
    };
    for (size_t i = 0; i < COUNT(row); i++) {
        struct badge_status_view view;
        char *list = status_bitstring(GOOD_LIST, row[i].purpose, "BitstringStatusListCredential");
        ask_status(&view, row[i].status, &(struct given_list){.text = list});
        if (view.outcome != row[i].outcome || strcmp(view.code, row[i].code) != 0)
            fail_msg("%s: %s (%s), not %s", row[i].status, view.code, view.detail, row[i].code);
        free(list);
    }
}

static void expect(const struct badge_status_view *view, enum badge_outcome outcome, const char *code,
                   const char *detail)
{
    if (view->outcome != outcome || strcmp(view->code, code) != 0 || !strstr(view->detail, detail))
        fail_msg("%s (%s), not %s (%s)", view->code, view->detail, code, detail);
}

/* A list, with members of its own, that says that 0 7 8 94567 131071 are revoked. */
#define LIST(issuer, more)                                                                                             \
    "{\"@context\":[\"https://www.w3.org/ns/credentials/v2\"],\"type\":[\"VerifiableCredential\","                     \
    "\"BitstringStatusListCredential\"],\"issuer\":\"" issuer "\"," more                                               \
    "\"credentialSubject\":{\"type\":\"BitstringStatusList\",\"statusPurpose\":\"revocation\",\"encodedList\":"        \
    "\"" GOOD_LIST "\"}}"

static void only_the_issuers_list_counts(void **state)
{
    (void)state;
    static const struct badge_proof_view none = {.is_made = true, .code = "no_proof"}, not_made = {.is_made = false},
                                         unbound = {.is_made = true, .code = "proof_key_not_bound"},
                                         broken = {.is_made = true, .outcome = BADGE_FAILED, .code = "proof_broken"},
                                         hides = {.is_made = true,
                                                  .outcome = BADGE_PASSED,
                                                  .code = "proof_holds",
                                                  .hides_claims = true},
                                         ended = {.is_made = true,
                                                  .outcome = BADGE_PASSED,
                                                  .code = "proof_holds",
                                                  .made_before_s = NOW_S,
                                                  .late_code = "proof_key_expired"};
    static const struct {
        struct given_list list;
        enum badge_outcome outcome;
        const char *code, *detail;
    } row[] = {
        {{.text = LIST(UNIV, "")}, BADGE_FAILED, "status_revoked", ""},
        {{.text = LIST(UNIV, ""), .proof = &none}, BADGE_UNKNOWN, "status_list_invalid", "it is not signed"},
        {{.text = LIST(UNIV, ""), .proof = &not_made}, BADGE_UNKNOWN, "status_list_invalid", "does not count"},
        {{.text = LIST(UNIV, ""), .proof = &unbound}, BADGE_UNKNOWN, "status_list_invalid", "nothing binds the key"},
        {{.text = LIST(UNIV, ""), .proof = &broken}, BADGE_UNKNOWN, "status_list_invalid", "does not count"},
        {{.text = LIST(UNIV, ""), .proof = &hides}, BADGE_UNKNOWN, "status_list_invalid", "does not count"},
        {{.text = LIST(UNIV, ""), .proof = &ended}, BADGE_UNKNOWN, "status_list_invalid", "no longer in force"},
        {{.text = LIST("did:web:another.example", "")}, BADGE_UNKNOWN, "status_list_invalid", "by another issuer"},
        {{.text = LIST("", "")}, BADGE_UNKNOWN, "status_list_invalid", "does not name its issuer"},
        {{.text = LIST(UNIV, "\"validUntil\":\"2026-11-30T00:00:00Z\",")},
         BADGE_UNKNOWN,
         "status_list_invalid",
         "no longer in force"},
        {{.text = LIST(UNIV, "\"validFrom\":\"2026-12-02T00:00:00Z\",")},
         BADGE_UNKNOWN,
         "status_list_invalid",
         "not in force yet"},
        {{.text = LIST(UNIV, "\"validUntil\":\"some day\",")}, BADGE_UNKNOWN, "status_list_invalid", "period"},
        {{.text = LIST(UNIV, "\"id\":\"https://example.edu/another\",")}, BADGE_FAILED, "status_revoked", ""},
        {{.text = LIST(UNIV, ""), .media_type = "text/plain", .has_disposition = true},
         BADGE_FAILED,
         "status_revoked",
         ""},
        {{.text = LIST(UNIV, ""), .is_given = true}, BADGE_FAILED, "status_revoked", "given by hand"},
        {{.text = LIST(UNIV, ""), .http_status = 404}, BADGE_UNKNOWN, "status_list_invalid", "status 404"},
        {{.text = LIST(UNIV, ""), .http_status = 410}, BADGE_UNKNOWN, "status_list_invalid", "status 410"},
        {{.text = LIST(UNIV, ""), .read_s = NOW_S - 301}, BADGE_FAILED, "status_revoked", "as of 2026-11-30T23:54:59Z"},
        {{.text = LIST(UNIV, ""), .read_s = NOW_S - 299}, BADGE_FAILED, "status_revoked", ""},
        {{.text = "{\"type\":\"Other\"}"}, BADGE_UNKNOWN, "status_list_invalid", "not a list of this kind"},
        {{.text = "not JSON"}, BADGE_UNKNOWN, "status_list_invalid", "is not a list"},
        {{.text = "{\"broken\":"}, BADGE_UNKNOWN, "status_list_invalid", "is not a list"},
        {{.text = "[]"}, BADGE_UNKNOWN, "status_list_invalid", "is not a list"},
        {{.text = ""}, BADGE_UNKNOWN, "status_list_invalid", "is not a list"},
    };
    for (size_t i = 0; i < COUNT(row); i++) {
        struct badge_status_view view;
        ask_status(&view, ENTRY("revocation", "7"), &row[i].list);
        expect(&view, row[i].outcome, row[i].code, row[i].detail);
        assert_int_equal(view.item[0].has_read, !row[i].list.is_given);
    }
    struct badge_status_view view;
    ask_status(&view, ENTRY("revocation", "7"), NULL);
    expect(&view, BADGE_UNKNOWN, "status_unreachable", "its host did not answer");

    char *text;
    static const char another[] = "did:web:another.example";
    const struct badge_pair pair = {.id = {another, sizeof another - 1}};
    const struct badge_policy names = {.pair = &pair, .n_pairs = 1};
    status_credential(&text, ENTRY("revocation", "7"));
    ask(&view, text, &(struct given_list){.text = LIST("did:web:another.example", "")}, &names, UNIV);
    expect(&view, BADGE_FAILED, "status_revoked", "");
    free(text);
}

/* -- real lists ---------------------------------------------------------------------------------------------------- */

static void real_lists(void **state)
{
    (void)state;
    static const struct {
        const char *file, *issuer, *index, *code, *detail;
        enum badge_outcome outcome;
    } row[] = {
        {"bitstring/dcc-list.json", "did:key:z6MknNQD1WHLGGraFi6zcbGevuAgkVfdyCdtZnQTGWVVvR5Q", "8", "status_revoked",
         "fewer than 131,072", BADGE_FAILED},
        {"bitstring/dcc-list.json", "did:key:z6MknNQD1WHLGGraFi6zcbGevuAgkVfdyCdtZnQTGWVVvR5Q", "9", "status_good",
         "fewer than 131,072", BADGE_PASSED},
        {"bitstring/dcc-list.json", "did:key:z6MknNQD1WHLGGraFi6zcbGevuAgkVfdyCdtZnQTGWVVvR5Q", "100000",
         "status_out_of_range", "", BADGE_UNKNOWN},
        {"bitstring/dcc-list.json", UNIV, "9", "status_list_invalid", "by another issuer", BADGE_UNKNOWN},
        /* by a key that the fragment of its method names */
        {"bitstring/1edtech-list.json", "https://1edtech.edu/issuers/565049", "23", "status_list_invalid",
         "its signature", BADGE_UNKNOWN},
    };
    for (size_t i = 0; i < COUNT(row); i++) {
        struct inquiry_run run = {.now_s = NOW_S};
        struct badge_status_view view;
        size_t len;
        char *list = vectors_read(row[i].file, &len), *document, *entry;
        inquiry_run(&run, list, len);
        assert_true(asprintf(&entry,
                             "{\"type\":\"BitstringStatusListEntry\",\"statusPurpose\":\"revocation\","
                             "\"statusListIndex\":\"%s\",\"statusListCredential\":\"" LIST_URL "\"}",
                             row[i].index) > 0);
        status_credential(&document, entry);
        ask(&view, document, &(struct given_list){.text = list, .proof = &run.view, .media_type = "text/plain"},
            &nobody, row[i].issuer);
        expect(&view, row[i].outcome, row[i].code, row[i].detail);
        free(entry);
        free(document);
        free(list);
    }
    inquiry_release();
}

/* base64url without padding; freed by the caller. */
static char *base64url(const char *text)
{
    static const char digit[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    size_t len = strlen(text), n = 0;
    char *out = malloc(len * 4 / 3 + 4);
    assert_non_null(out);
    for (size_t i = 0; i < len; i += 3) {
        uint32_t bits = (uint32_t)(uint8_t)text[i] << 16;
        bits |= i + 1 < len ? (uint32_t)(uint8_t)text[i + 1] << 8 : 0;
        bits |= i + 2 < len ? (uint32_t)(uint8_t)text[i + 2] : 0;
        for (size_t k = 0; k < (len - i > 2 ? 4 : len - i + 1); k++)
            out[n++] = digit[bits >> (18 - 6 * k) & 63];
    }
    out[n] = '\0';
    return out;
}

static void a_list_may_be_a_token(void **state)
{
    (void)state;
    static const char *const payload[] = {
        LIST(UNIV, ""),
        "{\"iss\":\"" UNIV "\",\"vc\":" LIST(UNIV, "") "}",
        "{\"iss\":\"" UNIV "\",\"exp\":1796000000,\"vc\":" LIST(UNIV, "") "}",
    };
    for (size_t i = 0; i < COUNT(payload); i++) {
        char *header = base64url("{\"alg\":\"EdDSA\",\"typ\":\"JWT\"}"), *body = base64url(payload[i]), *token,
             *envelope;
        struct badge_status_view view;
        bool is_over = i == 2;
        assert_true(asprintf(&token, "%s.%s.AAAA", header, body) > 0);
        assert_true(asprintf(&envelope,
                             "{\"@context\":\"https://www.w3.org/ns/credentials/v2\",\"type\":"
                             "\"EnvelopedVerifiableCredential\",\"id\":\"data:application/vc+jwt,%s\"}",
                             token) > 0);
        const char *const text[] = {token, envelope};
        for (size_t k = 0; k < COUNT(text); k++) {
            ask_status(&view, ENTRY("revocation", "7"),
                       &(struct given_list){.text = text[k], .media_type = "application/vc+jwt"});
            expect(&view, is_over ? BADGE_UNKNOWN : BADGE_FAILED, is_over ? "status_list_invalid" : "status_revoked",
                   "");
        }
        free(header);
        free(body);
        free(token);
        free(envelope);
    }
}

/* The credential itself may be a token: its entry is in the payload and in `vc`, and counts once. */
static void an_entry_in_two_layers_counts_once(void **state)
{
    (void)state;
    static const char payload[] = "{\"iss\":\"" UNIV "\",\"credentialStatus\":" ENTRY(
        "revocation", "7") ",\"vc\":{\"type\":[\"VerifiableCredential\"],\"credentialStatus\":[" ENTRY("revocation",
                                                                                                       "7") "]}}";
    char *header = base64url("{\"alg\":\"EdDSA\",\"typ\":\"JWT\"}"), *body = base64url(payload), *token;
    struct badge_status_view view;
    assert_true(asprintf(&token, "%s.%s.AAAA", header, body) > 0);
    ask(&view, token, &(struct given_list){.text = LIST(UNIV, "")}, &nobody, UNIV);
    assert_int_equal(view.n_items, 1);
    expect(&view, BADGE_FAILED, "status_revoked", "");
    free(header);
    free(body);
    free(token);
}

static void a_store_is_never_good(void **state)
{
    (void)state;
    static const char document[] = "{\"id\":\"urn:c\",\"type\":[\"VerifiableCredential\"],\"issuer\":\"" UNIV
                                   "\",\"openAttestationMetadata\":"
                                   "{\"proof\":{\"method\":\"DOCUMENT_STORE\"}},\"credentialStatus\":" ENTRY(
                                       "revocation", "1") "}";
    struct badge_status_view view;
    ask(&view, document, &(struct given_list){.text = LIST(UNIV, "")}, &nobody, UNIV);
    assert_int_equal(view.n_items, 2);
    expect(&view, BADGE_UNKNOWN, "status_type_unknown", "");
}

/* -- lists without a signature ------------------------------------------------------------------------------------- */

#define EDTECH "{\"id\":\"https://example.edu/revocations\",\"type\":\"1EdTechRevocationList\"}"
#define EDTECH_LIST(issuer, of)                                                                                        \
    "{\"id\":\"https://example.edu/revocations\",\"issuer\":" issuer ",\"revokedCredential\":" of "}"
#define PROFILE(more) "{\"id\":\"https://example.edu/issuer\",\"type\":\"Issuer\",\"name\":\"E\"" more "}"
#define ASSERTION(more, profile)                                                                                       \
    "{\"@context\":\"https://w3id.org/openbadges/v2\",\"id\":\"https://example.edu/assertions/1\",\"type\":"           \
    "\"Assertion\",\"recipient\":{\"type\":\"email\",\"identity\":\"a@b.example\"}," more                              \
    "\"badge\":{\"id\":\"https://example.edu/badge\",\"type\":\"BadgeClass\",\"name\":\"B\",\"issuer\":" profile "}}"
#define HOSTED "\"verification\":{\"type\":\"HostedBadge\"},"
#define SIGNED "\"verification\":{\"type\":\"SignedBadge\"},"

/* What a holder writes round a credential neither hides its id, nor speaks for it. */
static void presentations_do_not_speak(void **state)
{
    (void)state;
#define ROUND(id, more, of)                                                                                            \
    "{\"type\":\"VerifiablePresentation\",\"id\":\"" id "\",\"jti\":\"" id "-jti\"" more                               \
    ",\"verifiableCredential\":" of "}"
#define OPENED(status)                                                                                                 \
    "{\"id\":\"urn:c\",\"type\":[\"VerifiableCredential\"],\"issuer\":\"" UNIV "\",\"credentialStatus\":" status "}"
    static const char deep[] = ROUND("urn:p", "",
                                     ROUND("urn:q", "", ROUND("urn:r", "", ROUND("urn:s", "", OPENED(EDTECH)))));
    static const char other[] = ROUND("urn:p", ",\"credentialStatus\":" ENTRY("revocation", "7"),
                                      OPENED(ENTRY("revocation", "1")));
    static const char repeated[] = ROUND("urn:p", ",\"credentialStatus\":" ENTRY("revocation", "7"),
                                         OPENED(ENTRY("revocation", "7")));
    struct badge_status_view view;
    ask(&view, deep, &(struct given_list){.text = EDTECH_LIST("\"" UNIV "\"", "[{\"id\":\"urn:c\"}]")}, &nobody, UNIV);
    expect(&view, BADGE_FAILED, "status_revoked", "");
    ask(&view, deep, &(struct given_list){.text = EDTECH_LIST("\"" UNIV "\"", "[{\"id\":\"urn:p\"}]")}, &nobody, UNIV);
    expect(&view, BADGE_PASSED, "status_good", "");
    ask(&view, other, &(struct given_list){.text = LIST(UNIV, "")}, &nobody, UNIV);
    assert_int_equal(view.n_items, 2);
    expect(&view, BADGE_UNKNOWN, "status_list_invalid", "outside of the credential");
    ask(&view, repeated, &(struct given_list){.text = LIST(UNIV, "")}, &nobody, UNIV);
    assert_int_equal(view.n_items, 1);
    expect(&view, BADGE_FAILED, "status_revoked", "");
}

static void lists_by_their_site_alone(void **state)
{
    (void)state;
    static const char assertion[] = ASSERTION(SIGNED, PROFILE(",\"revocationList\":\"https://example.edu/revoked\""));
    static const char abroad[] = ASSERTION(SIGNED, PROFILE(",\"revocationList\":\"https://host.example/revoked\""));
    char *edtech, *elsewhere;
    status_credential(&edtech, EDTECH);
    status_credential(&elsewhere, "{\"id\":\"https://host.example/r\",\"type\":[\"1EdTechRevocationList\"]}");
    const struct {
        const char *document, *issuer;
        struct given_list list;
        enum badge_outcome outcome;
        const char *code, *detail;
    } row[] = {
        {edtech, UNIV, {.text = EDTECH_LIST("\"" UNIV "\"", "[]")}, BADGE_PASSED, "status_good", ""},
        {edtech,
         UNIV,
         {.text = EDTECH_LIST("{\"id\":\"" UNIV "\"}", "[{\"id\":\"urn:c\",\"revoked\":true}]")},
         BADGE_FAILED,
         "status_revoked",
         ""},
        {edtech,
         UNIV,
         {.text = EDTECH_LIST("\"" UNIV "\"", "[{\"id\":\"urn:c\",\"revocationReason\":\"A mistake\"}]")},
         BADGE_FAILED,
         "status_revoked",
         "A mistake"},
        {edtech,
         UNIV,
         {.text = EDTECH_LIST("\"" UNIV "\"", "[{\"id\":\"urn:c\",\"revoked\":false}]")},
         BADGE_PASSED,
         "status_good",
         ""},
        {edtech, UNIV, {.text = EDTECH_LIST("\"" UNIV "\"", "[{\"id\":\"urn:d\"}]")}, BADGE_PASSED, "status_good", ""},
        {edtech,
         UNIV,
         {.text = EDTECH_LIST("\"" UNIV "\"", "[{\"id\":\"urn:d\"},{\"id\":\"urn:c\",\"revocationReason\":\"Z\"},"
                                              "{\"id\":\"urn:\"},{\"id\":\"urn:c\",\"revocationReason\":\"A\"}]")},
         BADGE_FAILED,
         "status_revoked",
         "Z"},
        {edtech,
         UNIV,
         {.text = EDTECH_LIST("\"" UNIV "\"", "[{\"id\":\"urn:cc\"},{\"id\":\"urn:\"},{\"id\":\"urn:b\"}]")},
         BADGE_PASSED,
         "status_good",
         ""},
        {edtech,
         UNIV,
         {.text = EDTECH_LIST("\"" UNIV "\"", "[{\"name\":\"urn:d\"}]")},
         BADGE_UNKNOWN,
         "status_list_invalid",
         "does not name a credential"},
        {edtech,
         UNIV,
         {.text = EDTECH_LIST("\"" UNIV "\"", "{}")},
         BADGE_UNKNOWN,
         "status_list_invalid",
         "what is revoked"},
        {edtech,
         UNIV,
         {.text = EDTECH_LIST("\"did:web:host.example\"", "[]")},
         BADGE_UNKNOWN,
         "status_list_invalid",
         "not by the credential's issuer"},
        {edtech,
         UNIV,
         {.text = EDTECH_LIST("\"" UNIV "\"", "[]"), .media_type = "text/html"},
         BADGE_UNKNOWN,
         "status_list_invalid",
         "not JSON by its headers"},
        {edtech,
         UNIV,
         {.text = EDTECH_LIST("\"" UNIV "\"", "[]"), .has_disposition = true},
         BADGE_UNKNOWN,
         "status_list_invalid",
         "not JSON by its headers"},
        {edtech,
         "did:key:z6Mk",
         {.text = EDTECH_LIST("\"did:key:z6Mk\"", "[]")},
         BADGE_UNKNOWN,
         "status_list_invalid",
         "not at the site"},
        {elsewhere,
         UNIV,
         {.text = EDTECH_LIST("\"" UNIV "\"", "[]")},
         BADGE_UNKNOWN,
         "status_list_invalid",
         "not at the site"},
        {assertion,
         "https://example.edu/issuer",
         {.text = "{\"type\":\"RevocationList\",\"revokedAssertions\":[]}"},
         BADGE_PASSED,
         "status_good",
         ""},
        {assertion,
         "https://example.edu/issuer",
         {.text =
              "{\"type\":\"RevocationList\",\"issuer\":\"https://example.edu/issuer\",\"revokedAssertions\":[\"urn:x\","
              "{\"id\":\"https://example.edu/assertions/1\",\"revocationReason\":\"Lost\"}]}"},
         BADGE_FAILED,
         "status_revoked",
         "Lost"},
        {assertion,
         "https://example.edu/issuer",
         {.text = "{\"type\":\"RevocationList\",\"issuer\":\"https://example.edu/other\",\"revokedAssertions\":[]}"},
         BADGE_UNKNOWN,
         "status_list_invalid",
         "not by the credential's issuer"},
        {abroad,
         "https://example.edu/issuer",
         {.text = "{\"type\":\"RevocationList\",\"revokedAssertions\":[]}"},
         BADGE_UNKNOWN,
         "status_list_invalid",
         "not at the site"},
    };
    for (size_t i = 0; i < COUNT(row); i++) {
        struct badge_status_view view;
        ask(&view, row[i].document, &row[i].list, &nobody, row[i].issuer);
        expect(&view, row[i].outcome, row[i].code, row[i].detail);
        assert_int_equal(view.item[0].is_plain, row[i].outcome != BADGE_UNKNOWN);
        assert_string_equal(view.item[0].purpose, "revocation");
    }
    free(edtech);
    free(elsewhere);
}

static void the_hosted_copy(void **state)
{
    (void)state;
    static const char own[] = ASSERTION(HOSTED, PROFILE("")),
                      abroad[] = ASSERTION(HOSTED, "{\"id\":\"https://host.example/issuer\",\"type\":\"Issuer\"}");
    static const struct {
        struct given_list list;
        enum badge_outcome outcome;
        const char *code, *detail;
    } row[] = {
        {{.text = ASSERTION(HOSTED, PROFILE(""))}, BADGE_PASSED, "status_good", ""},
        {{.text = ASSERTION("\"revoked\":false,\"evidence\":null," HOSTED, PROFILE(""))},
         BADGE_PASSED,
         "status_good",
         ""},
        {{.text = ASSERTION(HOSTED, "\"https://example.edu/issuer\"")}, BADGE_PASSED, "status_good", ""},
        {{.text = ASSERTION(HOSTED, "[" PROFILE("") "]")}, BADGE_PASSED, "status_good", ""},
        {{.text = ASSERTION(HOSTED "\"narrative\":\"N\",", PROFILE(""))},
         BADGE_UNKNOWN,
         "status_list_invalid",
         "differs"},
        {{.text = ASSERTION(HOSTED, "\"https://example.edu/other\"")}, BADGE_UNKNOWN, "status_list_invalid", "differs"},
        {{.text = "{\"id\":\"https://example.edu/assertions/1\",\"revoked\":true,\"revocationReason\":\"Lost\"}",
          .http_status = 410},
         BADGE_FAILED,
         "status_revoked",
         "Lost"},
        {{.text = ASSERTION("\"revoked\":true," HOSTED, PROFILE(""))}, BADGE_FAILED, "status_revoked", "says so"},
        {{.text = "<html>gone</html>", .http_status = 410}, BADGE_PASSED, "no_status", "was not read"},
        {{.text = ASSERTION(HOSTED, PROFILE("")), .http_status = 404}, BADGE_PASSED, "no_status", "was not read"},
        {{.text = ASSERTION("\"revoked\":true," HOSTED, PROFILE("")), .media_type = "text/html"},
         BADGE_PASSED,
         "no_status",
         "was not read"},
    };
    struct badge_status_view view;
    for (size_t i = 0; i < COUNT(row); i++) {
        ask(&view, own, &row[i].list, &nobody, "https://example.edu/issuer");
        expect(&view, row[i].outcome, row[i].code, row[i].detail);
    }
    ask(&view, own, NULL, &nobody, "https://example.edu/issuer");
    expect(&view, BADGE_PASSED, "no_status", "was not read: its host did not answer");
    ask(&view, abroad, NULL, &nobody, "https://host.example/issuer"); /* not asked for */
    assert_int_equal(view.n_items, 0);
}

static void more_lists_than_are_asked(void **state)
{
    (void)state;
    char entries[4096] = "[", url[256];
    for (int i = 0; i <= BADGE_MAX_STATUSES; i++) {
        (void)snprintf(url, sizeof url,
                       "%s{\"type\":\"BitstringStatusListEntry\",\"statusPurpose\":\"revocation\",\"statusListIndex\":"
                       "\"1\",\"statusListCredential\":\"https://example.edu/%d\"}",
                       i ? "," : "", i);
        strcat(entries, url);
    }
    strcat(entries, "]");
    struct badge_status_view view;
    ask_status(&view, entries, &(struct given_list){.text = LIST(UNIV, "")});
    assert_int_equal(view.n_items, BADGE_MAX_STATUSES);
    expect(&view, BADGE_UNKNOWN, "status_list_invalid", "more than 8 lists");
}

static void how_long_a_list_is_fresh(void **state)
{
    (void)state;
#define TTL(ttl, more)                                                                                                 \
    "{\"type\":[\"VerifiableCredential\",\"BitstringStatusListCredential\"],\"issuer\":\"" UNIV "\"," more             \
    "\"credentialSubject\":{\"type\":\"BitstringStatusList\"," ttl                                                     \
    "\"statusPurpose\":\"revocation\",\"encodedList\":\"" GOOD_LIST "\"}}"
    static const struct {
        struct given_list list;
        int64_t ttl_s;
    } row[] = {
        {{.text = TTL("", "")}, BADGE_STATUS_DEFAULT_TTL_S},
        {{.text = TTL("\"ttl\":3600000,", "")}, 3600},
        {{.text = TTL("\"ttl\":\"3600000\",", "")}, BADGE_STATUS_DEFAULT_TTL_S},
        {{.text = TTL("\"ttl\":-1,", "")}, BADGE_STATUS_DEFAULT_TTL_S},
        {{.text = TTL("\"ttl\":1e300,", "")}, 7 * 86400},
        {{.text = TTL("\"ttl\":3600000,", "\"validUntil\":\"2026-12-01T00:10:00Z\",")}, 600},
        {{.text = TTL("\"ttl\":3600000,", "\"validUntil\":\"2026-11-01T00:10:00Z\",")}, 0},
        {{.text = "{}"}, BADGE_STATUS_DEFAULT_TTL_S},
        {{.text = "nothing"}, 60},
    };
    for (size_t i = 0; i < COUNT(row); i++) {
        struct badge_status_list *list = status_read_list(&row[i].list);
        assert_int_equal(badge_status_list_ttl(list), row[i].ttl_s);
        assert_true(badge_status_list_memory(list) >= list->bits_len);
        badge_status_list_free(list);
    }
}
int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_list_says_what_its_purpose_is),
        cmocka_unit_test(only_the_issuers_list_counts),
        cmocka_unit_test(real_lists),
        cmocka_unit_test(a_list_may_be_a_token),
        cmocka_unit_test(an_entry_in_two_layers_counts_once),
        cmocka_unit_test(a_store_is_never_good),
        cmocka_unit_test(presentations_do_not_speak),
        cmocka_unit_test(lists_by_their_site_alone),
        cmocka_unit_test(the_hosted_copy),
        cmocka_unit_test(more_lists_than_are_asked),
        cmocka_unit_test(how_long_a_list_is_fresh),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
