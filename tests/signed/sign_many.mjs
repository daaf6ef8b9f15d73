// node sign_many.mjs FILE FOLDER N LIST: N badges like the one in FILE, each its own and signed anew (eddsa-rdfc-2022) by one
// did:key, in FOLDER/0.json …, and the Bitstring status list that all of them name, in which none is revoked, in
// FOLDER/list; LIST is its URL. Prints {"issuer"}. What no context defines is left out, since it can't be signed.
import { readFileSync, writeFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import * as vc from '@digitalbazaar/vc';
import { kinds } from './issue.mjs';
import { documentLoader } from './loader.mjs';

const BITS = 131_072;

const [file, folder, n, list] = process.argv.slice(2);
const { issuer, suite } = await kinds['eddsa-rdfc-2022']();
const sign = async (credential, name) => {
  const signed = await vc.issue({ credential, suite: suite(), documentLoader });
  writeFileSync(`${folder}/${name}`, JSON.stringify(signed));
};

const credential = JSON.parse(readFileSync(file, 'utf8'));
delete credential.proof;
credential.issuer.id = issuer;
for (const result of credential.credentialSubject.result ?? []) delete result.weights;
for (let i = 0; i < Number(n); i++)
  await sign(
    {
      ...credential,
      id: `urn:uuid:00000000-0000-4000-8000-${String(i).padStart(12, '0')}`,
      credentialStatus: {
        type: 'BitstringStatusListEntry',
        statusPurpose: 'revocation',
        statusListIndex: String(i),
        statusListCredential: list,
      },
    },
    `${i}.json`,
  );
await sign(
  {
    '@context': ['https://www.w3.org/ns/credentials/v2'],
    id: list,
    type: ['VerifiableCredential', 'BitstringStatusListCredential'],
    issuer,
    validFrom: '2026-01-01T00:00:00Z',
    credentialSubject: {
      id: `${list}#list`,
      type: 'BitstringStatusList',
      statusPurpose: 'revocation',
      encodedList: `u${gzipSync(Buffer.alloc(BITS / 8)).toString('base64url')}`,
    },
  },
  'list',
);
console.log(JSON.stringify({ issuer }));
