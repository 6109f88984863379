// SPDX-License-Identifier: GPL-3.0-or-later
// What is asked before runs are compared, tagged or deleted.
import {ApiError, send} from './api.js';
import {h, replace} from './dom.js';
import {divisions} from './run_list.js';

/** @typedef {import('./run_list.js').Run} Run */
/** @typedef {import('./run_list.js').Division} Division */

/**
 * A dialog with a form. @act does what was asked; what it throws is said, and the
 * dialog stays. Resolves to what it returned; null: nothing was done. only: there is no
 * Cancel.
 * @template T
 * @param {{title: string, body: import('./dom.js').Child, button: string,
 *     kind?: string,
 *     only?: boolean, act: (button: string) => T|Promise<T>}} about
 * @returns {Promise<T|null>}
 */
export function ask(about) {
    return new Promise((done) => {
        /** @type {T|null} */
        let result = null;
        const said = h('p', {class: 'wrong', role: 'alert'});
        const go = h('button', {class: about.kind || 'main', text: about.button});
        const box = h('dialog', {class: 'dialog', 'aria-labelledby': 'ask-title',
            on: {close: () => {
                box.remove();
                done(result);
            }}},
            h('form', {method: 'dialog', on: {submit}},
                h('h2', {id: 'ask-title', text: about.title}), about.body, said,
                h('div', {class: 'actions'},
                    !about.only && h('button', {type: 'button', text: 'Cancel',
                        on: {click: () => box.close()}}), go)));

        /** @param {SubmitEvent} ev */
        async function submit(ev) {
            ev.preventDefault();
            go.disabled = true;
            try {
                const by = /** @type {HTMLButtonElement|null} */ (ev.submitter);
                result = await about.act(by?.value || '');
                box.close();
            } catch (error) {
                replace(said, sentenceOf(error));
            }
            go.disabled = false;
        }
        document.body.append(box);
        box.showModal();
    });
}

/** @param {unknown} error */
function sentenceOf(error) {
    const text = error instanceof Error ? error.message : String(error);
    return error instanceof ApiError && error.status === 403
        ? `${text} Nothing was changed.` : text;
}

/** @param {string} name @param {string} value @param {boolean} on
 *  @param {import('./dom.js').Child} text */
function radio(name, value, on, text) {
    return h('label', {class: 'choice'},
        h('input', {type: 'radio', name, value, checked: on}), h('span', null, text));
}

/** @param {Run[]} chosen @param {(run: Run) => string} nameOf */
function namer(chosen, nameOf) {
    const names = new Map(chosen.map((run) => [run.id, nameOf(run)]));
    return (/** @type {number[]} */ ids) => ids.map((id) => names.get(id)).join(', ');
}

/**
 * Which of the runs are A and which are B. Two need no question.
 * @param {Run[]} chosen
 * @param {(run: Run) => string} nameOf
 * @returns {Promise<{a: number[], b: number[]}|null>}
 */
export async function askDivision(chosen, nameOf) {
    const ways = divisions(chosen);
    if (chosen.length === 2)
        return ways[0];
    const list = namer(chosen, nameOf);
    const swap = h('input', {type: 'checkbox'});
    const body = h('fieldset', {on: {change: preview}},
        h('legend', {class: 'visually-hidden', text: 'A is what was, B what is new'}),
        ways.map((way, i) => radio('way', String(i), i === 0, way.text)),
        h('label', {class: 'choice'}, swap, h('span', {text: 'The other way round'})));
    const shown = h('div', {'aria-live': 'polite'});
    const current = () => {
        const at = Number(/** @type {HTMLInputElement} */ (
            body.querySelector('input[name=way]:checked')).value);
        const {a, b} = ways[at];
        return swap.checked ? {a: b, b: a} : {a, b};
    };
    function preview() {
        const {a, b} = current();
        replace(shown, h('p', null, h('b', {text: `A (${a.length}): `}), list(a)),
            h('p', null, h('b', {text: `B (${b.length}): `}), list(b)));
    }
    preview();
    return ask({title: 'Which runs are A, which are B?', body: [body, shown],
        button: 'Compare', act: current});
}

/**
 * Gives the runs a tag more, or takes some away.
 * @param {Run[]} chosen
 * @param {string[]} known
 * @returns {Promise<boolean>} whether something was changed
 */
export async function askTag(chosen, known) {
    const had = [...new Set(chosen.flatMap((run) => run.tags || []))];
    const those = chosen.length === 1 ? 'this run' : `these ${chosen.length} runs`;
    const options = known.map((tag) => h('option', {value: tag}));
    const input = h('input', {id: 'tag', maxlength: 64,
        list: 'tags-known', autocomplete: 'off', pattern: '[^,]+',
        title: 'a tag holds no comma'});
    const away = had.map(() => h('input', {type: 'checkbox'}));
    const body = [
        h('div', {class: 'field'}, h('label', {for: 'tag', text: `A tag for ${those}`}),
            input, h('datalist', {id: 'tags-known'}, options)),
        had.length > 0 && h('fieldset', null, h('legend', {text: 'Take away'}),
            had.map((tag, at) => h('label', {class: 'choice'}, away[at],
                h('span', {class: 'clip', title: tag, text: tag})))),
    ];
    const changed = await ask({title: 'Tags', body, button: 'Save', act: async () => {
        const tag = input.value.trim();
        const gone = had.filter((_, at) => away[at].checked);
        if (!tag && !gone.length)
            throw new Error('Write a tag, or choose one to take away.');
        for (const {id, tags} of chosen) {
            const at = (/** @type {string} */ one) =>
                `api/runs/${id}/tags/${encodeURIComponent(one)}`;
            for (const one of gone)
                if (tags?.includes(one))
                    await send('DELETE', at(one));
            if (tag)
                await send('PUT', at(tag));
        }
        return true;
    }});
    return Boolean(changed);
}

/**
 * @param {Run[]} chosen
 * @param {(run: Run) => string} nameOf
 * @returns {Promise<boolean>} whether they were deleted
 */
export async function askDelete(chosen, nameOf) {
    const many = chosen.length > 1;
    const done = await ask({
        title: many ? `Delete ${chosen.length} runs?` : 'Delete this run?',
        body: [h('ul', null, chosen.map((run) => h('li', {text: nameOf(run)}))),
            h('p', {text: 'With all that was recorded. This cannot be undone.'})],
        button: 'Delete for good', kind: 'danger',
        act: async () => {
            for (const run of chosen)
                await send('DELETE', `api/runs/${run.id}`);
            return true;
        },
    });
    return Boolean(done);
}
