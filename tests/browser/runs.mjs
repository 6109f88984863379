// SPDX-License-Identifier: GPL-3.0-or-later
// The list of runs by keyboard and mouse, what of it the address holds, and what
// changes runs: tags, annotations, deletion, and the token that these need.
import * as fs from 'node:fs';
import { join } from 'node:path';
import {
    assert, axe, before, browse, eventually, known, serve, shot, store, test, viz, work,
} from './lib.mjs';

let db;

before(async () => {
    db = await store();
});

const names = (page) => page.locator('tbody td.name a').allTextContents();
const query = (page) => new URL(page.url()).search;

async function list(options = {}, queryText = '?page=runs') {
    const server = await serve({ db, ...options });
    const page = await browse(server);
    await page.open(queryText);
    await page.locator('tbody tr').first().waitFor();
    return page;
}

/** Waits until the address is this. */
async function reached(page, text) {
    await page.waitForURL((url) => url.search === text);
}

async function rows(page, wanted) {
    await page.waitForFunction((texts) => texts === [...document.querySelectorAll(
        'tbody td.name a')].map((a) => a.textContent).join(), wanted.join());
}

test('the list is that of the command, newest first', async () => {
    const page = await list();
    const said = JSON.parse(await viz('runs', '--json', '--db', db));
    assert.deepEqual(await names(page), said.map((run) => run.name));
    assert.deepEqual(said.map((run) => run.name),
        known.map((run) => run.name).reverse());
    const [first] = said;
    const cells = await page.locator('tbody tr:first-child td').allTextContents();
    assert.match(cells.join('|'), new RegExp(`${first.name}.*complete.*600`));
    assert.deepEqual(await page.evaluate(async () => (await fetch('api/runs')).json()),
        said);
});

test('search, tags and order are in the address and survive a reload', async () => {
    const page = await list();
    await page.keyboard.press('/');
    await page.keyboard.type('after');
    await rows(page, ['after-2', 'after-1', 'after-0']);
    assert.match(query(page), /q=after/);
    await page.locator('button[data-sort=name]').click();
    await rows(page, ['after-0', 'after-1', 'after-2']);
    await page.reload();
    await rows(page, ['after-0', 'after-1', 'after-2']);
    assert.equal(await page.locator('#q').inputValue(), 'after');
    await page.locator('#q').fill('no such run');
    await page.getByText('No run is like this').waitFor();
    await page.getByRole('button', { name: 'Show all runs' }).click();
    await page.locator('tbody tr').nth(5).waitFor();
    await page.locator('.chips .chip', { hasText: 'before' }).click();
    await rows(page, ['before-0', 'before-1', 'before-2']);
    assert.match(query(page), /tag=before/);
    await page.goBack();
    await page.locator('tbody tr').nth(5).waitFor();
    await page.goForward();
    await rows(page, ['before-0', 'before-1', 'before-2']);
});

test('keys move, select, extend, open, overlay and compare', async () => {
    const page = await list();
    const press = (...keys) => keys.reduce((done, key) =>
        done.then(() => page.keyboard.press(key)), Promise.resolve());
    await press('j', 'j', 'k', 'j', 'x');
    await reached(page, '?page=runs&runs=5');
    await press('Shift+ArrowDown', 'x');
    const selected = (wanted) => eventually(async () => assert.equal(
        await page.locator('tr[aria-selected=true]').count(), wanted));
    await selected(1);
    await press('Escape', 'a');
    await selected(6);
    await press('Escape');
    await reached(page, '?page=runs');
    await press('Home', 'x', 'End', 'x');
    await reached(page, '?page=runs&runs=6,1');
    await page.getByText('A (before) 1 before-0, B (after) 6 after-2').waitFor();
    await press('o');
    await reached(page, '?page=view&runs=6,1');
    await page.getByRole('heading', { name: '2 runs' }).waitFor();
    await page.goBack();
    await reached(page, '?page=runs&runs=6,1');
    await page.locator('tr[aria-selected=true]').nth(1).waitFor();
    await press('c');
    await reached(page, '?page=compare&a=1&b=6');
    await page.locator('.answer').waitFor();
    await page.goBack();
    await page.locator('tbody tr').first().waitFor();
    await press('Escape', 'Home', 'Enter');
    await reached(page, '?page=view&runs=6');
    await page.getByRole('heading', { name: /^6 after-2/ }).waitFor();
});

