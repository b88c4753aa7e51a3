import type { PageProps } from "../../page.ts";
import type { JSX } from "../../view.ts";

export function MarketPage({ i18n }: PageProps): JSX.Element {
  return <h1>{i18n.t.market.title}</h1>;
}
