/*
 * What is read from a document through its wrappers: claims, layers, what is hidden, the digests inside; and dates.
 */
#include "support/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "badge/reading.h"
#include "badge/text.h"
#include "support/vectors.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define MAX_HELD ((size_t)1 << 20)
#define ENDED_S 1609459200 /* 2021-01-01 */

/* A credential that ended in 2021, its members, and the same in base64url. */
#define MEMBERS                                                                                                        \
    "\"type\":[\"VerifiableCredential\"],\"issuer\":\"https://issuer.example/"                                         \
    "1\",\"validFrom\":\"2020-01-01T00:00:00Z\","                                                                      \
    "\"validUntil\":\"2021-01-01T00:00:00Z\",\"credentialSubject\":{\"id\":\"urn:a\"}"
#define VC "{" MEMBERS "}"
#define LD "\"@context\":[\"https://www.w3.org/ns/credentials/v2\"],"
#define ISSUER "https://issuer.example/1"

static struct badge_digester *digester;

static size_t base64url(char *out, const char *bytes, size_t len)
{
    static const char letter[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    size_t n = 0;
    for (size_t i = 0; i < len; i += 3) {
        uint32_t bits = 0;
        size_t left = len - i < 3 ? len - i : 3;
        for (size_t j = 0; j < 3; j++)
            bits = bits << 8 | (j < left ? (unsigned char)bytes[i + j] : 0);
        for (size_t j = 0; j <= left; j++)
            out[n++] = letter[bits >> (18 - 6 * j) & 63];
    }
    out[n] = '\0';
    return n;
}

/* In a text: %T the credential as a token, %P its base64url, %V the token with a payload that has it as vc. */
static size_t make(char *out, size_t capacity, const char *text)
{
    char payload[2048], vc[2048];
    size_t n = 0;
    base64url(payload, VC, sizeof VC - 1);
    static const char claims[] = "{\"iss\":\"" ISSUER
                                 "\",\"exp\":1609459200,\"vc\":{\"type\":[\"VerifiableCredential\"],"
                                 "\"credentialSubject\":{}}}";
    base64url(vc, claims, sizeof claims - 1);
    for (const char *at = text; *at; at++) {
        int written = 0;
        if (*at == '%' && at[1] == 'T')
            written = snprintf(out + n, capacity - n, "eyJhbGciOiJFUzI1NiJ9.%s.AQEB", payload);
        else if (*at == '%' && at[1] == 'V')
            written = snprintf(out + n, capacity - n, "eyJhbGciOiJFUzI1NiJ9.%s.AQEB", vc);
        else if (*at == '%' && at[1] == 'P')
            written = snprintf(out + n, capacity - n, "%s", payload);
        else
            out[n++] = *at;
        n += (size_t)written;
        at += written > 0;
        assert_true(n + 1 < capacity);
    }
    out[n] = '\0';
    return n;
}

static const struct badge_reading *read_bytes(struct badge_claims *claims, struct badge_digest *digest,
                                              const char *bytes, size_t len)
{
    char *copy = malloc(len + 1); /* ends where the bytes end */
    assert_non_null(copy);
    memcpy(copy, bytes, len);
    badge_digester_clear(digester);
    assert_int_equal(badge_digester_update(digester, copy, len / 3, NULL), BADGE_OK);
    assert_int_equal(badge_digester_update(digester, copy + len / 3, len - len / 3, NULL), BADGE_OK);
    free(copy);
    assert_int_equal(badge_digester_final(digester, digest, NULL), BADGE_OK);
    const struct badge_reading *reading = badge_digester_reading(digester);
    badge_claims_read(claims, reading);
    return reading;
}

enum expected { ENDED, HIDDEN, NOTHING };

static void check_as(const char *text, const char *bytes, size_t len, enum badge_label label, enum expected expected)
{
    struct badge_claims claims;
    struct badge_digest digest;
    const struct badge_reading *reading = read_bytes(&claims, &digest, bytes, len);
    if (digest.label != label)
        fail_msg("%s: label %s", text, badge_label_name(digest.label));
    if ((expected == HIDDEN) != (reading->hidden != NULL))
        fail_msg("%s: hidden: %s", text, reading->hidden ? reading->hidden : "no");
    if (expected == ENDED) {
        bool has_issuer = claims.issuer.len == sizeof ISSUER - 1 &&
                          memcmp(claims.issuer.bytes, ISSUER, sizeof ISSUER - 1) == 0;
        if (!claims.has_not_after || claims.not_after_s != ENDED_S || !has_issuer)
            fail_msg("%s: its claims were not read", text);
        assert_true(claims.issuer_err.status == BADGE_OK && claims.period_err.status == BADGE_OK);
    }
    if (expected == HIDDEN) {
        assert_int_equal(claims.issuer_err.status, BADGE_EREFUSED);
        assert_int_equal(claims.period_err.status, BADGE_EREFUSED);
        assert_int_equal(claims.status_err.status, BADGE_EREFUSED);
    }
    if (expected == NOTHING)
        assert_true(claims.issuer.len == 0 && !claims.has_not_after && claims.period_err.status == BADGE_OK);
}

static const struct {
    enum badge_label label;
    enum expected expected;
    const char *text;
} wrapped[] = {
    {BADGE_LABEL_JCS, ENDED, VC},
    {BADGE_LABEL_JCS, ENDED, "{" LD MEMBERS "}"},
    {BADGE_LABEL_COMPACT, ENDED, "%T"},
    {BADGE_LABEL_COMPACT, ENDED, " %V\r\n"},
    /* JWS in JSON */
    {BADGE_LABEL_JCS, ENDED, "{\"payload\":\"%P\",\"protected\":\"eyJhbGciOiJFUzI1NiJ9\",\"signature\":\"AQ\"}"},
    {BADGE_LABEL_JCS, ENDED,
     "{\"payload\":\"%P\",\"signatures\":[{\"protected\":\"eyJhbGciOiJFUzI1NiJ9\",\"signature\":\"AQ\"}]}"},
    {BADGE_LABEL_JCS, ENDED,
     "{\"payload\":\"%P\",\"signatures\":[{\"protected\":\"eyJhbGciOiJFUzI1NiJ9\",\"signature\":\"AQ\"},"
     "{\"protected\":\"eyJhbGciOiJFUzI1NiJ9\",\"header\":{},\"signature\":\"Ag\"}]}"},
    {BADGE_LABEL_JCS, HIDDEN, "{\"payload\":\"%P\",\"signatures\":[],\"note\":1}"},
    {BADGE_LABEL_JCS, HIDDEN, /* "b64":false */
     "{\"payload\":\"{'validUntil':'2021-01-01T00:00:00Z'}\",\"signature\":\"AQ\","
     "\"protected\":\"eyJhbGciOiJFUzI1NiIsImI2NCI6ZmFsc2UsImNyaXQiOlsiYjY0Il19\"}"},
    {BADGE_LABEL_JCS, HIDDEN, /* the same, and a signature that does not say so */
     "{\"payload\":\"{'validUntil':'2021-01-01T00:00:00Z'}\",\"signatures\":[{\"signature\":\"AQ\","
     "\"protected\":\"eyJhbGciOiJFUzI1NiIsImI2NCI6ZmFsc2UsImNyaXQiOlsiYjY0Il19\"},"
     "{\"protected\":\"eyJhbGciOiJFUzI1NiJ9\",\"signature\":\"AQ\"}]}"},
    {BADGE_LABEL_JCS, HIDDEN, "{\"payload\":\"{'validUntil':'2021-01-01T00:00:00Z'}\",\"signature\":\"AQ\"}"},
    {BADGE_LABEL_COMPACT, HIDDEN, /* encoded twice */
     "eyJhbGciOiJFUzI1NiJ9."
     "ZXlKMGVYQmxJanBiSWxabGNtbG1hV0ZpYkdWRGNtVmtaVzUwYVdGc0lsMHNJblpoYkdsa1ZXNTBhV3dpT2lJeU1ESXhJbjA.AQ"},
    {BADGE_LABEL_RAW, HIDDEN, "\"{\\\"type\\\":[\\\"VerifiableCredential\\\"]}\""},
    {BADGE_LABEL_RAW, NOTHING, "{\\rtf1 hello}"},
    {BADGE_LABEL_JCS, HIDDEN, "{\"payload\":\"%P\",\"protected\":\"eyJ6aXAiOiJERUYifQ\",\"signature\":\"AQ\",\"x\":1}"},
    /* presentations */
    {BADGE_LABEL_JCS, ENDED,
     "{" LD "\"type\":\"VerifiablePresentation\",\"holder\":\"did:a:b\",\"verifiableCredential\":[" VC "]}"},
    {BADGE_LABEL_JCS, ENDED, "{\"type\":[\"VerifiablePresentation\"],\"verifiableCredential\":" VC "}"},
    {BADGE_LABEL_JCS, ENDED, "{\"type\":\"VerifiablePresentation\",\"verifiableCredential\":[\"%T\"]}"},
    {BADGE_LABEL_JCS, ENDED, "{\"@type\":\"VerifiablePresentation\",\"verifiableCredential\":\"%V\"}"},
    {BADGE_LABEL_JCS, HIDDEN, "{\"type\":\"VerifiablePresentation\",\"verifiableCredential\":[" VC "," VC "]}"},
    {BADGE_LABEL_JCS, HIDDEN, "{\"type\":\"VerifiablePresentation\",\"verifiableCredential\":[]}"},
    {BADGE_LABEL_JCS, HIDDEN, "{\"type\":\"VerifiablePresentation\"}"},
    {BADGE_LABEL_JCS, HIDDEN, "{\"type\":\"VerifiablePresentation\",\"verifiableCredential\":" VC ",\"more\":1}"},
    {BADGE_LABEL_JCS, HIDDEN, "{\"type\":\"VerifiablePresentation\",\"verifiableCredential\":\"a~b\"}"},
    {BADGE_LABEL_JCS, HIDDEN,
     "{\"type\":[\"VerifiablePresentation\",\"VerifiableCredential\"],\"credentialSubject\":{},"
     "\"verifiableCredential\":" VC "}"},
    /* envelopes */
    {BADGE_LABEL_JCS, ENDED,
     "{" LD "\"type\":\"EnvelopedVerifiableCredential\",\"id\":\"data:application/vc+jwt,%T\"}"},
    {BADGE_LABEL_JCS, ENDED,
     "{\"type\":\"EnvelopedVerifiableCredential\",\"id\":\"data:application/vc+jwt;charset=utf-8,%V\"}"},
    {BADGE_LABEL_JCS, ENDED, "{\"type\":\"EnvelopedVerifiableCredential\",\"id\":\"data:application/vc;base64,%P\"}"},
    {BADGE_LABEL_JCS, HIDDEN, "{\"type\":\"EnvelopedVerifiableCredential\",\"id\":\"data:application/vc+jwt,a.b.c\"}"},
    {BADGE_LABEL_JCS, HIDDEN, "{\"type\":\"EnvelopedVerifiableCredential\",\"id\":\"https://a.example/1\"}"},
    {BADGE_LABEL_JCS, HIDDEN, "{\"type\":\"EnvelopedVerifiableCredential\",\"id\":\"data:application/vc+sd-jwt,%T~\"}"},
    {BADGE_LABEL_JCS, HIDDEN, "{\"type\":\"EnvelopedVerifiableCredential\",\"issuer\":\"a\",\"id\":\"data:,%T\"}"},
    {BADGE_LABEL_JCS, HIDDEN, "{\"type\":\"EnvelopedVerifiablePresentation\",\"id\":\"data:application/vp+jwt,\"}"},
    /* requests and answers */
    {BADGE_LABEL_JCS, ENDED, "{\"credential\":" VC ",\"options\":{\"proofPurpose\":\"assertionMethod\"}}"},
    {BADGE_LABEL_JCS, ENDED, "{\"verifiableCredential\":" VC "}"},
    {BADGE_LABEL_JCS, ENDED,
     "{\"verifiablePresentation\":{\"type\":\"VerifiablePresentation\",\"verifiableCredential\":[" VC "]}}"},
    {BADGE_LABEL_JCS, ENDED, "{\"format\":\"jwt_vc_json\",\"credential\":\"%V\",\"c_nonce\":\"a\"}"},
    {BADGE_LABEL_JCS, ENDED, "{\"credentials\":[{\"credential\":\"%T\"}]}"},
    {BADGE_LABEL_JCS, ENDED, "{\"credential\":[],\"compactJwsString\":[\"%T\"]}"},
    {BADGE_LABEL_JCS, HIDDEN, "{\"credential\":" VC ",\"other\":1}"},
    {BADGE_LABEL_JCS, HIDDEN, "{\"credential\":" VC ",\"verifiableCredential\":" VC "}"},
    {BADGE_LABEL_JCS, HIDDEN, "{\"data\":" VC "}"},
    {BADGE_LABEL_JCS, HIDDEN, "{\"token\":\"%T\"}"},
    {BADGE_LABEL_JCS, HIDDEN, "{\"a\":[{\"b\":\"data:application/vc+jwt,%T\"}]}"},
    {BADGE_LABEL_JCS, HIDDEN, "{\"raw\":\"%P\"}"},
    /* graphs and arrays */
    {BADGE_LABEL_JCS, ENDED, "{" LD "\"@graph\":[" VC "]}"},
    {BADGE_LABEL_JCS, ENDED, "{" LD "\"@graph\":" VC "}"},
    {BADGE_LABEL_JCS, HIDDEN, "{" LD "\"@graph\":[" VC "],\"issuer\":\"a\"}"},
    {BADGE_LABEL_JCS, HIDDEN, "{" LD "\"@graph\":[" VC "," VC "]}"},
    {BADGE_LABEL_RAW, ENDED, "[" VC "]"},
    {BADGE_LABEL_RAW, ENDED, " [\n \"%T\" ] "},
    {BADGE_LABEL_RAW, HIDDEN, "[" VC "," VC "]"},
    {BADGE_LABEL_RAW, HIDDEN, "[" VC ",]"},
    {BADGE_LABEL_RAW, HIDDEN, "[[" VC "]]"},
    {BADGE_LABEL_RAW, NOTHING, "[1,2,\"a\"]"},
    {BADGE_LABEL_RAW, NOTHING, "[]"},
    {BADGE_LABEL_RAW, NOTHING, "[Desktop Entry]\nName=a"},
    /* text round it */
    {BADGE_LABEL_RAW, ENDED, "\"%T\""},
    {BADGE_LABEL_RAW, ENDED, "'%V'\n"},
    {BADGE_LABEL_RAW, ENDED, "Bearer %T"},
    {BADGE_LABEL_RAW, ENDED, "Authorization: bearer  %T\r\n"},
    {BADGE_LABEL_RAW, ENDED, "\xef\xbb\xbf%T"},
    {BADGE_LABEL_RAW, ENDED, "\xe2\x80\x9c%T\xe2\x80\x9d"},
    {BADGE_LABEL_RAW, ENDED, "\xc2\xa0" VC},
    {BADGE_LABEL_RAW, ENDED, "\xe2\x80\x8b{" LD MEMBERS "}\xc2\xa0"},
    {BADGE_LABEL_RAW, ENDED, "%T=="},
    {BADGE_LABEL_RAW, HIDDEN, "\xc2\xa0{\"type\":\"VerifiableCredential\",}"},
    {BADGE_LABEL_RAW, HIDDEN, "{'type':'VerifiableCredential'}"},
    {BADGE_LABEL_RAW, HIDDEN, "My badge: %T. Bye"},
    {BADGE_LABEL_RAW, HIDDEN, "\xef\xbb\xbf%T~"},
    {BADGE_LABEL_RAW, NOTHING, "{\\rtf1\\ansi}"},
    {BADGE_LABEL_RAW, NOTHING, "www. example. com"},
    {BADGE_LABEL_RAW, NOTHING, ""},
    {BADGE_LABEL_RAW, NOTHING, "hello"},
    /* terms of a document's own */
    {BADGE_LABEL_JCS, HIDDEN, "{" LD "\"name\":\"a\"}"},
    {BADGE_LABEL_JCS, HIDDEN, "{" LD "\"type\":\"Person\"}"},
    {BADGE_LABEL_JCS, HIDDEN,
     "{\"type\":\"VerifiableCredential\",\"https://www.w3.org/2018/credentials#validUntil\":\"2021-01-01T00:00:00Z\"}"},
    {BADGE_LABEL_JCS, HIDDEN,
     "{\"@context\":[\"https://www.w3.org/ns/credentials/v2\",{\"end\":\"https://www.w3.org/2018/"
     "credentials#validUntil\"}],"
     "\"type\":\"VerifiableCredential\",\"end\":\"2021-01-01T00:00:00Z\"}"},
    {BADGE_LABEL_JCS, HIDDEN,
     "{\"@context\":[{\"c\":\"https://www.w3.org/2018/credentials#valid\"}],"
     "\"type\":\"VerifiableCredential\",\"c:Until\":\"2021-01-01T00:00:00Z\"}"},
    {BADGE_LABEL_JCS, HIDDEN,
     "{\"@context\":[{\"c\":\"https://www.w3.org/2018/credentials#\",\"e\":{\"@id\":\"c:issuer\"}}],"
     "\"type\":\"VerifiableCredential\",\"e\":\"a\"}"},
    {BADGE_LABEL_JCS, HIDDEN,
     "{\"@context\":[{\"box\":\"@nest\"}],\"type\":\"VerifiableCredential\",\"box\":{\"issuer\":\"a\"}}"},
    {BADGE_LABEL_JCS, HIDDEN,
     "{\"@context\":[{\"VerifiableCredential\":{\"@id\":\"urn:a\",\"@context\":{\"e\":\"urn:x#issuer\"}}}],"
     "\"type\":\"VerifiableCredential\",\"e\":\"a\"}"},
    {BADGE_LABEL_JCS, HIDDEN,
     "{\"@context\":{\"@vocab\":\"https://www.w3.org/2018/credentials#valid\"},"
     "\"type\":\"VerifiableCredential\",\"Until\":\"a\"}"},
    {BADGE_LABEL_JCS, HIDDEN, "{" LD "\"type\":\"VerifiableCredential\",\"@included\":[" VC "]}"},
    {BADGE_LABEL_JCS, ENDED,
     "{\"@context\":[\"https://www.w3.org/ns/credentials/"
     "v2\",{\"@vocab\":\"urn:a#\",\"hours\":\"urn:b:hours\"}]," MEMBERS ",\"hours\":3}"},
    /* OpenAttestation */
    {BADGE_LABEL_JCS, ENDED,
     "{\"schema\":\"opencerts/2.0\",\"data\":{\"issuers\":[{\"id\":\"s:string:" ISSUER "\",\"name\":\"s:string:E\"}],"
     "\"expirationDate\":\"s:string:2021-01-01T00:00:00Z\",\"n\":\"s:number:3\"},"
     "\"signature\":{\"type\":\"SHA3MerkleProof\",\"targetHash\":\"00\"}}"},
    {BADGE_LABEL_JCS, HIDDEN,
     "{\"schema\":\"opencerts/2.0\",\"data\":{},\"privacy\":{\"obfuscatedData\":[\"aa\"]},\"signature\":{}}"},
    {BADGE_LABEL_JCS, ENDED,
     "{\"version\":\"https://schema.openattestation.com/3.0/schema.json\"," LD MEMBERS
     ",\"openAttestationMetadata\":{},"
     "\"proof\":{\"type\":\"OpenAttestationMerkleProofSignature2018\",\"privacy\":{\"obfuscated\":[]}}}"},
    {BADGE_LABEL_JCS, HIDDEN,
     "{" LD MEMBERS
     ",\"proof\":{\"type\":\"OpenAttestationMerkleProofSignature2018\",\"privacy\":{\"obfuscated\":[\"a\"]}}}"},
    /* documents */
    {BADGE_LABEL_JCS, NOTHING, "{}"},
    {BADGE_LABEL_JCS, NOTHING, "{\"hello\":[1,{\"a\":\"b\"}]}"},
    {BADGE_LABEL_JCS, NOTHING, "{" LD "\"type\":\"Achievement\",\"name\":\"a\",\"endorsementJwt\":[\"%T\"]}"},
    {BADGE_LABEL_JCS, NOTHING, "{" LD "\"type\":[\"Profile\"],\"id\":\"did:a:b\"}"},
    {BADGE_LABEL_JCS, NOTHING, "{" LD "\"type\":\"BadgePathway\"}"},
    {BADGE_LABEL_JCS, NOTHING,
     "{\"@context\":\"https://www.w3.org/ns/did/v1\",\"id\":\"did:web:a.example\",\"assertionMethod\":[]}"},
    {BADGE_LABEL_JCS, HIDDEN, "{\"type\":\"Profile\",\"credential\":" VC "}"},
};

static void wrappers(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(wrapped); i++) {
        char text[8192];
        size_t len = make(text, sizeof text, wrapped[i].text);
        check_as(wrapped[i].text, text, len, wrapped[i].label, wrapped[i].expected);
    }
}

