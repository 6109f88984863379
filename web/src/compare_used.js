// SPDX-License-Identifier: GPL-3.0-or-later
// How much of the runs a comparison has used, and why not the rest; in the words of its
// reports.

/** Why a sample is no value. @type {[string, string][]} */
const CAUSES = [
    ['repeats', 'repeated'],
    ['unmeasured', 'before the first hop'],
    ['beginning', 'at the beginning'],
    ['broken', 'behind a gap or a reset'],
    ['not_finite', 'no number'],
    ['too_large', 'beyond 1e75'],
    ['excluded', 'excluded'],
    ['unreadable', 'unreadable'],
];

/** Names that are listed; more are counted. */
const MOST = 3;

/**
 * One text where it is the same of all metrics, else each with those that it is of.
 * @param {any[]} metrics
 * @param {(metric: any) => string} textOf
 */
function together(metrics, textOf) {
    /** @type {Map<string, string[]>} */
    const by = new Map();
    for (const metric of metrics)
        by.set(textOf(metric), [...by.get(textOf(metric)) || [], metric.name]);
    if (by.size < 2)
        return [...by.keys()].join('');
    return [...by].map(([text, names]) => `${names.length > MOST
        ? `${names.length} metrics` : names.join(', ')}: ${text}`).join('; ');
}

/**
 * "n 434 of 478 samples (left out: 39 excluded)".
 * @param {any} comparison
 * @param {'a'|'b'} side
 */
export function usedText(comparison, side) {
    const begin = new RegExp(`^${side.toUpperCase()}: \\d+ runs?, (?=n \\d)`);
    return together(comparison.metrics, ({details}) => details.find(
        (/** @type {string} */ line) => begin.test(line))?.replace(begin, '') || '–');
}

/** "39 excluded". @param {any} run of a metric */
export function leftOut(run) {
    return CAUSES.filter(([key]) => run.left_out?.[key])
        .map(([key, words]) => `${run.left_out[key]} ${words}`).join(', ');
}

/**
 * Of one run: how many values, a number where it is the same of all metrics.
 * @param {any} comparison
 * @param {'a'|'b'} side
 * @param {number} at
 * @returns {{used: number|string, left_out: string}}
 */
export function usedOfRun(comparison, side, at) {
    const run = (/** @type {any} */ metric) => metric.runs[side][at];
    const used = together(comparison.metrics, (metric) => String(run(metric)?.n ?? 0));
    return {used: /^\d+$/.test(used) ? Number(used) : used,
        left_out: together(comparison.metrics, (metric) =>
            leftOut(run(metric) || {}) || 'none').replace(/^none$/, '')};
}
