// Reads lines {"document": base64, "now": seconds, "policy": {issuers}} from standard input and writes for each
// {"report", "summary", "conformance"}, as judge_recorded does: in this process, or with --chromium in a page of the
// browser. Without a provider and a receipt, so a report is what was read of the document; what is inside is left out.
import { createServer } from 'node:http';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';

const folder = process.env.BADGED_PACKAGE;
const N_AT_ONCE = 100;

// Runs in the browser too, so it stands alone.
async function readAll(module, lines) {
  const { verify } = await import(module);
  const results = [];
  for (const { document, now, policy } of lines) {
    const bytes = Uint8Array.from(atob(document), (c) => c.charCodeAt(0));
    const options = { issuers: policy.issuers, now, fetchKeys: false };
    const { summary, conformance, inside, insideCounts, providers, documents, accepted, ...report } = await verify(
      bytes,
      null,
      options,
    );
    report.sentence = report.sentence.replace(/ (?:Inside of it|There are more inside).*$/, '');
    results.push(JSON.stringify({ report, summary, conformance }));
  }
  return results;
}

async function openPage() {
  const { chromium } = await import(pathToFileURL(process.env.BADGED_PLAYWRIGHT));
  const server = createServer((request, response) => {
    const isModule = /^\/\w+\.mjs$/.test(request.url);
    response.writeHead(200, { 'Content-Type': isModule ? 'text/javascript' : 'text/html' });
    response.end(isModule ? readFileSync(folder + request.url) : '<!doctype html><title>documents</title>');
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const browser = await chromium.launch({
    executablePath: process.env.BADGED_CHROMIUM ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'],
  });
  const page = await browser.newPage();
  await page.goto(`http://127.0.0.1:${server.address().port}`);
  return {
    read: (lines) => page.evaluate(`(${readAll})('/index.mjs', ${JSON.stringify(lines)})`),
    close: () => browser.close().then(() => server.close()),
  };
}

const here = { read: (lines) => readAll(pathToFileURL(`${folder}/index.mjs`).href, lines), close: async () => {} };
const side = process.argv[2] === '--chromium' ? await openPage() : here;
let waiting = [];

async function flush() {
  for (const result of await side.read(waiting))
    if (!process.stdout.write(`${result}\n`)) await once(process.stdout, 'drain');
  waiting = [];
}

for await (const line of createInterface({ input: process.stdin })) {
  waiting.push(JSON.parse(line));
  if (waiting.length === N_AT_ONCE) await flush();
}
await flush();
await side.close();
