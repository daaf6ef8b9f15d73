/*
 * The daemon: reads its settings, opens its parts in the order of their dependencies, runs the main loop and shuts
 * down. node.h is the map of this folder. The invariant: http finishes first, so that open requests are still answered
 * by working parts; then the others close, in reverse, and the main loop ends.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/compiler.h"
#include "daemon/reload.h"
#include "runtime/log.h"
#include "runtime/sd_notify.h"

#define EXIT_USAGE 2

/* They can't be an error: Kubernetes sets BADGED_PORT and others for a service of this name. */
static void warn_unknown_variables(void)
{
    size_t at = 0;
    for (const char *name; (name = config_next_unknown(&at, &settings_program));)
        if (strcmp(name, "BADGED_FAILPOINT") != 0)
            log_warn("unknown environment variable ignored; see badged --help", log_text("variable", name));
}

/* Keeps secrets out of core dumps and unreadable to other users; raises the limit of open files for connections. */
static void harden(void)
{
    struct rlimit limit = {0, 0};
    (void)setrlimit(RLIMIT_CORE, &limit); /* these are precautions: if the system refuses one, the node still runs */
    (void)prctl(PR_SET_DUMPABLE, 0);
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        (void)setrlimit(RLIMIT_NOFILE, &limit);
    }
    (void)umask(077);
    (void)signal(SIGPIPE, SIG_IGN);
    (void)signal(SIGXFSZ, SIG_IGN); /* at the file size limit a write fails with an error, as on a full disk */
    json_object_seed(0);
}

/* -- the end ------------------------------------------------------------------------------------------------------- */

/* On SIGTERM and SIGINT, or when the start has failed. A second signal ends the process at once. */
struct shutdown {
    struct node *node;
    struct reload *reload;
    uv_signal_t terminate, interrupt;
    struct message http_stopped;
    bool signalled;
    bool failed; /* the start has: for the exit status */
};

static void close_all(struct shutdown *shutdown)
{
    uv_close((uv_handle_t *)&shutdown->terminate, NULL);
    uv_close((uv_handle_t *)&shutdown->interrupt, NULL);
    reload_close(shutdown->reload);
    node_close(shutdown->node);
}

static void on_http_stopped(struct message *message)
{
    close_all(container_of(message, struct shutdown, http_stopped));
}

static void start_shutdown(struct shutdown *shutdown)
{
    struct node *node = shutdown->node;
    node->stopping = true;
    notify_send("STOPPING=1");
    shutdown->http_stopped.handler = on_http_stopped;
    http_stop(node->http, &node->mailbox, &shutdown->http_stopped);
}

static void on_signal(uv_signal_t *handle, int number)
{
    struct shutdown *shutdown = handle->data;
    if (shutdown->signalled) {
        log_warn("second signal: stopping at once", log_i64("signal", number));
        _exit(EXIT_FAILURE); /* what was acknowledged is on disk */
    }
    shutdown->signalled = true;
    log_info("stopping", log_i64("signal", number));
    if (!shutdown->node->stopping)
        start_shutdown(shutdown);
}

/* Handles the signals from now on; they are delivered once the main loop runs. */
static void shutdown_init(struct shutdown *shutdown, struct node *node, struct reload *reload)
{
    shutdown->node = node;
    shutdown->reload = reload;
    node_catch_signal(node, &shutdown->terminate, SIGTERM, on_signal, shutdown);
    node_catch_signal(node, &shutdown->interrupt, SIGINT, on_signal, shutdown);
}

/* For reload_start(). */
static void shutdown_on_failure(void *context)
{
    struct shutdown *shutdown = context;
    shutdown->failed = true;
    start_shutdown(shutdown);
}

/* Instead, if not all parts could be opened: closes those that are. */
static void shutdown_unopened(struct shutdown *shutdown)
{
    shutdown->failed = true;
    shutdown->node->stopping = true;
    close_all(shutdown);
}

/* -- the start ----------------------------------------------------------------------------------------------------- */

static enum badge_status open_parts(struct node *node, struct reload *reload, struct badge_err *err)
{
    enum badge_status status = node_open_store(node, err);
    if (status == BADGE_OK)
        status = reload_open(reload, err);
    if (status == BADGE_OK)
        status = node_open_chain(node, err);
    if (status == BADGE_OK)
        status = node_open_intake(node, err);
    if (status == BADGE_OK)
        status = node_open_http(node, err);
    return status;
}

static int run_daemon(const struct settings *settings, const struct arguments *arguments)
{
    static struct node node;
    static struct reload reload;
    static struct shutdown shutdown;
    struct badge_err err = {.offset = BADGE_NO_OFFSET};
    node_init(&node, settings);
    reload_init(&reload, &node, arguments);
    shutdown_init(&shutdown, &node, &reload);
    if (open_parts(&node, &reload, &err) == BADGE_OK) {
        log_info("listening", log_text("address", http_address(node.http)), log_text("version", BADGED_VERSION));
        reload_start(&reload, shutdown_on_failure, &shutdown);
    } else {
        log_error("not started", log_text("why", err.text));
        shutdown_unopened(&shutdown);
    }
    (void)uv_run(&node.loop, UV_RUN_DEFAULT);
    node_release(&node);
    reload_release(&reload);
    log_info("stopped", log_none);
    return shutdown.failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

static void print_help(void)
{
    puts("badged: a registry node for verifiable badges\n\n"
         "  --config FILE            read settings from FILE\n"
         "  --print-config           print the effective settings and exit\n"
         "  --help, --version\n");
    config_print_help(stdout, &settings_program);
}

/* Fails if the output could not be written, so that a full disk does not leave an empty file without an error. */
static int flush_output(void)
{
    if (!fflush(stdout) && !ferror(stdout))
        return EXIT_SUCCESS;
    fputs("badged: the output could not be written\n", stderr);
    return EXIT_FAILURE;
}

int main(int argc, char **argv)
{
    struct arguments arguments = {argc, argv};
    if (arguments_take(&arguments, "--help")) {
        print_help();
        return flush_output();
    }
    if (arguments_take(&arguments, "--version")) {
        puts("badged " BADGED_VERSION);
        return flush_output();
    }
    harden();
    struct badge_err err;
    struct settings settings = {0};
    bool print = arguments_take(&arguments, "--print-config");
    enum badge_status status = arguments_load(&settings, &arguments, &err);
    if (status == BADGE_OK && !print)
        status = arguments_check(&settings, &err);
    if (status != BADGE_OK) {
        fprintf(stderr, "badged: %s\n", err.text);
        config_release(&settings, &settings_program);
        return EXIT_USAGE;
    }
    int code;
    log_configure((enum log_level)settings.log_level, settings.log_format == 1);
    if (print) {
        config_print(stdout, &settings_program, &settings);
        code = flush_output();
    } else {
        warn_unknown_variables();
        code = run_daemon(&settings, &arguments);
    }
    config_release(&settings, &settings_program);
    return code;
}
