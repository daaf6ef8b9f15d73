#!/usr/bin/env bash
# ganache runs the first signed transaction of an account again each time that it is sent.
#
# A good guess: the bytes of a signed transaction name a nonce, so a chain takes them once. A node that is not sure
# whether its transaction arrived may send the same bytes again: it hears "nonce too low" or "already known".
#
# What happens: this holds for every nonce except 0. RLP writes the number 0 as the empty string, and ganache reads an
# empty nonce as "none was given": it fills in the next one and mines the transaction again, under the same hash. The
# value moves twice, the account's nonce grows, and the receipt of that hash moves from block 1 to block 2. With any
# other nonce in the bytes the second sending is refused, as expected.
#
# Why it matters: a test of "send again after a crash" uses a fresh account, so it meets the nonce 0 first. It finds two
# anchors, or a nonce that runs away, and the search begins in the sender's own code. Any later nonce hides it.
#
# Source: the Ethereum yellow paper, appendix B (RLP: an integer has no leading zero byte, so 0 is empty); ganache is
# archived, see https://github.com/ConsenSys-archive/ganache/pull/926 (an earlier fix of nonces that are not given).
set -euo pipefail

type -P node npm >/dev/null || { echo "needs Node.js 18 or later, and npm" >&2; exit 2; }
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --before=2026-11-29 --ignore-scripts --no-audit --no-fund --loglevel=error \
    ganache@7.9.2 ethers@6.17.0 >/dev/null || exit 2
npm ls --depth=0 | sed '1d; /^$/d'

cat >check.mjs <<'JS'
import { spawn } from "node:child_process";
import { createServer } from "node:net";
import { Wallet } from "ethers";

const expect = (what, seen, stated) => {
  console.log(`${what}: ${seen}`);
  if (seen !== stated) {
    console.log(`  CHANGED, stated is: ${stated}`);
    process.exitCode = 1;
  }
};

// ganache does not take the port 0, so ask the system for a free one
const port = await new Promise((resolve) => {
  const probe = createServer().listen(0, "127.0.0.1", () => {
    const { port } = probe.address();
    probe.close(() => resolve(port));
  });
});
const wallet = new Wallet(`0x${"42".repeat(32)}`);
const account = `--wallet.accounts=${wallet.privateKey},0x3635c9adc5dea00000`;
const child = spawn("node_modules/.bin/ganache", ["-h", "127.0.0.1", "-p", port, "--chain.chainId", "1337", account]);
process.on("exit", () => child.kill("SIGKILL"));
await new Promise((resolve, reject) => {
  child.on("exit", () => reject(new Error("ganache ended")));
  child.stdout.on("data", (d) => /listening/i.test(d) && resolve());
});
child.removeAllListeners("exit");

async function rpc(method, ...params) {
  const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method, params });
  const headers = { "content-type": "application/json" };
  const answer = await (await fetch(`http://127.0.0.1:${port}`, { method: "POST", headers, body })).json();
  return answer.error ? answer.error.message : answer.result;
}
const sign = (nonce, to) =>
  wallet.signTransaction({ nonce, to, value: 1n, chainId: 1337, type: 2, gasLimit: 21000n,
    maxFeePerGas: 20_000_000_000n, maxPriorityFeePerGas: 1_000_000_000n });

const to = `0x${"77".repeat(20)}`;
const first = await sign(0, to);
const hash = await rpc("eth_sendRawTransaction", first);
expect("block of the receipt, first time", (await rpc("eth_getTransactionReceipt", hash)).blockNumber, "0x1");
expect("nonce 0 sent again: the same hash, no error", (await rpc("eth_sendRawTransaction", first)) === hash, true);
expect("times that its value of 1 wei has arrived", await rpc("eth_getBalance", to, "latest"), "0x2");
expect("transactions of the account", await rpc("eth_getTransactionCount", wallet.address, "latest"), "0x2");
expect("block of the receipt, second time", (await rpc("eth_getTransactionReceipt", hash)).blockNumber, "0x2");

const next = await sign(2, to);
await rpc("eth_sendRawTransaction", next);
expect("nonce 2 sent again", await rpc("eth_sendRawTransaction", next),
  "the tx doesn't have the correct nonce. account has nonce of: 3 tx has nonce of: 2");
process.exit();
JS
node check.mjs
