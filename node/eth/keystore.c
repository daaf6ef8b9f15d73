/*
 * Opens and writes Web3 Secret Storage version 3: a private key encrypted with a passphrase. Called by the daemon at
 * start and by the command line; it may take a second, so never on the loop.
 *
 * Invariants: a keystore is an untrusted file, so the memory and time that it can cost are bounded. The secret is
 * decrypted directly into its locked page; keys derived from the passphrase are wiped on every path.
 */
#include "eth/keystore.h"
#include "badge/json.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#define MAX_FILE_LEN ((size_t)64 << 10)
#define MAX_PASSPHRASE_LEN ((size_t)64 << 10)
#define ARENA_CEILING ((size_t)4 << 20) /* enough for a file of the maximum length */
#define MAX_SALT_LEN 128
#define MAX_SCRYPT_PR (UINT64_C(1) << 15) /* p * r: keeps the first PBKDF2 output at 4 MiB */

static const struct eth_kdf_limits standard_limits = {
    .memory = UINT64_C(1) << 30, .block_mixes = UINT64_C(1) << 25, .pbkdf2_rounds = 10000000};
static const struct eth_kdf_cost standard_cost[] = {
    [BADGE_KDF_SCRYPT] = {.kdf = BADGE_KDF_SCRYPT, .scrypt = {.n = 1 << 18, .r = 8, .p = 1}},
    [BADGE_KDF_PBKDF2] = {.kdf = BADGE_KDF_PBKDF2, .rounds = 600000},
};

/* The contents of a keystore. */
struct sealed {
    struct eth_kdf_cost cost;
    uint8_t salt[MAX_SALT_LEN], iv[16], ciphertext[32];
    size_t salt_len;
    struct badge_hash mac;
    bool has_address;
    struct badge_address address;
};

/* The two keys derived from a passphrase. */
struct derived {
    uint8_t cipher_key[16], mac_key[16];
};

/* Wallets write the outermost names in different case ("Crypto"). */
static const struct badge_json_value *member_any_case(const struct badge_json_value *object, const char *name)
{
    const size_t len = strlen(name);
    for (size_t i = 0; i < badge_json_count(object); i++) {
        struct badge_text found;
        const struct badge_json_value *value = badge_json_at(object, i, &found);
        if (found.len == len && strncasecmp(found.bytes, name, len) == 0)
            return value;
    }
    return NULL;
}

static enum badge_status wrong_member(struct badge_err *err, const char *name, const char *expected)
{
    return badge_fail(err, BADGE_ESYNTAX, BADGE_NO_OFFSET,
                      "The keystore's member %s is missing or is not %s; use an unaltered copy of the file.", name,
                      expected);
}

/* Hexadecimal of exactly len bytes. */
static enum badge_status read_hex(uint8_t *out, size_t len, const struct badge_json_value *object, const char *name,
                                  struct badge_err *err)
{
    struct badge_text text;
    if (badge_json_string(badge_json_member(object, name), &text) &&
        badge_hex_decode(out, len, text.bytes, text.len) == BADGE_OK)
        return BADGE_OK;
    return wrong_member(err, name, len == 16 ? "hexadecimal of 16 bytes" : "hexadecimal of 32 bytes");
}

static enum badge_status read_count(uint64_t *out, const struct badge_json_value *params, const char *name,
                                    struct badge_err *err)
{
    int64_t value;
    if (!badge_json_integer(badge_json_member(params, name), &value) || value < 1)
        return wrong_member(err, name, "a positive whole number");
    *out = (uint64_t)value;
    return BADGE_OK;
}

static enum badge_status too_costly(struct badge_err *err)
{
    return badge_fail(err, BADGE_ELIMIT, BADGE_NO_OFFSET,
                      "The keystore's key derivation needs more memory or time than allowed (1 GiB, some tens of "
                      "seconds); create the keystore again with a usual cost.");
}

