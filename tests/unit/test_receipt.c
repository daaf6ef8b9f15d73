/*
 * Receipts written and read: the round trip, and every member missing, of another type and out of its range.
 */
#include "support/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "badge/receipt.h"

#define HASH_A "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
#define HASH_B "f0112233445566778899aabbccddeeff00112233445566778899aabbccddee0f"

/* A receipt as another writer may put it, with a place for each member to be replaced. */
static const struct part {
    const char *name, *json;
} part[] = {
    {"type", "\"BadgeReceipt\""},
    {"version", "1"},
    {"digest", NULL},
    {"digest.algorithm", "\"sha-256\""},
    {"digest.canonicalization", "\"jcs\""},
    {"digest.value", "\"" HASH_A "\""},
    {"inclusion", NULL},
    {"inclusion.algorithm", "\"RFC9162_SHA256\""},
    {"inclusion.salt", "\"" HASH_B "\""},
    {"inclusion.root", "\"" HASH_A "\""},
    {"inclusion.treeSize", "1000"},
    {"inclusion.leafIndex", "5"},
    {"inclusion.path", "[\"" HASH_A "\", \"" HASH_B "\"]"},
    {"anchor", NULL},
    {"anchor.chainId", "31337"},
    {"anchor.contract", "\"0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed\""},
    {"anchor.issuer", "\"0xFB6916095CA1DF60BB79CE92CE3EA74C37C5D359\""},
    {"anchor.sequence", "7"},
    {"anchor.status", "\"final\""},
    {"anchor.transaction", "\"0x" HASH_B "\""},
    {"anchor.block", NULL},
    {"anchor.block.number", "12"},
    {"anchor.block.hash", "\"0x" HASH_A "\""},
    {"anchor.block.time", "\"2026-11-23T12:00:00Z\""},
};
#define N_PARTS (sizeof part / sizeof part[0])

static size_t n_dots(const char *name)
{
    size_t n = 0;
    for (; (name = strchr(name, '.')) != NULL; name++)
        n++;
    return n;
}

/* Writes the receipt with the named member's value replaced, or left out where json is NULL. */
static void compose(char *out, size_t capacity, const char *changed, const char *json)
{
    size_t depth = 0, len = (size_t)snprintf(out, capacity, "{");
    bool first = true;
    const char *skipped = NULL; /* an object replaced or left out takes its members along */
    for (size_t i = 0; i <= N_PARTS; i++) {
        const char *name = i < N_PARTS ? part[i].name : "";
        if (i < N_PARTS && skipped && strncmp(name, skipped, strlen(skipped)) == 0 && name[strlen(skipped)] == '.')
            continue;
        for (; depth > (i < N_PARTS ? n_dots(name) : 0); depth--) {
            len += (size_t)snprintf(out + len, capacity - len, "}");
            first = false;
        }
        if (i == N_PARTS)
            break;
        const char *value = part[i].json;
        bool is_changed = changed && strcmp(name, changed) == 0;
        if (is_changed) {
            skipped = name;
            value = json;
            if (!json)
                continue;
        }
        const char *dot = strrchr(name, '.');
        len += (size_t)snprintf(out + len, capacity - len, "%s\"%s\": ", first ? "" : ", ", dot ? dot + 1 : name);
        len += (size_t)snprintf(out + len, capacity - len, "%s", value ? value : "{");
        first = value == NULL;
        depth += value == NULL;
    }
    snprintf(out + len, capacity - len, "}");
    assert_true(len + 2 < capacity);
}

static enum badge_status decode_with(const char *changed, const char *json, struct badge_receipt *receipt,
                                     struct badge_err *err)
{
    char text[8192];
    compose(text, sizeof text, changed, json);
    memset(err, 0, sizeof *err);
    return badge_receipt_decode(receipt, text, strlen(text), err);
}

