/*
 * The verdict `signed`: when a signature stands for a record, what it never hides, and what may be added or taken away
 * without making a verdict better or worse. The rules are put down here once more, over all combinations.
 */
#include "support/test.h"

#include <stdio.h>
#include <string.h>

#include "support/verdict_evidence.h"

/* -- what varies -------------------------------------------------------------------------------------------------- */

enum receipt {
    R_NONE,
    R_UNSUPPORTED,
    R_MALFORMED,
    R_FOREIGN, /* of another registry */
    R_SILENT,  /* the provider does not answer */
    R_NEVER,   /* the registry does not have it */
    R_PENDING,
    R_OTHER, /* of another document */
    R_WITHDRAWN,
    R_REVOKED,
    R_WHOLE,
    N_RECEIPTS
};
enum proof {
    P_NOT_MADE,
    P_NONE,
    P_UNKNOWN,
    P_BROKEN,
    P_EXPIRED,
    P_HIDES,
    P_KEY,
    P_KEY_NAMED,
    P_DOMAIN,
    P_ADDRESS,
    P_LATE,     /* holds only if it was made before a moment later than the record, … */
    P_TOO_LATE, /* … or before one earlier than it */
    N_PROOFS
};
enum status { S_NONE, S_LIST, S_REVOKED, N_STATUSES };
enum period { V_IN_FORCE, V_UNREADABLE, V_EXPIRED, V_EARLY, N_PERIODS };
enum accounts { A_NONE, A_GOOD, A_SILENT, A_REVOKED, N_ACCOUNTS };
enum promise { W_NONE, W_BEFORE, W_SINCE, W_SINCE_OWN, N_PROMISES };

struct combination {
    enum receipt receipt;
    enum proof proof;
    enum status status;
    enum period period;
    enum accounts accounts;
    enum promise promise;
    bool bound;
};

static void put_receipt(struct badge_evidence *e, enum receipt receipt)
{
    switch (receipt) {
    case R_NONE:
        e->has_receipt = false;
        break;
    case R_UNSUPPORTED:
        e->receipt_err.status = BADGE_EUNSUPPORTED;
        break;
    case R_MALFORMED:
        e->receipt_err.status = BADGE_ESYNTAX;
        break;
    case R_FOREIGN:
        e->receipt.chain_id++;
        break;
    case R_SILENT:
        e->anchor_final.fact.known = e->anchor_latest.fact.known = false;
        e->withdrawn.known = e->revoked.known = false;
        break;
    case R_NEVER:
        e->anchor_final.tree_size = e->anchor_latest.tree_size = 0;
        break;
    case R_PENDING:
        e->anchor_final.tree_size = 0;
        break;
    case R_OTHER:
        e->receipt.digest.value.b[0] ^= 1;
        break;
    case R_WITHDRAWN:
        withdrawn(e);
        break;
    case R_REVOKED:
        revoked(e);
        break;
    case R_WHOLE:
    case N_RECEIPTS:
        break;
    }
}

static void put_proof(struct badge_evidence *e, enum proof proof)
{
    if (proof >= P_HIDES)
        proof_holds(e);
    switch (proof) {
    case P_NONE:
        e->claims.has_proof = false;
        proof_says(e, BADGE_UNKNOWN, "no_proof");
        break;
    case P_UNKNOWN:
        proof_says(e, BADGE_UNKNOWN, "proof_key_not_bound");
        break;
    case P_BROKEN:
        proof_says(e, BADGE_FAILED, "proof_broken");
        break;
    case P_EXPIRED:
        proof_says(e, BADGE_FAILED, "proof_expired");
        break;
    case P_HIDES:
        e->proof.hides_claims = true;
        break;
    case P_KEY:
    case P_KEY_NAMED:
        e->proof.form = BADGE_ISSUER_FORM_KEY;
        e->issuer_is_named = proof == P_KEY_NAMED;
        break;
    case P_ADDRESS:
        e->proof.form = BADGE_ISSUER_FORM_ADDRESS;
        break;
    case P_LATE:
    case P_TOO_LATE:
        e->proof.made_before_s = e->anchor_final.time_s + (proof == P_LATE ? 1 : 0);
        e->proof.late_code = "proof_key_revoked";
        break;
    case P_NOT_MADE:
    case P_DOMAIN:
    case N_PROOFS:
        break;
    }
}

