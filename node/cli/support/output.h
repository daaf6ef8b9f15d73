/*
 * Where commands write what was asked for: -o FILE and the like.
 */
#ifndef CLI_SUPPORT_OUTPUT_H
#define CLI_SUPPORT_OUTPUT_H

#include "cli/cli.h"

/*
 * To standard output where path is NULL or "-", else into the file, which is replaced in one step. Returns an exit
 * status; where it is not CLI_YES, it has said why.
 */
int output_write(const char *path, const void *bytes, size_t len);

/* Makes the folder if it is not there; false, and it has said why, where nothing can be written into it. */
bool output_folder(const char *path);

#endif
