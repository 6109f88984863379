// SPDX-License-Identifier: GPL-3.0-or-later
// The shell: the frame around the pages, which of them is shown, and how the server
// does.
import '../style.css';
import './chart.css';
import './compare.css';
import './language.js';

import {connection, getJson, onConnection} from './api.js';
import {h, replace, svg} from './dom.js';
import {ask, health, liveGrowth, nextInS, onHealth, watch} from './health.js';
import {bind, showKeys} from './keys.js';
import {liveWord} from './live_word.js';
import * as pageRuns from './page_runs.js';
import {saveReport} from './report.js';
import {askToken} from './session.js';
import {get, go, merge, onChange, parse, query, set} from './state.js';
import {banner, empty, failure, loading} from './states.js';
import {onTheme, theme, toggle} from './theme.js';

/**
 * What each page is mounted with.
 * @typedef {{health: () => Health, writable: () => boolean,
 *     onHealth: (fn: (health: Health) => void) => () => void}} Context
 */
/** @typedef {import('./health.js').Health} Health */
/** @typedef {import('./state.js').State} State */
/** @typedef {{update: (state: State) => void, unmount: () => void}} Page */
/** @typedef {(root: HTMLElement, context: Context) => Page} Mount */
/** @typedef {{title: string, load: () => Promise<{mount: Mount}>}} Kind */

/**
 * All but the first are fetched when they are first opened.
 * @type {Record<string, Kind>}
 */
const PAGES = {
    runs: {title: 'Runs', load: async () => pageRuns},
    view: {title: 'Run', load: () => import('./page_view.js')},
    compare: {title: 'Compare', load: () => import('./page_compare.js')},
    live: {title: 'Live', load: () => import('./page_live.js')},
    none: {title: 'No such page', load: async () => ({mount: mountNone})},
};

/** @param {HTMLElement} root @returns {Page} of an address that names no page */
function mountNone(root) {
    root.append(empty('There is no such page',
        'The address names a page that this version of viz does not have.',
        {text: 'Runs', href: '?page=runs'}));
    return {update() {}, unmount() {}};
}

const root = /** @type {HTMLElement} */ (document.getElementById('page'));
const nav = /** @type {HTMLElement} */ (document.getElementById('pages'));
const status = /** @type {HTMLElement} */ (document.getElementById('status'));
const tools = /** @type {HTMLElement} */ (document.getElementById('tools'));
const banners = /** @type {HTMLElement} */ (document.getElementById('banners'));

/** @type {{name: string, page: Page}|null} */
let shown = null;
let wanted = '';
/** The address at which each page was left. @type {Record<string, string>} */
const left = {};

/** @type {Context} */
const context = {health, writable: () => health().writable === true, onHealth};

/* ---- pages ---- */

/** @param {string} name */
async function open(name) {
    shown?.page.unmount();
    const first = !wanted;
    shown = null;
    wanted = name;
    document.title = `${PAGES[name].title} – viz`;
    if (!first) {
        replace(root, loading(''));
        root.focus({preventScroll: true});
    }
    try {
        const {mount} = await PAGES[name].load();
        if (wanted !== name || shown)
            return; // another was opened meanwhile
        replace(root);
        shown = {name, page: mount(root, context)};
    } catch (error) {
        replace(root, failure(error, () => location.reload()));
    }
    nameIt(PAGES[name].title);
}

/**
 * A heading until the page has one of its own, which may be after it has read what it
 * shows.
 * @param {string} title
 */
function nameIt(title) {
    if (root.querySelector('h1'))
        return;
    const own = h('h1', {class: 'visually-hidden', text: title});
    root.prepend(own);
    const watcher = new MutationObserver(() => {
        if (own.isConnected && root.querySelectorAll('h1').length === 1)
            return;
        own.remove();
        watcher.disconnect();
    });
    watcher.observe(root, {childList: true, subtree: true});
}

/** @param {Record<string, string>} state */
function route(state) {
    const asked = state.page || 'runs';
    const name = Object.hasOwn(PAGES, asked) ? asked : 'none';
    left[name] = location.search;
    markPage(name);
    if (shown?.name === name)
        shown.page.update(state);
    else if (wanted !== name)
        open(name);
}

/** @param {string} name */
function markPage(name) {
    for (const a of nav.querySelectorAll('a')) {
        const to = new URLSearchParams(a.search).get('page') || 'runs';
        const here = to === name || (to === 'runs' && name === 'view');
        a.setAttribute('href', to === name ? location.search || '?' : hrefOf(to));
        if (here)
            a.setAttribute('aria-current', to === name ? 'page' : 'true');
        else
            a.removeAttribute('aria-current');
    }
}

/** A page as it was left, in the present theme. @param {string} name */
function hrefOf(name) {
    return query(merge({...parse(left[name] || ''), page: name}, {theme: get().theme}));
}

/** Links within the page open without loading it anew. @param {MouseEvent} ev */
function onClick(ev) {
    const a = ev.target instanceof Element ? ev.target.closest('a[href^="?"]') : null;
    const held = ev.ctrlKey || ev.metaKey || ev.shiftKey || ev.altKey;
    const other = held || ev.button !== 0 || ev.defaultPrevented;
    if (!a || other || a.hasAttribute('download'))
        return;
    ev.preventDefault();
    go(/** @type {string} */ (a.getAttribute('href')));
    if (a.closest('.top'))
        scrollTo(0, 0);
}

/* ---- the server ---- */

/** @param {string} kind @param {string} text @param {string} title */
function badge(kind, text, title) {
    return h('span', {class: `badge ${kind}`, title, text});
}

function liveBadge() {
    const word = connection() === 'lost' ? null : liveWord(health(), liveGrowth());
    return word && badge(word.kind, word.text, word.title);
}

