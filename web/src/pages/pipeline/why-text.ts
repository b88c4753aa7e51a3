import type { Why } from "../../../../src/serve/api/pipeline.ts";
import { errorText } from "../../i18n/error-text.ts";
import type { I18n } from "../../i18n/i18n.ts";

/** Why a stage stands as it does, in the language of the page. */
export function whyText(i18n: I18n, why: Why): string {
  const { whys, sessionsBehind, recordCount } = i18n.t.pipeline;
  switch (why.reason) {
    case "failing":
    case "log-silent":
    case "lake-silent":
      return i18n.fill(whys[why.reason], { error: meaningOf(i18n, why.code) });
    case "partition-stopped": {
      const partition = i18n.format.integer(why.partition);
      return i18n.fill(whys[why.reason], { partition, error: meaningOf(i18n, why.code) });
    }
    case "records-wait": {
      const records = i18n.plural(recordCount, why.records);
      return i18n.fill(whys[why.reason], {
        records,
        age: i18n.format.duration(why.seconds * 1000),
      });
    }
    case "sessions-behind":
      return i18n.plural(sessionsBehind, why.sessions);
    default:
      return whys[why.reason];
  }
}

/** The meaning of a code, with the code itself for who looks it up. */
function meaningOf(i18n: I18n, code: string): string {
  const meaning = errorText(i18n, code);
  return meaning === null ? code : `${meaning} (${code})`;
}
