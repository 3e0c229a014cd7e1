/** The style of the reference; colours as in the dashboard, light and dark. */
export const STYLE = `
:root {
  color-scheme: light dark;
  --page: light-dark(#f6f7f9, #0e1116);
  --card: light-dark(#ffffff, #161a21);
  --sunken: light-dark(#eff1f5, #1e242d);
  --line: light-dark(#dde1e8, #2a313c);
  --ink: light-dark(#171c24, #e8ebf0);
  --soft: light-dark(#566070, #9aa4b4);
  --accent: light-dark(#1d4ed8, #7cb0ff);
  --good: light-dark(#15703c, #4ade80);
  --busy: light-dark(#8a5300, #fbbf24);
  --bad: light-dark(#b42318, #fb7185);
}
* { box-sizing: border-box; }
body {
  margin: 0; background: var(--page); color: var(--ink); line-height: 1.5;
  font-family: system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif;
  overflow-wrap: anywhere;
}
a { color: var(--accent); }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
code, pre, .method {
  font-family: ui-monospace, "SF Mono", "Cascadia Mono", Menlo, Consolas, monospace; font-size: 0.92em;
}
.skip { position: absolute; left: -999rem; }
.skip:focus { left: 1rem; top: 1rem; background: var(--card); padding: 0.5rem; z-index: 1; }
main { min-width: 0; max-width: 64rem; padding: 1rem 1.5rem 6rem; margin: 0 auto; }
h1 { font-size: 1.6rem; margin: 1rem 0; }
main h2 { font-size: 1.3rem; margin: 3rem 0 0.5rem; }
section > h2 { text-transform: capitalize; }
h3 { font-size: 1.05rem; margin: 0 0 0.5rem; }
main h3, main h4, main h2 { scroll-margin-top: 1rem; }
section > h3 { margin-top: 2rem; }
h4 { margin: 1.25rem 0 0.4rem; font-size: 0.95rem; }
article {
  background: var(--card); border: 1px solid var(--line); border-radius: 8px;
  padding: 1rem 1.25rem; margin: 1rem 0;
}
article p { margin: 0.4rem 0; }
.role { color: var(--soft); }
.method { font-weight: 700; }
.GET { color: var(--good); }
.POST, .PUT, .PATCH { color: var(--busy); }
.DELETE { color: var(--bad); }
.wide { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: 0.93rem; }
th, td { text-align: left; vertical-align: top; padding: 0.35rem 0.75rem 0.35rem 0; border-bottom: 1px solid var(--line); }
th { font-weight: 400; min-width: 7rem; overflow-wrap: normal; }
td { min-width: 6rem; }
thead th { color: var(--soft); }
.need { color: var(--soft); font-size: 0.85em; }
.type { color: var(--soft); }
dl { display: grid; grid-template-columns: max-content minmax(0, 1fr); gap: 0.3rem 1rem; margin: 0.4rem 0; }
dt { color: var(--soft); }
dt.status { color: var(--good); font-weight: 600; }
.failures { display: flex; flex-wrap: wrap; gap: 0.2rem 1.2rem; list-style: none; margin: 0; padding: 0; color: var(--bad); }
dd { margin: 0; }
dd p { margin: 0 0 0.3rem; }
details { margin: 0.4rem 0; }
summary { cursor: pointer; color: var(--accent); }
pre { background: var(--sunken); border-radius: 6px; padding: 0.75rem; overflow-x: auto; margin: 0.4rem 0; }
nav { padding: 1rem 1.5rem; border-bottom: 1px solid var(--line); background: var(--card); font-size: 0.9rem; }
nav h2 { font-size: 0.95rem; margin: 1rem 0 0.25rem; text-transform: capitalize; }
nav ul { list-style: none; margin: 0; padding: 0; }
nav li { margin: 0.15rem 0; }
nav li a { color: inherit; text-decoration: none; }
nav li a:hover { text-decoration: underline; }
nav .method { display: inline-block; min-width: 3.6rem; font-size: 0.8em; }
@media (min-width: 60rem) {
  body:has(nav) { display: grid; grid-template-columns: 21rem minmax(0, 1fr); }
  nav { position: sticky; top: 0; height: 100vh; overflow-y: auto; border-bottom: 0; border-right: 1px solid var(--line); }
}
@media (max-width: 59.99rem) { nav ul { max-height: 12rem; overflow-y: auto; } }
@media print { nav { display: none; } details { display: block; } }
`;
