// SPDX-License-Identifier: GPL-3.0-or-later
// The curves of a picture that moves with the time, on a canvas of their own. Without a
// GPU, to fill a band of a thousand columns takes milliseconds: what is drawn is moved
// by whole pixels, and only the columns behind it are drawn anew.
import {length} from './curve.js';

/** @typedef {import('./curve.js').Curve} Curve */
/**
 * As much of a plot as drawing curves takes. bands: curves are drawn as bands, even
 * where they are flat.
 * @typedef {{ctx: CanvasRenderingContext2D, width: number, bands?: boolean,
 *     bbox: {left: number, top: number, width: number, height: number},
 *     scales: Record<string, {min?: number|null, max?: number|null}>}} View
 */
/** Draws a curve; says whether it is a band. @typedef {(view: View, at: number) =>
 * boolean} Paint */

/** px before what is drawn anew, so that lines enter it as they would. */
const BESIDE = 8;
/** So many points at its end may change: the newest column, and the lines to it. */
const LOOSE = 3;

/** @param {Curve} curve @returns {number} the time up to which it stays as it is */
function sureOf(curve) {
    const n = length(curve);
    return n ? curve.x[Math.max(0, n - LOOSE)] : -Infinity;
}

/** What has changed where a curve goes on. @param {Curve} curve */
function tipOf(curve) {
    const last = length(curve) - 1;
    return `${curve.x[last]} ${curve.lo[last]} ${curve.hi?.[last]}`;
}

export class Layer {
    constructor() {
        /** @type {CanvasRenderingContext2D|null} */
        this.ctx = null;
        this.key = '';
        this.origin = 0; // the time at its left edge, had it not been moved
        this.moved = 0;  // px
        this.sure = -Infinity;
        this.tip = '';
        /** @type {Set<number>} of the curves those that are on it */
        this.bands = new Set();
    }

    /**
     * @param {View} u clipped to the plot
     * @param {number} pixel of the page, in those of the device
     * @param {Curve[]} curves
     * @param {string} look what the picture hangs on besides
     * @param {Paint} paint
     */
    draw(u, pixel, curves, look, paint) {
        const {left, top, width, height} = u.bbox;
        if (!(width > 0))
            return;
        const [min, max] = [Number(u.scales.x.min), Number(u.scales.x.max)];
        const scale = width / (max - min);
        const {y} = u.scales;
        const key = [look, width, height, scale.toPrecision(9), y.min, y.max,
            curves.map(({version}) => version)].join();
        const column = Math.max(1, Math.round(pixel));
        const moved = Math.round((min - this.origin) * scale / column) * column;
        const by = moved - this.moved;
        const tip = curves.map(tipOf).join();
        if (!this.ctx || key !== this.key || by < 0 || by >= width)
            this.begin(u, key, curves.map((_, at) => at), paint);
        else if (by > 0 || tip !== this.tip) {
            const from = Math.min((this.sure - this.origin) * scale - this.moved,
                width) - by;
            this.moved = moved;
            this.extend(u, by, Math.max(0, Math.floor(from) - column), paint);
        }
        if (this.ctx && this.bands.size)
            u.ctx.drawImage(this.ctx.canvas, left, top - 1);
        this.lines(u, curves, paint);
        this.sure = Math.min(...curves.map(sureOf));
        this.tip = tip;
    }

    /**
     * All that are bands, once it is known which are.
     * @param {View} u
     * @param {string} key
     * @param {number[]} curves
     * @param {Paint} paint
     */
    begin(u, key, curves, paint) {
        const {width, height} = u.bbox;
        const ctx = this.ctx ??= /** @type {CanvasRenderingContext2D} */ (
            document.createElement('canvas').getContext('2d'));
        const here = {ctx, width: u.width, scales: u.scales,
            bbox: {left: 0, top: 1, width, height}};
        ctx.canvas.width = width;
        ctx.canvas.height = height + 2;
        this.bands = new Set(curves.filter((at) => paint(here, at)));
        if (this.bands.size < curves.length) {
            ctx.clearRect(0, 0, width, height + 2);
            this.bands.forEach((at) => paint(here, at));
        }
        this.key = key;
        this.origin = Number(u.scales.x.min);
        this.moved = 0;
    }

    /**
     * Lines are cheap, and their dashes do not begin in the middle.
     * @param {View} u @param {Curve[]} curves @param {Paint} paint
     */
    lines(u, curves, paint) {
        const others = curves.map((_, at) => at).filter((at) => !this.bands.has(at));
        if (others.filter((at) => paint(u, at)).length)
            this.key = ''; // it has become a band
    }

    /**
     * @param {View} u
     * @param {number} by px by which it moves
     * @param {number} from px from which it is drawn anew
     * @param {Paint} paint
     */
    extend(u, by, from, paint) {
        const ctx = /** @type {CanvasRenderingContext2D} */ (this.ctx);
        const {width, height} = u.bbox;
        const scale = width / (Number(u.scales.x.max) - Number(u.scales.x.min));
        const left = from - BESIDE;
        const [min, max] = [left, width].map((px) =>
            this.origin + (this.moved + px) / scale);
        if (by > 0) {
            ctx.globalCompositeOperation = 'copy';
            ctx.drawImage(ctx.canvas, -by, 0);
            ctx.globalCompositeOperation = 'source-over';
        }
        ctx.save();
        ctx.beginPath();
        ctx.rect(from, 0, width - from, height + 2);
        ctx.clip();
        ctx.clearRect(from, 0, width - from, height + 2);
        for (const at of this.bands)
            paint({ctx, width: u.width, bands: true,
                scales: {x: {min, max}, y: u.scales.y},
                bbox: {left, top: 1, width: width - left, height}}, at);
        ctx.restore();
    }
}
