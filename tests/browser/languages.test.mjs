// The page's texts: every language has every text, with the same gaps to fill and the plural forms it needs; every verdict,
// check and code of the public header has a sentence, and no text is left that nothing says.
import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import test from 'node:test';
import { NOTICES, READINESS } from '../../node/web/operator/words.mjs';

const root = new URL('../../', import.meta.url);
const read = (path) => readFileSync(new URL(path, root), 'utf8');
const page = 'node/web/page';
const languages = readdirSync(new URL(`${page}/lang/`, root)).map((name) => name.replace('.json', ''));
const texts = Object.fromEntries(
  languages.map((language) => [language, JSON.parse(read(`${page}/lang/${language}.json`))]),
);
const english = texts.en;

const forms = (text) => (typeof text === 'object' ? Object.values(text) : [text]);
const gaps = (text) => [...text.matchAll(/\{(\w+)\}/g)].map(([, name]) => name).sort();

test('eight languages, each with every text', () => {
  assert.deepEqual(languages.sort(), ['ar', 'de', 'en', 'es', 'fr', 'hi', 'pt', 'zh']);
  for (const language of languages)
    assert.deepEqual(Object.keys(texts[language]).sort(), Object.keys(english).sort(), language);
});

test('the same gaps, nothing empty, no markup', () => {
  for (const language of languages) {
    for (const [key, text] of Object.entries(texts[language])) {
      const wanted = gaps(forms(english[key]).at(-1)).filter((name) => name !== 'n');
      for (const form of forms(text)) {
        assert.ok(typeof form === 'string' && form.trim() === form && form !== '', `${language}: ${key}`);
        assert.doesNotMatch(form, /[<>]|[\u202a-\u202e\u2066-\u2069]/, `${language}: ${key}`);
        assert.deepEqual(
          gaps(form).filter((name) => name !== 'n'),
          wanted,
          `${language}: ${key}`,
        );
      }
      if (typeof english[key] === 'string') assert.deepEqual(gaps(text), gaps(english[key]), `${language}: ${key}`);
    }
  }
});

test('the plural forms that each language has', () => {
  for (const language of languages) {
    const { pluralCategories } = new Intl.PluralRules(language).resolvedOptions();
    for (const [key, text] of Object.entries(texts[language])) {
      assert.equal(typeof text, typeof english[key], `${language}: ${key}`);
      if (typeof text !== 'object') continue;
      const missing = pluralCategories
        .filter((form) => form !== 'many' || language === 'ar')
        .filter((form) => !(form in text));
      assert.deepEqual(missing, [], `${language}: ${key}`);
      assert.match(text.other, /\{n\}/, `${language}: ${key}`);
    }
  }
});

test('signs that each language sets in its own way', () => {
  const wrong = {
    fr: / [;:!?»]|« |[^\u00a0\u202f][;!?»]/, // no break before them
    zh: /[\u4e00-\u9fff][,;:!?]|[,;:!?][\u4e00-\u9fff]/, // of full width
    ar: /[\u0600-\u06ff][,;?]|:\/\/(?!\u200e)/, // an address ends before what follows it from right to left
  };
  for (const [language, pattern] of Object.entries(wrong))
    for (const [key, text] of Object.entries(texts[language]))
      for (const form of forms(text)) assert.doesNotMatch(form, pattern, `${language}: ${key}`);
});

test('languages are told apart from English', () => {
  for (const language of languages.filter((one) => one !== 'en')) {
    const same = Object.keys(english).filter(
      (key) => JSON.stringify(texts[language][key]) === JSON.stringify(english[key]),
    );
    assert.ok(same.length < 12, `${language}: ${same.length} texts are as in English: ${same.slice(0, 12)}`);
  }
});

/* The table in the header's comment: a check's name opens its first row, an outcome the first of its kind. */
function tableOf(header) {
  const table = header.slice(header.indexOf('*   digest '), header.indexOf('*/\nstruct badge_finding'));
  const found = [];
  let check;
  for (const line of table.split('\n')) {
    const [, name, rest] = /^ ?\*   (\w*)\s+(?:(?:passed|failed|unknown)\s+)?(.*)$/.exec(line) ?? [];
    if (rest === undefined) continue;
    if (name) check = name;
    for (const code of rest
      .split(/\s{2,}|→|·/)[0]
      .trim()
      .split(' '))
      found.push(`code.${check}.${code}`);
  }
  return found;
}

