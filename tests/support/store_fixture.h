/*
 * Shared by the tests of the store: a folder for each test, submissions by number, and functions that damage files. A
 * function that can fail fails the test.
 */
#ifndef TESTS_STORE_FIXTURE_H
#define TESTS_STORE_FIXTURE_H

#include "support/test.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runtime/log.h"
#include "store/store.h"

#define NOW_S 1795435200

/* A test with a folder of its own, which is removed after it. */
#define STORE_TEST(f) cmocka_unit_test_setup_teardown(f, fixture_setup, fixture_teardown)
extern char fixture_folder[64];
int fixture_setup(void **state);
int fixture_teardown(void **state);

/* -- files -- */

const char *in_folder(const char *name); /* a path in fixture_folder, in one of a few static buffers */
void join(char out[1024], const char *folder, const char *name);
void remove_tree(const char *path);
void copy_tree(const char *from, const char *to);
off_t file_size(const char *path);
void flip_byte(const char *path, off_t offset);
/* Not every user can raise a limit again, so tests that lower one run in a child process. */
void in_a_child(void (*act)(void));

/* -- stores: of chain 31337, contract c0…, issuer 15… -- */

struct store_options fixture_options(const char *path);
struct store *open_store(const char *path);
/* For a store that can't be opened; closes it if it can. */
enum badge_status refuse_store(const char *path, struct badge_err *err);

/* -- what is in them: submission i has a digest of its own, and was received i seconds after NOW_S -- */

struct badge_hash digest_of(uint64_t i);
struct store_submission submit_as(struct store *store, uint64_t i, enum badge_label label);
/* Submits first … first + n − 1 in groups; each must have this outcome. */
void submit_many(struct store *store, uint64_t first, size_t n, enum store_outcome outcome);
struct store_batch seal(struct store *store, size_t max_leaves);
void check_record(struct store *store, uint64_t i, enum store_state state, uint32_t batch);
/* Gets the receipt and verifies its path. */
void check_receipt(struct store *store, uint64_t i);

#endif
