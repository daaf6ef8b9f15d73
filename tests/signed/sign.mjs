// node sign.mjs FILE KIND: prints the badge in FILE, signed anew by a new did:key, which becomes its issuer. What no
// context defines is left out, since it can't be signed.
import { readFileSync } from 'node:fs';
import * as vc from '@digitalbazaar/vc';
import { kinds } from './issue.mjs';
import { documentLoader } from './loader.mjs';

const [file, kind] = process.argv.slice(2);
const { issuer, suite } = await kinds[kind]();
const credential = JSON.parse(readFileSync(file, 'utf8'));
delete credential.proof;
credential.issuer.id = issuer;
for (const result of credential.credentialSubject.result ?? []) delete result.weights;
console.log(JSON.stringify(await vc.issue({ credential, suite: suite(), documentLoader }), null, 2));
