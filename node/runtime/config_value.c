/*
 * The values of settings: parses each type's text, checks it against the table's bounds, and prints it, for --help and
 * --print-config too, whose output is a configuration file that can be read back. URLs that may contain API keys are
 * shown as their origin only. Invariant: what format_number() prints is parsed as the same number.
 */
#include "runtime/config_value.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/file.h"

#define SHOWN_LEN 60 /* of a wrong value, in an error */
#define LIST_FILE_MAX_LEN (1 << 20)
#define ORIGIN_MAX_LEN 255
#define NUMBER_LEN 48
#define HELP_INDENT 36
#define HELP_WIDTH 100

struct unit {
    const char *name;
    uint64_t factor;
    bool shown;
};
/* Largest first, down to the unit of the value itself. */
static const struct unit size_unit[] = {
    {"GiB", UINT64_C(1) << 30, true}, {"MiB", 1 << 20, true}, {"KiB", 1 << 10, true}, {"B", 1, true}, {NULL, 0, false}};
static const struct unit duration_unit[] = {
    {"h", 3600000, true}, {"min", 60000, true}, {"s", 1000, true}, {"ms", 1, true}, {NULL, 0, false}};
static const struct unit gwei_unit[] = {
    {"ether", UINT64_C(1000000000000000000), false}, {"gwei", 1000000000, true}, {"wei", 1, true}, {NULL, 0, false}};
static const struct unit plain_unit[] = {{"", 1, true}, {NULL, 0, false}};

static const struct {
    const char *value_name; /* in the help; NULL: the choices */
    size_t size;
    const struct unit *units;         /* of a number */
    const char *unit_names, *example; /* of a number that needs a unit */
} types[] = {
    [CONFIG_TEXT] = {"TEXT", sizeof(char *)},
    [CONFIG_LIST] = {"WORD...", sizeof(struct config_list)},
    [CONFIG_URLS] = {"URL...", sizeof(struct config_list)},
    [CONFIG_U64] = {"N", sizeof(uint64_t), plain_unit},
    [CONFIG_SIZE] = {"SIZE", sizeof(uint64_t), size_unit, "B, KiB, MiB or GiB", "16 MiB"},
    [CONFIG_DURATION] = {"TIME", sizeof(uint64_t), duration_unit, "ms, s, min or h", "10 min"},
    [CONFIG_GWEI] = {"AMOUNT", sizeof(uint64_t), gwei_unit, "wei, gwei or ether", "200 gwei"},
    [CONFIG_ADDRESS] = {"0x...", sizeof(struct config_address)},
    [CONFIG_CHOICE] = {NULL, sizeof(uint64_t)},
};

static const char *value_name(const struct config_option *option)
{
    return option->type == CONFIG_CHOICE ? option->choices : types[option->type].value_name;
}

void config_flag_name(char out[CONFIG_NAME_MAX_LEN], const struct config_option *option)
{
    snprintf(out, CONFIG_NAME_MAX_LEN, "--%s", option->key);
    for (char *s = out; *s; s++)
        if (*s == '.' || *s == '_')
            *s = '-';
}

void config_env_name(char out[CONFIG_NAME_MAX_LEN], const struct config_program *program,
                     const struct config_option *option)
{
    size_t prefix_len = strlen(program->env_prefix);
    snprintf(out, CONFIG_NAME_MAX_LEN, "%s%s", program->env_prefix, option->key);
    for (char *s = out + prefix_len; *s; s++)
        *s = *s == '.' ? '_' : (char)toupper((unsigned char)*s);
}

void *config_field(void *config, const struct config_option *option)
{
    return (char *)config + option->offset;
}

bool config_is_list(const struct config_option *option)
{
    return option->type == CONFIG_LIST || option->type == CONFIG_URLS;
}

size_t config_field_size(const struct config_option *option)
{
    return types[option->type].size;
}

