// SPDX-License-Identifier: GPL-3.0-or-later
// Pictures of distributions: the distribution function, the histogram, violins, and
// percentiles over 1 / (1 - p).
import {ecdfPath, histogramPath, percentilePath, rangeOf, sparsePath, valueAt,
    violinPath,
    withValues} from './distribution.js';
import {svg} from './dom.js';
import {withUnit} from './format.js';
import {round} from './path.js';
import {grid, label, legend, root, stroke, wide} from './picture.js';
import {linear, logarithmic, nines, percentileScale, widen} from './scale.js';
import {runName} from './tab.js';

/** @typedef {import('./distribution.js').Distribution} Distribution */
/** @typedef {import('./distribution.js').Run} Run */
/** @typedef {import('./scale.js').Scale} Scale */
/** @typedef {import('./picture.js').Box} Box */
/**
 * box and scales of what was drawn
 * @typedef {{pic: SVGElement, box: Box, x: Scale}} Drawn
 */

/** @param {number} width */
function highOf(width) {
    return Math.round(Math.min(340, Math.max(220, width * 0.42)));
}

/** Ticks that have room. @param {Box} box */
function ticksIn(box) {
    return Math.max(3, (box.right - box.left) / 70);
}

/**
 * @param {number} low
 * @param {number} high
 * @param {boolean} log
 * @param {Box} box
 * @returns {Scale}
 */
function valueScale(low, high, log, box) {
    const [from, to] = widen(low, high, 0.02);
    return log && low > 0
        ? logarithmic(low * 0.98, high * 1.02, box.left, box.right,
            {count: ticksIn(box)})
        : linear(from, to, box.left, box.right, {count: ticksIn(box)});
}

/** @param {Scale} y */
function inPercent(y) {
    return {...y, ticks: y.ticks.map(({value}) =>
        ({value, text: `${Number((100 * value).toFixed(4))} %`}))};
}

/** @param {{metric: string, unit: string}} all */
function axisName(all) {
    return all.unit ? `${all.metric} (${all.unit})` : all.metric;
}

/** Its place among all runs is its colour. @param {Distribution} all */
export function seriesOf(all) {
    return all.runs.map((run, index) => ({name: runName(run), index, run}));
}

/** @param {Distribution} all */
function summary(all) {
    const value = (/** @type {number|null} */ x) => withUnit(x, all.unit);
    return withValues(all).map((run) => `${runName(run)}: n ${run.n}, ` +
        `median ${value(valueAt(run.ecdf, 0.5))}, ` +
        `from ${value(run.min)} to ${value(run.max)}`).join('; ');
}

/**
 * The frame of a plot with its legend; @left is the room for the texts of y.
 * @param {Distribution} all
 * @param {number} width
 * @param {number} left
 * @param {string} title
 */
function begin(all, width, left, title) {
    const high = highOf(width);
    const pic = root(width, 0, title, summary(all));
    const top = legend(pic, seriesOf(all).filter(({run}) => run.n), 0, width) + 22;
    /** @type {Box} */
    const box = {width, left, right: width - 12, top, bottom: top + high};
    pic.setAttribute('height', String(box.bottom + 42));
    pic.setAttribute('viewBox', `0 0 ${width} ${box.bottom + 42}`);
    return {pic, box};
}

/**
 * @param {Distribution} all
 * @param {boolean} log
 * @param {number} width
 * @returns {Drawn}
 */
export function ecdf(all, log, width) {
    const {pic, box} = begin(all, width, 50, `Distribution function of ${all.metric}`);
    const x = valueScale(...rangeOf(all), log, box);
    const y = inPercent(linear(0, 1, box.bottom, box.top, {count: 5}));
    grid(pic, box,
        {x, y, xLabel: axisName(all), yLabel: 'share of values at or below'});
    for (const {run, index} of seriesOf(all))
        if (run.n)
            pic.append(svg('path', {...stroke(index), d: ecdfPath(run.ecdf, x, y)}));
    return {pic, box, x};
}

/**
 * @param {Distribution} all
 * @param {boolean} log
 * @param {number} width
 * @returns {Drawn}
 */
export function histogram(all, log, width) {
    const {pic, box} = begin(all, width, 50, `Histogram of ${all.metric}`);
    const x = valueScale(all.edges[0], all.edges[all.edges.length - 1], log, box);
    const most = Math.max(...withValues(all).flatMap((run) =>
        run.counts.map((count) => count / run.n)));
    const y = inPercent(linear(0, most * 1.05 || 1, box.bottom, box.top, {count: 4}));
    grid(pic, box, {x, y, xLabel: axisName(all),
        yLabel: `share of values in each of ${all.edges.length - 1} common bins`});
    for (const {run, index} of seriesOf(all)) {
        const line = stroke(index);
        if (run.n)
            pic.append(svg('path', {...line, fill: line.stroke, 'fill-opacity':
                0.28 / Math.max(1, all.runs.length - 1), 'stroke-width': 1.5,
                d: histogramPath(all.edges, run.counts, run.n, x, y)}));
    }
    return {pic, box, x};
}

