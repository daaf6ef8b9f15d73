/*
 * Where a credential states the mandatory elements of a European micro-credential: in Open Badges 3.0 and 2.0, and in
 * the European Learning Model. The same places as core/summary_achievement.c reads.
 */
#include "conformance/profile.h"

#include <string.h>

#include "core/compiler.h"
#include "core/json_tree.h"
#include "core/shape.h"
#include "core/summary.h"

#define MAX_STEPS 12
#define MAX_PLACES 6

/*
 * Members to follow, with '.' between; the first item stands for a list. "A." begins at each achievement,
 * "B." at each awarding body.
 */
static const char *const achievements[] = {"credentialSubject.achievement", "credentialSubject.hasClaim", "badge"};
static const char *const bodies[] = {"credentialSubject.hasClaim.awardedBy.awardingBody", "issuer", "badge.issuer"};

static const struct {
    const char *name, *place[MAX_PLACES];
    int aligned; /* or an alignment of this kind; -1: that does not state it */
} elements[BADGE_N_EU_ELEMENTS] = {
    {"learner",
     {"credentialSubject.id", "credentialSubject.identifier", "credentialSubject.name", "credentialSubject.fullName",
      "credentialSubject.familyName", "recipient.identity"},
     -1},
    {"title", {"A.name", "A.title"}, -1},
    {"country", {"B.address.addressCountry", "B.address.addressCountryCode", "B.location.address.countryCode"}, -1},
    {"awardingBody", {"B.name", "B.legalName"}, -1},
    {"date", {"A.awardedBy.awardingDate", "awardedDate", "validFrom", "issuanceDate", "issued", "issuedOn"}, -1},
    {"outcomes",
     {"A.specifiedBy.learningOutcome", "A.specifiedBy.learningOutcomeSummary.noteLiteral"},
     ALIGNED_OUTCOME},
    {"workload",
     {"credentialSubject.creditsEarned", "A.creditsAvailable", "A.specifiedBy.creditPoint",
      "A.specifiedBy.volumeOfLearning"},
     -1},
    {"level", {"A.specifiedBy.eqfLevel", "A.eqfLevel"}, ALIGNED_LEVEL},
    {"assessment", {"A.resultDescription", "A.provenBy", "A.criteria.narrative"}, -1},
    {"participation", {"A.specifiedBy.mode", "A.specifiedBy.learningSetting"}, -1},
    {"qualityAssurance", {"B.accreditation"}, ALIGNED_QUALITY}};

/* A way from the credential down to a value. */
struct way {
    struct step step[MAX_STEPS];
    size_t n;
    const struct badge_json_value *value;
};

static void go(struct way *way, struct step step, const struct badge_json_value *value)
{
    BADGE_ASSERT(way->n < MAX_STEPS);
    step.up = way->n > 0 ? &way->step[way->n - 1] : NULL;
    way->step[way->n++] = step;
    way->value = value;
}

static void follow(struct way *way, const char *path)
{
    while (way->value && *path != '\0') {
        size_t len = strcspn(path, ".");
        bool was_found = false;
        if (badge_json_is(way->value, BADGE_JSON_ARRAY))
            go(way, step_to_item(NULL, 0), badge_json_at(way->value, 0, NULL));
        if (!way->value)
            return;
        const struct badge_json_value *object = way->value, *child = object->as.child;
        for (size_t i = 0; object->type == BADGE_JSON_OBJECT && i < object->len && !was_found; i++, child += 2) {
            was_found = child->len == len && memcmp(child->as.text, path, len) == 0;
            if (was_found)
                go(way, (struct step){.name = {child->as.text, len}}, child + 1);
        }
        if (!was_found)
            way->value = NULL;
        path += path[len] == '.' ? len + 1 : len;
    }
}

static bool says_something(const struct badge_json_value *value)
{
    bool is_container = badge_json_is(value, BADGE_JSON_ARRAY) || badge_json_is(value, BADGE_JSON_OBJECT);
    return value && !badge_json_is(value, BADGE_JSON_NULL) && !badge_json_equals(value, "") &&
           !(is_container && badge_json_count(value) == 0);
}

/* Whether the path, from any of its beginnings, leads to something. */
static bool find_place(struct way *way, const struct badge_json_value *credential, const char *path)
{
    bool is_below = path[0] != '\0' && path[1] == '.';
    const char *const *begin = path[0] == 'A' ? achievements : bodies;
    for (size_t i = 0; i < (is_below ? ARRAY_LEN(bodies) : 1); i++) {
        *way = (struct way){.value = credential};
        if (is_below)
            follow(way, begin[i]);
        follow(way, is_below ? path + 2 : path);
        if (says_something(way->value))
            return true;
    }
    return false;
}

static bool find_alignment(struct way *way, const struct badge_json_value *credential, enum alignment_kind kind)
{
    static const char *const list[] = {"A.alignment", "A.alignments"};
    for (size_t k = 0; k < ARRAY_LEN(list); k++) {
        if (!find_place(way, credential, list[k]))
            continue;
        struct way here = *way;
        if (!badge_json_is(way->value, BADGE_JSON_ARRAY) && summary_alignment_kind(way->value) == kind)
            return true;
        for (size_t i = 0; badge_json_is(here.value, BADGE_JSON_ARRAY) && i < badge_json_count(here.value); i++) {
            const struct badge_json_value *one = badge_json_at(here.value, i, NULL);
            if (reading_member(one, "targetName") && summary_alignment_kind(one) == kind) {
                go(way, step_to_item(NULL, i), one);
                return true;
            }
        }
    }
    return false;
}

void eu_check(struct findings *findings, const struct badge_json_value *credential)
{
    struct way way;
    for (size_t i = 0; i < BADGE_N_EU_ELEMENTS; i++) {
        struct badge_eu_element *out = &findings->out->eu[i];
        *out = (struct badge_eu_element){.name = elements[i].name};
        for (size_t k = 0; k < MAX_PLACES && elements[i].place[k] && !out->is_found; k++)
            out->is_found = find_place(&way, credential, elements[i].place[k]);
        if (!out->is_found && elements[i].aligned >= 0)
            out->is_found = find_alignment(&way, credential, (enum alignment_kind)elements[i].aligned);
        if (out->is_found && !finding_pointer(&out->pointer, findings->arena, &way.step[way.n - 1]))
            findings->failed = true;
    }
    findings->out->has_eu = true;
}
