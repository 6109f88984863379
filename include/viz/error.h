/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How a call that can fail says why.
 *
 * Set-up calls return 0 or a negative errno and put one sentence with the facts (what,
 * where, expected, found) into a struct viz_error; the program's main prints it once.
 * Bad data from outside is never an error: it is counted (see ledger.h). A programmer's
 * mistake is viz_assert(). Running out of memory aborts (see alloc.h). */
#ifndef VIZ_ERROR_H
#define VIZ_ERROR_H

#define VIZ_ERROR_TEXT 512

struct viz_error {
    char text[VIZ_ERROR_TEXT]; /* one sentence, no newline, no full stop */
};

/* Write the sentence into @err (which may be NULL) and return @code, so that a caller
 * can write: return viz_fail(err, -EINVAL, "...", ...). Any thread. */
int viz_fail(struct viz_error *err, int code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

_Noreturn void viz_assert_failed(const char *what, const char *file, int line,
                                 const char *function);

/* Holds in every build; the check is never compiled out or turned into a promise to the
 * optimiser. */
#define viz_assert(condition)                                                          \
    do {                                                                               \
        if (__builtin_expect(!(condition), 0))                                         \
            viz_assert_failed(#condition, __FILE__, __LINE__, __func__);               \
    } while (0)

#endif
