// SPDX-License-Identifier: GPL-3.0-or-later
// What is too dear to do each time that it could be done.

/**
 * At once, then at most each @ms; what is asked for meanwhile is done when they are
 * over, so that the last state is never the one that was missed.
 * @param {() => void} fn
 * @param {number} ms
 * @returns {{ask: () => void, stop: () => void}}
 */
export function throttled(fn, ms) {
    /** @type {ReturnType<typeof setTimeout>|undefined} */
    let resting;
    let wanted = false;

    function run() {
        wanted = false;
        fn();
        resting = setTimeout(() => {
            resting = undefined;
            if (wanted)
                run();
        }, ms);
    }
    return {
        ask() {
            wanted = true;
            if (resting === undefined)
                run();
        },
        stop: () => clearTimeout(resting),
    };
}
