/*
 * Trees: the time to build one, and the number of paths verified and leaves salted per second.
 *
 *   bench_merkle [--json] [--leaves N]
 *
 * --leaves is the size of the tree, 1,000,000 by default; --json prints one line of JSON.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "badge/merkle.h"
#include "badge/text.h"

#define N_PATHS 200000

static double now_s(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void die(const char *what, const char *why)
{
    fprintf(stderr, "bench_merkle: %s: %s\n", what, why);
    exit(2);
}

static int compare(const void *a, const void *b)
{
    return badge_hash_compare(a, b);
}

/* Sorted, salted leaves of generated digests. Returns the seconds for salts and leaves, without the sorting. */
static double make_leaves(struct badge_hash *leaf, size_t n_leaves)
{
    struct badge_hmac secret;
    badge_hmac_init(&secret, "a secret of a batch, 32 bytes it is", 32);
    double begin = now_s();
    for (size_t i = 0; i < n_leaves; i++) {
        struct badge_hash digest = {{0}}, salt;
        memcpy(digest.b, &i, sizeof i);
        badge_leaf_salt(&salt, &secret, &digest);
        badge_leaf_hash(&leaf[i], &salt, &digest);
    }
    double took_s = now_s() - begin;
    qsort(leaf, n_leaves, sizeof *leaf, compare);
    return took_s;
}

/* Creates and verifies paths from all parts of the tree; returns the seconds for the verification. */
static double walk_paths(const struct badge_hash *root, const struct badge_hash *leaf, const struct badge_hash *above,
                         size_t n_leaves)
{
    double took_s = 0;
    for (size_t i = 0; i < N_PATHS; i++) {
        struct badge_hash path[BADGE_MAX_PATH];
        size_t index = i * 2654435761u % n_leaves;
        size_t n_path = badge_tree_path(path, above, n_leaves, index, &leaf[(index ^ 1) % n_leaves]);
        double begin = now_s();
        if (badge_path_verify(root, &leaf[index], index, n_leaves, path, n_path) != BADGE_OK)
            die("a path", "does not lead to the root");
        took_s += now_s() - begin;
    }
    return took_s;
}

int main(int argc, char **argv)
{
    bool json = false;
    size_t n_leaves = 1000000;
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--json") == 0)
            json = true;
        else if (strcmp(argv[i], "--leaves") == 0 && i + 1 < argc)
            n_leaves = strtoul(argv[++i], NULL, 10);
        else
            die(argv[i], "usage: bench_merkle [--json] [--leaves N]");
    }
    if (n_leaves < 2 || n_leaves > BADGE_MAX_LEAVES)
        die("--leaves", "2 to 16777216");

    size_t n_above = badge_tree_n_above(n_leaves);
    struct badge_hash *leaf = malloc(n_leaves * sizeof *leaf), *above = calloc(n_above, sizeof *above), root;
    struct badge_err err;
    if (leaf == NULL || above == NULL)
        die("no tree", "out of memory");
    double leaves_s = make_leaves(leaf, n_leaves), begin = now_s();
    if (badge_tree_build(&root, above, leaf, n_leaves, &err) != BADGE_OK)
        die("no tree", err.text);
    double tree_s = now_s() - begin, paths_s = walk_paths(&root, leaf, above, n_leaves);
    free(leaf);
    free(above);

    char hex[BADGE_HEX_LEN + 1];
    badge_hex_encode(hex, root.b, sizeof root.b);
    double nodes = (double)(n_leaves - 1) / tree_s, paths = N_PATHS / paths_s, leaves = (double)n_leaves / leaves_s;
    if (json)
        printf("{\"bench\":\"merkle\",\"leaves\":%zu,\"root\":\"%s\",\"treeSeconds\":%.4f,\"nodesPerSecond\":%.0f,"
               "\"pathsPerSecond\":%.0f,\"leavesPerSecond\":%.0f}\n",
               n_leaves, hex, tree_s, nodes, paths, leaves);
    else
        printf(
            "a tree of %zu leaves: %.3f s, %.0f nodes a second; %.0f paths verified and %.0f leaves salted a second\n",
            n_leaves, tree_s, nodes, paths, leaves);
    return 0;
}
