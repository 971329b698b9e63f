// node client.js URL: a client whose types were made from the OpenAPI document does what clients do. Prints what it was
// told as one JSON object.
import createClient from 'openapi-fetch';

import type { components, paths } from './api.js';

declare const process: { argv: string[] };

type Job = components['schemas']['Job'];
type Problem = components['schemas']['Problem'];

const jobd = createClient<paths>({ baseUrl: process.argv[2]! });

function held<T>(answer: { data?: T; error?: unknown }): T {
  if (answer.data === undefined) throw new Error(JSON.stringify(answer.error));
  return answer.data;
}

async function first_event(): Promise<string> {
  const { data } = await jobd.GET('/events', { params: { query: { after: 1 } }, parseAs: 'stream' });
  let text = '';
  for await (const chunk of data!.pipeThrough(new TextDecoderStream())) {
    text += chunk;
    if (text.includes('\ndata: ')) break;
  }
  return text;
}

const email = { to: ['Ann <ann@example.com>', { email: 'bob@example.com' }], subject: 'Hello', body: 'Test email' };
const headers = { 'Idempotency-Key': 'of the client' };
const taken: Job = held(await jobd.POST('/jobs/email', { params: { header: headers }, body: email }));
const again = await jobd.POST('/jobs/email', { params: { header: headers }, body: email });
const path = { id: taken.id };
const ended: Job = held(await jobd.GET('/jobs/{id}', { params: { path, query: { wait: '60s' } } }));
const page = held(await jobd.GET('/jobs', { params: { query: { status: 'completed', limit: 1 } } }));
const wrong = await jobd.POST('/jobs/email', { body: { to: 'nonsense' } });
const problem: Problem | undefined = wrong.error;
// @ts-expect-error: the types know what an address is
const mistyped = await jobd.POST('/jobs/email', { body: { to: 42 } });
const batch = held(await jobd.POST('/jobs/email/batch', { body: { emails: [email, { to: 'nonsense' }] } }));
if (typeof batch === 'string') throw new Error('a batch was answered in lines that were not asked for');
const event = await first_event();
const removed = await jobd.DELETE('/jobs/{id}', { params: { path } });

console.log(JSON.stringify({
  taken,
  again: { status: again.response.status, id: again.data?.id },
  ended,
  listed: page.jobs.map((job: Job) => job.id),
  problem,
  mistyped: { status: mistyped.response.status, code: mistyped.error?.code, field: mistyped.error?.field },
  batch: batch.items.map(({ status }) => status),
  event,
  removed: removed.response.status,
}));
