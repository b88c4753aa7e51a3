import type { PageProps } from "../../page.ts";
import type { JSX } from "../../view.ts";

export function SqlPage({ i18n }: PageProps): JSX.Element {
  return <h1>{i18n.t.sql.title}</h1>;
}