static struct badge_evidence combined(const struct combination *c)
{
    struct badge_evidence e = good_evidence();
    e.issuer_bound = c->bound;
    put_proof(&e, c->proof);
    put_receipt(&e, c->receipt);
    e.claims.has_status = c->status == S_LIST;
    e.claims.is_revoked = c->status == S_REVOKED;
    if (c->period == V_UNREADABLE)
        e.claims.period_err.status = BADGE_ETYPE;
    else if (c->period == V_EXPIRED)
        e.claims.not_after_s = NOW_S - 1;
    else if (c->period == V_EARLY)
        e.claims.not_before_s = NOW_S + 1;
    e.n_accounts = c->accounts != A_NONE;
    e.account_revoked.known = c->accounts != A_SILENT;
    e.account_revoked_time_s = c->accounts == A_REVOKED ? NOW_S - 10 : 0;
    e.proof.records_all = c->promise != W_NONE;
    e.proof.has_made = true;
    e.proof.made_s = NOW_S - DAY_S;
    e.proof.records_since_s = e.proof.made_s + (c->promise == W_BEFORE ? 1 : 0);
    if (c->promise == W_SINCE_OWN) {
        e.proof.records_chain_id = e.receipt.chain_id;
        e.proof.records_contract = e.receipt.contract;
        e.proof.records_account = e.receipt.issuer;
    }
    return e;
}

static struct badge_report report_of(const struct combination *c)
{
    struct badge_evidence evidence = combined(c);
    return judge(&evidence);
}

/* What was decided of each combination, so that each is judged once. */
struct decided {
    enum badge_verdict verdict;
    enum badge_check by;
    enum badge_outcome outcome; /* of that check */
};
static struct decided table[N_RECEIPTS][N_PROOFS][N_STATUSES][N_PERIODS][N_ACCOUNTS][N_PROMISES][2];

static struct decided *decided_of(const struct combination *c)
{
    return &table[c->receipt][c->proof][c->status][c->period][c->accounts][c->promise][c->bound];
}

static struct combination combination_at(size_t i)
{
    struct combination c;
    c.bound = i % 2 != 0;
    i /= 2;
    c.promise = (enum promise)(i % N_PROMISES);
    i /= N_PROMISES;
    c.accounts = (enum accounts)(i % N_ACCOUNTS);
    i /= N_ACCOUNTS;
    c.period = (enum period)(i % N_PERIODS);
    i /= N_PERIODS;
    c.status = (enum status)(i % N_STATUSES);
    i /= N_STATUSES;
    c.proof = (enum proof)(i % N_PROOFS);
    c.receipt = (enum receipt)(i / N_PROOFS);
    return c;
}
#define N_COMBINATIONS (sizeof table / sizeof(struct decided))

static int judge_all(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_COMBINATIONS; i++) {
        struct combination c = combination_at(i);
        struct badge_report report = report_of(&c);
        *decided_of(&c) = (struct decided){report.verdict, report.decided_by, report.check[report.decided_by].outcome};
    }
    return 0;
}

static void print_combination(const struct combination *c)
{
    const struct decided *decided = decided_of(c);
    print_message("receipt %d, proof %d, status %d, period %d, accounts %d, promise %d, bound %d: %s by %s\n",
                  c->receipt, c->proof, c->status, c->period, c->accounts, c->promise, c->bound,
                  badge_verdict_name(decided->verdict), badge_check_name(decided->by));
}

