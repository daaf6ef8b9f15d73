// Prints badges that the field's libraries have signed, as JSON: [{kind, content, issuer, credential | token}]. Each kind
// of proof, with 13 contents in which signers and verifiers may differ; each run makes new keys.
import * as vc from '@digitalbazaar/vc';
import { DataIntegrityProof } from '@digitalbazaar/data-integrity';
import { cryptosuite as eddsaRdfc } from '@digitalbazaar/eddsa-rdfc-2022-cryptosuite';
import { createSignCryptosuite as eddsaJcs } from '@digitalbazaar/eddsa-jcs-2022-cryptosuite';
import { cryptosuite as ecdsaRdfc } from '@digitalbazaar/ecdsa-rdfc-2019-cryptosuite';
import { createSignCryptosuite as ecdsaJcs } from '@digitalbazaar/ecdsa-jcs-2019-cryptosuite';
import { Ed25519Signature2020 } from '@digitalbazaar/ed25519-signature-2020';
import { Ed25519VerificationKey2020 } from '@digitalbazaar/ed25519-verification-key-2020';
import * as Ed25519Multikey from '@digitalbazaar/ed25519-multikey';
import * as EcdsaMultikey from '@digitalbazaar/ecdsa-multikey';
import * as jose from 'jose';
import { pathToFileURL } from 'node:url';
import { documentLoader } from './loader.mjs';

const V2 = 'https://www.w3.org/ns/credentials/v2';
const BADGES = 'https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json';

const achievement = {
  id: 'urn:uuid:3b8f2f55-51a7-4c25-8f0b-6a2b1c9d7e02',
  type: ['Achievement'],
  name: 'Leaf survey',
  description: 'Surveys the leaves of a tree.',
  criteria: { narrative: 'Named ten leaves.' },
};

const plain = (issuer) => ({
  '@context': [V2, BADGES],
  id: 'urn:uuid:3b8f2f55-51a7-4c25-8f0b-6a2b1c9d7e01',
  type: ['VerifiableCredential', 'OpenBadgeCredential'],
  name: 'Leaf survey',
  issuer: { id: issuer, type: ['Profile'], name: 'Example College' },
  validFrom: '2026-01-01T00:00:00Z',
  credentialSubject: { id: 'did:example:learner', type: ['AchievementSubject'], achievement },
});

const withSubject = (more) => (issuer) => {
  const badge = plain(issuer);
  return { ...badge, credentialSubject: { ...badge.credentialSubject, ...more } };
};
const withMembers = (more) => (issuer) => ({ ...plain(issuer), ...more });

export const contents = {
  plain,
  'credits 3': withSubject({ creditsEarned: 3 }),
  'credits 3.5': withSubject({ creditsEarned: 3.5 }),
  'credits 0.5': withSubject({ creditsEarned: 0.5 }),
  'a third of a credit': withSubject({ creditsEarned: 1 / 3 }),
  'a name from right to left': withMembers({ name: { '@value': 'ورقة', '@language': 'ar', '@direction': 'rtl' } }),
  'a name in en-US': withMembers({ name: { '@value': 'Leaf survey', '@language': 'en-US' } }),
  'a date with an offset': withMembers({ validFrom: '2026-01-01T00:00:00+01:00' }),
  'an alignment': withSubject({
    achievement: {
      ...achievement,
      alignment: [{
        type: ['Alignment'],
        targetName: 'botany',
        targetUrl: 'http://data.europa.eu/esco/skill/00000000-0000-4000-8000-000000000000',
        targetType: 'ext:ESCO',
      }],
    },
  }),
  'a result': withSubject({
    achievement: {
      ...achievement,
      resultDescription: [{
        id: 'urn:uuid:3b8f2f55-51a7-4c25-8f0b-6a2b1c9d7e03',
        type: ['ResultDescription'],
        name: 'Grade',
        resultType: 'LetterGrade',
        allowedValue: ['A', 'B'],
      }],
    },
    result: [{
      type: ['Result'],
      resultDescription: 'urn:uuid:3b8f2f55-51a7-4c25-8f0b-6a2b1c9d7e03',
      value: 'A',
    }],
  }),
  'an inline context': (issuer) => {
    const badge = withSubject({ ects: '3' })(issuer);
    return { ...badge, '@context': [...badge['@context'], { ects: 'https://example.org/ns#ects' }] };
  },
  'the issuer as a string': (issuer) => ({ ...plain(issuer), issuer }),
  'a subject by its identifier': (issuer) => {
    const badge = withSubject({
      identifier: [{
        type: 'IdentityObject',
        hashed: true,
        identityHash: 'sha256$' + 'cd'.repeat(32),
        identityType: 'emailAddress',
        salt: 's',
      }],
    })(issuer);
    delete badge.credentialSubject.id;
    return badge;
  },
};

