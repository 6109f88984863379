// SPDX-License-Identifier: GPL-3.0-or-later
// Questions that take seconds: how long they have been going on, a way to give up, and
// no answer to a question that is no longer asked.
import {h, replace} from './dom.js';
import {seconds} from './format.js';
import {empty, failure, loading} from './states.js';

/** What is answered sooner shows no waiting, and the previous picture stays. */
const SOON_MS = 120;

/** @param {string} text @param {number} began @param {() => void} cancel */
function waiting(text, began, cancel) {
    const clock = h('span', {class: 'elapsed', 'aria-hidden': 'true'});
    const state = loading(text);
    state.append(clock,
        h('button', {type: 'button', text: 'Cancel', on: {click: cancel}}));
    const tick = setInterval(() => {
        if (!state.isConnected)
            clearInterval(tick);
        clock.textContent = seconds((performance.now() - began) / 1000);
    }, 100);
    return state;
}

/**
 * Shows in @root the answer to one question at a time.
 * @param {HTMLElement} root
 */
export function asker(root) {
    /** @type {AbortController|null} */
    let going = null;

    /**
     * @template T
     * @param {string} text what is waited for
     * @param {(signal: AbortSignal) => Promise<T>} question
     * @param {(answer: T) => void} show
     * @param {boolean} [quiet] what is shown stays until the answer is there
     */
    async function ask(text, question, show, quiet) {
        going?.abort();
        const mine = going = new AbortController();
        const again = () => void ask(text, question, show);
        const began = performance.now();
        const cancel = () => {
            mine.abort();
            replace(root, empty('Cancelled', 'The question was withdrawn.',
                {text: 'Ask again', run: again}));
        };
        const soon = quiet ? undefined : setTimeout(() =>
            replace(root, waiting(text, began, cancel)), SOON_MS);
        try {
            const answer = await question(mine.signal);
            clearTimeout(soon);
            if (!mine.signal.aborted)
                show(answer);
        } catch (error) {
            clearTimeout(soon);
            if (!mine.signal.aborted && !quiet)
                replace(root, failure(error, again));
        }
    }
    return {ask, stop: () => going?.abort()};
}