static void for_all(void (*call)(const struct combination *c))
{
    for (size_t i = 0; i < N_COMBINATIONS; i++) {
        struct combination c = combination_at(i);
        call(&c);
    }
}

/* -- the rules, once more ----------------------------------------------------------------------------------------- */

static bool is_readable(enum receipt receipt)
{
    return receipt > R_MALFORMED;
}

static bool holds(const struct combination *c)
{
    return c->proof == P_KEY || c->proof == P_KEY_NAMED || c->proof == P_DOMAIN || c->proof == P_ADDRESS ||
           (c->proof == P_LATE && c->bound &&
            (c->receipt == R_WHOLE || c->receipt == R_WITHDRAWN || c->receipt == R_REVOKED));
}

static bool record_failed(enum receipt receipt)
{
    return receipt == R_MALFORMED || receipt == R_NEVER || receipt == R_OTHER || receipt == R_WITHDRAWN ||
           receipt == R_REVOKED;
}

/* Whether there is a final record by an account of the issuer's own. */
static bool is_own_record(const struct combination *c)
{
    return c->receipt == R_WHOLE && (c->bound || c->promise == W_SINCE_OWN);
}

static bool is_signed(const struct combination *c)
{
    return holds(c) && c->proof != P_KEY && c->status == S_NONE && c->period == V_IN_FORCE &&
           !record_failed(c->receipt) && c->accounts != A_SILENT && c->accounts != A_REVOKED &&
           !(c->receipt == R_WHOLE && c->bound) && (c->promise < W_SINCE || is_own_record(c));
}

static void signed_exactly_when(const struct combination *c)
{
    bool is_valid = c->receipt == R_WHOLE && c->bound && c->status == S_NONE && c->period == V_IN_FORCE &&
                    c->accounts != A_SILENT && c->accounts != A_REVOKED && c->proof != P_BROKEN &&
                    c->proof != P_EXPIRED && c->proof != P_HIDES && c->proof != P_TOO_LATE;
    enum badge_verdict verdict = decided_of(c)->verdict;
    if ((verdict == BADGE_SIGNED) == is_signed(c) && (verdict == BADGE_VALID) == is_valid)
        return;
    print_combination(c);
    fail();
}

static void when_it_is_signed(void **state)
{
    (void)state;
    for_all(signed_exactly_when);
}

/* Nothing that failed or was taken back may pass by what else is there or missing. */
static void never_good(const struct combination *c)
{
    enum badge_verdict verdict = decided_of(c)->verdict;
    bool is_good = verdict == BADGE_VALID || verdict == BADGE_SIGNED || verdict == BADGE_RECORDED;
    bool is_gone = c->accounts == A_REVOKED || c->status == S_REVOKED || c->period == V_EXPIRED ||
                   c->period == V_EARLY || c->proof == P_BROKEN || c->proof == P_EXPIRED || c->proof == P_TOO_LATE ||
                   c->proof == P_HIDES || record_failed(c->receipt);
    bool is_right = !(is_good && is_gone);
    if (c->proof == P_BROKEN)
        is_right = is_right && verdict == BADGE_INVALID;
    if (c->accounts == A_REVOKED && c->proof != P_BROKEN && c->proof != P_EXPIRED && c->proof != P_TOO_LATE &&
        c->proof != P_LATE && (!record_failed(c->receipt) || c->receipt == R_REVOKED))
        is_right = is_right && verdict == BADGE_REVOKED;
    /* Without a usable receipt, what the document says of itself counts only if its issuer signed that. */
    if (!is_readable(c->receipt) && !holds(c) && c->accounts != A_REVOKED)
        is_right = is_right && (verdict == BADGE_UNVERIFIABLE || verdict == BADGE_INVALID ||
                                (c->proof == P_EXPIRED && verdict == BADGE_EXPIRED));
    if (holds(c) && !record_failed(c->receipt) && c->accounts < A_SILENT) {
        if (c->status == S_REVOKED)
            is_right = is_right && verdict == BADGE_REVOKED;
        else if (c->period == V_EXPIRED)
            is_right = is_right && verdict == BADGE_EXPIRED;
        else if (c->period == V_EARLY)
            is_right = is_right && verdict == BADGE_NOT_YET_VALID;
    }
    if (!is_right) {
        print_combination(c);
        fail();
    }
}

