// SPDX-License-Identifier: GPL-3.0-or-later
import assert from 'node:assert/strict';
import {test} from 'node:test';
import * as format from '../src/format.js';

/** Thin spaces as plain ones. */
const plain = (text) => text.replaceAll('\u202f', ' ');

test('what is not known is a dash, never a zero', () => {
    for (const fn of [format.number, format.count, format.bytes, format.seconds,
        format.percent, format.clock])
        for (const value of [null, undefined, NaN, Infinity])
            assert.equal(fn(value), '–');
    assert.equal(format.withUnit(null, 'ms'), '–');
    assert.equal(format.signed(NaN, '%'), '–');
});

test('numbers have the digits that were asked for', () => {
    assert.equal(format.number(3.14159), '3.142');
    assert.equal(format.number(3.1, 4), '3.100');
    assert.equal(format.number(0.00123456, 3), '0.00123');
    assert.equal(format.number(5098.66), '5099');
    assert.equal(plain(format.number(123456.7)), '123 457');
    assert.equal(format.number(9.9996), '10.00');
});

test('whole numbers stay whole, and zero has no sign', () => {
    assert.equal(format.number(500), '500');
    assert.equal(plain(format.number(999999)), '999 999');
    assert.equal(format.number(-0), '0');
    assert.equal(format.number(-7), '−7');
});

test('very small and very large numbers have a power of ten', () => {
    assert.equal(plain(format.number(1.5e-7, 2)), '1.5 × 10⁻⁷');
    assert.equal(plain(format.number(-2e12, 2)), '−2.0 × 10¹²');
});

test('units stand behind a space that does not break', () => {
    assert.equal(format.withUnit(2.5, 'ms', 2), '2.5\u202fms');
    assert.equal(format.withUnit(2.5, '', 2), '2.5');
    assert.equal(format.withUnit(2.5, null, 2), '2.5');
    assert.equal(plain(format.percent(2.0493)), '2.049 %');
});

test('differences have their sign', () => {
    assert.equal(plain(format.signed(2.049, '%')), '+2.049 %');
    assert.equal(plain(format.signed(-1, '%')), '−1 %');
    assert.equal(format.signed(0), '0');
});

test('durations are written as the program writes them', () => {
    const expected = [[0, '0.0 s'], [7.03, '7.0 s'], [12.1, '12 s'], [0.0349, '35 ms'],
        [0.0015, '1.5 ms'], [250e-6, '250 µs'], [3e-9, '3 ns'], [75, '1 min 15 s'],
        [59.6, '1 min'], [3600, '1 h'], [7380, '2 h 3 min'], [90000, '1 d 1 h'],
        [-7.03, '−7.0 s']];
    for (const [value, text] of expected)
        assert.equal(plain(format.seconds(value)), text, String(value));
});

test('a moment is local time, from text and from seconds', () => {
    const local = new Date(2026, 10, 22, 9, 5, 3);
    assert.equal(format.clock(local.toISOString()), '2026-11-22 09:05:03');
    assert.equal(format.clock(local.getTime() / 1000), '2026-11-22 09:05:03');
    assert.equal(format.clock('no moment'), '–');
});

test('counts are grouped from five digits on', () => {
    assert.equal(format.count(9999), '9999');
    assert.equal(plain(format.count(10000)), '10 000');
    assert.equal(plain(format.count(1234567)), '1 234 567');
});

test('bytes go up in steps of 1024', () => {
    const expected = [[0, '0 B'], [1023, '1023 B'], [1024, '1.0 KiB'],
        [20 * 1024, '20 KiB'], [1024 ** 3, '1.0 GiB'], [5000 * 1024 ** 4, '5000 TiB']];
    for (const [value, text] of expected)
        assert.equal(plain(format.bytes(value)), text);
});
