/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Numbers against oracles: as near as asked, relative to the oracle (absolute to 0). */
#ifndef VIZ_TESTS_NEAR_RIG_H
#define VIZ_TESTS_NEAR_RIG_H

#include <criterion/criterion.h>
#include <math.h>

#define expect_within(actual, wanted, tolerance)                                       \
    do {                                                                               \
        double got_ = (actual), want_ = (wanted);                                      \
        double off_ = fabs(got_ - want_) / (want_ == 0 ? 1 : fabs(want_));             \
        cr_expect(off_ <= (tolerance), "%s is %.17g, not %.17g: off by %.2g", #actual, \
                  got_, want_, off_);                                                  \
    } while (0)
#define expect_near(actual, wanted) expect_within(actual, wanted, 1e-12)
#define expect_nan(actual)                                                             \
    do {                                                                               \
        double got_ = (actual);                                                        \
        cr_expect(isnan(got_), "%s is %.17g, not NaN", #actual, got_);                 \
    } while (0)
#define count_of(array) (sizeof(array) / sizeof((array)[0]))

#endif
