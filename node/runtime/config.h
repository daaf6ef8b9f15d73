/*
 * One table describes a program's settings; the file's keys, the environment, the flags, --help, --print-config and
 * the manual all come from it. A flag goes over the environment, that over the file, that over the default.
 *
 * For the key `http.max_json`: `[http] max_json = 1 MiB` in the file, BADGED_HTTP_MAX_JSON, --http-max-json. A key
 * without a section stands in the file before the first section. Lines of the file have at most 197 bytes; a list may
 * go on over indented lines. A variable of the environment that is empty counts as not set.
 */
#ifndef RUNTIME_CONFIG_H
#define RUNTIME_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "badge/text.h"

struct config_list {
    char **item;
    size_t n;
    /* The words as they were given, "@FILE" unread: what config_print() shows. */
    char **word;
    size_t n_words;
};

enum config_type {
    CONFIG_TEXT,     /* char *, NULL where empty */
    CONFIG_LIST,     /* struct config_list: words; "@FILE" reads them from a file, one a line */
    CONFIG_URLS,     /* the same, of URLs that may hold API keys: never shown whole */
    CONFIG_U64,      /* uint64_t */
    CONFIG_SIZE,     /* uint64_t bytes: "1 MiB" */
    CONFIG_DURATION, /* uint64_t milliseconds: "10 min", "48 s", "250 ms" */
    CONFIG_GWEI,     /* uint64_t wei: "200 gwei", "1.5 gwei" */
    CONFIG_ADDRESS,  /* struct config_address */
    CONFIG_CHOICE,   /* uint64_t, an index into choices, "info|warn|error" */
};

struct config_address {
    bool set;
    struct badge_address address;
};

struct config_option {
    const char *key; /* "section.name", or "name" */
    enum config_type type;
    size_t offset;                                /* into the program's struct */
    const char *fallback;                         /* NULL: none; a number is then 0, and may be given as empty */
    uint64_t min, max;                            /* numbers; max 0: no bound */
    const char *choices;                          /* CONFIG_CHOICE */
    const char *help;                             /* one line */
    const struct badge_address *fallback_address; /* CONFIG_ADDRESS; NULL: none */
    /* CONFIG_TEXT and the items of CONFIG_LIST; may be NULL. Says what is allowed ("a number of ...") if the text is
     * not, NULL if it is. */
    const char *(*check)(const char *text);
};

struct config_program {
    const char *name;       /* "badged" */
    const char *env_prefix; /* "BADGED_" */
    const struct config_option *option;
    size_t n_options;
};

/*
 * Fills *out, the program's struct. argv: flags of the table are taken (--key value or --key=value, up to a "--") and
 * removed from argc/argv; what remains is the caller's. A list's flag may be given several times. file may be NULL.
 * On failure there is nothing to release.
 * errors    BADGE_ESYNTAX, BADGE_ELIMIT, BADGE_ENOTFOUND, BADGE_EIO, BADGE_ENOMEM: the text names file and line,
 *           variable or flag
 */
enum badge_status config_load(void *out, const struct config_program *program, const char *file, int *argc, char **argv,
                              struct badge_err *err) BADGE_CHECKED;
void config_release(void *config, const struct config_program *program);

/*
 * The next variable of the environment, from *at (0 at first) on, that begins as the program's do and is none of its
 * settings; NULL: no more. The name lasts until the next call.
 */
const char *config_next_strange(size_t *at, const struct config_program *program);

/*
 * Takes one flag with its value ("--config") out of argc/argv; *value is NULL if it is not there, else borrowed from
 * argv. Given several times: the first; call again for the next.
 * errors    BADGE_ESYNTAX: the flag is last, and has no value
 */
enum badge_status config_take_flag(const char **value, const char *flag, int *argc, char **argv,
                                   struct badge_err *err) BADGE_CHECKED;

void config_print_help(FILE *out, const struct config_program *program);
/* The settings in force, as a file that reads back the same; URLs shown without user, path or query. */
void config_print(FILE *out, const struct config_program *program, const void *config);

/* "https://host:port" for logs and people: credentials, path and query of a URL are left out. Static per thread. */
const char *config_url_origin(const char *url);

#endif
