/*
 * The achievements of a summary, and of a micro-credential the elements by which it is compared and recognised: those
 * that every micro-credential should state by Council Recommendation 2022/C 243/02, Annex I. summary.c calls it.
 *
 * Invariant: an element is shown only where a member made for it states it; none is guessed from prose.
 */
#include <string.h>

#include "core/claims.h"
#include "core/compiler.h"
#include "core/format.h"
#include "core/number.h"
#include "core/shape.h"
#include "core/summary.h"
#include "core/text.h"

static const struct badge_json_value *member(const struct badge_json_value *object, const char *name)
{
    return reading_member(object, name);
}

static const struct badge_json_value *either(const struct badge_json_value *a, const struct badge_json_value *b)
{
    return a ? a : b;
}

/* The member of the first of a list, or of the only one. */
static const struct badge_json_value *first_of(const struct badge_json_value *object, const char *name)
{
    return summary_item(member(object, name), 0);
}

static const struct badge_json_value *alignments_of(const struct badge_json_value *achievement)
{
    return either(member(achievement, "alignment"), member(achievement, "alignments"));
}

/* -- what an achievement says of itself ---------------------------------------------------------------------------- */

static void write_alignments(struct summary *out, const struct badge_json_value *achievement)
{
    const struct badge_json_value *list = alignments_of(achievement);
    json_out_array(&out->json, "alignments");
    for (size_t i = 0; summary_item(list, i); i++) {
        const struct badge_json_value *one = summary_object(list, i);
        const struct badge_json_value *framework = member(one, "targetFramework");
        const struct badge_json_value *code = member(one, "targetCode");
        struct badge_text a = {"", 0}, b = {"", 0};
        char joined[SUMMARY_NAME];
        if (!one || !(member(one, "targetName") || member(one, "targetUrl")))
            continue;
        (void)badge_json_string(framework, &a);
        (void)badge_json_string(code, &b);
        size_t n = core_format(joined, sizeof joined, "%.*s%s%.*s", (int)(a.len < 200 ? a.len : 200), a.bytes,
                               a.len > 0 && b.len > 0 ? " " : "", (int)(b.len < 80 ? b.len : 80), b.bytes);
        json_out_object(&out->json, NULL);
        summary_write_value(out, "name", member(one, "targetName"), SUMMARY_NAME);
        summary_write_string(out, "url", member(one, "targetUrl"), SUMMARY_ADDRESS);
        if (n > 0)
            json_out_string(&out->json, "framework", joined, n);
        else
            json_out_null(&out->json, "framework");
        summary_write_value(out, "description", member(one, "targetDescription"), 1000);
        json_out_object_end(&out->json);
    }
    json_out_array_end(&out->json);
}

/* The one of a list whose id is this. */
static const struct badge_json_value *with_id(const struct badge_json_value *list, const struct badge_json_value *id)
{
    struct badge_text wanted, found;
    for (size_t i = 0; badge_json_string(id, &wanted) && summary_item(list, i); i++)
        if (badge_json_string(claims_id(summary_object(list, i)), &found) && core_text_equal(wanted, found))
            return summary_object(list, i);
    return NULL;
}

static void write_results(struct summary *out, const struct badge_json_value *subject,
                          const struct badge_json_value *achievement)
{
    const struct badge_json_value *list = member(subject, "result");
    json_out_array(&out->json, "results");
    for (size_t i = 0; summary_item(list, i); i++) {
        const struct badge_json_value *result = summary_object(list, i);
        const struct badge_json_value *about = with_id(member(achievement, "resultDescription"),
                                                       member(result, "resultDescription"));
        const struct badge_json_value *level = with_id(member(about, "rubricCriterionLevel"),
                                                       member(result, "achievedLevel"));
        const struct badge_json_value *shown = either(member(level, "name"),
                                                      either(member(result, "value"), member(result, "status")));
        if (!shown)
            continue;
        json_out_object(&out->json, NULL);
        summary_write_value(out, "name", member(about, "name"), SUMMARY_NAME);
        summary_write_value(out, "value", shown, SUMMARY_NAME);
        json_out_object_end(&out->json);
    }
    json_out_array_end(&out->json);
}

/* Open Badges and CLR: what the holder earned, in a unit that is not named. Europass: points of a framework. */
struct credits {
    bool is_known;
    double value;
    bool is_ects;
};

