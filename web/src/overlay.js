// SPDX-License-Identifier: GPL-3.0-or-later
// What people and statistics say of a stretch of a run, painted onto its chart:
// annotations, exclusions, and the places at which the mean has changed, which can be
// clicked.
import uPlot from 'uplot';

import {h} from './dom.js';
import {colour, css} from './theme.js';

/**
 * of: the run, where there are several: then its stretches are thin bands at the top.
 * @typedef {{from: number, to: number, text: string, colourIndex: number, of?: string,
 *     kind: 'note'|'excluded'|'change', choose?: () => void}} Range
 */

const ROW = 15;
const ROWS = 4;
const LEAST = 40; // px for a text whose stretch is narrower
const MOST = 80;  // characters
const BAND = 7;   // px of one run's stretch among several runs

/** @param {uPlot} u @param {boolean} front @param {Range[]} ranges */
export function paintRanges(u, front, ranges) {
    const scale = uPlot.pxRatio;
    if (front) {
        paintTexts(u, ranges, scale);
        placeMarks(u, ranges);
        return;
    }
    for (const range of ranges)
        if (range.kind === 'change')
            paintChange(u, range, scale);
        else
            paintRange(u, range, scale);
    u.ctx.globalAlpha = 1;
}

/** @param {uPlot} u @param {number} x */
function pixel(u, x) {
    const at = u.valToPos(x, 'x', true);
    return Math.max(u.bbox.left - 9, Math.min(u.bbox.left + u.bbox.width + 9, at));
}

/** @param {uPlot} u @param {Range} range @param {number} scale */
function paintRange(u, range, scale) {
    const {ctx, bbox} = u;
    const from = pixel(u, range.from);
    const width = Math.max(pixel(u, range.to) - from, 2 * scale);
    if (range.of !== undefined) {
        const y = bbox.top + range.colourIndex % ROWS * BAND * scale;
        ctx.fillStyle = colour(range.colourIndex);
        ctx.globalAlpha = range.kind === 'excluded' ? 0.85 : 0.5;
        ctx.fillRect(from, y, width, (BAND - 1) * scale);
        return;
    }
    ctx.fillStyle = range.kind === 'excluded' ? css('--bad') : css('--accent');
    ctx.globalAlpha = 0.13;
    ctx.fillRect(from, bbox.top, width, bbox.height);
    ctx.globalAlpha = 1;
    ctx.fillStyle = colour(range.colourIndex);
    ctx.fillRect(from, bbox.top + range.colourIndex % ROWS * 3 * scale, width,
        3 * scale);
    if (range.kind === 'excluded')
        hatch(ctx, from, bbox.top, width, bbox.height, 9 * scale);
}

/**
 * @param {CanvasRenderingContext2D} ctx
 * @param {number} x @param {number} y @param {number} width @param {number} height
 * @param {number} distance
 */
function hatch(ctx, x, y, width, height, distance) {
    ctx.save();
    ctx.beginPath();
    ctx.rect(x, y, width, height);
    ctx.clip();
    ctx.beginPath();
    for (let at = x - height; at < x + width; at += distance) {
        ctx.moveTo(at, y + height);
        ctx.lineTo(at + height, y);
    }
    ctx.strokeStyle = css('--bad');
    ctx.globalAlpha = 0.35;
    ctx.lineWidth = 1;
    ctx.stroke();
    ctx.restore();
}

/** @param {uPlot} u @param {Range} range @param {number} scale */
function paintChange(u, range, scale) {
    const {ctx, bbox} = u;
    const x = pixel(u, range.from);
    ctx.strokeStyle = colour(range.colourIndex);
    ctx.lineWidth = 1.5 * scale;
    ctx.setLineDash([5 * scale, 4 * scale]);
    ctx.beginPath();
    ctx.moveTo(x, bbox.top);
    ctx.lineTo(x, bbox.top + bbox.height);
    ctx.stroke();
    ctx.setLineDash([]);
}

/**
 * As much of a text as has room.
 * @param {CanvasRenderingContext2D} ctx
 * @param {string} text
 * @param {number} room px
 */
function shortened(ctx, text, room) {
    if (ctx.measureText(text).width <= room)
        return text;
    let n = Math.floor(text.length * room / ctx.measureText(text).width);
    while (n > 0 && ctx.measureText(text.slice(0, n) + '…').width > room)
        n--;
    return text.slice(0, n).trimEnd() + '…';
}

/** @param {Range} range */
export function textOf({of, kind, text}) {
    return (of === undefined ? '' : `${of}: `) +
        (kind === 'excluded' ? `left out: ${text}` : text);
}

/** Each in the first row where it has room. */
/** @param {uPlot} u @param {Range[]} ranges @param {number} scale */
function paintTexts(u, ranges, scale) {
    const {ctx, bbox} = u;
    const ends = new Array(ROWS).fill(-Infinity);
    const under = ranges.some(({of}) => of !== undefined) ? ROWS * BAND : 0;
    ctx.font = `${12 * scale}px system-ui, sans-serif`;
    ctx.textBaseline = 'top';
    ctx.textAlign = 'left';
    const shown = ranges.filter(({from, to}) =>
        to >= Number(u.scales.x.min) && from <= Number(u.scales.x.max));
    for (const range of shown.sort((a, b) => a.from - b.from)) {
        const text = textOf(range);
        const x = Math.max(pixel(u, range.from), bbox.left) + 5 * scale;
        const row = ends.findIndex((end) => end < x);
        if (row < 0)
            continue;
        const room = range.kind === 'change' || range.of ? Infinity
            : Math.max(pixel(u, range.to) - x, LEAST * scale);
        const short = shortened(ctx, text.slice(0, MOST), room);
        const y = bbox.top + (6 + row * ROW + under) * scale;
        ends[row] = x + ctx.measureText(short).width + 8 * scale;
        ctx.globalAlpha = 0.75;
        ctx.fillStyle = css('--surface');
        ctx.fillRect(x - 2 * scale, y - scale, ends[row] - x - 4 * scale, ROW * scale);
        ctx.globalAlpha = 1;
        ctx.fillStyle = css('--text');
        ctx.fillText(short, x, y);
    }
}

/** Buttons at the foot of the plot, for pointers: below the chart there are others. */
/** @param {uPlot} u @param {Range[]} ranges */
function placeMarks(u, ranges) {
    const wanted = ranges.filter(({choose}) => choose);
    const marks = [...u.over.querySelectorAll('button.change')];
    for (const extra of marks.splice(wanted.length))
        extra.remove();
    wanted.forEach((range, at) => {
        const mark = /** @type {HTMLButtonElement} */ (marks[at] ||
            u.over.appendChild(h('button', {type: 'button', class: 'change', text: '◆',
                tabindex: '-1', 'aria-hidden': 'true',
                on: {pointerdown: (/** @type {Event} */ ev) =>
                    ev.stopPropagation()}})));
        const x = u.valToPos(range.from, 'x');
        mark.hidden = x < 0 || x > u.over.clientWidth;
        mark.style.left = `${x}px`;
        mark.style.color = colour(range.colourIndex);
        mark.title = `The mean changes here, by ${range.text}`;
        mark.onclick = () => range.choose?.();
    });
}
