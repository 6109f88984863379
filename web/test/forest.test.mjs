// SPDX-License-Identifier: GPL-3.0-or-later
import assert from 'node:assert/strict';
import {readFileSync} from 'node:fs';
import {test} from 'node:test';

import {cellText} from '../src/cell.js';
import {recorded} from '../src/distribution.js';
import {describe, extent, groupsOf, rowOf, settings} from '../src/forest_layout.js';
import {ledgerOf, sentence, yieldOf} from '../src/health_words.js';
import {figures, kind, reason, sign, withInterval} from '../src/verdict.js';

// What the command itself prints is what the page is given.
const comparison = JSON.parse(readFileSync(
    new URL('../../tests/golden/compare.json', import.meta.url), 'utf8'));
const metric = (name) => comparison.metrics.find((one) => one.name === name);

test('a verdict has a sign and a word, whatever its colour', () => {
    const verdicts = ['better', 'worse', 'different', 'equivalent', 'not shown'];
    assert.equal(new Set(verdicts.map(sign)).size, 5);
    assert.equal(new Set(verdicts.map(kind)).size, 5);
    assert.equal(sign('n too small'), '∅');
    assert.equal(sign(null), '∅');
});

test('minus signs stand before figures and nowhere else', () => {
    assert.equal(figures('-2.1 to -0.3 (-5), e-7, a-b, B - A'),
        '−2.1 to −0.3 (−5), e-7, a-b, B - A');
});

test('an interval has its unit once', () => {
    assert.equal(withInterval({difference: '+2.05 %', interval: '+1.96 to +2.14 %'}),
        '+2.05 % (+1.96 to +2.14)');
    assert.equal(withInterval({difference: '-4', interval: '-5 to -3'}),
        '−4 (−5 to −3)');
    assert.equal(withInterval({difference: '0 %', interval: '–'}), '0 %');
});

test('a row is where its figures are, in percent of A', () => {
    const row = rowOf(metric('avg_total_us'), 'mean');
    const {mean} = metric('avg_total_us').statistics;
    assert.ok(Math.abs(row.difference - mean.difference_percent) < 1e-9);
    assert.ok(Math.abs(row.low - mean.interval_percent[0]) < 1e-9);
    assert.ok(Math.abs(row.high - mean.interval_percent[1]) < 1e-9);
    assert.ok(Math.abs(row.band - 100 * mean.equivalence.limit / mean.a) < 1e-9);
    assert.equal(row.text, '+2.00 % (+1.70 to +2.30)');
    assert.equal(row.verdict, 'worse');
});

test('the runs of a side stand around its own value', () => {
    const {runs, difference} = rowOf(metric('avg_total_us'), 'mean');
    const centre = (side) => {
        const own = runs.filter((run) => run.side === side);
        return own.reduce((sum, run) => sum + run.at, 0) / own.length;
    };
    assert.equal(runs.length, 10);
    assert.ok(Math.abs(centre('a')) < 1e-6);
    assert.ok(Math.abs(centre('b') - difference) < 0.1);
});

test('what has too few values says so and is not drawn', () => {
    const row = rowOf(metric('avg_total_us'), 'p99');
    assert.equal(row.why, 'n too small (needs 368 effective, has 155)');
    assert.ok(Number.isNaN(row.low));
    assert.deepEqual(row.runs, []);
});

test('what is told in its unit has an axis of its own', () => {
    const groups = groupsOf(comparison);
    assert.equal(groups[0].unit, '%');
    assert.ok(groups[0].metrics.length > 1);
    assert.ok(groups.slice(1).every((group) => group.metrics.length === 1));
    assert.equal(groups.flatMap((group) => group.metrics).length,
        comparison.metrics.length);
});

test('the same reason for all statistics is said once', () => {
    const rows = groupsOf(comparison).flatMap((group) => group.metrics)
        .find((one) => one.name === 'humidity').rows;
    assert.deepEqual(rows.map((row) => [row.statistic, row.why]),
        [['all', 'no values']]);
});

