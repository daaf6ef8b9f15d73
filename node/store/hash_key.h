/*
 * The first slot of a digest in a hash table. Attackers can choose digests, so each table draws its own random key.
 * Multilinear over the digest's eight 32-bit words, with a 64-bit key word each; the result is the upper half (strongly
 * universal: Lemire and Kaser, "Strongly universal string hashing is fast").
 */
#ifndef STORE_HASH_KEY_H
#define STORE_HASH_KEY_H

#include "badge/hash.h"
#include "store/bytes.h"

struct hash_key {
    uint64_t key[9];
};

/* errors    BADGE_EIO (no randomness) */
enum badge_status hash_key_init(struct hash_key *out, struct badge_err *err) BADGE_CHECKED;

/* n_slots is a power of two, at most 2^32. */
static inline size_t hash_key_slot(const struct hash_key *hash_key, const struct badge_hash *digest, size_t n_slots)
{
    uint64_t sum = hash_key->key[8];
    for (size_t i = 0; i < 8; i++)
        sum += hash_key->key[i] * get_u32(digest->b + 4 * i);
    return (size_t)(sum >> 32) & (n_slots - 1);
}

#endif
