// node verify.mjs FILE SECONDS: how often a second @digitalbazaar/vc verifies the badge in FILE, whose issuer is a did:key
// and whose contexts are in memory. Prints one line of JSON.
import { readFileSync } from 'node:fs';
import * as vc from '@digitalbazaar/vc';
import { DataIntegrityProof } from '@digitalbazaar/data-integrity';
import { cryptosuite as eddsaRdfc } from '@digitalbazaar/eddsa-rdfc-2022-cryptosuite';
import { createVerifyCryptosuite as eddsaJcs } from '@digitalbazaar/eddsa-jcs-2022-cryptosuite';
import { documentLoader, documents } from './loader.mjs';

const [file, duration] = process.argv.slice(2);
const text = readFileSync(file, 'utf8');
const { issuer, proof } = JSON.parse(text);
const id = issuer.id + '#' + issuer.id.slice('did:key:'.length);
const method = { id, type: 'Multikey', controller: issuer.id, publicKeyMultibase: issuer.id.slice('did:key:'.length) };
documents.set(id, { '@context': 'https://w3id.org/security/multikey/v1', ...method });
documents.set(issuer.id, {
  '@context': ['https://www.w3.org/ns/did/v1', 'https://w3id.org/security/multikey/v1'],
  id: issuer.id,
  verificationMethod: [method],
  assertionMethod: [id],
});

const cryptosuite = proof.cryptosuite === 'eddsa-rdfc-2022' ? eddsaRdfc : eddsaJcs();
const checkStatus = async () => ({ verified: true });

async function verify() {
  const suite = new DataIntegrityProof({ cryptosuite });
  const result = await vc.verifyCredential({ credential: JSON.parse(text), suite, documentLoader, checkStatus });
  if (!result.verified) throw result.error;
}

for (let i = 0; i < 50; i++) await verify();
const since = process.hrtime.bigint();
const seconds = () => Number(process.hrtime.bigint() - since) / 1e9;
const cpuSeconds = ({ user, system }) => (user + system) / 1e6;
const before = process.cpuUsage();
let n = 0;
for (; seconds() < Number(duration); n++) await verify();
console.log(JSON.stringify({ badgesPerSecond: n / seconds(), cpuUs: (cpuSeconds(process.cpuUsage(before)) * 1e6) / n }));
