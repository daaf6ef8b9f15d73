/*
 * What is inside of a document: the credentials of a Comprehensive Learner Record or of a presentation with several, and
 * endorsements. Each is verified like a document of its own, without a receipt, and then what is inside of it. libbadge
 * finds them and counts what was found of them; this module has them verified, one after another, within bounds.
 */
import { call, json } from './engine.mjs';

const LEVELS = 2;
const MAX_ITEMS = 256; // of one verification, all levels together
const BUDGET_MS = 20_000;
const encoder = new TextEncoder();

/* What the items of one verification share. onInside is the caller's: (item, its report or null) */
export const makeScope = (onInside) => ({ left: MAX_ITEMS, deadline: null, onInside });

/* An instance that ran out of memory says so by a trap, or has no room for the bytes. */
const isNoMemory = (error) => error instanceof WebAssembly.RuntimeError || error instanceof RangeError;

const count = (session, verdict) => call(session, 'verify_inside_count', verdict && encoder.encode(verdict));

/* The report, null if there is no time or memory for it. */
async function reportOf(document, scope, judge) {
  if (performance.now() > scope.deadline) return null;
  try {
    return await judge(document);
  } catch (error) {
    if (isNoMemory(error)) return null;
    throw error;
  }
}

function describe({ kind, pointer }, level, report) {
  return {
    kind,
    level,
    pointer,
    digest: report?.digest ?? null,
    issuer: report?.summary?.issuerId ?? null,
    name: report?.summary?.credential?.name?.[0]?.text ?? null,
    judged: report !== null,
    verdict: report?.verdict ?? null,
    sentence: report?.sentence ?? null,
    decidedBy: report?.decidedBy ?? null,
  };
}

/* What was found inside of an item counts for the document round it too. */
function countNested(session, { inside, insideCounts }, level) {
  for (const { verdict } of inside) count(session, verdict);
  const hasDeeper = level === LEVELS && insideCounts.count > 0;
  if (insideCounts.more || hasDeeper) call(session, 'verify_inside_more');
}

/*
 * Verifies what is inside of the document of a session, which then knows the counts. Returns one entry for each, in the
 * order of the document, those inside of it behind it.
 * at       {level, pointer} of the document itself; level 0: it is the outermost
 * judge    (bytes, {level, pointer} of an item) => its report, with what is inside of it as `inside`
 */
export async function lookInside(session, { level, pointer }, scope, judge) {
  const { result: n } = call(session, 'verify_inside', scope.left);
  const found = [];
  if (level === LEVELS) {
    for (let i = 0; i < n; i++) count(session, null);
    return found;
  }
  scope.left -= n;
  scope.deadline ??= performance.now() + BUDGET_MS;
  for (let i = 0; i < n; i++) {
    const item = json(call(session, 'verify_inside_item', i).bytes);
    const at = { level: level + 1, pointer: pointer + item.pointer };
    const { bytes } = call(session, 'verify_inside_bytes', i);
    const report = await reportOf(bytes, scope, (document) => judge(document, at));
    const entry = describe({ ...item, pointer: at.pointer }, at.level, report);
    count(session, entry.verdict);
    if (report) countNested(session, report, at.level);
    scope.onInside?.(entry, report);
    found.push(entry, ...(report?.inside ?? []));
  }
  return found;
}
