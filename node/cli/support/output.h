/*
 * Output files of commands: -o FILE and the like.
 */
#ifndef CLI_SUPPORT_OUTPUT_H
#define CLI_SUPPORT_OUTPUT_H

#include "cli/cli.h"

/*
 * Writes to standard output if path is NULL or "-", else to the file, which is replaced in one step. Returns an exit
 * status; if it is not CLI_YES, the reason is printed.
 */
int output_write(const char *path, const void *bytes, size_t len);

/* Makes the folder if it is missing. False: it can't be written into; the reason is printed. */
bool output_folder(const char *path);

#endif
