// Tells how much the fleet's view loads before it is drawn, compressed, and fails where that is more than is allowed.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";

const DIST = new URL("../dist/", import.meta.url).pathname;
const LIMIT_KB = 500;

const page = readFileSync(join(DIST, "index.html"), "utf8");
const wanted = [...page.matchAll(/(?:src|href)="\/([^"]+\.(?:js|css|svg))"/g)].map(([, path]) => path);

/** Scripts import each other: what is imported at once is loaded at once, what is imported later is not. */
const loaded = new Set(["index.html"]);
while (wanted.length > 0) {
  const path = wanted.pop();
  if (loaded.has(path)) continue;
  loaded.add(path);
  if (!path.endsWith(".js")) continue;
  const script = readFileSync(join(DIST, path), "utf8");
  for (const [, name] of script.matchAll(/(?:\bfrom|\bimport)\s*["']\.\/([^"']+\.js)["']/g)) wanted.push(`assets/${name}`);
}

let total = 0;
for (const path of [...loaded].sort()) {
  const kb = gzipSync(readFileSync(join(DIST, path)), { level: 6 }).length / 1000;
  total += kb;
  console.log(`${kb.toFixed(1).padStart(8)} KB  ${path}`);
}
console.log(`${total.toFixed(1).padStart(8)} KB  in all, compressed; at most ${LIMIT_KB} KB are allowed`);
process.exit(total > LIMIT_KB ? 1 : 0);