test('from the opening to a comparison by keyboard alone', async () => {
    const page = await list({}, '');
    await page.keyboard.press('a');
    await page.keyboard.press('c');
    await page.getByRole('dialog').waitFor();
    await page.getByText('before, then after').waitFor();
    assert.deepEqual(await axe(page), []);
    await page.getByText(/A \(3\): before-/).waitFor();
    await page.keyboard.press('Enter');
    await page.locator('.answer h2').waitFor();
    assert.match(await page.locator('.answer h2').textContent(), /B is worse than A/);
    assert.deepEqual(new Set(new URL(page.url()).searchParams.get('a').split(',')),
        new Set(['1', '2', '3']));
});

test('? lists what the keys do, and Escape closes the list', async () => {
    const page = await list();
    await page.keyboard.press('?');
    const box = page.getByRole('dialog', { name: 'Keyboard' });
    await box.waitFor();
    assert.match(await box.textContent(), /next run.*select the run.*search/s);
    assert.deepEqual(await axe(page), []);
    await page.keyboard.press('Escape');
    await box.waitFor({ state: 'detached' });
});

test('what is not allowed is not offered', async () => {
    const page = await list();
    page.expect(/ 403 /);
    await page.getByText('Read-only').waitFor();
    await page.locator('#run-1 input').check();
    assert.equal(await page.getByRole('button', { name: 'Delete' }).count(), 0);
    const refused = await page.evaluate(async () => {
        const answer = await fetch('api/runs/1/tags/x', { method: 'PUT' });
        return [answer.status, (await answer.json()).error];
    });
    assert.equal(refused[0], 403);
    assert.match(refused[1], /--allow-write/);
});

const TOKEN = 'a-token-of-more-than-16-characters';

async function writable() {
    const file = join(work, 'token');
    fs.writeFileSync(file, `${TOKEN}\n`, { mode: 0o600 });
    // Of its own: a store that is ended by force leaves a log that one copied over it
    // would read.
    const own = join(fs.mkdtempSync(join(work, 'written-')), 'runs.db');
    fs.copyFileSync(db, own);
    const server = await serve({ db: own,
        args: ['--allow-write', '--token-file', file] });
    const page = await browse(server);
    page.expect(/401/);
    return { page, own };
}

async function giveToken(page) {
    const box = page.getByRole('dialog', { name: 'The server wants its token' });
    await box.waitFor();
    await page.keyboard.type('not the token at all');
    await page.keyboard.press('Enter');
    await box.getByText('This is not the token').waitFor();
    await box.locator('input').fill(TOKEN);
    await page.keyboard.press('Enter');
    await box.waitFor({ state: 'detached' });
}

test('who has no token sees only that one is wanted', async () => {
    const { page } = await writable();
    await page.open('?page=runs');
    await page.getByRole('button', { name: 'Not now' }).click();
    await page.getByText('This server shows nothing without its token.').waitFor();
    await page.getByRole('heading', { name: 'This needs the token' }).waitFor();
    await page.getByText('Token needed').waitFor();
    const enter = page.getByRole('button', { name: 'Enter the token' });
    await eventually(async () => assert.equal(await enter.count(), 1));
    assert.equal(await page.getByText('before-0').count(), 0);
    assert.deepEqual(await axe(page), []);
    await shot(page, 'refused');
    await enter.click();
    await giveToken(page);
    await page.locator('#run-1').waitFor();
    await page.getByText('Writable').waitFor();
});

test('tags and deletion want the token, and are done', async () => {
    const { page, own } = await writable();
    await page.open('?page=runs&runs=2');
    await giveToken(page);
    await page.getByRole('button', { name: 'Tags' }).click();
    await page.locator('#tag').fill('new tag');
    await page.keyboard.press('Enter');
    await page.locator('#run-2 .tags', { hasText: 'new tag' }).waitFor();
    await page.getByRole('button', { name: 'Tags' }).click();
    await page.getByRole('dialog').getByLabel('new tag').check();
    await page.keyboard.press('Enter');
    await page.locator('#run-2 .tags', { hasText: 'new tag' })
        .waitFor({ state: 'detached' });
    await page.getByRole('button', { name: 'Delete' }).click();
    await page.getByRole('button', { name: 'Delete for good' }).click();
    await page.locator('#run-2').waitFor({ state: 'detached' });
    const left = JSON.parse(await viz('runs', '--json', '--db', own));
    assert.deepEqual(left.map((run) => run.id), [6, 5, 4, 3, 1]);
});

