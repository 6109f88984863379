// SPDX-License-Identifier: GPL-3.0-or-later
// Paths of SVG from points.

/** To a tenth of a pixel. @param {number} x */
export function round(x) {
    return Math.round(x * 10) / 10;
}

/**
 * A path through points; null lifts the pen.
 * @param {([number, number]|null)[]} points
 */
export function line(points) {
    let up = true;
    return points.map((point) => {
        if (!point) {
            up = true;
            return '';
        }
        const text = `${up ? 'M' : 'L'}${round(point[0])} ${round(point[1])}`;
        up = false;
        return text;
    }).join('');
}
