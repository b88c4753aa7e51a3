import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { hasCode } from "../../src/base/errors.ts";
import { egxCalendar, sessionOf } from "../../src/market/calendar.ts";
import { parseCalendarFile } from "../../src/market/calendar-file.ts";

test("lines close and open days", () => {
  const text = [
    "date,state,name",
    "# decided on Monday",
    "2026-12-03,closed,Storm",
    '2026-12-06 , closed , "Flood, and more"',
    "",
    "2026-12-07,closed",
    "2027-04-25,open,",
  ].join("\r\n");
  const { closed = [], open, hours } = parseCalendarFile(text, "closures.csv");
  assert.deepEqual(
    closed.map(({ date, name }) => [date, name]),
    [
      ["2026-12-03", "Storm"],
      ["2026-12-06", "Flood, and more"],
      ["2026-12-07", "closed"],
    ],
  );
  assert.deepEqual(closed[0], {
    date: "2026-12-03",
    name: "Storm",
    kind: "operator",
    certainty: "known",
    source: "closures.csv",
  });
  assert.deepEqual([open, hours], [["2027-04-25"], []]);
});

test("JSON gives hours too, and until when all is known", () => {
  const changes = parseCalendarFile(
    JSON.stringify({
      knownUntil: "2026-12-31",
      closed: [{ date: "2026-12-03" }],
      hours: [
        {
          since: "2026-12-06",
          phases: [
            { name: "pre-open", from: "09:00", to: "09:30", endsFrom: "09:20" },
            { name: "continuous", from: "09:30", to: "15:00" },
          ],
        },
      ],
    }),
    "changes.json",
  );
  assert.equal(changes.knownUntil, "2026-12-31");
  assert.equal(changes.closed?.[0]?.name, "closed");
  assert.deepEqual(changes.hours, [
    {
      since: "2026-12-06",
      name: "changed",
      certainty: "known",
      source: "changes.json",
      phases: [
        { name: "pre-open", from: "09:00", to: "09:30", endsFrom: "09:20" },
        { name: "continuous", from: "09:30", to: "15:00" },
      ],
    },
  ]);
});

test("the examples of docs/calendar.md are understood", () => {
  const page = readFileSync("docs/calendar.md", "utf8");
  const blocks = Array.from(page.matchAll(/```(?:csv|json)\n([^]*?)```/g), ([, text = ""]) => text);
  const [lines, json] = blocks.map((text) => parseCalendarFile(text, "docs"));
  assert.equal(blocks.length, 2);
  assert.deepEqual(lines?.closed, json?.closed);
  assert.deepEqual(lines?.open, json?.open);
  const calendar = egxCalendar(json);
  const session = sessionOf(calendar, Temporal.PlainDate.from("2026-12-07"));
  assert.equal(session?.closeMs, Date.parse("2026-12-07T15:00:00+02:00"));
});

test("what is wrong is said with its place", () => {
  const phases = (...list: readonly object[]): string =>
    JSON.stringify({ hours: [{ since: "2026-12-06", phases: list }] });
  const continuous = { name: "continuous", from: "10:00", to: "14:30" };
  const cases: readonly (readonly [string, RegExp])[] = [
    ["2026-12-03,shut", /line 1: "shut" must be closed or open/],
    ["date,state\n3 December,closed", /line 2: "3 December" is no date/],
    ["2026-02-30,closed", /line 1: "2026-02-30" is no date/],
    ["{", /is not JSON/],
    ['{"close":[]}', /Unrecognized key.*close/],
    ['{"closed":["2026-12-03"]}', /closed\.0: /],
    ['{"closed":[{"date":"2026-13-01"}]}', /closed\.0\.date: "2026-13-01" is no date/],
    ['{"open":[7]}', /open\.0: /],
    [phases(), /hours\.0\.phases: /],
    [phases({ ...continuous, to: "25:00" }), /phases\.0\.to: must be a time/],
    [phases({ ...continuous, to: "09:00" }), /must follow each other/],
    [phases({ ...continuous, endsFrom: "14:31" }), /must follow each other/],
    [
      phases(continuous, { name: "pre-open", from: "09:30", to: "10:00" }),
      /must follow each other/,
    ],
    [phases({ name: "pre-open", from: "09:30", to: "10:00" }), /one that is continuous/],
  ];
  for (const [text, message] of cases) {
    assert.throws(
      () => parseCalendarFile(text, "x.csv"),
      (error) =>
        hasCode(error, "E_CONFIG") &&
        error.message.startsWith("the calendar x.csv: ") &&
        message.test(error.message) &&
        error.hint.includes("docs/calendar.md"),
      text,
    );
  }
});