static enum badge_status read_scrypt(struct eth_scrypt_cost *out, const struct badge_json_value *params,
                                     const struct eth_kdf_limits *limits, struct badge_err *err)
{
    uint64_t n, r, p;
    enum badge_status status = read_count(&n, params, "n", err);
    if (status == BADGE_OK)
        status = read_count(&r, params, "r", err);
    if (status == BADGE_OK)
        status = read_count(&p, params, "p", err);
    if (status != BADGE_OK)
        return status;
    if (n < 2 || (n & (n - 1)) != 0)
        return wrong_member(err, "n", "a power of two from 2 up");
    /* Each is below 2^53; divisions instead of multiplications, so nothing overflows. */
    if (r > limits->memory / 128 / n || p > MAX_SCRYPT_PR / r || p > limits->block_mixes / (n * r))
        return too_costly(err);
    *out = (struct eth_scrypt_cost){.n = (uint32_t)n, .r = (uint32_t)r, .p = (uint32_t)p};
    return BADGE_OK;
}

static enum badge_status read_pbkdf2(uint32_t *rounds, const struct badge_json_value *params,
                                     const struct eth_kdf_limits *limits, struct badge_err *err)
{
    if (!badge_json_equals(badge_json_member(params, "prf"), "hmac-sha256"))
        return badge_fail(err, BADGE_EUNSUPPORTED, BADGE_NO_OFFSET,
                          "The keystore's PBKDF2 function is not hmac-sha256; create the keystore again with scrypt.");
    uint64_t c;
    const enum badge_status status = read_count(&c, params, "c", err);
    if (status != BADGE_OK)
        return status;
    if (c > limits->pbkdf2_rounds)
        return too_costly(err);
    *rounds = (uint32_t)c;
    return BADGE_OK;
}

static enum badge_status read_kdf(struct sealed *out, const struct badge_json_value *crypto,
                                  const struct eth_kdf_limits *limits, struct badge_err *err)
{
    const struct badge_json_value *kdf = badge_json_member(crypto, "kdf");
    const struct badge_json_value *params = badge_json_member(crypto, "kdfparams");
    uint64_t dklen;
    enum badge_status status = read_count(&dklen, params, "dklen", err);
    if (status != BADGE_OK)
        return status;
    if (dklen < sizeof(struct derived)) /* a longer key starts with the same 32 bytes, and only these are used */
        return wrong_member(err, "dklen", "32 or more");

    struct badge_text salt;
    if (!badge_json_string(badge_json_member(params, "salt"), &salt) || salt.len > 2 * sizeof out->salt ||
        badge_hex_decode(out->salt, salt.len / 2, salt.bytes, salt.len) != BADGE_OK)
        return wrong_member(err, "salt", "hexadecimal of at most 128 bytes");
    out->salt_len = salt.len / 2;

    if (badge_json_equals(kdf, "scrypt")) {
        out->cost.kdf = BADGE_KDF_SCRYPT;
        return read_scrypt(&out->cost.scrypt, params, limits, err);
    }
    if (badge_json_equals(kdf, "pbkdf2")) {
        out->cost.kdf = BADGE_KDF_PBKDF2;
        return read_pbkdf2(&out->cost.rounds, params, limits, err);
    }
    return badge_fail(err, BADGE_EUNSUPPORTED, BADGE_NO_OFFSET,
                      "The keystore's key derivation is neither scrypt nor pbkdf2; create it again with one of them.");
}

static enum badge_status read_address(bool *has_address, struct badge_address *out,
                                      const struct badge_json_value *document, struct badge_err *err)
{
    const struct badge_json_value *member = member_any_case(document, "address");
    struct badge_text text;
    *has_address = member && !badge_json_is(member, BADGE_JSON_NULL);
    if (!*has_address)
        return BADGE_OK;
    if (badge_json_string(member, &text) && (badge_address_parse(out, text.bytes, text.len) == BADGE_OK ||
                                             badge_hex_decode(out->b, sizeof out->b, text.bytes, text.len) == BADGE_OK))
        return BADGE_OK;
    return wrong_member(err, "address", "40 hexadecimal digits");
}