test('every code of the header has its sentence, and no other', () => {
  const wanted = tableOf(read('include/badge/verdict.h'));
  assert.ok(wanted.length >= 60, `only ${wanted.length} codes were found in the header`);
  assert.deepEqual(
    Object.keys(english)
      .filter((key) => key.startsWith('code.'))
      .sort(),
    [...new Set(wanted)].sort(),
  );
});

test('every rule’s code and every element of a micro-credential has its words, and no other', () => {
  const header = read('include/badge/conformance.h');
  const codes = header.slice(header.indexOf('/* Codes'), header.indexOf('struct badge_rule_finding'));
  const element = header.slice(header.indexOf('struct badge_eu_element'), header.indexOf('bool is_found'));
  const wanted = [
    ...[...codes.matchAll(/^ \*   ([a-z_]+)  /gm)].map(([, code]) => `rules.code.${code}`),
    ...[...element.matchAll(/"(\w+)"/g)].map(([, name]) => `rules.eu.${name}`),
    ...['heading', 'text', 'missing'].map((part) => `rules.eu.${part}`),
  ];
  assert.ok(wanted.length >= 28, `only ${wanted}`);
  assert.deepEqual(
    Object.keys(english)
      .filter((key) => /^rules\.(code|eu)\./.test(key))
      .sort(),
    wanted.sort(),
  );
});

test('every verdict and check has its words', () => {
  const header = read('include/badge/verdict.h');
  const named = (prefix, skip) =>
    [...header.matchAll(new RegExp(`^    ${prefix}_([A-Z_]+),`, 'gm'))]
      .map(([, name]) => name.toLowerCase())
      .filter((name) => !skip.includes(name));
  for (const check of named('BADGE_CHECK', [])) assert.ok(english[`check.${check}`], check);
  const verdicts = named('BADGE', []).filter((name) => !/^(check|issuer_form|accept)_/.test(name));
  assert.equal(verdicts.length, 13, `${verdicts}`);
  for (const verdict of verdicts)
    for (const part of ['word', 'sentence', 'advice']) assert.ok(english[`verdict.${verdict}.${part}`], verdict);
});

test('every text is said somewhere, and every text that is said exists', () => {
  const sources = readdirSync(new URL(`${page}/`, root))
    .filter((name) => /\.(mjs|html)$/.test(name))
    .map((name) => read(`${page}/${name}`))
    .join('\n');
  const made = /^(code|check|outcome|reason|trust\.page|rules\.(code|eu))\.|^verdict\.\w+\.(word|sentence|advice)$/; // put together from parts
  for (const key of Object.keys(english))
    assert.ok(made.test(key) || sources.includes(`'${key}'`) || sources.includes(`"${key}"`), `nothing says ${key}`);
  for (const [, key] of sources.matchAll(/(?:\bt\(|data-t(?:-label)?=|key: )['"]([a-z.]+)['"]/g))
    assert.ok(key in english, key);
});

test('the operator’s page has words for each reason and notice of the node, as manual and description list them', () => {
  const { Ready, Notices } = JSON.parse(read('node/api/openapi.json')).components.schemas;
  const sorted = (list) => [...list].sort();
  assert.deepEqual(sorted(Object.keys(READINESS)), sorted(Ready.properties.reasons.items.properties.code.enum));
  assert.deepEqual(sorted(Object.keys(NOTICES)), sorted(Notices.items.properties.code.enum));
  const manual = read('node/daemon/badged.1');
  const section = manual.slice(manual.indexOf('.Sh READINESS'), manual.indexOf('.Sh EXIT STATUS'));
  const listed = [...section.matchAll(/^\.It Li (.*)$/gm)].flatMap(([, codes]) => codes.split(' , '));
  assert.deepEqual(sorted([...listed, 'no_chain']), sorted(Object.keys(READINESS))); // badged always has a chain
});
