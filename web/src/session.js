// SPDX-License-Identifier: GPL-3.0-or-later
// The token: asked for once, exchanged for a cookie that scripts cannot read.
import {h, replace} from './dom.js';

/** @type {Promise<boolean>|null} */
let asking = null;
let declined = false;
/** @type {Set<() => void>} */
const listeners = new Set();

/**
 * @param {string} token
 * @returns {Promise<string>} '' when it was right, else a sentence
 */
async function offer(token) {
    try {
        const response = await fetch('api/session', {
            method: 'POST',
            credentials: 'same-origin',
            headers: {'Content-Type': 'application/json'},
            body: JSON.stringify({token}),
        });
        if (response.status === 429) {
            const wait = response.headers.get('Retry-After');
            return `Too many wrong tokens: try again in ${wait} s.`;
        }
        return response.ok ? '' : 'This is not the token.';
    } catch {
        return 'The server does not answer.';
    }
}

/** @param {(right: boolean) => void} done */
function dialog(done) {
    const said = h('p', {class: 'wrong', role: 'alert'});
    const input = h('input', {type: 'password', name: 'token', required: true,
        autocomplete: 'current-password', id: 'token', autofocus: true});
    const box = h('dialog', {class: 'dialog', 'aria-labelledby': 'token-title',
        on: {close: () => {
            box.remove();
            done(box.returnValue === 'right');
        }}},
        h('form', {method: 'dialog', on: {submit: onSubmit}},
            h('h2', {id: 'token-title', text: 'The server wants its token'}),
            h('p', {text: 'It is the first line of the file that --token-file ' +
                'names.'}),
            h('label', {for: 'token', text: 'Token'}), input, said,
            h('div', {class: 'actions'},
                h('button', {type: 'button', text: 'Not now',
                    on: {click: () => box.close('')}}),
                h('button', {class: 'main', text: 'Open'}))));

    /** @param {SubmitEvent} ev */
    async function onSubmit(ev) {
        ev.preventDefault();
        const wrong = await offer(input.value.trim());
        if (!wrong)
            return box.close('right');
        replace(said, wrong);
        input.select();
    }
    document.body.append(box);
    box.showModal();
}

/**
 * Opens the dialog, or waits for the one that is open. Who has said "not now" is not
 * asked again before something is clicked.
 * @returns {Promise<boolean>} whether the token was right
 */
export function askToken() {
    if (declined)
        return Promise.resolve(false);
    asking ||= new Promise((done) => dialog(done)).then((right) => {
        asking = null;
        declined = !right;
        if (right)
            for (const fn of [...listeners])
                fn();
        return Boolean(right);
    });
    return asking;
}

/**
 * Told when a token was right.
 * @param {() => void} fn
 */
export function onSession(fn) {
    listeners.add(fn);
}

if (typeof document !== 'undefined')
    document.addEventListener('click', (ev) => {
        if (ev.target instanceof Element && ev.target.closest('button, a') && !asking)
            declined = false;
    }, {capture: true});
