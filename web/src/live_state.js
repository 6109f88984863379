// SPDX-License-Identifier: GPL-3.0-or-later
// What the live page says of itself, and which channel is drawn where.
import {seconds} from './format.js';

/** @typedef {{name: string, unit: string}} Channel */
/**
 * @typedef {{id: number, name: string, source: string, format: string,
 *     requested_hz: number|null, channels: Channel[]}} Stream
 */
/** @typedef {{stream: number, channel: number, name: string, key: string}} Member */
/** @typedef {{title: string, unit: string, members: Member[]}} Lane */
/** Lanes of one stream: those before rest are always shown. */
/** @typedef {{title: string, from: number, rest: number, to: number}} Group */
/**
 * link: of the socket. behind_s: of a paused picture, or of what arrives. age_s: of the
 * newest row; NaN: none has come. silent: for how long each silent stream is. told: the
 * page says already when it tries again.
 * @typedef {{link: import('./live_socket.js').Link|null, streams: number,
 *     ended: boolean, paused: boolean, behind_s: number, late_s: number, age_s: number,
 *     silent: number[], told?: boolean, now_s: number}} Facts
 */
/** @typedef {{word: string, text: string, kind: 'good'|'warn'|'bad'|''}} Badge */

export const WINDOWS = [1, 2, 5, 10, 20, 30, 60, 120];
/** So many curves in one lane can be told apart. */
const MOST_IN_LANE = 6;
/** A stream with more lanes shows the first of them until it is asked for all. */
const MOST_LANES = 6;
const FIRST_LANES = 3;
/** ... of all such streams together, but one of each. */
const FIRST_OF_ALL = 6;
const BETWEEN = ' · ';
const LATE_S = 0.5;

/** @param {string|undefined} text @returns {number} seconds */
export function windowOf(text) {
    const asked = Number(text);
    return text && asked >= 1 && asked <= 120 ? asked : 10;
}

/** @param {Facts} facts @returns {Badge} */
export function badgeOf(facts) {
    const {link} = facts;
    if (!link || link.is === 'connecting')
        return {word: 'CONNECTING', text: 'CONNECTING', kind: ''};
    if (link.is !== 'open') {
        const wait = Math.max(0, link.retryAt - facts.now_s);
        const word = link.is === 'refused' ? 'REFUSED' : 'DISCONNECTED';
        const when = wait < 0.3 ? 'now' : `in ${wait.toFixed(0)} s`;
        return {word, kind: 'bad',
            text: facts.told ? word : `${word}, trying again ${when}`};
    }
    if (facts.paused)
        return {word: 'PAUSED', kind: 'warn',
            text: `PAUSED, ${seconds(Math.max(0, facts.behind_s))} behind`};
    if (facts.ended)
        return {word: 'ENDED', text: 'ENDED', kind: ''};
    if (!facts.streams || Number.isNaN(facts.age_s))
        return {word: 'WAITING', text: 'WAITING', kind: ''};
    const silent = facts.silent.length;
    if (silent && silent >= facts.streams)
        return {word: 'STALE', text: staleText(Math.min(...facts.silent)),
            kind: 'warn'};
    if (facts.late_s > LATE_S)
        return {word: 'BEHIND', text: `BEHIND ${seconds(facts.late_s)}`, kind: 'warn'};
    if (silent)
        return {word: 'LIVE', text: `LIVE, ${silent} of ${facts.streams} silent`,
            kind: 'warn'};
    return {word: 'LIVE', text: 'LIVE', kind: 'good'};
}

/** @param {number} age_s */
export function staleText(age_s) {
    const whole = Math.floor(age_s);
    return `STALE ${whole < 60 ? `${whole}\u202fs` : seconds(whole)}`;
}

/**
 * The mark of a lane with the streams @ids, some of which are silent.
 * @param {number[]} ids
 * @param {Map<number, number>} silent
 */
export function laneMark(ids, silent) {
    const stale = [...new Set(ids)].filter((id) => silent.has(id));
    if (!stale.length)
        return '';
    const least = Math.min(...stale.map((id) => silent.get(id) ?? NaN));
    const all = new Set(ids).size;
    return staleText(least) + (stale.length < all ? `, ${stale.length} of ${all}` : '');
}

/**
 * What each stream is called: where some had to be told apart by their source, which
 * the server then puts behind the name, every one has its source.
 * @param {Stream[]} streams
 * @returns {Map<number, string>} by its id
 */