/* UTF-16 and UTF-32, with a mark and without; and a token in lines. */
static void encodings(void **state)
{
    (void)state;
    char text[4096], out[20000];
    for (int token = 0; token < 2; token++) {
        size_t len = make(text, sizeof text, token ? "%T" : VC);
        for (size_t width = 2; width <= 4; width += 2) {
            for (int little = 0; little < 2; little++) {
                for (int mark = 0; mark < 2; mark++) {
                    size_t n = 0;
                    for (size_t i = 0; i < len + (size_t)mark; i++) {
                        uint32_t c = mark && i == 0 ? 0xfeff : (unsigned char)text[i - (size_t)mark];
                        for (size_t b = 0; b < width; b++)
                            out[n++] = (char)(c >> 8 * (little ? b : width - 1 - b));
                    }
                    check_as("in UTF-16 or UTF-32", out, n, BADGE_LABEL_RAW, ENDED);
                }
            }
        }
        for (size_t line = 60; line < 80 && token; line += 4) {
            size_t n = 0;
            for (size_t i = 0; i < len; i++) {
                out[n++] = text[i];
                if (i % line == line - 1) {
                    out[n++] = '\r';
                    out[n++] = '\n';
                }
            }
            check_as("in lines", out, n, BADGE_LABEL_RAW, ENDED);
        }
    }
}

