// SPDX-License-Identifier: GPL-3.0-or-later
// What the analytic tabs of a run have in common: they ask the server when what is
// looked at has changed, and show the answer.
import {asker} from './busy.js';
import {h, replace} from './dom.js';
import {brief} from './format.js';

/**
 * What is looked at: runs by id, the metric's and the stream's name. grows: a run is
 * being recorded; then another serial means that there is more of it.
 * @typedef {{runs: (number|string|{id: number})[]|string, metric?: string|null,
 *     stream?: string|null, grows?: boolean, serial?: number,
 *     [name: string]: any}} About
 * @typedef {{runs: string[], metric: string, stream: string}} Asked
 * @typedef {{update: (about: About) => void, unmount: () => void}} Tab
 */

/** @param {About} about @returns {Asked} */
export function askedOf(about) {
    const runs = typeof about.runs === 'string' ? about.runs.split(',') : about.runs;
    return {
        runs: runs.map((run) => String(typeof run === 'object' ? run.id : run))
            .filter(Boolean),
        metric: about.metric || '', stream: String(about.stream ?? ''),
    };
}

/**
 * @template T
 * @param {HTMLElement} root
 * @param {About} about
 * @param {{text: string, question: (asked: Asked, signal: AbortSignal) => Promise<T>,
 *     show: (body: HTMLElement, answer: T, asked: Asked) => () => void,
 *     same?: (asked: Asked) => any}} how
 *     show returns what ends it; same: what of the question matters
 * @returns {Tab}
 */
export function tabOf(root, about, how) {
    const body = h('div', {class: 'analysis'});
    const {ask, stop} = asker(body);
    let shown = '';
    let serial = about.serial;
    let grew = false;
    let asking = 0; // the number of the question that is not answered yet
    let asked = 0;
    let end = () => {};
    replace(root, body);

    /** @param {About} next */
    function update(next) {
        const about = askedOf(next);
        const key = JSON.stringify(how.same ? how.same(about) : about);
        const isSame = key === shown;
        const isMore = grew && next.serial !== serial;
        if (isSame && (!isMore || asking))
            return;
        grew = Boolean(next.grows);
        serial = next.serial;
        shown = key;
        const mine = asking = ++asked;
        ask(how.text, (signal) => how.question(about, signal), (answer) => {
            end();
            const back = placeOf(body);
            replace(body);
            end = how.show(body, answer, about);
            back();
        }, isSame).then(() => {
            if (asking === mine)
                asking = 0;
        });
    }
    update(about);
    return {update, unmount() {
        end();
        stop();
    }};
}

/**
 * Where the keyboard is.
 * @param {HTMLElement} body
 * @returns {() => void} goes back there, in what is shown instead
 */
function placeOf(body) {
    const all = () => /** @type {HTMLElement[]} */ (
        [...body.querySelectorAll('a, button, input, select, summary, [tabindex]')]);
    const at = all().indexOf(/** @type {HTMLElement} */ (document.activeElement));
    return () => all()[at]?.focus({preventScroll: true});
}

/**
 * Figures and what they are.
 * @param {[string, string][]} entries
 */
export function definitions(entries) {
    return h('dl', {class: 'definitions'}, entries.map(([name, text]) =>
        [h('dt', {text: name}), h('dd', {text})]));
}

/** @param {{id: number|string, name: string|null}} run */
export function runName(run) {
    return run.name ? `${run.id} ${brief(run.name)}` : `run ${run.id}`;
}

/**
 * In the order in which the runs were asked for, so that each keeps its colour.
 * @template {{id: number}} T
 * @param {T[]} runs
 * @param {string[]} order
 * @returns {T[]}
 */
export function inOrder(runs, order) {
    const place = (/** @type {T} */ run) => {
        const at = order.indexOf(String(run.id));
        return at < 0 ? order.length : at;
    };
    return [...runs].sort((a, b) => place(a) - place(b));
}