static enum badge_status check_version(const struct badge_json_value *document, struct badge_err *err)
{
    int64_t version;
    if (badge_json_integer(member_any_case(document, "version"), &version) && version == 3)
        return BADGE_OK;
    return badge_fail(err, BADGE_EUNSUPPORTED, BADGE_NO_OFFSET,
                      "The file is not a Web3 Secret Storage keystore of version 3; export the key as one.");
}

static enum badge_status read_sealed(struct sealed *out, const struct badge_json_value *document,
                                     const struct eth_kdf_limits *limits, struct badge_err *err)
{
    const struct badge_json_value *crypto = member_any_case(document, "crypto");
    enum badge_status status = check_version(document, err);
    if (status != BADGE_OK)
        return status;
    if (!badge_json_equals(badge_json_member(crypto, "cipher"), "aes-128-ctr"))
        return badge_fail(err, BADGE_EUNSUPPORTED, BADGE_NO_OFFSET,
                          "The keystore's cipher is missing or is not aes-128-ctr; create it again with that cipher.");
    status = read_address(&out->has_address, &out->address, document, err);
    if (status == BADGE_OK)
        status = read_kdf(out, crypto, limits, err);
    if (status == BADGE_OK)
        status = read_hex(out->iv, sizeof out->iv, badge_json_member(crypto, "cipherparams"), "iv", err);
    if (status == BADGE_OK)
        status = read_hex(out->ciphertext, sizeof out->ciphertext, crypto, "ciphertext", err);
    if (status == BADGE_OK)
        status = read_hex(out->mac.b, sizeof out->mac.b, crypto, "mac", err);
    return status;
}

static enum badge_status parse_keystore(const struct badge_json_value **out, struct badge_arena *arena,
                                        const char *json, size_t json_len, struct badge_err *err)
{
    if (json_len > MAX_FILE_LEN)
        return badge_fail(err, BADGE_ELIMIT, BADGE_NO_OFFSET,
                          "The file is not a keystore: it is longer than 64 KiB; check the file's name.");
    const enum badge_status status = badge_json_parse(out, arena, json, json_len, err);
    if (status == BADGE_OK && !badge_json_is(*out, BADGE_JSON_OBJECT))
        return badge_fail(err, BADGE_ESYNTAX, BADGE_NO_OFFSET, "The file is not a keystore: expected a JSON object.");
    return status;
}

static enum badge_status derive(struct derived *out, const struct sealed *sealed, const char *passphrase,
                                size_t passphrase_len, struct badge_err *err)
{
    uint8_t *bytes = (uint8_t *)out;
    bool done = false;
    if (passphrase_len > MAX_PASSPHRASE_LEN)
        return badge_fail(err, BADGE_ELIMIT, BADGE_NO_OFFSET,
                          "The passphrase is longer than 64 KiB; use a shorter one.");
    switch (sealed->cost.kdf) {
    case BADGE_KDF_SCRYPT:
        done = eth_scrypt(bytes, sizeof *out, passphrase, passphrase_len, sealed->salt, sealed->salt_len,
                          &sealed->cost.scrypt) == BADGE_OK;
        break;
    case BADGE_KDF_PBKDF2:
        done = PKCS5_PBKDF2_HMAC(passphrase, (int)passphrase_len, sealed->salt, (int)sealed->salt_len,
                                 (int)sealed->cost.rounds, EVP_sha256(), (int)sizeof *out, bytes);
        break;
    }
    return done ? BADGE_OK : badge_no_memory(err);
}

/* keccak-256 of the second half of the derived key and the ciphertext. */
static void make_mac(struct badge_hash *out, const struct derived *derived, const uint8_t ciphertext[32])
{
    uint8_t bytes[sizeof derived->mac_key + 32];
    memcpy(bytes, derived->mac_key, sizeof derived->mac_key);
    memcpy(bytes + sizeof derived->mac_key, ciphertext, 32);
    badge_keccak256(out, bytes, sizeof bytes);
    badge_wipe(bytes, sizeof bytes);
}

