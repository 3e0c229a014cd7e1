import type * as z from "zod/mini";

/**
 * What a value must be, to be read after the name of what is wrong: "must be at least 1". Values
 * themselves are not repeated: they come from strangers.
 */
export function explainIssue(issue: z.core.$ZodRawIssue): string {
  switch (issue.code) {
    case "invalid_type":
      return issue.input === undefined ? "is required" : `must be ${nounOf(issue.expected)}`;
    case "too_small": {
      const least = String(issue.minimum);
      if (isCounted(issue.origin)) return `must have at least ${least} ${unitOf(issue.origin)}`;
      return issue.inclusive === false ? `must be more than ${least}` : `must be at least ${least}`;
    }
    case "too_big": {
      const most = String(issue.maximum);
      if (isCounted(issue.origin)) return `must have at most ${most} ${unitOf(issue.origin)}`;
      return issue.inclusive === false ? `must be less than ${most}` : `must be at most ${most}`;
    }
    case "invalid_value":
      return `must be ${issue.values.map((value) => JSON.stringify(value)).join(" or ")}`;
    case "invalid_format":
      return issue.pattern === undefined
        ? "does not have the right form"
        : `must match ${issue.pattern}`;
    case "custom":
    case "invalid_element":
    case "invalid_key":
    case "invalid_union":
    case "not_multiple_of":
    case "unrecognized_keys":
      break;
  }
  return "does not have the right form";
}

const NOUNS: ReadonlyMap<string, string> = new Map([
  ["array", "a list"],
  ["boolean", "true or false"],
  ["int", "a whole number"],
  ["null", "null"],
  ["number", "a number"],
  ["object", "an object"],
  ["record", "an object"],
  ["string", "text"],
]);

function nounOf(type: string): string {
  return NOUNS.get(type) ?? "of another type";
}

function isCounted(origin: string): boolean {
  return origin === "string" || origin === "array";
}

function unitOf(origin: string): string {
  return origin === "string" ? "characters" : "items";
}
