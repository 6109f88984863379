// SPDX-License-Identifier: GPL-3.0-or-later
// Keys of the keyboard: each part of the page binds its own while it is shown, and ?
// lists what is bound now. Keys rest while somebody types or a dialog is open.
import {h} from './dom.js';

/**
 * keys are names of KeyboardEvent.key, with "Shift+", "Ctrl+", "Alt+" where these
 * count: 'j', '?', 'ArrowDown', 'Shift+ArrowDown', ' '.
 * @typedef {{keys: string[], help: string, run: (ev: KeyboardEvent) => void}} Binding
 */
/** @typedef {{title: string, bindings: Binding[]}} Group */
/** @type {Group[]} */
const groups = [];

/**
 * The name of a press. Shift counts only where it does not already make another
 * character.
 * @param {{key: string, shiftKey?: boolean, ctrlKey?: boolean, altKey?: boolean,
 *     metaKey?: boolean}} ev
 * @returns {string}
 */
export function pressed(ev) {
    const single = [...ev.key].length === 1 && ev.key !== ' ';
    return (ev.ctrlKey || ev.metaKey ? 'Ctrl+' : '') + (ev.altKey ? 'Alt+' : '') +
        (ev.shiftKey && !single ? 'Shift+' : '') + ev.key;
}

/**
 * The last that was bound wins.
 * @param {Group[]} among
 * @param {string} press
 * @returns {Binding|undefined}
 */
export function find(among, press) {
    for (const group of [...among].reverse()) {
        const found = group.bindings.find((binding) => binding.keys.includes(press));
        if (found)
            return found;
    }
    return undefined;
}

/** @param {KeyboardEvent} ev */
function isTaken(ev) {
    const el = ev.target instanceof HTMLElement ? ev.target : document.body;
    const modal = document.querySelector('dialog[open]');
    if (ev.defaultPrevented || el.isContentEditable || modal)
        return true;
    if (el.matches('textarea, select, input:not([type=checkbox], [type=radio])'))
        return true;
    return [' ', 'Enter'].includes(ev.key) &&
        el.matches('button, a[href], input, summary');
}

/** @param {KeyboardEvent} ev */
function onKey(ev) {
    const binding = isTaken(ev) ? undefined : find(groups, pressed(ev));
    if (!binding)
        return;
    ev.preventDefault();
    binding.run(ev);
}

/**
 * @param {string} title of the part of the page
 * @param {Binding[]} bindings
 * @returns {() => void} ends it
 */
export function bind(title, bindings) {
    const group = {title, bindings};
    if (!groups.length)
        document.addEventListener('keydown', onKey);
    groups.push(group);
    return () => {
        const at = groups.indexOf(group);
        if (at >= 0)
            groups.splice(at, 1);
    };
}

/** @type {Record<string, string>} */
const NAMES = {' ': 'Space', ArrowDown: '↓', ArrowUp: '↑', ArrowLeft: '←',
    ArrowRight: '→', Escape: 'Esc'};

/**
 * A key as it is printed on keyboards.
 * @param {string} key
 */
export function label(key) {
    const parts = key === '+' ? [key] : key.split(/(?<=.)\+(?=.)/);
    return parts.map((part) => NAMES[part] || part).join(' + ');
}

/**
 * What can be pressed: keys that another part has taken over are left out.
 * @param {Group[]} among
 * @returns {Group[]}
 */
export function reachable(among) {
    return among.map(({title, bindings}) => ({title, bindings: bindings
        .map((b) => ({...b, keys: b.keys.filter((key) => find(among, key) === b)}))
        .filter((b) => b.keys.length)})).filter((group) => group.bindings.length);
}

/** @param {Group} group */
function section(group) {
    return [h('h3', {text: group.title}),
        h('dl', {class: 'keys'}, group.bindings.map((binding) =>
            h('div', null,
                h('dt', null, binding.keys.map((key) => h('kbd', {text: label(key)}))),
                h('dd', {text: binding.help}))))];
}

/** The dialog that lists what is bound now. */
export function showKeys() {
    const box = h('dialog', {class: 'dialog wide', 'aria-labelledby': 'keys-title',
        on: {close: () => box.remove()}},
        h('form', {method: 'dialog'},
            h('h2', {id: 'keys-title', text: 'Keyboard'}),
            reachable(groups).map(section),
            h('div', {class: 'actions'},
                h('button', {class: 'main', text: 'Close', autofocus: true}))));
    document.body.append(box);
    box.showModal();
}
