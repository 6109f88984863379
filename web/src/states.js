// SPDX-License-Identifier: GPL-3.0-or-later
// What is shown where there is nothing to show: waiting, nothing there, a failure; and
// the banners above the page.
import {h} from './dom.js';

/** @typedef {{text: string, href?: string, run?: () => void}} Action */

/** @param {Action} action */
function control(action) {
    return action.href
        ? h('a', {class: 'button main', href: action.href, text: action.text})
        : h('button', {class: 'main', type: 'button', text: action.text,
            on: {click: () => action.run?.()}});
}

/** @param {string} text "Reading 12 runs" */
export function loading(text) {
    return h('div', {class: 'state loading', role: 'status'},
        h('span', {class: 'bar', 'aria-hidden': 'true'}), h('p', {text}));
}

/**
 * @param {string} title "No runs yet"
 * @param {string|Node} text what this means, and what helps
 * @param {Action} [action]
 */
export function empty(title, text, action) {
    return h('div', {class: 'state empty'}, h('h2', {text: title}), h('p', null, text),
        action && control(action));
}

/** The server reads no source. */
export function noSources() {
    return empty('Nothing live is read', h('span', null,
        'Start the server with sources: ',
        h('code', {text: 'viz serve udp://127.0.0.1:9000'}),
        ', or ', h('code', {text: 'viz serve synth:'}), ' to try it.'));
}

/** @param {() => void} run asks for it */
export function noToken(run) {
    return empty('This needs the token', 'The server shows nothing without it.',
        {text: 'Enter the token', run});
}

/** @type {Record<number, string>} */
const TITLES = {
    0: 'The server does not answer',
    401: 'This needs the token',
    403: 'Not allowed',
    404: 'Not there',
    503: 'The server cannot say now',
};

/**
 * @param {unknown} error of api.js, or any other
 * @param {() => void} [retry]
 */
export function failure(error, retry) {
    const status = Number(/** @type {any} */ (error)?.status ?? -1);
    const text = error instanceof Error ? error.message : String(error);
    const title = TITLES[status] || 'This did not work';
    const what = status === 401 ? 'Enter the token' : 'Try again';
    return h('div', {class: 'state failure', role: 'alert'}, h('h2', {text: title}),
        h('p', {text}), retry && control({text: what, run: retry}));
}

/**
 * @param {'lost'|'refused'|'note'} kind
 * @param {string|Node} text
 * @param {Action} [action]
 */
export function banner(kind, text, action) {
    return h('div', {class: `banner ${kind}`}, h('p', null, text),
        action && control(action));
}
