// SPDX-License-Identifier: GPL-3.0-or-later
// Moving about in a chart: wheel, drag, pinch, box and keys. It knows pixels only; the
// chart makes ranges of them.

/**
 * Shares of the plot: [from, to) of its present width become the whole width. box: in
 * pixels of the plot; done: the pointer was lifted.
 * @typedef {{el: HTMLElement, keys: HTMLElement, zoom: (from: number,
 *     to: number) => void, fit: () => void, box: (x0: number, y0: number, x1: number,
 *     y1: number, done: boolean) => void}} Moves
 */

/** @param {PointerEvent|WheelEvent|MouseEvent} ev @param {DOMRect} rect */
function share(ev, rect) {
    return (ev.clientX - rect.left) / rect.width;
}

/** @param {Moves} moves @param {number} at @param {number} factor */
function zoomAt(moves, at, factor) {
    moves.zoom(at - at * factor, at + (1 - at) * factor);
}

/** @param {Moves} moves */
function onWheel(moves) {
    /** @param {WheelEvent} ev */
    return (ev) => {
        ev.preventDefault();
        const rect = moves.el.getBoundingClientRect();
        const unit = ev.deltaMode === 1 ? 16 : 1;
        const side = ev.shiftKey && !ev.deltaX ? ev.deltaY : ev.deltaX;
        if (Math.abs(side) > Math.abs(ev.deltaY) || ev.shiftKey)
            moves.zoom(side * unit / rect.width, 1 + side * unit / rect.width);
        else
            zoomAt(moves, share(ev, rect),
                Math.exp(ev.deltaY * unit * (ev.ctrlKey ? 0.01 : 0.0015)));
    };
}

/** @param {Moves} moves */
function onKeys(moves) {
    /** @type {Record<string, () => void>} */
    const keys = {
        ArrowLeft: () => moves.zoom(-0.2, 0.8),
        ArrowRight: () => moves.zoom(0.2, 1.2),
        '+': () => zoomAt(moves, 0.5, 0.7),
        '=': () => zoomAt(moves, 0.5, 0.7),
        '-': () => zoomAt(moves, 0.5, 1 / 0.7),
        Home: () => moves.fit(),
    };
    /** @param {KeyboardEvent} ev */
    return (ev) => {
        const run = ev.ctrlKey || ev.altKey || ev.metaKey ? null : keys[ev.key];
        if (!run)
            return;
        ev.preventDefault();
        run();
    };
}

/** @typedef {{x: number, y: number}} Point */

/**
 * One pointer drags, two pinch, shift makes a box.
 * @param {Moves} moves
 */
function pointers(moves) {
    /** @type {Map<number, Point>} */
    const held = new Map();
    /** @type {Point|null} */
    let corner = null;

    /** @param {PointerEvent} ev @returns {Point} */
    const point = (ev) => ({x: ev.clientX, y: ev.clientY});

    /** @param {PointerEvent} ev @param {boolean} done */
    function drawBox(ev, done) {
        if (!corner)
            return;
        const rect = moves.el.getBoundingClientRect();
        moves.box(corner.x - rect.left, corner.y - rect.top, ev.clientX - rect.left,
            ev.clientY - rect.top, done);
    }

    /** @param {Point} before @param {Point} now @param {DOMRect} rect */
    function drag(before, now, rect) {
        const moved = (before.x - now.x) / rect.width;
        if (moved)
            moves.zoom(moved, 1 + moved);
    }

    /**
     * @param {Point} before
     * @param {Point} now
     * @param {Point} other
     * @param {DOMRect} rect
     */
    function pinch(before, now, other, rect) {
        const was = Math.max(Math.abs(before.x - other.x), 8);
        const is = Math.max(Math.abs(now.x - other.x), 8);
        const centre = ((before.x + other.x) / 2 - rect.left) / rect.width;
        const shift = (before.x - now.x) / 2 / rect.width;
        const factor = was / is;
        moves.zoom(centre - centre * factor + shift,
            centre + (1 - centre) * factor + shift);
    }

    return {
        /** @param {PointerEvent} ev */
        pointerdown(ev) {
            if (ev.button !== 0 || held.size > 1)
                return;
            moves.el.setPointerCapture(ev.pointerId);
            held.set(ev.pointerId, point(ev));
            corner = ev.shiftKey && held.size === 1 ? point(ev) : null;
        },
        /** @param {PointerEvent} ev */
        pointermove(ev) {
            const before = held.get(ev.pointerId);
            if (!before)
                return;
            const now = point(ev);
            const rect = moves.el.getBoundingClientRect();
            const other = [...held].find(([id]) => id !== ev.pointerId);
            held.set(ev.pointerId, now);
            if (corner)
                drawBox(ev, false);
            else if (other)
                pinch(before, now, other[1], rect);
            else
                drag(before, now, rect);
        },
        /** @param {PointerEvent} ev */
        pointerup(ev) {
            if (held.delete(ev.pointerId))
                drawBox(ev, true);
            corner = null;
        },
        /** @param {PointerEvent} ev */
        pointercancel(ev) {
            held.delete(ev.pointerId);
            corner = null;
        },
    };
}

/**
 * @param {Moves} moves
 * @returns {() => void} ends it
 */
export function moveAbout(moves) {
    const end = new AbortController();
    const {signal} = end;
    moves.el.addEventListener('wheel', onWheel(moves), {passive: false, signal});
    moves.el.addEventListener('dblclick', () => moves.fit(), {signal});
    moves.keys.addEventListener('keydown', onKeys(moves), {signal});
    for (const [type, listener] of Object.entries(pointers(moves)))
        moves.el.addEventListener(type, /** @type {EventListener} */ (listener),
            {signal});
    return () => end.abort();
}
