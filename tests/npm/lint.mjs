// node lint.mjs DOCUMENT: Redocly's recommended rules on an OpenAPI document. Prints what breaks them, a line each;
// warnings count as much as errors.
import { createConfig, lint } from '@redocly/openapi-core';

const config = await createConfig({
  extends: ['recommended'],
  rules: {
    // The document tells of a program on the reader's own machine; its terms are those of the package it came with.
    'info-license': 'off',
  },
});
const problems = await lint({ ref: process.argv[2], config });
for (const { severity, ruleId, message, location } of problems) {
  console.log(`${severity} ${ruleId}: ${message} ${location[0]?.pointer ?? ''}`);
}
process.exitCode = problems.length > 0 ? 1 : 0;
