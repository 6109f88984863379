/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <viz/text.h>

#include <float.h>
#include <inttypes.h>
#include <locale.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DASH "\u2013"
#define THIN_SPACE "\u2009"

static const struct prefix {
    const char *text;
    double factor;
} prefixes[] = {
    {"f", 1e-15}, {"p", 1e-12}, {"n", 1e-9}, {"\u00b5", 1e-6}, {"m", 1e-3}, {"", 1},
    {"k", 1e3},   {"M", 1e6},   {"G", 1e9},  {"T", 1e12},      {"P", 1e15},
};
#define PREFIXES (sizeof(prefixes) / sizeof(prefixes[0]))

static const double powers[] = {1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9};

const struct viz_text_suffix viz_text_seconds[] = {
    {"ns", 1e-9}, {"us", 1e-6}, {"\u00b5s", 1e-6}, {"ms", 1e-3},
    {"s", 1},     {"min", 60},  {"h", 3600},       {NULL, 0},
};
const struct viz_text_suffix viz_text_milliseconds[] = {
    {"ns", 1e-6}, {"us", 1e-3}, {"\u00b5s", 1e-3}, {"ms", 1},
    {"s", 1e3},   {"min", 6e4}, {"h", 3.6e6},      {NULL, 0},
};
const struct viz_text_suffix viz_text_multiples[] = {
    {"k", 1e3},
    {"M", 1e6},
    {"G", 1e9},
    {NULL, 0},
};
const struct viz_text_suffix viz_text_hertz[] = {
    {"Hz", 1}, {"kHz", 1e3}, {"MHz", 1e6}, {"k", 1e3}, {"M", 1e6}, {NULL, 0},
};
const struct viz_text_suffix viz_text_percent[] = {
    {"%", 1},
    {NULL, 0},
};

