// SPDX-License-Identifier: GPL-3.0-or-later
// What the forest plot shows, before it is drawn: rows, which of them share an axis,
// and how far it reaches. Nothing here knows of a document.
import {usedText} from './compare_used.js';
import {widen} from './scale.js';
import {figures, reason, withInterval} from './verdict.js';

/**
 * @typedef {{statistic: string, verdict: string, said: any, text: string,
 *     why: string|null,
 *     difference: number, low: number, high: number, band: number,
 *     runs: {side: 'a'|'b', at: number}[]}} Row
 * @typedef {{name: string, unit: string, better: string, rows: Row[]}} Metric
 * @typedef {{unit: string, metrics: Metric[]}} Group
 */

/** Axis: so many times the usual interval; what is longer is cut off and says so. */
const BEYOND = 4;

/** What differences of values in that unit are counted in. @param {string|null} unit */
function unitOf(unit) {
    return unit === '%' ? 'points' : unit || '';
}

/** @param {any} row of a statistic */
function isDrawn(row) {
    return !row.why && row.interval !== null && row.difference !== null;
}

/** Whether differences of the metric are told in percent of A. @param {any} metric */
function inPercent(metric) {
    return Object.values(metric.statistics).some((/** @type {any} */ row) =>
        row.difference_percent !== null);
}

/**
 * @param {any} metric
 * @param {string} statistic
 * @param {any} row
 * @param {number} scale
 */
function runsOf(metric, statistic, row, scale) {
    return /** @type {('a'|'b')[]} */ (['a', 'b']).flatMap((side) =>
        metric.level === 'values' ? [] : metric.runs[side]
            .filter((/** @type {any} */ run) => run[statistic] !== null)
            .map((/** @type {any} */ run) =>
                ({side, at: scale * (run[statistic] - row.a)})));
}

/**
 * @param {any} metric
 * @param {string} statistic
 * @returns {Row}
 */
export function rowOf(metric, statistic) {
    const row = metric.statistics[statistic];
    const said = row.said;
    const common = {statistic, said, verdict: said.verdict,
        why: said.why && reason(said.why)};
    if (!isDrawn(row))
        return {...common, text: figures(said.difference), difference: NaN, low: NaN,
            high: NaN, band: NaN, runs: []};
    const scale = inPercent(metric) ? 100 / row.a : 1;
    return {...common, text: withInterval(said), difference: scale * row.difference,
        low: scale * row.interval[0], high: scale * row.interval[1],
        band: scale * (row.equivalence?.limit ?? NaN),
        runs: runsOf(metric, statistic, row, scale)};
}

/** Whether any of its statistics has an interval. @param {Metric} metric */
export function hasBars(metric) {
    return metric.rows.some((row) => Number.isFinite(row.low));
}

/**
 * All statistics; where none has a test, one row with what is least to ask for.
 * @param {any} metric
 */
function rowsOf(metric) {
    const rows = Object.keys(metric.statistics).map((name) => rowOf(metric, name));
    return rows.every((row) => row.why) ? [{...rows[0], statistic: 'all'}] : rows;
}

/**
 * Metrics that are told in percent share an axis; every other has its own. Those
 * without
 * anything to draw stand last.
 * @param {any} comparison
 * @returns {Group[]}
 */
export function groupsOf(comparison) {
    /** @type {Group} */
    const percent = {unit: '%', metrics: []};
    /** @type {Group[]} */
    const own = [];
    for (const metric of comparison.metrics) {
        const one = {name: metric.name, unit: metric.unit || '',
            better: `${metric.better} is better`, rows: rowsOf(metric)};
        if (inPercent(metric))
            percent.metrics.push(one);
        else
            own.push({unit: unitOf(metric.unit), metrics: [one]});
    }
    const last = (/** @type {Metric} */ x, /** @type {Metric} */ y) =>
        Number(hasBars(y)) - Number(hasBars(x));
    percent.metrics.sort(last);
    own.sort((x, y) => last(x.metrics[0], y.metrics[0]));
    return percent.metrics.length ? [percent, ...own] : own;
}

/**
 * As wide as nearly all intervals, the limit and the runs need.
 * @param {Group} group
 * @returns {[number, number]|null} null: there is nothing to draw
 */
export function extent(group) {
    const rows = group.metrics.flatMap((metric) => metric.rows)
        .filter((row) => Number.isFinite(row.low));
    if (!rows.length)
        return null;
    const reaches = rows.map((row) => Math.max(Math.abs(row.low), Math.abs(row.high)))
        .sort((a, b) => a - b);
    const band = Math.max(0, ...rows.map((row) => row.band || 0));
    const reach = Math.max(BEYOND * reaches[reaches.length >> 1], 3 * band);
    const runs = rows.flatMap((row) => row.runs.map((run) => run.at));
    const low = Math.min(-1.2 * band, ...rows.map((row) => row.low), ...runs);
    const high = Math.max(1.2 * band, ...rows.map((row) => row.high), ...runs);
    return widen(Math.max(low, -reach), Math.min(high, reach));
}

/**
 * One sentence for those who do not see the picture.
 * @param {any} comparison
 */
export function describe(comparison) {
    const said = comparison.metrics.map((/** @type {any} */ metric) => metric.sentence);
    return figures([comparison.sentence, ...said].join('. '));
}

/**
 * What the picture was made of; it is printed inside what is saved.
 * @param {any} comparison
 * @param {string} version
 */
export function settings(comparison, version) {
    const sides = /** @type {const} */ (['a', 'b']).map((side) =>
        `${side.toUpperCase()} ${comparison.sides[side].name}: ` +
        `${comparison.sides[side].extent}; used: ${usedText(comparison, side)}`);
    const ways = comparison.definitions.filter((/** @type {string} */ line) =>
        !/^\w+_\w+[:,]/.test(line));
    return figures(`${sides.join('. ')}. ${ways.join(' ')} ${version}`);
}
