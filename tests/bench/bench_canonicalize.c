/*
 * The number of badges that one core canonicalizes and digests per second.
 *
 *   bench_canonicalize [--json] [--seconds N] [--write FILE]
 *
 * The document is a typical Open Badge of about 3 kB: indented, unordered names, escapes, fractions, text in several
 * scripts. --write saves it to a file for measuring another implementation; --json prints one line of JSON.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "badge/digest.h"
#include "badge/text.h"

/* clang-format off */
static const char badge[] =
    "{\n"
    "  \"@context\": [\n"
    "    \"https://www.w3.org/ns/credentials/v2\",\n"
    "    \"https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json\"\n"
    "  ],\n"
    "  \"id\": \"urn:uuid:6f2a1c1e-52f4-4a0c-9d0e-6a3f6a0b8f10\",\n"
    "  \"type\": [\"VerifiableCredential\", \"OpenBadgeCredential\"],\n"
    "  \"name\": \"Distributed Systems \\u2014 with distinction\",\n"
    "  \"issuer\": {\n"
    "    \"id\": \"did:web:issuer.example.edu\",\n"
    "    \"type\": [\"Profile\"],\n"
    "    \"name\": \"École supérieure d’exemple\",\n"
    "    \"url\": \"https:\\/\\/issuer.example.edu\\/\",\n"
    "    \"email\": \"registrar@issuer.example.edu\",\n"
    "    \"image\": {\"id\": \"https://issuer.example.edu/seal.png\", \"type\": \"Image\", \"caption\": \"The school's seal\"}\n"
    "  },\n"
    "  \"validFrom\": \"2026-06-30T12:00:00Z\",\n"
    "  \"validUntil\": \"2031-06-30T12:00:00Z\",\n"
    "  \"credentialSubject\": {\n"
    "    \"id\": \"did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK\",\n"
    "    \"type\": [\"AchievementSubject\"],\n"
    "    \"activityStartDate\": \"2025-09-01T00:00:00Z\",\n"
    "    \"activityEndDate\": \"2026-06-15T00:00:00Z\",\n"
    "    \"creditsEarned\": 7.5,\n"
    "    \"narrative\": \"First line of a narrative.\\nA second one, with a \\\"quoted\\\" word and a tab:\\tthere.\",\n"
    "    \"achievement\": {\n"
    "      \"id\": \"https://issuer.example.edu/achievements/distributed-systems\",\n"
    "      \"type\": [\"Achievement\"],\n"
    "      \"achievementType\": \"Course\",\n"
    "      \"name\": \"Distributed Systems\",\n"
    "      \"fieldOfStudy\": \"Informatik für Fortgeschrittene, распределённые системы\",\n"
    "      \"creditsAvailable\": 10,\n"
    "      \"description\": \"The holder designed and built a replicated log, and defended it in front of the class.\",\n"
    "      \"criteria\": {\n"
    "        \"narrative\": \"Three graded exercises, a project in a group of four, and an oral examination of half an hour.\"\n"
    "      },\n"
    "      \"tag\": [\"consensus\", \"storage\", \"networks\"],\n"
    "      \"alignment\": [\n"
    "        {\n"
    "          \"type\": [\"Alignment\"],\n"
    "          \"targetName\": \"Design of reliable services\",\n"
    "          \"targetUrl\": \"https://framework.example.org/competences/4711\",\n"
    "          \"targetCode\": \"4711\",\n"
    "          \"targetFramework\": \"A Framework of Competences\"\n"
    "        }\n"
    "      ],\n"
    "      \"resultDescription\": [\n"
    "        {\"id\": \"urn:uuid:0b1c9f1a-aaaa-4bbb-8ccc-1234567890ab\", \"type\": [\"ResultDescription\"], \"name\": \"Average grade\",\n"
    "         \"resultType\": \"GradePointAverage\", \"valueMin\": \"0.0\", \"valueMax\": \"4.0\"}\n"
    "      ]\n"
    "    },\n"
    "    \"result\": [\n"
    "      {\"type\": [\"Result\"], \"resultDescription\": \"urn:uuid:0b1c9f1a-aaaa-4bbb-8ccc-1234567890ab\", \"value\": \"3.7\",\n"
    "       \"weights\": [0.25, 0.3333333333333333, 0.41666666666666669, 1e-7, 120, -3.5]}\n"
    "    ]\n"
    "  },\n"
    "  \"credentialStatus\": {\n"
    "    \"id\": \"https://issuer.example.edu/status/7#94567\",\n"
    "    \"type\": \"BitstringStatusListEntry\",\n"
    "    \"statusPurpose\": \"revocation\",\n"
    "    \"statusListIndex\": \"94567\",\n"
    "    \"statusListCredential\": \"https://issuer.example.edu/status/7\"\n"
    "  },\n"
    "  \"proof\": {\n"
    "    \"type\": \"DataIntegrityProof\",\n"
    "    \"cryptosuite\": \"eddsa-rdfc-2022\",\n"
    "    \"created\": \"2026-06-30T12:00:00Z\",\n"
    "    \"verificationMethod\": \"did:web:issuer.example.edu#key-1\",\n"
    "    \"proofPurpose\": \"assertionMethod\",\n"
    "    \"proofValue\": \"z24kX1hKxQCgTH7sZZuAXHJYRwDSMqNPtmM8UbTb2ryCXyHr1VeHdkt2xxUYSPrFJBuEivBqifYRYwg7p1jLNMbo9\"\n"
    "  }\n"
    "}\n";
