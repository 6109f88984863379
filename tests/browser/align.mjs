// SPDX-License-Identifier: GPL-3.0-or-later
// Runs over each other, aligned in each of the three ways: a spike that is known to be
// in each of them is drawn where it belongs.
import * as fs from 'node:fs';
import { join } from 'node:path';
import { assert, before, browse, csvOf, serve, test, viz, work } from './lib.mjs';

const db = join(work, 'align.db');
const SPIKE = 9000;
/** The row with the spike; what the device's clock says of row n, in ms. */
const RUNS = {
    fast: [30, (n) => 1000 + 105 * n],
    reboots: [70, (n) => n < 50 ? 60000 + 100 * n : 7 + 100 * (n - 50)],
    wraps: [45, (n) => (2 ** 32 - 2000 + 100 * n) % 2 ** 32],
    'runs back': [60, (n) => n === 20 ? 2850 : 1000 + 100 * n],
};
/** Only a text that all have who have any counts; "wraps" has none. */
const NOTES = [[1, 1, 'warm'], [1, 2, 'door'], [2, 8, 'door'], [2, 6, 'door'],
    [2, 0.5, 'fan'], [4, 5, 'door']];
const names = Object.keys(RUNS);
const token = join(work, 'align-token');

async function fill() {
    for (const [name, [spike, stamp]] of Object.entries(RUNS)) {
        const rows = Array.from({ length: 100 }, (_, n) => ({
            avg_total_us: n === spike ? SPIKE : 5000 + n % 2,
            avg_goertzel_us: 3000, cpu_load_percent: 25 }));
        const [head, ...lines] = csvOf({ start: Date.UTC(2026, 0, 31), rows })
            .split('\n');
        const stamped = lines.map((line, n) =>
            line.replace(/,\d+/, () => `,${stamp(n)}`));
        const file = join(work, `${name}.csv`);
        fs.writeFileSync(file, [head, ...stamped].join('\n'));
        await viz('import', file, '--run-name', name, '--db', db);
    }
}

before(async () => {
    await fill();
    fs.writeFileSync(token, 'a-token-of-the-test-0123456789\n', { mode: 0o600 });
    const server = await serve({ db,
        args: ['--token-file', token, '--allow-write', '--no-auth'] });
    for (const [run, from_s, text] of NOTES) {
        const made = await fetch(new URL(`api/runs/${run}/annotations`, server.url), {
            method: 'POST', body: JSON.stringify({ from_s, to_s: from_s + 0.4, text }),
            headers: { 'Content-Type': 'application/json',
                Authorization: 'Bearer a-token-of-the-test-0123456789' } });
        assert.equal(made.status, 201, await made.text());
    }
    await server.stop();
});

/** Middles of what is drawn in colour in the upper part of the plot, px of the page. */
function coloured() {
    const canvas = document.querySelector('.series canvas');
    const [all, plot] = [canvas, document.querySelector('.series .u-over')]
        .map((el) => el.getBoundingClientRect());
    const scale = canvas.width / all.width;
    const [left, top, width, height] = [plot.left - all.left,
        plot.top - all.top + plot.height * 0.2, plot.width, plot.height * 0.3]
        .map((px) => Math.round(px * scale));
    const { data } = canvas.getContext('2d').getImageData(left, top, width, height);
    const isColoured = (x) => Array.from({ length: height }, (_, y) =>
        data.slice(4 * (y * width + x), 4 * (y * width + x) + 3))
        .some((rgb) => Math.max(...rgb) - Math.min(...rgb) > 60);
    const found = [];
    for (let x = 0; x < width; x++)
        if (isColoured(x)) {
            if (found.at(-1)?.to !== x - 1)
                found.push({ from: x });
            found.at(-1).to = x;
        }
    const joined = []; // both flanks of a spike are one
    for (const { from, to } of found)
        if (joined.length && from - joined.at(-1).to < 16)
            joined.at(-1).to = to;
        else
            joined.push({ from, to });
    return joined.map(({ from, to }) => ({ x: plot.left + (from + to + 1) / 2 / scale,
        y: plot.top + plot.height / 2 }));
}

