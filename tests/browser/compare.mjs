// SPDX-License-Identifier: GPL-3.0-or-later
// The page that compares says what the command says, and can be driven without a mouse.
import * as fs from 'node:fs';
import { join } from 'node:path';
import {
    assert, before, browse, csvOf, eventually, known, serve, store, test, viz, work,
} from './lib.mjs';

let db;

before(async () => {
    db = await store();
});

const SIDES = 'page=compare&a=tag:before&b=tag:after';

async function compare(query) {
    const page = await browse(await serve({ db }));
    await page.open(`?${query}`);
    await page.locator('.answer, .state').first().waitFor();
    return page;
}

const command = async (...args) =>
    JSON.parse(await viz('compare', 'tag:before', 'tag:after', '--db', db, '--json',
        ...args));
/** The page writes a minus sign where the command writes a hyphen. */
const plain = (text) => text.replaceAll('−', '-').replaceAll('\u202f', ' ');

async function saved(page, control, name) {
    const [file] = await Promise.all([page.waitForEvent('download'), control.click()]);
    await file.saveAs(join(work, name));
    return fs.readFileSync(join(work, name), 'utf8');
}

test('verdict, sentence and forest are those of the command', async () => {
    const page = await compare(`${SIDES}&seed=7&twin=forest`);
    const said = await command('--seed', '7');
    await page.locator('#twin-forest tbody tr').first().waitFor();
    assert.match(plain(await page.locator('.answer h2').textContent()),
        new RegExp(`${said.title}$`));
    assert.equal(plain(await page.locator('.answer .lead').textContent()),
        `${said.sentence}.`);
    const forest = page.locator('[data-exhibit=forest]');
    const { rows } = JSON.parse(await saved(page,
        forest.getByRole('button', { name: 'Save the table as JSON' }), 'forest.json'));
    const wanted = said.metrics.flatMap((metric) => Object.entries(metric.statistics)
        .map(([statistic, row]) => [metric.name, statistic, row.a, row.b,
            row.difference_percent, ...row.interval_percent, row.p, row.p_adjusted]));
    assert.deepEqual(rows.map((row) => [row.metric, row.statistic, row.a, row.b,
        row.difference, row.low, row.high, row.p, row.p_adjusted]), wanted);
    assert.equal(await page.locator('#twin-forest tbody tr').count(), wanted.length);
    for (const metric of said.metrics)
        await page.locator('.metric header', { hasText: metric.name })
            .getByText(metric.verdict).waitFor();
    assert.match(await forest.locator('p.note').textContent(), /Seed 7\..*viz \d/s);
});

test('settings are typed, are in the address, and change the answer', async () => {
    const page = await compare('page=compare');
    await page.getByText('Choose two sides').waitFor();
    await page.keyboard.press('/');
    await page.keyboard.type('tag:before');
    await page.locator('#compare-b').fill('tag:after');
    await page.locator('summary', { hasText: 'Settings' }).click();
    await page.locator('#compare-limit').fill('5');
    await page.locator('#compare-metrics').fill('avg_total_us');
    await page.keyboard.press('Enter');
    await page.waitForURL((url) => url.searchParams.get('limit') === '5' &&
        url.searchParams.get('a') === 'tag:before');
    await page.locator('.answer').waitFor();
    const said = await command('--limit', '5', '--metrics', 'avg_total_us');
    assert.equal(said.verdict, 'equivalent');
    assert.equal(plain(await page.locator('.answer .lead').textContent()),
        `${said.sentence}.`);
    const code = await page.locator('.command code').textContent();
    assert.match(code, /^viz compare --limit 5 --metrics avg_total_us --seed \d+ /);
    await page.reload();
    await page.locator('.answer').waitFor();
    assert.equal(await page.locator('#compare-limit').inputValue(), '5');
    await page.locator('body').click({ position: { x: 5, y: 400 } });
    await page.keyboard.press('s');
    await page.waitForURL((url) => url.searchParams.get('a') === 'tag:after');
    await page.goBack();
    await page.waitForURL((url) => url.searchParams.get('a') === 'tag:before');
    await page.locator('.answer').waitFor();
    assert.equal(await page.locator('#compare-a').inputValue(), 'tag:before');
});

