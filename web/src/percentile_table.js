// SPDX-License-Identifier: GPL-3.0-or-later
// Percentiles of runs as a table, in which those that too few values carry are marked.
import {tooSmall} from './cell.js';
import {h} from './dom.js';
import {count, NONE, number} from './format.js';

/** @typedef {import('./distribution.js').Distribution} Distribution */

/**
 * Whether so many values carry the percentile: as under percentiles.
 * @param {import('./distribution.js').Run} run @param {number} p
 */
function isEnough({percentiles: {p: all, enough}}, p) {
    return enough?.[all.indexOf(p)] !== false;
}

/**
 * Effective values, so that an order statistic bounds the percentile from above with
 * 97.5 %: as under percentiles.
 * @param {number} p
 */
const needs = (p) => Math.ceil(Math.log(0.025) /
    Math.log(Math.max(p, 100 - p) / 100));

/** @param {Distribution} all */
export function percentileTable(all) {
    const shares = [...new Set(all.runs.flatMap((run) => run.percentiles.p))]
        .sort((a, b) => a - b);
    const key = (/** @type {number} */ p) => `p${String(p).replace('.', '')}`;
    return {
        columns: [{key: 'run', label: 'run', align: /** @type {'left'} */ ('left')},
            {key: 'name', label: 'name'}, {key: 'n', label: 'n', show: count},
            ...shares.map((p) => ({key: key(p), label: `p${p}`, unit: all.unit,
                align: /** @type {'right'} */ ('right'), show: (/** @type {any} */ x,
                    /** @type {any} */ row) => x === null
                    ? h('span', {class: 'few', text: row.n
                        ? tooSmall(needs(p), row.effective) : 'no values'})
                    : row.few.includes(p) ? h('span', {class: 'few',
                        text: `${number(x, 5)}, ${tooSmall(needs(p), row.effective)}`})
                        : number(x, 5)})),
            ...(all.runs.some((run) => run.percentiles.enough?.includes(false))
                ? [{key: 'too_small', label: 'n too small for',
                    align: /** @type {'left'} */ ('left'),
                    show: (/** @type {string} */ text) => text || NONE}] : []),
            {key: 'max', label: 'max', unit: all.unit},
            {key: 'mean', label: 'mean', unit: all.unit}],
        rows: all.runs.map((run) =>
            ({run: run.id, name: run.name, n: run.n,
            effective: run.n_effective ?? run.n, max: run.max, mean: run.mean,
            few: shares.filter((p) => !isEnough(run, p)),
            too_small: shares.filter((p) => !isEnough(run, p)).map((p) => `p${p}`)
                .join(', '), ...Object.fromEntries(shares.map((p) =>
                [key(p), run.percentiles.x[run.percentiles.p.indexOf(p)] ?? null]))})),
    };
}
