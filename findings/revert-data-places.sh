#!/usr/bin/env bash
# Where the data of a revert is, in the error of a JSON-RPC call.
#
# A good guess: a call that reverts is answered with an error whose member "data" is the revert data, as 0x and
# digits: the selector of the contract's own error and its arguments. So does geth, and so do the libraries expect it.
#
# What happens: anvil answers so. hardhat 2 answers an object, with the bytes in data.data. ganache answers the bytes
# for eth_call, but for eth_estimateGas of the very same call an object, with the bytes in data.result. Their codes
# are 3, -32603 ("internal error") and -32000.
#
# Why it matters: programs estimate the gas before they send, so a contract's refusal shows up there first. One that
# reads error.data as a string finds it in its tests on one chain and "unknown error" on the next; one that takes
# -32603 for a passing fault of the provider repeats for ever a call that can never succeed.
#
# Source: https://github.com/ethereum/execution-apis (eth_call: error 3, data a hex string); the answers themselves.
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

// PUSH4 deadbeef, PUSH1 e0, SHL, PUSH1 0, MSTORE, PUSH1 4, PUSH1 0, REVERT: as the code of a creation
const data = "0x63deadbeef60e01b60005260046000fd";
const place = (value, path) =>
  value === "0xdeadbeef"
    ? path
    : value && typeof value === "object"
      ? Object.entries(value).map(([key, inner]) => place(inner, `${path}.${key}`)).find(Boolean)
      : undefined;
const stated = {
  anvil: ["error.data, code 3", "error.data, code 3"],
  ganache: ["error.data, code -32000", "error.data.result, code -32000"],
  hardhat: ["error.data.data, code -32603", "error.data.data, code -32603"],
};
for (const name of Object.keys(stated))
  await on(name, async (ask) => {
    const [from] = (await ask("eth_accounts")).result;
    for (const [i, method] of ["eth_call", "eth_estimateGas"].entries()) {
      const { error } = await ask(method, { from, data }, ...(i ? [] : ["latest"]));
      expect(`${name}, ${method}`, `${place(error, "error")}, code ${error.code}`, stated[name][i]);
    }
  });
process.exit();
JS
node check.mjs
