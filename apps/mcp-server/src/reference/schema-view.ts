import { isJsonSchema, type JsonSchema } from "../openapi/json-schemas.ts";
import { html, type Html, inline } from "./html.ts";
import { meaningTable } from "./meaning-table.ts";

/** A schema by its fields, or in a few words when it has none. */
export function schemaView(schema: JsonSchema): Html {
  const { properties, required } = schema;
  if (!isJsonSchema(properties)) return html`<p class="type">${typeOf(schema)}</p>`;
  const needed: readonly unknown[] = Array.isArray(required) ? required : [];
  const rows = Object.entries(properties).map(([name, field]) => {
    const value = isJsonSchema(field) ? field : {};
    const need = needed.includes(name) ? "always" : undefined;
    return { name, need, type: typeOf(value), meaning: inline(noteOf(value)) };
  });
  return meaningTable("field", rows);
}

/** What a value is, in a few words; named schemas are linked. */
export function typeOf(schema: JsonSchema): Html {
  const { $ref: ref, type, const: constant, anyOf, oneOf, allOf, items } = schema;
  if (typeof ref === "string") {
    const name = ref.split("/").at(-1) ?? "";
    return html`<a href="#schema-${name}">${name}</a>`;
  }
  if (constant !== undefined) return html`<code>${JSON.stringify(constant)}</code>`;
  if (Array.isArray(schema["enum"])) return listOf(schema["enum"]);
  for (const choice of [anyOf, oneOf]) {
    if (Array.isArray(choice)) return joined(choice.filter(isJsonSchema).map(typeOf), " or ");
  }
  if (Array.isArray(allOf)) return joined(allOf.filter(isJsonSchema).slice(0, 1).map(typeOf), "");
  if (typeof schema["contentMediaType"] === "string") return html`lines of JSON`;
  if (type === "array") return html`list of ${isJsonSchema(items) ? typeOf(items) : "anything"}`;
  const types: readonly unknown[] = Array.isArray(type) ? type : [type ?? "anything"];
  return html`${types.map((each) => NAMES.get(String(each)) ?? String(each)).join(" or ")}`;
}

const NAMES: ReadonlyMap<string, string> = new Map([
  ["boolean", "true or false"],
  ["integer", "whole number"],
  ["string", "text"],
]);

/** What it means, and what is allowed. */
export function noteOf(schema: JsonSchema): string {
  const notes: string[] = [];
  if (typeof schema["description"] === "string") notes.push(schema["description"]);
  const { minimum, maximum, minLength, maxLength, pattern, default: otherwise } = schema;
  if (typeof minimum === "number" && minimum > Number.MIN_SAFE_INTEGER) {
    notes.push(`At least ${minimum}.`);
  }
  if (typeof maximum === "number" && maximum < Number.MAX_SAFE_INTEGER) {
    notes.push(`At most ${maximum}.`);
  }
  if (typeof minLength === "number" && minLength > 1) {
    notes.push(`At least ${minLength} characters.`);
  }
  if (typeof maxLength === "number") notes.push(`At most ${maxLength} characters.`);
  if (typeof pattern === "string") notes.push(`Matches \`${pattern}\`.`);
  if (otherwise !== undefined) notes.push(`Without it: \`${JSON.stringify(otherwise)}\`.`);
  return notes.join(" ");
}

function listOf(values: readonly unknown[]): Html {
  return joined(
    values.map((value) => html`<code>${JSON.stringify(value)}</code>`),
    " ",
  );
}

function joined(pieces: readonly Html[], between: string): Html {
  return html`${pieces.map((piece, index) => (index === 0 ? piece : html`${between}${piece}`))}`;
}
