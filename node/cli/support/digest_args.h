/*
 * Credentials on the command line: by digest, or by file.
 */
#ifndef CLI_SUPPORT_DIGEST_ARGS_H
#define CLI_SUPPORT_DIGEST_ARGS_H

#include "badge/text.h"

/* 64 hexadecimal digits are a digest, anything else names a file. Returns an exit status, and prints the reason. */
int digest_arg(struct badge_hash *out, const char *text);

struct digest_args {
    struct badge_hash *digest;
    size_t n, capacity;
};
/* Reads argv[1] and the following; `-` reads digests from standard input, one on each line. Returns as digest_arg(). */
int digest_args_collect(struct digest_args *out, int argc, char **argv);
void digest_args_release(struct digest_args *list);

#endif
