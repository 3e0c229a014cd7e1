import type { AsyncApiDocument, DescribedMessage } from "../asyncapi/document.ts";
import type { OpenApiDocument, Operation } from "../openapi/document.ts";
import { isJsonSchema } from "../openapi/json-schemas.ts";
import { html, type Html, inline, prose } from "./html.ts";
import { meaningTable } from "./meaning-table.ts";
import { page } from "./page.ts";
import { noteOf, schemaView, typeOf } from "./schema-view.ts";

interface Placed extends Operation {
  method: string;
  path: string;
}

/** The API reference on one page, from its two descriptions. */
export function referencePage(api: OpenApiDocument, sockets: AsyncApiDocument): string {
  const operations = Object.entries(api.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]): Placed =>
      Object.assign({ method: method.toUpperCase(), path }, operation),
    ),
  );
  const groups = api.tags.map(({ name, description }) => ({
    name,
    description,
    operations: operations.filter(({ tags }) => tags.includes(name)),
  }));
  const { schemas = {} } = api.components;
  return page({
    title: `${api.info.title} API reference`,
    up: "",
    navigation: html`<nav aria-label="Operations">
      <p><strong>${api.info.title}</strong> ${api.info.version}</p>
      ${groups.map(
        ({ name, operations: listed }) =>
          html`<h2><a href="#tag-${name}">${name}</a></h2>
            <ul>
              ${listed.map(navigationItem)}
            </ul>`,
      )}
      <h2><a href="#websocket">websocket</a></h2>
      <h2><a href="#schemas">schemas</a></h2>
      <h2><a href="errors/">errors</a></h2>
    </nav>`,
    main: html`<h1>${api.info.title} API reference</h1>
      <p>
        For programs: <a href="../openapi.json">openapi.json</a> (OpenAPI 3.1) and
        <a href="../asyncapi.json">asyncapi.json</a> (AsyncAPI 3.0). For people:
        <a href="../dashboard/">the dashboard</a>.
      </p>
      ${prose(api.info.description)}
      ${groups.map(
        ({ name, description, operations: listed }) =>
          html`<section aria-labelledby="tag-${name}">
            <h2 id="tag-${name}">${name}</h2>
            ${prose(description)}${listed.map((operation) => operationView(operation, api))}
          </section>`,
      )}
      ${socketView(sockets)}
      <section aria-labelledby="schemas">
        <h2 id="schemas">Schemas</h2>
        ${Object.entries(schemas).map(
          ([name, schema]) =>
            html`<h3 id="schema-${name}">${name}</h3>
              ${schemaView(schema)}`,
        )}
      </section>`,
  });
}

function navigationItem({ operationId, method, path, summary }: Placed): Html {
  return html`<li>
    <a href="#${operationId}" title="${summary}"
      ><span class="method ${method}">${method}</span> ${path}</a
    >
  </li>`;
}

function operationView(operation: Placed, api: OpenApiDocument): Html {
  const {
    operationId,
    method,
    path,
    summary,
    description,
    parameters = [],
    requestBody,
  } = operation;
  return html`<article aria-labelledby="${operationId}">
    <h3 id="${operationId}">
      <span class="method ${method}">${method}</span> <code>${path}</code>
    </h3>
    <p><strong>${summary}.</strong> ${roleOf(operation)}</p>
    ${description === undefined ? undefined : prose(description)}
    ${parameters.length === 0 ? undefined : parametersView(parameters)}
    ${
      requestBody === undefined
        ? undefined
        : html`<h4>Body</h4>
            ${contentView(requestBody)}`
    }
    <h4>Answers</h4>
    <dl>${answers(operation)}</dl>
    ${failures(operation, api)}
  </article>`;
}

function roleOf(operation: Operation): Html {
  const { "x-required-role": role } = operation;
  return html`<span class="role"
    >${role !== undefined ? `Needs the role ${role}.` : "For everybody."}</span
  >`;
}

function parametersView(parameters: readonly Readonly<Record<string, unknown>>[]): Html {
  const rows = parameters.map(({ name, required, description, schema }) => {
    const value = isJsonSchema(schema) ? schema : {};
    const notes = [description, noteOf(value)].filter((note) => typeof note === "string").join(" ");
    const need = required === true ? "needed" : undefined;
    return { name: String(name), need, type: typeOf(value), meaning: inline(notes) };
  });
  return html`<h4>Parameters</h4>
    ${meaningTable("name", rows)}`;
}

/** What it answers when it does its work. */
function answers({ responses }: Operation): Html[] {
  return Object.entries(responses)
    .filter(([, { $ref: ref }]) => ref === undefined)
    .map(
      ([status, response]) =>
        html`<dt class="status">${status}</dt>
          <dd>${contentView(response)}</dd>`,
    );
}

function failures({ responses }: Operation, { components }: OpenApiDocument): Html {
  const listed = Object.entries(responses).flatMap(([status, { $ref: ref }]) => {
    const shared = components["responses"]?.[String(ref).split("/").at(-1) ?? ""];
    const codes = shared === undefined ? [] : codesIn(shared);
    return codes.map(
      (code) =>
        html`<li>
          ${status} <a href="errors/${code}"><code>${code}</code></a>
        </li>`,
    );
  });
  return html`<h4>Failures</h4>
    <ul class="failures">
      ${listed}
    </ul>`;
}

/** The codes a failure may have; its description begins each line with one. */
function codesIn({ description }: Readonly<Record<string, unknown>>): string[] {
  return String(description)
    .split("\n\n")
    .map((line) => line.split("`")[1] ?? "");
}

function contentView({ description, content }: Readonly<Record<string, unknown>>): Html {
  const types = Object.entries(isJsonSchema(content) ? content : {}).map(([mediaType, value]) => {
    const media = isJsonSchema(value) ? value : {};
    const { schema, example } = media;
    const form =
      isJsonSchema(schema) && isJsonSchema(schema["contentSchema"])
        ? schemaView(schema["contentSchema"])
        : undefined;
    return html`<p>
        <code>${mediaType}</code>: ${isJsonSchema(schema) ? typeOf(schema) : undefined}
      </p>
      ${form}
      ${
        example === undefined
          ? undefined
          : html`<details>
              <summary>Example</summary>
              <pre>${JSON.stringify(example, undefined, 2)}</pre>
            </details>`
      }`;
  });
  return html`${typeof description === "string" ? prose(description) : undefined}${types}`;
}

function socketView({ info, channels, components }: AsyncApiDocument): Html {
  const { signaling } = channels;
  const all = Object.entries(components.messages);
  const side = (name: string) => all.filter(([key]) => key.startsWith(`${name}.`));
  return html`<section aria-labelledby="websocket">
    <h2 id="websocket">${info.title}</h2>
    <p>WebSocket at <code>${signaling.address}</code>. ${signaling.description}</p>
    ${prose(info.description)}
    <h3>What a viewer may say</h3>
    ${side("client").map(messageView)}
    <h3>What the server may say</h3>
    ${side("server").map(messageView)}
  </section>`;
}

function messageView([key, { name, summary, payload, examples }]: [
  string,
  DescribedMessage,
]): Html {
  return html`<article aria-labelledby="message-${key}">
    <h4 id="message-${key}"><code>${name}</code></h4>
    <p>${inline(summary)}</p>
    ${schemaView(payload)}
    ${examples.map(
      ({ payload: example }) =>
        html`<details>
          <summary>Example</summary>
          <pre>${JSON.stringify(example, undefined, 2)}</pre>
        </details>`,
    )}
  </article>`;
}
