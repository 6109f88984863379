// SPDX-License-Identifier: GPL-3.0-or-later
// A chart of curves over time or any other quantity. uPlot makes the axes, the scales
// and the cursor; the curves are drawn here, each with points of its own, as bands
// where they are minima and maxima, with the shapes and names that tell them apart.
// Redrawn at most once a frame, and only when something changed.
import uPlot from 'uplot';

import {Layer} from './chart_layer.js';
import {moveAbout} from './chart_pointer.js';
import {addRun, extend, length, lowerBound, nearest, newStroke, trace}
    from './curve.js';
import {h} from './dom.js';
import {endsRoom, paintEnds, RIGHT} from './ends.js';
import {number} from './format.js';
import {makeLegend, paintLegend} from './legend.js';
import {paintMarks} from './marks.js';
import {colour, css, dash, onTheme} from './theme.js';
import {throttled} from './throttle.js';
import {numberText, restful, roomy, ticks, TIME_STEPS, timeText} from './ticks.js';

/** @typedef {import('./chart_layer.js').View} View */
/** @typedef {import('./curve.js').Curve} Curve */
/** @typedef {import('./legend.js').Named & {unit?: string}} ChartSeries */
/**
 * x.time: seconds are written as durations, unix as local clock times of x.origin + x.
 * x.bare: without words, for a chart that stands above another with the same axis.
 * y.restful: the axis rests while what it shows fills it. axisWidth: of the y axis, for
 * charts below each other. ends: several curves have their names beside their ends.
 * follows: it moves with the time, and points only come behind those it has.
 * onRange: the user moved; null, null: to everything. onCursor: where the cursor is,
 * null: nowhere. overlays: draws onto the canvas behind (false) and before (true) the
 * curves. onToggle: instead of hiding a series itself.
 * @typedef {{
 *     label?: string,
 *     x: {label?: string, time: 'seconds'|'unix', origin?: number, bare?: boolean},
 *     y: {label?: string, unit?: string, restful?: boolean},
 *     series: ChartSeries[], sync?: string, height?: number, axisWidth?: number,
 *     ends?: boolean, follows?: boolean,
 *     onRange?: (from: number|null, to: number|null) => void,
 *     onCursor?: (x: number|null) => void,
 *     overlays?: (u: uPlot, front: boolean) => void,
 *     onToggle?: (index: number, alone: boolean) => void}} ChartOptions
 */
/**
 * Curves, one for each series. They are kept as they are: change them and touch() the
 * chart.
 * @typedef {(Curve|null)[]} ChartData
 */
/**
 * touch: what it shows has changed. drawNow: a range, in this frame instead of the
 * next. rest: what the legend says while no cursor is there. drawn: ms of the last
 * drawing.
 * @typedef {{element: HTMLElement, plot: uPlot, setData: (data: ChartData) => void,
 *     setRange: (from: number|null, to: number|null) => void,
 *     range: () => [number, number], drawNow: (from: number, to: number) => void,
 *     rest: (texts: string[]) => void, hide: (hidden: Set<number>) => void,
 *     touch: () => void, setHeight: (px: number) => void, drawn: () => number,
 *     canvas: () => Promise<HTMLCanvasElement>, destroy: () => void}} Chart
 */

const FONT = 'system-ui, sans-serif';
const LINE = 1.5;
const FILL = 0.35;
/** Longer lines are one device pixel wide: browsers draw these many times faster. */
const LONG = 300;
const LEAST_WIDTH = 160;
/** Between two names: of what moves by itself, and of what stands still. */
const DESCRIBE_MS = {live: 2000, still: 200};

/** px of the page's text, so that a larger text is larger here too. */
function fontSize() {
    const root = parseFloat(getComputedStyle(document.documentElement).fontSize) || 16;
    return Math.round(root * 0.75);
}

/**
 * One function for all charts of a frame.
 * @type {Set<() => void>}
 */
const waiting = new Set();

