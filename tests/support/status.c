#include "support/status.h"

#include <zlib.h>

const struct badge_proof_view status_proof_holds = {.is_made = true, .outcome = BADGE_PASSED, .code = "proof_holds"};

/* All members of RFC 1952, to at most `most` bytes. NULL: it can't be inflated. */
static uint8_t *inflate_all(size_t *len, struct badge_text from, size_t most)
{
    uint8_t *out = malloc(most + 1);
    z_stream z = {.next_in = (Bytef *)(uintptr_t)from.bytes, .avail_in = (uInt)from.len};
    int status = inflateInit2(&z, 15 + 16);
    assert_non_null(out);
    assert_int_equal(status, Z_OK);
    z.next_out = out;
    z.avail_out = (uInt)most + 1;
    while ((status = inflate(&z, Z_FINISH)) == Z_STREAM_END && z.avail_in > 0)
        assert_int_equal(inflateReset(&z), Z_OK);
    *len = most + 1 - z.avail_out;
    inflateEnd(&z);
    if (status == Z_STREAM_END)
        return out;
    free(out);
    return NULL;
}

struct badge_digester *status_digest(const char *text)
{
    struct badge_digester *digester;
    struct badge_digest value;
    assert_int_equal(badge_digester_new(&digester, BADGE_STATUS_MAX_LIST, NULL), BADGE_OK);
    if (badge_digester_update(digester, text, strlen(text), NULL) == BADGE_OK)
        (void)(badge_digester_final(digester, &value, NULL) == BADGE_OK);
    return digester;
}

struct badge_status_list *status_read_list(const struct given_list *given)
{
    struct badge_digester *digester = status_digest(given->text);
    struct badge_status_source source = {.url = LIST_URL,
                                         .http_status = given->http_status ? given->http_status : 200,
                                         .media_type = given->media_type ? given->media_type : "application/json",
                                         .has_disposition = given->has_disposition,
                                         .is_given = given->is_given,
                                         .now_s = given->read_s ? given->read_s : NOW_S};
    struct badge_status_list *list;
    size_t len;
    assert_int_equal(
        badge_status_list_new(&list, &source, digester, given->proof ? given->proof : &status_proof_holds, NULL),
        BADGE_OK);
    badge_digester_free(digester);
    struct badge_text compressed = badge_status_list_compressed(list);
    if (compressed.len > 0) {
        uint8_t *bits = inflate_all(&len, compressed, (size_t)1 << 20);
        if (bits)
            badge_status_list_take_bits(list, bits, len);
        else
            badge_status_list_fail_bits(list, "it is not gzip");
    }
    return list;
}

char *status_bitstring(const char *encoded, const char *purpose, const char *type)
{
    char *text = NULL;
    const char *subject = strcmp(type, "BitstringStatusListCredential") == 0 ? "BitstringStatusList" : "StatusList2021";
    assert_true(asprintf(&text,
                         "{\"@context\":[\"https://www.w3.org/ns/credentials/v2\"],\"type\":[\"VerifiableCredential\","
                         "\"%s\"],\"issuer\":\"" UNIV "\",\"credentialSubject\":{\"type\":\"%s\",\"statusPurpose\":%s,"
                         "\"encodedList\":\"%s\"}}",
                         type, subject, purpose, encoded) > 0);
    return text;
}

void status_credential(char **out, const char *status)
{
    assert_true(asprintf(out,
                         "{\"@context\":[\"https://www.w3.org/ns/credentials/v2\"],\"id\":\"urn:c\",\"type\":"
                         "[\"VerifiableCredential\"],\"issuer\":\"" UNIV "\",\"credentialStatus\":%s}",
                         status) > 0);
}
