import { pino } from "pino";

import type { LogOutput } from "./create-logger.ts";
import { plainText } from "./plain-text.ts";

/** Takes finished lines, newline included. */
export interface LineWriter {
  write(line: string): void;
}

/** Writes each record as one JSON object on one line: level, time, the fields, then the message. */
export function jsonOutput(...writers: readonly LineWriter[]): LogOutput {
  const lines = pino(
    {
      // What may be written was decided before; it changes while the server runs.
      level: "debug",
      base: null,
      timestamp: false,
      formatters: { level: (label) => ({ level: label }) },
      // Fields are plain by now; the default one for `err` would add to them.
      serializers: { err: (value: unknown) => value },
    },
    {
      write: (line) => {
        // Some characters JSON leaves as they are; they are inside strings only.
        const safe = `${plainText(line.slice(0, -1))}\n`;
        for (const writer of writers) writer.write(safe);
      },
    },
  );
  return {
    write: ({ time, level, msg, fields }) => lines[level]({ time, ...fields }, msg),
  };
}
