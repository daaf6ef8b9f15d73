/*
 * Ctrl-C, SIGTERM and SIGHUP while temporary files are on disk: they are blocked, checked between steps, and end the
 * program as usual after it has cleaned up.
 */
#ifndef CLI_SUPPORT_SIGNALS_H
#define CLI_SUPPORT_SIGNALS_H

#include <stdbool.h>

void signals_block(void);           /* call it before the first thread starts: threads inherit the mask */
bool signals_pending(void *unused); /* whether a blocked signal has come; fits store_check.is_stopped */
void signals_unblock(void);         /* ends the program if one is pending; does nothing without signals_block() */

#endif