/** @param {() => void} draw */
function nextFrame(draw) {
    if (!waiting.size)
        requestAnimationFrame(() => {
            const now = [...waiting];
            waiting.clear();
            for (const each of now)
                each();
        });
    waiting.add(draw);
}

/**
 * @param {HTMLElement} el it fills the width of this
 * @param {ChartOptions} opts
 * @returns {Chart}
 */
export function lineChart(el, opts) {
    const chart = new LineChart(el, opts);
    return {
        element: chart.root,
        plot: chart.plot,
        setData: (data) => chart.setData(data),
        setRange: (from, to) => chart.setRange(from, to),
        range: () => chart.xRange(),
        hide: (hidden) => chart.hide(hidden),
        touch: () => chart.touch(),
        setHeight: (px) => chart.setHeight(px),
        drawNow: (from, to) => chart.drawNow(from, to),
        rest: (texts) => chart.rest(texts),
        drawn: () => chart.drawnMs,
        canvas: () => chart.canvas(),
        destroy: () => chart.destroy(),
    };
}

class LineChart {
    /** @param {HTMLElement} el @param {ChartOptions} opts */
    constructor(el, opts) {
        this.opts = opts;
        /** @type {(Curve|null)[]} */
        this.curves = [];
        /** @type {[number, number]|null} null: all there is */
        this.view = null;
        /** @type {[number, number]|null} of a box that was drawn */
        this.boxed = null;
        /** @type {[number, number]|null} */
        this.shownY = null;
        /** @type {Set<number>} */
        this.hidden = new Set();
        this.height = opts.height || 260;
        this.width = 0;
        this.drawnMs = 0;
        this.describing = throttled(() => this.describe(),
            DESCRIBE_MS[opts.follows ? 'live' : 'still']);
        /** @type {string[]} */
        this.resting = opts.series.map(() => '');
        /** @type {number|null} */
        this.pointed = null;
        this.stroke = newStroke(4096);
        this.layer = opts.follows ? new Layer() : null;
        this.draw = () => this.redraw();
        this.touch = () => nextFrame(this.draw);
        this.legend = makeLegend(opts.series, (at, alone) => this.toggle(at, alone));
        this.holder = h('div', {class: 'plot', tabindex: '0', role: 'img',
            'aria-label': opts.label || opts.y.label || 'Chart'});
        this.root = h('div', {class: 'chart'}, this.legend.element, this.holder);
        el.append(this.root);
        this.plot = new uPlot(this.options(), [[1, 2]], this.holder);
        this.flag = h('span', {class: 'at-cursor', hidden: true});
        this.frame = h('span', {class: 'box', hidden: true});
        this.plot.over.append(this.flag, this.frame);
        this.ends = [
            onTheme(() => {
                this.legend.recolour();
                this.touch();
            }),
            moveAbout({el: this.plot.over, keys: this.holder,
                zoom: (from, to) => this.zoom(from, to), fit: () => this.fit(),
                box: (x0, y0, x1, y1, done) => this.box(x0, y0, x1, y1, done)}),
        ];
        this.observer = new ResizeObserver(() => this.resize());
        this.observer.observe(this.root);
        this.resize();
    }