static bool mentions(const struct badge_json_value *value, const char *word)
{
    struct badge_text text;
    size_t n = strlen(word);
    if (!badge_json_string(value, &text))
        return false;
    for (size_t i = 0; i + n <= text.len; i++) {
        size_t k = 0;
        while (k < n && (text.bytes[i + k] == word[k] ||
                         (text.bytes[i + k] >= 'A' && text.bytes[i + k] <= 'Z' && text.bytes[i + k] + 32 == word[k])))
            k++;
        if (k == n)
            return true;
    }
    return false;
}

/* A concept of a controlled vocabulary, whose notation or address has the word. */
static bool is_concept(const struct badge_json_value *concept, const char *word)
{
    return mentions(concept, word) || mentions(claims_id(concept), word) || mentions(member(concept, "notation"), word);
}

static bool read_points(struct credits *out, struct badge_arena *arena, const struct badge_json_value *points)
{
    struct badge_text text;
    const struct badge_json_value *number = member(points, "point");
    if (badge_json_string(number, &text) && badge_json_parse(&number, arena, text.bytes, text.len, NULL) != BADGE_OK)
        return false;
    out->is_known = badge_json_number(number, &out->value);
    out->is_ects = out->is_known && is_concept(first_of(points, "framework"), "ects");
    return out->is_known;
}

static struct credits credits_of(struct summary *out, const struct summary_award *award)
{
    struct credits credits = {.is_known = badge_json_number(member(award->subject, "creditsEarned"), &credits.value)};
    if (!credits.is_known && !read_points(&credits, out->arena, first_of(award->achievement, "creditReceived")))
        (void)read_points(&credits, out->arena, first_of(first_of(award->achievement, "specifiedBy"), "creditPoint"));
    return credits;
}

static void write_credits(struct summary *out, struct credits credits)
{
    char number[BADGE_NUMBER_LEN];
    if (credits.is_known)
        json_out_raw(&out->json, "credits", number, badge_number_format(number, credits.value));
    else
        json_out_null(&out->json, "credits");
    if (credits.is_ects)
        json_out_text(&out->json, "creditUnit", "ECTS");
    else
        json_out_null(&out->json, "creditUnit");
}

/* -- micro-credentials --------------------------------------------------------------------------------------------- */

static bool is_micro(const struct badge_json_value *value)
{
    for (size_t i = 0; summary_item(value, i); i++) {
        const struct badge_json_value *one = summary_item(value, i);
        const struct badge_json_value *label = either(member(member(one, "prefLabel"), "en"), member(one, "prefLabel"));
        if (mentions(one, "microcredential") || mentions(one, "micro-credential") ||
            mentions(summary_item(label, 0), "micro-credential") || mentions(summary_item(label, 0), "microcredential"))
            return true;
    }
    return false;
}

/* The last digit of a text that ends in a level of the EQF, 1 to 8; 0: it does not. */
static int level_in(const struct badge_json_value *value)
{
    struct badge_text text;
    if (!badge_json_string(value, &text) || text.len == 0)
        return 0;
    char last = text.bytes[text.len - 1], before = text.len > 1 ? text.bytes[text.len - 2] : ' ';
    bool is_level = last >= '1' && last <= '8' && !(before >= '0' && before <= '9');
    return is_level ? last - '0' : 0;
}

enum alignment_kind summary_alignment_kind(const struct badge_json_value *alignment)
{
    const struct badge_json_value *kind = member(alignment, "targetType"), *url = member(alignment, "targetUrl"),
                                  *framework = member(alignment, "targetFramework");
    if (mentions(kind, "eqf") || mentions(url, "/eqf/") || mentions(framework, "european qualifications framework") ||
        badge_json_equals(framework, "EQF"))
        return ALIGNED_LEVEL;
    if (mentions(kind, "isced") || mentions(framework, "isced"))
        return ALIGNED_FIELD;
    return mentions(kind, "qualityassurance") ? ALIGNED_QUALITY : ALIGNED_OUTCOME;
}

/* The i-th alignment of a kind; NULL: no more. */
static const struct badge_json_value *aligned(const struct badge_json_value *achievement, enum alignment_kind kind,
                                              size_t i)
{
    const struct badge_json_value *list = alignments_of(achievement);
    for (size_t k = 0; summary_item(list, k); k++) {
        const struct badge_json_value *one = summary_object(list, k);
        if (member(one, "targetName") && summary_alignment_kind(one) == kind && i-- == 0)
            return one;
    }
    return NULL;
}

