/*
 * One check, from the input to the report: finds the receipt and runs the verifier. For the verdict the node is asked
 * for nothing but the receipt, and its answer is verified like any other receipt.
 */
import { digest, verify } from 'badged-verify';
import { readAll } from './bounded.mjs';
import { mayAsk } from './hosts.mjs';
import { checkOf } from './report.mjs';
import { digestOfReceipt, UserError } from './subject.mjs';

const RECEIPT_TIMEOUT_MS = 10_000;
const MAX_RECEIPT = 65_536;

/* Returns {receipt}, or {notice}, the key of a text. */
async function fetchReceipt(url, wanted, signal) {
  const control = new AbortController();
  const abort = () => control.abort();
  const timer = setTimeout(abort, RECEIPT_TIMEOUT_MS);
  signal.addEventListener('abort', abort);
  try {
    const response = await fetch(url, {
      credentials: 'omit',
      referrerPolicy: 'no-referrer',
      redirect: 'error',
      signal: control.signal,
    });
    if (response.status === 202) return { notice: 'notice.receipt.pending' };
    if (response.status === 404) return { notice: 'notice.receipt.unknown' };
    if (response.status !== 200) return { notice: 'notice.receipt.unreachable' };
    const receipt = await readAll(response.body, MAX_RECEIPT, 'longer than any receipt');
    return digestOfReceipt(receipt) === wanted ? { receipt } : { notice: 'notice.receipt.other' };
  } catch {
    return { notice: 'notice.receipt.unreachable' };
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', abort);
  }
}

async function identify(subject) {
  if (!subject.inner) return { label: null, digest: subject.digest ?? null };
  try {
    return await digest(subject.inner);
  } catch {
    return { label: null, digest: null }; // the report says why
  }
}

let shared = null; // the fetch of all checks: what one of them fetched, such as a status list, serves the next
let listener = null;

/* A fetch for the verifier that counts the answers. isAfresh: nothing that was fetched before serves this check. */
function counting(onAnswer, isAfresh) {
  let n = 0;
  listener = () => onAnswer(++n);
  const counted = async (...args) => {
    const response = await fetch(...args);
    listener();
    return response;
  };
  if (isAfresh) shared = null;
  return (shared ??= counted);
}

function options(sources, signal, countedFetch, onInside) {
  const { rpc, chainId, contract, issuers, accreditors } = sources;
  return {
    rpc: rpc.value,
    chainId: chainId.value,
    contract: contract.value,
    issuers: issuers.value,
    accreditors: accreditors.value,
    fetchKeys: mayAsk,
    signal,
    onInside,
    fetch: countedFetch,
  };
}

/* Where the signature holds, a receipt that is missing is no reason to doubt the badge. */
const isOfNode = ({ key }) => key === 'notice.receipt.pending' || key === 'notice.receipt.unreachable';

/*
 * receiptUrl   (digest) => the receipt's URL at the node, or null
 * isAfresh     as for a check that the reader asks for again
 * onProgress   (key of a text, its values)
 * Returns {report, insideReports, digest, label, receipts, notices}; what the badge says is report.summary;
 * insideReports: by the entries of report.inside. Throws a UserError; any error if signal aborts.
 */
export async function check(subject, { sources, receiptUrl, signal, isAfresh, onProgress }) {
  onProgress('busy.reading');
  const { label, digest: found } = await identify(subject);
  const notices = [];
  const inside = subject.isBundle ? null : subject.receipts[0];
  let receipt = subject.beside ?? inside ?? null;
  if (!receipt && subject.receipts.length === 0 && found) {
    const url = receiptUrl(found);
    const host = url && new URL(url).host;
    if (url) onProgress('busy.receipt', { host });
    const answer = url ? await fetchReceipt(url, found, signal) : { notice: 'notice.receipt.nobody' };
    signal.throwIfAborted();
    receipt = answer.receipt ?? null;
    if (answer.notice) notices.push({ key: answer.notice, values: { host } });
  }
  if (sources.rpc.value.length > 0) onProgress('busy.chain');
  let report;
  const insideReports = new Map();
  try {
    report = await verify(
      subject.credential,
      receipt,
      options(
        sources,
        signal,
        counting((n) => onProgress('busy.answers', { n }), isAfresh),
        (item, itsReport) => insideReports.set(item, itsReport),
      ),
    );
  } catch (error) {
    if (error instanceof TypeError) throw new UserError('error.settings', { reason: error.message });
    throw error;
  }
  const isSigned = checkOf(report, 'proof').outcome === 'passed';
  const receipts = (receipt ? [receipt] : subject.receipts).filter((one) => digestOfReceipt(one)); // for the bundle
  return {
    report,
    insideReports,
    digest: report.digest ?? found,
    label: report.summary?.label ?? label,
    receipts,
    notices: isSigned ? notices.filter(isOfNode) : notices,
  };
}
