/*
 * Trees and paths: exhaustively for small sizes, against the definition in another language, and against public
 * vectors of proofs that must and must not hold.
 */
#include "support/test.h"

#include <ftw.h>
#include <string.h>

#include "badge/merkle.h"
#include "badge/text.h"
#include "support/vectors.h"

#define EXHAUSTIVE 64

struct tree {
    size_t n_leaves;
    struct badge_hash *leaf, *above, root;
};

static int compare(const void *a, const void *b)
{
    return badge_hash_compare(a, b);
}

static struct tree tree_of(size_t n_leaves)
{
    struct tree tree = {.n_leaves = n_leaves};
    tree.leaf = malloc(n_leaves * sizeof *tree.leaf);
    tree.above = malloc((badge_tree_n_above(n_leaves) + 1) * sizeof *tree.above);
    assert_true(tree.leaf && tree.above);
    for (uint64_t i = 0; i < n_leaves; i++) {
        uint8_t counter[8];
        for (size_t k = 0; k < 8; k++)
            counter[k] = (uint8_t)(i >> (56 - 8 * k));
        badge_sha256(&tree.leaf[i], counter, sizeof counter);
    }
    qsort(tree.leaf, n_leaves, sizeof *tree.leaf, compare);
    struct badge_err err;
    if (badge_tree_build(&tree.root, tree.above, tree.leaf, n_leaves, &err) != BADGE_OK)
        fail_msg("%s", err.text);
    if (n_leaves > 1)
        assert_memory_equal(&tree.root, &tree.above[badge_tree_n_above(n_leaves) - 1], sizeof tree.root);
    return tree;
}

static void tree_release(struct tree *tree)
{
    free(tree->leaf);
    free(tree->above);
}

static size_t path_of(struct badge_hash path[BADGE_MAX_PATH], const struct tree *tree, size_t index)
{
    const struct badge_hash *sibling = (index ^ 1) < tree->n_leaves ? &tree->leaf[index ^ 1] : NULL;
    return badge_tree_path(path, tree->above, tree->n_leaves, index, sibling);
}

