/*
 * Ctrl-C, SIGTERM and SIGHUP while something is on the disk that must not stay there: they wait, are looked at between
 * steps, and end the program, as they do otherwise, once it has cleaned up.
 */
#ifndef CLI_SUPPORT_SIGNALS_H
#define CLI_SUPPORT_SIGNALS_H

#include <stdbool.h>

void signals_block(void); /* before the first thread: threads take the mask over */
bool signals_pending(void);
bool signals_stop_check(void *unused); /* the same, for store_check.is_stopped */
void signals_unblock(void);            /* ends the program if one waits; without signals_block() it does nothing */

#endif
