/*
 * Two charts of the last ten minutes, each with a sentence and a table of the same data. Their colours come from the
 * style sheet, and are read again when the reader switches between light and dark; nothing is animated.
 */
import { Chart, Filler, LinearScale, LineController, LineElement, PointElement } from 'chart.js';

import { byId, el } from '../page/dom.mjs';
import { clock } from './format.mjs';

Chart.register(Filler, LinearScale, LineController, LineElement, PointElement);

const WINDOWS_S = [60, 120, 300, 600]; // the smallest that fits all samples is shown
const WINDOW_S = WINDOWS_S.at(-1);
const TABLE_ROWS = 10;

const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

function when(seconds) {
  if (seconds === 0) return 'now';
  return seconds % 60 ? `${-seconds} s` : `${-seconds / 60} min`;
}

export class History {
  #chart;
  #id;
  #series;
  #say;
  #show;
  samples = []; // { at, value, seconds }: the value of the seconds up to `at`, usually one second

  /* id: of the elements <id>-chart, <id>-summary, <id>-table; show: formats a value; say: the samples as a sentence */
  constructor(id, series, show, say) {
    this.#id = id;
    this.#series = series;
    this.#show = show;
    this.#say = say;
    const scale = (more) => ({ type: 'linear', border: { display: false }, ...more });
    this.#chart = new Chart(byId(`${id}-chart`), {
      type: 'line',
      data: { datasets: [{ data: [], parsing: false, fill: 'origin', borderWidth: 2, pointRadius: 0, tension: 0 }] },
      options: {
        animation: false,
        events: [],
        maintainAspectRatio: false,
        scales: {
          x: scale({ min: -WINDOWS_S[0], max: 0, ticks: { stepSize: WINDOWS_S[0] / 4, maxRotation: 0, padding: 8, callback: when } }),
          y: scale({ beginAtZero: true, suggestedMax: 5, ticks: { maxTicksLimit: 5, callback: (v) => show(v) } }),
        },
      },
    });
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => this.#paint());
    this.#paint();
  }

  #paint() {
    const line = colour(this.#series);
    const [set] = this.#chart.data.datasets;
    set.borderColor = line;
    set.backgroundColor = `${line}26`;
    for (const axis of Object.values(this.#chart.options.scales)) {
      axis.ticks.color = colour('--ink-soft');
      axis.ticks.font = { family: getComputedStyle(document.body).fontFamily, size: 12 };
      axis.grid = { color: colour('--line'), drawBorder: false, drawTicks: false };
    }
    this.#chart.options.scales.x.grid.display = false;
    this.#chart.update('none');
  }

  add(at, value, seconds) {
    this.samples.push({ at, value, seconds });
    while (this.samples[0].at < at - WINDOW_S * 1000) this.samples.shift();
  }

  draw(now) {
    const age = (now - this.samples[0].at) / 1000;
    const { x } = this.#chart.options.scales;
    x.min = -(WINDOWS_S.find((window) => window >= age) ?? WINDOW_S);
    x.ticks.stepSize = x.min / -4;
    this.#chart.data.datasets[0].data = this.samples.map(({ at, value }) => ({ x: (at - now) / 1000, y: value }));
    this.#chart.update('none');
    byId(`${this.#id}-summary`).textContent = this.#say(this.samples);
    const table = byId(`${this.#id}-table`);
    if (table.parentElement.open) table.replaceChildren(this.#table(now));
  }

  /* The highest value of each minute, the latest first. */
  #table(now) {
    const rows = Array.from({ length: TABLE_ROWS }, (_, i) => {
      const to = now - i * 60000;
      const values = this.samples.filter(({ at }) => at > to - 60000 && at <= to).map(({ value }) => value);
      return values.length && el('tr', {}, el('td', {}, clock(to)), el('td', {}, this.#show(Math.max(...values))));
    });
    const head = el('tr', {}, el('th', { scope: 'col' }, 'Minute up to'), el('th', { scope: 'col' }, 'Highest'));
    return el('table', {}, el('thead', {}, head), el('tbody', {}, rows.filter(Boolean)));
  }

  end() {
    this.#chart.destroy();
  }
}
