/*
 * The writer of summaries: JSON into an arena, and texts as people wrote them, in languages. summary.c and
 * summary_achievement.c say what is written, summary_text.c how.
 */
#ifndef CORE_SUMMARY_H
#define CORE_SUMMARY_H

#include "badge/reading.h"
#include "core/json_out.h"

#define SUMMARY_NAME 300
#define SUMMARY_LONG 4000
#define SUMMARY_ADDRESS 2000
#define SUMMARY_ITEMS 60
#define SUMMARY_LANGUAGES 32

struct summary {
    struct json_out json;
    struct badge_arena *arena;
    char *bytes; /* what was written */
    size_t len, capacity;
};

void summary_begin(struct summary *out, struct badge_arena *arena);

/* A text, or the same in several languages. */
struct summary_texts {
    size_t n;
    struct {
        struct badge_text language, text; /* language.len 0: none is named */
    } at[SUMMARY_LANGUAGES];
};
/* Adds the texts of a value: a string, a number, {"@value", "@language"}, a map of languages, or a list of these. */
void summary_collect(struct summary_texts *texts, struct summary *out, const struct badge_json_value *value);
/* The texts of the first of the members that has any. */
void summary_collect_member(struct summary_texts *texts, struct summary *out, const struct badge_json_value *object,
                            const char *const *names, size_t n_names);
void summary_write_texts(struct summary *out, const char *name, const struct summary_texts *texts, size_t max_len);
/* The value's texts, cut after max_len bytes; null if it has none. */
void summary_write_value(struct summary *out, const char *name, const struct badge_json_value *value, size_t max_len);
/* A string as it stands, cut; null if it is not one or empty. */
void summary_write_string(struct summary *out, const char *name, const struct badge_json_value *value, size_t max_len);
/* A value as one line: a string, a number, true, false, or the first eight of a list. */
void summary_write_plain(struct summary *out, const char *name, const struct badge_json_value *value);

/* The first of up to SUMMARY_ITEMS: the i-th of a list, or the value itself as the only one; NULL: no more. */
const struct badge_json_value *summary_item(const struct badge_json_value *list, size_t i);
/* The same if it is an object, else NULL. */
const struct badge_json_value *summary_object(const struct badge_json_value *list, size_t i);
/* What an id, or an object with one, is named. */
const struct badge_json_value *summary_id(const struct badge_json_value *value);

/* The names of a person, an organisation or an achievement, under any of their members. */
void summary_collect_name(struct summary_texts *texts, struct summary *out, const struct badge_json_value *object);
/* The member "country" of an organisation; false: it states none. */
bool summary_write_country(struct summary *out, const struct badge_json_value *organisation);

/* What an alignment aligns an achievement with. */
enum alignment_kind { ALIGNED_OUTCOME, ALIGNED_LEVEL, ALIGNED_FIELD, ALIGNED_QUALITY };
enum alignment_kind summary_alignment_kind(const struct badge_json_value *alignment);

/* An achievement, with what it was awarded by: any of these may be NULL. */
struct summary_award {
    const struct badge_json_value *credential, *issuer, *subject, *achievement;
};
void summary_write_achievement(struct summary *out, const struct summary_award *award);

#endif