/* In the largest unit in which it is a whole number. */
static void format_number(char out[NUMBER_LEN], const struct config_option *option, uint64_t value)
{
    const struct unit *unit = types[option->type].units;
    while (unit->factor > 1 && (!unit->shown || value == 0 || value % unit->factor != 0))
        unit++;
    snprintf(out, NUMBER_LEN, "%llu%s%s", (unsigned long long)(value / unit->factor), *unit->name ? " " : "",
             unit->name);
}

/* Choice i of "a|b|c", and its length; NULL past the last. */
static const char *find_choice(const char *choices, uint64_t i, size_t *len)
{
    for (; i > 0; i--) {
        choices = strchr(choices, '|');
        if (!choices)
            return NULL;
        choices++;
    }
    *len = strcspn(choices, "|");
    return choices;
}

/* "12", "1.5": the digits before the unit, times the unit; false where that overflows or leaves a fraction. */
static bool scale(uint64_t *out, const char *digits, size_t len, uint64_t factor)
{
    uint64_t value = 0;
    bool fraction = false;
    for (size_t i = 0; i < len; i++) {
        if (digits[i] == '.') {
            fraction = true;
            continue;
        }
        uint64_t digit = (uint64_t)(digits[i] - '0'), part;
        if (fraction) {
            if (factor % 10 != 0) {
                if (digit != 0)
                    return false;
                continue;
            }
            factor /= 10;
        } else if (__builtin_mul_overflow(value, 10, &value)) {
            return false;
        }
        if (__builtin_mul_overflow(digit, factor, &part) || __builtin_add_overflow(value, part, &value))
            return false;
    }
    *out = value;
    return true;
}

static enum badge_status wrong_unit(const struct config_option *option, const char *where, struct badge_err *err)
{
    if (option->type == CONFIG_U64)
        return badge_fail(err, BADGE_ESYNTAX, BADGE_NO_OFFSET, "%s: %s must be a whole number, digits only", where,
                          option->key);
    return badge_fail(err, BADGE_ESYNTAX, BADGE_NO_OFFSET, "%s: %s must be a number with a unit (%s), such as %s",
                      where, option->key, types[option->type].unit_names, types[option->type].example);
}

static enum badge_status check_bounds(uint64_t value, const struct config_option *option, const char *where,
                                      struct badge_err *err)
{
    char least[NUMBER_LEN], most[NUMBER_LEN];
    if (value >= option->min && (option->max == 0 || value <= option->max))
        return BADGE_OK;
    format_number(least, option, option->min);
    format_number(most, option, option->max);
    if (option->max == 0)
        return badge_fail(err, BADGE_ELIMIT, BADGE_NO_OFFSET, "%s: %s must be at least %s", where, option->key, least);
    return badge_fail(err, BADGE_ELIMIT, BADGE_NO_OFFSET, "%s: %s must be from %s to %s", where, option->key, least,
                      most);
}

static enum badge_status set_number(uint64_t *out, const struct config_option *option, const char *text,
                                    const char *where, struct badge_err *err)
{
    if (*text == '\0' && !option->fallback) {
        *out = 0;
        return BADGE_OK;
    }
    const struct unit *unit = types[option->type].units;
    size_t len = strspn(text, "0123456789");
    if (len > 0 && text[len] == '.' && option->type != CONFIG_U64)
        len += 1 + strspn(text + len + 1, "0123456789");
    const char *name = text + len + strspn(text + len, " ");
    while (unit->name && strcmp(unit->name, name) != 0)
        unit++;
    if (len == 0 || text[len - 1] == '.' || !unit->name)
        return wrong_unit(option, where, err);
    uint64_t value = 0;
    bool whole = !strchr(text, '.');
    if (!scale(&value, text, len, unit->factor))
        return badge_fail(err, BADGE_ELIMIT, BADGE_NO_OFFSET, "%s: %s is %s", where, option->key,
                          whole ? "too large" : "too large, or has too many decimals; use a smaller unit");
    enum badge_status status = check_bounds(value, option, where, err);
    if (status == BADGE_OK)
        *out = value;
    return status;
}