static void assert_refused(const char *changed, const char *json, enum badge_status status)
{
    struct badge_receipt receipt;
    struct badge_err err;
    enum badge_status got = decode_with(changed, json, &receipt, &err);
    if (got != status) {
        fail_msg("%s = %s: %s instead of %s: %s", changed, json ? json : "(absent)", badge_status_name(got),
                 badge_status_name(status), err.text);
    }
    assert_int_equal(err.status, status);
    assert_true(strlen(err.text) > 10);
    /* the text names the member, if only by its last name */
    const char *dot = strrchr(changed, '.');
    if (status == BADGE_ETYPE && !strstr(err.text, dot ? dot + 1 : changed))
        fail_msg("%s: the text does not name it: %s", changed, err.text);
}

static void reads_what_others_write(void **state)
{
    (void)state;
    struct badge_receipt receipt;
    struct badge_err err;
    struct badge_hash a, b;
    char text[BADGE_ADDRESS_LEN + 1];
    assert_int_equal(badge_hex_decode(a.b, 32, HASH_A, 64), BADGE_OK);
    assert_int_equal(badge_hex_decode(b.b, 32, HASH_B, 64), BADGE_OK);
    if (decode_with(NULL, NULL, &receipt, &err) != BADGE_OK)
        fail_msg("%s", err.text);
    assert_int_equal(receipt.digest.label, BADGE_LABEL_JCS);
    assert_memory_equal(&receipt.digest.value, &a, sizeof a);
    assert_memory_equal(&receipt.salt, &b, sizeof a);
    assert_memory_equal(&receipt.root, &a, sizeof a);
    assert_int_equal(receipt.tree_size, 1000);
    assert_int_equal(receipt.leaf_index, 5);
    assert_int_equal(receipt.n_path, 2);
    assert_memory_equal(&receipt.path[0], &a, sizeof a);
    assert_memory_equal(&receipt.path[1], &b, sizeof a);
    assert_int_equal(receipt.chain_id, 31337);
    badge_address_format(text, &receipt.contract);
    assert_string_equal(text, "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed");
    badge_address_format(text, &receipt.issuer);
    assert_string_equal(text, "0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359");
    assert_true(receipt.has_sequence && receipt.has_transaction && receipt.has_block);
    assert_int_equal(receipt.sequence, 7);
    assert_int_equal(receipt.status, BADGE_ANCHOR_FINAL);
    assert_memory_equal(&receipt.transaction, &b, sizeof a);
    assert_int_equal(receipt.block_number, 12);
    assert_memory_equal(&receipt.block_hash, &a, sizeof a);
    assert_int_equal(receipt.block_time_s, 1795435200);
}

static void every_member_is_needed_or_optional(void **state)
{
    (void)state;
    static const char *const optional[] = {"anchor.sequence", "anchor.transaction", "anchor.block"};
    static const char *const other_types[] = {"null",
                                              "true",
                                              "false",
                                              "-1",
                                              "0.5",
                                              "1e300",
                                              "\"\"",
                                              "\"x\"",
                                              "[]",
                                              "[1]",
                                              "{}",
                                              "{\"a\": 1}",
                                              "\"" HASH_A HASH_A "\"",
                                              "\"\\u0000\""};
    for (size_t i = 0; i < N_PARTS; i++) {
        struct badge_receipt receipt;
        struct badge_err err;
        bool is_optional = false;
        for (size_t k = 0; k < sizeof optional / sizeof optional[0]; k++)
            is_optional = is_optional || strcmp(part[i].name, optional[k]) == 0;
        if (is_optional) {
            assert_int_equal(decode_with(part[i].name, NULL, &receipt, &err), BADGE_OK);
            assert_int_equal(receipt.has_sequence + receipt.has_transaction + receipt.has_block, 2);
        } else {
            assert_refused(part[i].name, NULL, BADGE_ETYPE);
        }
        for (size_t k = 0; k < sizeof other_types / sizeof other_types[0]; k++) {
            enum badge_status status = decode_with(part[i].name, other_types[k], &receipt, &err);
            /* an empty path is that of a tree of one leaf; another version or word is of a later writer */
            bool is_empty_path = strcmp(part[i].name, "inclusion.path") == 0 && strcmp(other_types[k], "[]") == 0;
            if (is_empty_path)
                assert_int_equal(status, BADGE_OK);
            else if (status != BADGE_ETYPE && status != BADGE_EUNSUPPORTED)
                fail_msg("%s = %s: %s", part[i].name, other_types[k], badge_status_name(status));
        }
    }
}

