// SPDX-License-Identifier: GPL-3.0-or-later
// node web/build.mjs FOLDER: the files of the page, as the program will hold them. The
// same sources give the same bytes. A mistake in one is printed; the exit status is 1.
import { build } from 'esbuild';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const out = resolve(process.argv[2]);

function licenses() {
    const parts = [
        'The page of viz draws with uPlot, whose licence is this:',
        readFileSync(join(here, 'node_modules/uplot/LICENSE'), 'utf8'),
        'viz itself is free software under this one, or any later version of it:',
        readFileSync(join(here, '../LICENSE'), 'utf8'),
    ];
    return parts.map((part) => part.trim() + '\n').join('\n');
}

/**
 * Links that fetch at once what app.js imports, before app.js itself has been read.
 * @param {import('esbuild').Metafile} built
 */
function preloads({ outputs }) {
    const of = (/** @type {string} */ file) => outputs[file].imports
        .filter(({ kind }) => kind === 'import-statement').map(({ path }) => path);
    const app = Object.keys(outputs).find((file) => /app-\w+\.js$/.test(file)) || '';
    const found = new Set(of(app));
    for (const file of found)
        of(file).forEach((path) => found.add(path));
    return [...found].sort().map((file) =>
        `<link rel="modulepreload" href="${basename(file)}">\n`).join('');
}

/** Functions of uPlot that this page, which draws its curves itself, never calls. */
const UNUSED = ['accScale', 'addBand', 'addSeries', 'asinhAxisSplits',
    'cacheStrokeFill', 'clipBandLine', 'delBand', 'delSeries', 'doFill', 'doStroke',
    'drawPath', 'fillStroke', 'fmtDate', 'initLegendRow', 'log10AxisValsFilt',
    'log2AxisValsFilt', 'logAxisSplits', 'rangeAsinh', 'rangeLog', 'setAlpha',
    'setFocus', 'setLegendValues', 'setSeries', 'strokeFill', 'syncLegend',
    'toggleDOM'];
/** And those that are called for what is then not used: what they give. */
const IDLE = { drawSeries: 'null', genTimeStuffs: '[[], [], Object]', linear: 'null',
    points: 'null', setLegend: 'null', timeAxisStamps: 'null', timeAxisVals: 'null',
    timeSeriesStamp: 'null', timeSeriesVal: 'null' };

/** @param {string} text @param {RegExp} pattern @param {string} by */
function replaced(text, pattern, by) {
    if (text.match(pattern)?.length !== 1)
        throw new Error(`uPlot has changed: ${pattern}`);
    return text.replace(pattern, by);
}

/**
 * uPlot without these, and without what it hands out besides itself.
 * @param {string} text
 */
function lean(text) {
    const body = (/** @type {string} */ name) =>
        new RegExp(`^(\\t?)function ${name}\\(.*\\) \\{\\n[^]*?^\\1\\}`, 'gm');
    let rest = replaced(text, /^uPlot\.assign = [^]*^export/gm,
        'uPlot.pxRatio = pxRatio;\nexport');
    for (const name of UNUSED)
        rest = replaced(rest, body(name), `$1function ${name}() {}`);
    for (const [name, gives] of Object.entries(IDLE))
        rest = replaced(rest, body(name), `$1function ${name}() { return ${gives}; }`);
    return rest;
}

const uplot = {
    name: 'uplot',
    setup: (/** @type {import('esbuild').PluginBuild} */ { onLoad }) =>
        onLoad({ filter: /uPlot\.esm\.js$/ },
            ({ path }) => ({ contents: lean(readFileSync(path, 'utf8')) })),
};

async function main() {
    const bundle = await build({
        absWorkingDir: here,
        entryPoints: { app: 'src/main.js' },
        entryNames: '[name]-[hash]', // under which browsers keep them
        chunkNames: 'part-[hash]',
        outdir: 'page', // write is false; the hashes depend on it, so it is the same
        bundle: true,
        splitting: true, // a page is fetched when it is first opened
        plugins: [uplot],
        minify: true,
        format: 'esm',
        target: ['chrome111', 'firefox113', 'safari16.4'],
        legalComments: 'none', // licenses.txt has them
        charset: 'utf8',
        logLevel: 'warning',
        metafile: true,
        write: false,
    });
    mkdirSync(out, { recursive: true });
    let page = readFileSync(join(here, 'index.html'), 'utf8');
    for (const file of bundle.outputFiles) {
        const name = basename(file.path);
        if (/^part.*css$/.test(name))
            continue; // app.css has all of it
        page = page.replaceAll(`"${name.replace(/-.*\./, '.')}"`, `"${name}"`);
        writeFileSync(join(out, name), file.contents);
    }
    page = page.replace(/<!-- SPDX.*-->\n/, '')
        .replace('</head>', preloads(bundle.metafile) + '</head>');
    writeFileSync(join(out, 'index.html'), page);
    writeFileSync(join(out, 'licenses.txt'), licenses());
}

await main();
