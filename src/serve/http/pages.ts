import type { Route } from "./route.ts";

/** Pages of the server's own: small, and without a script from elsewhere. */

const style = "/api/page.css";

export const pageCss = `:root{color-scheme:light dark;font:15px/1.6 system-ui,sans-serif}
body{margin:2rem auto;max-width:60rem;padding:0 1rem}
code,input{font:13px/1.5 ui-monospace,monospace}
h2{margin-top:2rem}table{border-collapse:collapse;width:100%}
td,th{border-bottom:1px solid #8888;padding:.3rem .5rem;text-align:start;vertical-align:top}
input{padding:.4rem;width:24rem;max-width:100%}button{padding:.4rem 1rem}
`;

/** Takes a token out of the address, where it would stay in the history, and signs in with it. */
export const loginScript = `const form = document.querySelector("form");
const token = new URLSearchParams(location.hash.slice(1)).get("token");
if (token !== null) {
  history.replaceState(null, "", location.pathname);
  form.elements.token.value = token;
  form.submit();
}
`;

export function loginPage(wrong: boolean): string {
  const note = wrong ? '<p role="alert">That token is wrong.</p>' : "";
  return page(
    "Sign in",
    `<h1>Sign in</h1>${note}<form method="post" action="/login"><label>Token<br>` +
      '<input name="token" type="password" autocomplete="current-password" required autofocus>' +
      '</label> <button>Sign in</button></form><script src="/login.js"></script>',
  );
}

export function missingDashboardPage(): string {
  return page(
    "EGX pipeline",
    "<h1>EGX pipeline</h1><p>The dashboard is not built: <code>npm run build:web</code> makes " +
      'it.</p><p>The <a href="/api">API</a> works without it.</p>',
  );
}

/** What can be asked, in one page. */
export function apiPage(routes: readonly Route[], version: string): string {
  const tags = [...new Set(routes.map(({ tag }) => tag))];
  const sections = tags.map((tag) => {
    const rows = routes.filter((route) => route.tag === tag).map(rowOf);
    return (
      `<h2>${escaped(tag)}</h2><table><thead><tr><th>Address</th><th>Answers</th>` +
      `<th>Parameters</th></tr></thead><tbody>${rows.join("")}</tbody></table>`
    );
  });
  return page(
    "EGX pipeline API",
    `<h1>EGX pipeline API</h1><p>Version ${escaped(version)}. Schemas of everything: ` +
      '<a href="/api/openapi.json">openapi.json</a> (OpenAPI 3.1).</p>' +
      sections.join(""),
  );
}

function rowOf({ method, path, summary, query }: Route): string {
  const plain = method === "get" && !path.includes("{") && path !== "/api/v1/events";
  const address = plain ? `<a href="${escaped(path)}">${escaped(path)}</a>` : escaped(path);
  const names = Object.keys(query.shape)
    .map((name) => `<code>${escaped(name)}</code>`)
    .join(" ");
  return (
    `<tr><td><code>${method.toUpperCase()} ${address}</code></td>` +
    `<td>${escaped(summary)}</td><td>${names}</td></tr>`
  );
}

function page(title: string, body: string): string {
  return (
    `<!doctype html><html lang="en"><meta charset="utf-8"><title>${escaped(title)}</title>` +
    '<meta name="viewport" content="width=device-width,initial-scale=1">' +
    `<link rel="stylesheet" href="${style}"><body>${body}</body></html>\n`
  );
}

function escaped(text: string): string {
  const entities: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;" };
  return text.replaceAll(/[&<>"]/g, (character) => entities[character] ?? "&quot;");
}
