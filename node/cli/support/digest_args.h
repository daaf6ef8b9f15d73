/*
 * A credential as people name it on the command line: by its digest, or by its file.
 */
#ifndef CLI_SUPPORT_DIGEST_ARGS_H
#define CLI_SUPPORT_DIGEST_ARGS_H

#include "badge/text.h"

/* 64 hexadecimal digits are a digest, all else names a file. Returns an exit status; if it is not 0, it has said why.
 */
int named_digest(struct badge_hash *out, const char *text);

struct named_list {
    struct badge_hash *digest;
    size_t n, room;
};
/* The words of argv from the first on; `-` reads digests from standard input, a line each. As named_digest(). */
int named_collect(struct named_list *out, int argc, char **argv);
void named_release(struct named_list *list);

#endif