static void ranges(void **state)
{
    (void)state;
    static const struct {
        const char *name, *json;
        enum badge_status status;
    } bad[] = {
        {"type", "\"BadgeBundle\"", BADGE_ETYPE},
        {"type", "\"badgereceipt\"", BADGE_ETYPE},
        {"version", "0", BADGE_EUNSUPPORTED},
        {"version", "2", BADGE_EUNSUPPORTED},
        {"version", "-1", BADGE_EUNSUPPORTED},
        {"version", "\"1\"", BADGE_ETYPE},
        {"digest.algorithm", "\"sha-512\"", BADGE_EUNSUPPORTED},
        {"digest.algorithm", "\"SHA-256\"", BADGE_EUNSUPPORTED},
        {"digest.canonicalization", "\"rdfc\"", BADGE_EUNSUPPORTED},
        {"digest.canonicalization", "\"JCS\"", BADGE_EUNSUPPORTED},
        {"digest.canonicalization", "\"jcs\\u0000\"", BADGE_EUNSUPPORTED},
        {"digest.value", "\"F0112233445566778899aabbccddeeff00112233445566778899aabbccddee0f\"", BADGE_ETYPE},
        {"digest.value", "\"0x112233445566778899aabbccddeeff00112233445566778899aabbccddee0f\"", BADGE_ETYPE},
        {"digest.value", "\"0x" HASH_A "\"", BADGE_ETYPE},
        {"digest.value", "\"00112233445566778899aabbccddeeff00112233445566778899aabbccddeef\"", BADGE_ETYPE},
        {"digest.value", "\"" HASH_A "0\"", BADGE_ETYPE},
        {"inclusion.algorithm", "\"RFC6962_SHA256\"", BADGE_EUNSUPPORTED},
        {"inclusion.salt", "\"00112233445566778899AABBccddeeff00112233445566778899aabbccddeeff\"", BADGE_ETYPE},
        {"inclusion.treeSize", "0", BADGE_ETYPE},
        {"inclusion.treeSize", "5", BADGE_ETYPE},
        {"inclusion.treeSize", "16777217", BADGE_ETYPE},
        {"inclusion.treeSize", "9007199254740991", BADGE_ETYPE},
        {"inclusion.treeSize", "1000.5", BADGE_ETYPE},
        {"inclusion.treeSize", "\"1000\"", BADGE_ETYPE},
        {"inclusion.leafIndex", "1000", BADGE_ETYPE},
        {"inclusion.leafIndex", "16777216", BADGE_ETYPE},
        {"inclusion.leafIndex", "-1", BADGE_ETYPE},
        {"inclusion.path", "{\"0\": \"" HASH_A "\"}", BADGE_ETYPE},
        {"inclusion.path", "[\"" HASH_A "\", 1]", BADGE_ETYPE},
        {"inclusion.path", "[\"" HASH_A "\", [\"" HASH_A "\"]]", BADGE_ETYPE},
        {"inclusion.path", "[\"\", \"" HASH_A "\"]", BADGE_ETYPE},
        {"anchor.chainId", "0", BADGE_ETYPE},
        {"anchor.chainId", "\"0x7a69\"", BADGE_ETYPE},
        {"anchor.contract", "\"5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed\"", BADGE_ETYPE},
        {"anchor.contract", "\"0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAe\"", BADGE_ETYPE},
        {"anchor.issuer", "\"0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAeZ\"", BADGE_ETYPE},
        {"anchor.sequence", "-7", BADGE_ETYPE},
        {"anchor.sequence", "null", BADGE_ETYPE},
        {"anchor.status", "\"pending\"", BADGE_EUNSUPPORTED},
        {"anchor.status", "\"Final\"", BADGE_EUNSUPPORTED},
        {"anchor.transaction", "\"" HASH_A "\"", BADGE_ETYPE},
        {"anchor.transaction", "\"0X" HASH_A "\"", BADGE_ETYPE},
        {"anchor.transaction", "\"0x0x" HASH_A "\"", BADGE_ETYPE},
        {"anchor.block.number", "1.5", BADGE_ETYPE},
        {"anchor.block.hash", "\"" HASH_A "\"", BADGE_ETYPE},
        {"anchor.block.time", "\"2026-11-23T12:00:00+00:00\"", BADGE_ETYPE},
        {"anchor.block.time", "\"2026-11-23T12:00:00.5Z\"", BADGE_ETYPE},
        {"anchor.block.time", "\"2026-11-23T12:00:00z\"", BADGE_ETYPE},
        {"anchor.block.time", "\"2026-11-31T12:00:00Z\"", BADGE_ETYPE},
        {"anchor.block.time", "1795435200", BADGE_ETYPE},
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_refused(bad[i].name, bad[i].json, bad[i].status);
    static const char *const good[][2] = {
        {"version", "1.0"},
        {"digest.canonicalization", "\"raw\""},
        {"digest.canonicalization", "\"compact\""},
        {"digest.canonicalization", "\"external\""},
        {"digest.algorithm", "\"\\u0073ha-256\""},
        {"inclusion.treeSize", "6"},
        {"inclusion.treeSize", "16777216"},
        {"inclusion.leafIndex", "999"},
        {"anchor.chainId", "9007199254740991"},
        {"anchor.sequence", "0"},
        {"anchor.status", "\"sealed\""},
        {"anchor.status", "\"sent\""},
        {"anchor.status", "\"mined\""},
        {"anchor.transaction", "\"0xF0112233445566778899aabbccddeeff00112233445566778899aabbccddee0f\""},
    };
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        assert_refused(good[i][0], "[[]]", BADGE_ETYPE); /* the replacement itself works */
        struct badge_receipt receipt;
        struct badge_err err;
        if (decode_with(good[i][0], good[i][1], &receipt, &err) != BADGE_OK)
            fail_msg("%s = %s: %s", good[i][0], good[i][1], err.text);
    }
}