/* Flips every bit of a hash in turn: none of them may go unseen. */
static void assert_each_bit_counts(struct badge_hash *flipped, const struct badge_hash *root,
                                   const struct badge_hash *leaf, uint64_t index, uint64_t size,
                                   const struct badge_hash *path, size_t n_path)
{
    for (size_t bit = 0; bit < 256; bit++) {
        flipped->b[bit / 8] ^= (uint8_t)(1 << bit % 8);
        assert_int_equal(badge_path_verify(root, leaf, index, size, path, n_path), BADGE_EMISMATCH);
        flipped->b[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
}

static void every_bit_of_small_trees(void **state)
{
    (void)state;
    for (size_t size = 1; size <= EXHAUSTIVE; size++) {
        struct tree tree = tree_of(size);
        for (size_t index = 0; index < size; index++) {
            struct badge_hash path[BADGE_MAX_PATH + 1], leaf = tree.leaf[index], root = tree.root;
            size_t n_path = path_of(path, &tree, index);
            assert_int_equal(badge_path_verify(&root, &leaf, index, size, path, n_path), BADGE_OK);

            assert_each_bit_counts(&leaf, &root, &leaf, index, size, path, n_path);
            assert_each_bit_counts(&root, &root, &leaf, index, size, path, n_path);
            for (size_t i = 0; i < n_path; i++)
                assert_each_bit_counts(&path[i], &root, &leaf, index, size, path, n_path);
            for (unsigned bit = 0; bit < 64; bit++) {
                assert_int_equal(badge_path_verify(&root, &leaf, index ^ UINT64_C(1) << bit, size, path, n_path),
                                 BADGE_EMISMATCH);
            }
            for (uint64_t other = 0; other < size + 3; other++) {
                assert_int_equal(badge_path_verify(&root, &leaf, other, size, path, n_path),
                                 other == index ? BADGE_OK : BADGE_EMISMATCH);
            }
            for (size_t shorter = 0; shorter < n_path; shorter++) {
                assert_int_equal(badge_path_verify(&root, &leaf, index, size, path, shorter), BADGE_EMISMATCH);
                assert_int_equal(badge_path_verify(&root, &leaf, index, size, path + n_path - shorter, shorter),
                                 BADGE_EMISMATCH);
            }
            path[n_path] = root;
            assert_int_equal(badge_path_verify(&root, &leaf, index, size, path, n_path + 1), BADGE_EMISMATCH);
        }
        tree_release(&tree);
    }
}

/*
 * A path can't always tell a wrong size: where its shape is the same, the size is the anchor's to find. Where the
 * length of the path or the sides differ, it must be refused here; a size that the index is not below, always.
 */
static void wrong_sizes(void **state)
{
    (void)state;
    size_t n_unseen = 0;
    for (size_t size = 1; size <= EXHAUSTIVE; size++) {
        struct tree tree = tree_of(size);
        for (size_t index = 0; index < size; index++) {
            struct badge_hash path[BADGE_MAX_PATH], other_path[BADGE_MAX_PATH];
            size_t n_path = path_of(path, &tree, index);
            for (size_t other = 0; other <= 2 * EXHAUSTIVE; other++) {
                enum badge_status status = badge_path_verify(&tree.root, &tree.leaf[index], index, other, path, n_path);
                if (other <= index) {
                    assert_int_equal(status, BADGE_EMISMATCH);
                    continue;
                }
                struct tree another = {.n_leaves = other, .above = calloc(2 * other, sizeof *another.above)};
                struct badge_hash any = {{0}};
                size_t n_other = badge_tree_path(other_path, another.above, other, index, &any);
                if (n_other != n_path)
                    assert_int_equal(status, BADGE_EMISMATCH);
                n_unseen += status == BADGE_OK && other != size;
                free(another.above);
            }
            assert_int_equal(badge_path_verify(&tree.root, &tree.leaf[index], index, UINT64_MAX, path, n_path),
                             BADGE_EMISMATCH);
        }
        tree_release(&tree);
    }
    assert_true(n_unseen > 0); /* or the anchor's check of the size would be needless */
}

/* Leaf and node as their definitions say, from bytes put together here. */
static void leaves_and_nodes(void **state)
{
    (void)state;
    struct badge_hash salt, digest, leaf[2], expected, root, above[1], secret;
    struct badge_hmac hmac;
    uint8_t bytes[65];
    memset(&secret, 7, sizeof secret);
    badge_sha256(&digest, "digest", 6);
    badge_hmac_init(&hmac, secret.b, sizeof secret.b);
    badge_leaf_salt(&salt, &hmac, &digest);
    /* Python: hmac.new(b'\7' * 32, sha256(b'digest').digest(), 'sha256') */
    char text[BADGE_HEX_LEN + 1];
    badge_hex_encode(text, salt.b, sizeof salt.b);
    assert_string_equal(text, "fd713ee8d96d904038099019d6e07809fbd8aae46bbe4e69a297eaf0e63fc007");

    bytes[0] = 0x00;
    memcpy(bytes + 1, salt.b, 32);
    memcpy(bytes + 33, digest.b, 32);
    badge_sha256(&expected, bytes, sizeof bytes);
    badge_leaf_hash(&leaf[0], &salt, &digest);
    assert_memory_equal(&leaf[0], &expected, sizeof expected);

    leaf[1] = leaf[0];
    leaf[0].b[0] = 0x10;
    leaf[1].b[0] = 0x11;
    bytes[0] = 0x01;
    memcpy(bytes + 1, leaf, 64);
    badge_sha256(&expected, bytes, sizeof bytes);
    assert_int_equal(badge_tree_build(&root, above, leaf, 2, NULL), BADGE_OK);
    assert_memory_equal(&root, &expected, sizeof expected);

    assert_int_equal(badge_tree_build(&root, NULL, leaf, 1, NULL), BADGE_OK);
    assert_memory_equal(&root, leaf, sizeof root);
}

static void refused_leaves(void **state)
{
    (void)state;
    struct tree tree = tree_of(9);
    struct badge_hash root;
    struct badge_err err;
    assert_int_equal(badge_tree_build(&root, tree.above, tree.leaf, 0, &err), BADGE_ELIMIT);
    assert_int_equal(badge_tree_build(&root, tree.above, tree.leaf, BADGE_MAX_LEAVES + 1, &err), BADGE_ELIMIT);
    for (size_t i = 1; i < 9; i++) {
        struct badge_hash kept = tree.leaf[i];
        tree.leaf[i] = tree.leaf[i - 1];
        assert_int_equal(badge_tree_build(&root, tree.above, tree.leaf, 9, &err), BADGE_EORDER);
        assert_non_null(strstr(err.text, "equals"));
        memset(&tree.leaf[i], 0, sizeof kept);
        assert_int_equal(badge_tree_build(&root, tree.above, tree.leaf, 9, &err), BADGE_EORDER);
        assert_non_null(strstr(err.text, "below"));
        tree.leaf[i] = kept;
    }
    assert_int_equal(badge_tree_build(&root, tree.above, tree.leaf, 9, &err), BADGE_OK);
    tree_release(&tree);
}

static void shapes(void **state)
{
    (void)state;
    static const size_t known[][2] = {
        {0, 0}, {1, 0}, {2, 1}, {3, 3}, {4, 3}, {5, 6}, {6, 6}, {7, 7}, {8, 7}, {9, 11}, {1 << 24, (1 << 24) - 1}};
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        assert_int_equal(badge_tree_n_above(known[i][0]), known[i][1]);
}

/* The same trees by the definition of the RFC, in Python. */
static void another_implementation(void **state)
{
    (void)state;
    char command[2048], line[2048];
    int used = snprintf(command, sizeof command, "python3 %s/support/merkle_oracle.py 1000 4095 4096 4097 10007",
                        TESTS_DIR);
    for (int size = 1; size <= 130; size++)
        used += snprintf(command + used, sizeof command - (size_t)used, " %d", size);
    FILE *oracle = popen(command, "r");
    assert_non_null(oracle);
    struct tree tree = {0};
    size_t n_roots = 0, n_paths = 0;
    while (fgets(line, sizeof line, oracle)) {
        char *rest = NULL, *word = strtok_r(line, " \n", &rest), text[BADGE_HEX_LEN + 1];
        size_t size = strtoul(strtok_r(NULL, " \n", &rest), NULL, 10);
        if (strcmp(word, "root") == 0) {
            tree_release(&tree);
            tree = tree_of(size);
            badge_hex_encode(text, tree.root.b, sizeof tree.root.b);
            assert_string_equal(text, strtok_r(NULL, " \n", &rest));
            n_roots++;
            continue;
        }
        assert_string_equal(word, "path");
        assert_int_equal(size, tree.n_leaves);
        struct badge_hash path[BADGE_MAX_PATH];
        size_t index = strtoul(strtok_r(NULL, " \n", &rest), NULL, 10);
        size_t n_path = path_of(path, &tree, index), n = 0;
        for (; (word = strtok_r(NULL, " \n", &rest)) != NULL; n++) {
            assert_true(n < n_path);
            badge_hex_encode(text, path[n].b, sizeof path[n].b);
            assert_string_equal(text, word);
        }
        assert_int_equal(n, n_path);
        n_paths++;
    }
    assert_int_equal(pclose(oracle), 0);
    assert_int_equal(n_roots, 135);
    assert_int_equal(n_paths, 130 * 131 / 2 + 5 * 6);
    tree_release(&tree);
}

static void largest_tree_fits_its_path(void **state)
{
    (void)state;
    static struct badge_hash path[BADGE_MAX_PATH];
    struct badge_hash *above = calloc(badge_tree_n_above(BADGE_MAX_LEAVES), sizeof *above), sibling = {{1}};
    assert_non_null(above);
    assert_int_equal(badge_tree_path(path, above, BADGE_MAX_LEAVES, 0, &sibling), BADGE_MAX_PATH);
    assert_int_equal(badge_tree_path(path, above, BADGE_MAX_LEAVES, BADGE_MAX_LEAVES - 1, &sibling), BADGE_MAX_PATH);
    free(above);
}

/* -- public vectors ----------------------------------------------------------------------------------------------- */

static int base64_value(char c)
{
    static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const char *at = c ? strchr(alphabet, c) : NULL;
    return at ? (int)(at - alphabet) : -1;
}

/* Whether the text is of exactly one hash: what is not can't even be put into our types, and is refused with that. */
static bool base64_hash(struct badge_hash *out, const char *text)
{
    uint8_t bytes[64];
    size_t n = 0;
    unsigned bits = 0, held = 0;
    for (; text && *text && *text != '=' && n < sizeof bytes; text++) {
        int value = base64_value(*text);
        assert_true(value >= 0);
        bits = bits << 6 | (unsigned)value;
        held += 6;
        if (held >= 8) {
            held -= 8;
            bytes[n++] = (uint8_t)(bits >> held);
        }
    }
    if (n == sizeof out->b)
        memcpy(out->b, bytes, sizeof out->b);
    return n == sizeof out->b;
}

static uint64_t unsigned_value(const json_t *value)
{
    /* Every integer is read as a double: exact for these small ones, and one less than index 0 is 2^64 then. */
    double real = json_real_value(value);
    return real >= 18446744073709551615.0 ? UINT64_MAX : (uint64_t)real;
}

static size_t n_vectors, n_holding;

static void run_vector(const char *name)
{
    size_t len, i;
    json_error_t error;
    char *bytes = vectors_read(name, &len);
    json_t *one = json_loadb(bytes, len, JSON_DECODE_INT_AS_REAL, &error), *item;
    free(bytes);
    assert_non_null(one);
    const json_t *proof = json_object_get(one, "proof");
    struct badge_hash root, leaf, path[16];
    bool shaped = base64_hash(&root, json_string_value(json_object_get(one, "root"))) &
                  base64_hash(&leaf, json_string_value(json_object_get(one, "leafHash")));
    assert_true(json_array_size(proof) <= 16);
    json_array_foreach(proof, i, item)
    {
        shaped = base64_hash(&path[i], json_string_value(item)) && shaped;
    }
    bool holds = shaped && badge_path_verify(&root, &leaf, unsigned_value(json_object_get(one, "leafIdx")),
                                             unsigned_value(json_object_get(one, "treeSize")), path,
                                             json_array_size(proof)) == BADGE_OK;
    if (holds == json_is_true(json_object_get(one, "wantErr")))
        fail_msg("%s: %s", name, holds ? "holds, and must not" : "does not hold");
    n_vectors++;
    n_holding += holds;
    json_decref(one);
}

static int on_file(const char *path, const struct stat *status, int type, struct FTW *ftw)
{
    (void)status;
    (void)ftw;
    const char *dir = getenv("BADGED_VECTORS");
    size_t len = strlen(path);
    if (type == FTW_F && len > 5 && strcmp(path + len - 5, ".json") == 0)
        run_vector(path + strlen(dir) + 1);
    return 0;
}

static void public_vectors(void **state)
{
    (void)state;
    char folder[4096];
    free(vectors_read("merkle/inclusion/1/happy-path.json", NULL)); /* skips, or fails, where there are none */
    snprintf(folder, sizeof folder, "%s/merkle/inclusion", getenv("BADGED_VECTORS"));
    assert_int_equal(nftw(folder, on_file, 8, FTW_PHYS), 0);
    assert_int_equal(n_vectors, 98);
    assert_int_equal(n_holding, 6);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_bit_of_small_trees),
        cmocka_unit_test(wrong_sizes),
        cmocka_unit_test(leaves_and_nodes),
        cmocka_unit_test(refused_leaves),
        cmocka_unit_test(shapes),
        cmocka_unit_test(another_implementation),
        cmocka_unit_test(largest_tree_fits_its_path),
        cmocka_unit_test(public_vectors),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
