// SPDX-License-Identifier: GPL-3.0-or-later
// Mean, median and percentiles with their intervals; where a run has too few values for
// one, the table says how many it takes.
import {getJson, params} from './api.js';
import {cellText, effectiveText} from './cell.js';
import {leftOut} from './compare_used.js';
import {h} from './dom.js';
import {exhibit} from './exhibit.js';
import {count, number} from './format.js';
import {empty} from './states.js';
import {dataTable} from './table.js';
import {definitions, inOrder, runName, tabOf} from './tab.js';

const STATISTICS = /** @type {const} */ (['mean', 'median', 'p95', 'p99']);

/** @param {import('./tab.js').Asked} asked @param {AbortSignal} signal */
async function ask({runs, metric: first, stream}, signal) {
    const all = await getJson('api/percentiles' + params({runs: runs.join(','),
        stream}),
        {signal});
    const metrics = all.metrics.map((/** @type {any} */ metric) =>
        ({...metric, runs: inOrder(metric.runs, runs)}));
    const behind = (/** @type {any} */ metric) => metric.name === first.split(',')[0]
        ? 0 : 1;
    return {...all,
        metrics: metrics.sort((/** @type {any} */ a, /** @type {any} */ b) =>
        behind(a) - behind(b))};
}

/** @param {any} metric @param {number} confidence */
export function metricTable(metric, confidence) {
    const right = /** @type {'right'} */ ('right');
    const unit = metric.unit;
    /** @type {Record<string, string>} */
    const means = {
        mean: 'Sum of the values ÷ n',
        median: 'Half of the values are below',
        p95: 'Type 7 of Hyndman and Fan: 95 % of the values are below',
        p99: 'Type 7 of Hyndman and Fan: 99 % of the values are below',
    };
    const rows = metric.runs.map((/** @type {any} */ run) => {
        /** @type {Record<string, any>} */
        const row = {...run};
        for (const name of STATISTICS) {
            row[name] = run[name].value;
            row[`${name}_low`] = run[name].low;
            row[`${name}_high`] = run[name].high;
            row[`${name}_needs`] = run[name].enough ? null : run[name].needs;
            row[`${name}_cell`] = run[name];
        }
        return row;
    });
    return {rows, columns: [
        {key: 'id', label: 'run', align: /** @type {'left'} */ ('left')},
        {key: 'name', label: 'name'},
        {key: 'n', label: 'n', title: 'Values: published, finite and not excluded',
            show: count},
        {key: 'n_effective', label: 'n effective', align: right,
            title: 'How many independent values would tell as much: n ÷ τ, after Geyer',
            show: effectiveText},
        ...STATISTICS.map((name) => ({key: name, label: name, unit, align: right,
            title: `${means[name]}; in brackets the ${
                number(100 * confidence)} % interval`,
            show: (/** @type {any} */ _, /** @type {any} */ row) => {
                const cell = row[`${name}_cell`];
                return cell.enough ? cellText(cell)
                    : h('span', {class: 'few', text: cellText(cell)});
            }})),
        {key: 'min', label: 'min', unit, align: right, title: 'The smallest value'},
        {key: 'max', label: 'max', unit, align: right, title: 'The largest value'},
        {key: 'sd', label: 'sd', unit, align: right,
            title: 'Standard deviation of the ' +
            'values, n − 1', show: (/** @type {number} */ x) => number(x, 4)},
    ]};
}

/** The same with the ends of the intervals as numbers of their own, for files. */
function forFiles(/** @type {any} */ table) {
    return {rows: table.rows,
        columns: table.columns.flatMap((/** @type {any} */ column) =>
        STATISTICS.includes(column.key) ? [column,
            {key: `${column.key}_low`, label: `${column.key} from`, unit: column.unit},
            {key: `${column.key}_high`, label: `${column.key} to`, unit: column.unit},
            {key: `${column.key}_needs`, label: `${column.key} needs n effective`}]
            : [column])};
}

/** @param {HTMLElement} body @param {any} answer */
function show(body, answer) {
    if (!answer.metrics.length)
        body.append(empty('No values', 'These runs have no metric in common.'));
    for (const metric of answer.metrics) {
        const title = `Percentiles of ${metric.name}`;
        const table = () => metricTable(metric, answer.confidence);
        const note =
            `${number(100 * answer.confidence)} % intervals; percentiles of type 7` +
            ' of Hyndman and Fan' +
            (metric.averaged ? '; the device’s averages undone' : '') + '.' +
            metric.runs.filter(leftOut).map((/** @type {any} */ run) =>
                ` Left out of ${runName(run)}: ${leftOut(run)}.`).join('');
        body.append(exhibit({title, note,
            chart: dataTable({...table(), caption: title}),
            id: `percentiles-${metric.name}`, table: () => forFiles(table())}));
    }
    body.append(definitions([
        ['percentiles',
            'Type 7 of Hyndman and Fan: linear between the order statistics around 1 ' +
            '+ (n − 1) p; what numpy and R compute.'],
        ['values', 'What the device publishes as a moving average is undone first; ' +
            'repeats, what is no number and what annotations exclude are left out.'],
        ['interval', 'The value ∓ t standard errors that allow for neighbours being ' +
            'alike.'],
        ['n too small',
            'A percentile is told where an order statistic bounds it from above with ' +
            '97.5 %: of 72 effective values for p95, of 368 for p99.'],
    ]));
    return () => {};
}

/** @param {HTMLElement} root @param {import('./tab.js').About} about */
export function mount(root, about) {
    return tabOf(root, about, {text: 'Computing percentiles and their intervals',
        question: ask, show});
}