/* AES-128 in counter mode: the same call encrypts and decrypts. */
static enum badge_status crypt_key(uint8_t out[32], const uint8_t in[32], const struct derived *derived,
                                   const uint8_t iv[16], struct badge_err *err)
{
    EVP_CIPHER_CTX *cipher = EVP_CIPHER_CTX_new();
    int len = 0;
    const bool done = cipher && EVP_EncryptInit_ex(cipher, EVP_aes_128_ctr(), NULL, derived->cipher_key, iv) &&
                      EVP_EncryptUpdate(cipher, out, &len, in, 32) && len == 32;
    EVP_CIPHER_CTX_free(cipher); /* wipes the key it was given */
    return done ? BADGE_OK : badge_no_memory(err);
}

static enum badge_status unseal(struct badge_key *key, const struct sealed *sealed, const char *passphrase,
                                size_t passphrase_len, struct badge_err *err)
{
    struct derived derived;
    enum badge_status status = derive(&derived, sealed, passphrase, passphrase_len, err);
    if (status != BADGE_OK)
        goto out;
    struct badge_hash mac;
    make_mac(&mac, &derived, sealed->ciphertext);
    if (!badge_equal_secret(mac.b, sealed->mac.b, sizeof mac.b)) {
        status = badge_fail(err, BADGE_EPASSPHRASE, BADGE_NO_OFFSET,
                            "Wrong passphrase for the keystore, or the keystore file was changed; check both.");
        goto out;
    }
    status = crypt_key(key->secret, sealed->ciphertext, &derived, sealed->iv, err);
    if (status == BADGE_OK)
        status = eth_key_complete(key, err);
    if (status == BADGE_OK && sealed->has_address &&
        memcmp(key->address.b, sealed->address.b, sizeof key->address.b) != 0)
        status = badge_fail(err, BADGE_EMISMATCH, BADGE_NO_OFFSET,
                            "The keystore's address does not match its key; use an unaltered copy of the file.");
out:
    badge_wipe(&derived, sizeof derived);
    return status;
}

enum badge_status eth_keystore_open(struct badge_key **out, const char *json, size_t json_len, const char *passphrase,
                                    size_t passphrase_len, const struct eth_kdf_limits *limits, struct badge_err *err)
{
    struct badge_arena arena;
    const struct badge_json_value *document;
    struct sealed sealed = {.salt_len = 0};
    struct badge_key *key = NULL;
    badge_arena_init(&arena, ARENA_CEILING);
    enum badge_status status = parse_keystore(&document, &arena, json, json_len, err);
    if (status == BADGE_OK)
        status = read_sealed(&sealed, document, limits, err);
    badge_arena_release(&arena);
    if (status == BADGE_OK)
        status = eth_key_new(&key, err);
    if (status == BADGE_OK)
        status = unseal(key, &sealed, passphrase, passphrase_len, err);
    return eth_key_give(out, key, status);
}

enum badge_status badge_keystore_open(struct badge_key **out, const char *json, size_t json_len, const char *passphrase,
                                      size_t passphrase_len, struct badge_err *err)
{
    return eth_keystore_open(out, json, json_len, passphrase, passphrase_len, &standard_limits, err);
}

enum badge_status badge_keystore_address(struct badge_address *out, const char *json, size_t json_len,
                                         struct badge_err *err)
{
    struct badge_arena arena;
    const struct badge_json_value *document;
    bool has_address = false;
    badge_arena_init(&arena, ARENA_CEILING);
    enum badge_status status = parse_keystore(&document, &arena, json, json_len, err);
    if (status == BADGE_OK)
        status = check_version(document, err);
    if (status == BADGE_OK)
        status = read_address(&has_address, out, document, err);
    badge_arena_release(&arena);
    if (status == BADGE_OK && !has_address)
        return badge_fail(err, BADGE_ENOTFOUND, BADGE_NO_OFFSET,
                          "The keystore does not contain its address; open it with its passphrase to see it.");
    return status;
}

