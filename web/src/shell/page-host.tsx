import { Failure, Loading } from "../components/panel.tsx";
import type { PageProps } from "../page.ts";
import type { PageName } from "../router.ts";
import { useEffect, useBroken, useState, type ComponentType, type JSX } from "../view.ts";

type PageComponent = ComponentType<PageProps>;

/** Each page is a file of its own, loaded when it is first visited. */
const loaders: Readonly<Record<PageName, () => Promise<PageComponent>>> = {
  market: async () => (await import("../pages/market/market-page.tsx")).MarketPage,
  symbol: async () => (await import("../pages/symbol/symbol-page.tsx")).SymbolPage,
  quality: async () => (await import("../pages/quality/quality-page.tsx")).QualityPage,
  pipeline: async () => (await import("../pages/pipeline/pipeline-page.tsx")).PipelinePage,
  sql: async () => (await import("../pages/sql/sql-page.tsx")).SqlPage,
};

const loaded = new Map<PageName, PageComponent>();

/** The page of the route, or why there is none. */
export function PageHost(props: PageProps): JSX.Element {
  const { page } = props.route;
  if (page === null) return <NotFound {...props} />;
  // A page that failed does not keep the next one from being shown.
  return <Page key={page} name={page} {...props} />;
}

function Page({ name, ...props }: PageProps & { readonly name: PageName }): JSX.Element {
  const { i18n, clock } = props;
  const [broken, recover] = useBroken();
  const [component, setComponent] = useState<{ readonly of: PageComponent } | null>(() => {
    const known = loaded.get(name);
    return known === undefined ? null : { of: known };
  });
  const [error, setError] = useState<unknown>(null);
  const [times, setTimes] = useState(0);
  useEffect(() => {
    loaders[name]().then(
      (of) => {
        loaded.set(name, of);
        setComponent({ of });
      },
      (reason: unknown) => setError(reason),
    );
  }, [name, times]);
  const retry = (): void => {
    setError(null);
    recover();
    setTimes((now) => now + 1);
  };
  const failed: unknown = broken ?? error;
  if (failed !== null) {
    return (
      <>
        <h1>{i18n.t.shell.pageFailed}</h1>
        <Failure i18n={i18n} error={failed} onRetry={retry} />
      </>
    );
  }
  if (component === null) return <Loading i18n={i18n} clock={clock} height={480} />;
  return <component.of {...props} />;
}

function NotFound({ i18n }: PageProps): JSX.Element {
  return (
    <>
      <h1>{i18n.t.shell.notFound}</h1>
      <p>{i18n.fill(i18n.t.shell.notFoundText, { address: location.pathname })}</p>
      <p>
        <a href="/">{i18n.t.shell.toMarket}</a>
      </p>
    </>
  );
}
