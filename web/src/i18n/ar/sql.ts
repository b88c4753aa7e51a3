import type { Translated } from "../dictionary.ts";
import type { sql as texts } from "../en/sql.ts";

export const sql: Translated<typeof texts> = {
  title: "وحدة استعلام SQL",
};
