// SPDX-License-Identifier: GPL-3.0-or-later
// The server's clock, as far as a browser can know it: each message says when it was
// made, and the one that travelled fastest is the nearest to the truth. It never runs
// backwards, so that the picture moves steadily however unsteadily messages arrive.

const SPAN_S = 5;     // a best message is believed for one to two of these
const JUMP_S = 0.25;  // what is further off is not worth creeping up to
const AHEAD = 0.1;    // the share of a second by which a second is shortened at most
const BEHIND = 0.05;  // ... and lengthened

export class ServerClock {
    best = -Infinity;   // offsets: of the fastest message of this span
    before = -Infinity; // ... of the last one
    since = -Infinity;
    offset = NaN;       // what is shown
    asked = NaN;
    last = -Infinity;

    /** Another server, or the same one started anew. */
    forget() {
        this.best = -Infinity;
        this.before = -Infinity;
        this.since = -Infinity;
        this.offset = NaN;
        this.asked = NaN;
        this.last = -Infinity;
    }

    /** @returns {boolean} */
    get known() {
        return this.best > -Infinity;
    }

    /**
     * @param {number} now_s of the server, in a message
     * @param {number} local_s when it arrived
     */
    hear(now_s, local_s) {
        if (local_s - this.since > SPAN_S) {
            this.before = this.best;
            this.best = -Infinity;
            this.since = local_s;
        }
        this.best = Math.max(this.best, now_s - local_s);
    }

    /**
     * @param {number} local_s
     * @returns {number} the server's time, NaN before the first message
     */
    at(local_s) {
        if (!this.known)
            return NaN;
        const wanted = Math.max(this.best, this.before);
        const off = wanted - this.offset;
        const passed = Math.max(0, local_s - this.asked);
        if (!(Math.abs(off) < JUMP_S))
            this.offset = wanted;
        else
            this.offset += Math.min(AHEAD * passed, Math.max(-BEHIND * passed, off));
        this.asked = local_s;
        this.last = Math.max(this.last, local_s + this.offset);
        return this.last;
    }
}
