/*
 * Reads the settings; main.c calls it at the start and reload.c on the pool. The invariant: the arguments stay as they
 * are, to be read again.
 */
#include "daemon/arguments.h"

#include <stdlib.h>
#include <string.h>

#include "chain/provider.h"
#include "daemon/operator.h"

bool arguments_take(struct arguments *arguments, const char *flag)
{
    for (int i = 1; i < arguments->argc; i++) {
        if (strcmp(arguments->argv[i], flag) != 0)
            continue;
        memmove(arguments->argv + i, arguments->argv + i + 1, (size_t)(arguments->argc - i) * sizeof *arguments->argv);
        arguments->argc--;
        return true;
    }
    return false;
}

/* From a copy of argv: parsing removes flags from it, and SIGHUP reads them again. */
enum badge_status arguments_load(struct settings *out, const struct arguments *arguments, struct badge_err *err)
{
    const char *file = NULL;
    int argc = arguments->argc;
    char **argv = calloc((size_t)argc + 1, sizeof *argv);
    if (!argv)
        return badge_no_memory(err);
    memcpy(argv, arguments->argv, (size_t)argc * sizeof *argv);
    enum badge_status status = config_take_flag(&file, "--config", &argc, argv, err);
    if (status == BADGE_OK)
        status = config_load(out, &settings_program, file, &argc, argv, err);
    if (status == BADGE_OK && argc > 1) {
        config_release(out, &settings_program);
        status = badge_fail(err, BADGE_ESYNTAX, BADGE_NO_OFFSET, "unknown option %s; see badged --help", argv[1]);
    }
    free(argv);
    return status;
}

enum badge_status arguments_check(const struct settings *settings, struct badge_err *err)
{
    const char *missing = settings->chain_rpc.n == 0    ? "chain.rpc"
                          : settings->chain_id == 0     ? "chain.id"
                          : !settings->chain_issuer.set ? "chain.issuer"
                                                        : NULL;
    if (missing)
        return badge_fail(err, BADGE_ESYNTAX, BADGE_NO_OFFSET, "%s is not set; see badged --help", missing);
    if (settings->chain_rpc.n > PROVIDERS_MAX)
        return badge_fail(err, BADGE_ELIMIT, BADGE_NO_OFFSET, "chain.rpc has %zu URLs; name at most %d",
                          settings->chain_rpc.n, PROVIDERS_MAX);
    return operator_check(settings, err);
}
