// SPDX-License-Identifier: GPL-3.0-or-later
// Distributions as paths: nothing here knows of a document. What the server sends are
// order statistics, counts in common bins, and densities; none of it is made here.
import {line} from './path.js';
import {nines} from './scale.js';

/** @typedef {import('./scale.js').Scale} Scale */
/**
 * p: shares of values at or below x.
 * @typedef {{x: number[], p: number[]}} Ecdf
 * @typedef {{id: number, name: string, n: number, n_effective: number|null,
 *     min: number|null, max: number|null, mean: number|null, ecdf: Ecdf,
 *     counts: number[],
 *     density: {x: number[], y: number[]}|null,
 *     percentiles: Ecdf & {enough?: boolean[]},
 *     outliers: number}} Run
 * sparse: only these few percentiles are known, and straight lines lead from one to the
 * next.
 * @typedef {{metric: string, unit: string, averaged: boolean, edges: number[],
 *     runs: Run[], sparse?: boolean}} Distribution
 */

/** Runs that have values. @param {Distribution} all */
export function withValues(all) {
    return all.runs.filter((run) => run.n > 0);
}

/** Of all runs. @param {Distribution} all @returns {[number, number]} */
export function rangeOf(all) {
    const runs = withValues(all);
    return [Math.min(...runs.map((run) => Number(run.min))),
        Math.max(...runs.map((run) => Number(run.max)))];
}

/**
 * Share of values at or below @value, as far as the points tell.
 * @param {Ecdf} ecdf
 * @param {number} value
 */
export function shareAt(ecdf, value) {
    let low = 0, high = ecdf.x.length;
    while (low < high) {
        const middle = (low + high) >> 1;
        if (ecdf.x[middle] <= value)
            low = middle + 1;
        else
            high = middle;
    }
    return low ? ecdf.p[low - 1] : 0;
}

/**
 * The smallest value that at least that share does not exceed.
 * @param {Ecdf} ecdf
 * @param {number} share
 */
export function valueAt(ecdf, share) {
    const at = ecdf.p.findIndex((p) => p >= share - 1e-12);
    return at < 0 ? ecdf.x[ecdf.x.length - 1] : ecdf.x[at];
}

/**
 * Steps: it jumps at each value.
 * @param {Ecdf} ecdf
 * @param {Scale} x
 * @param {Scale} y of shares
 */
export function ecdfPath(ecdf, x, y) {
    let share = 0;
    /** @type {[number, number][]} */
    const points = [[x.to(x.low), y.to(0)]];
    ecdf.x.forEach((value, i) => {
        points.push([x.to(value), y.to(share)], [x.to(value), y.to(ecdf.p[i])]);
        share = ecdf.p[i];
    });
    points.push([x.to(x.high), y.to(share)]);
    return line(points);
}

/**
 * The outline of shares in bins.
 * @param {number[]} edges
 * @param {number[]} counts
 * @param {number} n
 * @param {Scale} x
 * @param {Scale} y of shares
 */
export function histogramPath(edges, counts, n, x, y) {
    /** @type {[number, number][]} */
    const points = [[x.to(edges[0]), y.to(0)]];
    counts.forEach((count, i) => {
        const height = y.to(n ? count / n : 0);
        points.push([x.to(edges[i]), height], [x.to(edges[i + 1]), height]);
    });
    points.push([x.to(edges[edges.length - 1]), y.to(0)]);
    return line(points);
}

/**
 * A density and its mirror image around @middle; the largest of all is @half high.
 * @param {{x: number[], y: number[]}} density
 * @param {Scale} x
 * @param {number} middle
 * @param {number} half
 * @param {number} largest
 */
export function violinPath(density, x, middle, half, largest) {
    const shown =
        density.x.map((value, i) => [x.to(value), density.y[i] / largest * half])
        .filter(([place]) => Number.isFinite(place));
    if (!shown.length)
        return '';
    const over = shown.map(([place, high]) => /** @type {[number, number]} */
        ([place, middle - high]));
    const under = shown.reverse().map(([place, high]) => /** @type {[number, number]} */
        ([place, middle + high]));
    return `${line([...over, ...under])}Z`;
}

/**
 * Values over 1 / (1 - p): the value of a share that lies between two points is that of
 * the upper one, which is never flattering. It ends where one value of n is left.
 * @param {Ecdf} ecdf
 * @param {number} n
 * @param {Scale} x of nines
 * @param {Scale} y of values
 */
export function percentilePath(ecdf, n, x, y) {
    /** @type {[number, number][]} */
    const points = [];
    let share = 0;
    ecdf.x.forEach((value, i) => {
        const last = Math.min(ecdf.p[i], 1 - 1 / n);
        points.push([x.to(nines(share)), y.to(value)],
            [x.to(nines(Math.max(share, last))), y.to(value)]);
        share = Math.max(share, last);
    });
    return line(points);
}

/**
 * Through the percentiles that are known, from the minimum to the maximum.
 * @param {Run} run
 * @param {Scale} x of nines
 * @param {Scale} y of values
 */
export function sparsePath(run, x, y) {
    const {p, x: values} = run.percentiles;
    /** @type {[number, number][]} */
    const points = p.map((percent, i) => [x.to(nines(percent / 100)), y.to(values[i])]);
    return line([[x.to(0), y.to(Number(run.min))], ...points,
        [x.to(nines(1 - 1 / run.n)), y.to(Number(run.max))]]);
}

/** Of the program's own histograms: the key and the share of each. */
const SHARES =
    /** @type {[string, number][]} */ ([['p50', 0.5], ['p90', 0.9], ['p95', 0.95],
    ['p99', 0.99], ['p999', 0.999]]);

/** Of a run that recorded none. */
const NOTHING = {count: 0, min: null, max: null, mean: null};

/**
 * Latency as benchmark runs recorded it: their histograms' percentiles, and the
 * maximum.
 * @param {any[]} runs
 * @param {string} key "latency_ms"
 * @returns {Distribution|null}
 */
export function recorded(runs, key) {
    const has = (/** @type {any} */ run) => run.delivered?.[key]?.count > 0;
    if (!runs.some(has))
        return null;
    const one = (/** @type {any} */ run) => {
        const figures = has(run) ? run.delivered[key] : NOTHING;
        const shares = SHARES.filter(([, share]) => share <= 1 - 1 / figures.count);
        const x = shares.map(([name]) => figures[name]);
        return {id: run.id, name: run.name, n: figures.count, n_effective: null,
            min: figures.min, max: figures.max, mean: figures.mean, counts: [],
            density: null, outliers: 0,
            ecdf: {x: [...x, figures.max], p: [...shares.map(([, share]) => share), 1]},
            percentiles: {x, p: shares.map(([, share]) => 100 * share)}};
    };
    return {metric: key, unit: 'ms', averaged: false, edges: [], sparse: true,
        runs: runs.map(one)};
}
