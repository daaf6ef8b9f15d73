// node canonize.mjs FILE CONTEXTS SECONDS: how often a second npm's jsonld turns the badge in FILE from bytes into the
// SHA-256 of its canonical N-Quads, in safe mode and with the contexts in memory; and the same with an inline context
// that no badge before had. Prints one line of JSON.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import jsonld from 'jsonld';

const [file, contextFile, duration] = process.argv.slice(2);
const text = readFileSync(file, 'utf8');
const contexts = JSON.parse(readFileSync(contextFile, 'utf8'));
const documentLoader = async (url) => ({ contextUrl: null, documentUrl: url, document: contexts[url] });
const options = { safe: true, rdfDirection: 'i18n-datatype', documentLoader, algorithm: 'RDFC-1.0', format: 'application/n-quads' };

async function hash(document) {
  return createHash('sha256').update(await jsonld.canonize(document, options)).digest('hex');
}

async function measure(next) {
  for (let i = 0; i < 50; i++) await hash(next());
  const since = process.hrtime.bigint();
  const seconds = () => Number(process.hrtime.bigint() - since) / 1e9;
  const before = process.cpuUsage();
  let n = 0;
  for (; seconds() < Number(duration); n++) await hash(next());
  const { user, system } = process.cpuUsage(before);
  return [n / seconds(), (user + system) / n];
}

let number = 0;
function changed() {
  const document = JSON.parse(text);
  document['@context'].push({ [`term${++number}`]: `https://example.org/terms#t${number}` });
  return document;
}

const [badgesPerSecond, cpuUs] = await measure(() => JSON.parse(text));
const [newContextPerSecond, newContextCpuUs] = await measure(changed);
const figures = { badgesPerSecond, cpuUs, newContextPerSecond, newContextCpuUs };
console.log(JSON.stringify({ hash: await hash(JSON.parse(text)), ...figures }));
