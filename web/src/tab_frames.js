// SPDX-License-Identifier: GPL-3.0-or-later
// Frame times and latency: percentiles with an axis that gives each further nine the
// same room, so that the rare slow ones are as large as they are felt.
import {getJson, params} from './api.js';
import {percentileCurves, seriesOf} from './curves.js';
import {recorded, valueAt, withValues} from './distribution.js';
import {exhibit} from './exhibit.js';
import {count, number, withUnit} from './format.js';
import {percentileTable} from './percentile_table.js';
import {pictureExhibit} from './picture.js';
import {empty} from './states.js';
import {dataTable} from './table.js';
import {definitions, inOrder, runName, tabOf} from './tab.js';
import {noteOf, readableCurve} from './tab_distribution.js';

/** @typedef {import('./distribution.js').Distribution} Distribution */

/**
 * @param {string} metric
 * @param {import('./tab.js').Asked} asked
 * @param {AbortSignal} signal
 * @returns {Promise<Distribution>}
 */
async function distribution(metric, {runs, stream}, signal) {
    const all = await getJson('api/distribution' + params({runs: runs.join(','), metric,
        points: 4096, stream}), {signal});
    return {...all, runs: inOrder(all.runs, runs)};
}

/**
 * @typedef {{runs: any[], curves: Distribution[]}} Answer
 * @param {import('./tab.js').Asked} asked
 * @param {AbortSignal} signal
 * @returns {Promise<Answer>}
 */
async function ask(asked, signal) {
    const runs = await Promise.all(asked.runs.map((run) =>
        getJson(`api/runs/${encodeURIComponent(run)}?figures=no`, {signal})));
    const has = (/** @type {string} */ name) => runs.some((run) => run.streams.some(
        (/** @type {any} */ stream) => stream.channels.some(
            (/** @type {any} */ channel) => channel.name === name)));
    const metrics = new Set([...(has('frame_ms') ? ['frame_ms'] : []),
        ...(asked.metric ? [asked.metric.split(',')[0]] : [])]);
    const curves = await Promise.all([...metrics].map((metric) => distribution(metric,
        {...asked, stream: metric === asked.metric ? asked.stream : ''}, signal)));
    return {runs: runs.map((one) => one.run), curves};
}

/**
 * @param {Distribution} all
 * @param {string} title
 * @param {string} note
 */
function curve(all, title, note) {
    const {shown, around} =
        readableCurve((width) => percentileCurves(all, width), (nine) => {
        const share = 1 - 10 ** -nine;
        return `p${(100 * share).toPrecision(share > 0.99 ? 5 : 3)}: ` + seriesOf(all)
            .filter(({run}) => run.n && share <= 1 - 1 / run.n + 1e-9)
            .map(({run, name}) => `${name} ${all.sparse ? 'at most ' : ''}${
                withUnit(valueAt(run.ecdf, share), all.unit)}`)
            .join(', ');
    });
    const table = () => percentileTable(all);
    return {stop: shown.stop, elements: [
        pictureExhibit(shown,
            {title, id: `percentile-${all.metric}`, note, around, table}),
        dataTable({...table(), caption: title})]};
}

/** @param {any[]} runs */
function stages(runs) {
    const rows = runs.flatMap((run) => Object.entries(run.delivered?.stages_ms || {})
        .filter(([, figures]) => figures && typeof figures === 'object')
        .map(([stage, figures]) => ({run: run.id, name: run.name, stage,
            .../** @type {any} */ (figures)})));
    if (!rows.length)
        return null;
    const columns = [{key: 'run', label: 'run', align: /** @type {'left'} */ ('left')},
        {key: 'name', label: 'name'}, {key: 'stage', label: 'stage'},
        ...['mean', 'p50', 'p90', 'p99', 'p999', 'max'].map((key) =>
            ({key, label: key, unit: 'ms',
                show: (/** @type {number} */ x) => number(x, 4)})),
        {key: 'count', label: 'samples', show: count}];
    const title = 'Stages of latency';
    return exhibit({title,
        note: 'Their sums add up to the sum of the latencies; their ' +
        'percentiles need not.', chart: dataTable({columns, rows, caption: title}),
        table: () => ({columns, rows})});
}

/** @param {HTMLElement} body @param {Answer} answer */
function show(body, {runs, curves}) {
    const shown = curves.filter((all) => withValues(all).length).map((all) =>
        curve(all, `Percentiles of ${all.metric}`, noteOf(all)));
    const latency = recorded(runs, 'latency_ms');
    if (latency)
        shown.splice(1, 0,
            curve(latency, 'Percentiles of latency', withValues(latency).map((run) =>
            `${runName(run)} n ${count(run.n)}`).join(', ') + '. Nearest rank from a ' +
            'histogram of the whole run, at most 0.78 % too large; the maximum is ' +
            'exact.'));
    if (!shown.length) {
        body.append(empty('Nothing to show',
            'Choose a metric, or a benchmark run, which has frame times and latency.'));
        return () => {};
    }
    body.append(...shown.flatMap((one) => one.elements), stages(runs) || '',
        definitions([
        ['the axis', '1 ÷ (1 − p): 90 %, 99 % and 99.9 % stand equally far apart. It ' +
            'ends where a single value of n is left.'],
        ['line', 'Order statistics; between two of them the upper one, which is ' +
            'never flattering. Of latency only the dots are known, and straight ' +
            'lines lead from one to the next.'],
        ['dots', 'Percentiles of type 7 of Hyndman and Fan; of latency by nearest ' +
            'rank. They are those of this run; how well they are known is under ' +
            'percentiles. Hollow: n is too small, so that percentiles does not tell ' +
            'it; another run may be far from it.'],
        ['frame_ms', 'Presented − begin: draining, uploading, drawing, swap and ' +
            'fence. The wait for the deadline is not in it.'],
        ['latency', 'Per sample: the frame is presented − the intended time of what ' +
            'is synthetic, or the kernel’s receive time.'],
    ]));
    return () => shown.forEach((one) => one.stop());
}

/** @param {HTMLElement} root @param {import('./tab.js').About} about */
export function mount(root, about) {
    return tabOf(root, about, {text: 'Reading frame times', question: ask, show});
}