static void path_length(void **state)
{
    (void)state;
    struct badge_receipt receipt;
    struct badge_err err;
    char path[4096];
    for (size_t n = 23; n <= 25; n++) {
        size_t len = (size_t)snprintf(path, sizeof path, "[");
        for (size_t i = 0; i < n; i++)
            len += (size_t)snprintf(path + len, sizeof path - len, "%s\"" HASH_A "\"", i > 0 ? "," : "");
        snprintf(path + len, sizeof path - len, "]");
        assert_int_equal(decode_with("inclusion.path", path, &receipt, &err), n <= 24 ? BADGE_OK : BADGE_ETYPE);
    }
}

static void unknown_members(void **state)
{
    (void)state;
    struct badge_receipt plain, extended;
    struct badge_err err;
    assert_int_equal(decode_with(NULL, NULL, &plain, &err), BADGE_OK);
    for (size_t i = 0; i < N_PARTS; i++) {
        char json[2048], text[8192];
        if (!part[i].json)
            continue; /* an unknown member after each member that is known, at its level */
        snprintf(json, sizeof json, "%s, \"path2\": [{\"type\": 3}], \"\": null", part[i].json);
        compose(text, sizeof text, part[i].name, json);
        assert_int_equal(badge_receipt_decode(&extended, text, strlen(text), &err), BADGE_OK);
        assert_memory_equal(&extended, &plain, sizeof plain);
    }
}

