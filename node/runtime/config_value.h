/*
 * The values of settings: text to value and back, by type. Only for config.c.
 */
#ifndef RUNTIME_CONFIG_VALUE_H
#define RUNTIME_CONFIG_VALUE_H

#include "runtime/config.h"

#define CONFIG_NAME_MAX_LEN 80

void config_flag_name(char out[CONFIG_NAME_MAX_LEN], const struct config_option *option);
void config_env_name(char out[CONFIG_NAME_MAX_LEN], const struct config_program *program,
                     const struct config_option *option);

/* Where the option's value is in the program's struct. */
void *config_field(void *config, const struct config_option *option);
size_t config_field_size(const struct config_option *option);
bool config_is_list(const struct config_option *option);

/*
 * Replaces the value, or with `append` adds to a list. where ("badged.conf:12", "--http-loops") begins an error's text.
 * errors    BADGE_ESYNTAX, BADGE_ELIMIT, BADGE_ENOTFOUND, BADGE_EIO, BADGE_ENOMEM; the old value is then unchanged
 */
enum badge_status config_value_set(void *config, const struct config_option *option, const char *text, bool append,
                                   const char *where, struct badge_err *err) BADGE_CHECKED;
void config_value_clear(void *config, const struct config_option *option);

/* Initializes a program's struct, which may be uninitialized memory. errors    as config_load() */
enum badge_status config_set_defaults(void *config, const struct config_program *program,
                                      struct badge_err *err) BADGE_CHECKED;

/*
 * Parses a configuration file's text, NUL-terminated; name is for the errors.
 * errors    as config_load(); values that were set before the error stay set
 */
enum badge_status config_read_text(void *config, const struct config_program *program, const char *name,
                                   const char *text, size_t len, struct badge_err *err) BADGE_CHECKED;

#endif
