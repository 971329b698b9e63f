// node browser.mjs URL: what a page in a browser can send, and what an attacker's page can. Prints status and error
// code of each request as one JSON object.
import { request } from 'node:http';

const url = process.argv[2];
const email = JSON.stringify({ to: 'user@example.com', subject: 'Hello', body: 'Test email' });
const json = { 'Content-Type': 'application/json' };

async function fetched(path, options) {
  const response = await fetch(url + path, options);
  const body = await response.json();
  return [response.status, response.ok ? null : body.code];
}

// fetch keeps Origin and Host for itself.
function sent(path, method, headers, body = '') {
  return new Promise((resolve, reject) => {
    const asked = request(url + path, { method, headers }, (response) => {
      const chunks = [];
      response.on('data', (chunk) => chunks.push(chunk));
      response.on('end', () => {
        const text = Buffer.concat(chunks).toString();
        const allowed = Object.keys(response.headers).filter((name) => name.startsWith('access-control-'));
        resolve([response.statusCode, response.statusCode < 400 ? null : JSON.parse(text).code, allowed]);
      });
    });
    asked.on('error', reject);
    asked.end(body);
  });
}

const origin = new URL(url).origin;
console.log(JSON.stringify({
  own_read: await fetched('/healthz'),
  own_submit: await fetched('/jobs/email', { method: 'POST', headers: json, body: email }),
  own_origin: await sent('/jobs/email', 'POST', { ...json, Origin: origin }, email),
  // What a form or a fetch without a preflight can carry.
  as_text: await fetched('/jobs/email', { method: 'POST', body: email }),
  as_form: await fetched('/jobs/email', { method: 'POST', body: new URLSearchParams({ to: 'user@example.com' }) }),
  as_nothing: await sent('/jobs/email', 'POST', {}, email),
  foreign_submit: await sent('/jobs/email', 'POST', { ...json, Origin: 'https://evil.example' }, email),
  foreign_null: await sent('/jobs/email', 'POST', { ...json, Origin: 'null' }, email),
  foreign_read: await sent('/jobs', 'GET', { Origin: 'https://evil.example' }),
  foreign_preflight: await sent('/jobs/email', 'OPTIONS', {
    Origin: 'https://evil.example',
    'Access-Control-Request-Method': 'POST',
    'Access-Control-Request-Headers': 'content-type',
  }),
  // A name that the attacker's server resolves to this machine.
  rebound: await sent('/jobs', 'GET', { Host: 'evil.example' }),
}));
