// SPDX-License-Identifier: GPL-3.0-or-later
// Binary messages of the live stream, and what is held of a stream: minima and maxima
// of columns, or rows. The arrays are the curves that the chart draws; nothing is
// copied.

/** @typedef {import('./curve.js').Curve} Curve */
/**
 * data: of columns all minima of a channel, then all maxima, channel by channel; of
 * rows all values, channel by channel. times: of rows.
 * @typedef {{kind: 1|2, reset: boolean, stream: number, serial: number, count: number,
 *     channels: number, first: number, step: number, now: number, newest: number,
 *     times: Float64Array|null, data: Float32Array}} Message
 */

export const COLUMNS = 1;
export const ROWS = 2;
const HEADER = 48;
const LEAST = 256;

/**
 * @param {ArrayBuffer} bytes
 * @returns {Message|null} null: it is none
 */
export function decode(bytes) {
    if (bytes.byteLength < HEADER)
        return null;
    const view = new DataView(bytes);
    const kind = view.getUint8(0);
    const count = view.getUint32(8, true);
    const channels = view.getUint16(12, true);
    const header = view.getUint16(14, true);
    const times = kind === ROWS ? count : 0;
    const values = count * channels * (kind === COLUMNS ? 2 : 1);
    const isWhole = header + 8 * times + 4 * values === bytes.byteLength;
    if ((kind !== COLUMNS && kind !== ROWS) || header < HEADER || header % 8 ||
        !isWhole)
        return null;
    const step = view.getFloat64(24, true);
    if (kind === COLUMNS && !(step > 0))
        return null;
    return {
        kind, count, channels, step,
        reset: Boolean(view.getUint8(1) & 1),
        stream: view.getUint16(2, true),
        serial: view.getUint32(4, true),
        first: view.getFloat64(16, true),
        now: view.getFloat64(32, true),
        newest: view.getFloat64(40, true),
        times: times ? new Float64Array(bytes, header, times) : null,
        data: new Float32Array(bytes, header + 8 * times, values),
    };
}

/** One stream. curves has one for each channel; n of each: how many points it has. */
export class LiveBuffer {
    constructor() {
        /** @type {Curve[]} */
        this.curves = [];
        this.serial = -1;
        this.kind = 0;
        this.step = 0;
        this.first = 0; // columns: the number of the first one held
        this.n = 0;
        this.newest = NaN;
        this.refused = 0;
        this.x = new Float64Array(0);
    }

    /**
     * @param {Message} message
     * @param {number} serial of the view that is wanted; answers to others are late
     * @param {number} keep_s what is older than this before its end may be forgotten
     * @returns {boolean} whether it was taken
     */
    take(message, serial, keep_s) {
        if (message.serial !== serial)
            return false;
        if (message.reset)
            this.reset(message);
        if (!this.follows(message)) {
            this.refused++;
            return false;
        }
        if (message.kind === COLUMNS)
            this.takeColumns(message, keep_s);
        else
            this.takeRows(message, keep_s);
        this.newest = message.newest;
        for (const curve of this.curves)
            curve.n = this.n;
        return true;
    }

    /** @param {Message} message */
    follows(message) {
        return message.serial === this.serial && message.kind === this.kind &&
            message.channels === this.curves.length &&
            (message.kind === ROWS || message.step === this.step);
    }

    /** @param {Message} message */
    reset(message) {
        this.serial = message.serial;
        this.kind = message.kind;
        this.step = message.step;
        this.n = 0;
        this.first = message.kind === COLUMNS ? Math.round(message.first / message.step)
            : 0;
        const isSame = this.curves.length === message.channels &&
            this.curves.every((curve) =>
                Boolean(curve.hi) === (message.kind === COLUMNS));
        for (const curve of this.curves)
            curve.version = (curve.version || 0) + 1;
        if (isSame)
            return;
        this.x = new Float64Array(0);
        this.curves = Array.from({length: message.channels}, () => ({x: this.x, n: 0,
            lo: new Float32Array(0),
            hi: message.kind === COLUMNS ? new Float32Array(0) : null}));
    }

