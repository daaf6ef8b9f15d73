/*
 * The digester: what each kind of document is labelled and hashed as, in whatever pieces it arrives; what is refused;
 * and the claims read from it.
 */
#include "support/test.h"

#include <stdlib.h>
#include <string.h>

#include "badge/reading.h"
#include "badge/text.h"
#include "support/vectors.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define BYTES(literal) literal, sizeof(literal) - 1
#define MAX_HELD ((size_t)1 << 20)

static int set_up(void **state)
{
    struct badge_digester *digester;
    assert_int_equal(badge_digester_new(&digester, MAX_HELD, NULL), BADGE_OK);
    *state = digester;
    return 0;
}

static int tear_down(void **state)
{
    badge_digester_free(*state);
    return 0;
}

struct outcome {
    enum badge_status status;
    size_t offset;
    struct badge_digest digest;
};

/* In two pieces, the second from cut on, of memory that ends where the piece ends. */
static struct outcome digest_cut(struct badge_digester *d, const char *bytes, size_t len, size_t cut)
{
    struct outcome out = {0};
    struct badge_err err = {0}, again = {0};
    badge_digester_clear(d);
    for (int i = 0; i < 2; i++) {
        size_t piece_len = i == 0 ? cut : len - cut;
        char *piece = malloc(piece_len > 0 ? piece_len : 1);
        assert_non_null(piece);
        memcpy(piece, bytes + (i == 0 ? 0 : cut), piece_len);
        out.status = badge_digester_update(d, piece, piece_len, &err);
        free(piece);
        if (out.status != BADGE_OK)
            break;
    }
    enum badge_status final = badge_digester_final(d, &out.digest, &again);
    if (out.status != BADGE_OK) { /* an error stays */
        assert_int_equal(final, out.status);
        assert_string_equal(err.text, again.text);
    }
    out.status = final;
    out.offset = again.offset;
    if (final != BADGE_OK) {
        assert_int_equal(again.status, final);
        assert_true(strlen(again.text) > 20);
        assert_null(badge_digester_document(d));
    }
    return out;
}

/* The same for every cut. */
static struct outcome digest(struct badge_digester *d, const char *bytes, size_t len)
{
    struct outcome whole = digest_cut(d, bytes, len, len);
    for (size_t cut = 0; cut < len && len < 4000; cut++) {
        struct outcome other = digest_cut(d, bytes, len, cut);
        assert_int_equal(other.status, whole.status);
        if (whole.status == BADGE_OK) {
            assert_int_equal(other.digest.label, whole.digest.label);
            assert_memory_equal(other.digest.value.b, whole.digest.value.b, 32);
        } else {
            assert_int_equal(other.offset, whole.offset);
        }
    }
    return whole;
}

static void check_digest(struct badge_digester *d, const char *bytes, size_t len, enum badge_label label,
                         const char *hashed, size_t hashed_len)
{
    struct badge_hash wanted;
    badge_sha256(&wanted, hashed, hashed_len);
    struct outcome got = digest(d, bytes, len);
    if (got.status != BADGE_OK || got.digest.label != label ||
        memcmp(got.digest.value.b, wanted.b, sizeof wanted.b) != 0)
        fail_msg("%.*s: status %d, label %s", (int)len, bytes, (int)got.status,
                 got.status == BADGE_OK ? badge_label_name(got.digest.label) : "none");
    struct badge_text canonical = badge_digester_canonical(d);
    assert_int_equal(canonical.len, label == BADGE_LABEL_RAW ? 0 : hashed_len);
    assert_memory_equal(canonical.bytes, hashed, canonical.len);
}

static void labels(void **state)
{
    (void)state;
    static const enum badge_label all[] = {BADGE_LABEL_JCS, BADGE_LABEL_COMPACT, BADGE_LABEL_RAW, BADGE_LABEL_EXTERNAL};
    enum badge_label label;
    for (size_t i = 0; i < COUNT(all); i++) {
        const char *name = badge_label_name(all[i]);
        assert_int_equal(badge_label_parse(&label, name, strlen(name)), BADGE_OK);
        assert_int_equal(label, all[i]);
        assert_int_equal(badge_label_parse(&label, name, strlen(name) - 1), BADGE_EUNSUPPORTED);
    }
    assert_int_equal(badge_label_parse(&label, "JCS", 3), BADGE_EUNSUPPORTED);
    assert_int_equal(badge_label_parse(&label, "", 0), BADGE_EUNSUPPORTED);
}

