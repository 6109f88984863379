// SPDX-License-Identifier: GPL-3.0-or-later
import assert from 'node:assert/strict';
import test from 'node:test';
import {badgesOf, healthTable, unknownText} from '../src/live_health.js';

/** @param {number} id @param {object} more */
const stream = (id, more = {}) => ({id, delivered_hz: 196, requested_hz: 200, rows: 400,
    samples: 400, gaps: 3, clock_steps: 0, newest_age_s: 0, oldest_s: 0, newest_s: 2,
    loss_known: true, ledger: {missing: 0, lost: 0}, ...more});
const blind = {loss_known: false, ledger: {missing: null, lost: null}};

/** @param {ReturnType<typeof stream>[]} streams @param {object} more */
const health = (streams, more = {}) => ({now_s: 2, clients: 1, ended: false,
    behind_ms: {p50: null, p99: null}, streams, sources: [], notices: [],
    loss_known: streams.length > 0 && streams.every((one) => one.loss_known),
    ledger: {received: 400, missing: 0, lost: 0, balanced: true}, ...more});

/** @param {string} format */
const about = (format, id = 0) =>
    ({id, name: `S${id + 1}`, source: '', format, requested_hz: 200, channels: []});

test('nothing is lost only where it would show', () => {
    assert.deepEqual(badgesOf(health([stream(0)]), [about('viz')], ''),
        [['good', 'Every sample accounted for'], ['good', 'Nothing lost']]);
    assert.deepEqual(badgesOf(health([stream(0, blind)]), [about('mpu')], ''),
        [['good', 'Every sample that came is accounted for'],
            ['', 'Loss not known: mpu numbers no rows']]);
    assert.deepEqual(badgesOf(health([stream(0), stream(1, blind), stream(2, blind)]),
        [about('viz'), about('mpu', 1), about('csv', 2)], '12:00').map((one) => one[1]),
    ['Every sample that came is accounted for until 12:00',
        'Loss not known: mpu and csv number no rows']);
});

test('what is known to be lost is said beside what is not', () => {
    const some = health([stream(0, blind)],
        {ledger: {received: 400, missing: null, unreadable: 3, lost: 3,
            balanced: true}});
    assert.deepEqual(badgesOf(some, [about('csv')], '').map((one) => one[1]),
        ['Every sample that came is accounted for', 'Lost: unreadable 3',
            'Loss not known: csv numbers no rows']);
    const late = stream(0, {ledger: {late: 2}, loss_known: false});
    const {lost} = healthTable(health([late]), [about('csv')]).rows[0];
    assert.equal(lost, 'late 2; more not known: this format numbers no rows');
});

test('before the first row nothing is claimed', () => {
    const none = health([], {ledger: {received: 0, missing: null, lost: null,
        balanced: true}});
    assert.deepEqual(badgesOf(none, [], ''), [['', 'No row has come']]);
    const announced = health([stream(0, {rows: 0})]);
    assert.equal(healthTable(announced, [about('viz')]).rows[0].lost, '–');
});

test('of what cannot be known, rates and holes are told', () => {
    const two = [stream(0, blind), stream(1, {...blind, requested_hz: null})];
    assert.equal(unknownText(health(two), [about('mpu'), about('mpu', 1)]),
        'Holes between the times of their rows: 6. ' +
        'In the last second S1 delivered 196 of 200\u202fHz.');
    assert.equal(unknownText(health([stream(0)]), [about('viz')]), '');
    assert.deepEqual(healthTable(health(two), [about('mpu'), about('mpu', 1)]).rows
        .map((row) => row.lost),
    Array(2).fill('not known: this format numbers no rows'));
});
