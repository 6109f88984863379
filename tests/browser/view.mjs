// SPDX-License-Identifier: GPL-3.0-or-later
// Runs looked at together: what the charts show is what the API, the commands and the
// files that were imported say; what is saved is what is shown.
import * as fs from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import {
    assert, before, browse, csvOf, device, eventually, known, serve, start, store, test,
    viz, work,
} from './lib.mjs';

let db;

before(async () => {
    db = await store();
});

const VIEW = '?page=view&runs=1,4&metric=avg_total_us';

async function view(query = VIEW, options = {}) {
    const page = await browse(await serve({ db }), options);
    await page.open(query);
    await page.locator('.exhibit').first().waitFor();
    return page;
}

/** What the page's own server answers. */
const ask = (page, path) => page.evaluate(async (at) => (await fetch(at)).json(), path);

/** What a click saves: its name and its bytes. */
async function saved(page, control) {
    const [file] = await Promise.all([page.waitForEvent('download'), control.click()]);
    const path = join(work, `saved-${file.suggestedFilename()}`);
    await file.saveAs(path);
    return { name: file.suggestedFilename(), path, bytes: fs.readFileSync(path) };
}

const tool = (page, exhibit, text) =>
    page.locator(`[data-exhibit=${exhibit}] > header`)
        .getByRole('button', { name: text });

/** A store with a run of these rows. */
async function imported(name, rows) {
    const file = join(work, `${name}.csv`);
    fs.writeFileSync(file, csvOf({ start: known[0].start, rows }));
    await viz('import', file, '--db', join(work, `${name}.db`));
    return join(work, `${name}.db`);
}

async function rowsOf(page, exhibit) {
    const file = await saved(page, tool(page, exhibit, 'JSON'));
    return JSON.parse(file.bytes.toString());
}

/** Waits for the next answer to a series. */
const series = (page) =>
    page.waitForResponse((response) => response.url().includes('/series'));

test('the series is what was imported, and what is exported', async () => {
    const page = await view(`${VIEW}&twin=series`);
    await page.locator('#twin-series tbody tr').first().waitFor();
    const cells = await page.locator('#twin-series tbody tr').nth(7).locator('th, td')
        .allTextContents();
    assert.deepEqual([cells[0], cells[1]], ['1', 'before-0']);
    assert.equal(Number(cells[6]), known[0].rows[7].avg_total_us);
    const { rows } = await rowsOf(page, 'series');
    const of = (run) => rows.filter((row) => row.run === run);
    assert.deepEqual(of(1).map((row) => row.min),
        known[0].rows.map((row) => row.avg_total_us));
    assert.deepEqual(of(4).map((row) => row.max),
        known[3].rows.map((row) => row.avg_total_us));
    assert.ok(of(4).every((row, n) => Math.abs(row.from - n / 10) < 1e-6));
    const file = join(work, 'one.csv');
    await viz('export', '1', '--db', db, '--output', file);
    const [head, ...lines] = fs.readFileSync(file, 'utf8').trim().split('\n');
    const at = head.split(',').indexOf('avg_total_us');
    assert.deepEqual(lines.map((line) => Number(line.split(',')[at])),
        of(1).map((row) => row.min));
});

test('a run that is not there, or that lacks the metric, does not blank the others',
    async () => {
        const page = await browse(await serve({ db }));
        page.expect(/404/);
        await page.open('?page=view&runs=1,999&metric=avg_total_us');
        await page.locator('[data-exhibit=series] .note',
            { hasText: '600 rows' }).waitFor();
        assert.match(await page.locator('.missing').textContent(), /^999: no such run/);
        await page.getByRole('link', { name: 'Leave it out' }).click();
        await page.waitForURL((url) => url.searchParams.get('runs') === '1');

        const own = await store({ benchmark: true });
        const other = await browse(await serve({ db: own }));
        await other.open('?page=view&runs=7,1&metric=avg_total_us');
        await other.locator('[data-exhibit=series] .note',
            { hasText: '600 rows. Values' }).waitFor();
        assert.match(await other.locator('[data-exhibit=series] .note').textContent(),
            /Not drawn: 7 bench \(no avg_total_us\)/);
    });

test('the row count is of the stretch that is shown', async () => {
    const page = await view('?page=view&runs=1&metric=avg_total_us&from=5&to=6');
    await page.locator('[data-exhibit=series] .note', { hasText: ' 10 rows' })
        .waitFor();
});