static size_t put(char *out, size_t size, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static size_t put(char *out, size_t size, const char *format, ...)
{
    if (!size)
        return 0;
    va_list args;
    va_start(args, format);
    int length = vsnprintf(out, size, format, args);
    va_end(args);
    if (length < 0) {
        out[0] = 0;
        return 0;
    }
    return (size_t)length < size ? (size_t)length : size - 1;
}

/* By integers: printf's own %f writes the locale's decimal point. */
size_t viz_text_decimal(char *out, size_t size, double value, unsigned decimals)
{
    if (!isfinite(value))
        return put(out, size, DASH);
    double magnitude = fabs(value);
    if (magnitude >= 1e9)
        return put(out, size, "%.0f", value);
    if (decimals > 9)
        decimals = 9;
    uint64_t scale = (uint64_t)powers[decimals];
    uint64_t all = (uint64_t)llrint(magnitude * powers[decimals]);
    const char *sign = value < 0 && all ? "-" : "";
    if (!decimals)
        return put(out, size, "%s%" PRIu64, sign, all);
    return put(out, size, "%s%" PRIu64 ".%0*" PRIu64, sign, all / scale, (int)decimals,
               all % scale);
}

/* The prefix that leaves 1 to 999 before the point once three digits are rounded. */
static const struct prefix *prefix_for(double value)
{
    double magnitude = fabs(value);
    size_t i = 0;
    while (i + 1 < PREFIXES && magnitude >= 0.9995 * prefixes[i + 1].factor)
        i++;
    return &prefixes[i];
}

static unsigned decimals_of_three_digits(double scaled)
{
    double magnitude = fabs(scaled);
    if (magnitude < 9.995)
        return 2;
    return magnitude < 99.95 ? 1 : 0;
}

static bool is_beyond_prefixes(double value)
{
    double magnitude = fabs(value);
    return magnitude != 0 && (magnitude < 0.9995e-15 || magnitude >= 999.5e15);
}

/* "2e+24", "-1.25e-20": up to @decimals (0..15) digits behind the point, no zeros at the
 * end. Taken apart, because between the digits stands the locale's own point. */
static size_t put_power(char *out, size_t size, double value, unsigned decimals)
{
    char all[64], part[16];
    snprintf(all, sizeof(all), "%.*e", (int)decimals, fabs(value));
    const char *power = strchr(all, 'e');
    memcpy(part, power - decimals, decimals);
    while (decimals && part[decimals - 1] == '0')
        decimals--;
    return put(out, size, "%s%c%s%.*s%s", value < 0 ? "-" : "", all[0],
               decimals ? "." : "", (int)decimals, part, power);
}

/* Number (without blanks) and prefix of @value; beyond the prefixes, a power of ten. */
static void split_si(double value, char *number, size_t size, const char **prefix)
{
    double magnitude = fabs(value);
    *prefix = "";
    if (is_beyond_prefixes(value)) {
        put_power(number, size, value, 2);
        return;
    }
    if (magnitude == 0) {
        put(number, size, "0");
        return;
    }
    const struct prefix *found = prefix_for(value);
    double scaled = value / found->factor;
    viz_text_decimal(number, size, scaled, decimals_of_three_digits(scaled));
    *prefix = found->text;
}

size_t viz_text_si(char *out, size_t size, double value, const char *unit)
{
    if (!isfinite(value))
        return put(out, size, DASH);
    char number[32];
    const char *prefix;
    split_si(value, number, sizeof(number), &prefix);
    if (!unit)
        unit = "";
    return put(out, size, "%s%s%s%s", number, *prefix || *unit ? " " : "", prefix,
               unit);
}

size_t viz_text_si_fixed(char *out, size_t size, double value, const char *unit)
{
    if (!unit)
        unit = "";
    if (!isfinite(value))
        return put(out, size, "    " DASH "  %s", unit);
    char number[32];
    const char *prefix;
    if (is_beyond_prefixes(value)) {
        put_power(number, sizeof(number), value, 0);
        return put(out, size, "%6s %s", number, unit);
    }
    split_si(value, number, sizeof(number), &prefix);
    return put(out, size, "%5s %s%s", number, *prefix ? prefix : " ", unit);
}

/* 0.25 needs two, 15 none. */
static unsigned decimals_of_step(double step)
{
    unsigned decimals = 0;
    for (; decimals < 9; decimals++) {
        double scaled = step * powers[decimals];
        if (scaled >= 0.999 && fabs(scaled - round(scaled)) < 1e-6 * scaled)
            break;
    }
    return step > 0 ? decimals : 0;
}

/* As many digits as tell a tick from the next one. What adding up steps has left of zero
 * is zero. */
static size_t put_power_tick(char *out, size_t size, double value, double step)
{
    double magnitude = fabs(value), width = fabs(step);
    if (magnitude != 0 && (width == 0 || !isfinite(width)))
        return put_power(out, size, value, 2);
    if (magnitude == 0 || magnitude < width * 1e-6)
        return put(out, size, "0");
    double power = floor(log10(width));
    double digits =
        floor(log10(magnitude)) - power + decimals_of_step(width / pow(10, power));
    digits = digits < 0 ? 0 : digits;
    return put_power(out, size, value, digits < 15 ? (unsigned)digits : 15);
}

/* "µs" and "kHz", but not "m", "min" or "m/s²". */
static bool has_prefix(const char *unit)
{
    static const char *const letters[] = {"µ", "n", "p", "m", "k", "M", "G", "T"};
    static const char bases[] = "sVAWgBHbFJNPi";
    for (size_t i = 0; i < sizeof(letters) / sizeof(letters[0]); i++) {
        size_t length = strlen(letters[i]);
        if (!strncmp(unit, letters[i], length) && unit[length] &&
            strchr(bases, unit[length]) && strcmp(unit, "min"))
            return true;
    }
    return unit[0] == '%';
}

double viz_text_tick_largest(double largest, const char *unit)
{
    bool plain = unit && has_prefix(unit) && !is_beyond_prefixes(largest);
    return plain ? 1 : largest;
}

size_t viz_text_tick(char *out, size_t size, double value, double step, double largest)
{
    if (!isfinite(value))
        return put(out, size, DASH);
    if (is_beyond_prefixes(largest))
        return put_power_tick(out, size, value, step);
    double magnitude = fabs(largest);
    bool plain =
        magnitude == 0 || !isfinite(magnitude) || (magnitude >= 0.1 && magnitude < 1e4);
    const struct prefix *prefix = plain ? prefix_for(1) : prefix_for(magnitude);
    unsigned decimals = decimals_of_step(fabs(step) / prefix->factor);
    char number[40];
    viz_text_decimal(number, sizeof(number), value / prefix->factor, decimals);
    return put(out, size, "%s%s%s", number, plain ? "" : " ", prefix->text);
}

static size_t put_minutes(char *out, size_t size, const char *sign, int64_t ns)
{
    static const struct {
        const char *text;
        int64_t ns;
    } units[] = {
        {"d", 86400000000000},
        {"h", 3600000000000},
        {"min", 60000000000},
        {"s", 1000000000},
    };
    size_t i = 0;
    while (i < 2 && ns < units[i].ns)
        i++;
    int64_t rest = ns % units[i].ns / units[i + 1].ns;
    if (!rest)
        return put(out, size, "%s%" PRId64 " %s", sign, ns / units[i].ns,
                   units[i].text);
    return put(out, size, "%s%" PRId64 " %s %" PRId64 " %s", sign, ns / units[i].ns,
               units[i].text, rest, units[i + 1].text);
}

size_t viz_text_time_tick(char *out, size_t size, int64_t ns, int64_t step_ns)
{
    const char *sign = ns < 0 ? "-" : "";
    int64_t magnitude = ns < 0 ? -ns : ns;
    if (step_ns >= 60000000000 && ns)
        return put_minutes(out, size, sign, magnitude);
    /* A step of 50 ms or more is read in tenths of a second. */
    static const struct {
        const char *text;
        int64_t from_ns;
        double ns;
    } units[] = {
        {"s", 50000000, 1e9},
        {"ms", 50000, 1e6},
        {"\u00b5s", 50, 1e3},
        {"ns", 0, 1},
    };
    size_t i = 0;
    while (i < 3 && step_ns < units[i].from_ns)
        i++;
    unsigned decimals = decimals_of_step((double)step_ns / units[i].ns);
    char number[40];
    viz_text_decimal(number, sizeof(number), (double)ns / units[i].ns, decimals);
    return put(out, size, "%s %s", number, units[i].text);
}

size_t viz_text_duration(char *out, size_t size, int64_t ns)
{
    const char *sign = ns < 0 ? "-" : "";
    double magnitude = fabs((double)ns);
    if (magnitude < 999.5)
        return put(out, size, "%s%.0f ns", sign, magnitude);
    if (magnitude >= 59.5e9) {
        int64_t unit = magnitude < 3599.5e9 ? 1000000000 : 60000000000;
        int64_t rounded = (int64_t)(magnitude / (double)unit + 0.5) * unit;
        return put_minutes(out, size, sign, rounded);
    }
    static const struct {
        const char *text;
        double ns;
    } units[] = {{"s", 1e9}, {"ms", 1e6}, {"\u00b5s", 1e3}};
    size_t i = 0;
    while (i < 2 && magnitude < 0.9995 * units[i].ns)
        i++;
    double scaled = magnitude / units[i].ns;
    char number[40];
    viz_text_decimal(number, sizeof(number), scaled, scaled < 9.95 ? 1 : 0);
    return put(out, size, "%s%s %s", sign, number, units[i].text);
}

size_t viz_text_count(char *out, size_t size, uint64_t count)
{
    char digits[24], grouped[64];
    size_t length = put(digits, sizeof(digits), "%" PRIu64, count);
    size_t used = 0;
    for (size_t i = 0; i < length; i++) {
        if (i && (length - i) % 3 == 0)
            used += put(grouped + used, sizeof(grouped) - used, THIN_SPACE);
        grouped[used++] = digits[i];
    }
    grouped[used] = 0;
    return put(out, size, "%s", grouped);
}

size_t viz_text_bytes(char *out, size_t size, uint64_t bytes)
{
    static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB"};
    double scaled = (double)bytes;
    size_t i = 0;
    while (i < 4 && scaled >= 1023.5) {
        scaled /= 1024;
        i++;
    }
    char number[40];
    viz_text_decimal(number, sizeof(number), scaled,
                     i ? decimals_of_three_digits(scaled) : 0);
    return put(out, size, "%s %s", number, units[i]);
}

static size_t digits_at(const char *text)
{
    return strspn(text, "0123456789");
}

/* How much of @text is a decimal number; 0: it does not begin with one. */
static size_t number_length(const char *text)
{
    size_t at = *text == '-' || *text == '+';
    size_t whole = digits_at(text + at);
    at += whole;
    size_t part = 0;
    if (text[at] == '.') {
        part = digits_at(text + at + 1);
        at += 1 + part;
    }
    if (!whole && !part)
        return 0;
    if (text[at] == 'e' || text[at] == 'E') {
        size_t sign = text[at + 1] == '-' || text[at + 1] == '+';
        size_t power = digits_at(text + at + 1 + sign);
        if (power)
            at += 1 + sign + power;
    }
    return at;
}

/* strtod itself reads the locale's decimal point. glibc's "C" locale is static: nothing
 * is allocated and nothing can fail. */
static bool read_number(const char *text, size_t length, double *out)
{
    char *end;
    *out = strtod_l(text, &end, newlocale(LC_ALL_MASK, "C", NULL));
    return (size_t)(end - text) == length && isfinite(*out);
}

/* The character at @text and how many bytes it has; a malformed one is one byte, and '?'.
 */
static unsigned next_character(const char *text, uint32_t *out)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    const unsigned char *byte = (const unsigned char *)text;
    unsigned size = byte[0] < 0x80             ? 1
                    : (byte[0] & 0xe0) == 0xc0 ? 2
                    : (byte[0] & 0xf0) == 0xe0 ? 3
                    : (byte[0] & 0xf8) == 0xf0 ? 4
                                               : 0;
    uint32_t code = size == 1 ? byte[0] : size ? byte[0] & (0x7fu >> size) : 0;
    *out = '?';
    for (unsigned i = 1; i < size; i++) {
        if ((byte[i] & 0xc0) != 0x80)
            return 1;
        code = code << 6 | (byte[i] & 0x3f);
    }
    if (!size || code < least[size] || code > 0x10ffff || (code >> 11) == 0x1b)
        return 1;
    *out = code;
    return size;
}

