/*
 * Keys, shared by the files of node/eth; the public interface is badge/eth.h.
 */
#ifndef ETH_KEY_H
#define ETH_KEY_H

#include "badge/eth.h"

/* At the start of a locked page of its own. */
struct badge_key {
    uint8_t secret[32];
    struct badge_address address;
};

/* A zeroed key in locked memory, to be filled in place, so that no copy of the secret is left elsewhere. */
enum badge_status eth_key_new(struct badge_key **out, struct badge_err *err) BADGE_CHECKED;
/* Checks the secret that was filled in and derives the address. errors    BADGE_ETYPE */
enum badge_status eth_key_complete(struct badge_key *key, struct badge_err *err) BADGE_CHECKED;
/* Gives the key to a caller, or frees it after a failure, and returns the status. */
enum badge_status eth_key_give(struct badge_key **out, struct badge_key *key, enum badge_status status) BADGE_CHECKED;

/* An address is the end of a keccak-256: of x ‖ y of a public key, or of what determines a contract. */
void eth_address_from(struct badge_address *out, const uint8_t *bytes, size_t len);

/* From the kernel; at most 256 bytes. errors    BADGE_EIO */
enum badge_status eth_random(void *out, size_t len, struct badge_err *err) BADGE_CHECKED;

#endif
