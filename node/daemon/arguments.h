/*
 * The settings of the daemon, from its arguments, the environment and the file of --config: read at the start, and
 * again on SIGHUP, when files may have changed.
 */
#ifndef DAEMON_ARGUMENTS_H
#define DAEMON_ARGUMENTS_H

#include "runtime/settings.h"

/* Those of main(), for the life of the process. */
struct arguments {
    int argc;
    char **argv;
};

/* Removes a flag without a value; false if it is not there. */
bool arguments_take(struct arguments *arguments, const char *flag);
/* What remains must be settings. Blocking. errors    those of config_load() */
enum badge_status arguments_load(struct settings *out, const struct arguments *arguments,
                                 struct badge_err *err) BADGE_CHECKED;
/* Whether a node can run with them. errors    BADGE_ESYNTAX: one is missing, or contradicts another */
enum badge_status arguments_check(const struct settings *settings, struct badge_err *err) BADGE_CHECKED;

#endif
