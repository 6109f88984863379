// SPDX-License-Identifier: GPL-3.0-or-later
// Pictures drawn as SVG: redrawn when their width or the theme changes, with axes and
// legend, and as PNG or SVG file exactly as they are seen.
import {h, svg} from './dom.js';
import {download, exhibit} from './exhibit.js';
import {round} from './path.js';
import {apart, wrap} from './scale.js';
import {colour, css, dash, onTheme} from './theme.js';

/** @typedef {import('./scale.js').Scale} Scale */
/** @typedef {{element: HTMLElement, svg: () => SVGElement, draw: () => void,
 *     canvas: () => Promise<HTMLCanvasElement>, stop: () => void}} Picture */

const LEAST = 280;
/** @type {CanvasRenderingContext2D|null} */
let pen = null;

/**
 * How wide a text is in the page's font.
 * @param {string} text
 * @param {number} [size] px
 */
export function wide(text, size = 12) {
    pen ||= document.createElement('canvas').getContext('2d');
    if (!pen)
        return text.length * size * 0.55;
    pen.font = `${size}px ${getComputedStyle(document.body).fontFamily}`;
    return pen.measureText(text).width;
}

/**
 * @param {(width: number) => SVGElement} make
 * @returns {Picture}
 */
export function picture(make) {
    const element = h('div', {class: 'picture'});
    let width = 0;
    /** @type {SVGElement} */
    let shown = svg('svg');
    const draw = () => {
        shown = make(Math.max(LEAST, Math.floor(width || 720)));
        element.replaceChildren(shown);
    };
    const observer = new ResizeObserver(([entry]) => {
        if (Math.abs(entry.contentRect.width - width) < 1)
            return;
        width = entry.contentRect.width;
        requestAnimationFrame(draw);
    });
    const forget = onTheme(draw);
    draw();
    observer.observe(element);
    return {
        element, draw, svg: () => shown,
        canvas: () => toCanvas(shown),
        stop() {
            observer.disconnect();
            forget();
        },
    };
}

/**
 * The root of a picture: what it is called and shows, for those who cannot see it.
 * @param {number} width
 * @param {number} height
 * @param {string} title
 * @param {string} desc
 * @param {...SVGElement} children
 */
export function root(width, height, title, desc, ...children) {
    return svg('svg', {class: 'pic', role: 'img', width, height,
        viewBox: `0 0 ${width} ${height}`, 'aria-label': `${title}. ${desc}`},
        svg('title', {text: title}), svg('desc', {text: desc}), children);
}

/**
 * @param {number} x
 * @param {number} y
 * @param {string} text
 * @param {Record<string, any>} [attrs]
 */
export function label(x, y, text, attrs) {
    return svg('text', {x: round(x), y: round(y), ...attrs, text});
}

/**
 * One entry for each series, wrapped; returns where it ends.
 * @param {SVGElement} into
 * @param {{name: string, index: number}[]} series
 * @param {number} left
 * @param {number} width
 */
export function legend(into, series, left, width) {
    let x = left, y = 14;
    for (const {name, index} of series) {
        const space = 30 + wide(name) + 16;
        if (x > left && x + space > width) {
            x = left;
            y += 18;
        }
        into.append(
            svg('line', {x1: x, x2: x + 24, y1: y - 4, y2: y - 4, ...stroke(index)}),
            label(x + 30, y, name));
        x += space;
    }
    return y + 8;
}

/**
 * Colour and dash of a series.
 * @param {number} index
 */
export function stroke(index) {
    return {stroke: colour(index), 'stroke-width': 2, fill: 'none',
        'stroke-dasharray': dash(index).join(' ') || null};
}

/**
 * @typedef {{width: number, top: number, bottom: number, left: number,
 *     right: number}} Box
 * right: where the plot ends, bottom: where it ends.
 */

/**
 * Grid lines, ticks and what the axes are.
 * @param {SVGElement} into
 * @param {Box} box
 * @param {{x: Scale, y?: Scale, xLabel: string, yLabel?: string}} axes
 */
export function grid(into, box, axes) {
    for (const tick of apart(axes.x, wide)) {
        const at = round(axes.x.to(tick.value));
        into.append(
            svg('line', {class: 'grid', x1: at, x2: at, y1: box.top, y2: box.bottom}),
            label(clamp(at, wide(tick.text) / 2, box.width - wide(tick.text) / 2),
                box.bottom + 17, tick.text, {'text-anchor': 'middle'}));
    }
    for (const tick of axes.y?.ticks || []) {
        const at = round(/** @type {Scale} */ (axes.y).to(tick.value));
        into.append(
            svg('line', {class: 'grid', x1: box.left, x2: box.right, y1: at, y2: at}),
            label(box.left - 8, at + 4, tick.text, {'text-anchor': 'end'}));
    }
    into.append(label((box.left + box.right) / 2, box.bottom + 35, axes.xLabel,
        {'text-anchor': 'middle', class: 'axis'}));
    if (axes.yLabel)
        into.append(label(0, box.top - 10, axes.yLabel, {class: 'axis'}));
}

/**
 * @param {number} x
 * @param {number} least
 * @param {number} most
 */
export function clamp(x, least, most) {
    return Math.min(most, Math.max(least, x));
}

/* ---- as files ---- */

const STYLES = ['fill', 'fill-opacity', 'stroke', 'stroke-width', 'stroke-dasharray',
    'stroke-opacity', 'opacity', 'font-family', 'font-size', 'font-weight',
        'text-anchor'];

/**
 * What the page's style sheet says becomes part of the copy.
 * @param {Element} from
 * @param {Element} to
 */
