/*
 * Checks of the machine: who can read the keys, how old the last backup is.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "badge/text.h"
#include "cli/doctor/doctor.h"
#include "runtime/file.h"
#include "store/tools/tools.h"

#define MAX_BACKUP_AGE_S (48 * 3600)

/* True: only its owner can read the file, or it is not there and need not be. */
static bool is_private(struct doctor *doctor, const char *path, bool is_needed)
{
    struct stat about;
    if (stat(path, &about) == 0 && (about.st_mode & 077) == 0)
        return true;
    if (stat(path, &about) == 0) {
        doctor_find(doctor, "files", DOCTOR_BAD, "%s can be read by others on this machine", path);
        doctor_do(doctor, "chmod 600 %s; if others have used this machine, replace the key or token", path);
        return false;
    }
    if (errno == ENOENT && !is_needed)
        return true;
    doctor_find(doctor, "files", errno == ENOENT ? DOCTOR_BAD : DOCTOR_UNKNOWN, "%s: %s", path, strerror(errno));
    doctor_do(doctor, errno == ENOENT ? "Restore it from a copy, or replace the operator's key: badged(1)"
                                      : "Run this as the user that the node runs as");
    return false;
}

void doctor_check_files(struct doctor *doctor)
{
    static const char *const own[] = {"badged.conf", "token", "issuer.json"};
    const struct settings *settings = &doctor->settings;
    const char *needed[] = {settings->chain_keystore, settings->chain_passphrase_file};
    char path[4096];
    bool is_good = true, has_issuer = false;
    for (size_t i = 0; i < 2; i++)
        if (needed[i] && !is_private(doctor, needed[i], true))
            is_good = false;
    for (size_t i = 0; i < sizeof own / sizeof *own; i++) {
        (void)snprintf(path, sizeof path, "%s/%s", doctor->dir, own[i]);
        has_issuer = access(path, F_OK) == 0; /* the last one */
        if (!is_private(doctor, path, false))
            is_good = false;
    }
    if (is_good)
        doctor_find(doctor, "files", DOCTOR_GOOD,
                    "Keys, passphrase, token and settings can be read by their owner alone");
    if (is_good && has_issuer)
        doctor_do(doctor, "Keep the issuer's key, %s, and a copy, where the node is not: the node does not need it",
                  path);
}

void doctor_check_backups(struct doctor *doctor)
{
    const char *store = doctor->settings.store_path;
    char path[4096], *text = NULL;
    size_t len;
    int64_t began_s;
    struct badge_err err = {0};
    (void)snprintf(path, sizeof path, "%s/" STORE_LAST_BACKUP, store);
    enum badge_status status = file_read(&text, &len, path, 64, &err);
    if (status == BADGE_OK && badge_time_parse(&began_s, text, strcspn(text, "\n")) != BADGE_OK)
        status = badge_fail(&err, BADGE_ETYPE, BADGE_NO_OFFSET, "%s has no time in it", path);
    free(text);
    bool is_none = status == BADGE_ENOTFOUND && access(store, X_OK) == 0;
    if (status != BADGE_OK) {
        doctor_find(doctor, "backups", is_none ? DOCTOR_BAD : DOCTOR_UNKNOWN, "%s%s",
                    is_none ? "No backup was made of " : "It can't be seen whether there is a backup: ",
                    is_none ? store : err.text);
        doctor_do(doctor,
                  "As the user that the node runs as: badge backup FILE --store %s, daily, to another machine; without "
                  "the store, no receipt can be made again",
                  store);
        return;
    }
    long long age_h = (time(NULL) - began_s) / 3600;
    bool is_old = time(NULL) - began_s > MAX_BACKUP_AGE_S;
    doctor_find(doctor, "backups", is_old ? DOCTOR_BAD : DOCTOR_GOOD, "The last backup of %s was made %lld %s ago",
                store, age_h >= 72 ? age_h / 24 : age_h, age_h >= 72 ? "days" : "hours");
    if (is_old)
        doctor_do(doctor, "badge backup FILE --store %s, daily, to another machine", store);
}
