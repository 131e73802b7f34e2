// The rules of axe on what is shown: none that counts as serious or critical may be broken.

import assert from "node:assert/strict";

import axe from "axe-core";

const GRAVE = ["serious", "critical"];

export async function accessible(page, what) {
  // By the debugger, not by a script element: the page's content policy stays in force.
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate(() => window.axe.run(document, { resultTypes: ["violations"] }));
  const grave = violations.filter(({ impact }) => GRAVE.includes(impact));
  const told = grave.map(({ id, impact, nodes }) => `${id} (${impact}): ${nodes.map(({ html, failureSummary }) => `${html.slice(0, 160)} ${failureSummary}`).join(" | ")}`);
  assert.deepEqual(told, [], `${what} is accessible`);
}