static enum badge_status set_choice(uint64_t *out, const struct config_option *option, const char *text,
                                    const char *where, struct badge_err *err)
{
    size_t len;
    const char *choice;
    for (uint64_t i = 0; (choice = find_choice(option->choices, i, &len)); i++)
        if (len == strlen(text) && memcmp(choice, text, len) == 0) {
            *out = i;
            return BADGE_OK;
        }
    return badge_fail(err, BADGE_ESYNTAX, BADGE_NO_OFFSET, "%s: %s must be one of %s, not \"%.*s\"", where, option->key,
                      option->choices, SHOWN_LEN, text);
}

static enum badge_status set_address(struct config_address *out, const struct config_option *option, const char *text,
                                     const char *where, struct badge_err *err)
{
    struct config_address value = {.set = *text != '\0'};
    if (value.set && badge_address_parse(&value.address, text, strlen(text)) != BADGE_OK)
        return badge_fail(err, BADGE_ESYNTAX, BADGE_NO_OFFSET,
                          "%s: %s must be an account: 0x and 40 hexadecimal digits", where, option->key);
    if (value.set && !badge_address_checksum_ok(text, strlen(text)))
        return badge_fail(err, BADGE_ESYNTAX, BADGE_NO_OFFSET,
                          "%s: %s is mistyped: its EIP-55 checksum (upper and lower case) is wrong", where,
                          option->key);
    *out = value;
    return BADGE_OK;
}

static enum badge_status check_text(const char *text, const struct config_option *option, const char *where,
                                    struct badge_err *err)
{
    const char *allowed = *text && option->check ? option->check(text) : NULL;
    if (!allowed)
        return BADGE_OK;
    return badge_fail(err, BADGE_ESYNTAX, BADGE_NO_OFFSET, "%s: %s must be %s, not \"%.*s\"", where, option->key,
                      allowed, SHOWN_LEN, text);
}

static enum badge_status set_text(char **out, const struct config_option *option, const char *text, const char *where,
                                  struct badge_err *err)
{
    enum badge_status status = check_text(text, option, where, err);
    if (status != BADGE_OK)
        return status;
    char *copy = *text ? strdup(text) : NULL;
    if (*text && !copy)
        return badge_no_memory(err);
    free(*out);
    *out = copy;
    return BADGE_OK;
}

static bool add(char ***array, size_t *n, const char *text, size_t len)
{
    char **more = realloc(*array, (*n + 1) * sizeof *more);
    if (!more)
        return false;
    *array = more;
    more[*n] = strndup(text, len);
    if (!more[*n])
        return false;
    (*n)++;
    return true;
}

static void list_clear(struct config_list *list)
{
    for (size_t i = 0; i < list->n; i++)
        free(list->item[i]);
    for (size_t i = 0; i < list->n_words; i++)
        free(list->word[i]);
    free(list->item);
    free(list->word);
    *list = (struct config_list){0};
}

/* Reads the file of "@FILE": one item per line, except empty lines and lines that begin with #. */
static enum badge_status add_items_of_file(struct config_list *list, const char *path, const char *where,
                                           struct badge_err *err)
{
    char *text;
    size_t len;
    struct badge_err cause;
    enum badge_status status = file_read(&text, &len, path, LIST_FILE_MAX_LEN, &cause);
    if (status != BADGE_OK)
        return badge_fail(err, status, BADGE_NO_OFFSET, "%s: %s", where, cause.text);
    char *rest = text, *line;
    while (status == BADGE_OK && (line = strsep(&rest, "\n"))) {
        line += strspn(line, " \t\r");
        size_t line_len = strlen(line);
        while (line_len > 0 && isspace((unsigned char)line[line_len - 1]))
            line_len--;
        if (line_len > 0 && *line != '#' && !add(&list->item, &list->n, line, line_len))
            status = badge_no_memory(err);
    }
    badge_wipe(text, len);
    free(text);
    return status;
}

