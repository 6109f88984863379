// SPDX-License-Identifier: GPL-3.0-or-later
// The forest plot: how much B differs from A in each statistic of each metric, with its
// interval, what is negligible, and each run on its own.
import {svg} from './dom.js';
import {describe, extent, groupsOf, hasBars} from './forest_layout.js';
import {round} from './path.js';
import {label, picture, root, wide} from './picture.js';
import {apart, linear, wrap} from './scale.js';
import {kind, sign} from './verdict.js';

/** @typedef {import('./forest_layout.js').Row} Row */
/** @typedef {import('./forest_layout.js').Group} Group */

/**
 * text: where differences begin; p: where p ends, 0: there is no room for it.
 * @typedef {{width: number, left: number, right: number, text: number, p: number,
 *     narrow: boolean, row: number}} Columns
 */

/**
 * @param {number} width
 * @param {Group[]} groups
 * @returns {Columns}
 */
function columnsOf(width, groups) {
    const rows = groups.flatMap((group) => group.metrics.flatMap((one) => one.rows));
    const texts = rows.map((row) => wide(row.why ? '' : row.text));
    const words = rows.map((row) => wide(`${sign(row.verdict)} ${row.verdict}`));
    const verdicts = Math.max(...words) + 20;
    const p = wide('p <0.0001') + 24;
    const space = Math.max(...texts) + verdicts + 24;
    if (width < space + 360)
        return {width, left: 8, right: width - 8, text: 8, p: 0, narrow: true, row: 52};
    const right = width - space - (width > space + p + 400 ? p : 0);
    return {width, left: 76, right, text: right + 20, p: right < width - space
        ? width - verdicts : 0, narrow: false, row: 26};
}

/**
 * @param {SVGElement} into
 * @param {import('./scale.js').Scale} scale
 * @param {Columns} columns
 * @param {number} y
 * @param {string} unit
 */
function drawTicks(into, scale, columns, y, unit) {
    const text = (/** @type {string} */ tick) => unit === '%' ? `${tick} %` : tick;
    for (const tick of apart(scale, (value) => wide(text(value), 11)))
        into.append(label(scale.to(tick.value), y + 12, text(tick.text),
            {'text-anchor': 'middle', class: 'note'}));
    if (unit !== '%' && unit && !columns.narrow)
        into.append(label(0, y + 12, unit, {class: 'note'}));
}

/**
 * The verdict's own mark stands on the difference: filled where something is shown.
 * @param {number} x
 * @param {number} y
 * @param {string} verdict
 */
function point(x, y, verdict) {
    const shape = {better: 'M-5 4L0 -5L5 4Z', worse: 'M-5 -4L0 5L5 -4Z',
        different: 'M0 -5L5 0L0 5L-5 0Z', equivalent: 'M-4 -4H4V4H-4Z'}[verdict];
    return svg('path', {class: `mark ${kind(verdict)}`,
        transform: `translate(${round(x)} ${round(y)})`,
        d: shape || 'M-4.5 0A4.5 4.5 0 1 0 4.5 0A4.5 4.5 0 1 0 -4.5 0Z'});
}

/**
 * Where an interval or a run goes on beyond the axis.
 * @param {number} x
 * @param {number} y
 * @param {number} way
 * @param {string} verdict
 */
function arrow(x, y, way, verdict) {
    return svg('path', {class: `mark ${kind(verdict)}`,
        d: `M${x} ${y - 5}L${x + 7 * way} ${y}L${x} ${y + 5}Z`});
}

/**
 * @param {SVGElement} into
 * @param {Row} row
 * @param {import('./scale.js').Scale} scale
 * @param {number} y the middle
 */
function drawRuns(into, row, scale, y) {
    for (const {side, at} of row.runs)
        if (at >= scale.low && at <= scale.high)
            into.append(svg('circle', {class: `run ${side}`, r: 2.5,
                cx: round(scale.to(at)), cy: y + (side === 'a' ? -8 : 8)}));
}

/**
 * @param {SVGElement} into
 * @param {Row} row
 * @param {import('./scale.js').Scale} scale
 * @param {number} y the middle
 * @param {number} high
 */
function drawBar(into, row, scale, y, high) {
    const place = (/** @type {number} */ value) =>
        round(scale.to(Math.min(scale.high, Math.max(scale.low, value))));
    const from = y - high / 2, zero = place(0);
    const bar = {class: 'band', x: place(-row.band), y: from, height: high,
        width: Math.max(0, place(row.band) - place(-row.band))};
    if (row.band > 0)
        into.append(svg('rect', bar));
    for (const tick of scale.ticks)
        into.append(svg('line', {class: 'grid', x1: place(tick.value),
            x2: place(tick.value), y1: from, y2: from + high}));
    into.append(svg('line',
        {class: 'zero', x1: zero, x2: zero, y1: from, y2: from + high}));
    drawRuns(into, row, scale, y);
    into.append(svg('line', {class: `whisker ${kind(row.verdict)}`, y1: y, y2: y,
        x1: place(row.low), x2: place(row.high)}));
    if (row.low < scale.low)
        into.append(arrow(place(row.low), y, -1, row.verdict));
    if (row.high > scale.high)
        into.append(arrow(place(row.high), y, 1, row.verdict));
    if (row.difference >= scale.low && row.difference <= scale.high)
        into.append(point(scale.to(row.difference), y, row.verdict));
}