/* A digest that openssl and a hand made. */
static void known_digest(void **state)
{
    struct outcome got = digest(*state, BYTES("{ \"b\": 1.50, \"a\": \"\\u20ac\" }"));
    char hex[BADGE_HEX_LEN + 1];
    assert_int_equal(got.status, BADGE_OK);
    badge_hex_encode(hex, got.digest.value.b, 32);
    /* printf '{"a":"€","b":1.5}' | openssl sha256 */
    assert_string_equal(hex, "35b7482c4f1ad9d88a093a40ed557717fd181c5824ee5456a8a853bba27c00c9");
}

static void json_objects(void **state)
{
    check_digest(*state, BYTES("{}"), BADGE_LABEL_JCS, BYTES("{}"));
    check_digest(*state, BYTES(" \t\r\n{ \n } \n"), BADGE_LABEL_JCS, BYTES("{}"));
    check_digest(*state, BYTES("\n{\n\"b\":1,\"a\":[1.0]}"), BADGE_LABEL_JCS, BYTES("{\"a\":[1],\"b\":1}"));
    check_digest(*state, BYTES("{\"type\":\"badgereceipt\"}"), BADGE_LABEL_JCS, BYTES("{\"type\":\"badgereceipt\"}"));
    check_digest(*state, BYTES("{\"a\":{\"type\":\"BadgeReceipt\"}}"), BADGE_LABEL_JCS,
                 BYTES("{\"a\":{\"type\":\"BadgeReceipt\"}}"));
    assert_true(badge_json_is(badge_digester_document(*state), BADGE_JSON_OBJECT));
}

static void tokens(void **state)
{
    check_digest(*state, BYTES("e30.e30.AAAA"), BADGE_LABEL_COMPACT, BYTES("e30.e30.AAAA"));
    check_digest(*state, BYTES(" \t\r\ne30.e30.AAAA\n\r\t "), BADGE_LABEL_COMPACT, BYTES("e30.e30.AAAA"));
    check_digest(*state, BYTES("a-_.Z09.b"), BADGE_LABEL_COMPACT, BYTES("a-_.Z09.b"));
}

#define RAW(literal) check_digest(*state, BYTES(literal), BADGE_LABEL_RAW, BYTES(literal))

static void raw_bytes(void **state)
{
    RAW("");
    RAW(" \n");
    RAW("\0\0\0\0");
    RAW("%PDF-1.7\n");
    RAW("{");
    RAW("{ ");
    RAW("{a}");
    RAW("{{\"a\":1}}");
    RAW("[{\"a\":1}]");
    RAW("\"text\"");
    RAW("1");
    RAW("\v{\"a\":1}");
    RAW("\xef\xbb\xbf[1]");
    RAW("\xef\xbb{\"a\":1}");
    /* nearly tokens */
    RAW("e30");
    RAW("e30.e30");
    RAW("e30..AAAA");
    RAW("e30.e30.");
    RAW(".e30.AAAA");
    RAW("e30.e30.AA=");
    RAW("e30.e30.A A");
    RAW("e30.e30.AA/+");
    RAW("e30. e30.AA");
    RAW("e30.e30.AA\v");
    RAW("a.b.c.d");
    RAW("a.b.c.d.e.f");
    RAW(".b.c.d.e");
    RAW("a.b~");
    RAW("a..b~");
    RAW("a.b.c ~");
    RAW("~a.b.c");
    /* nearly images */
    RAW("\x89PNG\r\n\x1a");
    RAW("\x89PNG\n\x1a\n....");
    RAW("GIF89a");
    RAW("<svg");
    RAW("<svgx>");
    RAW("<xsvg>");
    RAW("<SVG>");
    RAW("<a:svgs>");
    RAW("<svg:a>");
    RAW("<svg\x01>");
    RAW("<html><svg>");
    RAW("text <svg>");
    RAW("<!-- <svg> -->");
    RAW("<!-- -> <svg> -- >");
    RAW("<? <svg> ?>");
    RAW("<!DOCTYPE svg [ <!ENTITY a \"]><svg>\">");
    RAW("<!doctype html><svg>");
    RAW("<!DOCTYPEsvg><svg>");
    RAW("<!DOCTYPE\0 a><svg>");
    RAW("<!DOCTYPX a><svg>");
    RAW("< svg>");
    RAW("<!DOCTYPE svg [<svg>]>");
    RAW("\xff\xfe<\0s\0v\0g\0");
    RAW("\xfe\xff<\0s\0v\0g\0>\0");
    RAW("\0<\0h\0t\0m\0l\0>");
    assert_null(badge_digester_document(*state));
}

