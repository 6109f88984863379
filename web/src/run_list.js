// SPDX-License-Identifier: GPL-3.0-or-later
// Which runs are listed and in what order, what is wrong with each, and how several are
// divided into A and B. Runs are those of GET api/runs.

/** @typedef {Record<string, any>} Run */
/** @typedef {{text: string, kind: 'good'|'warn'|'bad'|'', title: string}} Badge */

/** @param {Run} run */
function words(run) {
    return [run.id, run.name, run.host, run.firmware, run.description, run.origin,
        run.state, run.machine?.host, ...(run.tags || [])].join('\n').toLowerCase();
}

/**
 * Runs in which every word stands somewhere and that have every tag.
 * @param {Run[]} runs
 * @param {string} text
 * @param {string[]} tags
 */
export function filter(runs, text, tags) {
    const wanted = text.toLowerCase().split(/\s+/).filter(Boolean);
    return runs.filter((run) => {
        const all = wanted.length ? words(run) : '';
        return wanted.every((word) => all.includes(word)) &&
            tags.every((tag) => run.tags?.includes(tag));
    });
}

/** @type {Record<string, (run: Run) => string|number|null|undefined>} */
const KEYS = {
    id: (run) => run.id,
    name: (run) => run.name || '',
    state: (run) => run.state,
    started: (run) => run.started_ns,
    duration: (run) => run.duration_s,
    samples: (run) => run.samples,
    host: (run) => run.host || '',
};

/**
 * @param {string} [how] "name"; "-name" the other way round; newest first without it
 * @returns {{key: string, down: boolean}}
 */
export function order(how = '-started') {
    const key = how.replace(/^-/, '');
    return KEYS[key] ? {key, down: how.startsWith('-')} : {key: 'started', down: true};
}

/**
 * What is not known comes last; equals stand newest first.
 * @param {Run[]} runs
 * @param {string} [how] of order()
 */
export function sort(runs, how) {
    const {key, down} = order(how);
    const of = KEYS[key];
    /** @param {Run} a @param {Run} b */
    function compare(a, b) {
        const [x, y] = [of(a), of(b)];
        if (x === y || (x ?? null) === (y ?? null))
            return b.id - a.id;
        if (x === null || x === undefined || y === null || y === undefined)
            return x === null || x === undefined ? 1 : -1;
        const sign = typeof x === 'string'
            ? x.localeCompare(String(y), undefined, {numeric: true})
            : x < Number(y) ? -1 : 1;
        return (down ? -sign : sign) || b.id - a.id;
    }
    return [...runs].sort(compare);
}

/**
 * Tags and how many of the runs have them, the most frequent first.
 * @param {Run[]} runs
 * @returns {[string, number][]}
 */
export function tagCounts(runs) {
    /** @type {Map<string, number>} */
    const counts = new Map();
    for (const tag of runs.flatMap((run) => run.tags || []))
        counts.set(tag, (counts.get(tag) || 0) + 1);
    return [...counts].sort((a, b) => b[1] - a[1] || a[0].localeCompare(b[0]));
}

/** @param {any[]|undefined} sources */
function reboots(sources) {
    return (sources || []).reduce((n, source) =>
        n + Math.max(0, (source.boots || 0) - 1), 0);
}

/** @param {number} n @param {string} one */
function plural(n, one) {
    return `${n} ${one}${n === 1 ? '' : one.endsWith('s') ? 'es' : 's'}`;
}

/** @param {Run} run */
function gapsOf(run) {
    /** @type {{gaps?: number}[]} */
    const streams = run.delivered.streams || [];
    return run.delivered.gaps ?? streams.reduce((n, {gaps}) => n + (gaps || 0), 0);
}

/** @param {Run} run @returns {[number, number]} lost, of how many */
function lossOf(run) {
    const d = run.delivered;
    if (run.origin === 'benchmark')
        return [(d.lost || 0) + (d.missing || 0), d.samples_in || 0];
    const lost = (d.missing || 0) + (d.unstored || 0) + (d.overflow || 0);
    return [lost, (d.received || 0) + (d.missing || 0)];
}

/**
 * What is wrong with a run, as far as it says itself; one good badge where nothing is,
 * none where it does not say.
 * @param {Run} run
 * @returns {Badge[]}
 */