static void what_never_passes(void **state)
{
    (void)state;
    for_all(never_good);
}

/* -- adding and taking away --------------------------------------------------------------------------------------- */

static bool is_failed(const struct combination *c)
{
    const struct decided *decided = decided_of(c);
    bool has_decided = decided->verdict != BADGE_VALID && decided->verdict != BADGE_SIGNED;
    return has_decided && decided->by != BADGE_CHECK_ISSUER && decided->outcome == BADGE_FAILED;
}

/* Of verdicts without a failed check. */
static int rank_of(const struct combination *c)
{
    switch (decided_of(c)->verdict) {
    case BADGE_UNVERIFIABLE:
        return 0;
    case BADGE_UNKNOWN_ISSUER:
        return 1;
    case BADGE_PENDING:
        return 2;
    case BADGE_SIGNED:
        return 3;
    case BADGE_VALID:
        return 4;
    default:
        fail();
        return -1;
    }
}

/* Less evidence: no better, unless a failed check rested on what was taken away. */
static void assert_no_better(const struct combination *c, const struct combination *without)
{
    if (is_failed(c) || is_failed(without) || rank_of(without) <= rank_of(c))
        return;
    print_combination(c);
    print_combination(without);
    fail();
}

static void take_away(const struct combination *c)
{
    struct combination without = *c;
    static const enum receipt poorer[] = {R_SILENT, R_FOREIGN, R_UNSUPPORTED, R_NONE};
    for (size_t i = 0; i < sizeof poorer / sizeof poorer[0]; i++) {
        without.receipt = poorer[i];
        if (c->receipt >= R_SILENT || poorer[i] == R_NONE)
            assert_no_better(c, &without);
    }
    without = *c;
    if (c->accounts != A_NONE) {
        without.accounts = A_SILENT;
        assert_no_better(c, &without);
    }
    without = *c;
    without.bound = false;
    assert_no_better(c, &without);
    /* Once known, it stays: that a signature is of other claims than were read, and that all that is signed is
     * recorded.
     */
    without = *c;
    without.promise = W_NONE;
    for (without.proof = P_NOT_MADE; without.proof <= P_UNKNOWN; without.proof++)
        if (c->proof != P_HIDES && c->promise < W_SINCE)
            assert_no_better(c, &without);
    without = *c;
    if (c->proof == P_KEY_NAMED) {
        without.proof = P_KEY;
        assert_no_better(c, &without);
    }
}

static void less_is_never_better(void **state)
{
    (void)state;
    for_all(take_away);
}

/* Beside a document without a receipt, any receipt: not worse, unless a check of the receipt itself failed. */
static void add_receipt(const struct combination *c)
{
    struct combination without = *c;
    without.receipt = R_NONE;
    if (record_failed(c->receipt) || is_failed(&without))
        return;
    bool is_worse = is_failed(c) ? !is_readable(c->receipt) && holds(c) : rank_of(c) < rank_of(&without);
    if (is_worse) {
        print_combination(c);
        print_combination(&without);
        fail();
    }
}

static void a_receipt_is_never_worse(void **state)
{
    (void)state;
    for_all(add_receipt);
}

/* -- words and codes ---------------------------------------------------------------------------------------------- */

#define BACK "whether its issuer has taken it back since can't be known without "

