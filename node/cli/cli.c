/*
 * What the commands of `badge` share: output, exit statuses, flags, arguments. Called by every command; calls none.
 */
#include "cli/cli.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "core/format.h"

/* The text may quote nodes, providers and file names. */
static void print_clean(FILE *out, const char *before, const char *format, va_list args)
{
    char text[8192], clean[sizeof text];
    (void)vsnprintf(text, sizeof text, format, args);
    (void)core_format(clean, sizeof clean, "%s", text);
    fprintf(out, "%s%s\n", before, clean);
}

int cli_fail(int exit_status, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    print_clean(stderr, "badge: ", format, args);
    va_end(args);
    return exit_status;
}

bool cli_refuse(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    print_clean(stderr, "badge: ", format, args);
    va_end(args);
    return false;
}

void cli_warn(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    print_clean(stderr, "badge: ", format, args);
    va_end(args);
}

void cli_print(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    print_clean(stdout, "", format, args);
    va_end(args);
}

int cli_exit_of(const struct badge_err *err)
{
    if (err->status == BADGE_EIO)
        return CLI_UNREACHABLE;
    bool is_no = err->status == BADGE_EREFUSED || err->status == BADGE_ENOTFOUND || err->status == BADGE_EMISMATCH;
    return is_no ? CLI_NO : CLI_USAGE;
}

const char *cli_node(const struct cli *cli)
{
    return cli->node ? cli->node : "http://127.0.0.1:8080";
}

void cli_print_json(json_t *value)
{
    json_dumpf(value, stdout, JSON_COMPACT | JSON_ENCODE_ANY);
    putchar('\n');
    json_decref(value);
}

json_t *cli_json_text(const char *text)
{
    char clean[8192]; /* longer than a path */
    (void)core_format(clean, sizeof clean, "%s", text);
    return json_string(clean);
}

void cli_print_account(const struct cli *cli, const struct badge_address *account, const char *file)
{
    struct account_text text = core_account_text(account);
    if (cli->json)
        cli_print_json(json_pack("{s:s,s:o}", "address", text.s, "file", cli_json_text(file)));
    else
        puts(text.s);
}

bool cli_read_digest(struct badge_hash *out, const char *text)
{
    return badge_hex_decode(out->b, sizeof out->b, text, strlen(text)) == BADGE_OK;
}

bool cli_read_account(struct badge_address *out, const char *text)
{
    size_t len = strlen(text);
    if (badge_address_parse(out, text, len) != BADGE_OK)
        return cli_refuse("%s is not an account, which is 0x and 40 hexadecimal digits", text);
    return badge_address_checksum_ok(text, len) || cli_refuse("%s is mistyped: its EIP-55 checksum is wrong", text);
}

static const struct cli_flag *find_flag(const struct cli_flag *flag, size_t n_flags, const char *name, size_t len)
{
    for (size_t i = 0; i < n_flags; i++)
        if (strlen(flag[i].name) == len && memcmp(flag[i].name, name, len) == 0)
            return &flag[i];
    return NULL;
}

bool cli_flags(int *argc, char **argv, const struct cli_flag *flag, size_t n_flags, int min, int max)
{
    int kept = 1;
    bool flags_end = false;
    for (int i = 1; i < *argc; i++) {
        const char *arg = argv[i];
        if (flags_end || arg[0] != '-' || !arg[1]) {
            argv[kept++] = argv[i];
            continue;
        }
        if (strcmp(arg, "--") == 0) {
            flags_end = true;
            continue;
        }
        const char *name = arg + strspn(arg, "-"), *equals = strchr(name, '=');
        const struct cli_flag *found = find_flag(flag, n_flags, name, equals ? (size_t)(equals - name) : strlen(name));
        if (found && (arg[1] == '-') != (strlen(found->name) > 1))
            found = NULL;
        bool wants_value = found && found->value;
        if (!found || (equals && !wants_value) || (wants_value && !equals && i + 1 >= *argc))
            return cli_refuse("%s: %s %s; see `badge %s --help`", argv[0], arg,
                              !found        ? "is not a flag of this command"
                              : wants_value ? "needs a value"
                                            : "takes no value",
                              argv[0]);
        if (wants_value)
            *found->value = equals ? equals + 1 : argv[++i];
        else
            *found->given = true;
    }
    *argc = kept;
    argv[kept] = NULL;
    if (kept - 1 < min || kept - 1 > max)
        return cli_refuse("%s: too %s arguments; see `badge %s --help`", argv[0], kept - 1 < min ? "few" : "many",
                          argv[0]);
    return true;
}
