/*
 * The gas of whole transactions, for what is said before they are sent: contracts/README.md; that of the deployment is
 * measured by tests/integration/test_init.py.
 */
#ifndef CLI_SUPPORT_GAS_H
#define CLI_SUPPORT_GAS_H

#include <stdint.h>

#define GAS_DEPLOY UINT64_C(1540500)
#define GAS_OPERATOR UINT64_C(46420)
#define GAS_ACCREDIT UINT64_C(48056)
#define GAS_ANCHOR UINT64_C(55360)

/* The node's account is low when it pays for fewer batches. */
#define FEW_ANCHORS 20

#endif