/* Four wrappers are opened, and not five. */
static void depth(void **state)
{
    (void)state;
    char text[4096] = VC, next[8192];
    for (int i = 1; i <= 5; i++) {
        snprintf(next, sizeof next, "{\"credential\":%s}", text);
        assert_true(strlen(next) < sizeof text);
        memcpy(text, next, strlen(next) + 1);
        check_as("nested", text, strlen(text), BADGE_LABEL_JCS, i <= 4 ? ENDED : HIDDEN);
    }
}

/* The digests of what is inside: those that the credential, and its token, have by themselves. */
static void inner_digests(void **state)
{
    (void)state;
    static const char *const text[] = {
        "{\"type\":\"VerifiablePresentation\",\"verifiableCredential\":[" VC "]}",
        "{\"credential\":" VC "}",
        "{\"payload\":\"%P\",\"signatures\":[{\"protected\":\"eyJhbGciOiJFUzI1NiJ9\",\"signature\":\"AQEB\"}]}",
        "{\"type\":\"VerifiablePresentation\",\"verifiableCredential\":[\"%T\"]}",
        "\xef\xbb\xbf%T",
        "[" VC "]",
        "%T",
    };
    struct badge_claims claims;
    struct badge_digest plain, token, digest;
    char bytes[4096];
    read_bytes(&claims, &plain, VC, sizeof VC - 1);
    assert_int_equal(badge_digester_reading(digester)->n_inner, 0);
    read_bytes(&claims, &token, bytes, make(bytes, sizeof bytes, "%T"));
    for (size_t i = 0; i < COUNT(text); i++) {
        const struct badge_reading *reading = read_bytes(&claims, &digest, bytes, make(bytes, sizeof bytes, text[i]));
        bool has_plain = false, has_token = badge_hash_compare(&digest.value, &token.value) == 0;
        for (size_t k = 0; k < reading->n_inner; k++) {
            has_plain = has_plain || badge_hash_compare(&reading->inner[k], &plain.value) == 0;
            has_token = has_token || badge_hash_compare(&reading->inner[k], &token.value) == 0;
        }
        if (!has_plain || has_token != (strchr(text[i], '%') != NULL))
            fail_msg("%s", text[i]);
    }
}

