/*
 * Loads the settings: the table's defaults, the file, the environment, the flags, in this order; each overrides the one
 * before. Each program calls it once at its start. Every value is checked, also one that a later source overrides: so
 * an error in the file shows at once, and not when the flag is removed some day.
 */
#include "runtime/config.h"

#include <ctype.h>
#include <ini.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "runtime/config_value.h"
#include "runtime/file.h"

#define FILE_MAX_LEN (1 << 20)
#define WHERE_LEN 160

/* -- the file ------------------------------------------------------------------------------------------------------ */

struct config_reader {
    void *config;
    const struct config_program *program;
    const char *name;
    const char *rest;
    int line;      /* number of the last line that inih got */
    bool indented; /* that line is: inih treats it as a continuation of the key before */
    int *seen;     /* by option: the line that set it, 0: none */
    enum badge_status status;
    struct badge_err err;
};

/* A line for inih, like fgets(). A line that is too long is an error: inih would treat its rest as another line. */
static char *next_line(char *out, int capacity, void *context)
{
    struct config_reader *reader = context;
    if (*reader->rest == '\0' || reader->status != BADGE_OK)
        return NULL;
    size_t len = strcspn(reader->rest, "\n");
    len += reader->rest[len] == '\n';
    reader->line++;
    if (len >= (size_t)capacity) {
        reader->status = badge_fail(&reader->err, BADGE_ELIMIT, BADGE_NO_OFFSET,
                                    "%s:%d: the line is longer than %d bytes; continue a list on indented lines",
                                    reader->name, reader->line, capacity - 3);
        return NULL;
    }
    memcpy(out, reader->rest, len);
    out[len] = '\0';
    reader->rest += len;
    reader->indented = isspace((unsigned char)*out) != 0;
    return out;
}

static const struct config_option *find_option(const struct config_program *program, const char *section,
                                               const char *name)
{
    char key[CONFIG_NAME_MAX_LEN];
    int len = snprintf(key, sizeof key, "%s%s%s", section, *section ? "." : "", name);
    bool is_key = (size_t)len < sizeof key && !strchr(name, '.');
    for (size_t i = 0; is_key && i < program->n_options; i++)
        if (strcmp(program->option[i].key, key) == 0)
            return &program->option[i];
    return NULL;
}

static enum badge_status set_from_file(struct config_reader *reader, const char *section, const char *name,
                                       const char *value)
{
    char where[WHERE_LEN];
    snprintf(where, sizeof where, "%s:%d", reader->name, reader->line);
    const struct config_option *option = find_option(reader->program, section, name);
    if (!option)
        return badge_fail(&reader->err, BADGE_ENOTFOUND, BADGE_NO_OFFSET,
                          "%s: unknown key \"%.*s%s%.*s\"; see %s --help", where, 40, section, *section ? "." : "", 40,
                          name, reader->program->name);
    int *seen = &reader->seen[option - reader->program->option];
    /* inih passes an indented line after a section as a key of its own. */
    bool continues = reader->indented && *seen != 0;
    if (continues && !config_is_list(option))
        return badge_fail(&reader->err, BADGE_ESYNTAX, BADGE_NO_OFFSET,
                          "%s: an indented line continues %s, which is not a list; remove the indentation", where,
                          option->key);
    if (!continues && *seen != 0)
        return badge_fail(&reader->err, BADGE_EDUPLICATE, BADGE_NO_OFFSET, "%s: %s was already set in line %d", where,
                          option->key, *seen);
    *seen = *seen ? *seen : reader->line;
    return config_value_set(reader->config, option, value, continues, where, &reader->err);
}

static int on_pair(void *context, const char *section, const char *name, const char *value)
{
    struct config_reader *reader = context;
    if (reader->status == BADGE_OK)
        reader->status = set_from_file(reader, section, name, value);
    return reader->status == BADGE_OK;
}

enum badge_status config_read_text(void *config, const struct config_program *program, const char *name,
                                   const char *text, size_t len, struct badge_err *err)
{
    if (memchr(text, '\0', len))
        return badge_fail(err, BADGE_ESYNTAX, BADGE_NO_OFFSET, "%s contains a NUL byte: it is not a text file", name);
    struct config_reader reader = {.config = config, .program = program, .name = name, .rest = text};
    reader.seen = calloc(program->n_options, sizeof *reader.seen);
    if (!reader.seen)
        return badge_no_memory(err);
    int wrong_line = ini_parse_stream(next_line, &reader, on_pair, &reader);
    free(reader.seen);
    /* inih continues after a line that it can't parse, so that line may be before the one of reader.err. */
    if (wrong_line > 0 && (reader.status == BADGE_OK || wrong_line < reader.line))
        return badge_fail(err, BADGE_ESYNTAX, BADGE_NO_OFFSET, "%s:%d: neither \"key = value\" nor \"[section]\"", name,
                          wrong_line);
    if (reader.status != BADGE_OK)
        return badge_fail(err, reader.status, BADGE_NO_OFFSET, "%s", reader.err.text);
    return BADGE_OK;
}