static void refused_kinds(void **state)
{
    static const struct {
        const char *bytes;
        size_t len;
        enum badge_status status;
    } cases[] = {
        {BYTES("\x89PNG\r\n\x1a\n"), BADGE_EUNSUPPORTED},
        {BYTES("\x89PNG\r\n\x1a\nand more"), BADGE_EUNSUPPORTED},
        {BYTES("<svg>"), BADGE_EUNSUPPORTED},
        {BYTES("<svg/>"), BADGE_EUNSUPPORTED},
        {BYTES("<svg\nwidth='1'>"), BADGE_EUNSUPPORTED},
        {BYTES("<s:svg xmlns:s=''>"), BADGE_EUNSUPPORTED},
        {BYTES("<svg:svg>"), BADGE_EUNSUPPORTED},
        {BYTES("<\xc3\xa9:svg>"), BADGE_EUNSUPPORTED},
        {BYTES("\xef\xbb\xbf<svg>"), BADGE_EUNSUPPORTED},
        {BYTES("\xef\xbb\xbf \n<svg>"), BADGE_EUNSUPPORTED},
        {BYTES(" \r\n\t<svg >"), BADGE_EUNSUPPORTED},
        {BYTES("<?xml version=\"1.0\"?><svg>"), BADGE_EUNSUPPORTED},
        {BYTES("<?xml?> <?a ? > ?\?><svg>"), BADGE_EUNSUPPORTED},
        {BYTES("<!-- - -- <a> --><svg>"), BADGE_EUNSUPPORTED},
        {BYTES("<!----><!-- a ---><svg>"), BADGE_EUNSUPPORTED},
        {BYTES("<!DOCTYPE svg><svg>"), BADGE_EUNSUPPORTED},
        {BYTES("<!DOCTYPE svg PUBLIC \"-//W3C//DTD SVG 1.1//EN\" 'a>\"b'>\n<svg>"), BADGE_EUNSUPPORTED},
        {BYTES("<!DOCTYPE svg [ <!ENTITY a '>]<'> <!-- ]>' --> <?p ]>\" ?> %x; <!ELEMENT b ANY> ] ><svg>"),
         BADGE_EUNSUPPORTED},
        {BYTES("<?xml?><!-- a --><!DOCTYPE svg []><!-- b --><?c?>\n<svg>"), BADGE_EUNSUPPORTED},
        {BYTES("\xff\xfe<\0s\0v\0g\0>\0"), BADGE_EUNSUPPORTED},
        {BYTES("<\0s\0v\0g\0 \0"), BADGE_EUNSUPPORTED},
        {BYTES("\xfe\xff\0<\0s\0v\0g\0/"), BADGE_EUNSUPPORTED},
        {BYTES("\0<\0!\0-\0-\x26\x3e\0-\0-\0>\0<\0s\0v\0g\0>"), BADGE_EUNSUPPORTED},
        {BYTES("a.b.c.d.e"), BADGE_EUNSUPPORTED},
        {BYTES("\na....\n"), BADGE_EUNSUPPORTED},
        {BYTES("a..c.d.e"), BADGE_EUNSUPPORTED},
        {BYTES("a.b.c~"), BADGE_EUNSUPPORTED},
        {BYTES(" a.b.c~d~e.f.g"), BADGE_EUNSUPPORTED},
        {BYTES("a.b.c~ anything {}"), BADGE_EUNSUPPORTED},
        {BYTES("{\"type\":\"BadgeReceipt\"}"), BADGE_EREFUSED},
        {BYTES("{\"type\":[\"x\",\"BadgeBundle\"]}"), BADGE_EREFUSED},
        {BYTES("{\"type\":[\"BadgeReceipt\",\"x\"]}"), BADGE_EREFUSED},
        {BYTES("{\"ty\\u0070e\":\"Badge\\u0042undle\"}"), BADGE_EREFUSED},
        {BYTES("\xef\xbb\xbf{\"a\":1}"), BADGE_EUTF8},
        {BYTES("\xef\xbb\xbf { }"), BADGE_EUTF8},
        {BYTES("{\"a\":1,\"a\":1}"), BADGE_EDUPLICATE},
        {BYTES("{\"a\":9007199254740992}"), BADGE_ENUMBER},
        {BYTES("{\"a\":\"\\ud800\"}"), BADGE_EUTF8},
        {BYTES("{\"a\":1}x"), BADGE_ESYNTAX},
        {BYTES("{\"a\""), BADGE_ESYNTAX},
        {BYTES("{}{}"), BADGE_ESYNTAX},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct outcome got = digest(*state, cases[i].bytes, cases[i].len);
        if (got.status != cases[i].status)
            fail_msg("case %zu, %.*s: %d, not %d", i, (int)cases[i].len, cases[i].bytes, (int)got.status,
                     (int)cases[i].status);
    }
    assert_int_equal(digest(*state, BYTES(" {\"a\":01}")).offset, 7);
    /* and the digester is as good as new */
    check_digest(*state, BYTES("{}"), BADGE_LABEL_JCS, BYTES("{}"));
}