/* Wrapper and credential: the narrowest dates, and one issuer. */
static void layers_differ(void **state)
{
    (void)state;
    static const char narrower[] =
        "{\"type\":\"VerifiablePresentation\",\"validUntil\":\"2020-06-01T00:00:00Z\",\"verifiableCredential\":[" VC
        "]}";
    static const char other[] =
        "{\"type\":\"VerifiablePresentation\",\"issuer\":\"did:a:b\",\"verifiableCredential\":[" VC "]}";
    struct badge_claims claims;
    struct badge_digest digest;
    read_bytes(&claims, &digest, narrower, sizeof narrower - 1);
    assert_int_equal(claims.not_after_s, 1590969600);
    read_bytes(&claims, &digest, other, sizeof other - 1);
    assert_int_equal(claims.issuer_err.status, BADGE_EREFUSED);
    assert_int_equal(claims.period_err.status, BADGE_OK);
    assert_int_equal(claims.not_after_s, ENDED_S);
}

#define JWT(payload) "eyJhbGciOiJFUzI1NiJ9." payload ".AQEB"

/* What describes the issuer beside `iss` needs no id, in the token's payload or in its vc; further inside it does. */
static void issuers_of_tokens(void **state)
{
    (void)state;
    static const struct {
        const char *token;
        enum badge_status issuer;
    } cases[] = {
        /* {"iss":"a","vc":{"type":"VerifiableCredential"},"issuer":{"name":"b"}} */
        {JWT("eyJpc3MiOiJhIiwidmMiOnsidHlwZSI6IlZlcmlmaWFibGVDcmVkZW50aWFsIn0sImlzc3VlciI6eyJuYW1lIjoiYiJ9fQ"),
         BADGE_OK},
        /* {"iss":"a","vc":{"type":"VerifiableCredential","issuer":{"name":"b"}}} */
        {JWT("eyJpc3MiOiJhIiwidmMiOnsidHlwZSI6IlZlcmlmaWFibGVDcmVkZW50aWFsIiwiaXNzdWVyIjp7Im5hbWUiOiJiIn19fQ"),
         BADGE_OK},
        /* {"vc":{"type":"VerifiableCredential","issuer":{"name":"b"}}} */
        {JWT("eyJ2YyI6eyJ0eXBlIjoiVmVyaWZpYWJsZUNyZWRlbnRpYWwiLCJpc3N1ZXIiOnsibmFtZSI6ImIifX19"), BADGE_ETYPE},
        /* {"iss":"a","vp":{"type":"VerifiablePresentation","verifiableCredential":[{"type":"VerifiableCredential",
         * "issuer":{"name":"b"}}]}} */
        {JWT("eyJpc3MiOiJhIiwidnAiOnsidHlwZSI6IlZlcmlmaWFibGVQcmVzZW50YXRpb24iLCJ2ZXJpZmlhYmxlQ3JlZGVudGlhbCI6W3sidHlwZ"
             "SI6I"
             "lZlcmlmaWFibGVDcmVkZW50aWFsIiwiaXNzdWVyIjp7Im5hbWUiOiJiIn19XX19"),
         BADGE_ETYPE},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct badge_claims claims;
        struct badge_digest digest;
        read_bytes(&claims, &digest, cases[i].token, strlen(cases[i].token));
        if (claims.issuer_err.status != cases[i].issuer)
            fail_msg("%zu: %d, %s", i, claims.issuer_err.status, claims.issuer_err.text);
        if (cases[i].issuer == BADGE_OK)
            assert_true(claims.issuer.len == 1 && *claims.issuer.bytes == 'a');
    }
}