    /** @returns {uPlot.Options} */
    options() {
        const {opts} = this;
        const size = fontSize();
        const font = `${size}px ${FONT}`;
        const axis = {stroke: () => css('--muted'), font, labelFont: font,
            grid: {stroke: () => css('--grid'), width: 1},
            ticks: {stroke: () => css('--grid'), width: 1, size: 4}, gap: 4};
        const time = opts.x.time;
        const origin = time === 'unix' ? opts.x.origin || 0 : 0;
        return {
            width: 300, height: this.height,
            padding: [Math.round(size * 1.7), (u) => this.endsRoom(u), 0, 0],
            legend: {show: false},
            cursor: {drag: {x: false, y: false, setScale: false}, points: {show: false},
                y: false,
                ...(opts.sync ? {sync: {key: opts.sync, setSeries: false,
                    scales: ['x', null]}} : {})},
            series: [{}],
            scales: {
                x: {time: false, range: (_, a, b) => [a, b]},
                y: {range: (_, a, b) => [a ?? 0, b ?? 1]},
            },
            axes: [
                {...axis, space: (u) => this.tickSpace(u, size),
                    size: opts.x.bare ? 6 : Math.round(size * 1.4) + 8,
                    labelSize: Math.round(size * 1.5),
                    ...(opts.x.bare || !opts.x.label ? {}
                        : {label: () => this.xLabel()}),
                    incrs: TIME_STEPS,
                    splits: (_, __, a, b, step) => ticks(a, b, step, origin),
                    values: (u, splits, __, ___, step) => splits.map((x) =>
                        x === null || opts.x.bare ? ''
                        : this.fitting(u, x, size, timeText(x, step, time, origin)))},
                {...axis, scale: 'y', space: Math.round(size * 2.6),
                    size: opts.axisWidth || ((_, texts) => Math.max(40,
                        ...(texts || []).map((text) => Math.ceil(
                            String(text).length * size * 0.62 / 8) * 8 + 12))),
                    values: (_, splits, __, ___, step) => splits.map(
                        (y) => y === null ? '' : numberText(y, step))},
            ],
            hooks: {
                drawClear: [(u) => {
                    u.ctx.fillStyle = css('--surface');
                    u.ctx.fillRect(0, 0, u.ctx.canvas.width, u.ctx.canvas.height);
                }],
                drawAxes: [(u) => this.paint(u)],
                setCursor: [() => this.readout()],
            },
        };
    }

    /** @param {uPlot} u @param {number} size */
    tickSpace(u, size) {
        const wide = this.opts.x.time === 'unix' ? 6.5 : 5;
        return Math.min(Math.round(size * wide), Math.max(40, u.width / 3));
    }

    /**
     * A tick's text, unless it would be cut off at the right.
     * @param {uPlot} u @param {number} x @param {number} size @param {string} text
     */
    fitting(u, x, size, text) {
        const room = u.width - this.holderLeft(u) - u.valToPos(x, 'x');
        return room < text.length * size * 0.3 ? '' : text;
    }

    /** @param {uPlot} u */
    holderLeft(u) {
        return u.bbox.left / uPlot.pxRatio;
    }

    /** @returns {string} */
    xLabel() {
        const {label = '', time} = this.opts.x;
        const [from, to] = this.xRange();
        if (time !== 'seconds' || !label)
            return label;
        const isShort = Math.max(Math.abs(from), Math.abs(to)) < 120;
        return `${label} (${isShort ? 's' : 'min:s'})`;
    }

    resize() {
        const width = Math.max(LEAST_WIDTH, Math.floor(this.root.clientWidth));
        if (width !== this.width) {
            this.width = width;
            this.touch();
        }
    }

    /** @param {number} px */
    setHeight(px) {
        if (px !== this.height) {
            this.height = px;
            this.touch();
        }
    }

    /** @param {ChartData} data */
    setData(data) {
        this.curves = data;
        this.touch();
    }

    /** @param {number|null} from @param {number|null} to null, null: all there is */
    setRange(from, to) {
        this.view = from === null || to === null || !(from < to) ? null : [from, to];
        this.touch();
    }

    /** @param {number} from @param {number} to */
    drawNow(from, to) {
        waiting.delete(this.draw);
        this.view = [from, to];
        this.redraw();
    }

    /** @param {string[]} texts */
    rest(texts) {
        this.resting = texts;
        if ((this.plot.cursor.left ?? -1) < 0)
            this.readout();
    }

    /** @returns {[number, number]} */
    xRange() {
        if (this.view)
            return this.view;
        let [min, max] = [Infinity, -Infinity];
        for (const curve of this.curves) {
            const n = curve ? length(curve) : 0;
            if (!curve || !n)
                continue;
            min = Math.min(min, curve.x[0]);
            max = Math.max(max, curve.x[n - 1]);
        }
        if (!(min <= max))
            return [0, 1];
        return min < max ? [min, max] : roomy(min, max);
    }

