// Writes src/generated/api.d.ts from the API's own description, ../openapi.json: run it as `npm run types` when that has changed.

import { readFile, writeFile } from "node:fs/promises";

import openapiTS, { astToString } from "openapi-typescript";

const DESCRIPTION = new URL("../../openapi.json", import.meta.url);

export const TYPES = new URL("../src/generated/api.d.ts", import.meta.url);

const HEAD = "// Made from openapi.json by `npm run types`; a test fails where it is stale. Not to be edited.\n\n";

/** The types as they have to be. Only the schemas: paths are written where they are asked for. */
export async function generate() {
  const { openapi, info, components } = JSON.parse(await readFile(DESCRIPTION, "utf8"));
  const types = await openapiTS({ openapi, info, paths: {}, components: { schemas: components.schemas } }, { alphabetize: true });
  return HEAD + astToString(types);
}

if (process.argv[1] === new URL(import.meta.url).pathname) await writeFile(TYPES, await generate());
