/*
 * What a link without the badge in it can say: who recorded it and when, whether it still counts, and how to get a link
 * that shows the badge.
 */
import { code, el, row } from './dom.mjs';
import { moment, t } from './language.mjs';
import { nodeAccount, nodeName, suggestedBy } from './settings.mjs';

const TIME = /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ/;

/* Only what the chain was asked, not what the receipt claims. */
function recordRows({ checks, receipt }) {
  const of = (name) => checks.find(({ check }) => check === name);
  const account = receipt?.anchor?.issuer;
  const anchor = of('anchor');
  const [time] = TIME.exec(anchor?.detail ?? '') ?? [];
  if (anchor?.outcome !== 'passed' || !account || !time) return null;
  const isNode = account.toLowerCase() === nodeAccount?.toLowerCase() && nodeName && suggestedBy();
  const standing = ['revoked', 'withdrawn'].map(of).filter(Boolean);
  return [
    row(
      t('record.account'),
      code(account),
      isNode && el('p', { class: 'hint', id: 'account-name' }, t('absent.named', { host: suggestedBy(), name: nodeName })),
    ),
    row(t('record.time'), el('time', { datetime: time }, moment(new Date(time), 'UTC'))),
    row(
      t('absent.standing'),
      standing.map((one) => el('p', {}, t(`code.${one.check}.${one.code}`))),
    ),
  ];
}

export function absentView(report) {
  const rows = recordRows(report);
  return [
    rows && el('dl', { class: 'rows', id: 'absent' }, rows),
    rows &&
      el(
        'p',
        { class: 'hint', id: 'how-to-link' },
        t('absent.how', { heading: t('share.heading'), inside: t('share.link.inside') }),
      ),
  ];
}
