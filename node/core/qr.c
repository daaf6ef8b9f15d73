/*
 * QR codes of ISO/IEC 18004:2015, byte mode only: data and error correction (sections 7.4 to 7.6), placed (7.7), masked
 * by the pattern of the least penalty (7.8), with format and version (7.9, 7.10). Pure. The site draws codes as SVG,
 * the command line into images, the page from the WebAssembly module.
 */
#include "core/qr.h"

#include <limits.h>
#include <string.h>

#define DARK 1u
#define FIXED 2u /* a cell of a pattern, of format or version: not of data, and never masked */

#define MAX_VERSION 40
#define MAX_CODEWORDS 3706
#define MAX_CORRECTION 30 /* codewords of a block */
#define LEVEL_M_MAX_LEN 400

enum level { LEVEL_M = 0, LEVEL_L = 1 }; /* as the format writes them */

struct form {
    unsigned version;
    enum level level;
    unsigned n_codewords, n_blocks, correction_len;
};

/* Table 9: codewords of error correction in each block, and blocks, by level and version. */
static const uint8_t correction_len[2][MAX_VERSION] = {
    [LEVEL_L] = {7,  10, 15, 20, 26, 18, 20, 24, 30, 18, 20, 24, 26, 30, 22, 24, 28, 30, 28, 28,
                 28, 28, 30, 30, 26, 28, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30},
    [LEVEL_M] = {10, 16, 26, 18, 24, 16, 18, 22, 22, 26, 30, 22, 22, 24, 24, 28, 28, 26, 26, 26,
                 26, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28},
};
static const uint8_t n_blocks[2][MAX_VERSION] = {
    [LEVEL_L] = {1, 1, 1, 1,  1,  2,  2,  2,  2,  4,  4,  4,  4,  4,  6,  6,  6,  6,  7,  8,
                 8, 9, 9, 10, 12, 12, 12, 13, 14, 15, 16, 17, 18, 19, 19, 20, 21, 22, 24, 25},
    [LEVEL_M] = {1,  1,  1,  2,  2,  4,  4,  4,  5,  5,  5,  8,  9,  9,  10, 10, 11, 13, 14, 16,
                 17, 17, 18, 20, 21, 23, 25, 26, 28, 29, 31, 33, 35, 37, 38, 40, 43, 45, 47, 49},
};

/* -- sizes --------------------------------------------------------------------------------------------------------- */

/* All codewords of a version: its cells without those of patterns, format and version, in bytes. */
static unsigned count_codewords(unsigned version)
{
    unsigned bits = (16 * version + 128) * version + 64;
    if (version >= 2) {
        unsigned n = version / 7 + 2; /* alignment patterns in a row */
        bits -= (25 * n - 10) * n - 55;
    }
    if (version >= 7)
        bits -= 36;
    return bits / CHAR_BIT;
}

static unsigned data_len(const struct form *form)
{
    return form->n_codewords - form->n_blocks * form->correction_len;
}

/* Mode, count and terminator take two or three bytes together. */
static unsigned overhead_len(unsigned version)
{
    return version < 10 ? 2 : 3;
}

static bool choose_form(struct form *out, size_t len)
{
    enum level level = len <= LEVEL_M_MAX_LEN ? LEVEL_M : LEVEL_L;
    for (unsigned version = 1; version <= MAX_VERSION; version++) {
        *out = (struct form){.version = version,
                             .level = level,
                             .n_codewords = count_codewords(version),
                             .n_blocks = n_blocks[level][version - 1],
                             .correction_len = correction_len[level][version - 1]};
        if (len + overhead_len(version) <= data_len(out))
            return true;
    }
    return false;
}

/* -- codewords ----------------------------------------------------------------------------------------------------- */

/* In GF(256) with the polynomial x^8 + x^4 + x^3 + x^2 + 1. */
static uint8_t multiply(unsigned a, unsigned b)
{
    unsigned product = 0;
    for (int i = 7; i >= 0; i--) {
        product = (product << 1) ^ ((product >> 7) * 0x11d);
        product ^= ((b >> i) & 1) * a;
    }
    return (uint8_t)product;
}

/* The generator polynomial without its highest term, the highest coefficient first. */
static void make_generator(uint8_t generator[MAX_CORRECTION], unsigned degree)
{
    unsigned root = 1;
    memset(generator, 0, MAX_CORRECTION);
    generator[degree - 1] = 1;
    for (unsigned i = 0; i < degree; i++) {
        for (unsigned k = 0; k < degree; k++)
            generator[k] = (uint8_t)(multiply(generator[k], root) ^ (k + 1 < degree ? generator[k + 1] : 0));
        root = multiply(root, 2);
    }
}

/* The remainder of the division by the generator: Reed-Solomon. */
static void correct(uint8_t out[MAX_CORRECTION], const uint8_t *data, size_t len, const uint8_t generator[],
                    unsigned degree)
{
    memset(out, 0, MAX_CORRECTION);
    for (size_t i = 0; i < len; i++) {
        unsigned factor = data[i] ^ out[0];
        memmove(out, out + 1, degree - 1);
        out[degree - 1] = 0;
        for (unsigned k = 0; k < degree; k++)
            out[k] ^= multiply(generator[k], factor);
    }
}