test('the reports are those of the command', async () => {
    const page = await compare(`${SIDES}&seed=7`);
    await page.locator('.reports').waitFor();
    const html = join(work, 'command.html');
    await viz('compare', 'tag:before', 'tag:after', '--db', db, '--seed', '7',
        '--output', html);
    const link = (name) => page.locator('.reports').getByText(name, { exact: true });
    assert.equal(await saved(page, link('HTML report'), 'page.html'),
        fs.readFileSync(html, 'utf8'));
    assert.deepEqual(JSON.parse(await saved(page, link('JSON'), 'page.json')),
        await command('--seed', '7'));
});

test('runs are named, swapped, and what is said is in the report', async () => {
    const page = await compare('page=compare&a=1&b=4&seed=7');
    await page.getByText('A, before: 1 before-0', { exact: true }).waitFor();
    await eventually(async () =>
        assert.match(await page.title(), /^1 before-0 and 4 after-0 compared/));
    const link = page.locator('.reports').getByText('HTML report', { exact: true });
    const [file] = await Promise.all([page.waitForEvent('download'), link.click()]);
    assert.equal(file.suggestedFilename(), 'compare-1-before-0-4-after-0.html');
    const said = JSON.parse(await viz('compare', '1', '4', '--seed', '7', '--db', db,
        '--json'));
    const text = await saved(page, page.getByRole('button', { name: /^Report/ }),
        'all.html');
    const paper = await page.context().newPage();
    await paper.setViewportSize({ width: 1280, height: 800 });
    await paper.goto(`file://${join(work, 'all.html')}`);
    const body = plain(await paper.locator('body').innerText());
    for (const words of [said.sentence, ...said.notes, 'viz compare --seed 7',
        ...said.metrics.map((metric) => metric.sentence)])
        assert.ok(body.includes(plain(words)), words);
    assert.doesNotMatch(text, /<(a|button|script)[ >]/);
    const cut = () => paper.locator('.scroll').evaluateAll((all) =>
        all.filter((el) => el.scrollWidth > el.clientWidth + 1).map((el) =>
            `${el.scrollWidth} of ${el.clientWidth}: ${el.textContent.slice(0, 40)}`));
    await paper.locator('details').evaluateAll((all) => all.forEach((el) => {
        el.open = true;
    }));
    assert.deepEqual(await cut(), []);
    await paper.emulateMedia({ media: 'print' });
    await paper.setViewportSize({ width: 700, height: 1000 }); // A4 at 96 dpi
    assert.deepEqual(await cut(), []);
    await page.getByRole('button', { name: 'Swap A and B' }).focus();
    await page.keyboard.press('Enter');
    await page.waitForURL((url) => url.searchParams.get('a') === '4');
});

test('on a narrow phone nothing of the forest is cut', async () => {
    const few = join(work, 'few.db');
    for (const run of [known[0], known[3]]) {
        const file = join(work, `${run.name}.csv`);
        fs.writeFileSync(file, csvOf({ ...run, rows: run.rows.slice(0, 90) }));
        await viz('import', file, '--db', few);
    }
    const page = await browse(await serve({ db: few }),
        { viewport: { width: 320, height: 640 } });
    await page.open('?page=compare&a=1&b=2');
    await page.locator('.pic text', { hasText: 'n too small' }).first().waitFor();
    assert.deepEqual(await page.locator('.pic').first().evaluate((pic) =>
        [...pic.querySelectorAll('text')].filter((text) =>
            text.getBBox().x + text.getBBox().width > pic.viewBox.baseVal.width + 1)
            .map((text) => text.textContent)), []);
});

test('a comparison that takes its time says so, and can be cancelled', async () => {
    const page = await compare('page=compare');
    let let_go;
    const held = new Promise((go) => {
        let_go = go;
    });
    await page.route('**/api/compare?*', async (route) => {
        await held;
        await route.continue().catch(() => {}); // the question was withdrawn
    });
    await page.locator('#compare-a').fill('1');
    await page.locator('#compare-b').fill('4');
    await page.keyboard.press('Enter');
    await page.getByText('Comparing 1 with 4').waitFor();
    await page.getByRole('button', { name: 'Cancel' }).click();
    await page.getByRole('heading', { name: 'Cancelled' }).waitFor();
    let_go();
    await page.getByRole('button', { name: 'Ask again' }).click();
    await page.locator('.answer').waitFor();
});

test('what cannot be compared is said in the words of the command', async () => {
    const page = await browse(await serve({ db }));
    page.expect(/ 40\d /);
    await page.open('?page=compare&a=tag:nothing&b=4');
    const failure = page.getByRole('alert');
    await failure.waitFor();
    assert.match(await failure.textContent(), /nothing/);
});