/* A fault of one member is that of one member; null and "" are absent. */
static void members(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum badge_status issuer, period, status;
        bool has_issuer, has_end, has_status;
    } cases[] = {
        {"{\"issuer\":\"a\",\"validUntil\":\"soon\",\"credentialStatus\":{}}", BADGE_OK, BADGE_ETYPE, BADGE_OK, true,
         false, true},
        {"{\"issuer\":7,\"validUntil\":\"2021-01-01T00:00:00Z\"}", BADGE_ETYPE, BADGE_OK, BADGE_OK, false, true, false},
        {"{\"issuer\":null,\"validUntil\":null,\"credentialStatus\":null,\"proof\":null}", BADGE_OK, BADGE_OK, BADGE_OK,
         false, false, false},
        {"{\"issuer\":\"\",\"validUntil\":\"\",\"expires\":\"\",\"credentialStatus\":\"\"}", BADGE_OK, BADGE_OK,
         BADGE_OK, false, false, false},
        {"{\"issuer\":{\"@id\":\"a\"},\"expires\":4102444800}", BADGE_OK, BADGE_OK, BADGE_OK, true, true, false},
        {"{\"issuer\":{\"id\":null}}", BADGE_ETYPE, BADGE_OK, BADGE_OK, false, false, false},
        {"{\"type\":\"Assertion\",\"badge\":{\"issuer\":{\"id\":\"a\"}},\"issuedOn\":\"x\"}", BADGE_OK, BADGE_ETYPE,
         BADGE_OK, true, false, false},
        {"{\"type\":\"Assertion\",\"badge\":{\"issuer\":\"a\"},\"revoked\":\"yes\"}", BADGE_OK, BADGE_OK, BADGE_ETYPE,
         true, false, false},
        {"{\"badge\":\"https://a.example/b\",\"recipient\":{}}", BADGE_ENOTFOUND, BADGE_OK, BADGE_OK, false, false,
         false},
        {"{\"badge\":{\"issuer\":{\"id\":\"a\",\"revocationList\":\"https://a.example/r\"}},\"verify\":{}}", BADGE_OK,
         BADGE_OK, BADGE_OK, true, false, true},
        {"{\"badge\":{\"issuer\":{\"name\":\"a\"}},\"verify\":{}}", BADGE_ETYPE, BADGE_OK, BADGE_OK, false, false,
         false},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct badge_claims claims;
        struct badge_digest digest;
        read_bytes(&claims, &digest, cases[i].text, strlen(cases[i].text));
        if (claims.issuer_err.status != cases[i].issuer || claims.period_err.status != cases[i].period ||
            claims.status_err.status != cases[i].status || (claims.issuer.len > 0) != cases[i].has_issuer ||
            claims.has_not_after != cases[i].has_end || claims.has_status != cases[i].has_status || claims.has_proof)
            fail_msg("%s", cases[i].text);
    }
    struct badge_claims claims;
    struct badge_digest digest;
    static const char revoked[] = "{\"type\":\"Assertion\",\"revoked\":true,\"issuedOn\":\"2020-01-01T00:00:00Z\"}";
    read_bytes(&claims, &digest, revoked, sizeof revoked - 1);
    assert_true(claims.is_revoked && claims.has_not_before && claims.not_before_s == 1577836800);
}

