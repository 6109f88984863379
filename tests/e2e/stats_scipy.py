#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""stats_scipy.py ORACLE_STATS [SEED]: asks the program about random data and compares its
figures with those of scipy and numpy, or with the definition where they have none."""
import functools
import math
import subprocess
import sys

import numpy as np
from scipy import integrate, optimize, special, stats

EXACT = 0
TIGHT = 1e-11


class Questions:
    """What is asked, and what should be answered: figures, each with how far off it may be
    in proportion and absolutely. A figure of None is not compared."""

    def __init__(self):
        self.lines, self.wanted = [], []

    def ask(self, name, *groups, wanted, rel=TIGHT, near=1e-300):
        words = [" ".join(repr(float(number)) for number in group) for group in groups]
        self.lines.append(f"{name} " + " / ".join(words))
        self.wanted.append((wanted, rel, near))

    def wrong(self, program):
        """Of every question that is answered wrongly, a sentence."""
        out = subprocess.run([program], input="\n".join(self.lines) + "\n", text=True,
                             stdout=subprocess.PIPE, check=True).stdout.splitlines()
        assert len(out) == len(self.lines), (len(out), len(self.lines))
        for line, answer, (wanted, rel, near) in zip(self.lines, out, self.wanted):
            figures = [float(word) for word in answer.split()]
            if len(figures) != len(wanted):
                yield f"{line[:100]}: {len(figures)} figures, not {len(wanted)}"
                continue
            for place, (is_, should) in enumerate(zip(figures, wanted)):
                if should is not None and not close(is_, should, rel, near):
                    yield f"{line[:100]}: figure {place} is {is_!r}, not {should!r}"


def close(is_, should, rel, near):
    if math.isnan(should) or math.isinf(should) or math.isnan(is_):
        return math.isnan(is_) == math.isnan(should) and (is_ == should or math.isnan(is_))
    return abs(is_ - should) <= max(rel * abs(should), near)


def sample(random, n):
    """Normal, skewed, tied, nearly constant far from 0, heavy-tailed."""
    kind = random.integers(6)
    if kind == 0:
        return random.normal(3, 2, n)
    if kind == 1:
        return np.exp(random.normal(0, 1, n))
    if kind == 2:
        return np.append(np.floor(random.normal(5, 2, n - 2)), [1, 8])
    if kind == 3:
        return 1e6 + random.normal(0, 1e-2, n)
    if kind == 4:
        return 1e-9 * random.exponential(1, n)
    return random.standard_t(2, n)


def size(random):
    return int(random.choice([2, 3, 4, 5, 8, 13, 20, 37, 64, 111, 200]))


def t_quantile(p, df):
    """scipy's own has 8 digits; Newton's method has the rest."""
    t = stats.t.ppf(p, df)
    for _ in range(3):
        t -= (stats.t.cdf(t, df) - p) / stats.t.pdf(t, df)
    return t


# --- Distributions -----------------------------------------------------------------------


def distributions(asked, random):
    for _ in range(300):
        df = math.exp(random.uniform(-1, 9))
        t = random.standard_t(2) * 3
        asked.ask("t_below", [t, df], wanted=[stats.t.cdf(t, df)])
        asked.ask("t_above", [t, df], wanted=[stats.t.sf(t, df)])
        asked.ask("t_two_sided", [t, df], wanted=[2 * stats.t.sf(abs(t), df)])
        p = random.uniform()
        asked.ask("t_quantile", [p, df], wanted=[t_quantile(p, df)], rel=1e-9)
        z = random.normal(0, 4)
        asked.ask("normal_below", [z], wanted=[stats.norm.cdf(z)])
        asked.ask("normal_above", [z], wanted=[stats.norm.sf(z)])
        asked.ask("normal_quantile", [p], wanted=[stats.norm.ppf(p)], near=1e-15)
        x = stats.chi2.rvs(df, random_state=random)
        asked.ask("chi2_above", [x, df], wanted=[stats.chi2.sf(x, df)])
        a, b = np.exp(random.uniform(-1, 5, 2))
        x = random.beta(a, b)
        asked.ask("beta_below", [x, a, b], wanted=[special.betainc(a, b, x)], rel=1e-10)
        asked.ask("beta_quantile", [p, a, b], wanted=[special.betaincinv(a, b, p)], rel=1e-8)
        n, p = int(random.integers(1, 1500)), random.uniform(0.01, 0.99)
        k = random.binomial(n, p)
        asked.ask("binomial_below", [k, n, p], wanted=[stats.binom.cdf(k, n, p)], rel=1e-10)
        q = random.uniform()
        asked.ask("binomial_quantile", [q, n, p], wanted=[stats.binom.ppf(q, n, p)])
        asked.ask("log_gamma", [df], wanted=[special.gammaln(df)], near=1e-14)
        q = random.uniform(0.001, 0.999)
        needs = math.ceil(math.log(0.025) / math.log(max(q, 1 - q)))
        asked.ask("quantile_needs", [q, 0.95], wanted=[needs])


def noncentral_t(t, df, ncp):
    """By adaptive quadrature over s, chi / sqrt(df): scipy's own is less exact."""
    width = 14 / math.sqrt(2 * df)
    log_constant = df / 2 * math.log(df / 2) - math.lgamma(df / 2) + math.log(2)

    def weighted(s):
        density = math.exp(log_constant + (df - 1) * math.log(s) - df * s * s / 2)
        return density * math.erfc((ncp - t * s) / math.sqrt(2)) / 2

    bend = ncp / t if abs(ncp - t) < width * abs(t) else 1
    return integrate.quad(weighted, max(0, 1 - width), 1 + width, epsabs=1e-14,
                          epsrel=1e-12, limit=400, points=[1, bend])[0]


