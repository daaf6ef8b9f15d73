/* What monitors see of the node: metrics, and for the service manager a watchdog's sign of life with a status line. */
#ifndef DAEMON_HEALTH_H
#define DAEMON_HEALTH_H

#include "daemon/node.h"

/* Each second, on the main loop, once all parts are open. */
void health_report(const struct node *node);

#endif
