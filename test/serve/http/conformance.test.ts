import assert from "node:assert/strict";
import { test } from "node:test";
import { Ajv2020 } from "ajv/dist/2020.js";
import * as fc from "fast-check";
import { z } from "../../../src/base/schema.ts";
import { makeApiData, startApi } from "../../support/api-rig.ts";

const documentSchema = z.object({
  openapi: z.literal("3.1.0"),
  paths: z.record(z.string(), z.record(z.string(), z.unknown())),
  components: z.object({ schemas: z.record(z.string(), z.unknown()) }),
});

interface Operation {
  readonly path: string;
  readonly method: string;
  readonly pointer: string;
}

/** A pointer's segment as JSON pointers in a URI write it. */
const segment = (text: string): string =>
  encodeURIComponent(text.replaceAll("~", "~0").replaceAll("/", "~1"));

const symbols = fc.constantFrom(
  "COMI",
  "ETEL",
  "EGX30",
  "SWDY",
  "NONE1",
  "comi",
  "../etc",
  "A".repeat(40),
);
const dates = fc.constantFrom(
  "2025-11-02",
  "2025-11-24",
  "2025-12-31",
  "2025-02-30",
  "1066-10-14",
  "x",
);
const instants = fc.constantFrom("2025-11-24T08:00:00Z", "2025-11-10T10:00:00+02:00", "now", "");
const values: Readonly<Record<string, fc.Arbitrary<string>>> = {
  symbol: symbols,
  interval: fc.constantFrom("1m", "5m", "1d", "1w", "2d", "Daily"),
  from: dates,
  to: dates,
  asOf: instants,
  time: instants,
  cursor: fc.constantFrom("0", "5", "-1", "2025-11-20T08:00:00Z", "abc"),
  adjusted: fc.constantFrom("none", "splits", "dividends", "all"),
  complete: fc.constantFrom("true", "false", "1"),
  stored: fc.constantFrom("true", "false"),
  limit: fc.constantFrom("1", "3", "100", "0", "99999999", "1e3", "ten"),
  format: fc.constantFrom("json", "xml"),
  search: fc.constantFrom("", "com", "التجاري", "EGS60121C018", "'; drop table bars", "%00"),
  sector: fc.constantFrom("Banks", "x"),
  by: fc.constantFrom("gainers", "losers", "active", "best"),
  state: fc.constantFrom("open", "closed", "all", "missing", "complete", "no"),
  code: fc.constantFrom("E_BAR_PRICE", "E_NONE"),
  log: fc.constantFrom("00000000", "zz"),
  place: fc.constantFrom("1:7", "1-7"),
  strange: fc.constant("1"),
};

test("every answer is what the OpenAPI document says, whatever is asked", async (t) => {
  const data = await makeApiData(t);
  await using api = await startApi(data);
  const document = documentSchema.parse(await (await api.get("/api/openapi.json")).json());
  const ajv = new Ajv2020({ strict: false, allErrors: false });
  ajv.addSchema(document, "doc");
  const operations: Operation[] = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.keys(methods)
      .filter((method) => method === "get" && path !== "/api/v1/events")
      .map((method) => ({
        path,
        method,
        pointer: `doc#/paths/${segment(path)}/${method}/responses`,
      })),
  );
  assert.ok(operations.length >= 19, `only ${operations.length} operations are described`);
  const problemOf = (pointer: string): string =>
    `${pointer}/default/content/${segment("application/problem+json")}/schema`;
  const answerOf = (pointer: string): string =>
    `${pointer}/200/content/${segment("application/json")}/schema`;
  const seen = new Map<string, Set<number>>();

  const check = async ({ path, pointer }: Operation, address: string): Promise<void> => {
    const response = await api.get(address);
    seen.set(path, (seen.get(path) ?? new Set()).add(response.status));
    const body: unknown = await response.json();
    const type = response.headers.get("content-type");
    assert.equal(type, response.ok ? "application/json" : "application/problem+json", address);
    assert.ok(response.status < 500, `${address}: ${response.status} ${JSON.stringify(body)}`);
    const schema = response.ok ? answerOf(pointer) : problemOf(pointer);
    const validate = ajv.getSchema(schema);
    assert.ok(validate !== undefined, schema);
    const valid = validate(body);
    assert.ok(valid === true, `${address}: ${JSON.stringify(validate.errors)}`);
  };

  // What is asked as it is meant.
  for (const operation of operations) {
    const filled = operation.path
      .replace("{symbol}", "COMI")
      .replace("{log}", data.logId)
      .replace("{place}", "1:7");
    const query = operation.path.endsWith("/trace") ? "?time=2025-11-24T08:00:00Z" : "";
    await check(operation, `${filled}${query}`);
    assert.ok(seen.get(operation.path)?.has(200), `${operation.path} has a good answer`);
  }

  const request = fc.record({
    operation: fc.constantFrom(...operations),
    params: fc.record({
      symbol: values["symbol"] ?? fc.constant(""),
      log: values["log"] ?? fc.constant(""),
      place: values["place"] ?? fc.constant(""),
    }),
    query: fc.record(values, { requiredKeys: [] }),
  });
  await fc.assert(
    fc.asyncProperty(request, async ({ operation, params, query }) => {
      const path = operation.path.replaceAll(/\{(\w+)\}/g, (_, name: string) =>
        encodeURIComponent(Object.entries(params).find(([key]) => key === name)?.[1] ?? ""),
      );
      // Of the parameters mostly those that the route knows.
      const known = new URLSearchParams();
      for (const [name, value] of Object.entries(query)) {
        const sent = name === "strange" || knows(document, operation.path, name);
        if (value !== undefined && sent) known.set(name, value);
      }
      await check(operation, `${path}?${known.toString()}`);
    }),
    { numRuns: 250, seed: 9 },
  );
  assert.deepEqual(api.failures, []);
  const refused = [...seen.values()].filter((statuses) => statuses.has(400)).length;
  assert.ok(refused > 8, `only ${refused} routes were asked for something wrong`);
});

const parametersSchema = z.object({
  parameters: z.array(z.object({ name: z.string(), in: z.string() })).optional(),
});

function knows(document: z.output<typeof documentSchema>, path: string, name: string): boolean {
  const { parameters } = parametersSchema.parse(document.paths[path]?.["get"]);
  return parameters?.some((one) => one.name === name && one.in === "query") ?? false;
}