    /**
     * @param {Curve} curve
     * @param {[number, number]} range
     * @returns {[number, number]}
     */
    visible(curve, range) {
        const from = Math.max(0, lowerBound(curve, range[0]) - 1);
        return [from, Math.min(length(curve), lowerBound(curve, range[1]) + 1)];
    }

    /** @param {[number, number]} range of x @returns {[number, number]} */
    yRange(range) {
        const {y} = this.opts;
        if (this.boxed)
            return this.boxed;
        /** @type {[number, number]} */
        const found = [Infinity, -Infinity];
        this.curves.forEach((curve, at) => {
            if (curve && !this.hidden.has(at))
                extend(curve, ...this.visible(curve, range), found);
        });
        if (!y.restful)
            return roomy(found[0], found[1]);
        this.shownY = restful(this.shownY, found[0], found[1]);
        return this.shownY;
    }

    redraw() {
        if (!this.root.isConnected)
            return;
        const began = performance.now();
        const {plot} = this;
        const [from, to] = this.xRange();
        const [min, max] = this.yRange([from, to]);
        plot.batch(() => {
            if (plot.width !== this.width || plot.height !== this.height)
                plot.setSize({width: this.width, height: this.height});
            plot.setScale('x', {min: from, max: to});
            plot.setScale('y', {min, max});
        });
        this.readout();
        this.drawnMs = performance.now() - began;
        this.describing.ask();
    }

    /** Of what is shown, not the axis. @param {number} from @param {number} to */
    values(from, to) {
        /** @type {[number, number]} */
        const found = [Infinity, -Infinity];
        for (const {curve} of this.shown()) {
            const end = lowerBound(curve, to);
            extend(curve, lowerBound(curve, from),
                end + Number(curve.x[end] === to && end < length(curve)), found);
        }
        return found;
    }

    /** Of what was drawn last. */
    describe() {
        const {label, x, y, series} = this.opts;
        const names = series.map((one) => one.name)
            .filter((_, at) => !this.hidden.has(at));
        const [from, to] = this.xRange();
        const [min, max] = this.values(from, to);
        const still = this.view && !this.opts.follows && this.curves.length;
        const isEmpty = this.curves.every((curve) => !curve || !length(curve));
        const shown = isEmpty && !still ? 'no values yet'
            : `${x.label || 'x'} from ${this.xText(from)} to ${this.xText(to)}, ` +
                (min > max ? 'no rows here'
                    : `values between ${number(min, 4)} and ${number(max, 4)}` +
                    `${y.unit ? ' ' + y.unit : ''}`);
        this.holder.setAttribute('aria-label', `${label || y.label || 'Chart'}: ` +
            `${names.slice(0, 8).join(', ')}` +
            `${names.length > 8 ? ' and others' : ''}; ${shown}. ` +
            'Arrows move, plus and minus zoom, Home shows all.');
    }

    /** @param {uPlot} u */
    paint(u) {
        const {ctx, bbox} = u;
        ctx.save();
        this.paintUnit(u);
        ctx.beginPath();
        ctx.rect(bbox.left, bbox.top - 1, bbox.width, bbox.height + 2);
        ctx.clip();
        this.opts.overlays?.(u, false);
        const shown = this.shown();
        this.paintCurves(u, shown);
        const frame = this.frameOf(u);
        if (this.opts.series.length > 1)
            paintMarks(frame, shown, this.opts.series.length);
        this.opts.overlays?.(u, true);
        ctx.restore();
        if (this.opts.ends)
            paintEnds(frame, shown);
    }

    /** @returns {import('./marks.js').Shown[]} */
    shown() {
        return this.opts.series.flatMap((series, at) => {
            const curve = this.curves[at];
            return curve && !this.hidden.has(at) && length(curve)
                ? {series, curve, at} : [];
        });
    }

