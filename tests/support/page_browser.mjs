// Shared by the tests of the page: chromium, watched pages, ways to open files on them, and axe.
//   BADGED_SCENE   a JSON file: the node, the chain, the documents (test_page.py writes it)
//   BADGED_PAGE    verify.html as built       BADGED_SHOTS   a folder for screenshots; none are taken without it
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { after } from 'node:test';
import { pathToFileURL } from 'node:url';

export const scene = JSON.parse(readFileSync(process.env.BADGED_SCENE, 'utf8'));
export const built = process.env.BADGED_PAGE;
export const asFile = pathToFileURL(built).href;
export const fileOf = (name) => `${scene.folder}/${name}`;

const { chromium } = await import(pathToFileURL(process.env.BADGED_PLAYWRIGHT).href);
const axeSource = readFileSync(createRequire(process.env.BADGED_PLAYWRIGHT).resolve('axe-core/axe.min.js'), 'utf8');
const browser = await chromium.launch({
  executablePath: process.env.BADGED_CHROMIUM ?? '/usr/bin/chromium',
  args: [
    '--no-sandbox',
    '--disable-gpu',
    '--disable-dev-shm-usage',
    '--disable-quic',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
    '--headless=new',
  ],
});
after(() => browser.close());

/* Starts a server that calls answer(request, response); returns its origin. */
export async function serve(t, answer) {
  const server = createServer(answer);
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  server.unref(); // a test that fails leaves it open
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${server.address().port}`;
}

/* The page from a plain static server, with settings filled in by hand. */
export function serveStatic(t, settings = {}) {
  const html = readFileSync(built, 'utf8').replace('id="settings">{}', `id="settings">${JSON.stringify(settings)}`);
  return serve(t, (request, response) => {
    response.writeHead(200, { 'Content-Type': 'text/html' });
    response.end(html);
  });
}

/*
 * A page that is watched: when the test ends, it has asked nobody but the origins in `allowed`, broken no policy, thrown
 * nothing and kept no cookie.
 */
export async function visit(t, url, { width = 1280, height = 800, locale = 'en', allowed = [], ...more } = {}) {
  const context = await browser.newContext({ viewport: { width, height }, locale, ...more });
  const page = await context.newPage();
  page.setDefaultTimeout(300_000); // for what must come, on whatever machine
  const faults = [];
  const origins = new Set(['null', new URL(url).origin, new URL(scene.rpc).origin, ...allowed]);
  page.on('request', (request) => {
    const { protocol, origin } = new URL(request.url());
    if (!['data:', 'blob:', 'file:'].includes(protocol) && !origins.has(origin)) faults.push(`asked ${request.url()}`);
  });
  page.on('pageerror', (error) => faults.push(`threw ${error.stack}`));
  page.on('console', (message) => {
    if (/Content.Security.Policy|violates/i.test(message.text())) faults.push(message.text());
  });
  t.after(async () => {
    const cookies = await context.cookies();
    await context.close();
    assert.deepEqual(faults, []);
    assert.deepEqual(cookies, []);
  });
  await page.goto(url);
  return page;
}

export const choose = (page, ...names) => page.setInputFiles('#files', names.map(fileOf));

export async function drop(page, ...names) {
  const files = names.map((name) => ({ name, base64: readFileSync(fileOf(name)).toString('base64') }));
  await page.evaluate((given) => {
    const transfer = new DataTransfer();
    for (const { name, base64 } of given)
      transfer.items.add(new File([Uint8Array.from(atob(base64), (c) => c.charCodeAt(0))], name));
    for (const type of ['dragenter', 'dragover', 'drop'])
      document.body.dispatchEvent(new DragEvent(type, { dataTransfer: transfer, bubbles: true, cancelable: true }));
  }, files);
}

/* Waits for an answer, and reads it as programs do. digest: of whom the answer must be. */
export async function answer(page, digest) {
  await page
    .locator(digest ? `[data-verdict][data-digest="${digest}"]` : '[data-verdict], #trouble')
    .first()
    .waitFor();
  return page.evaluate(() => ({
    verdict: document.querySelector('[data-verdict]')?.dataset.verdict,
    codes: Object.fromEntries(
      Array.from(document.querySelectorAll('[data-check]'), ({ dataset }) => [dataset.check, dataset.code]),
    ),
    outcomes: Array.from(document.querySelectorAll('[data-check]'), ({ dataset }) => dataset.outcome),
    notices: Array.from(document.querySelectorAll('[data-notice]'), ({ dataset }) => dataset.notice),
  }));
}

/* Fills the form of sources; fields by the end of their id. */
export async function rely(page, fields, pair) {
  if (!(await page.locator('#rests').evaluate((node) => node.open))) await page.click('#rests > summary');
  if (!(await page.locator('#change-sources').evaluate((node) => node.open)))
    await page.click('#change-sources > summary');
  for (const [name, value] of Object.entries(fields)) await page.fill(`#source-${name}`, value);
  if (pair) {
    await page.click('#add-issuer');
    await page.locator('.pair:last-child input').nth(0).fill(pair.id);
    await page.locator('.pair:last-child input').nth(1).fill(pair.account);
  }
  await page.click('#sources button[type=submit]');
}

export async function assertAccessible(page, what) {
  await page.evaluate(axeSource);
  const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
  const { violations } = await page.evaluate(
    (values) => axe.run({ runOnly: { type: 'tag', values }, resultTypes: ['violations'] }),
    tags,
  );
  const found = violations.map(
    ({ id, nodes }) =>
      `${id}: ${nodes
        .map(({ html, failureSummary }) => `${html.slice(0, 200)} ${failureSummary}`)
        .slice(0, 3)
        .join(' | ')}`,
  );
  assert.deepEqual(found, [], what);
}

export async function assertFits(page, what) {
  const wide = await page.evaluate(() => {
    const limit = document.documentElement.clientWidth;
    if (document.documentElement.scrollWidth <= limit) return [];
    return Array.from(document.body.querySelectorAll('*'))
      .filter((node) => node.getBoundingClientRect().right > limit + 1)
      .map((node) => `${node.tagName}.${node.className}`)
      .slice(0, 5);
  });
  assert.deepEqual(wide, [], `wider than the window: ${what}`);
}

export async function shoot(page, name, options = {}) {
  const folder = process.env.BADGED_SHOTS;
  if (!folder) return;
  mkdirSync(folder, { recursive: true });
  await page.screenshot({ path: `${folder}/${name}.png`, fullPage: true, ...options });
}
