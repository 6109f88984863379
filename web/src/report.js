// SPDX-License-Identifier: GPL-3.0-or-later
// What is shown, as one file that needs no server: each exhibit as a picture and a
// table, and between them what the page marks for it (data-report). It has no scripts
// and asks for nothing.
import {h} from './dom.js';
import {download, exhibits, noteOf, picture} from './exhibit.js';
import {clock, NONE} from './format.js';
import {health} from './health.js';
import {ask} from './run_dialogs.js';
import {dataTable} from './table.js';
import {css, theme} from './theme.js';

/** @typedef {ReturnType<typeof exhibits>[number]} Shown */

const COLOURS = ['--ground', '--surface', '--text', '--muted', '--line', '--accent'];

const MOST = 20; /* times that a table is made longer */

const POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'";

const STYLE = `
body { max-width: 1600px; margin: 0 auto; padding: 1.5rem 1rem;
    background: var(--ground); color: var(--text);
    font: 14px/1.45 system-ui, sans-serif; font-variant-numeric: tabular-nums; }
section { margin: 1.5rem 0; padding: 1rem; border: 1px solid var(--line);
    border-radius: 8px; background: var(--surface); }
img { max-width: 100%; height: auto; }
p, caption { color: var(--muted); text-align: left; }
table { border-collapse: collapse; }
th, td { padding: 0.2rem 0.7rem; border-bottom: 1px solid var(--line); text-align: left;
    vertical-align: top; }
.num { text-align: right; }
td.num { white-space: nowrap; }
.scroll { overflow-x: auto; }
.scroll table { font-size: 12px; }
.scroll :is(th, td) { padding: 0.2rem 0.4rem; }
article { margin: 0.7rem 0; }
article header { display: flex; gap: 1rem; align-items: baseline; }
h3, article p { margin: 0; }
.side { display: flex; gap: 0.7rem; margin: 0.5rem 0; }
code { overflow-wrap: anywhere; }
a { color: var(--accent); }
summary { cursor: pointer; }
@media print {
    section { break-inside: auto; padding: 0.5rem; }
    .scroll { overflow: visible; }
    .scroll table { font-size: 7.5px; }
    .scroll :is(th, td) { padding: 0.1rem 0.2rem; white-space: normal; }
}`;

/** @param {Shown} shown */
async function image(shown) {
    if (!shown.canvas)
        return null;
    const canvas = await picture(shown);
    return h('img', {src: canvas.toDataURL('image/png'), alt: shown.title,
        width: Math.round(canvas.width / (window.devicePixelRatio || 1))});
}

/**
 * The table as it stands on the page, without what only works there.
 * @param {Shown} shown
 */
function table(shown) {
    const all = dataTable({...shown.table(), caption: shown.title});
    all.querySelector('caption')?.remove(); // the heading says it
    const more = all.querySelector('button');
    for (let n = 0; n < MOST && more && !more.closest('[hidden]'); n++)
        more.click();
    for (const el of all.querySelectorAll('button, input, select'))
        el.replaceWith(...el.childNodes);
    return h('div', {class: 'scroll'}, bare(all));
}

/** Without what only works on the page. @param {Element} all */
function bare(all) {
    for (const el of [all, ...all.querySelectorAll('*')])
        for (const name of ['tabindex', 'href', 'id', 'style'])
            el.removeAttribute(name);
    return all;
}

/** Without links and buttons, and with all that is folded. @param {Element} element */
function copyOf(element) {
    const copy = /** @type {Element} */ (element.cloneNode(true));
    for (const el of copy.querySelectorAll('a, button'))
        (el.closest('p') || el).remove();
    for (const el of copy.querySelectorAll('details'))
        el.open = true;
    return bare(copy);
}

/** The exhibits and what else is for the report, in the order of the page. */
function parts() {
    const shown = exhibits();
    const marked = [...document.querySelectorAll('[data-report]')]
        .map((element) => ({element, copy: copyOf(element)}));
    return shown.length ? [...shown, ...marked].sort((a, b) =>
        a.element.compareDocumentPosition(b.element) & 4 ? -1 : 1) : [];
}

/** @param {Shown} shown */
async function section(shown) {
    const picture = await image(shown);
    return h('section', null, h('h2', {text: shown.title}), picture,
        picture ? h('details', null, h('summary', {text: 'As a table'}), table(shown))
            : table(shown),
        noteOf(shown) && h('p', {text: noteOf(shown)}),
        shown.remarks?.().map((text) => h('p', {text})));
}

/** @param {string} title @param {Element[]} sections */
function page(title, sections) {
    const colours = `color-scheme: ${theme()}; ` +
        COLOURS.map((name) => `${name}: ${css(name)};`).join(' ');
    const {version, revision} = health();
    return h('html', {lang: 'en'},
        h('head', null, h('meta', {charset: 'utf-8'}),
            h('meta', {name: 'viewport',
                content: 'width=device-width, initial-scale=1'}),
            h('meta', {'http-equiv': 'Content-Security-Policy', content: POLICY}),
            h('title', {text: title}),
            h('style', {text: `:root { ${colours} }${STYLE}`})),
        h('body', null, h('main', null, h('h1', {text: title}),
            h('p', null, `Saved ${clock(Date.now() / 1000)} by viz ` +
                `${version || NONE} (${revision || NONE}). The view: `,
            h('code', {text: location.search || '?'})),
            sections)));
}

/** Saves it; says so where there is nothing to save. */
export async function saveReport() {
    const shown = parts();
    if (!shown.length) {
        await ask({title: 'Nothing to save yet', button: 'All right', kind: 'main',
            body: h('p', {text: 'The report holds the charts and tables that are ' +
                'shown. Open a run, a comparison or the live page first.'}), only: true,
            act: () => true});
        return;
    }
    const title = document.title;
    const sections = [];
    for (const one of shown)
        sections.push('copy' in one ? one.copy : await section(one));
    const text = '<!doctype html>\n' + page(title, sections).outerHTML;
    const name = title.replace(/[^\p{L}\p{N}.-]+/gu, '-').replace(/^-+|-+$/g, '');
    download(new Blob([text], {type: 'text/html'}), `${name || 'viz'}.html`);
}
