import { html, type Html } from "./html.ts";

export interface PageInit {
  title: string;
  /** Of the page, up to where `/reference/` is: `""` or `"../"`. */
  up: string;
  navigation?: Html;
  main: Html;
}

/** A page without any script. */
export function page({ title, up, navigation, main }: PageInit): string {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>${title}</title>
        <link rel="icon" href="data:," />
        <link rel="stylesheet" href="${up}style.css" />
      </head>
      <body>
        <a class="skip" href="#main">Skip to the content</a>
        ${navigation ?? html``}
        <main id="main">${main}</main>
      </body>
    </html> `.text;
}
