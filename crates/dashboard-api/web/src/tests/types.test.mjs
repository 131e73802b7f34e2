import { readFile } from "node:fs/promises";

import { expect, it } from "vitest";

it("the committed types are those of openapi.json: run `npm run types`", async () => {
  const { TYPES, generate } = await import("../../scripts/types.mjs");
  expect(await readFile(TYPES, "utf8")).toBe(await generate());
});