async function multikey(library, options) {
  const key = await library.generate(options);
  const { publicKeyMultibase } = await key.export({ publicKey: true });
  key.controller = 'did:key:' + publicKeyMultibase;
  key.id = key.controller + '#' + publicKeyMultibase;
  return key;
}

// Kind of proof → {issuer, suite}: suites of Data Integrity keep state, so each proof has a new one.
const dataIntegrity = async (library, options, cryptosuite) => {
  const key = await multikey(library, options);
  return {
    issuer: key.controller,
    suite: () => new DataIntegrityProof({ signer: key.signer(), cryptosuite: cryptosuite() }),
  };
};

export const kinds = {
  'eddsa-rdfc-2022': () => dataIntegrity(Ed25519Multikey, {}, () => eddsaRdfc),
  'eddsa-jcs-2022': () => dataIntegrity(Ed25519Multikey, {}, eddsaJcs),
  'ecdsa-rdfc-2019, P-256': () => dataIntegrity(EcdsaMultikey, { curve: 'P-256' }, () => ecdsaRdfc),
  'ecdsa-rdfc-2019, P-384': () => dataIntegrity(EcdsaMultikey, { curve: 'P-384' }, () => ecdsaRdfc),
  'ecdsa-jcs-2019, P-256': () => dataIntegrity(EcdsaMultikey, { curve: 'P-256' }, ecdsaJcs),
  'ecdsa-jcs-2019, P-384': () => dataIntegrity(EcdsaMultikey, { curve: 'P-384' }, ecdsaJcs),
  Ed25519Signature2020: async () => {
    const key = await Ed25519VerificationKey2020.generate();
    key.controller = 'did:key:' + key.fingerprint();
    key.id = key.controller + '#' + key.fingerprint();
    return { issuer: key.controller, suite: () => new Ed25519Signature2020({ key }) };
  },
};

async function signed(kind) {
  const { issuer, suite } = await kinds[kind]();
  const cases = [];
  for (const [content, make] of Object.entries(contents)) {
    const credential = await vc.issue({ credential: make(issuer), suite: suite(), documentLoader });
    cases.push({ kind, content, issuer, credential });
  }
  return cases;
}

const base64url = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');

// A VC 2.0 as the payload itself (VC-JOSE-COSE), signed by the key that a did:jwk is.
async function token(alg) {
  const { publicKey, privateKey } = await jose.generateKeyPair(alg, { extractable: true });
  const issuer = 'did:jwk:' + base64url(await jose.exportJWK(publicKey));
  const cases = [];
  for (const [content, make] of Object.entries(contents)) {
    const jwt = new jose.SignJWT({ ...make(issuer), iss: issuer });
    jwt.setProtectedHeader({ alg, typ: 'vc+jwt', kid: issuer + '#0' });
    cases.push({ kind: alg, content, issuer, token: await jwt.sign(privateKey) });
  }
  return cases;
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const cases = [];
  for (const kind of Object.keys(kinds)) cases.push(...(await signed(kind)));
  for (const alg of ['RS256', 'PS256', 'ES256', 'ES384', 'EdDSA', 'ES256K']) cases.push(...(await token(alg)));
  process.stdout.write(JSON.stringify(cases));
}
