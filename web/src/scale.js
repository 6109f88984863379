// SPDX-License-Identifier: GPL-3.0-or-later
// From values to places in a picture and back, and where the ticks of an axis stand.
// Nothing here knows of a document.

/**
 * to: a value's place; from: the value at a place; ticks: values with their text.
 * @typedef {{to: (value: number) => number, from: (place: number) => number,
 *     low: number, high: number, ticks: {value: number, text: string}[]}} Scale
 */

const MINUS = '−';

/**
 * The step among 1, 2, 5 times a power of ten that gives about @count ticks.
 * @param {number} span above 0
 * @param {number} count
 */
export function stepOf(span, count) {
    const raw = span / Math.max(1, count);
    const power = 10 ** Math.floor(Math.log10(raw));
    const factor = raw / power;
    return power * (factor <= 1 ? 1 : factor <= 2 ? 2 : factor <= 5 ? 5 : 10);
}

/**
 * As short as it can be without two ticks of that step reading alike.
 * @param {number} value
 * @param {number} step
 * @param {boolean} [sign] "+" before what is above 0
 */
export function tickText(value, step, sign) {
    const clean = Math.abs(value) < step * 1e-6 ? 0 : value;
    const decimals = Math.min(12, Math.max(0, -Math.floor(Math.log10(step) + 1e-9)));
    const large = Math.abs(clean) >= 1e7 || decimals > 7;
    const digits = large && clean !== 0
        ? Math.max(0, Math.floor(Math.log10(Math.abs(clean) / step) + 1e-9)) : 0;
    const text = large && clean !== 0
        ? Math.abs(clean).toExponential(Math.min(20, digits)).replace('e+', 'e')
        : Math.abs(clean).toFixed(decimals);
    return (clean < 0 ? MINUS : sign && clean > 0 ? '+' : '') + text;
}

/**
 * @param {number} low
 * @param {number} high
 * @param {number} count
 * @param {boolean} [sign]
 */
export function ticks(low, high, count, sign) {
    const step = stepOf(high - low, count);
    const out = [];
    for (let i = Math.ceil(low / step - 1e-9); i * step <= high + step * 1e-9; i++)
        out.push({value: i * step || 0, text: tickText(i * step, step, sign)});
    return out;
}

/**
 * Room at both ends, and some where there is a single value.
 * @param {number} low
 * @param {number} high
 * @param {number} [share]
 * @returns {[number, number]}
 */
export function widen(low, high, share = 0.04) {
    const room = (high - low) * share || Math.abs(low) * 0.05 || 1;
    return [low - room, high + room];
}

/**
 * @param {number} low
 * @param {number} high
 * @param {number} start where low stands
 * @param {number} end where high stands
 * @param {{count?: number, sign?: boolean}} [how]
 * @returns {Scale}
 */
export function linear(low, high, start, end, how = {}) {
    const span = high - low || 1;
    return {
        low, high,
        to: (value) => start + (value - low) / span * (end - start),
        from: (place) => low + (place - start) / (end - start || 1) * span,
        ticks: ticks(low, low + span, how.count || 5, how.sign),
    };
}

/**
 * Powers of ten, and between them 2 and 5 where there is room for more ticks.
 * @param {number} low above 0
 * @param {number} high
 * @param {number} count
 */
export function logTicks(low, high, count) {
    const first = Math.floor(Math.log10(low)), last = Math.ceil(Math.log10(high));
    const spread = Math.log10(high / low);
    if (spread < 0.5)
        return ticks(low, high, count);
    const every = Math.max(1, Math.ceil(spread / Math.max(1, count)));
    const factors = spread * 3 <= count ? [1, 2, 5] : [1];
    const out = [];
    for (let power = first; power <= last; power++)
        for (const factor of power % every ? [] : factors) {
            const value = factor * 10 ** power;
            if (value >= low * (1 - 1e-9) && value <= high * (1 + 1e-9))
                out.push({value, text: tickText(value, 10 ** power)});
        }
    return out;
}

/**
 * @param {number} low above 0
 * @param {number} high
 * @param {number} start
 * @param {number} end
 * @param {{count?: number}} [how]
 * @returns {Scale}
 */
export function logarithmic(low, high, start, end, how = {}) {
    const bottom = Math.log10(low), span = Math.log10(high) - bottom || 1;
    return {
        low, high,
        to: (value) => start + (Math.log10(value) - bottom) / span * (end - start),
        from: (place) => 10 ** (bottom + (place - start) / (end - start || 1) * span),
        ticks: logTicks(low, high, how.count || 5),
    };
}

/** How many times rarer than one: 0.99 is 2, 0.999 is 3. @param {number} share */
export function nines(share) {
    return -Math.log10(1 - share);
}

/**
 * The axis of percentiles where each further nine takes as much room: 1 / (1 - p).
 * @param {number} most nines at its end
 * @param {number} start
 * @param {number} end
 * @returns {Scale}
 */
export function percentileScale(most, start, end) {
    const to = (/** @type {number} */ nine) =>
        start + nine / (most || 1) * (end - start);
    const shares = [0, 0.5, 0.9, 0.99, 0.999, 0.9999, 0.99999, 0.999999, 0.9999999];
    return {
        low: 0, high: most, to,
        from: (place) => (place - start) / (end - start || 1) * most,
        ticks: shares.filter((share) => nines(share) <= most + 1e-9).map((share) =>
            ({value: nines(share), text: `${Number((100 * share).toFixed(5))} %`})),
    };
}

/**
 * Ticks thinned until their texts stand clear of each other.
 * @param {Scale} scale
 * @param {(text: string) => number} wide
 * @param {number} [gap]
 */
export function apart(scale, wide, gap = 10) {
    let end = -Infinity;
    return scale.ticks.filter((tick) => {
        const half = wide(tick.text) / 2, at = scale.to(tick.value);
        if (at - half < end + gap)
            return false;
        end = at + half;
        return true;
    });
}

/**
 * Text in lines of at most @most, broken between words; a longer word stands alone.
 * @param {string} text
 * @param {number} most
 * @param {(text: string) => number} wide
 * @returns {string[]}
 */
export function wrap(text, most, wide) {
    const lines = [''];
    for (const word of text.split(' ')) {
        const last = lines[lines.length - 1];
        const longer = last ? `${last} ${word}` : word;
        if (last && wide(longer) > most)
            lines.push(word);
        else
            lines[lines.length - 1] = longer;
    }
    return lines;
}