static struct badge_receipt some_receipt(unsigned seed)
{
    struct badge_receipt receipt;
    memset(&receipt, 0, sizeof receipt); /* the round trip is compared byte by byte */
    srand(seed);
    uint8_t *b = receipt.digest.value.b;
    for (size_t i = 0; i < 32; i++) {
        b[i] = (uint8_t)rand();
        receipt.salt.b[i] = (uint8_t)rand();
        receipt.root.b[i] = (uint8_t)rand();
    }
    receipt.digest.label = (enum badge_label)(1 + rand() % 4);
    receipt.tree_size = 1 + (uint64_t)rand() % BADGE_MAX_LEAVES;
    receipt.leaf_index = (uint64_t)rand() % receipt.tree_size;
    receipt.n_path = (size_t)rand() % (BADGE_MAX_PATH + 1);
    for (size_t i = 0; i < receipt.n_path; i++)
        memset(&receipt.path[i], rand(), sizeof receipt.path[i]);
    receipt.chain_id = 1 + (uint64_t)rand();
    memset(&receipt.contract, rand(), sizeof receipt.contract);
    memset(&receipt.issuer, rand(), sizeof receipt.issuer);
    receipt.status = (enum badge_anchor_status)(rand() % 4);
    receipt.has_sequence = rand() % 2;
    receipt.has_transaction = rand() % 2;
    receipt.has_block = rand() % 2;
    if (receipt.has_sequence)
        receipt.sequence = (uint64_t)rand() << 10;
    if (receipt.has_transaction)
        memset(&receipt.transaction, rand(), sizeof receipt.transaction);
    if (receipt.has_block) {
        receipt.block_number = (uint64_t)rand();
        memset(&receipt.block_hash, rand(), sizeof receipt.block_hash);
        receipt.block_time_s = rand();
    }
    return receipt;
}

static void round_trip(void **state)
{
    (void)state;
    for (unsigned seed = 0; seed < 500; seed++) {
        struct badge_receipt receipt = some_receipt(seed), back;
        struct badge_err err;
        char text[BADGE_RECEIPT_MAX_LEN];
        size_t len = badge_receipt_encode(text, &receipt);
        assert_int_equal(len, strlen(text));
        assert_int_equal(text[len - 1], '\n');
        if (badge_receipt_decode(&back, text, len, &err) != BADGE_OK)
            fail_msg("%s\n%s", err.text, text);
        assert_memory_equal(&back, &receipt, sizeof receipt);
    }
}

static void the_largest_fits(void **state)
{
    (void)state;
    struct badge_receipt receipt, back;
    char text[BADGE_RECEIPT_MAX_LEN];
    memset(&receipt, 0xff, sizeof receipt);
    receipt.digest.label = BADGE_LABEL_EXTERNAL;
    receipt.tree_size = BADGE_MAX_LEAVES;
    receipt.leaf_index = BADGE_MAX_LEAVES - 1;
    receipt.n_path = BADGE_MAX_PATH;
    receipt.chain_id = receipt.sequence = receipt.block_number = 9007199254740991;
    receipt.status = BADGE_ANCHOR_SEALED;
    receipt.has_sequence = receipt.has_transaction = receipt.has_block = true;
    receipt.block_time_s = 253402300799;
    size_t len = badge_receipt_encode(text, &receipt);
    assert_true(len < BADGE_RECEIPT_MAX_LEN);
    assert_int_equal(badge_receipt_decode(&back, text, len, NULL), BADGE_OK);

    /* What JSON can't carry is left out, and never written wrongly. */
    receipt.sequence++;
    receipt.block_number++;
    len = badge_receipt_encode(text, &receipt);
    assert_int_equal(badge_receipt_decode(&back, text, len, NULL), BADGE_OK);
    assert_false(back.has_sequence);
    assert_false(back.has_block);
    assert_true(back.has_transaction);
}