static void its_sentence(void **state)
{
    (void)state;
    static const struct {
        struct combination c;
        const char *who, *record, *back;
    } cases[] = {
        {{.proof = P_DOMAIN}, "since the domain school.example signed it;", "no receipt shows", BACK "its receipt."},
        {{.proof = P_ADDRESS},
         "since the holder of the address school.example/.well-known/did.json signed it;",
         "no receipt shows",
         BACK "its receipt."},
        {{.proof = P_KEY_NAMED}, "since did:example:school, which you named, signed it;", "no receipt shows", BACK},
        {{.proof = P_DOMAIN, .receipt = R_UNSUPPORTED}, "school.example", "its receipt can't be read", BACK},
        {{.proof = P_DOMAIN, .receipt = R_FOREIGN}, "school.example", "its record could not be checked", BACK},
        {{.proof = P_DOMAIN, .receipt = R_PENDING}, "school.example", "its record is not final yet", BACK},
        {{.proof = P_DOMAIN, .receipt = R_WHOLE},
         "school.example",
         "nobody you trust confirms the account that recorded it",
         BACK "a receipt of its own."},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        for (int is_given = 0; is_given < 2; is_given++) {
            struct badge_evidence evidence = combined(&cases[i].c);
            evidence.proof.document_given = is_given;
            struct badge_report report = judge(&evidence);
            assert_int_equal(report.verdict, BADGE_SIGNED);
            if (!is_given)
                assert_non_null(strstr(report.sentence, cases[i].who));
            assert_non_null(strstr(report.sentence, cases[i].record));
            assert_non_null(strstr(report.sentence, cases[i].back));
            assert_null(strstr(report.sentence, "in force"));
            assert_int_equal(strstr(report.sentence, "given by hand") != NULL, is_given);
            assert_int_equal(strstr(report.check[BADGE_CHECK_ISSUER].detail, "given by hand") != NULL, is_given);
        }
    }
    struct badge_evidence evidence = combined(&(struct combination){.proof = P_ADDRESS});
    memset(evidence.proof.address, 'a', sizeof evidence.proof.address - 1);
    struct badge_report report = judge(&evidence);
    assert_non_null(strstr(report.sentence, evidence.proof.address)); /* the whole of it */
    assert_non_null(strstr(report.check[BADGE_CHECK_ISSUER].detail, evidence.proof.address));
    struct badge_evidence listed = combined(&(struct combination){.proof = P_DOMAIN, .status = S_LIST});
    listed.status = (struct badge_status_view){.is_made = true, .outcome = BADGE_PASSED, .code = "status_good"};
    report = judge(&listed);
    assert_int_equal(report.verdict, BADGE_SIGNED);
    assert_non_null(
        strstr(report.sentence, "where its issuer publishes its status, nothing says that it was taken back"));
    assert_null(strstr(report.sentence, "can't be known"));
    assert_null(strstr(report.sentence, "in force"));
    of_a_record_type(&evidence);
    report = judge(&evidence);
    assert_int_equal(report.verdict, BADGE_SIGNED);
    assert_non_null(strstr(report.sentence, "The document is"));
    assert_non_null(strstr(report.sentence, "Of its validity nothing is said."));
}

