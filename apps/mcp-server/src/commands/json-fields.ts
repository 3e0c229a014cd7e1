/** A field of an object that came from outside; `undefined` when there is none. */
export function fieldAt(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? Reflect.get(value, name) : undefined;
}

/** A text field of an object that came from outside. */
export function textAt(value: unknown, name: string): string | undefined {
  const found = fieldAt(value, name);
  return typeof found === "string" ? found : undefined;
}

/** A number field. Too large a number is no number: it was rounded on its way. */
export function numberAt(value: unknown, name: string): number | undefined {
  const found = fieldAt(value, name);
  const isExact = typeof found === "number" && Math.abs(found) <= Number.MAX_SAFE_INTEGER;
  return isExact && Number.isFinite(found) ? found : undefined;
}

/** A list of an object that came from outside; empty when there is none. */
export function listAt(value: unknown, name: string): readonly unknown[] {
  const found = fieldAt(value, name);
  return Array.isArray(found) ? found : [];
}
