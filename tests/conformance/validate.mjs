// Reads the names of files from standard input and prints, a line for each, whether it is valid by 1EdTech's JSON Schema
// of what it says it is. argv[2]: the folder of the schemas.
import fs from 'node:fs';
import readline from 'node:readline';
import Ajv from 'ajv/dist/2019.js';

const schemas = {
  AchievementCredential: 'ob-3.0/ob_v3p0_achievementcredential_schema.json',
  EndorsementCredential: 'ob-3.0/ob_v3p0_endorsementcredential_schema.json',
  ClrCredential: 'clr-2.0/clr_v2p0_clrcredential_schema.json',
};
const validators = Object.fromEntries(
  Object.entries(schemas).map(([name, file]) => {
    const ajv = new Ajv.default({ strict: false, validateFormats: false, unicodeRegExp: false });
    return [name, ajv.compile(JSON.parse(fs.readFileSync(`${process.argv[2]}/${file}`, 'utf8')))];
  }),
);

for await (const line of readline.createInterface({ input: process.stdin })) {
  const document = JSON.parse(fs.readFileSync(line, 'utf8'));
  const is = (name) => [document.type].flat().includes(name);
  const name = ['ClrCredential', 'EndorsementCredential'].find(is) ?? 'AchievementCredential';
  console.log(validators[name](document));
}
