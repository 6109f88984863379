// SPDX-License-Identifier: GPL-3.0-or-later
// A curve as arrays of numbers, and how much of it a picture needs: where there are
// more points than pixels, the minimum and maximum of each pixel column, so that a
// spike of one sample is always part of the picture.

/**
 * lo and hi are the least and the greatest value around x; without hi, lo is the value.
 * NaN (null in JSON) is a gap, and so is what lies before a point whose gap is not 0.
 * n: how many of the array are used; all without it. version: while it is the same,
 * points only come behind those that are there, and the last one changes.
 * @typedef {{x: ArrayLike<number>, lo: ArrayLike<number>, hi?: ArrayLike<number>|null,
 *     gap?: ArrayLike<number>|null, n?: number, version?: number}} Curve
 */
/**
 * Points to draw, in pixels; apart: not joined to the one before.
 * @typedef {{n: number, x: Float32Array, lo: Float32Array, hi: Float32Array,
 *     apart: Uint8Array, band: boolean}} Stroke
 */
/**
 * From a value to a pixel: value times scale plus shift.
 * @typedef {{scale: number, shift: number}} Axis
 */

/** @param {number} size @returns {Stroke} */
export function newStroke(size) {
    return {n: 0, x: new Float32Array(size), lo: new Float32Array(size),
        hi: new Float32Array(size), apart: new Uint8Array(size), band: false};
}

/** @param {Curve} curve */
export function length(curve) {
    return curve.n ?? curve.x.length;
}

/**
 * The first point at or behind @x.
 * @param {Curve} curve
 * @param {number} x
 */
export function lowerBound(curve, x) {
    let from = 0;
    let to = length(curve);
    while (from < to) {
        const middle = (from + to) >> 1;
        if (curve.x[middle] < x)
            from = middle + 1;
        else
            to = middle;
    }
    return from;
}

/**
 * The point nearest to @x, -1 where there is none.
 * @param {Curve} curve
 * @param {number} x
 */
export function nearest(curve, x) {
    const n = length(curve);
    const at = lowerBound(curve, x);
    if (at > 0 && (at === n || x - curve.x[at - 1] <= curve.x[at] - x))
        return at - 1;
    return at < n ? at : -1;
}

/** Between the least and the greatest value. @param {Curve} curve @param {number} at */
export function middle(curve, at) {
    return (curve.lo[at] + (curve.hi || curve.lo)[at]) / 2;
}

/**
 * The last point with a value in @range of x, -1 without one.
 * @param {Curve} curve
 * @param {[number, number]} range
 */
export function lastValue(curve, [from, to]) {
    let at = Math.min(lowerBound(curve, to), length(curve) - 1);
    while (at >= 0 && curve.x[at] >= from &&
        (curve.x[at] > to || Number.isNaN(middle(curve, at))))
        at--;
    return at >= 0 && curve.x[at] >= from ? at : -1;
}

/**
 * Widens @range, [min, max], by the values between two points.
 * @param {Curve} curve
 * @param {number} from
 * @param {number} to behind the last
 * @param {[number, number]} range
 */
export function extend(curve, from, to, range) {
    const {lo} = curve;
    const hi = curve.hi || lo;
    let [min, max] = range;
    for (let i = from; i < to; i++) {
        if (lo[i] < min)
            min = lo[i];
        if (hi[i] > max)
            max = hi[i];
    }
    range[0] = min;
    range[1] = max;
}

/** @param {Axis} axis @param {number} value */
function toPixel(axis, value) {
    return value * axis.scale + axis.shift;
}

/**
 * @param {Stroke} out
 * @param {number} x
 * @param {number} lo
 * @param {number} hi
 * @param {number} apart
 */
function put(out, x, lo, hi, apart) {
    const at = out.n++;
    out.x[at] = x;
    out.lo[at] = lo;
    out.hi[at] = hi;
    out.apart[at] = apart;
    if (Math.abs(hi - lo) > 0.5)
        out.band = true;
}

