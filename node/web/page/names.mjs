/*
 * The names in the answer: who issued what to whom, as the engine's summary has it, and which of that was compared. Of
 * bytes without an issuer, who recorded them. Everything but the id of the issuer is the badge's own word, and is
 * labelled so: anyone can write a famous name on a badge.
 */
import { code, data, el, plain } from './dom.mjs';
import { t } from './language.mjs';
import { addressOf, checkOf, withAscii } from './report.mjs';
import { sources } from './settings.mjs';
import { creditsText, inLanguage } from './summary.mjs';
import { whose } from './trust.mjs';

const MAX_ID = 90;
const MAX_ADDRESS = 360; // of an issuer that signed: whole
const MAX_NAME = 120; // the badge's panel has them whole

const SIGNED_BY = ['named', 'domain', 'address'];

const line = (name, term, ...shown) =>
  el('div', { class: 'name', 'data-name': name }, el('dt', {}, term), el('dd', {}, shown));

const words = (text) => {
  const found = inLanguage(text, MAX_NAME);
  return found && data(found.text, MAX_NAME + 1, found.lang);
};

export const issuerCheck = (report) => checkOf(report, 'issuer');
const isConfirmed = (report) => issuerCheck(report).outcome === 'passed' && report.summary?.issuerId != null;

function issuerLine(report) {
  const { issuerId, issuerDomain, credential } = report.summary;
  const name = words(credential.issuer?.name ?? null);
  const isSigned = SIGNED_BY.includes(issuerCheck(report).by);
  const named = issuerDomain ?? issuerId;
  const id = isSigned ? addressOf(report) : named && withAscii(named, issuerId);
  if (!name && !id) return null;
  const max = isSigned ? MAX_ADDRESS : MAX_ID;
  const term = t(isConfirmed(report) ? 'names.issuer' : 'names.issuer.claimed');
  return line('issuer', term, name ? [name, id && [' (', code(id, max), ')']] : code(id, max));
}

function holderLine({ name, id, identities: [identity] }) {
  const open = identity && !identity.hashed ? data(identity.value, MAX_NAME) : null;
  const shown = words(name) ?? open ?? (id ? code(id, MAX_ID) : identity && t('names.holder.hidden'));
  return shown && line('holder', t('names.holder'), shown);
}

function titleLine({ name, achievements }) {
  const title = words(name) ?? t('badge.unnamed');
  const credits = achievements.length === 1 ? creditsText(achievements[0]) : null;
  return line('title', t('names.title'), title, credits && [' · ', credits]);
}

/* Who says that the account on record is the issuer's. */
function whoSays({ check, outcome, by, account, address }, { issuerDomain } = {}) {
  if (check !== 'issuer' || outcome !== 'passed' || !by) return null;
  const { issuers, accreditors } = sources();
  if (by === 'settings') return t('names.by.settings', { whose: whose(issuers.from) });
  if (by === 'accreditor') return t('names.by.accreditor', { account, whose: whose(accreditors.from) });
  if (by === 'named') return t('names.by.named', { whose: whose(issuers.from) });
  if (by === 'domain') return t('names.by.domain', { domain: plain(address.split('/')[0], MAX_ADDRESS) });
  if (by === 'address') return t('names.by.address', { address: plain(address, MAX_ADDRESS) });
  return by === 'id' ? t('names.by.id') : t('names.by.document', { domain: issuerDomain });
}

export function namesView({ report }) {
  const { summary, receipt } = report;
  const credential = summary?.credential ?? null;
  const isRecorded = report.checks.some(({ check, outcome }) => check === 'anchor' && outcome === 'passed');
  const isAnonymous = credential === null || summary.issuerId === null;
  const lines = [
    credential && issuerLine(report),
    credential && holderLine(credential.holder),
    credential && titleLine(credential),
    isAnonymous && isRecorded && line('recorder', t('names.recorder'), code(receipt.anchor.issuer)),
  ].filter(Boolean);
  const hint = credential && t(isConfirmed(report) ? 'names.words' : 'names.words.unconfirmed');
  return [
    lines.length > 0 && el('dl', { class: 'names' }, lines),
    el('p', { class: 'names-words' }, [hint, whoSays(issuerCheck(report), summary ?? {})].filter(Boolean).join(' ')),
  ];
}