    /** @param {uPlot} u @returns {import('./marks.js').Frame} */
    frameOf(u) {
        return {ctx: u.ctx, plot: u.bbox, scale: uPlot.pxRatio, range: this.xRange(),
            x: this.axis(u, 'x'), y: this.axis(u, 'y'), room: this.endsRoom(u)};
    }

    /** px right of the plot @param {uPlot} u */
    endsRoom(u) {
        const {ends, series} = this.opts;
        return ends ? endsRoom(u.ctx, series.map(({name}) => name), u.width) : RIGHT;
    }

    /** @param {uPlot} u */
    paintUnit({ctx, bbox}) {
        const {label, unit} = this.opts.y;
        const text = [label, unit && label ? `(${unit})` : unit]
            .filter(Boolean).join(' ');
        const scale = uPlot.pxRatio;
        ctx.font = `${fontSize() * scale}px ${FONT}`;
        ctx.fillStyle = css('--muted');
        ctx.textAlign = 'left';
        ctx.textBaseline = 'bottom';
        ctx.fillText(text, Math.max(2 * scale, bbox.left - 34 * scale),
            bbox.top - 4 * scale);
    }

    /** @param {View} u @param {'x'|'y'} key @returns {import('./curve.js').Axis} */
    axis({bbox: {left, top, width, height}, scales}, key) {
        const [low, high] = [scales[key].min ?? 0, scales[key].max ?? 1];
        const scale = (key === 'x' ? width : -height) / (high - low || 1);
        return {scale, shift: (key === 'x' ? left : top + height) - low * scale};
    }

    /** @param {uPlot} u @param {ReturnType<LineChart['shown']>} shown */
    paintCurves(u, shown) {
        /** @type {import('./chart_layer.js').Paint} */
        const paint = (view, at) =>
            this.paintCurve(view, shown[at].series, shown[at].curve);
        if (!this.layer)
            return shown.forEach((_, at) => void paint(u, at));
        const look = shown.map(({series, at}) => at + colour(series.colourIndex));
        this.layer.draw(u, uPlot.pxRatio, shown.map(({curve}) => curve), look.join(),
            paint);
    }

    /** Says whether it is a band. @param {View} u @param {ChartSeries} series
     * @param {Curve} curve */
    paintCurve(u, series, curve) {
        const {stroke} = this;
        const scale = uPlot.pxRatio;
        const {min, max} = u.scales.x;
        const [from, to] = this.visible(curve, [Number(min), Number(max)]);
        trace(curve, from, to, this.axis(u, 'x'), this.axis(u, 'y'),
            Math.ceil(u.bbox.width / scale), scale, stroke);
        stroke.band ||= Boolean(u.bands);
        const {ctx} = u;
        ctx.strokeStyle = ctx.fillStyle = colour(series.colourIndex);
        ctx.lineWidth = stroke.band || stroke.n > LONG ? 1 : LINE * scale;
        ctx.lineJoin = 'bevel';
        ctx.setLineDash(stroke.band || to - from > u.width ? []
            : dash(series.colourIndex).map((part) => part * scale));
        ctx.beginPath();
        for (let at = 0; at < stroke.n;)
            at = addRun(ctx, stroke, at, 2 * scale);
        if (stroke.band) {
            ctx.globalAlpha = FILL;
            ctx.fill();
            ctx.globalAlpha = 1;
        }
        ctx.stroke();
        ctx.setLineDash([]);
        return stroke.band;
    }

    /** @param {number} x */
    xText(x) {
        const {time, origin = 0} = this.opts.x;
        const [from, to] = this.xRange();
        const step = 10 ** Math.floor(Math.log10(
            (to - from) / Math.max(this.width, 100)));
        return timeText(x, Math.min(step, 1), time, time === 'unix' ? origin : 0);
    }

    /** @param {Curve} curve @param {number} x @param {string} [unit] */
    valueText(curve, x, unit) {
        const at = nearest(curve, x);
        const [lo, hi] = [curve.lo[at], (curve.hi || curve.lo)[at]];
        if (at < 0 || !(lo <= hi))
            return '–';
        const tail = unit && unit !== this.opts.y.unit ? ` ${unit}` : '';
        return (lo === hi ? number(lo) : `${number(lo, 3)} … ${number(hi, 3)}`) + tail;
    }