static enum badge_status read_file(void *config, const struct config_program *program, const char *file,
                                   struct badge_err *err)
{
    char *text;
    size_t len;
    enum badge_status status = file_read(&text, &len, file, FILE_MAX_LEN, err);
    if (status != BADGE_OK)
        return status;
    status = config_read_text(config, program, file, text, len, err);
    badge_wipe(text, len);
    free(text);
    return status;
}

/* -- the other sources --------------------------------------------------------------------------------------------- */

static enum badge_status set_default(void *config, const struct config_option *option, struct badge_err *err)
{
    if (option->fallback_address) {
        *(struct config_address *)config_field(config, option) = (struct config_address){
            .set = true, .address = *option->fallback_address};
        return BADGE_OK;
    }
    return option->fallback ? config_value_set(config, option, option->fallback, false, "default", err) : BADGE_OK;
}

enum badge_status config_set_defaults(void *config, const struct config_program *program, struct badge_err *err)
{
    enum badge_status status = BADGE_OK;
    for (size_t i = 0; i < program->n_options; i++)
        memset(config_field(config, &program->option[i]), 0, config_field_size(&program->option[i]));
    for (size_t i = 0; status == BADGE_OK && i < program->n_options; i++)
        status = set_default(config, &program->option[i], err);
    return status;
}

static enum badge_status set_from_env(void *config, const struct config_program *program,
                                      const struct config_option *option, struct badge_err *err)
{
    char name[CONFIG_NAME_MAX_LEN];
    config_env_name(name, program, option);
    const char *value = getenv(name);
    return value && *value ? config_value_set(config, option, value, false, name, err) : BADGE_OK;
}

const char *config_next_unknown(size_t *at, const struct config_program *program)
{
    static _Thread_local char unknown[CONFIG_NAME_MAX_LEN];
    for (; environ && environ[*at]; ++*at) {
        bool is_known = strncmp(environ[*at], program->env_prefix, strlen(program->env_prefix)) != 0;
        (void)snprintf(unknown, sizeof unknown, "%.*s", (int)strcspn(environ[*at], "="), environ[*at]);
        for (size_t i = 0; i < program->n_options && !is_known; i++) {
            char name[CONFIG_NAME_MAX_LEN];
            config_env_name(name, program, &program->option[i]);
            is_known = strcmp(name, unknown) == 0;
        }
        if (!is_known) {
            ++*at;
            return unknown;
        }
    }
    return NULL;
}

enum badge_status config_take_flag(const char **value, const char *flag, int *argc, char **argv, struct badge_err *err)
{
    size_t len = strlen(flag);
    *value = NULL;
    for (int i = 1; i < *argc && strcmp(argv[i], "--") != 0; i++) {
        if (strncmp(argv[i], flag, len) != 0 || (argv[i][len] != '\0' && argv[i][len] != '='))
            continue;
        int n = argv[i][len] == '=' ? 1 : 2;
        if (i + n > *argc)
            return badge_fail(err, BADGE_ESYNTAX, BADGE_NO_OFFSET, "%s needs a value", flag);
        *value = n == 1 ? argv[i] + len + 1 : argv[i + 1];
        /* With the NULL that ends argv. */
        memmove(argv + i, argv + i + n, (size_t)(*argc - i - n + 1) * sizeof *argv);
        *argc -= n;
        return BADGE_OK;
    }
    return BADGE_OK;
}

static enum badge_status set_from_flags(void *config, const struct config_option *option, int *argc, char **argv,
                                        struct badge_err *err)
{
    char name[CONFIG_NAME_MAX_LEN];
    config_flag_name(name, option);
    for (bool first = true;; first = false) {
        const char *value;
        enum badge_status status = config_take_flag(&value, name, argc, argv, err);
        if (status != BADGE_OK || !value)
            return status;
        status = config_value_set(config, option, value, !first, name, err);
        if (status != BADGE_OK)
            return status;
    }
}

enum badge_status config_load(void *out, const struct config_program *program, const char *file, int *argc, char **argv,
                              struct badge_err *err)
{
    enum badge_status status = config_set_defaults(out, program, err);
    if (status == BADGE_OK && file)
        status = read_file(out, program, file, err);
    for (size_t i = 0; status == BADGE_OK && i < program->n_options; i++)
        status = set_from_env(out, program, &program->option[i], err);
    for (size_t i = 0; status == BADGE_OK && i < program->n_options; i++)
        status = set_from_flags(out, &program->option[i], argc, argv, err);
    if (status != BADGE_OK)
        config_release(out, program);
    return status;
}

void config_release(void *config, const struct config_program *program)
{
    for (size_t i = 0; i < program->n_options; i++)
        config_value_clear(config, &program->option[i]);
}