bool viz_text_is_utf8(const char *text)
{
    uint32_t code = 0;
    for (; *text; text += next_character(text, &code))
        if (next_character(text, &code) == 1 && code != (unsigned char)*text)
            return false;
    return true;
}

/* What Unicode calls white space, and characters without width. */
static bool is_blank(uint32_t code)
{
    return code <= ' ' || code == 0x85 || code == 0xa0 || code == 0x1680 ||
           (code >= 0x2000 && code <= 0x200f) || code == 0x2028 || code == 0x2029 ||
           code == 0x202f || code == 0x205f || code == 0x2060 || code == 0x3000 ||
           code == 0xfeff;
}

bool viz_text_is_blank(const char *text)
{
    uint32_t code = ' ';
    while (*text && is_blank(code))
        text += next_character(text, &code);
    return is_blank(code);
}

/* C0, DEL, C1, and what turns the direction of writing round. */
static bool is_control(uint32_t code)
{
    return code < 0x20 || (code >= 0x7f && code < 0xa0) ||
           (code >= 0x2028 && code <= 0x202e) || (code >= 0x2066 && code <= 0x2069);
}

size_t viz_text_visible(char *out, size_t size, const char *text)
{
    size_t used = 0;
    while (*text) {
        uint32_t code;
        unsigned bytes = next_character(text, &code);
        bool plain = !is_control(code) && (bytes > 1 || code == (unsigned char)*text);
        unsigned needed = plain ? bytes : 1;
        if (used + needed >= size)
            break;
        memcpy(out + used, plain ? text : "?", needed);
        used += needed;
        text += bytes;
    }
    if (size)
        out[used] = '\0';
    return used;
}

