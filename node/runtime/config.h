/*
 * One table describes a program's settings; the keys of the file, the environment variables, the flags, --help,
 * --print-config and the manual all come from it. A flag overrides the environment, which overrides the file, which
 * overrides the default.
 *
 * For the key `http.max_json`: `[http] max_json = 1 MiB` in the file, BADGED_HTTP_MAX_JSON, --http-max-json. A key
 * without a section comes before the first section of the file. A line of the file has at most 197 bytes; a list may
 * continue on indented lines. An empty environment variable counts as not set.
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
    /* The words as they were given, "@FILE" not expanded: for config_print(). */
    char **word;
    size_t n_words;
};

enum config_type {
    CONFIG_TEXT,     /* char *, NULL if empty */
    CONFIG_LIST,     /* struct config_list: words; "@FILE" reads them from a file, one per line */
    CONFIG_URLS,     /* the same, of URLs that may contain API keys: never shown whole */
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
    const char *fallback;                         /* the default; NULL: none; a number is then 0, and may be empty */
    uint64_t min, max;                            /* numbers; max 0: unlimited */
    const char *choices;                          /* CONFIG_CHOICE */
    const char *help;                             /* one line */
    const struct badge_address *fallback_address; /* CONFIG_ADDRESS; NULL: none */
    /* For CONFIG_TEXT and the items of CONFIG_LIST; may be NULL. Returns NULL if the text is allowed, else what is
     * allowed ("a number of ..."). */
    const char *(*check)(const char *text);
};

struct config_program {
    const char *name;       /* "badged" */
    const char *env_prefix; /* "BADGED_" */
    const struct config_option *option;
    size_t n_options;
};

/*
 * Fills *out, the program's struct. argv: flags of the table (--key value or --key=value, up to a "--") are parsed and
 * removed from argc/argv; the rest is left for the caller. A list's flag may be given several times. file may be NULL.
 * On failure there is nothing to release.
 * errors    BADGE_ESYNTAX, BADGE_ELIMIT, BADGE_ENOTFOUND, BADGE_EIO, BADGE_ENOMEM: the text names file and line,
 *           variable or flag
 */
enum badge_status config_load(void *out, const struct config_program *program, const char *file, int *argc, char **argv,
                              struct badge_err *err) BADGE_CHECKED;
void config_release(void *config, const struct config_program *program);

/*
 * The next environment variable, from *at (0 at first) on, that has the program's prefix but is not one of its
 * settings; NULL: no more. The name is valid until the next call.
 */
const char *config_next_unknown(size_t *at, const struct config_program *program);

/*
 * Removes one flag with its value ("--config") from argc/argv; *value is borrowed from argv, NULL if the flag is not
 * there. If it is given several times: the first; call again for the next.
 * errors    BADGE_ESYNTAX: the flag is the last argument, without a value
 */
enum badge_status config_take_flag(const char **value, const char *flag, int *argc, char **argv,
                                   struct badge_err *err) BADGE_CHECKED;

void config_print_help(FILE *out, const struct config_program *program);
/* The current settings, as a file that can be read back; URLs are shown without user, path or query. */
void config_print(FILE *out, const struct config_program *program, const void *config);

/* "https://host:port" for logs and reports, without the URL's credentials, path and query. Static per thread. */
const char *config_url_origin(const char *url);
/* Whether the URL is one of http or https, in any capitals. */
bool config_url_is_web(const char *url);

#endif