export function health(run) {
    const d = run.delivered;
    if (!d || typeof d !== 'object')
        return [];
    /** @type {Badge[]} */
    const badges = [];
    const [lost, of] = lossOf(run);
    if (lost > 0)
        badges.push({kind: 'bad', text: `${percentLost(lost, of)} lost`,
            title: `${lost} of ${of} did not arrive or were not kept`});
    if (gapsOf(run) > 0)
        badges.push({kind: 'warn', text: plural(gapsOf(run), 'gap'),
            title: 'places at which something is missing'});
    const again = reboots(d.sources);
    if (again > 0)
        badges.push({kind: 'warn', text: plural(again, 'reboot'),
            title: 'the device began anew'});
    if (d.not_finite > 0)
        badges.push({kind: 'warn', text: `${d.not_finite} not finite`,
            title: 'values that are no numbers'});
    if (d.accounted === false || d.ledger?.balanced === false)
        badges.push({kind: 'bad', text: 'not balanced',
            title: 'not every sample is accounted for'});
    return badges.length || !knows(d) ? badges
        : [{kind: 'good', text: 'whole', title: 'nothing lost, no gaps, no reboots'}];
}

/** @param {Record<string, any>} delivered */
function knows(delivered) {
    return delivered.gaps !== undefined || delivered.lost !== undefined;
}

/** @param {number} lost @param {number} of */
function percentLost(lost, of) {
    const share = of > 0 ? (100 * lost) / of : 100;
    return share < 0.01 ? '< 0.01 %' : `${share.toPrecision(2).replace(/\.0$/, '')} %`;
}

/** @typedef {{a: number[], b: number[], text: string}} Division */

/**
 * The ways in which chosen runs can be divided into A and B: by tags that hold for one
 * part only, and the older half against the newer: A is what was, by its tag or its
 * start.
 * @param {Run[]} chosen
 * @returns {Division[]}
 */
export function divisions(chosen) {
    const old = [...chosen].sort((x, y) =>
        (x.started_ns ?? 0) - (y.started_ns ?? 0) || x.id - y.id);
    const halves = halved(old);
    return [...byTags(old), halves];
}

/** @param {Run[]} chosen @returns {Division} */
function halved(chosen) {
    const ids = chosen.map((run) => run.id);
    const middle = Math.ceil(ids.length / 2);
    const [a, b] = [ids.slice(0, middle), ids.slice(middle)];
    return {a, b, text: `the ${a.length} oldest, then the other ${b.length}`};
}

/** Tags that say themselves on which side they stand. @param {string} tag */
function rank(tag) {
    return /^(before|old|base(line)?|reference)$/i.test(tag) ? 0
        : /^(after|new)$/i.test(tag) ? 2 : 1;
}

/** @param {Run[]} chosen @returns {Division[]} */
function byTags(chosen) {
    const has = (/** @type {string} */ tag) =>
        chosen.filter((run) => run.tags?.includes(tag)).map((run) => run.id);
    const tags = tagCounts(chosen).filter(([, n]) => n < chosen.length)
        .map(([tag]) => ({tag, ids: has(tag), at: firstOf(chosen, tag)}))
        .sort((x, y) => rank(x.tag) - rank(y.tag) || x.at - y.at);
    const pairs = tags.flatMap((x, i) => tags.slice(i + 1)
        .filter((y) => complete(x.ids, y.ids, chosen.length))
        .map((y) => ({a: x.ids, b: y.ids, text: `${x.tag}, then ${y.tag}`})));
    const paired = new Set(pairs.flatMap(({a, b}) => [String(a), String(b)]));
    const alone = tags.filter(({ids}) => !paired.has(String(ids)));
    const single = alone.map(({tag, ids}) => {
        const others = chosen.map((run) => run.id).filter((id) => !ids.includes(id));
        return rank(tag) ? {a: others, b: ids, text: `without ${tag}, then with ${tag}`}
            : {a: ids, b: others, text: `with ${tag}, then without ${tag}`};
    });
    return [...pairs, ...single];
}

/** @param {Run[]} chosen @param {string} tag */
function firstOf(chosen, tag) {
    return chosen.findIndex((run) => run.tags?.includes(tag));
}

/** @param {number[]} x @param {number[]} y @param {number} all */
function complete(x, y, all) {
    return x.length + y.length === all && !x.some((id) => y.includes(id));
}

/**
 * Those between two, both included, in the order of the list.
 * @param {number[]} ids
 * @param {number|null} from
 * @param {number} to
 */
export function between(ids, from, to) {
    const [x, y] = [from === null ? -1 : ids.indexOf(from), ids.indexOf(to)];
    if (x < 0)
        return y < 0 ? [] : [to];
    return ids.slice(Math.min(x, y), Math.max(x, y) + 1);
}

/**
 * "1,2" of the address.
 * @param {string|undefined} text
 * @returns {number[]}
 */
export function idsOf(text) {
    const ids = (text || '').split(',').map(Number);
    return [...new Set(ids.filter((id) => Number.isInteger(id) && id > 0))];
}