/* Beyond what is kept nothing is read, and nothing counts as absent that may be there. */
static void too_long(void **state)
{
    (void)state;
    static char text[MAX_HELD + 100];
    struct badge_claims claims;
    struct badge_digest digest;
    memset(text, ' ', sizeof text);
    memcpy(text, "[\"", 2);
    assert_non_null(read_bytes(&claims, &digest, text, sizeof text)->hidden);
    memcpy(text, "%PDF", 4);
    assert_null(read_bytes(&claims, &digest, text, sizeof text)->hidden);
}

/* What is read of a document within a limit of memory; false: it is refused. */
static bool read_within(struct badge_reading *reading, struct badge_claims *claims, const char *text, size_t len,
                        size_t max_memory)
{
    struct badge_digester *limited;
    struct badge_digest digest;
    struct badge_err err = {0};
    assert_int_equal(badge_digester_new(&limited, MAX_HELD, NULL), BADGE_OK);
    badge_digester_limit_memory(limited, max_memory);
    assert_int_equal(badge_digester_update(limited, text, len, NULL), BADGE_OK);
    bool is_read = badge_digester_final(limited, &digest, &err) == BADGE_OK;
    if (is_read) {
        *reading = *badge_digester_reading(limited);
        badge_claims_read(claims, reading);
    } else {
        if (err.status != BADGE_ELIMIT)
            fail_msg("%s: %s", text, err.text);
        assert_non_null(strstr(err.text, "of memory"));
    }
    badge_digester_free(limited);
    return is_read;
}