/* East Asian and pictures take two columns, marks that are set onto a letter none. */
static uint32_t width_of(uint32_t code)
{
    static const struct {
        uint32_t first, last, width;
    } range[] = {
        {0x300, 0x36f, 0},     {0x1100, 0x115f, 2},   {0x200b, 0x200f, 0},
        {0x20d0, 0x20ff, 0},   {0x2e80, 0xa4cf, 2},   {0xac00, 0xd7a3, 2},
        {0xf900, 0xfaff, 2},   {0xfe00, 0xfe0f, 0},   {0xfe30, 0xfe6f, 2},
        {0xff01, 0xff60, 2},   {0xffe0, 0xffe6, 2},   {0x1f300, 0x1f64f, 2},
        {0x1f900, 0x1faff, 2}, {0x20000, 0x3fffd, 2},
    };
    for (size_t i = 0; i < sizeof(range) / sizeof(range[0]); i++)
        if (code >= range[i].first && code <= range[i].last)
            return range[i].width;
    return 1;
}

uint32_t viz_text_width(const char *text)
{
    uint32_t width = 0, code;
    while (*text) {
        text += next_character(text, &code);
        width += width_of(code);
    }
    return width;
}

size_t viz_text_fit(const char *text, uint32_t room)
{
    const char *at = text;
    uint32_t code;
    while (*at) {
        unsigned bytes = next_character(at, &code);
        uint32_t width = width_of(code);
        if (width > room)
            break;
        room -= width;
        at += bytes;
    }
    return (size_t)(at - text);
}

bool viz_text_number(const char *text, double *out)
{
    size_t length = number_length(text);
    return length && !text[length] && read_number(text, length, out);
}

bool viz_text_unsigned(const char *text, uint64_t *out)
{
    size_t length = digits_at(text);
    if (!length || text[length])
        return false;
    uint64_t value = 0;
    for (size_t i = 0; i < length; i++)
        if (__builtin_mul_overflow(value, 10, &value) ||
            __builtin_add_overflow(value, (uint64_t)(text[i] - '0'), &value))
            return false;
    *out = value;
    return true;
}

bool viz_text_quantity(const char *text, const struct viz_text_suffix *suffixes,
                       double *out)
{
    size_t length = number_length(text);
    double value;
    if (!length || !read_number(text, length, &value))
        return false;
    const char *rest = text + length;
    if (!*rest) {
        *out = value;
        return true;
    }
    if (*rest == ' ')
        rest++;
    for (; suffixes->text; suffixes++)
        if (!strcmp(rest, suffixes->text)) {
            *out = value * suffixes->factor;
            return isfinite(*out);
        }
    return false;
}