    /** @param {number} size */
    grow(size) {
        if (size <= this.x.length)
            return;
        const room = Math.max(LEAST, 2 * size);
        /** @param {ArrayLike<number>} old */
        const larger = (old) => {
            const fresh = new Float32Array(room);
            fresh.set(/** @type {Float32Array} */ (old));
            return fresh;
        };
        const x = new Float64Array(room);
        x.set(this.x);
        this.x = x;
        for (const curve of this.curves) {
            curve.x = x;
            curve.lo = larger(curve.lo);
            curve.hi = curve.hi ? larger(curve.hi) : null;
        }
    }

    /** @param {number} count from the front */
    drop(count) {
        const dropped = Math.min(count, this.n);
        if (dropped <= 0)
            return;
        this.x.copyWithin(0, dropped, this.n);
        for (const {lo, hi} of this.curves) {
            /** @type {Float32Array} */ (lo).copyWithin(0, dropped, this.n);
            /** @type {Float32Array|null} */ (hi)?.copyWithin(0, dropped, this.n);
        }
        this.n -= dropped;
        this.first += dropped;
    }

    /**
     * Empty columns from n up to @end.
     * @param {number} end
     */
    extendTo(end) {
        for (const {lo, hi} of this.curves) {
            /** @type {Float32Array} */ (lo).fill(NaN, this.n, end);
            /** @type {Float32Array} */ (hi).fill(NaN, this.n, end);
        }
        for (let i = this.n; i < end; i++)
            this.x[i] = (this.first + i + 0.5) * this.step;
        this.n = Math.max(this.n, end);
    }

    /** @param {Message} message @param {number} keep_s */
    takeColumns(message, keep_s) {
        const keep = Math.ceil(keep_s / this.step) + 1;
        let at = Math.round(message.first / this.step) - this.first;
        if (at + message.count > Math.max(this.x.length, 2 * keep)) {
            const dropped = at + message.count - keep;
            this.drop(dropped);
            if (this.n === 0)
                this.first = Math.round(message.first / this.step);
            at = Math.round(message.first / this.step) - this.first;
        }
        const skipped = Math.max(0, -at); // older than what is held
        const count = message.count - skipped;
        if (count <= 0)
            return;
        const from = Math.max(0, at);
        this.grow(from + count);
        this.extendTo(from + count);
        this.curves.forEach(({lo, hi}, channel) => {
            const start = channel * 2 * message.count + skipped;
            /** @type {Float32Array} */ (lo).set(
                message.data.subarray(start, start + count), from);
            /** @type {Float32Array} */ (hi).set(message.data.subarray(
                start + message.count, start + message.count + count), from);
        });
    }

    /** @param {Message} message @param {number} keep_s */
    takeRows(message, keep_s) {
        const {count, data, times} = message;
        if (!times)
            return;
        if (this.n + count > this.x.length) {
            const oldest = times[count - 1] - keep_s;
            let old = 0;
            while (old < this.n && this.x[old] < oldest)
                old++;
            this.drop(old);
        }
        this.grow(this.n + count);
        this.x.set(times, this.n);
        this.curves.forEach(({lo}, channel) =>
            /** @type {Float32Array} */ (lo).set(
                data.subarray(channel * count, (channel + 1) * count), this.n));
        this.n += count;
    }

    /**
     * The last number of a channel: of columns the least and greatest of the last one.
     * @param {number} channel
     * @returns {{at: number, lo: number, hi: number}|null}
     */
    last(channel) {
        const curve = this.curves[channel];
        for (let i = this.n - 1; curve && i >= 0; i--) {
            const lo = curve.lo[i];
            const hi = curve.hi ? curve.hi[i] : lo;
            if (lo <= hi)
                return {at: this.x[i], lo, hi};
        }
        return null;
    }
}
