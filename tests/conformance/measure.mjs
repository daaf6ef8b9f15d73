// How many badges of Open Badges 3.0 npm's ajv checks per second, from the bytes, by 1EdTech's compiled JSON Schema.
//   node measure.mjs FILE SCHEMAS SECONDS
import fs from 'node:fs';
import Ajv from 'ajv/dist/2019.js';

const [file, schemas, duration] = process.argv.slice(2);
const ajv = new Ajv.default({ strict: false, validateFormats: false, unicodeRegExp: false, allErrors: true });
const schema = fs.readFileSync(`${schemas}/ob-3.0/ob_v3p0_achievementcredential_schema.json`, 'utf8');
const validate = ajv.compile(JSON.parse(schema));
const bytes = fs.readFileSync(file);
const check = () => validate(JSON.parse(bytes.toString('utf8')));
for (let i = 0; i < 5000; i++) check();
const begin = process.hrtime.bigint();
const cpu = process.cpuUsage();
const seconds = () => Number(process.hrtime.bigint() - begin) / 1e9;
let n = 0;
for (; seconds() < Number(duration); n += 100) for (let i = 0; i < 100; i++) check();
const { user, system } = process.cpuUsage(cpu);
console.log(JSON.stringify({ isValid: check(), badgesPerSecond: n / seconds(), cpuUs: (user + system) / n }));