/** Where the spike of each run is drawn, by the cursor that is put there. */
async function drawn(page) {
    const at = {};
    for (const { x, y } of await page.evaluate(coloured)) {
        await page.mouse.move(x, y);
        const said = await page.locator('.series .at-cursor').textContent();
        const values = await page.locator('.series .legend button').evaluateAll((all) =>
            all.map((one) => [one.querySelector('.name').textContent,
                one.querySelector('.value').textContent.replace(/\D/g, '')]));
        for (const [name, value] of values)
            if (value === String(SPIKE))
                at[name.replace(/^\d+ /, '')] =
                    parseFloat(said.replace('−', '-').replace(/[^-\d.]/g, ''));
    }
    return at;
}

/** @param places where each run's spike is, as its definition says; null: nowhere */
async function check(page, align, places, runs) {
    await page.open(`?page=view&runs=${runs}&metric=avg_total_us&align=${align}` +
        '&twin=series');
    await page.locator('#twin-series tbody tr').first().waitFor();
    const [file] = await Promise.all([page.waitForEvent('download'),
        page.locator('[data-exhibit=series] > header')
            .getByRole('button', { name: 'JSON' }).click()]);
    const { rows } = JSON.parse(fs.readFileSync(await file.path(), 'utf8'));
    const table = Object.fromEntries(rows.filter(({ max }) => max === SPIKE)
        .map(({ name, from }) => [name, from]));
    assert.deepEqual(Object.keys(table), Object.keys(places), align);
    for (const [name, place] of Object.entries(places))
        assert.ok(Math.abs(table[name] - place) < 1e-6,
            `${align}: ${name} at ${table[name]}, not ${place}`);
    const picture = await drawn(page);
    for (const [name, place] of Object.entries(places))
        assert.ok(Math.abs(picture[name] - place) < 0.04,
            `${align}: ${name} drawn at ${picture[name]}, not ${place}`);
}

const START = { fast: 3, reboots: 7, wraps: 4.5, 'runs back': 6 };

test('the recorder says when the spikes came', async () => {
    for (const [n, name] of names.entries()) {
        const file = join(work, `out-${n}.csv`);
        await viz('export', String(n + 1), '--db', db, '--output', file);
        const [head, ...lines] = fs.readFileSync(file, 'utf8').trim().split('\n');
        const at = head.split(',').indexOf('avg_total_us');
        const values = lines.map((line) => Number(line.split(',')[at]));
        assert.equal(values.indexOf(SPIKE) / 10, START[name]);
        const { annotations } = JSON.parse(
            await viz('show', String(n + 1), '--json', '--db', db));
        assert.deepEqual(annotations.map(({ from_s, text }) => [from_s, text]).sort(),
            NOTES.filter(([run]) => run === n + 1).map(([, ...note]) => note).sort());
    }
});

for (const timezoneId of ['UTC', 'America/St_Johns'])
    test(`runs stand at their start, an annotation, the device's clock: ${timezoneId}`,
        async () => {
            const page = await browse(await serve({ db }), { timezoneId });
            await check(page, 'start', START, '1,2,3,4');
            // A boot and a wrap go on where the clock was; nothing is moved by them.
            await check(page, 'device', { ...START, fast: 3.15 }, '1,2,3,4');
            // The earlier of two doors; what has none is named, and not drawn.
            await check(page, 'annotation', { fast: 1, reboots: 1, 'runs back': 1 },
                '1,2,4');
            await check(page, 'annotation', { fast: 1, reboots: 1, 'runs back': 1 },
                '1,2,3,4');
            const note = page.locator('[data-exhibit=series] .note');
            assert.match(await note.textContent(),
                /Not drawn: 3 wraps \(no annotation\)/);
        });
