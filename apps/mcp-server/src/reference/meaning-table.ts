import { html, type Html } from "./html.ts";

/** One named thing: a field, a parameter. */
export interface Meaning {
  name: string;
  /** A word for one that must, or will, be there. */
  need: string | undefined;
  type: Html;
  meaning: readonly Html[];
}

/** What named things are, in three columns. */
export function meaningTable(heading: string, rows: readonly Meaning[]): Html {
  return html`<div class="wide">
    <table>
      <thead>
        <tr>
          <th scope="col">${heading}</th>
          <th scope="col">type</th>
          <th scope="col">meaning</th>
        </tr>
      </thead>
      <tbody>
        ${rows.map(rowOf)}
      </tbody>
    </table>
  </div>`;
}

function rowOf({ name, need, type, meaning }: Meaning): Html {
  return html`<tr>
    <th scope="row">
      <code>${name}</code
      >${need === undefined ? undefined : html` <span class="need">${need}</span>`}
    </th>
    <td>${type}</td>
    <td>${meaning}</td>
  </tr>`;
}
