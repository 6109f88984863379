// SPDX-License-Identifier: GPL-3.0-or-later
// Which curve is which, for those who cannot tell the colours apart and where bands are
// too dense for a dash: a shape now and then on the curve itself. It stands at a time,
// not at a pixel, so that it moves with the curve.
import {length, middle, nearest} from './curve.js';
import {colour, css, shape} from './theme.js';

/** @typedef {import('./curve.js').Curve} Curve */
/** @typedef {import('./curve.js').Axis} Axis */
/** at: which series of the chart it is. */
/**
 * @typedef {{series: {name: string, colourIndex: number}, curve: Curve,
 *     at: number}} Shown
 */
/**
 * scale: device pixels to one of the page. range: of x. room: px of the page right of
 * the plot.
 * @typedef {{ctx: CanvasRenderingContext2D, scale: number, range: [number, number],
 *     plot: {left: number, top: number, width: number, height: number},
 *     x: Axis, y: Axis, room: number}} Frame
 */

const APART = 150; // px between two marks of a curve, to twice as much
const LARGE = 0.3; // of the width, where that is less: on phones

/**
 * The points of a curve that get a mark. Those of several curves take turns.
 * @param {Curve} curve
 * @param {[number, number]} range of x
 * @param {number} width px of it
 * @param {number} at which of the curves this is
 * @param {number} of how many there are
 * @returns {number[]}
 */
export function markPlaces(curve, [from, to], width, at, of) {
    const share = Math.min(APART / width, LARGE);
    const step = 2 ** Math.ceil(Math.log2((to - from) * share));
    const first = length(curve) ? Math.max(from, curve.x[0]) : to;
    const turn = (at + 0.5) / of;
    const found = [];
    for (let n = Math.ceil(first / step - turn); (n + turn) * step <= to; n++) {
        const point = nearest(curve, (n + turn) * step);
        if (point >= 0 && Math.abs(curve.x[point] - (n + turn) * step) < step / 8 &&
            curve.lo[point] <= (curve.hi || curve.lo)[point])
            found.push(point);
    }
    return found;
}

/**
 * @param {CanvasRenderingContext2D} ctx
 * @param {number} index of the series' colour
 * @param {number} x
 * @param {number} y
 * @param {number} scale device pixels to one of the page
 */
export function paintMark(ctx, index, x, y, scale) {
    ctx.save();
    ctx.translate(x, y);
    ctx.scale(scale, scale);
    const path = new Path2D(shape(index));
    ctx.lineJoin = 'round';
    ctx.lineWidth = 3;
    ctx.strokeStyle = css('--surface');
    ctx.stroke(path);
    ctx.fillStyle = colour(index);
    ctx.fill(path);
    ctx.restore();
}

/**
 * @param {Frame} frame
 * @param {Shown[]} shown
 * @param {number} of series in all
 */
export function paintMarks({ctx, x, y, plot, scale, range}, shown, of) {
    for (const {series, curve, at} of shown)
        for (const point of markPlaces(curve, range, plot.width / scale, at, of))
            paintMark(ctx, series.colourIndex, curve.x[point] * x.scale + x.shift,
                middle(curve, point) * y.scale + y.shift, scale);
}
