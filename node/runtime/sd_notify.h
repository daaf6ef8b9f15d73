/*
 * Reports the daemon's state to the service manager: the protocol of sd_notify(3), one datagram to $NOTIFY_SOCKET.
 * Implemented here in a few lines instead of with libsystemd: a process that holds a key should not load a library and
 * its dependencies just to send a string. Without the variable it does nothing.
 */
#ifndef RUNTIME_SD_NOTIFY_H
#define RUNTIME_SD_NOTIFY_H

/* Assignments, one per line: "READY=1\nSTATUS=listening". Never blocks; a datagram that can't be queued is lost. */
void notify_send(const char *state);

#endif