/* clang-format on */

#define BADGE_BYTES (sizeof badge - 1)
#define ROUND 1000

static double now_s(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void die(const char *what, const char *why)
{
    fprintf(stderr, "bench_canonicalize: %s: %s\n", what, why);
    exit(2);
}

static void write_badge(const char *path)
{
    FILE *file = fopen(path, "wb");
    if (file == NULL || fwrite(badge, 1, BADGE_BYTES, file) != BADGE_BYTES || fclose(file) != 0)
        die(path, "can't be written");
}

static struct badge_digest digest_once(struct badge_digester *digester)
{
    struct badge_digest digest;
    struct badge_err err;
    badge_digester_clear(digester);
    if (badge_digester_update(digester, badge, BADGE_BYTES, &err) != BADGE_OK ||
        badge_digester_final(digester, &digest, &err) != BADGE_OK)
        die("the badge is refused", err.text);
    return digest;
}

int main(int argc, char **argv)
{
    bool json = false;
    double seconds = 2;
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--json") == 0)
            json = true;
        else if (strcmp(argv[i], "--seconds") == 0 && i + 1 < argc)
            seconds = strtod(argv[++i], NULL);
        else if (strcmp(argv[i], "--write") == 0 && i + 1 < argc)
            write_badge(argv[++i]);
        else
            die(argv[i], "usage: bench_canonicalize [--json] [--seconds N] [--write FILE]");
    }

    struct badge_digester *digester;
    struct badge_err err;
    if (badge_digester_new(&digester, 1 << 20, &err) != BADGE_OK)
        die("no digester", err.text);
    struct badge_digest digest = digest_once(digester);
    size_t canonical_len = badge_digester_canonical(digester).len;
    char hex[BADGE_HEX_LEN + 1];
    badge_hex_encode(hex, digest.value.b, sizeof digest.value.b);

    double begin = now_s(), took_s = 0;
    size_t n = 0;
    for (; took_s < seconds; took_s = now_s() - begin, n += ROUND)
        for (int i = 0; i < ROUND; i++)
            (void)digest_once(digester);
    badge_digester_free(digester);

    double per_s = (double)n / took_s, ns = took_s * 1e9 / (double)n, mb_per_s = per_s * (double)BADGE_BYTES / 1e6;
    if (json)
        printf("{\"bench\":\"canonicalize\",\"bytes\":%zu,\"canonicalBytes\":%zu,\"digest\":\"%s\",\"badgesPerSecond\":"
               "%.0f,"
               "\"nanoseconds\":%.0f,\"megabytesPerSecond\":%.1f}\n",
               BADGE_BYTES, canonical_len, hex, per_s, ns, mb_per_s);
    else
        printf("a badge of %zu bytes (%zu canonical, %s): %.0f a second, %.0f ns each, %.1f MB/s\n", BADGE_BYTES,
               canonical_len, hex, per_s, ns, mb_per_s);
    return 0;
}