static enum badge_status add_word(struct config_list *list, const char *word, size_t len, const char *where,
                                  struct badge_err *err)
{
    if (!add(&list->word, &list->n_words, word, len))
        return badge_no_memory(err);
    const char *kept = list->word[list->n_words - 1];
    if (*kept == '@')
        return add_items_of_file(list, kept + 1, where, err);
    /* In the file these begin a comment, so a list with such a word could not be printed and read back. */
    if (*kept == '#' || *kept == ';')
        return badge_fail(err, BADGE_ESYNTAX, BADGE_NO_OFFSET, "%s: a word can't begin with %c", where, *kept);
    return add(&list->item, &list->n, word, len) ? BADGE_OK : badge_no_memory(err);
}

const char *config_url_origin(const char *url)
{
    static _Thread_local char origin[ORIGIN_MAX_LEN + 1];
    const char *authority = strstr(url, "://");
    if (!authority)
        return "(no URL)";
    authority += 3;
    size_t scheme_len = (size_t)(authority - url), len = strcspn(authority, "/?#\\");
    const char *host = authority;
    for (const char *s = authority; s < authority + len; s++)
        if (*s == '@')
            host = s + 1;
    len -= (size_t)(host - authority);
    if (len == 0 || scheme_len + len > ORIGIN_MAX_LEN)
        return "(no URL)";
    memcpy(origin, url, scheme_len);
    memcpy(origin + scheme_len, host, len);
    origin[scheme_len + len] = '\0';
    for (size_t i = 0; i < scheme_len; i++)
        origin[i] = (char)tolower((unsigned char)origin[i]);
    for (char *s = origin; *s; s++)
        if (!isalnum((unsigned char)*s) && !strchr(":/.-_[]", *s))
            *s = '_';
    return origin;
}

bool config_url_is_web(const char *url)
{
    return strncasecmp(url, "http://", 7) == 0 || strncasecmp(url, "https://", 8) == 0;
}

/* A malformed URL is an error at start, not at the first request. Its text is not shown: it may contain an API key. */
static enum badge_status check_url(const struct config_list *list, size_t i, const struct config_option *option,
                                   const char *where, struct badge_err *err)
{
    const char *url = list->item[i];
    if (config_url_is_web(url) && *config_url_origin(url) != '(')
        return BADGE_OK;
    if (strncasecmp(url, "ws://", 5) == 0 || strncasecmp(url, "wss://", 6) == 0)
        return badge_fail(err, BADGE_ESYNTAX, BADGE_NO_OFFSET,
                          "%s: item %zu of %s is a WebSocket URL: use the http or https URL of the same provider",
                          where, i + 1, option->key);
    return badge_fail(err, BADGE_ESYNTAX, BADGE_NO_OFFSET, "%s: item %zu of %s is not an http or https URL", where,
                      i + 1, option->key);
}

/* Builds a new list, so that a failure leaves the old one unchanged. */
static enum badge_status set_list(struct config_list *out, const struct config_option *option, const char *text,
                                  bool append, const char *where, struct badge_err *err)
{
    struct config_list list = {0};
    enum badge_status status = BADGE_OK;
    for (size_t i = 0; append && i < out->n; i++)
        if (!add(&list.item, &list.n, out->item[i], strlen(out->item[i])))
            status = badge_no_memory(err);
    for (size_t i = 0; append && i < out->n_words; i++)
        if (!add(&list.word, &list.n_words, out->word[i], strlen(out->word[i])))
            status = badge_no_memory(err);
    for (const char *word = text + strspn(text, " \t"); status == BADGE_OK && *word;) {
        size_t len = strcspn(word, " \t");
        status = add_word(&list, word, len, where, err);
        word += len;
        word += strspn(word, " \t");
    }
    for (size_t i = 0; status == BADGE_OK && i < list.n; i++)
        status = option->type == CONFIG_URLS ? check_url(&list, i, option, where, err)
                                             : check_text(list.item[i], option, where, err);
    if (status != BADGE_OK) {
        list_clear(&list);
        return status;
    }
    list_clear(out);
    *out = list;
    return BADGE_OK;
}

