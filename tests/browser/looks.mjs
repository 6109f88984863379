// SPDX-License-Identifier: GPL-3.0-or-later
// Every page in both themes, on a desk and on a phone: a picture of it for people to look
// at, nothing wider than the screen, and nothing that axe-core finds wrong.
import { assert, axe, before, browse, serve, shot, store, test } from './lib.mjs';

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

async function look(page, name, checked) {
    for (const [view, query, ready] of views) {
        await page.open(query);
        await page.locator(ready).first().waitFor();
        await page.evaluate(() => new Promise((drawn) =>
            requestAnimationFrame(() => requestAnimationFrame(drawn))));
        await shot(page, `${view}-${name}`);
        const [wide, screen] = await page.evaluate(() =>
            [document.documentElement.scrollWidth, window.innerWidth]);
        assert.ok(wide <= screen, `${view} is ${wide} px wide on ${screen}`);
        if (checked)
            assert.deepEqual(await axe(page), [], view);
    }
}

for (const colorScheme of ['light', 'dark'])
    for (const width of [1280, 360])
        test(`every page in ${colorScheme} at ${width} px`, async () => {
            const server = await serve({ db, sources: ['synth:'],
                args: ['--channels', '6', '--rate', '200'] });
            const page = await browse(server, { colorScheme,
                viewport: { width, height: 780 }, reducedMotion: 'reduce' });
            await look(page, `${colorScheme}-${width}`, width === 1280);
        });