function connectionBadge() {
    if (connection() === 'lost')
        return badge('bad', 'Disconnected', 'The server does not answer');
    if (health().auth === 'all' && !health().authorized)
        return badge('warn', 'Token needed', 'viz answers who has its token');
    return badge('good dot', 'Connected', `viz ${health().version || ''} answers`);
}

function rightsBadge() {
    const {writable, auth, authorized} = health();
    if (auth === 'all' && !authorized)
        return null; // the banner asks
    if (auth === 'writes' && writable && !authorized)
        return h('button', {class: 'chip', type: 'button', text: 'Enter the token',
            on: {click: enter}});
    if (writable === undefined)
        return null;
    return writable
        ? badge('', 'Writable', 'Annotations, tags and runs can be changed')
        : badge('', 'Read-only', 'viz serve --allow-write lets browsers change runs');
}

async function enter() {
    if (await askToken() && shown)
        open(shown.name);
}

let said = '';

/** Only what has changed, so that it is read out once. */
function showStatus() {
    const parts = [liveBadge(), connectionBadge(), rightsBadge()];
    const now = parts.map((part) => part?.className + '|' + part?.textContent).join();
    if (now !== said)
        replace(status, parts);
    said = now;
}

/* ---- banners ---- */

/** @type {string|undefined} */
let revision;
/** @type {ReturnType<typeof setInterval>|undefined} */
let countdown;

function lostBanner() {
    const wait = h('span', {'aria-hidden': 'true'});
    const tick = () => replace(wait, nextInS() < 0.1 ? 'Trying now …'
        : `Trying again in ${Math.ceil(nextInS())} s.`);
    clearInterval(countdown);
    countdown = setInterval(tick, 500);
    tick();
    return banner('lost', h('span', null,
        'The server does not answer. What is shown stays as it was. ', wait),
        {text: 'Try now', run: ask});
}

/**
 * The banner that matters most, and a name for it.
 * @returns {[string, () => Node]|null}
 */
function wantedBanner() {
    const {status: how, store, auth, authorized, version, revision: now} = health();
    const release = version && `${version} ${now}`;
    revision ||= release;
    if (connection() === 'lost')
        return ['lost', lostBanner];
    if (auth === 'all' && authorized === false)
        return ['refused', () => banner('refused',
            'This server shows nothing without its token.',
            {text: 'Enter the token', run: enter})];
    if (release !== revision)
        return ['renewed', () => banner('note', 'The server is another version now.',
            {text: 'Load the page again', run: () => location.reload()})];
    if (how === 'degraded' && store?.error)
        return [store.error, () => banner('refused',
            `Runs cannot be read: ${store.error}`)];
    return null;
}

let bannerShown = '';

function showBanner() {
    const [kind, make] = wantedBanner() || [''];
    if (kind === bannerShown)
        return;
    bannerShown = kind;
    clearInterval(countdown);
    replace(banners, make?.());
}

function onServer() {
    showStatus();
    showBanner();
}

/* ---- start ---- */

const ICONS = {
    save: 'M12 4v11m-5-5 5 5 5-5M5 20h14',
    sun: 'M12 8a4 4 0 1 0 0 8 4 4 0 1 0 0-8M12 2v2m0 16v2M2 12h2m16 0h2M5 5l1.4 1.4' +
        'm11.2 11.2L19 19M5 19l1.4-1.4M17.6 6.4 19 5',
    moon: 'M20 14.5A8.5 8.5 0 0 1 9.5 4a8.5 8.5 0 1 0 10.5 10.5z',
    keys: 'M3 6h18v12H3zM7 10h.01M11 10h.01M15 10h.01M7 14h10',
};

function showTools() {
    const name = theme() === 'dark' ? 'Light theme' : 'Dark theme';
    /** @param {string} path @param {string} label @param {() => void} click */
    const tool = (path, label, click) => h('button', {class: 'quiet', type: 'button',
        'aria-label': label, title: label, on: {click}},
        svg('svg', {class: 'icon', viewBox: '0 0 24 24', 'aria-hidden': 'true'},
            svg('path', {d: path})));
    const at = /** @type {Element} */ (document.activeElement);
    const focused = [...tools.children].indexOf(at);
    replace(tools,
        tool(ICONS.save, 'Report: save what is shown as one file', saveReport),
        tool(theme() === 'dark' ? ICONS.sun : ICONS.moon, name, toggle),
        tool(ICONS.keys, 'Keyboard', showKeys));
    if (focused >= 0)
        /** @type {HTMLElement} */ (tools.children[focused]).focus();
}

/** @param {string} page */
function visit(page) {
    go(hrefOf(page));
    scrollTo(0, 0);
}

function bindKeys() {
    bind('Everywhere', [
        {keys: ['r'], help: 'runs', run: () => visit('runs')},
        {keys: ['c'], help: 'compare', run: () => visit('compare')},
        {keys: ['l'], help: 'live', run: () => visit('live')},
        {keys: ['t'], help: 'dark or light', run: toggle},
        {keys: ['e'], help: 'report: save what is shown as one file', run: saveReport},
        {keys: ['?'], help: 'this list', run: showKeys},
    ]);
}

/** With nothing stored and something live, that is what is wanted. */
async function chooseFirst() {
    await watch();
    if (get().page || !health().live)
        return;
    const runs = await getJson('api/runs?limit=1');
    if (!runs.length && !get().page)
        set({page: 'live'}, {replace: true});
}

function start() {
    bindKeys();
    showTools();
    document.addEventListener('click', onClick);
    onChange(route);
    onTheme(showTools);
    onConnection(onServer);
    onHealth(onServer);
    route(get());
    chooseFirst().catch(() => {}); // the page says what is wrong
}

start();