function inline(from, to) {
    const style = getComputedStyle(from);
    for (const name of STYLES)
        if (style.getPropertyValue(name))
            to.setAttribute(name, style.getPropertyValue(name));
    to.removeAttribute('class');
    for (let i = 0; i < from.children.length; i++)
        inline(from.children[i], to.children[i]);
}

/**
 * A copy that needs no style sheet.
 * @param {SVGElement} from
 */
function standing(from) {
    const copy = /** @type {SVGElement} */ (from.cloneNode(true));
    inline(from, copy);
    for (const el of copy.querySelectorAll('[data-live]'))
        el.remove();
    copy.setAttribute('xmlns', 'http://www.w3.org/2000/svg');
    return copy;
}

const EDGE = 16;

/**
 * Lines of text as part of a file.
 * @param {string} text
 * @param {number} y of the first base line
 * @param {number} width
 * @param {Record<string, any>} style
 */
function lines(text, y, width, style) {
    const size = style['font-size'];
    return wrap(text, width, (part) => wide(part, size)).map((part, at) =>
        label(0, y + at * size * 1.4, part, style));
}

/**
 * The picture as a file of its own, with its title above and its settings below.
 * @param {SVGElement} from
 * @param {string} title
 * @param {string} note
 */
export function toText(from, title, note) {
    const copy = standing(from);
    const width = Number(from.getAttribute('width'));
    const height = Number(from.getAttribute('height'));
    const family = getComputedStyle(from).fontFamily;
    const above = lines(title, 0, width,
        {'font-size': 16, 'font-weight': 600, fill: css('--text'),
            'font-family': family});
    const below = lines(note, height + 22, width,
        {'font-size': 12, fill: css('--muted'), 'font-family': family});
    const top = EDGE + 22 * above.length;
    const whole = {x: -EDGE, y: -top, width: width + 2 * EDGE,
        height: top + height + 22 + 17 * below.length};
    copy.insertBefore(svg('rect', {...whole, fill: css('--surface'), stroke: 'none'}),
        copy.children[2] || null);
    above.forEach((text, at) =>
        text.setAttribute('y', String(22 * (at - above.length) + 10)));
    copy.append(...above, ...below);
    copy.setAttribute('viewBox',
        `${whole.x} ${whole.y} ${whole.width} ${whole.height}`);
    copy.setAttribute('width', String(whole.width));
    copy.setAttribute('height', String(whole.height));
    return new XMLSerializer().serializeToString(copy);
}

/**
 * In device pixels.
 * @param {SVGElement} from
 * @returns {Promise<HTMLCanvasElement>}
 */
export async function toCanvas(from) {
    const text = new XMLSerializer().serializeToString(standing(from));
    const url = URL.createObjectURL(new Blob([text], {type: 'image/svg+xml'}));
    const image = new Image();
    try {
        image.src = url;
        await image.decode();
    } finally {
        URL.revokeObjectURL(url);
    }
    const canvas = document.createElement('canvas');
    const scale = window.devicePixelRatio || 1;
    canvas.width = scale * Number(from.getAttribute('width'));
    canvas.height = scale * Number(from.getAttribute('height'));
    canvas.getContext('2d')?.drawImage(image, 0, 0, canvas.width, canvas.height);
    return canvas;
}

/**
 * An exhibit of a picture, which can be saved as SVG too.
 * @param {Picture} shown
 * @param {{title: string, id: string, note: string, around?: HTMLElement,
 *     table: () => import('./table.js').Table}} about around: the picture and what
 *     belongs
 *     to it
 */
export function pictureExhibit(shown, about) {
    const save = () => download(new Blob([toText(shown.svg(), about.title, about.note)],
        {type: 'image/svg+xml'}), `${about.id}.svg`);
    return exhibit({...about, chart: about.around || shown.element,
        canvas: shown.canvas,
        actions: [h('button', {type: 'button', class: 'quiet', text: 'SVG',
            title: 'Save the picture as SVG',
            'aria-label': `Save the picture as SVG: ${about.title}`,
                on: {click: save}})]});
}

/* ---- reading values off ---- */

/**
 * A rule that follows the pointer, or the arrow keys, and says what is there.
 * @param {Picture} shown
 * @param {HTMLElement} says
 * @param {() => {box: Box, read: (place: number) => string}} plot as it is now drawn
 */
export function readable(shown, says, plot) {
    let place = NaN;
    const show = () => {
        const {box, read} = plot();
        place = clamp(place, box.left, box.right);
        for (const el of shown.element.querySelectorAll('[data-live]'))
            el.remove();
        const rule = svg('line', {class: 'rule', x1: round(place), x2: round(place),
            y1: box.top, y2: box.bottom, 'data-live': ''});
        shown.svg().append(rule);
        says.textContent = read(place);
    };
    const move = (/** @type {PointerEvent} */ ev) => {
        place = ev.clientX - shown.svg().getBoundingClientRect().left;
        show();
    };
    const key = (/** @type {KeyboardEvent} */ ev) => {
        const step = {ArrowLeft: -1, ArrowRight: 1}[ev.key];
        if (!step)
            return;
        const {box} = plot();
        ev.preventDefault();
        ev.stopPropagation();
        place = Number.isFinite(place)
            ? place + step * (ev.shiftKey ? 40 : 4) : (box.left + box.right) / 2;
        show();
    };
    shown.element.tabIndex = 0;
    shown.element.setAttribute('role', 'group');
    shown.element.setAttribute('aria-label', 'Arrow keys read values off the picture');
    shown.element.addEventListener('pointermove', move);
    shown.element.addEventListener('pointerdown', move);
    shown.element.addEventListener('keydown', key);
}