test('wheel, keys and the button move the picture, the address and the question',
    async () => {
        const page = await view(`${VIEW}&twin=series`);
        await page.locator('#twin-series tbody tr').first().waitFor();
        const chart = page.locator('.series [role=img]').first();
        await chart.hover();
        const asked = series(page);
        await page.mouse.wheel(0, -300);
        await asked;
        await page.waitForURL(/from=.*to=/);
        const zoomed = new URL(page.url()).searchParams;
        assert.ok(Number(zoomed.get('to')) - Number(zoomed.get('from')) < 59);
        await chart.focus();
        await page.keyboard.press('ArrowRight');
        await page.waitForURL((url) =>
            Number(url.searchParams.get('from')) > Number(zoomed.get('from')));
        await page.keyboard.press('Home');
        await page.waitForURL((url) => !url.searchParams.has('from'));
        const box = await chart.boundingBox();
        await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
        await page.mouse.wheel(0, -300);
        await page.waitForURL(/from=.*to=/);
        await page.getByRole('button', { name: 'Show all' }).click();
        await page.waitForURL((url) => !url.searchParams.has('from'));
        await eventually(async () => assert.equal(await page.title(),
            'before-0, after-0 · avg_total_us – viz'));

        await page.waitForTimeout(800); // what follows is another gesture
        await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
        await page.mouse.wheel(0, -300);
        await page.mouse.wheel(0, -100);
        await page.waitForURL(/from=.*to=/);
        await page.goBack();
        await page.waitForURL((url) => url.searchParams.get('runs') === '1,4' &&
            !url.searchParams.has('from'));
    });

test('the address holds the whole view', async () => {
    const query = `${VIEW}&from=10&to=12&twin=series&theme=dark`;
    const page = await view(query);
    const text = async () => {
        await page.locator('#twin-series tbody tr').first().waitFor();
        return page.locator('#page').innerText();
    };
    await page.locator('.steadiness p').nth(1).waitFor();
    const first = await text();
    const { rows } = await rowsOf(page, 'series');
    const path = 'api/runs/1/series?metric=avg_total_us&from=10&to=12';
    const one = await ask(page, path);
    assert.deepEqual(rows.filter((row) => row.run === 1).map((row) => row.min),
        one.channels[0].value);
    await page.reload();
    await page.locator('.steadiness p').nth(1).waitFor();
    await eventually(async () => assert.equal(await text(), first));
    assert.equal(await page.locator('html').getAttribute('data-theme'), 'dark');
    await page.keyboard.press(']');
    await page.waitForURL(/tab=distribution/);
    await page.goBack();
    await page.locator('.steadiness p').nth(1).waitFor();
    await eventually(async () => assert.equal(await text(), first));
    await page.goForward();
    await page.locator('[data-exhibit=ecdf]').waitFor();
});

test('distributions and percentiles are those of the API', async () => {
    const page = await view(`${VIEW}&tab=distribution`);
    await page.locator('[data-exhibit=violins]').waitFor();
    const all = await ask(page, 'api/distribution?runs=1,4&metric=avg_total_us');
    const ecdf = (await rowsOf(page, 'ecdf')).rows;
    assert.deepEqual(ecdf.map((row) => [row.run, row.value, row.share]),
        all.runs.flatMap(({ id, ecdf: { x, p } }) => x.map((value, i) =>
            [id, value, p[i]])));
    const bins = (await rowsOf(page, 'histogram')).rows;
    assert.deepEqual(bins.map((row) => row.run_1), all.runs[0].counts);
    assert.deepEqual(bins.map((row) => row.from), all.edges.slice(0, -1));

    await page.getByRole('tab', { name: 'Percentiles' }).click();
    await page.locator('[data-exhibit=percentiles-avg_total_us]').waitFor();
    const { metrics } = await ask(page, 'api/percentiles?runs=1,4');
    const told = metrics.find((metric) => metric.name === 'avg_total_us').runs;
    const table = (await rowsOf(page, 'percentiles-avg_total_us')).rows;
    assert.deepEqual(table.map((row) =>
        [row.id, row.n, row.mean, row.p95, row.p95_low]), told.map((run) => [run.id,
            run.n, run.mean.value, run.p95.value, run.p95.low]));
});

test('a percentile that too few values carry is not told', async () => {
    const own = await imported('short', known[0].rows.slice(0, 40));
    const page = await browse(await serve({ db: own }));
    await page.open('?page=view&runs=1&tab=percentiles&metric=cpu_load_percent');
    const cell = page.locator('[data-exhibit=percentiles-cpu_load_percent] .few')
        .last();
    await cell.waitFor();
    const { metrics } = await ask(page, 'api/percentiles?runs=1');
    const { p99 } = metrics.find(({ name }) => name === 'cpu_load_percent').runs[0];
    assert.equal(p99.value, null);
    assert.match(await cell.textContent(), new RegExp(
        `^n too small \\(needs ${Math.ceil(p99.needs)}\\D.*has `));
});

test('health and details are those of the command', async () => {
    const page = await view('?page=view&runs=1&tab=health');
    const said = JSON.parse(await viz('show', '1', '--json', '--db', db));
    const { rows } = await rowsOf(page, 'health-of-the-streams');
    assert.deepEqual(rows.map((row) => [row.stream, row.samples]),
        said.streams.map((stream) => [stream.name, stream.samples]));
    await page.getByRole('tab', { name: 'Details' }).click();
    const facts = page.locator('.run-details');
    await facts.waitFor();
    assert.match(await facts.innerText(), new RegExp(said.run.uuid));
    assert.match(await facts.innerText(), /known/);
});

