/*
 * The decoders of the contract's answers with any bytes: whatever one accepts is exactly the encoding of its values.
 */
#include <string.h>

#include "badge/registry.h"

#define MAX_WORDS 8

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void put_word(uint8_t out[32], uint64_t value)
{
    memset(out, 0, 24);
    for (int i = 0; i < 8; i++)
        out[24 + i] = (uint8_t)(value >> (56 - 8 * i));
}

static void check_u64s(size_t n_words, const uint8_t *data, size_t size)
{
    uint64_t value[MAX_WORDS];
    uint8_t word[32];
    if (badge_answer_u64s(value, n_words, data, size) != BADGE_OK)
        return;
    BADGE_ASSERT(size == 32 * n_words);
    for (size_t i = 0; i < n_words; i++) {
        put_word(word, value[i]);
        BADGE_ASSERT(memcmp(word, data + 32 * i, sizeof word) == 0);
    }
}

static void check_log(const uint8_t *data, size_t size)
{
    struct badge_log_head log;
    uint8_t word[32];
    if (badge_answer_log(&log, data, size) != BADGE_OK)
        return;
    BADGE_ASSERT(size == 64);
    put_word(word, log.count);
    BADGE_ASSERT(memcmp(word, data, sizeof word) == 0);
    memset(word, 0, sizeof word);
    memcpy(word, log.head, sizeof log.head);
    BADGE_ASSERT(memcmp(word, data + 32, sizeof word) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    bool answer;
    uint8_t word[32];
    for (size_t n_words = 1; n_words <= MAX_WORDS; n_words++)
        check_u64s(n_words, data, size);
    check_log(data, size);
    if (badge_answer_bool(&answer, data, size) == BADGE_OK) {
        put_word(word, answer);
        BADGE_ASSERT(size == 32 && memcmp(word, data, size) == 0);
    }
    struct badge_revocation revocation;
    if (badge_answer_revocation(&revocation, data, size) == BADGE_OK)
        BADGE_ASSERT(size == 64 && revocation.time_s >= 0 && (unsigned)revocation.reason < BADGE_N_REASONS);
    const char *error = badge_registry_error(data, size);
    BADGE_ASSERT(error == NULL || (size >= 4 && error[0] != '\0'));
    return 0;
}