/* Beyond max_held: JSON and tokens are refused; what only began like one is hashed as it streams. */
static void limits(void **state)
{
    (void)state;
    struct badge_digester *d;
    assert_int_equal(badge_digester_new(&d, 16, NULL), BADGE_OK);
    check_digest(d, BYTES("{\"a\":\"12345678\"}"), BADGE_LABEL_JCS, BYTES("{\"a\":\"12345678\"}"));
    assert_int_equal(digest(d, BYTES("{\"a\":\"123456789\"}")).status, BADGE_ELIMIT);
    assert_int_equal(digest(d, BYTES("                    {}")).status, BADGE_ELIMIT);
    check_digest(d, BYTES("aaaaaaaa.aaaa.aa"), BADGE_LABEL_COMPACT, BYTES("aaaaaaaa.aaaa.aa"));
    assert_int_equal(digest(d, BYTES("aaaaaaaa.aaaa.aaa")).status, BADGE_ELIMIT);
    assert_int_equal(digest(d, BYTES("aaaaaaaa.aaaa.aa ")).status, BADGE_ELIMIT);
    assert_int_equal(digest(d, BYTES("aaaaaaaa.aaaa.aaaaaaaaaaa~")).status, BADGE_EUNSUPPORTED);
    assert_int_equal(digest(d, BYTES("aaaaaaaa.aaaa.aaaaaaaaaaa.a.")).status, BADGE_EUNSUPPORTED);
    static const char *const raw[] = {"aaaaaaaaaaaaaaaaaaaaaaaa", "aaaaaaaa.aaaa.aaaaaaaaaaa!",
                                      "                       x", "<!--                          --><a>"};
    for (size_t i = 0; i < COUNT(raw); i++)
        check_digest(d, raw[i], strlen(raw[i]), BADGE_LABEL_RAW, raw[i], strlen(raw[i]));
    badge_digester_free(d);

    assert_int_equal(badge_digester_new(&d, 0, NULL), BADGE_OK);
    check_digest(d, BYTES("raw"), BADGE_LABEL_RAW, BYTES("raw"));
    check_digest(d, BYTES(""), BADGE_LABEL_RAW, BYTES(""));
    assert_int_equal(digest(d, BYTES("{}")).status, BADGE_ELIMIT);
    badge_digester_free(d);
    badge_digester_free(NULL);
}

