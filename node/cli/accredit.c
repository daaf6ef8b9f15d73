/*
 * `badge accredit`: states on the chain for which time an account acts for a credential issuer, with the accreditor's
 * own key. What it stated before is replaced, so it prints both.
 */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "cli/support/accreditation.h"
#include "cli/support/signer.h"

struct accreditation {
    struct badge_address issuer;
    const char *id;
    struct period wanted;
    bool end; /* the period that stands, until now */
};

static json_t *period_json(const struct period *period)
{
    char since[BADGE_TIME_LEN + 1], until[BADGE_TIME_LEN + 1];
    if (period->since_s == 0)
        return json_null();
    badge_time_format(since, (int64_t)period->since_s);
    badge_time_format(until, (int64_t)period->until_s);
    return json_pack("{s:s,s:o}", "since", since, "until", period->until_s ? json_string(until) : json_null());
}

/* --end: what stands, ended now; a period that is over stays, and one that has not begun is removed. */
static struct period ended(const struct period *standing)
{
    uint64_t now_s = (uint64_t)time(NULL);
    if (standing->since_s >= now_s)
        return (struct period){0};
    if (standing->since_s == 0 || (standing->until_s != 0 && standing->until_s <= now_s))
        return *standing;
    return (struct period){standing->since_s, now_s};
}

static enum badge_status state_accreditation(struct signer *accreditor, const struct accreditation *stated,
                                             struct badge_err *err)
{
    uint8_t call[BADGE_CALL_MAX_LEN];
    char what[240], before[PERIOD_LEN], after[PERIOD_LEN], account[BADGE_ADDRESS_LEN + 1];
    struct period standing;
    enum badge_status status = accreditation_read(&accreditor->chain, &accreditor->account, &stated->issuer, stated->id,
                                                  &standing, err);
    if (status != BADGE_OK)
        return status;
    const struct period wanted = stated->end ? ended(&standing) : stated->wanted;
    bool is_made = standing.since_s == wanted.since_s && standing.until_s == wanted.until_s;
    badge_address_format(account, &stated->issuer);
    (void)snprintf(what, sizeof what, "%s is %s by %s for this issuer id", account, period_text(after, &wanted),
                   accreditor->name);
    size_t len = accreditation_call(call, &stated->issuer, stated->id, &wanted);
    json_t *answer = json_pack("{s:s,s:s,s:o*,s:o,s:o}", "accreditor", accreditor->name, "issuer", account, "subject",
                               json_string(stated->id), "before", period_json(&standing), "accredited",
                               period_json(&wanted));
    if (!is_made && !accreditor->chain.json)
        printf("until now: %s\n", period_text(before, &standing));
    return signer_change(accreditor, is_made, call, len, what, answer, err);
}

/* RFC 3339, or a day, which begins at midnight in UTC. */
static bool read_time(uint64_t *out, const char *flag, const char *text)
{
    char day[BADGE_TIME_LEN + 1];
    int64_t time_s;
    size_t len = strlen(text);
    if (len == sizeof "2026-01-01" - 1 && (size_t)snprintf(day, sizeof day, "%sT00:00:00Z", text) < sizeof day)
        text = day;
    if (badge_time_parse(&time_s, text, strlen(text)) != BADGE_OK || time_s <= 0)
        return cli_refuse("--%s takes a time such as 2026-09-01 or 2026-09-01T12:00:00Z, after 1970", flag);
    *out = (uint64_t)time_s;
    return true;
}

static bool read_period(struct accreditation *out, const char *since, const char *until)
{
    if (out->end && (since || until))
        return cli_refuse("accredit: --end keeps the beginning that stands: leave out --since and --until");
    if (since && strcmp(since, "never") == 0)
        return !until || cli_refuse("accredit: --since never removes the statement: leave out --until");
    out->wanted.since_s = ALWAYS_SINCE_S;
    if ((since && !read_time(&out->wanted.since_s, "since", since)) ||
        (until && !read_time(&out->wanted.until_s, "until", until)))
        return false;
    return !until || out->wanted.until_s > out->wanted.since_s ||
           cli_refuse("accredit: the period is empty: --until must be after --since");
}

static int run_accredit(const struct cli *cli, int argc, char **argv)
{
    struct signer accreditor;
    struct badge_err err = {0};
    struct accreditation stated = {0};
    const char *since = NULL, *until = NULL;
    const struct cli_flag flags[] = {{.name = "subject", .value = &stated.id},
                                     {.name = "since", .value = &since},
                                     {.name = "until", .value = &until},
                                     {.name = "end", .given = &stated.end}};
    if (!cli_flags(&argc, argv, flags, sizeof flags / sizeof *flags, 1, 1) ||
        !cli_read_account(&stated.issuer, argv[1]) || !read_period(&stated, since, until))
        return CLI_USAGE;
    if (!stated.id || !stated.id[0])
        return cli_fail(CLI_USAGE, "accredit: name the credential issuer's id with --subject ID");
    if (signer_open(&accreditor, cli, &err) != BADGE_OK)
        return cli_fail(cli_exit_of(&err), "%s", err.text);
    enum badge_status status = state_accreditation(&accreditor, &stated, &err);
    signer_close(&accreditor);
    return status != BADGE_OK ? cli_fail(cli_exit_of(&err), "%s", err.text) : CLI_YES;
}

const struct cli_command accredit_command = {
    .name = "accredit",
    .synopsis = "0x… --subject ID [--since TIME|never] [--until TIME] [--end] --rpc URL --keystore FILE",
    .summary = "Record on the chain that an account acts for a credential issuer",
    .help =
        "ID is the id of the issuer in its credentials, such as did:web:example.edu. Verifiers who trust the account\n"
        "of this keystore as an accreditor will accept 0x… as that issuer's account, for what was anchored in the "
        "time\n"
        "that is stated: always, without a flag. What was stated before is replaced.\n\n"
        "  --since  from this time on, such as 2026-09-01 or 2026-09-01T12:00:00Z; never: remove the statement, as if\n"
        "           it had never been made\n"
        "  --until  until before this time\n"
        "  --end    keep the beginning that stands, and end it now",
    .run = run_accredit};
