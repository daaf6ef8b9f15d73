// Reads cases from standard input, one JSON a line, and writes the report of each: {document, receipt, options}, the
// document in base64 or null, the receipt a text or null. With --chromium in a browser, else here.
import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';

const folder = process.env.BADGED_PACKAGE;
const cases = readFileSync(0, 'utf8').trim().split('\n').map((line) => JSON.parse(line));

// Runs in the page too, so it stands alone.
async function runCase(module, { document, receipt, options }) {
  const { verify } = await import(module);
  const bytes = document === null ? null : Uint8Array.from(atob(document), (c) => c.charCodeAt(0));
  return verify(bytes, receipt, options);
}

async function inChromium(work) {
  const { createServer } = await import('node:http');
  const { chromium } = await import(pathToFileURL(process.env.BADGED_PLAYWRIGHT));
  const server = createServer((request, response) => {
    const name = request.url.slice(1);
    const policy = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src http://127.0.0.1:*";
    if (name === '') {
      response.writeHead(200, { 'Content-Type': 'text/html', 'Content-Security-Policy': policy });
      response.end('<!doctype html><title>cases</title>');
    } else if (/^\w+\.mjs$/.test(name)) {
      response.writeHead(200, { 'Content-Type': 'text/javascript' });
      response.end(readFileSync(`${folder}/${name}`));
    } else {
      response.writeHead(404).end();
    }
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const browser = await chromium.launch({
    executablePath: process.env.BADGED_CHROMIUM ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'],
  });
  try {
    const page = await browser.newPage();
    await page.goto(`http://127.0.0.1:${server.address().port}/`);
    await work((one) => page.evaluate(`(${runCase})('/index.mjs', ${JSON.stringify(one)})`));
  } finally {
    await browser.close();
    server.close();
  }
}

async function runAll(run) {
  for (const one of cases) process.stdout.write(`${JSON.stringify(await run(one))}\n`);
}

if (process.argv[2] === '--chromium') await inChromium(runAll);
else await runAll((one) => runCase(pathToFileURL(`${folder}/index.mjs`).href, one));