test('a stretch without rows says so, in words and in the chart\'s name', async () => {
    const page = await browse(await serve({ db }));
    await page.open('?page=view&runs=1&metric=avg_total_us&from=100&to=110');
    await page.getByRole('img', { name: /, no rows here\./ }).waitFor();
    await page.getByRole('heading', { name: 'No rows here' }).waitFor();
    await page.locator('.series').getByRole('button', { name: 'Show all' }).click();
    const least = Math.min(...known[0].rows.map((row) => row.avg_total_us));
    const name = new RegExp(`between ${least} and `);
    await page.getByRole('img', { name }).waitFor();
    await page.getByText('No rows here').waitFor({ state: 'detached' });
});

test('pictures, tables and the report are what is shown', async () => {
    const page = await view(`${VIEW}&from=10&to=12&twin=series`);
    await page.locator('#twin-series tbody tr').first().waitFor();
    const png = await saved(page, tool(page, 'series', 'PNG'));
    assert.equal(png.name, 'series.png');
    assert.equal(png.bytes.subarray(1, 4).toString(), 'PNG');
    assert.ok(png.bytes.readUInt32BE(16) > 800 && png.bytes.readUInt32BE(20) > 300);
    const csv = (await saved(page, tool(page, 'series', 'CSV'))).bytes.toString();
    const { rows, settings } = await rowsOf(page, 'series');
    assert.match(settings, /1 before-0, 4 after-0.*as they were recorded/);
    assert.deepEqual(csv.trim().split('\r\n').slice(1).map((line) =>
        Number(line.split(',').at(-1))), rows.map((row) => row.max));

    const button = page.getByRole('button', { name: /^Report: / });
    const report = await saved(page, button);
    const text = report.bytes.toString();
    assert.doesNotMatch(text, /<script|https?:|\son\w+=/);
    const alone = await page.context().browser().newContext({ offline: true });
    try {
        const paper = await alone.newPage();
        await paper.goto(pathToFileURL(report.path).href);
        assert.equal(await paper.locator('section').count(),
            await page.locator('.exhibit').count());
        const image = paper.locator('img').first();
        assert.ok(await image.evaluate((img) =>
            img.complete && img.naturalWidth > 800));
        await paper.locator('summary').first().click();
        assert.equal(await paper.locator('tbody tr').count(), rows.length);
        const said = await paper.locator('main').innerText();
        assert.match(said, /from=10/);
        assert.match(said, /avg_total_us of 1 before-0, 4 after-0; aligned at /);
        assert.match(said, /1 before-0 values are (not )?steady/);
    } finally {
        await alone.close();
    }
});

test('one hour of four series is redrawn', async (t) => {
    const own = await imported('hour', Array.from({ length: 36000 }, (_, n) => ({
        t: n / 10,
        avg_total_us: 5000 + Math.round(100 * Math.sin(n / 90)),
        avg_goertzel_us: 3000 + (n * 7919) % 100,
        cpu_load_percent: 25 + n / 36000,
    })));
    const page = await browse(await serve({ db: own }));
    const began = performance.now();
    const four = 'avg_total_us,avg_goertzel_us,peak_total_us,cpu_load_percent';
    await page.open(`?page=view&runs=1&metric=${four}`);
    await page.locator('.series [role=img]').waitFor();
    await page.locator('.series .over-chart').waitFor({ state: 'detached' });
    const opened = performance.now() - began;
    const drawn = await page.evaluate(async () => {
        const chart = document.querySelector('.series [role=img]');
        const frame = () => new Promise((next) => requestAnimationFrame(next));
        const spent = [];
        for (let n = 0; n < 20; n++) {
            await frame();
            const before = performance.now();
            chart.dispatchEvent(new KeyboardEvent('keydown',
                { key: n % 2 ? '-' : '+', bubbles: true }));
            await frame();
            spent.push(performance.now() - before);
        }
        return spent.sort((a, b) => a - b)[10];
    });
    t.diagnostic(`opened in ${opened.toFixed(0)} ms; a redraw, with the wait for its ` +
        `frame, ${drawn.toFixed(1)} ms`);
    const answer = await ask(page, `api/runs/1/series?metric=${four}&px=1000`);
    assert.equal(answer.rows, 36000);
    assert.equal(answer.reduced, true);
    assert.ok(answer.t.length <= 2000);
});

test('a run that is being recorded grows on the analytic tabs', async () => {
    const recorded = join(work, 'recorded.db');
    const devices = await device();
    const { host } = new URL(devices.sources[0]);
    const recorder = await start(['collect', '--host', host, '--run-name', 'growing',
        '--db', recorded], /run \d+|frame|collect/i);
    const page = await browse(await serve({ db: recorded }));
    const rows = page.locator('.analysis table tbody').first();
    do
        await page.open('?page=view&runs=1&tab=health');
    while (await page.locator('.state.failure').or(rows).first().waitFor() ||
        await page.locator('.state.failure').count());
    await rows.waitFor();
    const before = await rows.innerText();
    await page.waitForFunction((text) => document.querySelector('.analysis table tbody')
        ?.innerText !== text, before);
    await recorder.stop();
});