/* A text that the file can't express is refused from every source: printed settings must read back the same. */
static enum badge_status check_plain(const struct config_option *option, const char *text, const char *where,
                                     struct badge_err *err)
{
    size_t len = strlen(text);
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)text[i];
        if ((c < ' ' && c != '\t') || c == 0x7f)
            return badge_fail(err, BADGE_ESYNTAX, BADGE_NO_OFFSET, "%s: %s contains a control character", where,
                              option->key);
        if (c == ';' && i > 0 && isspace((unsigned char)text[i - 1]))
            return badge_fail(err, BADGE_ESYNTAX, BADGE_NO_OFFSET,
                              "%s: %s contains a semicolon after a space, which begins a comment", where, option->key);
    }
    if (len > 0 && (isspace((unsigned char)text[0]) || isspace((unsigned char)text[len - 1]) || text[0] == ';'))
        return badge_fail(err, BADGE_ESYNTAX, BADGE_NO_OFFSET,
                          "%s: %s begins or ends with white space, or begins with a semicolon", where, option->key);
    return BADGE_OK;
}

enum badge_status config_value_set(void *config, const struct config_option *option, const char *text, bool append,
                                   const char *where, struct badge_err *err)
{
    void *field = config_field(config, option);
    enum badge_status status = check_plain(option, text, where, err);
    if (status != BADGE_OK)
        return status;
    switch (option->type) {
    case CONFIG_TEXT:
        return set_text(field, option, text, where, err);
    case CONFIG_LIST:
    case CONFIG_URLS:
        return set_list(field, option, text, append, where, err);
    case CONFIG_U64:
    case CONFIG_SIZE:
    case CONFIG_DURATION:
    case CONFIG_GWEI:
        return set_number(field, option, text, where, err);
    case CONFIG_ADDRESS:
        return set_address(field, option, text, where, err);
    case CONFIG_CHOICE:
        return set_choice(field, option, text, where, err);
    }
    return BADGE_OK;
}

void config_value_clear(void *config, const struct config_option *option)
{
    void *field = config_field(config, option);
    if (option->type == CONFIG_TEXT)
        free(*(char **)field);
    else if (config_is_list(option))
        list_clear(field);
    memset(field, 0, config_field_size(option));
}

/* -- printing ------------------------------------------------------------------------------------------------------ */

/* On this line if it fits, else at column HELP_INDENT of the next. */
static void print_word(FILE *out, size_t *column, const char *word, size_t len)
{
    bool breaks = *column + 1 + len > HELP_WIDTH;
    if (breaks)
        fprintf(out, "\n%*s", HELP_INDENT - 1, "");
    fprintf(out, " %.*s", (int)len, word);
    *column = (breaks ? HELP_INDENT - 1 : *column) + 1 + len;
}

static void print_option(FILE *out, const struct config_option *option)
{
    char flag[CONFIG_NAME_MAX_LEN], account[BADGE_ADDRESS_LEN + 1] = "", last[160];
    config_flag_name(flag, option);
    if (option->fallback_address)
        badge_address_format(account, option->fallback_address);
    const char *fallback = option->fallback ? option->fallback : account;
    size_t column = HELP_INDENT - 1, left = 2 + strlen(flag) + 1 + strlen(value_name(option));
    fprintf(out, "  %s %s%s", flag, value_name(option), left > column ? "\n" : "");
    fprintf(out, "%*s", (int)(left > column ? column : column - left), "");
    for (const char *word = option->help; *word; word += strspn(word, " ")) {
        size_t len = strcspn(word, " ");
        print_word(out, &column, word, len);
        word += len;
    }
    if (*fallback) {
        snprintf(last, sizeof last, "(default: %s)", fallback);
        print_word(out, &column, last, strlen(last));
    }
    fputc('\n', out);
}

