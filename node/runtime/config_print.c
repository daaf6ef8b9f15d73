/*
 * Prints the table of settings: --help, and --print-config, whose output is a configuration file that can be read back.
 * URLs that may contain API keys are shown as their origin only.
 */
#include <stdlib.h>
#include <string.h>

#include "runtime/config_value.h"

#define HELP_INDENT 36
#define HELP_WIDTH 100

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
    size_t column = HELP_INDENT - 1, left = 2 + strlen(flag) + 1 + strlen(config_value_name(option));
    fprintf(out, "  %s %s%s", flag, config_value_name(option), left > column ? "\n" : "");
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
    char number[CONFIG_NUMBER_LEN], account[BADGE_ADDRESS_LEN + 1];
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
        config_number_format(number, option, *(const uint64_t *)field);
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
        text = config_choice(option->choices, *(const uint64_t *)field, &len);
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