/* Whatever the limit of memory: a document is read as without one, or is refused, or its claims are hidden. */
static void little_memory(void **state)
{
    (void)state;
    static const char *const texts[] = {
        VC,
        "[" VC "]",
        "%T",
        "%V",
        "Bearer %T",
        "\"%T==\"",
        "\xc2\xa0" VC,
        "[0,0,0,0,0,0,0,0," VC "]",
        "{\"payload\":\"%P\",\"signatures\":[{\"protected\":\"eyJhbGciOiJFUzI1NiJ9\",\"signature\":\"AQEB\"}]}",
        "{\"type\":\"VerifiablePresentation\",\"verifiableCredential\":[\"%T\"]}",
        "{\"type\":\"EnvelopedVerifiableCredential\",\"id\":\"data:application/vc+jwt,%T\"}",
        "{\"type\":\"EnvelopedVerifiableCredential\",\"id\":\"data:application/vc;base64,%P\"}",
        "{\"version\":\"2\",\"schema\":\"s\",\"privacy\":{},\"signature\":{\"type\":\"SHA3MerkleProof\"},\"data\":{"
        "\"issuer\":\"a:string:" ISSUER
        "\",\"revoked\":\"b:boolean:true\",\"expires\":\"c:string:2021-01-01T00:00:00Z\"}}",
    };
    for (size_t i = 0; i < COUNT(texts); i++) {
        char text[8192];
        size_t len = make(text, sizeof text, texts[i]), n_read = 0, n_not = 0;
        struct badge_reading whole, reading;
        struct badge_claims all, claims;
        assert_true(read_within(&whole, &all, text, len, 0));
        for (size_t max_memory = 16; max_memory < 65536; max_memory += max_memory < 8192 ? 16 : 512) {
            if (!read_within(&reading, &claims, text, len, max_memory) || reading.hidden) {
                n_not++;
                continue;
            }
            n_read++;
            assert_null(whole.hidden);
            assert_int_equal(reading.n_layers, whole.n_layers);
            assert_int_equal(reading.n_inner, whole.n_inner);
            assert_int_equal(reading.has_padded_token, whole.has_padded_token);
            assert_true(claims.has_not_after == all.has_not_after && claims.not_after_s == all.not_after_s);
            assert_int_equal(claims.issuer.len, all.issuer.len);
            assert_true(claims.is_revoked == all.is_revoked && claims.has_proof == all.has_proof);
            assert_int_equal(claims.is_opaque, all.is_opaque);
        }
        assert_true(n_not > 0 && (n_read > 0 || whole.hidden));
    }
}

/* One signature in a thousand forms takes no more memory than those that are looked up. */
static void many_signatures(void **state)
{
    (void)state;
    static char text[65536];
    struct badge_reading reading;
    struct badge_claims claims;
    size_t n = (size_t)snprintf(text, sizeof text, "{\"payload\":\"");
    memset(text + n, 'A', 32768);
    n += 32768;
    n += (size_t)snprintf(text + n, sizeof text - n, "\",\"signatures\":[");
    for (size_t i = 0; i < 400; i++)
        n += (size_t)snprintf(text + n, sizeof text - n, "%s{\"protected\":\"e30\",\"signature\":\"AQEB\"}",
                              i ? "," : "");
    n += (size_t)snprintf(text + n, sizeof text - n, "]}");
    assert_true(read_within(&reading, &claims, text, n, (size_t)1 << 20));
    assert_non_null(strstr(reading.hidden, "more forms"));
}

static void refusals(void **state)
{
    (void)state;
    static const struct {
        bool refused;
        const char *text;
    } cases[] = {
        {false, VC},
        {false, "{" LD MEMBERS "}"},
        {false, "[" VC "]"},
        {false, "{\"credential\":" VC "}"},
        {false, "{\"badge\":{},\"recipient\":{}}"},
        {false, "{\"type\":\"BadgePathway\"}"},
        {false, "{\"type\":\"Achievement\"}"},
        {false, "{\"id\":\"did:web:a.example\",\"verificationMethod\":[]}"},
        {false, "{\"schema\":\"a\",\"data\":{},\"signature\":{\"type\":\"SHA3MerkleProof\"}}"},
        {false, "%T"},
        {false, "hello"},
        {true, "{}"},
        {true, "{\"type\":\"Person\"}"},
        {true, "{\"credential\":{}}"},
        {true, "{\"data\":" VC "}"},
        {true, "%T=="},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        char text[8192];
        struct badge_claims claims;
        struct badge_digest digest;
        size_t len = make(text, sizeof text, cases[i].text);
        if ((badge_reading_refusal(read_bytes(&claims, &digest, text, len)) != NULL) != cases[i].refused)
            fail_msg("%s", cases[i].text);
    }
}

