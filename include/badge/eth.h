/*
 * Accounts, signatures and transactions of Ethereum: secp256k1 (SEC 2), deterministic nonces (RFC 6979), low s,
 * EIP-155 and EIP-1559 transactions.
 */
#ifndef BADGE_ETH_H
#define BADGE_ETH_H

#include "badge/text.h"
#include "badge/wei.h"

/*
 * A private key. Opaque; in locked memory, wiped when freed, excluded from core dumps.
 */
struct badge_key;

/* errors    BADGE_ENOMEM (also of locked memory, whose limit is small in containers), BADGE_EIO (no randomness) */
BADGE_API enum badge_status badge_key_generate(struct badge_key **out, struct badge_err *err) BADGE_CHECKED;
/* errors    BADGE_ETYPE: zero or not below the curve's order; BADGE_ENOMEM */
BADGE_API enum badge_status badge_key_from_bytes(struct badge_key **out, const uint8_t secret[32],
                                                 struct badge_err *err) BADGE_CHECKED;
BADGE_API void badge_key_free(struct badge_key *key);
BADGE_API void badge_key_address(struct badge_address *out, const struct badge_key *key);

struct badge_signature {
    uint8_t r[32], s[32];
    uint8_t y_parity; /* 0 or 1 */
};
BADGE_API void badge_key_sign(struct badge_signature *out, const struct badge_key *key,
                              const struct badge_hash *message_hash);
/* The account that signed. errors    BADGE_EMISMATCH */
BADGE_API enum badge_status badge_recover_address(struct badge_address *out, const struct badge_signature *signature,
                                                  const struct badge_hash *message_hash) BADGE_CHECKED;

/*
 * Web3 Secret Storage version 3: aes-128-ctr, scrypt or pbkdf2 (hmac-sha256), MAC keccak-256.
 * The passphrase is any bytes, taken as they are. Takes a second or more: never on the loop.
 * errors    those of badge_json_parse(); BADGE_ESYNTAX: a member that is missing or malformed; BADGE_EUNSUPPORTED:
 *           another version, cipher or KDF; BADGE_ELIMIT: a KDF that needs more than 1 GiB of memory or some tens of
 *           seconds, a file over 64 KiB; BADGE_EPASSPHRASE; BADGE_EMISMATCH: the key does not belong to the address in
 *           the file; BADGE_ETYPE: not a key of secp256k1; BADGE_ENOMEM
 */
BADGE_API enum badge_status badge_keystore_open(struct badge_key **out, const char *json, size_t json_len,
                                                const char *passphrase, size_t passphrase_len,
                                                struct badge_err *err) BADGE_CHECKED;
/*
 * The account that a keystore names, without its passphrase: unproven until the keystore is opened.
 * errors    those of badge_json_parse(); BADGE_ESYNTAX; BADGE_EUNSUPPORTED: not a keystore of version 3;
 *           BADGE_ENOTFOUND: it names no account, as the format allows
 */
BADGE_API enum badge_status badge_keystore_address(struct badge_address *out, const char *json, size_t json_len,
                                                   struct badge_err *err) BADGE_CHECKED;

enum badge_keystore_kdf { BADGE_KDF_SCRYPT, BADGE_KDF_PBKDF2 };
#define BADGE_KEYSTORE_MAX_LEN 1024
/*
 * scrypt n = 2^18, r = 8, p = 1 as geth writes; PBKDF2 with 600,000 rounds. NUL-terminated JSON of one line, without
 * a newline. Never on the loop.
 * errors    BADGE_ELIMIT: a passphrase over 64 KiB; BADGE_ENOMEM; BADGE_EIO: no randomness
 */
BADGE_API enum badge_status badge_keystore_write(char out[BADGE_KEYSTORE_MAX_LEN], size_t *out_len,
                                                 const struct badge_key *key, const char *passphrase,
                                                 size_t passphrase_len, enum badge_keystore_kdf kdf,
                                                 struct badge_err *err) BADGE_CHECKED;

enum badge_tx_kind {
    BADGE_TX_LEGACY,  /* before EIP-155: no chain id */
    BADGE_TX_EIP155,  /* legacy with a chain id */
    BADGE_TX_EIP1559, /* type 2 */
};
/* One entry of an access list: EIP-2930. */
struct badge_tx_access {
    struct badge_address address;
    const struct badge_hash *storage_key;
    size_t n_storage_keys;
};
struct badge_tx {
    enum badge_tx_kind kind;
    uint64_t chain_id; /* none for BADGE_TX_LEGACY */
    uint64_t nonce, gas_limit;
    struct badge_wei max_fee_per_gas; /* gasPrice for the legacy kinds */
    struct badge_wei max_priority_fee_per_gas;
    bool has_to; /* false: creates a contract */
    struct badge_address to;
    struct badge_wei value;
    const uint8_t *data;
    size_t data_len;
    const struct badge_tx_access *access; /* of BADGE_TX_EIP1559; usually none */
    size_t n_access;
};
/* A raw transaction has at most data_len + this, and 40 bytes for each entry of its access list, 33 for each key. */
#define BADGE_TX_OVERHEAD 320

/*
 * Signs; raw is what eth_sendRawTransaction takes, hash its keccak-256. raw and tx do not overlap.
 * errors    BADGE_ELIMIT: capacity; for BADGE_TX_EIP155 a chain id beyond EIP-2294's bound, 2^63 − 37
 */
BADGE_API enum badge_status badge_tx_sign(uint8_t *raw, size_t capacity, size_t *raw_len, struct badge_hash *hash,
                                          const struct badge_tx *tx, const struct badge_key *key) BADGE_CHECKED;
/* The unsigned serialization, whose keccak-256 is signed. errors    BADGE_ELIMIT */
BADGE_API enum badge_status badge_tx_unsigned(uint8_t *out, size_t capacity, size_t *out_len,
                                              const struct badge_tx *tx) BADGE_CHECKED;
/* The address that `create` gives a contract: keccak-256(rlp(sender, nonce)); and CREATE2 of EIP-1014. */
BADGE_API void badge_create_address(struct badge_address *out, const struct badge_address *sender, uint64_t nonce);
BADGE_API void badge_create2_address(struct badge_address *out, const struct badge_address *sender,
                                     const struct badge_hash *salt, const struct badge_hash *init_code_hash);

#endif
