// SPDX-License-Identifier: GPL-3.0-or-later
// Every page in both themes, on a desk and on a phone: a picture of it for people to
// look at, nothing wider than the screen, and nothing that axe-core finds wrong.
import * as fs from 'node:fs';
import { join } from 'node:path';
import { assert, axe, before, browse, csvOf, known, serve, shot, store, test, viz,
    work } from './lib.mjs';

const SIDES = 'page=compare&a=tag:before&b=tag:after&seed=7';
const ALL = 'page=view&runs=1,2,3,4';
/** What each view is reached by, and what is there once it is complete. */
const views = [
    ['runs', '?page=runs', '#run-1'],
    ['selected', '?page=runs&runs=1,4&tag=known', '#run-1[aria-selected=true]'],
    ['series', `?${ALL}&metric=avg_total_us`, '.steadiness p'],
    ['table', '?page=view&runs=1&metric=avg_total_us&from=10&to=12&twin=series',
        '#twin-series tbody tr'],
    ['distribution', `?${ALL}&tab=distribution`, '[data-exhibit=violins]'],
    ['percentiles', `?${ALL}&tab=percentiles`, 'td .few, td'],
    ['frames', '?page=view&runs=7&tab=frames', '[data-exhibit=percentile-latency_ms]'],
    ['health', `?${ALL}&tab=health`, '.stream-health'],
    ['details', '?page=view&runs=1,7&tab=details', '.run-details'],
    ['compare', `?${SIDES}`, '[data-exhibit=forest]'],
    ['choose', '?page=compare', '.state.empty'],
    ['live', '?page=live&window=2', '[data-state=live]'],
];
let db;

before(async () => {
    db = await store({ benchmark: true });
});

/** The page as it is now, in this theme and at this width. */
async function look(page, view, colorScheme, width) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    await page.setViewportSize({ width, height: 780 });
    await page.evaluate(() => new Promise((drawn) =>
        requestAnimationFrame(() => requestAnimationFrame(drawn))));
    await shot(page, `${view}-${colorScheme}-${width}`);
    const [wide, screen] = await page.evaluate(() =>
        [document.documentElement.scrollWidth, window.innerWidth]);
    assert.ok(wide <= screen, `${view} is ${wide} px wide on ${screen}`);
}

for (const [view, query, ready] of views)
    test(`${view} in both themes, on a desk and on a phone`, async () => {
        const server = await serve({ db, sources: ['synth:'],
            args: ['--channels', '6', '--rate', '200'] });
        const page = await browse(server, { colorScheme: 'light' });
        await page.open(query);
        await page.locator(ready).first().waitFor();
        await look(page, view, 'light', 360);
        await look(page, view, 'light', 1280);
        assert.deepEqual(await axe(page), [], 'light');
        await look(page, view, 'dark', 1280);
        assert.deepEqual(await axe(page, ['color-contrast']), [], 'dark');
        await look(page, view, 'dark', 360);
    });

test('texts of any length stay within the page', async () => {
    const long = join(work, 'long.db');
    const tokens = join(work, 'long-token');
    const token = 'a-token-of-more-than-16-characters';
    fs.writeFileSync(tokens, `${token}\n`, { mode: 0o600 });
    for (const [at, run] of known.slice(0, 2).entries()) {
        const file = join(work, `long-${at}.csv`);
        fs.writeFileSync(file, csvOf(run));
        await viz('import', file, '--db', long, '--run-name', `${at}`.repeat(900),
            '--tags', 't'.repeat(90));
    }
    const server = await serve({ db: long,
        args: ['--allow-write', '--token-file', tokens, '--no-auth'] });
    for (const text of ['w'.repeat(1000), 'x y '.repeat(200)]) {
        const answer = await fetch(new URL('api/runs/1/annotations', server.url), {
            method: 'POST', headers: { Authorization: `Bearer ${token}`,
                'Content-Type': 'application/json' },
            body: JSON.stringify({ from_s: 10, to_s: 20, text, exclude: false,
                author: 'a'.repeat(90) }) });
        assert.ok(answer.ok, await answer.text());
    }
    const page = await browse(server);
    page.setDefaultTimeout(5000);
    for (const [view, query, ready] of [
        ['long-runs', '?page=runs', '#run-2'],
        ['long-series', '?page=view&runs=1,2&metric=avg_total_us', '.annotations li'],
        ['long-one', '?page=view&runs=1', '.annotations li'],
        ['long-distribution', '?page=view&runs=1,2&tab=distribution',
            '[data-exhibit=violins]'],
        ['long-details', '?page=view&runs=1,2&tab=details', '.run-details'],
        ['long-compare', '?page=compare&a=1&b=2', '.answer']]) {
        await page.open(query);
        await page.locator(ready).first().waitFor();
        await look(page, view, 'light', 360);
        await look(page, view, 'light', 1280);
    }
    await page.open('?page=runs');
    const samples = await page.locator('#run-1 td.samples').boundingBox();
    assert.ok(samples.x + samples.width <= 1280, 'columns that are in sight');
});
