/*
 * File descriptors that are kept back for the store and the chain, so that strangers' connections never take the last.
 */
#ifndef RUNTIME_DESCRIPTORS_H
#define RUNTIME_DESCRIPTORS_H

#include <stdbool.h>

/*
 * Whether this descriptor, just opened for the sake of a client, may be used. false: it is among the last of the
 * process; the caller closes it and does without. Any thread.
 */
bool descriptors_allow(int fd);

#endif
