// SPDX-License-Identifier: GPL-3.0-or-later
// How a metric is distributed in each run: the distribution function first, for it is
// honest at any n and has no bins; the histogram over common bins; violins.
import {getJson, params} from './api.js';
import {effectiveText} from './cell.js';
import {leftOut} from './compare_used.js';
import {ecdf, histogram, seriesOf, violins} from './curves.js';
import {rangeOf, shareAt, valueAt, withValues} from './distribution.js';
import {h} from './dom.js';
import {count, percent, withUnit} from './format.js';
import {picture, pictureExhibit, readable} from './picture.js';
import {get, set} from './state.js';
import {empty} from './states.js';
import {definitions, inOrder, runName, tabOf} from './tab.js';

/** @typedef {import('./distribution.js').Distribution} Distribution */

/**
 * Of the first of several metrics.
 * @param {import('./tab.js').Asked} asked
 * @param {AbortSignal} signal
 * @returns {Promise<Distribution|null>}
 */
async function ask({runs, metric, stream}, signal) {
    if (!metric || !runs.length)
        return null;
    const all = await getJson('api/distribution' + params({runs: runs.join(','),
        metric: metric.split(',')[0], stream}), {signal});
    return {...all, runs: inOrder(all.runs, runs)};
}

/** @param {Distribution} all */
export function noteOf(all) {
    const runs = withValues(all).map((run) => `${runName(run)} n ${count(run.n)}` +
        (run.n_effective ? ` (effective ${effectiveText(run.n_effective)})` : '') +
        (leftOut(run) && ` (left out: ${leftOut(run)})`));
    return `${all.metric}: ${runs.join(', ')}.` + (all.averaged
        ? ' Values are the device’s averages undone.' : '');
}

/** @param {Distribution} all */
function ecdfTable(all) {
    return {
        columns: [{key: 'run', label: 'run', align: /** @type {'left'} */ ('left')},
            {key: 'name', label: 'name'},
            {key: 'value', label: all.metric, unit: all.unit},
            {key: 'share', label: 'share at or below',
                show: (/** @type {number} */ share) =>
                percent(100 * share, 5)}],
        rows: all.runs.flatMap((run) => run.ecdf.x.map((value, i) =>
            ({run: run.id, name: run.name, value, share: run.ecdf.p[i]}))),
    };
}

/** @param {Distribution} all */
function histogramTable(all) {
    return {
        columns: [{key: 'from', label: 'from', unit: all.unit},
            {key: 'to', label: 'to', unit: all.unit},
            ...all.runs.map((run) => ({key: `run_${run.id}`, label: `values of ${
                runName(run)}`}))],
        rows: all.edges.slice(1).map((to, i) => ({from: all.edges[i], to,
            ...Object.fromEntries(all.runs.map((run) => [`run_${run.id}`,
                run.counts[i] ?? 0]))})),
    };
}

/** @param {Distribution} all */
function summaryTable(all) {
    /** @param {string} key @param {string} label */
    const value = (key, label) => ({key, label, unit: all.unit,
        align: /** @type {'right'} */ ('right')});
    return {
        columns: [{key: 'run', label: 'run', align: /** @type {'left'} */ ('left')},
            {key: 'name', label: 'name'}, {key: 'n', label: 'n'},
            {key: 'n_effective', label: 'n effective',
                show: effectiveText},
            value('mean', 'mean'), value('min', 'min'), value('q1', 'first quartile'),
            value('median', 'median'), value('q3', 'third quartile'),
                value('max', 'max'),
            {key: 'outliers', label: 'outliers'}],
        rows: all.runs.map((run) => ({run: run.id, name: run.name, n: run.n,
            n_effective: run.n_effective, mean: run.mean, min: run.min, max: run.max,
            outliers: run.n ? run.outliers : null, ...Object.fromEntries(
                [['q1', 0.25], ['median', 0.5], ['q3', 0.75]].map(([key, share]) =>
                    [key, run.n ? valueAt(run.ecdf, Number(share)) : null]))})),
    };
}