/**
 * Points from..to of a curve in pixels, at most about two for each pixel column.
 * @param {Curve} curve
 * @param {number} from
 * @param {number} to behind the last
 * @param {Axis} ax
 * @param {Axis} ay
 * @param {number} columns width of the picture in columns of @column pixels
 * @param {number} column
 * @param {Stroke} out grown where it is too small
 */
export function trace(curve, from, to, ax, ay, columns, column, out) {
    const most = Math.max(to - from, 1);
    if (out.x.length < Math.min(most, 2 * columns + 8))
        Object.assign(out, newStroke(Math.min(most, 2 * columns + 8) * 2));
    out.n = 0;
    out.band = false;
    if (to - from > 2 * columns)
        merge(curve, from, to, ax, ay, column, out);
    else
        copy(curve, from, to, ax, ay, out);
}

/**
 * @param {Curve} curve @param {number} from @param {number} to @param {Axis} ax
 * @param {Axis} ay @param {Stroke} out
 */
function copy(curve, from, to, ax, ay, out) {
    const {x, lo, gap} = curve;
    const hi = curve.hi || lo;
    let apart = 1;
    for (let i = from; i < to; i++) {
        if (!(lo[i] <= hi[i])) {
            apart = 1;
            continue;
        }
        put(out, toPixel(ax, x[i]), toPixel(ay, lo[i]), toPixel(ay, hi[i]),
            apart || (gap?.[i] ? 1 : 0));
        apart = 0;
    }
}

/**
 * A gap narrower than a column cannot be seen; a wider one parts the columns beside it.
 * @param {Curve} curve @param {number} from @param {number} to @param {Axis} ax
 * @param {Axis} ay @param {number} column @param {Stroke} out
 */
function merge(curve, from, to, ax, ay, column, out) {
    const {x, lo, gap} = curve;
    const hi = curve.hi || lo;
    let [present, least, most, apart, next] = [NaN, Infinity, -Infinity, 1, 0];
    for (let i = from; i < to; i++) {
        if (!(lo[i] <= hi[i])) {
            next = 1;
            continue;
        }
        if (gap?.[i])
            next = 1;
        const at = Math.floor(toPixel(ax, x[i]) / column);
        if (at !== present) {
            if (least <= most)
                put(out, (present + 0.5) * column, toPixel(ay, least),
                    toPixel(ay, most), apart);
            present = at;
            least = Infinity;
            most = -Infinity;
            apart = out.n ? next : 1;
        }
        next = 0;
        if (lo[i] < least)
            least = lo[i];
        if (hi[i] > most)
            most = hi[i];
    }
    if (least <= most)
        put(out, (present + 0.5) * column, toPixel(ay, least), toPixel(ay, most),
            apart);
}

/**
 * Adds what is joined from @at on to the path: the line, or the outline of the band.
 * @param {CanvasRenderingContext2D} ctx
 * @param {Stroke} stroke
 * @param {number} at
 * @param {number} thick
 * @returns {number} behind its last point
 */
export function addRun(ctx, stroke, at, thick) {
    const {x, lo, hi} = stroke;
    let end = at + 1;
    while (end < stroke.n && !stroke.apart[end])
        end++;
    if (end === at + 1) { // alone between gaps: a dot, or a bar
        const half = Math.max(thick, lo[at] - hi[at]) / 2;
        const middle = (lo[at] + hi[at]) / 2;
        ctx.rect(x[at] - thick / 2, middle - half, thick, 2 * half);
        return end;
    }
    ctx.moveTo(x[at], hi[at]);
    for (let i = at + 1; i < end; i++)
        ctx.lineTo(x[i], hi[i]);
    if (!stroke.band)
        return end;
    for (let i = end - 1; i >= at; i--)
        ctx.lineTo(x[i], lo[i]);
    ctx.closePath();
    return end;
}