    readout() {
        const left = this.plot.cursor.left ?? -1;
        const at = left >= 0 ? this.plot.posToVal(left, 'x') : null;
        if (at !== this.pointed)
            this.opts.onCursor?.(at);
        this.pointed = at;
        this.flag.hidden = at === null;
        if (at === null)
            return this.legend.values(this.resting);
        this.flag.textContent = this.xText(at);
        this.flag.style.transform = `translateX(${left}px)` +
            (left > this.plot.over.clientWidth / 2 ? ' translateX(-100%)' : '');
        return this.legend.values(this.opts.series.map((series, i) => {
            const curve = this.curves[i];
            return curve && !this.hidden.has(i) ? this.valueText(curve, at, series.unit)
                : '';
        }));
    }

    /** @param {number} from @param {number} to shares of the width */
    zoom(from, to) {
        const [a, b] = this.xRange();
        const [min, max] = [a + from * (b - a), a + to * (b - a)];
        if (!(max - min > 1e-9 * Math.max(Math.abs(max), 1e-3)))
            return;
        this.setRange(min, max);
        this.opts.onRange?.(min, max);
    }

    fit() {
        this.boxed = null;
        this.setRange(null, null);
        this.opts.onRange?.(null, null);
    }

    /**
     * @param {number} x0 @param {number} y0 @param {number} x1 @param {number} y1
     * @param {boolean} done
     */
    box(x0, y0, x1, y1, done) {
        const {plot} = this;
        const [left, right] = [Math.min(x0, x1), Math.max(x0, x1)];
        const [top, bottom] = [Math.min(y0, y1), Math.max(y0, y1)];
        this.frame.hidden = done;
        Object.assign(this.frame.style, {left: `${left}px`, top: `${top}px`,
            width: `${right - left}px`, height: `${bottom - top}px`});
        if (!done || right - left < 4)
            return;
        if (bottom - top > 12)
            this.boxed = [plot.posToVal(bottom, 'y'), plot.posToVal(top, 'y')];
        const width = plot.over.clientWidth;
        this.zoom(left / width, right / width);
    }

    /** @param {number} at @param {boolean} alone */
    toggle(at, alone) {
        if (this.opts.onToggle)
            return this.opts.onToggle(at, alone);
        const hidden = new Set(this.hidden);
        const others = this.opts.series.map((_, i) => i).filter((i) => i !== at);
        if (alone)
            return this.hide(others.every((i) => hidden.has(i)) ? new Set()
                : new Set(others));
        if (!hidden.delete(at))
            hidden.add(at);
        return this.hide(hidden);
    }

    /** @param {Set<number>} hidden */
    hide(hidden) {
        this.hidden = hidden;
        this.legend.hidden(hidden);
        this.touch();
    }

    /** With the names of what it shows, as it is saved. */
    async canvas() {
        waiting.delete(this.draw);
        this.redraw();
        const scale = uPlot.pxRatio;
        const inner = this.plot.ctx.canvas;
        const canvas = document.createElement('canvas');
        const ctx = /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d'));
        const named = this.opts.series.filter((_, at) => !this.hidden.has(at));
        canvas.width = inner.width;
        const top = Math.ceil(paintLegend(ctx, named, inner.width, scale, true));
        canvas.height = inner.height + top;
        ctx.fillStyle = css('--surface');
        ctx.fillRect(0, 0, canvas.width, canvas.height);
        ctx.fillStyle = css('--text');
        paintLegend(ctx, named, inner.width, scale, false);
        ctx.drawImage(inner, 0, top);
        return canvas;
    }

    destroy() {
        waiting.delete(this.draw);
        this.describing.stop();
        this.observer.disconnect();
        for (const end of this.ends)
            end();
        this.plot.destroy();
        this.root.remove();
    }
}