/* One line, members in the order of geth's files. */
static size_t print_sealed(char out[BADGE_KEYSTORE_MAX_LEN], const struct sealed *sealed, const uint8_t id[16])
{
    char address[2 * 20 + 1], ciphertext[2 * 32 + 1], iv[2 * 16 + 1], salt[2 * MAX_SALT_LEN + 1], mac[2 * 32 + 1];
    char uuid[2 * 16 + 1], params[96];
    badge_hex_encode(address, sealed->address.b, sizeof sealed->address.b);
    badge_hex_encode(ciphertext, sealed->ciphertext, sizeof sealed->ciphertext);
    badge_hex_encode(iv, sealed->iv, sizeof sealed->iv);
    badge_hex_encode(salt, sealed->salt, sealed->salt_len);
    badge_hex_encode(mac, sealed->mac.b, sizeof sealed->mac.b);
    badge_hex_encode(uuid, id, 16);
    const struct eth_kdf_cost *cost = &sealed->cost;
    if (cost->kdf == BADGE_KDF_SCRYPT)
        snprintf(params, sizeof params, "\"dklen\":32,\"n\":%u,\"p\":%u,\"r\":%u", cost->scrypt.n, cost->scrypt.p,
                 cost->scrypt.r);
    else
        snprintf(params, sizeof params, "\"c\":%u,\"dklen\":32,\"prf\":\"hmac-sha256\"", cost->rounds);
    const int len = snprintf(
        out, BADGE_KEYSTORE_MAX_LEN,
        "{\"address\":\"%s\",\"crypto\":{\"cipher\":\"aes-128-ctr\",\"ciphertext\":\"%s\",\"cipherparams\":{\"iv\":"
        "\"%s\"},\"kdf\":\"%s\",\"kdfparams\":{%s,\"salt\":\"%s\"},\"mac\":\"%s\"},"
        "\"id\":\"%.8s-%.4s-%.4s-%.4s-%s\",\"version\":3}",
        address, ciphertext, iv, cost->kdf == BADGE_KDF_SCRYPT ? "scrypt" : "pbkdf2", params, salt, mac, uuid, uuid + 8,
        uuid + 12, uuid + 16, uuid + 20);
    BADGE_ASSERT(len > 0 && len < BADGE_KEYSTORE_MAX_LEN);
    return (size_t)len;
}

enum badge_status eth_keystore_write(char out[BADGE_KEYSTORE_MAX_LEN], size_t *out_len, const struct badge_key *key,
                                     const char *passphrase, size_t passphrase_len, const struct eth_kdf_cost *cost,
                                     struct badge_err *err)
{
    struct sealed sealed = {.cost = *cost, .salt_len = 32, .has_address = true, .address = key->address};
    struct derived derived;
    uint8_t id[16];
    enum badge_status status = eth_random(sealed.salt, sealed.salt_len, err);
    if (status == BADGE_OK)
        status = eth_random(sealed.iv, sizeof sealed.iv, err);
    if (status == BADGE_OK)
        status = eth_random(id, sizeof id, err);
    if (status == BADGE_OK)
        status = derive(&derived, &sealed, passphrase, passphrase_len, err);
    if (status == BADGE_OK)
        status = crypt_key(sealed.ciphertext, key->secret, &derived, sealed.iv, err);
    if (status == BADGE_OK) {
        make_mac(&sealed.mac, &derived, sealed.ciphertext);
        id[6] = (uint8_t)((id[6] & 0x0f) | 0x40); /* RFC 9562 section 5.4: version 4 */
        id[8] = (uint8_t)((id[8] & 0x3f) | 0x80);
        *out_len = print_sealed(out, &sealed, id);
    }
    badge_wipe(&derived, sizeof derived);
    return status;
}

enum badge_status badge_keystore_write(char out[BADGE_KEYSTORE_MAX_LEN], size_t *out_len, const struct badge_key *key,
                                       const char *passphrase, size_t passphrase_len, enum badge_keystore_kdf kdf,
                                       struct badge_err *err)
{
    return eth_keystore_write(out, out_len, key, passphrase, passphrase_len, &standard_cost[kdf], err);
}
