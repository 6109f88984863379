// SPDX-License-Identifier: GPL-3.0-or-later
import 'uplot/dist/uPlot.min.css';
import '../style.css';

/** @type {HTMLElement} */ (document.getElementById('page')).textContent = 'viz';