/**
 * @param {SVGElement} into
 * @param {Row} row
 * @param {import('./scale.js').Scale|null} scale
 * @param {Columns} columns
 * @param {number} y
 */
function drawRow(into, row, scale, columns, y) {
    const said = `${sign(row.verdict)} ${row.verdict}`;
    const base = columns.narrow ? y + 15 : y + 17;
    const right = {x: columns.width, 'text-anchor': 'end',
        class: `verdict ${kind(row.verdict)}`};
    into.append(label(0, base, row.statistic, {class: 'soft'}));
    if (row.why) {
        into.append(...whyOf(row, columns).map((line, at) => label(columns.narrow ? 56
            : columns.left, base + 16 * at, line, {class: 'verdict none'})));
        return;
    }
    into.append(label(columns.narrow ? 56 : columns.text, base, row.text));
    into.append(label(columns.width, base, said, right));
    if (columns.p)
        into.append(label(columns.p, base, `p ${row.said.p}`,
            {'text-anchor': 'end', class: 'soft'}));
    if (scale)
        drawBar(into, row, scale, columns.narrow ? y + 36 : y + 13,
            columns.narrow ? 24 : columns.row);
}

/** In as many lines as it needs. @param {Row} row @param {Columns} columns */
function whyOf(row, columns) {
    return wrap(`${sign(null)} ${row.why}`,
        columns.width - (columns.narrow ? 60 : columns.left), wide);
}

/** Narrow rows have two lines, but for those that have only a reason. */
function heightOf(/** @type {Row} */ row, /** @type {Columns} */ columns) {
    return row.why ? 6 + 16 * whyOf(row, columns).length : columns.row;
}

/**
 * @param {SVGElement} into
 * @param {import('./forest_layout.js').Metric} metric
 * @param {import('./scale.js').Scale|null} scale
 * @param {Columns} columns
 * @param {number} y
 * @returns {number} where it ends
 */
function drawMetric(into, metric, scale, columns, y) {
    const about = [metric.unit, metric.better].filter(Boolean).join(', ');
    const beside = wide(metric.name, 13) * 1.08 + 12;
    const fits = beside + wide(about) < columns.width;
    into.append(label(0, y + 18, metric.name, {class: 'name'}),
        label(fits ? beside : 0, y + (fits ? 18 : 34), about, {class: 'soft'}));
    y += fits ? 28 : 44;
    for (const row of metric.rows) {
        drawRow(into, row, scale, columns, y);
        y += heightOf(row, columns);
    }
    return y + 8;
}

/**
 * @param {SVGElement} into
 * @param {Group} group
 * @param {Columns} columns
 * @param {number} y
 * @returns {number} where it ends
 */
function drawGroup(into, group, columns, y) {
    const range = extent(group);
    const scale = range && linear(...range, columns.left, columns.right,
        {count: Math.max(3, (columns.right - columns.left) / 52), sign: true});
    const drawn = group.metrics.filter(hasBars);
    for (const metric of drawn)
        y = drawMetric(into, metric, scale, columns, y);
    if (scale)
        drawTicks(into, scale, columns, y, group.unit);
    y += scale ? 24 : 0;
    for (const metric of group.metrics)
        if (!drawn.includes(metric))
            y = drawMetric(into, metric, scale, columns, y);
    return y;
}

/**
 * @param {SVGElement} into
 * @param {Group[]} groups
 * @param {number} width
 */
function drawKey(into, groups, width) {
    const runs = groups.some((group) => group.metrics.some((metric) =>
        metric.rows.some((row) => row.runs.length)));
    const parts = [
        [svg('rect', {class: 'band', width: 22, height: 12, y: -10}), 'negligible'],
        [svg('g', null, svg('line', {class: 'whisker unknown', x2: 22, y1: -4, y2: -4}),
            point(11, -4, 'not shown')), 'B − A and its interval'],
        ...(runs ? [
            [svg('circle', {class: 'run a', r: 2.5, cx: 11, cy: -7}),
                'a run of A, above'],
            [svg('circle', {class: 'run b', r: 2.5, cx: 11, cy: -1}),
                'a run of B, below'],
        ] : []),
    ];
    let [x, y] = [0, 14];
    for (const [shape, text] of /** @type {[SVGElement, string][]} */ (parts)) {
        const space = 28 + wide(text, 11) + 16;
        if (x && x + space - 16 > width) {
            x = 0;
            y += 17;
        }
        into.append(svg('g', {transform: `translate(${round(x)} ${y})`}, shape),
            label(x + 28, y, text, {class: 'note'}));
        x += space;
    }
    return y + 8;
}

/**
 * @param {any} comparison
 * @param {number} width
 */
export function forest(comparison, width) {
    const groups = groupsOf(comparison);
    const columns = columnsOf(width, groups);
    const pic = root(width, 0, 'How much B differs from A', describe(comparison));
    let y = drawKey(pic, groups, width);
    for (const group of groups)
        y = drawGroup(pic, group, columns, y);
    pic.setAttribute('height', String(y));
    pic.setAttribute('viewBox', `0 0 ${width} ${y}`);
    return pic;
}

/** @param {any} comparison */
export function forestPicture(comparison) {
    return picture((width) => forest(comparison, width));
}
