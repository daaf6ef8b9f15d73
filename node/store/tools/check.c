/*
 * Interruption of the tools: fsck, backup and restore ask between files whether to continue.
 */
#include "store/store_internal.h"
#include "store/tools/tools.h"

enum badge_status store_check_continue(const struct store_check *check, struct badge_err *err)
{
    if (!check->is_stopped || !check->is_stopped(check->context))
        return BADGE_OK;
    return badge_fail(err, BADGE_EREFUSED, BADGE_NO_OFFSET, "interrupted");
}