/* Beyond the limit of memory JSON and tokens are refused, and the limit holds after clear, until it is lifted. */
static void limit_of_memory(void **state)
{
    (void)state;
    static char dense[19999];
    struct badge_digester *d;
    memset(dense, ',', sizeof dense);
    for (size_t i = 0; i < sizeof dense; i += 2)
        dense[i] = '0';
    memcpy(dense, "{\"a\":[", 6);
    memcpy(dense + sizeof dense - 2, "]}", 2);
    assert_int_equal(badge_digester_new(&d, sizeof dense, NULL), BADGE_OK);
    badge_digester_limit_memory(d, 100000);
    for (int i = 0; i < 2; i++)
        assert_int_equal(digest(d, dense, sizeof dense).status, BADGE_ELIMIT);
    check_digest(d, BYTES("{}"), BADGE_LABEL_JCS, BYTES("{}"));
    badge_digester_limit_memory(d, 0);
    check_digest(d, dense, sizeof dense, BADGE_LABEL_JCS, dense, sizeof dense);
    badge_digester_free(d);
}

static void large_raw_document(void **state)
{
    struct badge_sha256 sha;
    struct badge_hash wanted;
    struct badge_digest got;
    char block[4093];
    badge_sha256_init(&sha);
    badge_digester_clear(*state);
    memset(block, 'A', sizeof block); /* one part of a token, for ever */
    for (size_t i = 0; i < 3 * MAX_HELD / sizeof block; i++) {
        badge_sha256_update(&sha, block, sizeof block);
        assert_int_equal(badge_digester_update(*state, block, sizeof block, NULL), BADGE_OK);
    }
    badge_sha256_final(&sha, &wanted);
    assert_int_equal(badge_digester_final(*state, &got, NULL), BADGE_OK);
    assert_int_equal(got.label, BADGE_LABEL_RAW);
    assert_memory_equal(got.value.b, wanted.b, 32);
}

/* -- claims -------------------------------------------------------------------------------------------------------- */

