// The verifier page. The package is imported by its name: import { verify } from 'badged-verify'.
import { verify } from 'badged-verify';

const input = document.createElement('input');
input.type = 'file';
input.addEventListener('change', async () => {
  const report = await verify(input.files[0], null, { rpc: [] });
  input.after(report.sentence);
});
document.querySelector('main').append(input);