static void other_sentences(void **state)
{
    (void)state;
    static const struct {
        struct combination c;
        enum badge_verdict verdict;
        const char *text;
    } cases[] = {
        {{.proof = P_NONE}, BADGE_UNVERIFIABLE, "no receipt of this credential, and no signature that could stand"},
        {{.proof = P_UNKNOWN}, BADGE_UNVERIFIABLE, "nothing confirms that its key is the issuer's"},
        {{.proof = P_KEY}, BADGE_UNKNOWN_ISSUER, "unchanged since it was signed, but nobody you trust"},
        {{.proof = P_BROKEN}, BADGE_INVALID, "or is not by its issuer's key"},
        {{.proof = P_LATE}, BADGE_INVALID, "Z. Do not rely on it."},
        {{.proof = P_EXPIRED}, BADGE_EXPIRED, "The issuer's signature has expired."},
        {{.proof = P_DOMAIN, .promise = W_SINCE}, BADGE_UNVERIFIABLE, "records all it signs"},
        {{.proof = P_UNKNOWN, .receipt = R_WHOLE, .bound = true}, BADGE_VALID, "nobody's signature was checked"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct badge_report report = report_of(&cases[i].c);
        assert_int_equal(report.verdict, cases[i].verdict);
        if (!strstr(report.sentence, cases[i].text))
            fail_msg("%s", report.sentence);
    }
}

static void its_codes(void **state)
{
    (void)state;
    static const struct {
        struct combination c;
        enum badge_check check;
        const char *code;
    } cases[] = {
        {{.proof = P_KEY_NAMED}, BADGE_CHECK_ISSUER, "issuer_named"},
        {{.proof = P_DOMAIN}, BADGE_CHECK_ISSUER, "issuer_domain"},
        {{.proof = P_ADDRESS}, BADGE_CHECK_ISSUER, "issuer_address"},
        {{.proof = P_KEY}, BADGE_CHECK_ISSUER, "issuer_not_named"},
        {{.proof = P_UNKNOWN}, BADGE_CHECK_ISSUER, "no_receipt"},
        {{.proof = P_DOMAIN, .receipt = R_WHOLE, .bound = true}, BADGE_CHECK_ISSUER, "issuer_bound"},
        {{.proof = P_DOMAIN, .receipt = R_SILENT, .bound = true}, BADGE_CHECK_ISSUER, "issuer_domain"},
        {{.proof = P_KEY, .receipt = R_WHOLE}, BADGE_CHECK_ISSUER, "issuer_not_bound"},
        {{.proof = P_HIDES, .receipt = R_WHOLE, .bound = true}, BADGE_CHECK_PROOF, "claims_hidden"},
        {{.proof = P_HIDES, .receipt = R_WHOLE, .bound = true}, BADGE_CHECK_STATUS, "claims_hidden"},
        {{.proof = P_HIDES, .receipt = R_WHOLE, .bound = true}, BADGE_CHECK_VALIDITY, "claims_hidden"},
        {{.proof = P_HIDES, .receipt = R_WHOLE, .bound = true}, BADGE_CHECK_ISSUER, "claims_hidden"},
        {{.proof = P_LATE, .receipt = R_WHOLE, .bound = true}, BADGE_CHECK_PROOF, "proof_holds"},
        {{.proof = P_LATE, .receipt = R_WHOLE}, BADGE_CHECK_PROOF, "proof_key_revoked"},
        {{.proof = P_LATE, .receipt = R_PENDING, .bound = true}, BADGE_CHECK_PROOF, "proof_key_revoked"},
        {{.proof = P_LATE}, BADGE_CHECK_PROOF, "proof_key_revoked"},
        {{.proof = P_TOO_LATE, .receipt = R_WHOLE, .bound = true}, BADGE_CHECK_PROOF, "proof_key_revoked"},
        {{.proof = P_DOMAIN, .promise = W_SINCE}, BADGE_CHECK_INCLUSION, "record_missing"},
        {{.proof = P_DOMAIN, .promise = W_SINCE, .receipt = R_WHOLE}, BADGE_CHECK_INCLUSION, "record_missing"},
        {{.proof = P_DOMAIN, .promise = W_SINCE, .receipt = R_FOREIGN}, BADGE_CHECK_INCLUSION, "record_missing"},
        {{.proof = P_DOMAIN, .promise = W_SINCE, .receipt = R_MALFORMED}, BADGE_CHECK_INCLUSION, "receipt_malformed"},
        {{.proof = P_DOMAIN, .promise = W_SINCE, .receipt = R_WHOLE, .bound = true},
         BADGE_CHECK_INCLUSION,
         "inclusion_holds"},
        {{.proof = P_DOMAIN, .promise = W_SINCE_OWN, .receipt = R_WHOLE}, BADGE_CHECK_INCLUSION, "inclusion_holds"},
        {{.proof = P_UNKNOWN, .accounts = A_REVOKED}, BADGE_CHECK_REVOKED, "revoked"},
        {{.proof = P_DOMAIN, .accounts = A_GOOD}, BADGE_CHECK_REVOKED, "not_revoked"},
        {{.proof = P_DOMAIN, .accounts = A_SILENT}, BADGE_CHECK_REVOKED, "chain_unreachable"},
        {{.proof = P_DOMAIN}, BADGE_CHECK_REVOKED, "no_receipt"},
        {{.proof = P_DOMAIN, .accounts = A_GOOD, .receipt = R_FOREIGN}, BADGE_CHECK_REVOKED, "registry_unknown"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_string_equal(report_of(&cases[i].c).check[cases[i].check].code, cases[i].code);

    /* An end that is yet to come needs no record, and a made time that is not known counts as since. */
    struct badge_evidence evidence = combined(&(struct combination){.proof = P_LATE});
    evidence.proof.made_before_s = NOW_S + 1;
    assert_int_equal(judge(&evidence).verdict, BADGE_SIGNED);
    evidence = combined(&(struct combination){.proof = P_DOMAIN, .promise = W_BEFORE});
    assert_int_equal(judge(&evidence).verdict, BADGE_SIGNED);
    evidence.proof.has_made = false;
    assert_string_equal(judge(&evidence).check[BADGE_CHECK_INCLUSION].code, "record_missing");
    /* Another chain's answers say nothing of the issuer's accounts. */
    evidence = combined(&(struct combination){.proof = P_DOMAIN, .accounts = A_GOOD});
    evidence.code_hash.b[0] ^= 1;
    assert_int_equal(judge(&evidence).verdict, BADGE_UNVERIFIABLE);
    evidence.account_revoked_time_s = NOW_S - 1;
    assert_int_equal(judge(&evidence).verdict, BADGE_UNVERIFIABLE);
}

static void exit_statuses(void **state)
{
    (void)state;
    static const struct {
        struct combination c;
        int status[3];
    } cases[] = {
        {{.proof = P_KEY_NAMED}, {1, 0, 0}},
        {{.proof = P_DOMAIN}, {1, 1, 0}},
        {{.proof = P_ADDRESS}, {1, 1, 1}},
        {{.proof = P_KEY}, {1, 1, 1}},
        {{.proof = P_UNKNOWN}, {3, 3, 3}},
        {{.proof = P_KEY_NAMED, .period = V_EXPIRED}, {1, 1, 1}},
        {{.proof = P_DOMAIN, .receipt = R_WHOLE, .bound = true}, {0, 0, 0}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct badge_report report = report_of(&cases[i].c);
        for (int accept = 0; accept < 3; accept++)
            assert_int_equal(badge_report_exit_status(&report, (enum badge_accept)accept), cases[i].status[accept]);
    }
}

static void as_data(void **state)
{
    (void)state;
    char text[BADGE_REPORT_MAX_LEN];
    struct badge_evidence evidence = combined(&(struct combination){.proof = P_ADDRESS});
    evidence.proof.document_given = true;
    evidence.proof.n_proofs = 2;
    evidence.proof.proof[0] = (struct badge_proof_item){.outcome = BADGE_PASSED,
                                                        .code = "proof_holds",
                                                        .suite = "eddsa-rdfc-2022",
                                                        .controller = "did:web:a",
                                                        .is_issuers = true};
    evidence.proof.proof[1] = (struct badge_proof_item){.code = "proof_suite_unknown", .detail = "one clause"};
    evidence.status.n_items = 2;
    evidence.status.item[0] = (struct badge_status_item){.outcome = BADGE_PASSED,
                                                         .code = "status_good",
                                                         .purpose = "message",
                                                         .list = "https://school.example/s",
                                                         .has_value = true,
                                                         .value = 3,
                                                         .message = "in review",
                                                         .is_plain = true,
                                                         .has_read = true,
                                                         .read_s = 1795953600};
    evidence.status.item[1] = (struct badge_status_item){.code = "status_type_unknown", .detail = "one clause"};
    evidence.proof.presentation = (struct badge_presentation_view){
        .is_there = true,
        .holder = "did:web:b",
        .challenge = "n-1",
        .proof = {.outcome = BADGE_FAILED, .code = "proof_broken", .suite = "EdDSA", .detail = "one clause"}};
    struct badge_report report = judge(&evidence);
    (void)badge_report_encode(text, &report, &evidence);
    static const char *const parts[] = {
        "\"presentation\":{\"holder\":\"did:web:b\",\"challenge\":\"n-1\",\"domain\":null,\"proof\":{\"suite\":"
        "\"EdDSA\","
        "\"controller\":null,\"outcome\":\"failed\",\"code\":\"proof_broken\",\"detail\":\"one clause\"}}",
        "\"verdict\":\"signed\"",
        "\"decidedBy\":null",
        "\"by\":\"address\",\"address\":\"school.example/.well-known/did.json\",\"documentGiven\":true",
        "\"proofs\":[{\"suite\":\"eddsa-rdfc-2022\",\"controller\":\"did:web:a\",\"outcome\":\"passed\","
        "\"code\":\"proof_holds\",\"detail\":\"\",\"ofIssuer\":true},"
        "{\"suite\":null,\"controller\":null,\"outcome\":\"unknown\",\"code\":\"proof_suite_unknown\","
        "\"detail\":\"one clause\",\"ofIssuer\":false}]",
        "\"statuses\":[{\"purpose\":\"message\",\"list\":\"https://school.example/s\",\"outcome\":\"passed\","
        "\"code\":\"status_good\",\"value\":3,\"message\":\"in review\",\"detail\":\"\",\"bySiteAlone\":true,"
        "\"readAt\":\"2026-11-29T12:00:00Z\"},{\"purpose\":null,\"list\":null,\"outcome\":\"unknown\","
        "\"code\":\"status_type_unknown\",\"value\":null,\"message\":null,\"detail\":\"one clause\","
        "\"bySiteAlone\":false,\"readAt\":null}]",
    };
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
        if (!strstr(text, parts[i]))
            fail_msg("%s is not in %s", parts[i], text);
    evidence.proof.presentation.is_there = false;
    (void)badge_report_encode(text, &report, &evidence);
    assert_non_null(strstr(text, "\"presentation\":null,"));
    evidence = combined(&(struct combination){.proof = P_DOMAIN, .accounts = A_REVOKED});
    memset(evidence.account_revoked_by.b, 0x33, sizeof evidence.account_revoked_by.b);
    evidence.account_revoked_reason = BADGE_REASON_ERROR;
    report = judge(&evidence);
    assert_int_equal(report.verdict, BADGE_REVOKED);
    assert_non_null(strstr(report.check[BADGE_CHECK_REVOKED].detail, "by 0x3333333333333333333333333333333333333333, "
                                                                     "because it was issued in error"));
    (void)badge_report_encode(text, &report, &evidence);
    assert_non_null(strstr(text, "\"reason\":\"error\",\"time\":\"2026-11-23T11:59:50Z\","
                                 "\"account\":\"0x3333333333333333333333333333333333333333\""));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(when_it_is_signed),
        cmocka_unit_test(what_never_passes),
        cmocka_unit_test(less_is_never_better),
        cmocka_unit_test(a_receipt_is_never_worse),
        cmocka_unit_test(its_sentence),
        cmocka_unit_test(other_sentences),
        cmocka_unit_test(its_codes),
        cmocka_unit_test(exit_statuses),
        cmocka_unit_test(as_data),
    };
    return cmocka_run_group_tests(tests, judge_all, NULL);
}