/* A compact JWS with this payload. */
static size_t make_token(char *out, const char *payload)
{
    static const char messages[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    static const char header[] = "eyJhbGciOiJub25lIn0.", signature[] = ".c2ln";
    size_t n = sizeof header - 1, len = strlen(payload);
    memcpy(out, header, n);
    for (size_t i = 0; i < len; i += 3) {
        uint32_t bits = 0;
        size_t left = len - i < 3 ? len - i : 3;
        for (size_t j = 0; j < 3; j++)
            bits = bits << 8 | (j < left ? (unsigned char)payload[i + j] : 0);
        for (size_t j = 0; j <= left; j++)
            out[n++] = messages[bits >> (18 - 6 * j) & 63];
    }
    memcpy(out + n, signature, sizeof signature - 1);
    return n + sizeof signature - 1;
}

/* The first fault of a member. */
static enum badge_status read_claims(struct badge_digester *d, struct badge_claims *claims)
{
    badge_claims_read(claims, badge_digester_reading(d));
    return claims->issuer_err.status != BADGE_OK   ? claims->issuer_err.status
           : claims->period_err.status != BADGE_OK ? claims->period_err.status
                                                   : claims->status_err.status;
}

static enum badge_status claims_of(struct badge_digester *d, struct badge_claims *claims, const char *text,
                                   enum badge_label label)
{
    char token[2048];
    size_t len = label == BADGE_LABEL_COMPACT ? make_token(token, text) : strlen(text);
    struct outcome got = digest_cut(d, label == BADGE_LABEL_COMPACT ? token : text, len, len / 2);
    assert_int_equal(got.status, BADGE_OK);
    assert_int_equal(got.digest.label, label);
    return read_claims(d, claims);
}

static void good_claims(void **state)
{
    static const struct {
        enum badge_label label;
        const char *text, *issuer;
        bool has_not_before;
        int64_t not_before_s;
        bool has_not_after;
        int64_t not_after_s;
        bool has_status, has_proof;
    } cases[] = {
        {BADGE_LABEL_JCS, "{}", "", false, 0, false, 0, false, false},
        {BADGE_LABEL_JCS, "{\"issuer\":\"did:a\",\"proof\":{},\"iss\":\"other\",\"nbf\":\"x\"}", "did:a", false, 0,
         false, 0, false, true},
        {BADGE_LABEL_JCS, "{\"issuer\":{\"id\":\"did:b\"},\"credentialStatus\":[]}", "did:b", false, 0, false, 0, true,
         false},
        {BADGE_LABEL_JCS, "{\"validFrom\":\"2010-01-01T00:00:00Z\",\"validUntil\":\"2011-01-01T01:00:00+01:00\"}", "",
         true, 1262304000, true, 1293840000, false, false},
        {BADGE_LABEL_JCS,
         "{\"issuanceDate\":\"2010-01-01T00:00:01Z\",\"validFrom\":\"2010-01-01T00:00:00Z\","
         "\"expires\":\"2011-01-01T00:00:00Z\",\"expirationDate\":\"2011-01-01T00:00:05Z\"}",
         "", true, 1262304001, true, 1293840000, false, false},
        {BADGE_LABEL_COMPACT, "{}", "", false, 0, false, 0, false, true},
        {BADGE_LABEL_COMPACT, "{\"iss\":\"did:c\",\"nbf\":5,\"exp\":9}", "did:c", true, 5, true, 9, false, true},
        {BADGE_LABEL_COMPACT, "{\"nbf\":5.5,\"exp\":9.5}", "", true, 6, true, 9, false, true},
        {BADGE_LABEL_COMPACT, "{\"nbf\":-5.5,\"exp\":-9.5}", "", true, -5, true, -10, false, true},
        {BADGE_LABEL_COMPACT,
         "{\"issuer\":\"did:d\",\"iss\":\"did:d\",\"validUntil\":\"1970-01-01T00:00:07Z\",\"exp\":9}", "did:d", false,
         0, true, 7, false, true},
        {BADGE_LABEL_COMPACT,
         "{\"iss\":\"did:e\",\"exp\":3,\"nbf\":1,\"vc\":{\"issuer\":{\"id\":\"did:e\"},\"credentialStatus\":{},"
         "\"issuanceDate\":\"1970-01-01T00:00:02Z\",\"expirationDate\":\"1970-01-01T00:00:04Z\"}}",
         "did:e", true, 2, true, 3, true, true},
        {BADGE_LABEL_COMPACT,
         "{\"issuer\":\"did:f\",\"validUntil\":\"1970-01-01T00:00:03Z\",\"credentialStatus\":{},\"vc\":{}}", "did:f",
         false, 0, true, 3, true, true},
        {BADGE_LABEL_COMPACT, "[1]", "", false, 0, false, 0, false, true},
        {BADGE_LABEL_COMPACT, "no JSON", "", false, 0, false, 0, false, true},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct badge_claims claims;
        if (claims_of(*state, &claims, cases[i].text, cases[i].label) != BADGE_OK)
            fail_msg("case %zu: %s", i, cases[i].text);
        assert_int_equal(claims.issuer.len, strlen(cases[i].issuer));
        assert_memory_equal(claims.issuer.bytes, cases[i].issuer, claims.issuer.len);
        assert_int_equal(claims.has_not_before, cases[i].has_not_before);
        assert_int_equal(claims.has_not_after, cases[i].has_not_after);
        assert_true(!claims.has_not_before || claims.not_before_s == cases[i].not_before_s);
        assert_true(!claims.has_not_after || claims.not_after_s == cases[i].not_after_s);
        assert_int_equal(claims.has_status, cases[i].has_status);
        assert_int_equal(claims.has_proof, cases[i].has_proof);
    }
    struct badge_claims none;
    assert_int_equal(digest(*state, BYTES("raw")).digest.label, BADGE_LABEL_RAW);
    assert_int_equal(read_claims(*state, &none), BADGE_OK);
    assert_true(none.issuer.len == 0 && !none.has_not_before && !none.has_not_after && !none.has_proof);
}

static void bad_claims(void **state)
{
    static const struct {
        enum badge_label label;
        enum badge_status status;
        const char *text;
    } cases[] = {
        {BADGE_LABEL_JCS, BADGE_ETYPE, "{\"issuer\":5}"},
        {BADGE_LABEL_JCS, BADGE_ETYPE, "{\"issuer\":{}}"},
        {BADGE_LABEL_JCS, BADGE_ETYPE, "{\"issuer\":{\"id\":[\"a\"]}}"},
        {BADGE_LABEL_JCS, BADGE_ETYPE, "{\"issuer\":[\"a\"]}"},
        {BADGE_LABEL_JCS, BADGE_EREFUSED,
         "{\"type\":\"EnvelopedVerifiableCredential\",\"id\":\"data:application/vc+jwt,a.b.c\"}"},
        {BADGE_LABEL_JCS, BADGE_EREFUSED, "{\"type\":[\"a\",\"EnvelopedVerifiableCredential\"],\"issuer\":\"a\"}"},
        {BADGE_LABEL_COMPACT, BADGE_EREFUSED, "{\"vc\":{\"type\":\"EnvelopedVerifiableCredential\"}}"},
        {BADGE_LABEL_JCS, BADGE_ETYPE, "{\"validFrom\":\"soon\"}"},
        {BADGE_LABEL_JCS, BADGE_ETYPE, "{\"issuanceDate\":true}"},
        {BADGE_LABEL_JCS, BADGE_ETYPE, "{\"validUntil\":{}}"},
        {BADGE_LABEL_JCS, BADGE_ETYPE, "{\"expirationDate\":\"2011-01-01T00:00:\"}"},
        {BADGE_LABEL_JCS, BADGE_ETYPE, "{\"expires\":\"2011-02-29\"}"},
        {BADGE_LABEL_COMPACT, BADGE_ETYPE, "{\"exp\":\"9\"}"},
        {BADGE_LABEL_COMPACT, BADGE_ETYPE, "{\"nbf\":1e300}"},
        {BADGE_LABEL_COMPACT, BADGE_ETYPE, "{\"iss\":{\"id\":\"a\"}}"},
        {BADGE_LABEL_COMPACT, BADGE_ETYPE, "{\"iss\":\"a\",\"issuer\":\"b\"}"},
        {BADGE_LABEL_COMPACT, BADGE_EREFUSED, "{\"issuer\":\"a\",\"vc\":{\"issuer\":\"b\"}}"},
        {BADGE_LABEL_COMPACT, BADGE_EREFUSED, "{\"vc\":[]}"},
        {BADGE_LABEL_COMPACT, BADGE_ETYPE, "{\"vc\":{\"expirationDate\":\"x\"}}"},
        {BADGE_LABEL_COMPACT, BADGE_EREFUSED, "{\"exp\":1,\"exp\":9}"},
        {BADGE_LABEL_COMPACT, BADGE_EREFUSED, "{\"exp\":1"},
        {BADGE_LABEL_COMPACT, BADGE_EREFUSED, "\xef\xbb\xbf{\"exp\":1}"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct badge_claims claims;
        if (claims_of(*state, &claims, cases[i].text, cases[i].label) != cases[i].status)
            fail_msg("case %zu: %s", i, cases[i].text);
    }
}

/* The last letter's spare bits, or a letter too many, hide no claims. */
static void lenient_payload(void **state)
{
    static const char *const tokens[] = {"a.eyJleHAiOjl9.b", "a.eyJleHAiOjkgfQ.b", "a.eyJleHAiOjkgfR.b",
                                         "a.eyJleHAiOjl9A.b"};
    for (size_t i = 0; i < COUNT(tokens); i++) {
        struct badge_claims claims;
        struct outcome got = digest(*state, tokens[i], strlen(tokens[i]));
        assert_int_equal(got.status, BADGE_OK);
        assert_int_equal(read_claims(*state, &claims), BADGE_OK);
        assert_true(claims.has_not_after && claims.not_after_s == 9);
    }
}

/* A payload that is not JSON but compressed, or a nested token, may have claims: they are unknown, not absent.
 */
static void hidden_claims(void **state)
{
    static const struct {
        const char *token;
        bool hidden;
    } cases[] = {
        {"eyJhbGciOiJFUzI1NiIsInppcCI6IkRFRiJ9.q1YqUbIyNNJRSk4sKlGyUkpKVaoFAA.b", true}, /* "zip":"DEF" */
        {"eyJhbGciOiJFUzI1NiIsInppcCI6IkRFRiIsInppcCI6IkRFRiJ9.q1YqUbIyNNJRSk4sKlGyUkpKVaoFAA.b", true}, /* twice */
        {"eyJhbGciOiJFUzI1NiJ9.q1YqUbIyNNJRSk4sKlGyUkpKVaoFAA.b", false},
        {"aGVsbG8.q1YqUbIyNNJRSk4sKlGyUkpKVaoFAA.b", false},     /* hello */
        {"eyJhbGciOiJFUzI1NiJ9.YS5leUpsZUhBaU9qbDkuYg.b", true}, /* a.eyJleHAiOjl9.b */
        {"eyJhbGciOiJFUzI1NiJ9.aGVsbG8gd29ybGQ.b", false},       /* hello world */
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct badge_claims claims;
        struct outcome got = digest(*state, cases[i].token, strlen(cases[i].token));
        assert_int_equal(got.status, BADGE_OK);
        assert_int_equal(got.digest.label, BADGE_LABEL_COMPACT);
        assert_int_equal(read_claims(*state, &claims), cases[i].hidden ? BADGE_EREFUSED : BADGE_OK);
    }
}

/* Real credentials: each is a JSON object with an issuer; those named expired have ended. */
static void published_credentials(void **state)
{
    static const char *const name[] = {"v1SimpleIssuerId",
                                       "v1NoStatus",
                                       "v1Expired",
                                       "v1WithValidStatus",
                                       "v1Revoked",
                                       "v1RevokedAndExpired",
                                       "v1OBv3SpecExample",
                                       "v1ExpiredWithValidStatus",
                                       "v2SimpleIssuerId",
                                       "v2NoStatus",
                                       "v2Expired",
                                       "v2WithValidStatus",
                                       "v2Revoked",
                                       "v2RevokedAndExpired",
                                       "v2OBv3SpecExample",
                                       "v2ExpiredWithValidStatus",
                                       "v2DoubleSigWithValidStatus",
                                       "v2EddsaWithValidStatus",
                                       "v2didWebWithValidStatus",
                                       "v2WithBadDidWeb",
                                       "v2DoubleSigWithBadStatusUrl",
                                       "v2didWebMultikeyWithValidStatus",
                                       "safeModeBreaker",
                                       "testVC"};
    for (size_t i = 0; i < COUNT(name); i++) {
        char path[96];
        size_t len;
        snprintf(path, sizeof path, "credentials/%s.json", name[i]);
        char *bytes = vectors_read(path, &len);
        struct outcome got = digest(*state, bytes, len);
        struct badge_claims claims;
        assert_int_equal(got.status, BADGE_OK);
        assert_int_equal(got.digest.label, BADGE_LABEL_JCS);
        if (read_claims(*state, &claims) != BADGE_OK)
            fail_msg("%s: %s", name[i], claims.issuer_err.text);
        assert_true(claims.issuer.len > 0 && claims.has_not_before);
        assert_int_equal(claims.has_not_after && claims.not_after_s < 1790000000, strstr(name[i], "Expired") != NULL);
        assert_int_equal(claims.has_status, strstr(bytes, "\"credentialStatus\"") != NULL);
        assert_true(claims.has_proof);
        free(bytes);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(labels),
        cmocka_unit_test_setup_teardown(known_digest, set_up, tear_down),
        cmocka_unit_test_setup_teardown(json_objects, set_up, tear_down),
        cmocka_unit_test_setup_teardown(tokens, set_up, tear_down),
        cmocka_unit_test_setup_teardown(raw_bytes, set_up, tear_down),
        cmocka_unit_test_setup_teardown(refused_kinds, set_up, tear_down),
        cmocka_unit_test(limits),
        cmocka_unit_test(limit_of_memory),
        cmocka_unit_test_setup_teardown(large_raw_document, set_up, tear_down),
        cmocka_unit_test_setup_teardown(good_claims, set_up, tear_down),
        cmocka_unit_test_setup_teardown(bad_claims, set_up, tear_down),
        cmocka_unit_test_setup_teardown(lenient_payload, set_up, tear_down),
        cmocka_unit_test_setup_teardown(hidden_claims, set_up, tear_down),
        cmocka_unit_test_setup_teardown(published_credentials, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
