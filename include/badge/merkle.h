/*
 * Merkle trees of RFC 9162 section 2.1 with SHA-256, over salted leaves. Nothing here allocates.
 *
 *   leaf data = salt ‖ digest;  leaf = SHA-256(0x00 ‖ salt ‖ digest);  node = SHA-256(0x01 ‖ left ‖ right)
 *   salt = HMAC-SHA256(batch secret, digest)
 *
 * Leaves are in ascending order, no two equal. A tree is stored as its levels above the leaves, one after another
 * from the lowest, the root last: level k has ceil(n_leaves / 2^k) nodes; a last node without a sibling moves up
 * unchanged. A path proves a leaf for a given tree size: the anchor on the chain binds the size itself.
 */
#ifndef BADGE_MERKLE_H
#define BADGE_MERKLE_H

#include "badge/hash.h"

#define BADGE_MAX_LEAVES (1u << 24)
#define BADGE_MAX_PATH 24

BADGE_API void badge_leaf_salt(struct badge_hash *salt, const struct badge_hmac *secret,
                               const struct badge_hash *digest);
BADGE_API void badge_leaf_hash(struct badge_hash *leaf, const struct badge_hash *salt, const struct badge_hash *digest);

/* The number of nodes above n_leaves leaves: 0 for one leaf, whose hash is the root. */
BADGE_API size_t badge_tree_n_above(size_t n_leaves);

/*
 * Builds the levels above the leaves.
 * root      output
 * above     output: badge_tree_n_above(n_leaves) nodes; may be NULL if n_leaves is 1
 * leaf      n_leaves hashes, borrowed; ascending, no two equal
 * errors    BADGE_EORDER, BADGE_ELIMIT (0 or more than BADGE_MAX_LEAVES leaves)
 */
BADGE_API enum badge_status badge_tree_build(struct badge_hash *root, struct badge_hash *above,
                                             const struct badge_hash *leaf, size_t n_leaves,
                                             struct badge_err *err) BADGE_CHECKED;

/*
 * The inclusion path of a leaf, lowest sibling first: RFC 9162 section 2.1.3.1.
 * path      output: at most BADGE_MAX_PATH hashes
 * above     the output of badge_tree_build()
 * sibling   the leaf hash at index ^ 1; ignored if index ^ 1 is not below n_leaves
 * returns   the number of hashes in path
 */
BADGE_API size_t badge_tree_path(struct badge_hash path[BADGE_MAX_PATH], const struct badge_hash *above,
                                 size_t n_leaves, size_t index, const struct badge_hash *sibling);

/*
 * Whether a path leads from a leaf to the root: RFC 9162 section 2.1.3.2.
 * errors    BADGE_EMISMATCH: it does not, or the index, size and length contradict each other
 */
BADGE_API enum badge_status badge_path_verify(const struct badge_hash *root, const struct badge_hash *leaf,
                                              uint64_t index, uint64_t tree_size, const struct badge_hash *path,
                                              size_t n_path) BADGE_CHECKED;

#endif
