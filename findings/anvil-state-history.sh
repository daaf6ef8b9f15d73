#!/usr/bin/env bash
# anvil keeps its blocks over a restart, and forgets the state behind them.
#
# A good guess: a development chain that was stopped with --state FILE and started again with the same file answers what
# it answered before. The blocks, the transactions and the receipts are all there, so a call at an older block, or at
# "finalized", should work too.
#
# What happens: only the state of the last block comes back. eth_getBlockByNumber returns every old block, but eth_call,
# eth_getBalance and eth_getCode at any block below the restart fail with "BlockOutOfRangeError: block height is 100 but
# requested was 36", though 36 is below 100. The tag "finalized" is 64 blocks behind the head, so it fails until 64
# blocks have been mined after the restart. With --preserve-historical-states the same call works at once.
#
# Why it matters: software that reads a contract at "finalized", as it should, works for hours on a fresh anvil and
# fails after the next restart, with a message about heights that leads away from the cause. A client that takes every
# -32602 for its own mistake never tries again.
#
# Source: https://github.com/foundry-rs/foundry/issues/8518 (the cause, and the option); `anvil --help`.
set -euo pipefail

type -P node npm >/dev/null || { echo "needs Node.js 18 or later, and npm" >&2; exit 2; }
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --before=2026-11-29 --ignore-scripts --no-audit --no-fund --loglevel=error \
    @foundry-rs/anvil-linux-amd64@1.7.1 >/dev/null || exit 2
npm ls --depth=0 | sed '1d; /^$/d'

cat >check.mjs <<'JS'
import { spawn } from "node:child_process";

const account = "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266";
const expect = (what, seen, stated) => {
  console.log(`${what}: ${seen}`);
  if (seen !== stated) {
    console.log(`  CHANGED, stated is: ${stated}`);
    process.exitCode = 1;
  }
};

let child;
process.on("exit", () => child?.kill("SIGKILL"));

function start(...args) {
  child = spawn("node_modules/@foundry-rs/anvil-linux-amd64/bin/anvil", ["--port", "0", ...args]);
  return new Promise((resolve, reject) => {
    let text = "";
    child.on("exit", () => reject(new Error(`anvil ended: ${text}`)));
    child.stderr.on("data", (d) => (text += d));
    child.stdout.on("data", (d) => {
      text += d;
      const at = /Listening on (\S+)/.exec(text);
      if (at)
        resolve(async (method, ...params) => {
          const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method, params });
          const headers = { "content-type": "application/json" };
          const answer = await (await fetch(`http://${at[1]}`, { method: "POST", headers, body })).json();
          return answer.error ? answer.error.message : answer.result;
        });
    });
  });
}

const stop = () => new Promise((resolve) => child.removeAllListeners("exit").on("exit", resolve).kill("SIGINT"));
const balance = "0x21e19e0c9bab2400000";

let rpc = await start("--state", "plain.json");
await rpc("anvil_mine", "0x64");
expect("before the restart, balance at finalized", await rpc("eth_getBalance", account, "finalized"), balance);
await stop();

rpc = await start("--state", "plain.json");
expect("after it, number of the final block", (await rpc("eth_getBlockByNumber", "finalized", false)).number, "0x24");
const lost = (height, at) => `BlockOutOfRangeError: block height is ${height} but requested was ${at}`;
expect("balance at finalized", await rpc("eth_getBalance", account, "finalized"), lost(100, 36));
expect("balance at latest", await rpc("eth_getBalance", account, "latest"), balance);
await rpc("anvil_mine", "0x3f");
expect("63 blocks later, at finalized", await rpc("eth_getBalance", account, "finalized"), lost(163, 99));
await rpc("anvil_mine", "0x1");
expect("64 blocks later, at finalized", await rpc("eth_getBalance", account, "finalized"), balance);
await stop();

rpc = await start("--state", "whole.json", "--preserve-historical-states");
await rpc("anvil_mine", "0x64");
await stop();
rpc = await start("--state", "whole.json", "--preserve-historical-states");
expect("with the option, at finalized", await rpc("eth_getBalance", account, "finalized"), balance);
await stop();
JS
node check.mjs