/* Four bits of mode, the count, the bytes, four bits that end them, and padding. */
static void write_data(uint8_t *out, const struct form *form, const uint8_t *bytes, size_t len)
{
    unsigned at = 0, half = 4; /* the mode is 0100 */
    if (form->version >= 10) {
        out[at++] = (uint8_t)(half << 4 | len >> 12);
        half = (len >> 8) & 15;
    }
    out[at++] = (uint8_t)(half << 4 | ((len >> 4) & 15));
    half = len & 15;
    for (size_t i = 0; i < len; i++) {
        out[at++] = (uint8_t)(half << 4 | bytes[i] >> 4);
        half = bytes[i] & 15;
    }
    out[at++] = (uint8_t)(half << 4);
    for (unsigned pad = 0xec; at < data_len(form); pad ^= 0xec ^ 0x11)
        out[at++] = (uint8_t)pad;
}

/* The blocks' codewords in turn, then their error correction in turn. The last blocks may be one byte longer. */
static void interleave(uint8_t *out, const struct form *form, const uint8_t *data)
{
    uint8_t generator[MAX_CORRECTION], correction[MAX_CORRECTION];
    unsigned n = form->n_blocks, short_len = data_len(form) / n, n_short = n - data_len(form) % n;
    make_generator(generator, form->correction_len);
    for (unsigned block = 0; block < n; block++) {
        unsigned len = short_len + (block >= n_short);
        for (unsigned i = 0; i < len; i++)
            out[i < short_len ? i * n + block : i * n + block - n_short] = data[i];
        correct(correction, data, len, generator, form->correction_len);
        for (unsigned i = 0; i < form->correction_len; i++)
            out[data_len(form) + i * n + block] = correction[i];
        data += len;
    }
}

/* -- patterns ------------------------------------------------------------------------------------------------------ */

static void fix(struct core_qr *qr, unsigned x, unsigned y, bool dark)
{
    qr->cell[y][x] = (uint8_t)(FIXED | (dark ? DARK : 0));
}

static unsigned distance(unsigned a, unsigned b)
{
    return a > b ? a - b : b - a;
}

/* Squares around a center, up to radius: light rings at the given distance and, for a finder, around it. */
static void draw_rings(struct core_qr *qr, unsigned center_x, unsigned center_y, unsigned radius, unsigned light)
{
    for (unsigned y = 0; y < qr->side; y++)
        for (unsigned x = 0; x < qr->side; x++) {
            unsigned dx = distance(x, center_x), dy = distance(y, center_y), ring = dx > dy ? dx : dy;
            if (ring <= radius)
                fix(qr, x, y, ring != light && ring != 4);
        }
}

/* Alignment patterns stand where these cross, but not on finders (annex E). */
static unsigned alignment_at(const struct core_qr *qr, unsigned version, unsigned i)
{
    unsigned n = version / 7 + 2;
    unsigned step = version == 32 ? 26 : (version * 4 + n * 2 + 1) / (2 * n - 2) * 2;
    return i == 0 ? 6 : qr->side - 7 - (n - 1 - i) * step;
}

static void draw_patterns(struct core_qr *qr, unsigned version)
{
    unsigned last = qr->side - 4, n = version >= 2 ? version / 7 + 2 : 0;
    for (unsigned i = 0; i < qr->side; i++) {
        fix(qr, 6, i, i % 2 == 0);
        fix(qr, i, 6, i % 2 == 0);
    }
    draw_rings(qr, 3, 3, 4, 2);
    draw_rings(qr, last, 3, 4, 2);
    draw_rings(qr, 3, last, 4, 2);
    for (unsigned i = 0; i < n; i++)
        for (unsigned k = 0; k < n; k++)
            if (!(i == 0 && k == 0) && !(i == 0 && k == n - 1) && !(i == n - 1 && k == 0))
                draw_rings(qr, alignment_at(qr, version, i), alignment_at(qr, version, k), 2, 1);
}

/* The remainder of a BCH code's division. */
static unsigned remainder_of(unsigned data, unsigned n_bits, unsigned polynomial)
{
    for (unsigned i = 0; i < n_bits; i++)
        data = (data << 1) ^ ((data >> (n_bits - 1)) & 1) * polynomial;
    return data & ((1u << n_bits) - 1);
}

static void draw_format(struct core_qr *qr, enum level level, unsigned mask)
{
    unsigned data = (unsigned)level << 3 | mask, side = qr->side;
    unsigned bits = (data << 10 | remainder_of(data, 10, 0x537)) ^ 0x5412;
    for (unsigned i = 0; i < 15; i++) {
        bool dark = bits >> i & 1;
        if (i < 8) {
            fix(qr, 8, i < 6 ? i : i + 1, dark);
            fix(qr, side - 1 - i, 8, dark);
        } else {
            fix(qr, i == 8 ? 7 : 14 - i, 8, dark);
            fix(qr, 8, side - 15 + i, dark);
        }
    }
    fix(qr, 8, side - 8, true);
}

