#!/usr/bin/env bash
# What "finalized" means on a development chain.
#
# A good guess: the block that the tag "finalized" names lags some blocks behind the head, and never goes away. A
# program that acts only on what is final can be tested on a development chain like any other.
#
# What happens: anvil names the block 64 below the head, and where blocks come with transactions only it stays there,
# however long one waits. ganache and hardhat name the head itself: a transaction is final as soon as it is mined.
# After evm_revert a block that was final is gone, and another one has its number.
#
# Why it matters: code that waits for finality hangs on the first, and is not tested at all on the other two: a
# mistake in it shows up in production only. A test that reorganizes the chain with evm_revert breaks a promise that
# the code under test relies on, and what looks like its fault is the chain's.
#
# Source: https://github.com/ethereum/execution-apis (the tag: "the most recent crypto-economically secure block");
# the answers themselves.
set -euo pipefail

type -P node npm >/dev/null || { echo "needs Node.js 18 or later, and npm" >&2; exit 2; }
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
export HARDHAT_DISABLE_TELEMETRY_PROMPT=true CI=true HOME="$dir"
npm install --before=2026-11-29 --ignore-scripts --no-audit --no-fund --loglevel=error \
    @foundry-rs/anvil-linux-amd64@1.7.1 ganache@7.9.2 hardhat@2.29.1 >/dev/null || exit 2
npm ls --depth=0 | sed '1d; /^$/d'
echo 'module.exports = { solidity: "0.8.30" };' >hardhat.config.js

cat >check.mjs <<'JS'
import { spawn } from "node:child_process";
import { createServer } from "node:net";

const expect = (what, seen, stated) => {
  console.log(`${what}: ${seen}`);
  if (seen !== stated) {
    console.log(`  CHANGED, stated is: ${stated}`);
    process.exitCode = 1;
  }
};
const freePort = () =>
  new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => resolve(String(port)));
    });
  });
const chains = {
  anvil: ["node_modules/@foundry-rs/anvil-linux-amd64/bin/anvil", "--port"],
  ganache: ["node", "node_modules/.bin/ganache", "--server.port"],
  hardhat: ["node", "node_modules/.bin/hardhat", "node", "--port"],
};

/* Calls work(ask) with a running chain; ask(method, ...params) returns the whole reply. */
async function on(name, work) {
  const port = await freePort();
  const [program, ...args] = chains[name];
  const child = spawn(program, [...args, port]);
  process.on("exit", () => child.kill("SIGKILL"));
  const ask = async (method, ...params) => {
    const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method, params });
    const headers = { "content-type": "application/json" };
    return (await fetch(`http://127.0.0.1:${port}`, { method: "POST", headers, body })).json();
  };
  await new Promise((resolve, reject) => {
    let text = "";
    child.on("exit", () => reject(new Error(`${name} ended: ${text}`)));
    child.stderr.on("data", (d) => (text += d));
    child.stdout.on("data", (d) => /Listening on|JSON-RPC server at/.test((text += d)) && resolve());
  });
  await work(ask);
  child.removeAllListeners("exit").kill("SIGKILL");
}

const state = async (ask) => {
  const of = async (tag) => (await ask("eth_getBlockByNumber", tag, false)).result;
  const [head, final] = [await of("latest"), await of("finalized")];
  return { head: Number(head.number), final: Number(final.number), hash: final.hash };
};
const mine = async (ask, n) => {
  for (let i = 0; i < n; i++) await ask("evm_mine");
};
const stated = {
  anvil: { young: "0 of 5", old: "6 of 70" },
  ganache: { young: "5 of 5", old: "70 of 70" },
  hardhat: { young: "5 of 5", old: "70 of 70" },
};
for (const name of Object.keys(stated))
  await on(name, async (ask) => {
    await mine(ask, 5);
    let { head, final } = await state(ask);
    expect(`${name}, final block`, `${final} of ${head}`, stated[name].young);
    const snapshot = (await ask("evm_snapshot")).result;
    await mine(ask, 65);
    const before = await state(ask);
    expect(`${name}, final block later`, `${before.final} of ${before.head}`, stated[name].old);
    if (name === "anvil") return;
    await ask("evm_revert", snapshot);
    ({ head, final } = await state(ask));
    expect(`${name}, after evm_revert`, `${final} of ${head}`, "5 of 5");
    await ask("evm_increaseTime", "0x64");
    await mine(ask, 65);
    const after = await state(ask);
    expect(`${name}, final block 70 is the same`, after.hash === before.hash, false);
  });
process.exit();
JS
node check.mjs
