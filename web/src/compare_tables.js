// SPDX-License-Identifier: GPL-3.0-or-later
// The figures of a comparison as tables, each with its definition. What the reports put
// in words is shown in these words; files have the numbers unrounded.
import {effectiveText} from './cell.js';
import {usedOfRun} from './compare_used.js';
import {h} from './dom.js';
import {NONE, number, signed, withUnit} from './format.js';
import {figures, reason, sign} from './verdict.js';

/** @typedef {import('./table.js').Table} Table */

/** Where there is no figure: why not. @param {string|null} why */
function orWhy(why) {
    return why ? `${sign(null)} ${reason(why)}` : NONE;
}

/**
 * Both ends of "+1.96 to +2.14 %".
 * @param {string} interval
 * @param {0|1} end
 */
function endOf(interval, end) {
    const [low, rest] = interval.split(' to ');
    if (rest === undefined)
        return NONE;
    return figures(end ? rest : low + (/ .+$/.exec(rest)?.[0] || ''));
}

/**
 * Every statistic of every metric.
 * @param {any} comparison
 * @returns {Table}
 */
export function statisticsTable(comparison) {
    const confidence = `${number(100 * (1 - comparison.alpha))} %`;
    const rows = comparison.metrics.flatMap((/** @type {any} */ metric) =>
        Object.entries(metric.statistics).map(([statistic, /** @type {any} */ row]) => {
            const percent = row.difference_percent !== null;
            const unit = percent ? '%' : metric.unit === '%' ? 'points' : metric.unit;
            return {metric: metric.name, statistic, unit: metric.unit, a: row.a,
                b: row.b,
                difference: percent ? row.difference_percent : row.difference,
                low: (percent ? row.interval_percent : row.interval)?.[0] ?? null,
                high: (percent ? row.interval_percent : row.interval)?.[1] ?? null,
                in: row.difference === null ? null : unit, p: row.p,
                    p_adjusted: row.p_adjusted,
                verdict: row.said.verdict, why: row.said.why, said: row.said};
        }));
    /** @param {string} key */
    const said = (key) => (/** @type {any} */ _, /** @type {any} */ row) =>
        figures(row.said[key]);
    return {rows, columns: [
        {key: 'metric', label: 'metric'},
        {key: 'statistic', label: 'statistic',
            title: 'Quantiles are of type 7 of Hyndman ' +
            'and Fan, of each run, and their mean over the runs'},
        {key: 'unit', label: 'unit'},
        {key: 'a', label: 'A', align: 'right', show: said('a'),
            title: 'Mean over A’s runs'},
        {key: 'b', label: 'B', align: 'right', show: said('b'),
            title: 'Mean over B’s runs'},
        {key: 'difference', label: 'B − A', align: 'right',
            title: 'In percent of A, or in ' +
            'the unit where values are around 0',
            show: (_, row) => row.why ? orWhy(row.why) : figures(row.said.difference)},
        {key: 'low', label: `${confidence} from`, align: 'right',
            title: 'Lower end of the interval of the difference',
            show: (_, row) => endOf(row.said.interval, 0)},
        {key: 'high', label: 'to', align: 'right',
            title: 'Upper end of the interval of the difference',
            show: (_, row) => endOf(row.said.interval, 1)},
        {key: 'p', label: 'p', align: 'right', show: (p) => probability(p),
            title: 'Chance of a difference at least as large if there were none; of ' +
                'this test alone'},
        {key: 'p_adjusted', label: 'p adjusted', align: 'right',
            show: (p) => probability(p),
            title: `Benjamini-Hochberg over ${comparison.tests} tests; the verdict ` +
                'goes by it'},
        {key: 'verdict', label: 'verdict', show: (text) => h('span', {class: 'nowrap'},
            `${sign(text)} ${text}`)},
        {key: 'in', label: 'in', title: 'Unit of the difference and its interval'},
    ]};
}

/** "<0.0001", as the reports write it. @param {number|null} p */
export function probability(p) {
    if (p === null)
        return NONE;
    return p < 0.0001 ? '<0.0001' : p.toFixed(p < 0.01 ? 4 : p < 0.1 ? 3 : 2);
}

/** @param {number[]|null} interval */
function range(interval) {
    return interval
        ? ` (${signed(interval[0], '', 3)} to ${signed(interval[1], '', 3)})` : '';
}

/**
 * How large, in other measures, and what could have been seen.
 * @param {any} comparison
 * @returns {Table}
 */
