// Looks at the page in a real browser, and fails where it is not as it should be: at a running demo, and at made-up fleets.
//
//   node e2e/page.mjs URL [NAME...]
//
// URL is the one that `headroom demo` or `headroom serve` printed, its token included; `-` leaves those tests out. NAMEs choose among the
// files of e2e/specs. The browser is $CHROMIUM, or /usr/bin/chromium; the page is the built one of dist, or of $DIST.

import { readdir } from "node:fs/promises";

import { launch } from "./browser.mjs";

const [address, ...names] = process.argv.slice(2);
if (!address) {
  console.error("use: node e2e/page.mjs http://127.0.0.1:8080/#token=… [NAME...]");
  process.exit(2);
}

const SPECS = new URL("./specs/", import.meta.url);
const files = (await readdir(SPECS)).filter((file) => file.endsWith(".mjs")).sort();
const known = files.map((file) => file.replace(".mjs", ""));
const unknown = names.filter((name) => !known.includes(name));
if (unknown.length > 0) {
  console.error(`there is no \`${unknown[0]}\`: choose from ${known.join(", ")}`);
  process.exit(2);
}

const specs = [];
for (const [index, file] of files.entries()) {
  if (names.length > 0 && !names.includes(known[index])) continue;
  const { default: tests, needsDemo = false } = await import(new URL(file, SPECS));
  if (!needsDemo || address !== "-") specs.push({ name: known[index], tests, needsDemo });
}
// A demo comes to an end.
specs.sort((a, b) => Number(b.needsDemo) - Number(a.needsDemo));

const { browser, close } = await launch();
let failed = 0;
try {
  for (const { name, tests } of specs) {
    for (const [test, run] of Object.entries(tests)) {
      try {
        await run(browser, address);
        console.log(`ok   ${name}: ${test}`);
      } catch (error) {
        failed += 1;
        console.log(`FAIL ${name}: ${test}\n${error.stack}`);
      }
    }
  }
} finally {
  await close();
}
if (failed > 0) {
  console.error(`${failed} failed`);
  process.exit(1);
}
