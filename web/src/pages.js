// SPDX-License-Identifier: GPL-3.0-or-later
// The pages that are fetched when one of them is first opened: in one file, which packs
// better than one for each.
import './main.js'; // which has what all use: so that it stands there, in one file too

export * as compare from './page_compare.js';
export * as live from './page_live.js';
export * as view from './page_view.js';