/**
 * From the first to the third quartile, with the median.
 * @param {SVGElement} into
 * @param {Run} run
 * @param {Scale} x
 * @param {number} middle
 */
function drawBox(into, run, x, middle) {
    const [first, median, third] = [0.25, 0.5, 0.75].map((share) =>
        round(x.to(valueAt(run.ecdf, share))));
    into.append(
        svg('line', {class: 'span', y1: middle, y2: middle,
            x1: round(x.to(Number(run.min))), x2: round(x.to(Number(run.max)))}),
        svg('rect', {class: 'box', x: first, y: middle - 4, height: 8,
            width: Math.max(1, third - first)}),
        svg('circle', {class: 'median', cx: median, cy: middle, r: 3.5}));
}

/**
 * @param {Distribution} all
 * @param {boolean} log
 * @param {number} width
 */
export function violins(all, log, width) {
    const series = seriesOf(all);
    const wideNames = Math.max(...series.map(({name}) => wide(name)));
    const beside = wideNames + 16 < width * 0.3;
    const step = beside ? 58 : 74;
    const pic = root(width, 0, `Violins of ${all.metric}`, summary(all));
    /** @type {Box} */
    const box = {width, left: beside ? wideNames + 16 : 0, right: width - 12, top: 6,
        bottom: 6 + step * series.length};
    const densities =
        withValues(all).map((run) => run.density).filter((one) => one !== null);
    const reach = densities.flatMap((one) => one.x.length
        ? [one.x[0], one.x[one.x.length - 1]] : []);
    const [low, high] = rangeOf(all);
    const x = log ? valueScale(low, high, log, box)
        : valueScale(Math.min(low, ...reach), Math.max(high, ...reach), false, box);
    const largest = Math.max(...densities.flatMap((one) => one.y));
    grid(pic, box, {x, xLabel: axisName(all)});
    series.forEach(({run, index, name}, at) => {
        const top = box.top + at * step;
        const middle = top + (beside ? step / 2 : step / 2 + 8);
        const line = stroke(index);
        pic.append(label(0, beside ? middle + 4 : top + 14, name));
        if (run.n && run.density?.x.length && largest > 0)
            pic.append(svg('path', {...line, fill: line.stroke, 'fill-opacity': 0.25,
                'stroke-width': 1.5,
                    d: violinPath(run.density, x, middle, 24, largest)}));
        if (run.n)
            drawBox(pic, run, x, middle);
        else
            pic.append(label(box.left + 8, middle + 4, 'no values', {class: 'soft'}));
    });
    pic.setAttribute('height', String(box.bottom + 42));
    pic.setAttribute('viewBox', `0 0 ${width} ${box.bottom + 42}`);
    return pic;
}

/**
 * @param {Distribution} all
 * @param {number} width
 * @returns {Drawn}
 */
export function percentileCurves(all, width) {
    const runs = withValues(all);
    const [low, high] = rangeOf(all);
    const range = widen(low, high);
    const room = Math.max(...linear(...range, 0, 1, {count: 6}).ticks.map((tick) =>
        wide(tick.text)));
    const {pic, box} = begin(all, width, room + 14, `Percentiles of ${all.metric}`);
    const y = linear(...range, box.bottom, box.top, {count: 6});
    const most = Math.max(1, ...runs.map((run) => nines(1 - 1 / run.n)));
    const x = percentileScale(most, box.left, box.right - 6);
    grid(pic, box, {x, y, xLabel: 'percentile: each further nine takes as much room',
        yLabel: axisName(all)});
    for (const {run, index} of seriesOf(all)) {
        if (!run.n)
            continue;
        pic.append(svg('path', {...stroke(index), d: all.sparse ? sparsePath(run, x, y)
            : percentilePath(run.ecdf, run.n, x, y)}));
        run.percentiles.p.forEach((p, i) => {
            const few = run.percentiles.enough?.[i] === false;
            pic.append(svg('circle', {r: 3.5, class: few ? 'few' : null,
                cx: round(x.to(nines(p / 100))), cy: round(y.to(run.percentiles.x[i])),
                fill: few ? 'none' : stroke(index).stroke,
                stroke: stroke(index).stroke, 'stroke-width': 1.5},
            svg('title', {text: `${runName(run)}: p${String(p)} ${
                withUnit(run.percentiles.x[i], all.unit)}${
                few ? ', n too small' : ''}`})));
        });
    }
    return {pic, box, x};
}