static void dates(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool good, standard;
        int64_t begins_s, ends_s;
    } cases[] = {
        {"1970-01-01T00:00:00Z", true, true, 0, 0},
        {"1970-01-01T24:00:00.00Z", true, true, 86400, 86400},
        {"1970-01-01T24:00:00.01Z", false, false, 0, 0},
        {"1970-01-02T00:00:00.99999999999999999999+14:00", true, true, 36000, 36000},
        {"1970-01-02", true, false, 129600, 122399},
        {"1970-01-02Z", true, false, 86400, 172799},
        {"1970-01-02T00:00", true, false, 129600, 36000},
        {"1970-01-01T00:00:00+01", true, false, -3600, -3600},
        {"1970-01-01 23:59:60z", true, false, 86399, 86399},
        {"1970-01-01T00:00:61Z", false, false, 0, 0},
        {"1970-01-01T00:00:00.Z", false, false, 0, 0},
        {"1970-01-01T00:00:00-14:01", false, false, 0, 0},
        {"01970-01-01T00:00:00Z", false, false, 0, 0},
        {"99999999999-12-31T23:59:59Z", true, true, 0, 0}, /* the bounds of what is read, without overflow */
        {"999999999999-01-01T00:00:00Z", false, false, 0, 0},
        {"1970-01", false, false, 0, 0},
        {"1970-1-1", false, false, 0, 0},
        {"1970-01-01T00:00:00Z ", false, false, 0, 0},
        {"-", false, false, 0, 0},
        {"", false, false, 0, 0},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct badge_date date;
        bool good = badge_date_parse(&date, cases[i].text, strlen(cases[i].text)) == BADGE_OK;
        bool huge = strncmp(cases[i].text, "99999999999-", 12) == 0;
        if (good != cases[i].good || (good && date.is_standard != cases[i].standard) ||
            (good && !huge && (date.begins_s != cases[i].begins_s || date.ends_s != cases[i].ends_s)))
            fail_msg("%s: %lld %lld", cases[i].text, (long long)date.begins_s, (long long)date.ends_s);
    }
}

/* Dates as others have judged them. */
static void published_dates(void **state)
{
    (void)state;
    json_t *file = vectors_json("formats/dates.json"), *one;
    size_t i;
    json_array_foreach(json_object_get(file, "cases"), i, one)
    {
        const char *text = json_string_value(json_object_get(one, "text"));
        json_t *begins = json_object_get(one, "begins"), *ends = json_object_get(one, "ends");
        for (int is_end = 0; is_end < 2; is_end++) {
            char credential[256], *value = json_dumps(json_object_get(one, text ? "text" : "json"), JSON_ENCODE_ANY);
            json_t *expected = is_end ? ends : begins;
            struct badge_claims claims;
            struct badge_digest digest;
            snprintf(credential, sizeof credential, "{\"%s\":%s}", is_end ? "validUntil" : "validFrom", value);
            free(value);
            read_bytes(&claims, &digest, credential, strlen(credential));
            bool has = is_end ? claims.has_not_after : claims.has_not_before;
            int64_t at_s = is_end ? claims.not_after_s : claims.not_before_s;
            if (has != json_is_integer(expected) || (has && at_s != json_integer_value(expected)) ||
                (claims.period_err.status != BADGE_OK) != json_is_null(expected))
                fail_msg("%s: %lld", credential, (long long)at_s);
        }
        struct badge_date date;
        if (text && badge_date_parse(&date, text, strlen(text)) == BADGE_OK)
            assert_int_equal(date.is_standard, json_is_true(json_object_get(one, "standard")));
    }
    json_decref(file);
}

/* What was signed stands with its layer, for who verifies the signature. */
static void signed_texts(void **state)
{
    (void)state;
    static const struct {
        const char *text, *token; /* as in make(); NULL: a JWS in JSON, or nothing */
        size_t layer;
        bool is_jws;
    } row[] = {
        {"%T", "%T", 0, false},
        {" %V\r\n", "%V", 0, false},
        {"\"%T\"", "%T", 1, false},
        {"%T=", "%T=", 1, false}, /* padding is left for the verifier to refuse */
        {"{\"type\":\"VerifiablePresentation\",\"verifiableCredential\":[\"%T\"]}", "%T", 1, false},
        {"{\"type\":\"EnvelopedVerifiableCredential\",\"id\":\"data:application/vc+jwt,%T\"}", "%T", 1, false},
        {"{\"payload\":\"%P\",\"protected\":\"eyJhbGciOiJFUzI1NiJ9\",\"signature\":\"AQ\"}", NULL, 0, true},
        {VC, NULL, 0, false},
    };
    for (size_t i = 0; i < COUNT(row); i++) {
        char text[8192], token[8192];
        struct badge_claims claims;
        struct badge_digest digest;
        size_t len = make(text, sizeof text, row[i].text),
               token_len = row[i].token ? make(token, sizeof token, row[i].token) : 0;
        const struct badge_reading *reading = read_bytes(&claims, &digest, text, len);
        const struct badge_layer *layer = &reading->layer[row[i].layer];
        assert_true(row[i].layer < reading->n_layers);
        if (layer->token.len != token_len || (token_len > 0 && memcmp(layer->token.bytes, token, token_len) != 0))
            fail_msg("%s: %.*s", text, (int)layer->token.len, layer->token.bytes);
        assert_int_equal(badge_json_is(layer->jws, BADGE_JSON_OBJECT), row[i].is_jws);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(wrappers),        cmocka_unit_test(encodings),         cmocka_unit_test(depth),
        cmocka_unit_test(inner_digests),   cmocka_unit_test(issuers_of_tokens), cmocka_unit_test(members),
        cmocka_unit_test(layers_differ),   cmocka_unit_test(too_long),          cmocka_unit_test(refusals),
        cmocka_unit_test(dates),           cmocka_unit_test(published_dates),   cmocka_unit_test(little_memory),
        cmocka_unit_test(many_signatures), cmocka_unit_test(signed_texts),
    };
    if (badge_digester_new(&digester, MAX_HELD, NULL) != BADGE_OK)
        return 1;
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    badge_digester_free(digester);
    return failed;
}