def ncp_with(t, df, p):
    width = 8 + 8 * abs(t) / math.sqrt(2 * df)
    return optimize.brentq(lambda ncp: noncentral_t(t, df, ncp) - p, t - width, t + width,
                           xtol=1e-12)


def power(n, effect, alpha, both):
    df, ncp = 2 * n - 2, effect * math.sqrt(n / 2)
    limit = t_quantile(1 - alpha / 2, df)
    wrong_way = noncentral_t(-limit, df, ncp) if both else 0
    return 1 - noncentral_t(limit, df, ncp) + wrong_way


def noncentral(asked, random):
    for _ in range(60):
        df = math.exp(random.uniform(0.7, 7))
        ncp = random.normal(0, 6)
        t = ncp + random.normal(0, 2)
        asked.ask("nct_below", [t, df, ncp], wanted=[noncentral_t(t, df, ncp)], near=1e-11)
    for _ in range(12):
        df, t = math.exp(random.uniform(1.5, 6)), random.normal(0, 4)
        for p in 0.025, 0.6, 0.975:
            asked.ask("nct_ncp", [t, df, p], wanted=[ncp_with(t, df, p)], near=1e-8)
    for _ in range(12):
        n, effect = random.uniform(2.5, 60), random.uniform(-2, 2)
        for both in 0, 1:
            one = abs(effect) if not both else effect
            asked.ask("power", [n, one, 0.05, both], wanted=[power(n, one, 0.05, both)],
                      near=1e-10)
        show = optimize.brentq(lambda d: power(n, d, 0.05, 0) - 0.9, 0.01, 30)
        asked.ask("power_effect", [n, 0.05, 0.9], wanted=[show], rel=1e-8)
    for effect in 0.4, 0.77, 1.3:
        n = optimize.brentq(lambda n: power(n, effect, 0.05, 0) - 0.8, 2, 400)
        asked.ask("power_needs", [effect, 0.05, 0.8], wanted=[n], rel=1e-7)
    for _ in range(40):
        se, df = math.exp(random.normal()), random.uniform(1, 300)
        see = (t_quantile(0.975, df) + t_quantile(0.9, df)) * se
        asked.ask("detectable", [se, df, 0.05, 0.9], wanted=[see], rel=1e-9)


# --- One sample --------------------------------------------------------------------------


