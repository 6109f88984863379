// SPDX-License-Identifier: GPL-3.0-or-later
// The names of curves beside their ends: how they are shortened and moved apart, and
// how they are painted.
import {lastValue, middle} from './curve.js';
import {paintMark} from './marks.js';
import {colour, css} from './theme.js';

/** What a name is that is to stand beside the place y; x: the curve's last point. */
/** @typedef {{name: string, index: number, x: number, y: number}} End */

/** px right of a plot without names. */
export const RIGHT = 10;
const ROW = 15;
const FONT = '12px system-ui, sans-serif';
const LEAD = 28; // px beside a name: the leader, the shape, the edge
const LEAST = 34; // px of a name that is worth showing
const SHARE = 0.28; // of the picture's width, at most
const MOST = 200; // px, all in all
const WORD = /[\s_.:/-]/;

/**
 * Places as near to the wanted ones as they can be, in their order and @row apart.
 * @param {number[]} wanted ascending
 * @param {number} row
 * @param {number} low
 * @param {number} high
 * @returns {number[]|null} null: there is no room
 */
export function spread(wanted, row, low, high) {
    if ((wanted.length - 1) * row > high - low)
        return null;
    /** @type {{sum: number, n: number}[]} those that touch, by what the first wants */
    const groups = [];
    const top = (/** @type {{sum: number, n: number}} */ {sum, n}) =>
        Math.min(Math.max(sum / n, low), high - (n - 1) * row);
    for (const want of wanted) {
        let last = {sum: want, n: 1};
        for (let prior = groups.at(-1); prior && top(prior) + prior.n * row > top(last);
            prior = groups.at(-1)) {
            groups.pop();
            last = {sum: prior.sum + last.sum - last.n * prior.n * row,
                n: prior.n + last.n};
        }
        groups.push(last);
    }
    return groups.flatMap((group) =>
        Array.from({length: group.n}, (_, at) => top(group) + at * row));
}

/**
 * As much of each name as has room: without what all begin with, then with its middle
 * left out, where names differ least.
 * @param {string[]} names
 * @param {(text: string) => number} wide
 * @param {number} room
 */
export function shortNames(names, wide, room) {
    if (names.every((name) => wide(name) <= room))
        return names;
    let same = 0;
    while (names.length > 1 && names.every((name) =>
        same < name.length - 1 && name[same] === names[0][same]))
        same++;
    while (same && !WORD.test(names[0][same - 1]))
        same--;
    return names.map((name) => {
        const rest = same ? '…' + name.slice(same) : name;
        let left = rest.length;
        let short = rest;
        while (left > 2 && wide(short) > room) {
            left--;
            short = rest.slice(0, left >> 1) + '…' + rest.slice(-((left + 1) >> 1));
        }
        return short;
    });
}

/**
 * Room for the names at the right; RIGHT where there is too little for them.
 * @param {CanvasRenderingContext2D} ctx
 * @param {string[]} names
 * @param {number} width of the picture
 */
export function endsRoom(ctx, names, width) {
    if (names.length < 2)
        return RIGHT;
    ctx.font = FONT;
    const wide = Math.max(...names.map((name) => ctx.measureText(name).width));
    const room = Math.min(wide, Math.min(width * SHARE, MOST) - LEAD);
    return room < LEAST ? RIGHT : Math.ceil(room) + LEAD;
}

/**
 * @param {import('./marks.js').Frame} frame
 * @param {import('./marks.js').Shown[]} shown
 * @returns {End[]} from the top down
 */
function endsOf({range, x, y}, shown) {
    return shown.flatMap(({series, curve}) => {
        const at = lastValue(curve, range);
        return at < 0 ? [] : {name: series.name, index: series.colourIndex,
            x: curve.x[at] * x.scale + x.shift,
            y: middle(curve, at) * y.scale + y.shift};
    }).sort((a, b) => a.y - b.y);
}

/**
 * @param {import('./marks.js').Frame} frame
 * @param {import('./marks.js').Shown[]} shown
 */
export function paintEnds(frame, shown) {
    const {ctx, plot, room, scale} = frame;
    const ends = endsOf(frame, shown);
    const places = room > RIGHT && spread(ends.map(({y}) => y), ROW * scale,
        plot.top + 6 * scale, plot.top + plot.height - 6 * scale);
    if (!places)
        return;
    ctx.save();
    ctx.font = FONT.replace('12', String(12 * scale));
    ctx.textAlign = 'left';
    ctx.textBaseline = 'middle';
    const names = shortNames(ends.map(({name}) => name),
        (text) => ctx.measureText(text).width, (room - LEAD + 1) * scale);
    const right = plot.left + plot.width;
    ends.forEach((end, at) => {
        paintLeader(ctx, end, right, places[at], scale);
        paintMark(ctx, end.index, right + 14 * scale, places[at], scale);
        ctx.fillStyle = css('--text');
        ctx.fillText(names[at], right + 22 * scale, places[at]);
    });
    ctx.restore();
}

/**
 * @param {CanvasRenderingContext2D} ctx @param {End} end @param {number} right
 * @param {number} place @param {number} scale
 */
function paintLeader(ctx, {index, x, y}, right, place, scale) {
    ctx.strokeStyle = colour(index);
    ctx.lineWidth = scale;
    ctx.beginPath();
    ctx.moveTo(right + 2 * scale, y);
    ctx.lineTo(right + 9 * scale, place);
    ctx.stroke();
    if (x > right - 4 * scale)
        return;
    ctx.setLineDash([scale, 4 * scale]);
    ctx.beginPath();
    ctx.moveTo(x + 3 * scale, y);
    ctx.lineTo(right, y);
    ctx.stroke();
    ctx.setLineDash([]);
}