export function titlesOf(streams) {
    const isTold = streams.some(({name}) => name.includes(BETWEEN));
    return new Map(streams.map(({id, name, source = ''}) => {
        const host = source.replace(/^.*?:\/\//, '').split('/')[0];
        const tell = isTold && host && !name.includes(BETWEEN) &&
            host.replace(/:$/, '') !== name;
        return [id, tell ? name + BETWEEN + host : name];
    }));
}

/** @param {Stream} stream @param {Channel} channel */
export function keyOf(stream, channel) {
    return `${stream.name}/${channel.name}`;
}

/**
 * Lanes of nearly the same size, none with more curves than can be told apart.
 * @param {Lane} lane
 * @returns {Lane[]}
 */
function split(lane) {
    const count = Math.ceil(lane.members.length / MOST_IN_LANE);
    const each = Math.ceil(lane.members.length / count);
    return Array.from({length: count}, (_, at) =>
        ({...lane, members: lane.members.slice(at * each, (at + 1) * each)}));
}

/**
 * A lane for each unit of each stream, several where one would be too full; overlay:
 * for each unit of all.
 * @param {Stream[]} streams
 * @param {boolean} overlay
 * @returns {Lane[]}
 */
export function lanesOf(streams, overlay) {
    /** @type {Map<string, Lane>} */
    const lanes = new Map();
    const titles = titlesOf(streams);
    for (const stream of streams)
        stream.channels.forEach((channel, at) => {
            const unit = channel.unit || '';
            const id = overlay ? unit : `${stream.id}/${unit}`;
            const lane = lanes.get(id) ||
                {title: overlay ? '' : titles.get(stream.id) || '', unit, members: []};
            const key = keyOf(stream, channel);
            const isPlain = !overlay || streams.length === 1;
            lane.members.push({stream: stream.id, channel: at, key,
                name: isPlain ? channel.name : key});
            lanes.set(id, lane);
        });
    return overlay ? [...lanes.values()] : [...lanes.values()].flatMap(split);
}

/**
 * @param {Lane[]} lanes
 * @returns {Group[]}
 */
export function groupsOf(lanes) {
    /** @type {Group[]} */
    const groups = [];
    lanes.forEach(({title, members}, at) => {
        const last = groups.at(-1);
        const follows = last && last.title === title &&
            (!title || lanes[at - 1].members[0].stream === members[0].stream);
        if (follows)
            last.to = last.rest = at + 1;
        else
            groups.push({title, from: at, rest: at + 1, to: at + 1});
    });
    const large = groups.filter(({from, to}) => to - from > MOST_LANES);
    const first = Math.max(1, Math.min(FIRST_LANES,
        Math.floor(FIRST_OF_ALL / large.length)));
    for (const group of large)
        group.rest = group.from + first;
    return groups;
}

/**
 * The channels that are hidden, of those that the address shows; it shows all where it
 * names none that there is.
 * @param {Lane[]} lanes
 * @param {string|undefined} shown "S1/ax,S1/ay"
 * @returns {Set<string>}
 */
export function hiddenOf(lanes, shown) {
    const keys = lanes.flatMap((lane) => lane.members.map((member) => member.key));
    const wanted = new Set((shown || '').split(',')
        .filter((key) => keys.includes(key)));
    return new Set(wanted.size ? keys.filter((key) => !wanted.has(key)) : []);
}

/**
 * The text for the address; null: all are shown.
 * @param {Lane[]} lanes
 * @param {Set<string>} hidden
 */
export function shownText(lanes, hidden) {
    const keys = lanes.flatMap((lane) => lane.members.map((member) => member.key));
    const shown = keys.filter((key) => !hidden.has(key));
    return shown.length && shown.length < keys.length ? shown.join(',') : null;
}

/**
 * A channel is hidden or shown; alone: only it, or all again where it was alone.
 * @param {string[]} keys
 * @param {Set<string>} hidden
 * @param {string} key
 * @param {boolean} alone
 * @returns {Set<string>} never all of them
 */
export function toggled(keys, hidden, key, alone) {
    const others = keys.filter((other) => other !== key);
    const next = new Set(hidden);
    if (alone)
        return new Set(others.every((other) => hidden.has(other)) && !hidden.has(key)
            ? [] : others);
    if (!next.delete(key))
        next.add(key);
    return next.size < keys.length ? next : new Set();
}