test('what has nothing to draw stands last and keeps its reason', () => {
    for (const {metrics} of groupsOf(comparison)) {
        const drawn =
            metrics.map((one) => one.rows.some((row) => Number.isFinite(row.low)));
        assert.deepEqual(drawn, [...drawn].sort((x, y) => Number(y) - Number(x)));
        assert.ok(metrics.every((one, i) => drawn[i] || one.rows[0].why));
    }
});

test('the axis holds the limit and is not ruled by one wide interval', () => {
    const row = {band: 1, runs: [], low: -0.1, high: 0.1};
    const group = (rows) =>
        ({unit: '%', metrics: [{name: '', unit: '', better: '', rows}]});
    const [low, high] = extent(group([row]));
    assert.ok(low < -1 && high > 1);
    const wide = extent(group([row, row, {...row, low: -5000, high: 5000}]));
    assert.ok(wide[0] > -10 && wide[1] < 10);
    assert.equal(extent(group([{...row, low: NaN, high: NaN}])), null);
});

test('the picture says in words what it shows, with its settings', () => {
    assert.ok(describe(comparison).includes(figures(comparison.sentence)));
    const text = settings(comparison, 'viz 0.1.0 (abc).');
    for (const part of ['old <firmware>', 'Seed 20260131.', 'alpha 0.05',
        'viz 0.1.0 (abc)'])
        assert.ok(text.includes(part), part);
    assert.ok(!text.includes('interval_bootstrap'));
    assert.equal(reason('p99: n too small: 3'), 'n too small: 3');
});

test('a cell has its interval with two digits, or what it would take', () => {
    const cell = {value: 4998.123, low: 4988.4, high: 5007.9, enough: true, needs: 10,
        effective: 94};
    assert.equal(cellText(cell), '4998.1 (4988.4 to 5007.9)');
    assert.equal(cellText({...cell, low: 4900, high: 5100}), '4998 (4900 to 5100)');
    assert.equal(cellText({...cell, low: null, high: null}), '4998.12');
    assert.equal(cellText({value: null, low: null, high: null, enough: false,
        needs: 367.2,
        effective: 76.9}), 'n too small (needs 368, has 76)');
    assert.equal(cellText({value: null, low: null, high: null, enough: false, needs: 10,
        effective: 0}), 'no values');
});

test('recorded latency ends with its exact maximum, and knows no rarer percentile',
    () => {
    const figures_ =
        {p50: 1, p90: 2, p95: 3, p99: 4, p999: 5, max: 6, min: 0.5, mean: 1,
        count: 200};
    const all = recorded([{id: 1, name: 'a', delivered: {latency_ms: figures_}},
        {id: 2, name: 'b', delivered: null}], 'latency_ms');
    assert.deepEqual(all.runs.map((run) => run.n), [200, 0]); // each keeps its colour
    assert.deepEqual(all.runs[0].percentiles.p, [50, 90, 95, 99]);
    assert.deepEqual(all.runs[0].ecdf.x, [1, 2, 3, 4, 6]);
    assert.equal(recorded([{id: 2, delivered: {}}], 'latency_ms'), null);
});

test('what is wrong with a stream is said, and what is not known is not called well',
    () => {
    const good = {samples: 5, requested_hz: 10, delivered_hz: 9.9, gaps: 0, missing: 0};
    assert.equal(sentence(good), 'Nothing is known to be wrong.');
    assert.equal(sentence({...good, samples: 0}), 'Nothing came.');
    assert.ok(sentence({...good, gaps: null}).startsWith('Its rows have no'));
    assert.equal(sentence({...good, gaps: 3, missing: 12}), 'missing 12, gaps 3.');
    assert.ok(sentence({...good, delivered_hz: 5}).startsWith('delivered 5'));
    assert.equal(yieldOf(good), 99);
    assert.equal(yieldOf({requested_hz: null, delivered_hz: 5}), null);
});

test('the account of a run has its counts and no objects', () => {
    assert.deepEqual(ledgerOf({ledger: {sent: 5, balanced: true}, fps: 60}),
        [['sent', '5'], ['balanced', 'yes']]);
    assert.deepEqual(ledgerOf(null), []);
    assert.deepEqual(ledgerOf({received: 3, sources: [1], elapsed_s: 2}),
        [['received', '3'], ['elapsed s', '2.0\u202fs']]);
});
