/*
 * Private keys and their signatures, by libsecp256k1. Called by transaction.c, keystore.c and the signer.
 *
 * Invariant: a secret is in its locked page and nowhere else, and is wiped before that page is unmapped. The library's
 * context is made once per process, blinded with fresh randomness, and only read afterwards: any thread may sign.
 */
#include "eth/key.h"

#include <errno.h>
#include <pthread.h>
#include <secp256k1.h>
#include <secp256k1_recovery.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <unistd.h>

enum badge_status eth_random(void *out, size_t len, struct badge_err *err)
{
    if (getentropy(out, len) != 0)
        return badge_fail(err, BADGE_EIO, BADGE_NO_OFFSET,
                          "getrandom() failed (%s); this machine can't generate a key.", strerror(errno));
    return BADGE_OK;
}

static secp256k1_context *shared_context;
static pthread_once_t shared_context_once = PTHREAD_ONCE_INIT;

static void make_context(void)
{
    uint8_t seed[32];
    shared_context = secp256k1_context_create(SECP256K1_CONTEXT_NONE);
    /* Blinding guards against side channels; without randomness signing stays correct, and no key can be made. */
    if (eth_random(seed, sizeof seed, NULL) == BADGE_OK)
        BADGE_ASSERT(secp256k1_context_randomize(shared_context, seed));
    badge_wipe(seed, sizeof seed);
}

static const secp256k1_context *context(void)
{
    const int failed = pthread_once(&shared_context_once, make_context);
    BADGE_ASSERT(!failed);
    return shared_context;
}

static size_t page_len(void)
{
    return (size_t)sysconf(_SC_PAGESIZE);
}

enum badge_status eth_key_new(struct badge_key **out, struct badge_err *err)
{
    void *page = mmap(NULL, page_len(), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (page == MAP_FAILED)
        return badge_no_memory(err);
    if (mlock(page, page_len()) != 0 || madvise(page, page_len(), MADV_DONTDUMP) != 0) {
        munmap(page, page_len());
        return badge_fail(err, BADGE_ENOMEM, BADGE_NO_OFFSET,
                          "Memory for a key could not be locked (%s); raise the locked-memory limit (ulimit -l).",
                          strerror(errno));
    }
    *out = page;
    return BADGE_OK;
}

void badge_key_free(struct badge_key *key)
{
    if (!key)
        return;
    badge_wipe(key, sizeof *key);
    munmap(key, page_len());
}

void eth_address_from(struct badge_address *out, const uint8_t *bytes, size_t len)
{
    struct badge_hash hash;
    badge_keccak256(&hash, bytes, len);
    memcpy(out->b, hash.b + sizeof hash.b - sizeof out->b, sizeof out->b);
}

static void address_of(struct badge_address *out, const secp256k1_pubkey *public_key)
{
    uint8_t point[65]; /* 0x04 ‖ x ‖ y */
    size_t len = sizeof point;
    secp256k1_ec_pubkey_serialize(context(), point, &len, public_key, SECP256K1_EC_UNCOMPRESSED);
    eth_address_from(out, point + 1, sizeof point - 1);
}

enum badge_status eth_key_complete(struct badge_key *key, struct badge_err *err)
{
    secp256k1_pubkey public_key;
    if (!secp256k1_ec_pubkey_create(context(), &public_key, key->secret))
        return badge_fail(err, BADGE_ETYPE, BADGE_NO_OFFSET,
                          "The private key is zero or not below the order of secp256k1; use another key.");
    address_of(&key->address, &public_key);
    return BADGE_OK;
}

enum badge_status eth_key_give(struct badge_key **out, struct badge_key *key, enum badge_status status)
{
    if (status == BADGE_OK)
        *out = key;
    else
        badge_key_free(key);
    return status;
}

enum badge_status badge_key_generate(struct badge_key **out, struct badge_err *err)
{
    struct badge_key *key;
    enum badge_status status = eth_key_new(&key, err);
    if (status != BADGE_OK)
        return status;
    /* One draw in 2^128 is out of range; then another is drawn. */
    do {
        status = eth_random(key->secret, sizeof key->secret, err);
    } while (status == BADGE_OK && eth_key_complete(key, NULL) != BADGE_OK);
    return eth_key_give(out, key, status);
}

enum badge_status badge_key_from_bytes(struct badge_key **out, const uint8_t secret[32], struct badge_err *err)
{
    struct badge_key *key;
    enum badge_status status = eth_key_new(&key, err);
    if (status != BADGE_OK)
        return status;
    memcpy(key->secret, secret, sizeof key->secret);
    status = eth_key_complete(key, err);
    return eth_key_give(out, key, status);
}

void badge_key_address(struct badge_address *out, const struct badge_key *key)
{
    *out = key->address;
}

void badge_key_sign(struct badge_signature *out, const struct badge_key *key, const struct badge_hash *message_hash)
{
    secp256k1_ecdsa_recoverable_signature signature;
    uint8_t r_and_s[64];
    int recovery_id = -1;
    /* NULL: the nonce function of RFC 6979; s comes out low. */
    const int signed_it = secp256k1_ecdsa_sign_recoverable(context(), &signature, message_hash->b, key->secret, NULL,
                                                           NULL);
    BADGE_ASSERT(signed_it); /* fails only for an invalid key, and every key here was checked */
    secp256k1_ecdsa_recoverable_signature_serialize_compact(context(), r_and_s, &recovery_id, &signature);
    /* 2 and 3 mean an x above the curve's order: one signature in 2^127, and not valid in a transaction. */
    BADGE_ASSERT(recovery_id == 0 || recovery_id == 1);
    memcpy(out->r, r_and_s, 32);
    memcpy(out->s, r_and_s + 32, 32);
    out->y_parity = (uint8_t)recovery_id;
}

enum badge_status badge_recover_address(struct badge_address *out, const struct badge_signature *signature,
                                        const struct badge_hash *message_hash)
{
    secp256k1_ecdsa_recoverable_signature parsed;
    secp256k1_pubkey public_key;
    uint8_t r_and_s[64];
    memcpy(r_and_s, signature->r, 32);
    memcpy(r_and_s + 32, signature->s, 32);
    if (signature->y_parity > 1 ||
        !secp256k1_ecdsa_recoverable_signature_parse_compact(context(), &parsed, r_and_s, signature->y_parity) ||
        !secp256k1_ecdsa_recover(context(), &public_key, &parsed, message_hash->b))
        return BADGE_EMISMATCH;
    address_of(out, &public_key);
    return BADGE_OK;
}