void config_print_help(FILE *out, const struct config_program *program)
{
    char name[CONFIG_NAME_MAX_LEN];
    for (size_t i = 0; i < program->n_options; i++)
        print_option(out, &program->option[i]);
    const char *key = program->option[0].key, *dot = strchr(key, '.');
    config_env_name(name, program, &program->option[0]);
    fprintf(out, "\nEach flag is also an environment variable (%s) and a key of the configuration file\n(", name);
    if (dot)
        fprintf(out, "[%.*s] %s", (int)(dot - key), key, dot + 1);
    else
        fprintf(out, "%s", key);
    fprintf(out, " = ...). A flag overrides the environment, which overrides the file.\n");
}

static void print_list(FILE *out, const char *name, const struct config_option *option, const struct config_list *list)
{
    bool hidden = false;
    for (size_t i = 0; option->type == CONFIG_URLS && i < list->n_words; i++)
        hidden = hidden || (list->word[i][0] != '@' && strcmp(list->word[i], config_url_origin(list->word[i])) != 0);
    if (hidden)
        fputs("# user, path and query are not shown; \"@FILE\" reads URLs from a separate file\n", out);
    fprintf(out, "%s =", name);
    for (size_t i = 0; i < list->n_words; i++) {
        const char *word = list->word[i];
        bool shown = option->type == CONFIG_LIST || *word == '@';
        fprintf(out, "%s%s", list->n_words == 1 ? " " : "\n    ", shown ? word : config_url_origin(word));
    }
    fputc('\n', out);
}

static void print_value(FILE *out, const char *name, const struct config_option *option, const void *field)
{
    char number[NUMBER_LEN], account[BADGE_ADDRESS_LEN + 1];
    const struct config_address *address = field;
    const char *text;
    size_t len = 0;
    switch (option->type) {
    case CONFIG_TEXT:
        text = *(char *const *)field;
        fprintf(out, "%s =%s%s\n", name, text ? " " : "", text ? text : "");
        return;
    case CONFIG_LIST:
    case CONFIG_URLS:
        print_list(out, name, option, field);
        return;
    case CONFIG_U64:
    case CONFIG_SIZE:
    case CONFIG_DURATION:
    case CONFIG_GWEI:
        format_number(number, option, *(const uint64_t *)field);
        /* Zero means "not given", and may be out of bounds as a value. */
        if (*(const uint64_t *)field == 0 && !option->fallback)
            fprintf(out, "%s =\n", name);
        else
            fprintf(out, "%s = %s\n", name, number);
        return;
    case CONFIG_ADDRESS:
        badge_address_format(account, &address->address);
        fprintf(out, "%s =%s%s\n", name, address->set ? " " : "", address->set ? account : "");
        return;
    case CONFIG_CHOICE:
        text = find_choice(option->choices, *(const uint64_t *)field, &len);
        fprintf(out, "%s = %.*s\n", name, (int)len, text ? text : "");
        return;
    }
}

void config_print(FILE *out, const struct config_program *program, const void *config)
{
    const char *section = "";
    size_t section_len = 0;
    for (size_t i = 0; i < program->n_options; i++) {
        const struct config_option *option = &program->option[i];
        const char *key = option->key, *dot = strchr(key, '.');
        size_t len = dot ? (size_t)(dot - key) : 0;
        if (len != section_len || memcmp(section, key, len) != 0) {
            fprintf(out, "%s[%.*s]\n", i > 0 ? "\n" : "", (int)len, key);
            section = key;
            section_len = len;
        }
        print_value(out, dot ? dot + 1 : key, option, (const char *)config + option->offset);
    }
}
