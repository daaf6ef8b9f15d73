/*
 * The node's metrics, as Prometheus text (exposition format 0.0.4). One table (METRICS) defines name, type, help; a
 * test checks that the manual lists the same names. Updates are lock-free, from any thread.
 */
#ifndef RUNTIME_METRICS_H
#define RUNTIME_METRICS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "badge/status.h"

/*        id, type, name, help */
#define METRICS(M)                                                                                                     \
    M(SUBMISSIONS_NEW, COUNTER, "badged_submissions_new_total", "Credentials accepted for the first time")             \
    M(SUBMISSIONS_KNOWN, COUNTER, "badged_submissions_known_total", "Submissions of a digest already known")           \
    M(SUBMISSIONS_REFUSED, COUNTER, "badged_submissions_refused_total", "Submissions refused for their content")       \
    M(PENDING, GAUGE, "badged_pending_credentials", "Credentials accepted and in no batch yet")                        \
    M(OLDEST_UNANCHORED_SECONDS, GAUGE, "badged_oldest_unanchored_seconds",                                            \
      "Age of the oldest credential whose anchor is not final")                                                        \
    M(JOURNAL_SYNC_SECONDS, HISTOGRAM, "badged_journal_sync_seconds", "Time to append and sync one group of records")  \
    M(JOURNAL_GROUP_SIZE, SUMMARY, "badged_journal_group_records", "Records made durable by one sync")                 \
    M(BATCHES_SEALED, COUNTER, "badged_batches_sealed_total", "Batches sealed")                                        \
    M(BATCHES_SPOILED, COUNTER, "badged_batches_spoiled_total", "Batches sealed again because their root was spoiled") \
    M(BATCH_LEAVES, SUMMARY, "badged_batch_leaves", "Leaves of the batches sealed")                                    \
    M(SEAL_SECONDS, HISTOGRAM, "badged_seal_seconds", "Time to build and write one batch")                             \
    M(ANCHOR_SECONDS, HISTOGRAM, "badged_anchor_seconds", "Time from the seal of a batch to its final anchor")         \
    M(ANCHORS_FINAL, COUNTER, "badged_anchors_final_total", "Anchors that became final")                               \
    M(ANCHOR_GAS, COUNTER, "badged_anchor_gas_total", "Gas used by mined anchors")                                     \
    M(ANCHOR_AT_FEE_CAP, GAUGE, "badged_anchor_at_fee_cap", "1 while an anchor waits at the fee cap, else 0")          \
    M(REVOCATIONS_PENDING, GAUGE, "badged_pending_revocations", "Revocations requested and not final yet")             \
    M(OLDEST_REVOCATION_SECONDS, GAUGE, "badged_oldest_revocation_seconds",                                            \
      "Age of the oldest revocation requested and not final yet")                                                      \
    M(REVOCATIONS_FINAL, COUNTER, "badged_revocations_final_total", "Revocations that became final")                   \
    M(REVOCATION_GAS, COUNTER, "badged_revocation_gas_total", "Gas used by mined revocations")                         \
    M(BALANCE_GWEI, GAUGE, "badged_operator_balance_gwei", "Balance of the operator's account, in gwei")               \
    M(HEAD_BLOCK, GAUGE, "badged_chain_head_block", "Number of the latest block seen")                                 \
    M(FOLLOWED_BLOCK, GAUGE, "badged_chain_followed_block",                                                            \
      "Number of the block up to which revocations and withdrawals were read")                                         \
    M(FOLLOWED_SECONDS, GAUGE, "badged_chain_followed_seconds",                                                        \
      "Age of the data on revocations and withdrawals; -1 before there is any")                                        \
    M(PROVIDERS_DISAGREE, GAUGE, "badged_rpc_providers_disagree",                                                      \
      "1 while providers disagree about a receipt, else 0")                                                            \
    M(RPC_REQUESTS, COUNTER, "badged_rpc_requests_total", "JSON-RPC requests sent")                                    \
    M(RPC_ERRORS, COUNTER, "badged_rpc_errors_total", "JSON-RPC requests that failed or were refused")                 \
    M(STATUS_LISTS, GAUGE, "badged_status_lists", "Status lists in memory")                                            \
    M(STATUS_LIST_BYTES, GAUGE, "badged_status_list_bytes", "Bytes that they take")                                    \
    M(STATUS_LISTS_FETCHED, COUNTER, "badged_status_lists_fetched_total", "Status lists fetched from issuers' hosts")  \
    M(STATUS_LISTS_FAILED, COUNTER, "badged_status_lists_failed_total", "Status lists that could not be fetched")      \
    M(READY, GAUGE, "badged_ready", "1 while the node is ready, else 0")                                               \
    M(STORE_FAILED, GAUGE, "badged_store_failed", "1 while the store can't be written, else 0")                        \
    M(CONNECTIONS, GAUGE, "badged_http_connections", "Open HTTP connections")                                          \
    M(CONNECTIONS_REFUSED, COUNTER, "badged_http_connections_refused_total",                                           \
      "Connections closed at once because their client had too many")                                                  \
    M(CONNECTIONS_CUT, COUNTER, "badged_http_connections_cut_total",                                                   \
      "Connections closed during a request because their client was too slow")                                         \
    M(EVENT_LISTENERS, GAUGE, "badged_event_listeners", "Open streams of GET /v1/events")

enum metric {
#define METRIC_ID(id, type, name, help) METRIC_##id,
    METRICS(METRIC_ID)
#undef METRIC_ID
        N_METRICS
};

void metric_add(enum metric metric, uint64_t n);       /* counters */
void metric_set(enum metric metric, int64_t value);    /* gauges */
void metric_change(enum metric metric, int64_t by);    /* gauges */
void metric_observe(enum metric metric, double value); /* histograms, in seconds; summaries (count and sum) */

/* badged_http_requests_total{route,status} and badged_http_request_seconds{route}; a route is an index of its table. */
#define METRICS_MAX_ROUTES 32
void metric_route_name(unsigned route, const char *name); /* at start; static storage */
void metric_http(unsigned route, unsigned status, double seconds);

/* badged_rpc_provider_up{provider} and badged_rpc_provider_head_block{provider}; a name is copied the first time. */
#define METRICS_MAX_PROVIDERS 16
void metric_provider(unsigned provider, const char *name, bool up, uint64_t head);

/* The whole text, *len bytes, NUL-terminated; the caller's: free(). NULL: out of memory. */
char *metrics_text(size_t *len) BADGE_CHECKED;

#endif