static void draw_version(struct core_qr *qr, unsigned version)
{
    unsigned bits = version << 12 | remainder_of(version, 12, 0x1f25);
    for (unsigned i = 0; version >= 7 && i < 18; i++) {
        fix(qr, qr->side - 11 + i % 3, i / 3, bits >> i & 1);
        fix(qr, i / 3, qr->side - 11 + i % 3, bits >> i & 1);
    }
}

/* In columns of two cells from the right, upwards and downwards in turn. */
static void place(struct core_qr *qr, const uint8_t *codewords, unsigned n)
{
    unsigned at = 0, side = qr->side;
    bool up = true;
    for (unsigned right = side - 1; right < side; right -= 2, up = !up) {
        if (right == 6) /* the timing pattern */
            right = 5;
        for (unsigned i = 0; i < 2 * side; i++) {
            uint8_t *cell = &qr->cell[up ? side - 1 - i / 2 : i / 2][right - i % 2];
            if (*cell & FIXED)
                continue;
            if (at < n * CHAR_BIT)
                *cell = (uint8_t)((unsigned)codewords[at / CHAR_BIT] >> (7 - at % CHAR_BIT) & DARK);
            at++;
        }
        if (right == 1)
            break;
    }
}

/* -- masks --------------------------------------------------------------------------------------------------------- */

static bool is_masked(unsigned mask, unsigned x, unsigned y)
{
    switch (mask) {
    case 0:
        return (x + y) % 2 == 0;
    case 1:
        return y % 2 == 0;
    case 2:
        return x % 3 == 0;
    case 3:
        return (x + y) % 3 == 0;
    case 4:
        return (x / 3 + y / 2) % 2 == 0;
    case 5:
        return x * y % 2 + x * y % 3 == 0;
    case 6:
        return (x * y % 2 + x * y % 3) % 2 == 0;
    default:
        return ((x + y) % 2 + x * y % 3) % 2 == 0;
    }
}

/* Applied twice, a mask is gone. */
static void apply_mask(struct core_qr *qr, unsigned mask)
{
    for (unsigned y = 0; y < qr->side; y++)
        for (unsigned x = 0; x < qr->side; x++)
            if (!(qr->cell[y][x] & FIXED) && is_masked(mask, x, y))
                qr->cell[y][x] ^= DARK;
}

/* Of one row or column: runs of one color, and what looks like a finder. */
static unsigned line_penalty(const struct core_qr *qr, unsigned line, bool is_row)
{
    unsigned penalty = 0, run = 0, window = 0;
    bool last = false;
    for (unsigned i = 0; i < qr->side; i++) {
        bool dark = is_row ? core_qr_is_dark(qr, i, line) : core_qr_is_dark(qr, line, i);
        run = i > 0 && dark == last ? run + 1 : 1;
        last = dark;
        penalty += run == 5 ? 3 : run > 5;
        window = (window << 1 | (dark ? 1u : 0u)) & 0x7ff;
        if (i >= 10 && (window == 0x5d0 || window == 0x05d)) /* 1011101 beside four light ones */
            penalty += 40;
    }
    return penalty;
}

static unsigned penalty_of(const struct core_qr *qr)
{
    unsigned penalty = 0, n_dark = 0, n = qr->side * qr->side;
    for (unsigned i = 0; i < qr->side; i++)
        penalty += line_penalty(qr, i, true) + line_penalty(qr, i, false);
    for (unsigned y = 0; y < qr->side; y++)
        for (unsigned x = 0; x < qr->side; x++) {
            unsigned dark = core_qr_is_dark(qr, x, y);
            n_dark += dark;
            if (x > 0 && y > 0 && dark == core_qr_is_dark(qr, x - 1, y) && dark == core_qr_is_dark(qr, x, y - 1) &&
                dark == core_qr_is_dark(qr, x - 1, y - 1))
                penalty += 3;
        }
    return penalty + distance(n_dark * 20, n * 10) / n * 10; /* for each 5 % away from a half */
}

bool core_qr_encode(struct core_qr *out, const void *bytes, size_t len)
{
    struct form form;
    uint8_t data[MAX_CODEWORDS], codewords[MAX_CODEWORDS];
    if (!choose_form(&form, len))
        return false;
    memset(out, 0, sizeof *out);
    out->side = 4 * form.version + 17;
    write_data(data, &form, bytes, len);
    interleave(codewords, &form, data);
    draw_patterns(out, form.version);
    draw_format(out, form.level, 0);
    draw_version(out, form.version);
    place(out, codewords, form.n_codewords);
    unsigned best = 0, least = UINT_MAX;
    for (unsigned mask = 0; mask < 8; mask++) {
        apply_mask(out, mask);
        draw_format(out, form.level, mask);
        unsigned penalty = penalty_of(out);
        if (penalty < least) {
            least = penalty;
            best = mask;
        }
        apply_mask(out, mask);
    }
    apply_mask(out, best);
    draw_format(out, form.level, best);
    return true;
}
