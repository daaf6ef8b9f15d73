/*
 * Merkle trees of RFC 9162 section 2.1: built level by level when a batch is sealed, read for each receipt, and
 * walked by every verifier. The RFC defines a tree by splitting at the largest power of two below its size; pairing the
 * nodes of each level, with a last single node moved up unchanged, gives the same nodes.
 */
#include "badge/merkle.h"

#include <string.h>

#include "badge/text.h"

static void hash_pair(struct badge_hash *out, uint8_t prefix, const struct badge_hash *left,
                      const struct badge_hash *right)
{
    uint8_t bytes[1 + 2 * sizeof(struct badge_hash)];
    bytes[0] = prefix;
    memcpy(bytes + 1, left->b, sizeof left->b);
    memcpy(bytes + 1 + sizeof left->b, right->b, sizeof right->b);
    badge_sha256(out, bytes, sizeof bytes);
}

static void node_hash(struct badge_hash *out, const struct badge_hash *left, const struct badge_hash *right)
{
    hash_pair(out, 0x01, left, right);
}

void badge_leaf_salt(struct badge_hash *salt, const struct badge_hmac *secret, const struct badge_hash *digest)
{
    badge_hmac_sha256(salt, secret, digest->b, sizeof digest->b);
}

void badge_leaf_hash(struct badge_hash *leaf, const struct badge_hash *salt, const struct badge_hash *digest)
{
    hash_pair(leaf, 0x00, salt, digest);
}

size_t badge_tree_n_above(size_t n_leaves)
{
    size_t n_above = 0;
    for (size_t n = n_leaves; n > 1;) {
        n = n / 2 + n % 2;
        n_above += n;
    }
    return n_above;
}

enum badge_status badge_tree_build(struct badge_hash *root, struct badge_hash *above, const struct badge_hash *leaf,
                                   size_t n_leaves, struct badge_err *err)
{
    if (n_leaves == 0 || n_leaves > BADGE_MAX_LEAVES) {
        return badge_fail(err, BADGE_ELIMIT, BADGE_NO_OFFSET, "a tree has 1 to %u leaves, not %zu", BADGE_MAX_LEAVES,
                          n_leaves);
    }
    for (size_t i = 1; i < n_leaves; i++) {
        int order = badge_hash_compare(&leaf[i - 1], &leaf[i]);
        if (order >= 0) {
            return badge_fail(err, BADGE_EORDER, BADGE_NO_OFFSET,
                              order == 0 ? "leaf %zu equals the one before it" : "leaf %zu is below the one before it",
                              i);
        }
    }
    BADGE_ASSERT(above || n_leaves == 1);

    const struct badge_hash *level = leaf;
    size_t n = n_leaves;
    while (n > 1) {
        size_t n_pairs = n / 2;
        for (size_t i = 0; i < n_pairs; i++)
            node_hash(&above[i], &level[2 * i], &level[2 * i + 1]);
        if (n % 2 != 0)
            above[n_pairs] = level[n - 1];
        level = above;
        n = n_pairs + n % 2;
        above += n;
    }
    *root = level[0];
    return BADGE_OK;
}

size_t badge_tree_path(struct badge_hash path[BADGE_MAX_PATH], const struct badge_hash *above, size_t n_leaves,
                       size_t index, const struct badge_hash *sibling)
{
    BADGE_ASSERT(n_leaves <= BADGE_MAX_LEAVES && index < n_leaves);
    size_t n_path = 0;

    if ((index ^ 1) < n_leaves)
        path[n_path++] = *sibling;
    const struct badge_hash *level = above;
    size_t n = n_leaves / 2 + n_leaves % 2;
    for (index /= 2; n > 1; index /= 2) {
        if ((index ^ 1) < n)
            path[n_path++] = level[index ^ 1];
        level += n;
        n = n / 2 + n % 2;
    }
    return n_path;
}

enum badge_status badge_path_verify(const struct badge_hash *root, const struct badge_hash *leaf, uint64_t index,
                                    uint64_t tree_size, const struct badge_hash *path, size_t n_path)
{
    if (index >= tree_size)
        return BADGE_EMISMATCH;
    /* Positions in the level of `node`: its own, and the last one. */
    uint64_t position = index, last = tree_size - 1;
    struct badge_hash node = *leaf;
    for (size_t i = 0; i < n_path; i++) {
        if (last == 0)
            return BADGE_EMISMATCH;
        /* A last node without a sibling moves up unchanged until it is a right child. */
        while (position == last && position % 2 == 0) {
            position /= 2;
            last /= 2;
        }
        if (position % 2 != 0)
            node_hash(&node, &path[i], &node);
        else
            node_hash(&node, &node, &path[i]);
        position /= 2;
        last /= 2;
    }
    return last == 0 && badge_hash_compare(&node, root) == 0 ? BADGE_OK : BADGE_EMISMATCH;
}
