// Reads cases from standard input, one JSON a line, and writes the report of each: {document, receipt, options}, the
// document in base64 or null, the receipt a text or null. Runs the package here; with --chromium in a browser; with --page
// runs the verifier's page from a host that is not a node, and reports only what the page shows.
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { pathToFileURL } from 'node:url';

const folder = process.env.BADGED_PACKAGE;
const ORDER = 'digest inclusion registry anchor proof withdrawn revoked status validity issuer'.split(' ');
const cases = readFileSync(0, 'utf8').trim().split('\n').map((line) => JSON.parse(line));

// Runs in the browser too, so it stands alone.
async function runCase(module, { document, receipt, options }) {
  const { verify } = await import(module);
  const bytes = document === null ? null : Uint8Array.from(atob(document), (c) => c.charCodeAt(0));
  return verify(bytes, receipt, options);
}

const connect = "connect-src http://127.0.0.1:* https://localhost:*";
const files = {
  '/': ['text/html', `default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; ${connect}`, () => '<!doctype html><title>cases</title>'],
  '/verify.html': ['text/html', null, () => readFileSync(`${folder}/verify.html`)],
};

async function serve() {
  const server = createServer((request, response) => {
    const module = /^\/\w+\.mjs$/.test(request.url) && ['text/javascript', null, () => readFileSync(folder + request.url)];
    const [type, policy, read] = files[request.url] ?? (module || []);
    if (!type) {
      response.writeHead(404).end();
      return;
    }
    response.writeHead(200, { 'Content-Type': type, ...(policy && { 'Content-Security-Policy': policy }) });
    response.end(read());
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}

async function inChromium(work) {
  const { chromium } = await import(pathToFileURL(process.env.BADGED_PLAYWRIGHT));
  const server = await serve();
  const browser = await chromium.launch({
    executablePath: process.env.BADGED_CHROMIUM ?? '/usr/bin/chromium',
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-dev-shm-usage',
      `--ignore-certificate-errors-spki-list=${process.env.DID_HOST_KEY ?? ''}`,
    ],
  });
  try {
    await work(browser, `http://127.0.0.1:${server.address().port}`);
  } finally {
    await browser.close();
    server.close();
  }
}

// Each lane takes the next case as soon as it is free.
async function runAll(lanes) {
  const reports = [];
  let next = 0;
  const work = async (run) => {
    while (next < cases.length) {
      const i = next++;
      reports[i] = await run(cases[i]);
    }
  };
  await Promise.all(lanes.map(work));
  for (const report of reports) process.stdout.write(`${JSON.stringify(report)}\n`);
}

const lanes = (n, run) => Array.from({ length: n }, () => run);

async function withPackage(browser, origin) {
  const page = await browser.newPage();
  await page.goto(`${origin}/`);
  await runAll(lanes(4, (one) => page.evaluate(`(${runCase})('/index.mjs', ${JSON.stringify(one)})`)));
}

// The reader names her sources as the page keeps them, allows the issuers' hosts to be asked, and chooses the files.
async function readCase(page, { document, receipt, options }) {
  const kept = [JSON.stringify({ ...options, only: true }), JSON.stringify((process.env.DID_HOSTS ?? '').split(' '))];
  await page.evaluate(([sources, hosts]) => {
    localStorage.setItem('badged.sources', sources);
    sessionStorage.setItem('badged.hosts', hosts);
  }, kept);
  await page.reload();
  const chosen = [];
  if (document !== null) chosen.push({ name: 'document', mimeType: '', buffer: Buffer.from(document, 'base64') });
  if (receipt !== null) chosen.push({ name: 'a.receipt.json', mimeType: 'application/json', buffer: Buffer.from(receipt) });
  await page.setInputFiles('#files', chosen);
  const answer = page.locator('.verdict[data-verdict]');
  await answer.or(page.locator('#trouble')).waitFor({ timeout: 300_000 });
  if (!(await answer.count())) throw new Error(`the page says: ${await page.locator('#trouble').innerText()}`);
  const checks = await page.$$eval('[data-check]', (nodes) =>
    nodes.map((node) => {
      const { check, outcome, code, shown } = node.dataset;
      const caution = shown === 'caution' || undefined;
      return { check, outcome, code, caution, detail: node.querySelector('.detail').firstChild.data };
    }),
  );
  checks.sort((a, b) => ORDER.indexOf(a.check) - ORDER.indexOf(b.check)); // the page shows them in groups
  const open = await page.$$eval('.group[open] [data-check]', (nodes) => nodes.map(({ dataset }) => dataset.check));
  const names = await page.$$eval('.verdict .name', (nodes) =>
    Object.fromEntries(
      nodes.map((node) => [node.dataset.name, [node.firstChild.textContent, node.lastChild.textContent]]),
    ),
  );
  const badge = await page.$eval('#badge', (node) => ({
    heading: node.querySelector('#badge-heading').textContent,
    text: node.textContent,
    dates: Array.from(node.querySelectorAll('time'), (one) => one.title),
  }));
  return { verdict: await answer.getAttribute('data-verdict'), checks, badge, open, names };
}

async function withPage(browser, origin) {
  const open = async () => {
    const page = await (await browser.newContext()).newPage(); // a context has a memory of its own
    await page.goto(`${origin}/verify.html`);
    return (one) => readCase(page, one);
  };
  await runAll(await Promise.all([open(), open(), open()]));
}

if (process.argv[2] === '--chromium') await inChromium(withPackage);
else if (process.argv[2] === '--page') await inChromium(withPage);
else await runAll(lanes(4, (one) => runCase(pathToFileURL(`${folder}/index.mjs`).href, one)));
