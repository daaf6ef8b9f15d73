/*
 * Tells the service manager how the daemon is: sd_notify(3), the protocol of which is one datagram to $NOTIFY_SOCKET.
 * Spoken here in a few lines rather than through libsystemd: a process that holds a key loads no library, with those
 * that it loads in turn, to send a string. Without the variable all of this does nothing.
 */
#ifndef RUNTIME_SD_NOTIFY_H
#define RUNTIME_SD_NOTIFY_H

/* Assignments, a line each: "READY=1\nSTATUS=listening". Never blocks; what the manager has no room for is lost. */
void notify_send(const char *state);

#endif