static void cut_off_and_damaged(void **state)
{
    (void)state;
    struct badge_receipt receipt = some_receipt(4), back;
    char text[BADGE_RECEIPT_MAX_LEN];
    size_t len = badge_receipt_encode(text, &receipt);
    for (size_t cut = 0; cut + 1 < len; cut++) { /* without the newline it is still whole */
        char *exact = malloc(cut + 1);           /* so that reading beyond is seen */
        struct badge_err err;
        memcpy(exact, text, cut);
        assert_int_not_equal(badge_receipt_decode(&back, exact, cut, &err), BADGE_OK);
        free(exact);
    }
    assert_int_not_equal(badge_receipt_decode(&back, "[]", 2, NULL), BADGE_OK);
    assert_int_not_equal(badge_receipt_decode(&back, "null", 4, NULL), BADGE_OK);
    assert_int_not_equal(badge_receipt_decode(&back, "", 0, NULL), BADGE_OK);
    assert_int_equal(badge_receipt_read(&back, NULL, NULL), BADGE_ETYPE);

    char *large = malloc(BADGE_RECEIPT_MAX_READ_LEN + 1);
    memset(large, ' ', BADGE_RECEIPT_MAX_READ_LEN + 1);
    memcpy(large, text, len);
    assert_int_equal(badge_receipt_decode(&back, large, BADGE_RECEIPT_MAX_READ_LEN, NULL), BADGE_OK);
    assert_int_equal(badge_receipt_decode(&back, large, BADGE_RECEIPT_MAX_READ_LEN + 1, NULL), BADGE_ELIMIT);
    free(large);
}

static void written_form(void **state)
{
    (void)state;
    struct badge_receipt receipt;
    struct badge_err err;
    char text[BADGE_RECEIPT_MAX_LEN];
    static const char expected[] =
        "{\n  \"type\": \"BadgeReceipt\",\n  \"version\": 1,\n"
        "  \"digest\": {\n    \"algorithm\": \"sha-256\",\n    \"canonicalization\": \"jcs\",\n"
        "    \"value\": \"" HASH_A "\"\n  },\n"
        "  \"inclusion\": {\n    \"algorithm\": \"RFC9162_SHA256\",\n    \"salt\": \"" HASH_B "\",\n"
        "    \"root\": \"" HASH_A "\",\n    \"treeSize\": 1000,\n    \"leafIndex\": 5,\n"
        "    \"path\": [\n      \"" HASH_A "\",\n      \"" HASH_B "\"\n    ]\n  },\n"
        "  \"anchor\": {\n    \"chainId\": 31337,\n"
        "    \"contract\": \"0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed\",\n"
        "    \"issuer\": \"0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359\",\n    \"sequence\": 7,\n"
        "    \"status\": \"final\",\n    \"transaction\": \"0x" HASH_B "\",\n"
        "    \"block\": {\"number\": 12, \"hash\": \"0x" HASH_A "\", \"time\": \"2026-11-23T12:00:00Z\"}\n  }\n}\n";
    assert_int_equal(decode_with(NULL, NULL, &receipt, &err), BADGE_OK);
    assert_int_equal(badge_receipt_encode(text, &receipt), sizeof expected - 1);
    assert_string_equal(text, expected);

    receipt.has_sequence = receipt.has_transaction = receipt.has_block = false;
    receipt.n_path = 0;
    receipt.status = BADGE_ANCHOR_SEALED;
    badge_receipt_encode(text, &receipt);
    assert_non_null(strstr(text, "\"path\": []\n"));
    assert_non_null(strstr(text, "\"status\": \"sealed\"\n  }\n}\n"));
    assert_null(strstr(text, "sequence"));
    assert_null(strstr(text, "transaction"));
    assert_null(strstr(text, "block"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_what_others_write),
        cmocka_unit_test(every_member_is_needed_or_optional),
        cmocka_unit_test(ranges),
        cmocka_unit_test(path_length),
        cmocka_unit_test(unknown_members),
        cmocka_unit_test(round_trip),
        cmocka_unit_test(the_largest_fits),
        cmocka_unit_test(cut_off_and_damaged),
        cmocka_unit_test(written_form),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