export function effectsTable(comparison) {
    const rows = comparison.metrics.map((/** @type {any} */ metric) => {
        const row = metric.statistics[metric.headline];
        return {metric: metric.name, unit: metric.unit === '%' ? 'points' : metric.unit,
            hedges_g: metric.effect.hedges_g, g: metric.effect.hedges_g_interval,
            of: metric.effect.in_sd_of,
            cliffs_delta: metric.ranks.cliffs_delta, a_above_b: metric.ranks.a_above_b,
            rank_p: metric.ranks.p, shift: metric.ranks.hodges_lehmann,
            shift_interval: metric.ranks.hodges_lehmann_interval,
            ratio: row.ratio, ratio_interval: row.ratio_interval,
            detectable: row.detectable, detectable_percent: row.detectable_percent,
            runs_needed: row.runs_needed, limit: metric.limit};
    });
    return {rows, columns: [
        {key: 'metric', label: 'metric'},
        {key: 'ratio', label: 'B / A', align: 'right',
            title: 'Ratio of the means and its interval after Fieller',
            show: (x, row) => number(x, 5) + (row.ratio_interval
                ? ` (${row.ratio_interval.map((/** @type {number} */ end) =>
                    number(end, 5)).join(' to ')})` : '')},
        {key: 'hedges_g', label: 'Hedges g', align: 'right',
            title: `Difference of the means in standard deviations of ${rows[0]?.of ||
                'values'}, corrected for few of them, and its interval`,
            show: (x, row) => signed(x, '', 3) + range(row.g)},
        {key: 'cliffs_delta', label: 'Cliff δ', align: 'right',
            title: 'Share of pairs in which B is above A, less that in which A is ' +
                'above B',
            show: (x) => signed(x, '', 3)},
        {key: 'a_above_b', label: 'A above B', align: 'right',
            title: 'Share of pairs in which A is above B, ties as halves',
            show: (x) => number(x, 3)},
        {key: 'shift', label: 'Hodges-Lehmann', align: 'right',
            title: 'Median of all differences of a value of B and one of A, and its ' +
                'interval',
            show: (x, row) => signed(x, row.unit, 3) + range(row.shift_interval)},
        {key: 'rank_p', label: 'ranks p', align: 'right', show: (p) => probability(p),
            title: 'Mann-Whitney, not adjusted'},
        {key: 'detectable', label: 'detectable', align: 'right',
            title: 'The smallest difference that these runs would have shown with ' +
                '80 % power',
            show: (x, row) => row.detectable_percent !== null
                ? withUnit(row.detectable_percent, '%', 2) : withUnit(x, row.unit, 2)},
        {key: 'runs_needed', label: 'runs a side', align: 'right',
            title: 'So many would show a difference as large as the limit with 90 % ' +
                'power',
            show: (x) => x > 1000 ? '> 1000' : number(x)},
        {key: 'limit', label: 'limit', align: 'right',
            title: 'A difference below it does not matter'},
    ]};
}

/** @param {any} value @param {any} row @param {string} statistic */
function valueOrWhy(value, row, statistic) {
    const few = row.too_few?.[statistic];
    if (value !== null || !few)
        return number(value, 6);
    return `n too small (needs ${Math.ceil(few.needs)}, has ${Math.floor(few.has)})`;
}

/**
 * Each run of a metric on its own.
 * @param {any} comparison
 * @param {any} metric
 * @returns {Table}
 */
export function runsTable(comparison, metric) {
    const rows = /** @type {const} */ (['a', 'b']).flatMap((side) =>
        metric.runs[side].map((/** @type {any} */ run, /** @type {number} */ at) =>
            ({...run,
            side: side.toUpperCase(), name: comparison.sides[side].runs[at].name,
            steady: run.steadiness.steady, changes: run.steadiness.changes_found})));
    const statistics = ['mean', 'median', 'p95', 'p99'].map((key) => ({key, label: key,
        unit: metric.unit, align: /** @type {const} */ ('right'),
        show: (/** @type {any} */ x, /** @type {any} */ row) =>
            valueOrWhy(x, row, key)}));
    return {rows, columns: [
        {key: 'side', label: 'side'},
        {key: 'run', label: 'run', align: 'left'},
        {key: 'name', label: 'name'},
        {key: 'n', label: 'n', title: 'Values: samples less what is left out'},
        {key: 'n_eff', label: 'n effective', align: 'right', show: effectiveText,
            title: 'How many independent values would tell as much: n ÷ τ, after ' +
                'Geyer'},
        {key: 'tau', label: 'τ', align: 'right', show: (x) => number(x, 3),
            title: 'Integrated autocorrelation: so many values say what one would ' +
                'alone'},
        ...statistics,
        {key: 'sd', label: 'sd', unit: metric.unit, align: 'right',
            show: (x) => number(x, 4), title: 'Standard deviation of values, n − 1'},
        {key: 'min', label: 'min', unit: metric.unit, align: 'right'},
        {key: 'max', label: 'max', unit: metric.unit, align: 'right'},
        {key: 'steady', label: 'steady', show: (x, row) => x ? 'yes' : x === null ? NONE
            : row.changes ? `no, ${row.changes} change${row.changes === 1 ? '' : 's'}`
                : 'no',
            title: 'No warm-up, no change of level and no drift was found'},
    ]};
}

/**
 * The runs that were compared.
 * @param {any} comparison
 * @returns {Table}
 */
export function sidesTable(comparison) {
    const rows = /** @type {const} */ (['a', 'b']).flatMap((side) =>
        comparison.sides[side].runs.map((/** @type {any} */ run,
            /** @type {number} */ at) =>
            ({...run, ...usedOfRun(comparison, side, at), side: side.toUpperCase(),
                tags: run.tags.join(', ')})));
    return {rows, columns: [
        {key: 'side', label: 'side'},
        {key: 'id', label: 'run', align: 'left'},
        {key: 'name', label: 'name'},
        {key: 'started', label: 'started (UTC)', show: (text) => text
            ? text.replace('T', ' ').replace(/\..*|Z$/, '') : NONE},
        {key: 'duration_s', label: 'length', unit: 's', align: 'right',
            show: (x) => number(x, 4)},
        {key: 'samples', label: 'samples'},
        {key: 'used', label: 'used', align: 'right',
            title: 'Values: samples less what is left out'},
        {key: 'left_out', label: 'left out', title: 'Why a sample is no value',
            show: (text) => text || NONE},
        {key: 'host', label: 'host'},
        {key: 'firmware', label: 'firmware'},
        {key: 'state', label: 'state'},
        {key: 'tags', label: 'tags', show: (text) => text || NONE},
    ]};
}
