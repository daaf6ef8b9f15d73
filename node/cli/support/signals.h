/*
 * Ctrl-C, SIGTERM and SIGHUP while something is on the disk that must not stay there: they wait, are looked at between
 * steps, and end the program, as they do otherwise, once it has cleaned up.
 */
#ifndef CLI_SUPPORT_SIGNALS_H
#define CLI_SUPPORT_SIGNALS_H

#include <stdbool.h>

void interrupt_hold(void); /* before the first thread: threads take the mask over */
bool interrupt_waits(void);
void interrupt_let(void); /* ends the program if one waits; without interrupt_hold() it does nothing */

#endif
