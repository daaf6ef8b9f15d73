/*
 * The file `reserve` in the store's folder: space that nothing else can take. A start on a full disk gives it back, so
 * that the index can be opened; it is made again when there is space.
 */
#ifndef STORE_RESERVE_H
#define STORE_RESERVE_H

#include <stdbool.h>

/* Makes the file, unless it is there. False: there is not enough space for it, and a little more. */
bool reserve_keep(const char *folder);
/* Deletes it. False: there was none. */
bool reserve_give_back(const char *folder);

#endif
