/*
 * Blocks the signals that end a command. Called by backup, restore and audit. There is no handler: a blocked signal
 * remains pending, and has its default effect when it is unblocked, so the shell sees which one it was.
 */
#include "cli/support/signals.h"
#include "core/compiler.h"

#include <signal.h>

static sigset_t held; /* nothing until signals_block() */

void signals_block(void)
{
    static const int ends[] = {SIGHUP, SIGINT, SIGTERM};
    struct sigaction now;
    sigemptyset(&held);
    /* A signal that is ignored, as under nohup, would become pending too. */
    for (size_t i = 0; i < ARRAY_LEN(ends); i++)
        if (sigaction(ends[i], NULL, &now) == 0 && now.sa_handler == SIG_DFL)
            sigaddset(&held, ends[i]);
    (void)pthread_sigmask(SIG_BLOCK, &held, NULL);
}

bool signals_pending(void *unused)
{
    (void)unused;
    sigset_t waiting;
    return sigpending(&waiting) == 0 && sigandset(&waiting, &waiting, &held) == 0 && !sigisemptyset(&waiting);
}

void signals_unblock(void)
{
    (void)pthread_sigmask(SIG_UNBLOCK, &held, NULL);
}