static int eqf_level(const struct badge_json_value *achievement)
{
    const struct badge_json_value *concept = either(first_of(first_of(achievement, "specifiedBy"), "eqfLevel"),
                                                    first_of(achievement, "eqfLevel"));
    const struct badge_json_value *alignment = aligned(achievement, ALIGNED_LEVEL, 0);
    const struct badge_json_value *const places[] = {summary_id(concept), member(alignment, "targetCode"),
                                                     member(alignment, "targetUrl"), member(alignment, "targetName")};
    int level = 0;
    for (size_t i = 0; i < ARRAY_LEN(places) && level == 0; i++)
        level = level_in(places[i]);
    return level;
}

static void write_text(struct summary *out, const struct badge_json_value *value, size_t max_len, unsigned *n)
{
    struct summary_texts texts = {.n = 0};
    summary_collect(&texts, out, value);
    if (texts.n == 0)
        summary_collect_name(&texts, out, value);
    if (texts.n == 0)
        return;
    summary_write_texts(out, NULL, &texts, max_len);
    ++*n;
}

static unsigned write_outcomes(struct summary *out, const struct badge_json_value *achievement)
{
    const struct badge_json_value *specification = first_of(achievement, "specifiedBy");
    const struct badge_json_value *list = member(specification, "learningOutcome");
    unsigned n = 0;
    json_out_array(&out->json, "outcomes");
    for (size_t i = 0; aligned(achievement, ALIGNED_OUTCOME, i); i++)
        write_text(out, member(aligned(achievement, ALIGNED_OUTCOME, i), "targetName"), SUMMARY_NAME, &n);
    for (size_t i = 0; summary_item(list, i); i++)
        write_text(out, summary_item(list, i), SUMMARY_NAME, &n);
    if (n == 0)
        write_text(out, member(first_of(specification, "learningOutcomeSummary"), "noteLiteral"), SUMMARY_LONG, &n);
    json_out_array_end(&out->json);
    return n;
}

static unsigned write_assessment(struct summary *out, const struct badge_json_value *achievement)
{
    static const char *const names[] = {"resultDescription", "provenBy"};
    unsigned n = 0;
    json_out_array(&out->json, "assessment");
    for (size_t k = 0; k < ARRAY_LEN(names); k++)
        for (size_t i = 0; summary_item(member(achievement, names[k]), i); i++)
            write_text(out, summary_object(member(achievement, names[k]), i), SUMMARY_NAME, &n);
    if (n == 0)
        write_text(out, member(member(achievement, "criteria"), "narrative"), SUMMARY_LONG, &n);
    json_out_array_end(&out->json);
    return n;
}

bool summary_write_country(struct summary *out, const struct badge_json_value *organisation)
{
    const struct badge_json_value *address = either(first_of(organisation, "address"),
                                                    first_of(first_of(organisation, "location"), "address"));
    const struct badge_json_value *concept = first_of(address, "countryCode");
    const struct badge_json_value *name = either(member(concept, "prefLabel"), member(address, "addressCountry"));
    const struct badge_json_value *code = either(member(address, "addressCountryCode"), either(concept, name));
    struct badge_text text;
    bool is_code = badge_json_string(code, &text) && text.len == 2 && text.bytes[0] >= 'A' && text.bytes[0] <= 'Z' &&
                   text.bytes[1] >= 'A' && text.bytes[1] <= 'Z';
    if (!is_code && !name) {
        json_out_null(&out->json, "country");
        return false;
    }
    json_out_object(&out->json, "country");
    summary_write_string(out, "code", is_code ? code : NULL, 2);
    summary_write_value(out, "name", name, SUMMARY_NAME);
    json_out_object_end(&out->json);
    return true;
}

static bool has_date(const struct summary_award *award)
{
    static const char *const names[] = {"awardedDate", "validFrom", "issuanceDate", "issued", "issuedOn"};
    bool is_dated = member(first_of(award->achievement, "awardedBy"), "awardingDate");
    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        is_dated = is_dated || member(award->credential, names[i]);
    return is_dated;
}