def describe(asked, random):
    for _ in range(150):
        x = sample(random, size(random))
        n, d = len(x), x - np.mean(x)
        spread = np.max(np.abs(d)) / max(1, np.max(np.abs(x)))
        low, median, high = np.quantile(x, [0.25, 0.5, 0.75])
        beyond = np.maximum(low - x, x - high)
        mad = stats.median_abs_deviation(x)
        extreme = np.sum(beyond > 3 * (high - low))
        mild = np.sum(beyond > 1.5 * (high - low)) - extreme
        away = np.abs(x - median)
        by_mad = np.sum(0.6745 * away / mad > 3.5) if mad > 0 else np.sum(away > 0)
        asked.ask(
            "describe", [], x,
            wanted=[np.mean(x), np.var(x, ddof=1), np.std(x, ddof=1),
                    np.sum(d[1:] * d[:-1]) / np.sum(d * d), stats.skew(x),
                    stats.kurtosis(x, fisher=False), stats.jarque_bera(x)[0],
                    1.4826 * mad, mild, extreme, by_mad],
            rel=1e-12 / min(1, spread), near=1e-12 * (n if spread > 1e-5 else 1e6))
        for p in [0, 0.01, 0.5, 0.95, 1, random.uniform()]:
            wanted = [np.sort(x)[max(1, math.ceil(n * p - 1e-12)) - 1]]
            wanted += [stats.mstats.mquantiles(x, [p], type_, type_)[0]
                       for type_ in (0, 1, 1 / 3)]
            inside = 0 < p < 1
            wanted.append(stats.mstats.hdquantiles(x, [p])[0] if inside else None)
            asked.ask("quantile", [p], x, wanted=wanted)
        asked.ask("midranks", [], x, wanted=list(stats.rankdata(x)), rel=EXACT)
    for n in range(1, 200):
        k = stats.binom.ppf(0.025, n, 0.5)
        asked.ask("median_ranks", [n, 0.95], wanted=[k, n - k + 1] if k else [0, 0])


def adjusted(p):
    """Benjamini and Hochberg, Benjamini and Yekutieli, Holm: each by its definition."""
    m, order = len(p), np.sort(p)
    bh = [min(1, min(m / j * order[j - 1] for j in range(1, m + 1) if order[j - 1] >= one))
          for one in p]
    factor = sum(1 / i for i in range(1, m + 1))
    by = [min(1, min(factor * m / j * order[j - 1]
                     for j in range(1, m + 1) if order[j - 1] >= one)) for one in p]
    holm = [min(1, max((m - j + 1) * order[j - 1]
                       for j in range(1, m + 1) if order[j - 1] <= one)) for one in p]
    return bh + by + holm


def families(asked, random):
    for _ in range(60):
        p = random.uniform(size=size(random)) ** random.choice([1, 3])
        if random.integers(2):
            p = np.round(p, 1)
        asked.ask("adjust", [], p, wanted=adjusted(p))


# --- A series ----------------------------------------------------------------------------


def autocovariance(x):
    d = x - np.mean(x)
    return np.array([np.sum(d[k:] * d[:len(d) - k]) for k in range(len(x))]) / len(x)


