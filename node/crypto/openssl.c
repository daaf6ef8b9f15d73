/*
 * ECDSA on the NIST curves and RSA by OpenSSL 3.
 *
 * What has to be looked up by its name (hashes, the parameters of a curve) is looked up once per process and only read
 * afterwards; a key is made from a copy of its curve's parameters. Invariant: OpenSSL's queue of errors is as it was,
 * since its other users read it.
 */
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <pthread.h>
#include <string.h>

#include "core/format.h"
#include "crypto/crypto.h"

static struct {
    EVP_MD *sha256, *sha384; /* NULL, as all here: OpenSSL as it is configured does not have it */
    EVP_PKEY *p256, *p384;   /* parameters without a key */
} shared;
static pthread_once_t shared_once = PTHREAD_ONCE_INIT;

static EVP_PKEY *curve_parameters(char *name)
{
    OSSL_PARAM params[] = {OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, name, 0),
                           OSSL_PARAM_construct_end()};
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
    EVP_PKEY *out = NULL;
    if (context && EVP_PKEY_fromdata_init(context) == 1)
        (void)EVP_PKEY_fromdata(context, &out, EVP_PKEY_KEY_PARAMETERS, params);
    EVP_PKEY_CTX_free(context);
    return out;
}

static void fetch_shared(void)
{
    char p256[] = "P-256", p384[] = "P-384";
    shared.sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
    shared.sha384 = EVP_MD_fetch(NULL, "SHA384", NULL);
    shared.p256 = curve_parameters(p256);
    shared.p384 = curve_parameters(p384);
}

static void prepare(void)
{
    const int failed = pthread_once(&shared_once, fetch_shared);
    BADGE_ASSERT(!failed);
}

static enum badge_status unsupported(struct badge_err *err)
{
    return badge_fail(err, BADGE_EUNSUPPORTED, BADGE_NO_OFFSET, "OpenSSL as it is configured here does not have it");
}

/* -- ECDSA --------------------------------------------------------------------------------------------------------- */

#define MAX_SCALAR 48
#define MAX_DER (2 * (MAX_SCALAR + 3) + 2) /* below 128 bytes: one byte for each length */

/* An INTEGER of X.690: without leading zeros, but with one where the number would seem negative. */
static size_t put_integer(uint8_t *out, const uint8_t *number, size_t len)
{
    while (len > 1 && *number == 0) {
        number++;
        len--;
    }
    size_t n_zeros = *number >> 7;
    out[0] = 0x02;
    out[1] = (uint8_t)(len + n_zeros);
    out[2] = 0;
    memcpy(out + 2 + n_zeros, number, len);
    return 2 + n_zeros + len;
}

/* r ‖ s as OpenSSL takes it: a SEQUENCE of both. */
static size_t put_signature(uint8_t out[MAX_DER], struct badge_text signature)
{
    const uint8_t *bytes = (const uint8_t *)signature.bytes;
    size_t half = signature.len / 2, n = 2;
    n += put_integer(out + n, bytes, half);
    n += put_integer(out + n, bytes + half, half);
    out[0] = 0x30;
    out[1] = (uint8_t)(n - 2);
    return n;
}

static bool holds_by(EVP_PKEY_CTX *context, const uint8_t *signature, size_t signature_len, const uint8_t *hash,
                     size_t hash_len)
{
    return EVP_PKEY_verify_init(context) == 1 &&
           EVP_PKEY_verify(context, signature, signature_len, hash, hash_len) == 1;
}

enum badge_status crypto_ecdsa(bool *holds, const struct crypto_signed *what, struct badge_err *err)
{
    uint8_t hash[EVP_MAX_MD_SIZE], der[MAX_DER];
    unsigned hash_len;
    *holds = false;
    prepare();
    bool is_p256 = what->algorithm == BADGE_SIGNATURE_ES256;
    EVP_PKEY *parameters = is_p256 ? shared.p256 : shared.p384;
    const EVP_MD *md = is_p256 ? shared.sha256 : shared.sha384;
    if (!parameters || !md)
        return unsupported(err);
    ERR_set_mark();
    enum badge_status status = BADGE_ENOMEM;
    EVP_PKEY_CTX *context = NULL;
    EVP_PKEY *key = EVP_PKEY_dup(parameters);
    if (!key || EVP_Digest(what->message.bytes, what->message.len, hash, &hash_len, md, NULL) != 1)
        goto out;
    status = BADGE_OK;
    if (EVP_PKEY_set1_encoded_public_key(key, what->key->bytes, what->key->len) != 1)
        goto out; /* not on the curve */
    context = EVP_PKEY_CTX_new_from_pkey(NULL, key, NULL);
    if (context)
        *holds = holds_by(context, der, put_signature(der, what->signature), hash, hash_len);
    else
        status = BADGE_ENOMEM;
out:
    EVP_PKEY_CTX_free(context);
    EVP_PKEY_free(key);
    ERR_pop_to_mark();
    return status == BADGE_OK ? BADGE_OK : badge_no_memory(err);
}

/* -- RSA ----------------------------------------------------------------------------------------------------------- */

/* OpenSSL takes numbers in the machine's order. */
static EVP_PKEY *rsa_key(const struct badge_public_key *from)
{
    uint8_t modulus[BADGE_KEY_MAX_LEN];
    uint32_t exponent = from->exponent;
    const uint16_t one = 1;
    bool is_little_endian = *(const uint8_t *)&one == 1;
    for (size_t i = 0; i < from->len; i++)
        modulus[i] = from->bytes[is_little_endian ? from->len - 1 - i : i];
    OSSL_PARAM params[] = {OSSL_PARAM_construct_BN(OSSL_PKEY_PARAM_RSA_N, modulus, from->len),
                           OSSL_PARAM_construct_uint32(OSSL_PKEY_PARAM_RSA_E, &exponent), OSSL_PARAM_construct_end()};
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
    EVP_PKEY *out = NULL;
    if (context && EVP_PKEY_fromdata_init(context) == 1)
        (void)EVP_PKEY_fromdata(context, &out, EVP_PKEY_PUBLIC_KEY, params);
    EVP_PKEY_CTX_free(context);
    return out;
}

static bool set_padding(EVP_PKEY_CTX *context, enum badge_signature_algorithm algorithm)
{
    if (algorithm == BADGE_SIGNATURE_RS256)
        return EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PADDING) == 1;
    return EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PSS_PADDING) == 1 &&
           EVP_PKEY_CTX_set_rsa_pss_saltlen(context, RSA_PSS_SALTLEN_DIGEST) == 1;
}

enum badge_status crypto_rsa(bool *holds, const struct crypto_signed *what, struct badge_err *err)
{
    *holds = false;
    prepare();
    if (!shared.sha256)
        return unsupported(err);
    ERR_set_mark();
    enum badge_status status = BADGE_ENOMEM;
    EVP_PKEY_CTX *padding; /* the context's own */
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    EVP_PKEY *key = rsa_key(what->key);
    if (context && key) {
        status = BADGE_OK;
        *holds = EVP_DigestVerifyInit(context, &padding, shared.sha256, NULL, key) == 1 &&
                 set_padding(padding, what->algorithm) &&
                 EVP_DigestVerify(context, (const uint8_t *)what->signature.bytes, what->signature.len,
                                  (const uint8_t *)what->message.bytes, what->message.len) == 1;
    }
    EVP_MD_CTX_free(context);
    EVP_PKEY_free(key);
    ERR_pop_to_mark();
    return status == BADGE_OK ? BADGE_OK : badge_no_memory(err);
}
