import type { LogOutput } from "./create-logger.ts";
import type { LineWriter } from "./json-output.ts";
import type { Plain } from "./log-value.ts";
import { plainText } from "./plain-text.ts";

/** Writes each record as one line for people, which cannot steer their terminal. */
export function terminalOutput(writer: LineWriter): LogOutput {
  return {
    write: ({ time, level, msg, fields }) => {
      const shown = Object.entries(fields).map(
        ([name, value]) => `${plainText(name)}=${quoted(value)}`,
      );
      writer.write(
        `${[time.slice(11, 23), level.toUpperCase().padEnd(5), plainText(msg), ...shown].join(" ")}\n`,
      );
    },
  };
}

/** Strings without spaces stand bare, everything else as JSON. */
function quoted(value: Plain): string {
  const bare = typeof value === "string" && /^[\w./:@+-]+$/.test(value);
  return bare ? value : plainText(JSON.stringify(value));
}