def effective(rho):
    """tau by Geyer's initial monotone sequence, and of how many pairs."""
    total, before, pairs = 0, math.inf, 0
    for t in range(len(rho) // 2):
        pair = rho[2 * t] + rho[2 * t + 1]
        if pair <= 0:
            break
        before = min(before, pair)
        total, pairs = total + before, pairs + 1
    return 2 * total - 1, pairs


def block_lengths(gamma):
    """Of the stationary and of the circular bootstrap; None where too few lags are seen."""
    n = len(gamma)
    rho = np.abs(gamma / gamma[0])
    run, limit = max(5, math.ceil(math.log10(n))), 2 * math.sqrt(math.log10(n) / n)
    for m in range(1, n // 2 - run):
        if np.all(rho[m + 1:m + run + 1] < limit):
            break
    else:
        return None, None
    k = np.arange(-2 * m, 2 * m + 1)
    s = np.abs(k) / (2 * m)
    weighted = np.where(s <= 0.5, 1, 2 * (1 - s)) * gamma[np.abs(k)]
    g, variance = np.sum(weighted * np.abs(k)), np.sum(weighted)
    most = min(3 * math.sqrt(n), n / 3)
    return [min(max(1, (2 * g * g / (by * variance ** 2) * n) ** (1 / 3)), most)
            for by in (2, 4 / 3)]


def long_run(x):
    """Of the mean, by the lowest cosine coefficients of the prewhitened series."""
    n, d = len(x), x - np.mean(x)
    df = round(0.6 * n ** (2 / 3))
    rho = np.sum(d[1:] * d[:-1]) / np.sum(d * d)
    phi = min(0.97, max(-0.95, rho + (1 + 4 * rho) / n))
    w = math.pi * np.arange(1, df + 1) / n
    c = math.sqrt(2 / n) * np.cos(np.outer(w, np.arange(n) + 0.5)) @ d
    power_at_0 = c * c * (1 - 2 * phi * np.cos(w) + phi * phi) / (1 - phi) ** 2
    return [np.mean(power_at_0), df, n * np.var(x, ddof=1) / np.mean(power_at_0)]


def series(asked, random):
    for _ in range(80):
        n, phi = int(random.integers(12, 200)), random.choice([-0.6, 0, 0.5, 0.9])
        x = np.cumsum(random.normal(size=n)) if phi == 0.9 else random.normal(size=n)
        for i in range(1, n):
            x[i] += phi * x[i - 1] if phi != 0.9 else 0
        gamma = autocovariance(x)
        rho, lags, block = gamma / gamma[0], int(random.integers(1, 11)), 1 + n / 20
        asked.ask("autocovariance", [n - 1], x, wanted=list(gamma), rel=0,
                  near=1e-12 * gamma[0])
        asked.ask("long_run", [], x, wanted=long_run(x), rel=1e-9)
        raw, pairs = effective(rho)
        ar1 = n * (1 - rho[1]) / (1 + rho[1])
        box = n * (n + 2) * np.sum(rho[1:lags + 1] ** 2 / (n - np.arange(1, lags + 1)))
        k, stay = np.arange(1, n), 1 - 1 / block
        keeps = (1 - k / n) * stay ** k + k / n * stay ** (n - k)
        asked.ask("series", [lags, block], x,
                  wanted=[raw, max(1, raw), n / max(1, raw), pairs, ar1, box,
                          stats.chi2.sf(box, lags), *block_lengths(gamma),
                          gamma[0] + 2 * np.sum(gamma[1:] * keeps)],
                  rel=1e-9, near=1e-11)


# --- Two samples -------------------------------------------------------------------------


def interval(delta, se, df, alpha):
    half = t_quantile(1 - alpha / 2, df) * se
    return [delta - half, delta + half]


def means(asked, random):
    for _ in range(200):
        a, b = sample(random, size(random)), sample(random, size(random))
        if random.integers(2):
            b = a[: len(a) // 2 + 1] * 1.1 if len(a) > 3 else a * 1.5
        m, n, alpha = len(a), len(b), random.choice([0.05, 0.1, 0.01])
        delta = np.mean(b) - np.mean(a)
        va, vb = np.var(a, ddof=1) / m, np.var(b, ddof=1) / n
        size_of = max(np.max(np.abs(a)), np.max(np.abs(b)))
        se, df = math.sqrt(va + vb), (va + vb) ** 2 / (va ** 2 / (m - 1) + vb ** 2 / (n - 1))
        # What rounding of the values alone does to their means' difference.
        loose = max(1e-9, 1e-13 * size_of / se)
        test = stats.ttest_ind(b, a, equal_var=False)
        asked.ask("welch", [alpha], a, b, rel=loose, near=loose * se,
                  wanted=[delta, se, df, test.statistic, test.pvalue,
                          *interval(delta, se, df, alpha)])
        pooled = math.sqrt(((m - 1) * m * va + (n - 1) * n * vb) / (m + n - 2))
        se_pooled = pooled * math.sqrt(1 / m + 1 / n)
        test = stats.ttest_ind(b, a)
        asked.ask("student", [alpha], a, b, rel=loose, near=loose * se_pooled,
                  wanted=[delta, se_pooled, m + n - 2, test.statistic, test.pvalue,
                          *interval(delta, se_pooled, m + n - 2, alpha)])
        se_one = np.std(a, ddof=1) * math.sqrt(1 + 1 / m)
        single = b[0] - np.mean(a)
        asked.ask("one_against", [alpha], a, b[:1], rel=1e-9 / min(1, se_one / size_of),
                  near=1e-12 * size_of,
                  wanted=[single, se_one, m - 1, single / se_one,
                          2 * stats.t.sf(abs(single / se_one), m - 1),
                          *interval(single, se_one, m - 1, alpha)])
        limit = se * random.uniform(0, 6)
        low, high = (stats.t.sf((delta + limit) / se, df),
                     stats.t.cdf((delta - limit) / se, df))
        asked.ask("tost", [alpha, limit], a, b, rel=10 * loose, near=loose * se,
                  wanted=[low, high, max(low, high), *interval(delta, se, df, 2 * alpha)])


def effects(asked, random):
    for _ in range(30):
        m, n = int(random.integers(2, 60)), int(random.integers(2, 60))
        a, b = random.normal(0, 1, m), random.normal(random.normal(), 1.5, n)
        df = m + n - 2
        pooled = math.sqrt(((m - 1) * np.var(a, ddof=1) + (n - 1) * np.var(b, ddof=1)) / df)
        d, scale = (np.mean(b) - np.mean(a)) / pooled, math.sqrt(1 / m + 1 / n)
        j = math.exp(special.gammaln(df / 2) - special.gammaln((df - 1) / 2)
                     - math.log(df / 2) / 2)
        low, high = (ncp_with(d / scale, df, p) * scale for p in (0.975, 0.025))
        glass = (np.mean(b) - np.mean(a)) / np.std(a, ddof=1)
        asked.ask("effect", [0.05], a, b, rel=1e-8, near=1e-8,
                  wanted=[d, j * d, j, low, high, j * low, j * high, glass])


@functools.lru_cache
def rank_sums(m, n):
    """In how many of all ways to deal m + n ranks each U comes about: Gauss's binomial
    coefficient, in whole numbers."""
    ways = np.array([1] + [0] * (m * n), dtype=object)
    for i in range(1, m + 1):
        if n + i <= m * n:
            ways[n + i:] = ways[n + i:] - ways[:-(n + i)].copy()
        for start in range(i):
            ways[start::i] = np.add.accumulate(ways[start::i])
    total = math.comb(m + n, m)
    below = np.add.accumulate(ways)
    assert below[-1] == total
    return [count / total for count in below]


def ranks(asked, random):
    for _ in range(120):
        m, n = (int(random.integers(1, random.choice([5, 25, 60]))) for _ in range(2))
        x, y = random.normal(0, 1, m), random.normal(0.4, 1, n)
        differences = np.sort(np.subtract.outer(y, x), axis=None)
        exact = stats.mannwhitneyu(x, y, method="exact")
        greater = stats.mannwhitneyu(x, y, alternative="greater", method="exact").pvalue
        normal = [stats.mannwhitneyu(x, y, method="asymptotic", alternative=side,
                                     use_continuity=corrected).pvalue
                  for side, corrected in (("two-sided", True), ("greater", True),
                                          ("two-sided", False))]
        small = min(m, n) <= 50 and m * n <= 2500
        low = high = math.nan
        if small and 2 / math.comb(m + n, m) <= 0.05:
            rank = max(1, int(np.searchsorted(rank_sums(m, n), 0.025)))
            low, high = differences[rank - 1], differences[m * n - rank]
        u = exact.statistic
        asked.ask("ranks", [0.05], x, y, rel=1e-10,
                  wanted=[u, u / (m * n), exact.pvalue if small else None,
                          greater if small else None, 1 if small else None, *normal,
                          np.median(differences), low if small else None,
                          high if small else None, 1 - 2 * u / (m * n)], near=1e-14)
        if m <= 25 and n <= 25:
            at, p = int(random.integers(m * n + 1)), random.uniform()
            asked.ask("wilcoxon_below", [at, m, n], wanted=[rank_sums(m, n)[at]])
            asked.ask("wilcoxon_quantile", [p, m, n],
                      wanted=[np.searchsorted(rank_sums(m, n), p)])
        asked.ask("smallest_p", [m, n], wanted=[min(1, 2 / math.comb(m + n, m))])


def tied_ranks(asked, random):
    """Exact by all permutations, as scipy does it."""
    for _ in range(25):
        m, n = (int(number) for number in random.integers(2, 6, 2))
        x, y = random.integers(0, 4, m) * 1.0, random.integers(1, 5, n) * 1.0
        if len(set(x) | set(y)) < 2:
            continue
        pooled = stats.rankdata(np.append(x, y))

        def u_of(first, _, axis=-1, m=m):
            return np.sum(first, axis=axis) - m * (m + 1) / 2

        exact = {side: stats.permutation_test((pooled[:m], pooled[m:]), u_of,
                                              alternative=side, n_resamples=math.inf).pvalue
                 for side in ("less", "greater")}
        plain = stats.mannwhitneyu(x, y, method="asymptotic", use_continuity=False)
        normal = stats.mannwhitneyu(x, y, method="asymptotic")
        asked.ask("ranks", [0.05], x, y, rel=1e-10, near=1e-14,
                  wanted=[plain.statistic, plain.statistic / (m * n),
                          min(1, 2 * min(exact.values())), exact["greater"], 1,
                          normal.pvalue, None, plain.pvalue,
                          np.median(np.subtract.outer(y, x)), None, None,
                          1 - 2 * plain.statistic / (m * n)])


def main():
    program, seed = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 1
    asked, random = Questions(), np.random.default_rng(seed)
    for part in (distributions, noncentral, describe, families, series, means, effects,
                 ranks, tied_ranks):
        part(asked, random)
    wrong = list(asked.wrong(program))
    print("\n".join(wrong[:40]))
    print(f"{len(asked.lines)} questions, {len(wrong)} figures wrong, seed {seed}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
