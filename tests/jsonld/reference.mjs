// What rdf_lines.c does, by npm's jsonld: a request a line, an answer a line. Refuses what safe mode refuses.
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';
import jsonld from 'jsonld';

const require = createRequire(import.meta.url);
const ContextResolver = require('./node_modules/jsonld/lib/ContextResolver.js');

const contexts = new Map();
// What jsonld remembers of contexts from one document to the next. Two things in it would be wrong: a published context is
// kept with what was wrong in the context after it, and then every document that begins with it is refused; and one that
// was imported is kept in another form.
let remembered = new Map();

function forget(document) {
  if (remembered.size > 500 || document.includes('@import')) remembered = new Map();
  for (const byTag of remembered.values())
    for (const resolved of byTag.values())
      for (const context of [resolved].flat())
        for (const processed of context.cache.values()) processed.events.length = 0;
}

const documentLoader = async (url) => {
  const document = contexts.get(url);
  if (!document) throw Object.assign(new Error(url), { name: 'context unknown' });
  return { contextUrl: null, documentUrl: url, document };
};

async function answer({ op, url, document, direction, base }) {
  const input = JSON.parse(document);
  if (op === 'context') {
    contexts.set(url, input);
    return '';
  }
  const contextResolver = new ContextResolver({ sharedCache: remembered });
  const options = { safe: true, rdfDirection: direction || null, base: base || '', documentLoader, contextResolver };
  if (op === 'expand') return JSON.stringify(await jsonld.expand(input, options));
  if (op === 'nquads') return jsonld.toRDF(input, { ...options, format: 'application/n-quads' });
  return jsonld.canonize(input, {
    ...options,
    algorithm: 'RDFC-1.0',
    format: 'application/n-quads',
    canonizeOptions: { maxWorkFactor: Infinity },
  });
}

// The innermost code: of JSON-LD, of safe mode, or else the name of the error.
function codeOf(error) {
  let code = error.name;
  for (let at = error; at; at = at.details?.cause || at.cause) code = at.details?.event?.code || at.details?.code || code;
  return code;
}

for await (const line of createInterface({ input: process.stdin })) {
  const request = JSON.parse(line);
  let result;
  try {
    result = { ok: await answer(request) };
  } catch (error) {
    result = { error: codeOf(error), message: String(error.message) };
  }
  forget(request.document);
  process.stdout.write(`${JSON.stringify(result)}\n`);
}
