import type { Clock } from "../../src/base/clock.ts";
import type { Api } from "./api.ts";
import { loadI18n, type I18n } from "./i18n/i18n.ts";
import type { Prefs } from "./lib/prefs.ts";
import type { Store } from "./lib/store.ts";
import { useStore } from "./lib/use-store.ts";
import type { Live } from "./live/live.ts";
import type { PageProps } from "./page.ts";
import { parseRoute, type Route } from "./router.ts";
import { AlertBars } from "./shell/alert-bars.tsx";
import { Footer } from "./shell/footer.tsx";
import { Header } from "./shell/header.tsx";
import { Help } from "./shell/help.tsx";
import { PageHost } from "./shell/page-host.tsx";
import { useShortcuts } from "./shell/use-shortcuts.ts";
import { useTitle } from "./shell/use-title.ts";
import { useEffect, useMemo, useRef, useState, type JSX } from "./view.ts";

export interface AppProps {
  readonly api: Api;
  readonly live: Live;
  readonly clock: Clock;
  readonly prefs: Store<Prefs>;
  readonly first: I18n;
}

/** The dashboard: the shell, and the page of the address. */
export function App({ api, live, clock, prefs, first }: AppProps): JSX.Element {
  const i18n = useI18n(prefs, first);
  const [route, go] = useRoute();
  const props: PageProps = { api, live, clock, prefs, i18n, route, go };
  const help = useShortcuts(props);
  useTitle(props);
  useFocus(route);
  return (
    <>
      <a class="skip" href="#content">
        {i18n.t.shell.skip}
      </a>
      <Header {...props} />
      <AlertBars {...props} />
      <main id="content" class="page" tabIndex={-1}>
        <PageHost {...props} />
      </main>
      <Footer {...props} />
      {help.open && <Help i18n={i18n} onClose={help.close} />}
    </>
  );
}

/** The texts of the chosen language; those of the one before stay until they are there. */
function useI18n(prefs: Store<Prefs>, first: I18n): I18n {
  const { language, digits } = useStore(prefs);
  const [i18n, setI18n] = useState(first);
  useEffect(() => {
    let wanted = true;
    void loadI18n(language, digits).then((loaded) => {
      if (wanted) setI18n(loaded);
    });
    return () => {
      wanted = false;
    };
  }, [language, digits]);
  return i18n;
}

/** A page that was gone to has the focus: what had it before may be gone, and says nothing of it. */
function useFocus({ page, symbol }: Route): void {
  const shown = `${page ?? ""} ${symbol ?? ""}`;
  const before = useRef(shown);
  useEffect(() => {
    if (before.current === shown) return;
    before.current = shown;
    document.querySelector<HTMLElement>("#content")?.focus({ preventScroll: true });
  }, [shown]);
}

function useRoute(): readonly [Route, PageProps["go"]] {
  const [address, setAddress] = useState(currentAddress());
  useEffect(() => {
    const update = (): void => setAddress(currentAddress());
    const follow = (event: MouseEvent): void => {
      const target = linkOf(event);
      if (target === null) return;
      event.preventDefault();
      visit(target, "push");
      update();
    };
    addEventListener("popstate", update);
    document.addEventListener("click", follow);
    return () => {
      removeEventListener("popstate", update);
      document.removeEventListener("click", follow);
    };
  }, []);
  const go: PageProps["go"] = useMemo(
    () =>
      (target, how = "push") => {
        visit(target, how);
        setAddress(currentAddress());
      },
    [],
  );
  const route = useMemo(() => parseRoute(address), [address]);
  return [route, go];
}

function currentAddress(): string {
  return location.pathname + location.search;
}

function visit(address: string, how: "push" | "replace"): void {
  if (how === "replace") history.replaceState(null, "", address);
  else {
    history.pushState(null, "", address);
    scrollTo(0, 0);
  }
}

/** Where a plain click on one of our own links leads; null for any other click. */
function linkOf(event: MouseEvent): string | null {
  const modified = event.metaKey || event.ctrlKey || event.shiftKey || event.altKey;
  if (event.defaultPrevented || event.button !== 0 || modified) return null;
  if (!(event.target instanceof Element)) return null;
  const link = event.target.closest("a");
  if (link === null || link.target !== "" || link.hasAttribute("download")) return null;
  return pageAddress(new URL(link.href));
}

/** The address of one of our pages; null for others, and for a part of the page that is shown. */
function pageAddress({ origin, pathname, search, hash }: URL): string | null {
  if (origin !== location.origin || pathname.startsWith("/api")) return null;
  return hash !== "" && pathname === location.pathname ? null : pathname + search + hash;
}