/* Of a micro-credential; of another achievement null. */
static void write_micro(struct summary *out, const struct summary_award *award, struct credits credits, bool is_named)
{
    const struct badge_json_value *achievement = award->achievement;
    const struct badge_json_value *specification = first_of(achievement, "specifiedBy");
    const struct badge_json_value *awarded_by = first_of(achievement, "awardedBy");
    const struct badge_json_value *body = either(first_of(awarded_by, "awardingBody"), award->issuer);
    const struct badge_json_value *participation = either(member(specification, "mode"),
                                                          member(specification, "learningSetting"));
    struct summary_texts holder = {.n = 0}, name = {.n = 0};
    if (!is_micro(member(achievement, "achievementType")) && !is_micro(member(specification, "dcType")) &&
        !is_micro(member(award->credential, "credentialProfiles"))) {
        json_out_null(&out->json, "microCredential");
        return;
    }
    json_out_object(&out->json, "microCredential");
    credits.is_known = credits.is_known || badge_json_number(member(achievement, "creditsAvailable"), &credits.value);
    write_credits(out, credits);
    int level = eqf_level(achievement);
    if (level > 0)
        json_out_u64(&out->json, "eqfLevel", (uint64_t)level);
    else
        json_out_null(&out->json, "eqfLevel");
    unsigned n_outcomes = write_outcomes(out, achievement), n_assessments = write_assessment(out, achievement);
    summary_collect_name(&name, out, body);
    summary_write_texts(out, "awardingBody", &name, SUMMARY_NAME);
    bool has_country = summary_write_country(out, body);
    summary_collect_name(&holder, out, award->subject);
    const struct {
        const char *name;
        bool is_stated;
    } elements[] = {
        {"holder", holder.n > 0 || claims_id(award->subject) || member(award->subject, "identifier")},
        {"title", is_named},
        {"country", has_country},
        {"awardingBody", name.n > 0},
        {"date", has_date(award)},
        {"outcomes", n_outcomes > 0},
        {"workload", credits.is_known || member(specification, "volumeOfLearning")},
        {"level", level > 0},
        {"assessment", n_assessments > 0},
        {"participation", participation},
        {"quality", aligned(achievement, ALIGNED_QUALITY, 0) || member(body, "accreditation")},
    };
    json_out_array(&out->json, "missing");
    for (size_t i = 0; i < ARRAY_LEN(elements); i++)
        if (!elements[i].is_stated)
            json_out_text(&out->json, NULL, elements[i].name);
    json_out_array_end(&out->json);
    json_out_object_end(&out->json);
}

/* -- the whole ----------------------------------------------------------------------------------------------------- */

void summary_write_achievement(struct summary *out, const struct summary_award *award)
{
    const struct badge_json_value *achievement = award->achievement, *subject = award->subject;
    const struct badge_json_value *criteria = member(achievement, "criteria");
    const struct badge_json_value *tags = either(member(achievement, "tag"), member(achievement, "tags"));
    struct summary_texts name = {.n = 0};
    struct credits credits = credits_of(out, award);
    json_out_object(&out->json, NULL);
    summary_write_string(out, "id", claims_id(achievement), SUMMARY_ADDRESS);
    summary_collect_name(&name, out, achievement);
    bool is_named = name.n > 0;
    if (!is_named)
        summary_collect(&name, out, summary_id(achievement));
    summary_write_texts(out, "name", &name, SUMMARY_NAME);
    summary_write_string(out, "kind", member(achievement, "achievementType"), 60);
    summary_write_value(out, "description", member(achievement, "description"), SUMMARY_LONG);
    json_out_object(&out->json, "criteria");
    summary_write_value(out, "text", member(criteria, "narrative"), SUMMARY_LONG);
    summary_write_string(out, "url", summary_id(criteria), SUMMARY_ADDRESS);
    json_out_object_end(&out->json);
    json_out_array(&out->json, "tags");
    for (size_t i = 0; summary_item(tags, i); i++)
        if (badge_json_is(summary_item(tags, i), BADGE_JSON_STRING) && !badge_json_equals(summary_item(tags, i), ""))
            summary_write_string(out, NULL, summary_item(tags, i), 80);
    json_out_array_end(&out->json);
    write_alignments(out, achievement);
    write_results(out, subject, achievement);
    write_credits(out, credits);
    summary_write_value(out, "narrative", member(subject, "narrative"), SUMMARY_LONG);
    write_micro(out, award, credits, is_named);
    json_out_object_end(&out->json);
}