test('an exclusion is made, honoured by the comparison, and deleted', async () => {
    const { page, own } = await writable();
    const of = (comparison) => comparison.metrics
        .find((metric) => metric.name === 'cpu_load_percent').runs.a[0].n;
    const n = async () =>
        of(JSON.parse(await viz('compare', '1', '4', '--json', '--db', own)));
    const whole = await n();
    await page.open('?page=view&runs=1&metric=avg_total_us&from=10&to=19.95');
    await giveToken(page);
    await page.getByText('Writable').waitFor();
    await page.getByRole('button', { name: 'Annotate what is shown' }).click();
    await page.locator('#note-text').fill('a door was open');
    await page.getByLabel('Figures and comparisons leave this stretch out').check();
    await page.locator('#note-author').fill('somebody');
    assert.equal(await page.locator('#note-from').inputValue(), '10');
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await page.locator('.annotations', { hasText: 'a door was open' }).waitFor();
    const without = await n();
    // 100 rows, and the first behind them, which has no row to be a difference from.
    assert.ok(whole - without >= 100 && whole - without <= 101, `${whole}, ${without}`);
    const answer = await page.evaluate(async () =>
        (await fetch('api/compare?a=1&b=4')).json());
    assert.equal(of(answer), without);
    await page.getByRole('button', { name: /^Delete the annotation/ }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
    await page.locator('.annotations').waitFor({ state: 'detached' });
    assert.equal(await n(), whole);
    await eventually(async () => assert.equal(
        await page.evaluate(() => document.activeElement?.id), 'tab-series'));
});

test('an annotation is made of every run that is shown, and no later than they end',
    async () => {
        const { page, own } = await writable();
        const notes = async (run) =>
            JSON.parse(await viz('show', run, '--json', '--db', own)).annotations;
        await page.open('?page=runs');
        await giveToken(page);
        await page.getByText('Writable').waitFor();
        await page.open('?page=view&runs=1,4,2&metric=avg_total_us&from=50&to=70');
        await page.getByRole('button', { name: 'Annotate what is shown' }).waitFor();
        const chart = page.locator('.series [role=img]');
        const dialog = page.getByRole('dialog');
        await page.keyboard.press('n');
        await dialog.getByLabel('2 before-1').uncheck();
        await page.locator('#note-text').fill('warm');
        assert.equal(await page.locator('#note-to').inputValue(), '59.9');
        // One of them fails: the others are kept, and not written twice.
        let broken = true;
        await page.route('**/api/runs/4/annotations', (route) => broken
            ? route.fulfill({ status: 409, contentType: 'application/json',
                body: '{"error":"the store is locked"}' }) : route.continue());
        page.expect(/409/);
        await dialog.getByRole('button', { name: 'Save' }).click();
        await dialog.getByText('Saved for 1 before-0. Not for 4 after-0: ').waitFor();
        assert.ok(await dialog.getByLabel('1 before-0').isDisabled());
        broken = false;
        await dialog.getByRole('button', { name: 'Save' }).click();
        await page.locator('.annotations').nth(1).waitFor();
        const made = await Promise.all(['1', '4', '2'].map(notes));
        assert.deepEqual(made.map((all) => all.length), [1, 1, 0]);
        await eventually(async () =>
            assert.ok(await chart.evaluate((el) => el === document.activeElement)));
        await page.locator('.annotations .act').first().click();
        await dialog.getByRole('button', { name: 'Delete' }).click();
        await page.locator('.annotations').nth(1).waitFor({ state: 'detached' });
        await eventually(async () => assert.match(await page.evaluate(() =>
            document.activeElement?.getAttribute('aria-label') || ''), /^Delete the/));
    });

test('on a phone every order can be seen and chosen', async () => {
    const page = await browse(await serve({ db }), { viewport:
        { width: 360, height: 780 } });
    await page.open('?page=runs');
    await page.locator('#run-1').waitFor();
    const ends = await page.locator('table.runs thead button:visible').evaluateAll(
        (all) => all.map((el) => el.getBoundingClientRect().right));
    assert.equal(ends.length, 5);
    assert.ok(Math.max(...ends) <= 360, String(ends));
});
