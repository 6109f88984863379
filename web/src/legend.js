// SPDX-License-Identifier: GPL-3.0-or-later
// The names of a chart's series with their lines and the values at the cursor. A click
// hides a series, with Alt only it stays.
import {h, svg} from './dom.js';
import {paintMark} from './marks.js';
import {colour, dash, shape} from './theme.js';

/** label: for those who hear it, where the name says too little. */
/** @typedef {{name: string, colourIndex: number, label?: string}} Named */
/**
 * @typedef {{element: HTMLElement, values: (texts: string[]) => void,
 *     hidden: (hidden: Set<number>) => void, recolour: () => void}} Legend
 */

/**
 * Line and dash of a series; with its shape where that is to tell it from others.
 * @param {number} index
 * @param {boolean} marked
 */
export function swatch(index, marked) {
    return svg('svg', {class: 'swatch', viewBox: '0 0 26 12', 'aria-hidden': 'true'},
        svg('line', {x1: 1, x2: 25, y1: 6, y2: 6, 'stroke-width': marked ? 2 : 3,
            stroke: colour(index), 'stroke-dasharray': dash(index).join(' ') || null}),
        marked && svg('path', {class: 'shape', d: shape(index), fill: colour(index),
            transform: 'translate(13 6)'}));
}

let legends = 0; // ids tell their values apart

/**
 * A button is called by its series; the value, which changes, only describes it.
 * @param {Named[]} series
 * @param {(index: number, alone: boolean) => void} onToggle
 * @returns {Legend}
 */
export function makeLegend(series, onToggle) {
    const marked = series.length > 1;
    const id = `legend-${legends++}`;
    const values = series.map((_, at) =>
        h('span', {class: 'value', id: `${id}-${at}`, 'aria-hidden': 'true'}));
    const buttons = series.map((one, at) => h('button', {type: 'button', class: 'quiet',
        'aria-pressed': 'true', title: 'Hide or show; with Alt only this one',
        'aria-describedby': values[at].id,
        on: {click: (/** @type {MouseEvent} */ ev) => onToggle(at, ev.altKey)}},
        swatch(one.colourIndex, marked),
        one.label && h('span', {class: 'visually-hidden', text: one.label}),
        h('span', {class: 'name clip', title: one.name, text: one.name,
            'aria-hidden': one.label ? 'true' : null}), values[at]));
    return {
        element: h('div', {class: 'legend'}, buttons),
        values(texts) {
            texts.forEach((text, i) => {
                if (values[i].textContent !== text)
                    values[i].textContent = text;
            });
        },
        hidden(hidden) {
            buttons.forEach((button, i) =>
                button.setAttribute('aria-pressed', String(!hidden.has(i))));
        },
        recolour() {
            buttons.forEach((button, i) =>
                button.firstChild?.replaceWith(
                    swatch(series[i].colourIndex, marked)));
        },
    };
}

/**
 * Draws the names into a picture that is saved.
 * @param {CanvasRenderingContext2D} ctx
 * @param {Named[]} series
 * @param {number} width in device pixels
 * @param {number} scale device pixels to one of the page
 * @param {boolean} measure only says the height
 * @returns {number} its height
 */
export function paintLegend(ctx, series, width, scale, measure) {
    let [x, y] = [0, 0];
    ctx.font = `${12 * scale}px system-ui, sans-serif`;
    for (const one of series) {
        const wide = ctx.measureText(one.name).width + 46 * scale;
        if (x && x + wide > width)
            [x, y] = [0, y + 18 * scale];
        if (!measure)
            paintName(ctx, one, x, y, scale, series.length > 1);
        x += wide;
    }
    return series.length ? y + 22 * scale : 0;
}

/**
 * @param {CanvasRenderingContext2D} ctx
 * @param {Named} one
 * @param {number} x
 * @param {number} y
 * @param {number} scale
 * @param {boolean} marked
 */
function paintName(ctx, one, x, y, scale, marked) {
    ctx.strokeStyle = colour(one.colourIndex);
    ctx.lineWidth = (marked ? 2 : 3) * scale;
    ctx.setLineDash(dash(one.colourIndex).map((part) => part * scale));
    ctx.beginPath();
    ctx.moveTo(x, y + 8 * scale);
    ctx.lineTo(x + 24 * scale, y + 8 * scale);
    ctx.stroke();
    ctx.setLineDash([]);
    if (marked)
        paintMark(ctx, one.colourIndex, x + 12 * scale, y + 8 * scale, scale);
    ctx.textBaseline = 'middle';
    ctx.fillText(one.name, x + 30 * scale, y + 8 * scale);
}