/**
 * A curve from which shares can be read.
 * @param {(width: number) => import('./curves.js').Drawn} draw
 * @param {(value: number) => string} read
 */
export function readableCurve(draw, read) {
    /** @type {import('./curves.js').Drawn} */
    let drawn;
    const says = h('p', {class: 'readout', role: 'status'});
    const shown = picture((width) => (drawn = draw(width)).pic);
    readable(shown, says, () => ({box: drawn.box,
        read: (place) => read(drawn.x.from(place))}));
    return {shown, around: h('div', null, shown.element, says)};
}

/** @param {boolean} log @param {boolean} possible */
function logSwitch(log, possible) {
    return h('div', {class: 'options'}, h('label', null,
        h('input', {type: 'checkbox', checked: log && possible, disabled: !possible,
            on: {change: (/** @type {any} */ ev) => set({scale: ev.target.checked
                ? 'log' : null}, {replace: true})}}), 'Logarithmic values'),
        possible ? null : h('span', {class: 'muted',
            text: 'There are values at or below 0, which have no logarithm.'}));
}

/**
 * @param {HTMLElement} body
 * @param {Distribution|null} all
 */
function show(body, all) {
    if (!all || !withValues(all).length) {
        body.append(all
            ? empty('No values', `None of these runs has values of ${all.metric}.`)
            : empty('Choose a metric', 'Its distribution in each run is shown here.'));
        return () => {};
    }
    const possible = rangeOf(all)[0] > 0;
    const log = possible && get().scale === 'log';
    const note = noteOf(all) + (log ? ' Logarithmic values.' : '');
    const first = readableCurve((width) => ecdf(all, log, width), (value) =>
        `${withUnit(value, all.unit)}: ` + seriesOf(all).filter(({run}) => run.n)
            .map(({run, name}) =>
                `${name} ${percent(100 * shareAt(run.ecdf, value), 4)}`)
            .join(', ') + ' at or below');
    const second = picture((width) => histogram(all, log, width).pic);
    const third = picture((width) => violins(all, log, width));
    const lacking = all.runs.filter((run) => !run.n).map((run) => runName(run) +
        (leftOut(run) && ` (left out: ${leftOut(run)})`));
    body.append(logSwitch(log, possible),
        lacking.length
            ? h('p', {class: 'muted', text: `No values: ${lacking.join(', ')}.`})
            : '',
        pictureExhibit(first.shown, {title: `Distribution function of ${all.metric}`,
            id: 'ecdf', note, around: first.around, table: () => ecdfTable(all)}),
        pictureExhibit(second,
            {title: `Histogram of ${all.metric}`, id: 'histogram', note,
            table: () => histogramTable(all)}),
        pictureExhibit(third, {title: `Violins of ${all.metric}`, id: 'violins', note,
            table: () => summaryTable(all)}),
        definitions([
            ['distribution function',
                'The share of values at or below each value: order statistics, ' +
                'exact, at most 512 of them.'],
            ['histogram',
                'Values in bins that are the same for all runs, as a share of each ' +
                'run’s values. The bins are as wide as the rule of Freedman and ' +
                'Diaconis has it for all values together.'],
            ['violin', 'A Gaussian kernel density with Silverman’s bandwidth, as ' +
                'wide for all runs where it is as dense; the line from minimum to ' +
                'maximum, the bar from the first quartile to the third, the dot is ' +
                'the median.'],
            ['n effective', 'How many independent values would tell as much.'],
        ]));
    return () => [first.shown, second, third].forEach((one) => one.stop());
}

/** @param {HTMLElement} root @param {import('./tab.js').About} about */
export function mount(root, about) {
    return tabOf(root, about, {text: 'Reading the values', question: ask, show,
        same: (asked) => [asked, get().scale]});
}
