/*
 * The order of an object's members. Called by the parser when names did not arrive in order, and by lookups.
 *
 * The sort is a merge sort, so that no choice of names makes it quadratic, and it needs no recursion.
 */
#include "core/json_tree.h"

#include <string.h>

#define SMALL 12 /* up to this many members, insertion sort is faster */

int core_json_compare(const char *a, size_t a_len, const char *b, size_t b_len)
{
    size_t len = a_len < b_len ? a_len : b_len, i = 0;
    for (; len - i >= 8; i += 8)
        if (memcmp(a + i, b + i, 8) != 0)
            break;
    for (; i < len; i++) {
        unsigned char x = (unsigned char)a[i], y = (unsigned char)b[i];
        if (x == y)
            continue;
        if (x >= 0xee && y >= 0xee && (x >= 0xf0) != (y >= 0xf0))
            return x >= 0xf0 ? -1 : 1;
        return x < y ? -1 : 1;
    }
    return (a_len > b_len) - (a_len < b_len);
}

static bool after(const struct badge_json_value *a, const struct badge_json_value *b)
{
    return core_json_compare(a->as.text, a->len, b->as.text, b->len) > 0;
}

static void move(struct badge_json_value *to, const struct badge_json_value *pair)
{
    memcpy(to, pair, 2 * sizeof *pair);
}

static void sort_small(struct badge_json_value *pairs, size_t n)
{
    for (size_t i = 1; i < n; i++) {
        struct badge_json_value held[2];
        size_t j = i;
        move(held, pairs + 2 * i);
        for (; j > 0 && after(pairs + 2 * (j - 1), held); j--)
            move(pairs + 2 * j, pairs + 2 * (j - 1));
        move(pairs + 2 * j, held);
    }
}

/* Merges the runs [0, middle) and [middle, n) of from into to. */
static void merge(struct badge_json_value *to, const struct badge_json_value *from, size_t middle, size_t n)
{
    size_t left = 0, right = middle;
    for (size_t i = 0; i < n; i++) {
        bool take_right = left == middle || (right < n && after(from + 2 * left, from + 2 * right));
        move(to + 2 * i, from + 2 * (take_right ? right++ : left++));
    }
}

void core_json_sort(struct badge_json_value *pairs, size_t n_members, struct badge_json_value *scratch)
{
    for (size_t i = 0; i < n_members; i += SMALL)
        sort_small(pairs + 2 * i, n_members - i < SMALL ? n_members - i : SMALL);

    struct badge_json_value *from = pairs, *to = scratch;
    for (size_t run = SMALL; run < n_members; run *= 2) {
        for (size_t i = 0; i < n_members; i += 2 * run) {
            size_t n = n_members - i < 2 * run ? n_members - i : 2 * run;
            merge(to + 2 * i, from + 2 * i, n < run ? n : run, n);
        }
        struct badge_json_value *swap = from;
        from = to;
        to = swap;
    }
    if (from != pairs)
        memcpy(pairs, from, 2 * n_members * sizeof *pairs);
}
