import { join } from "node:path";
import type { WriteStream } from "node:tty";

import { delay, type Logger, type LogLevel } from "@ipfs-kit/core";

import type { LiveSettings } from "../config/live-settings.ts";
import { ConfigError } from "../errors.ts";
import { createLogger, type LogOutput } from "./create-logger.ts";
import { jsonOutput } from "./json-output.ts";
import { LevelSwitch } from "./level-switch.ts";
import { LogFileWriter } from "./log-file-writer.ts";
import { LogFolder, type LogRetention } from "./log-folder.ts";
import { StreamWriter } from "./stream-writer.ts";
import { terminalOutput } from "./terminal-output.ts";

/** What the log of a server may take of a disk. */
const RETENTION: LogRetention = { totalBytes: 1024 * 1024 * 1024, days: 30 };
/** How long the end of a process waits for a reader of its log. */
const FLUSH_MS = 500;

export interface LoggingInit {
  level: LogLevel;
  /** Keep the stacks of errors. */
  debug: boolean;
  /** Files are written to `server/` in it. @default none are */
  directory: string | undefined;
  /** Lines for people when it is a terminal, else JSON. */
  stream: Pick<WriteStream, "isTTY"> & NodeJS.WriteStream;
}

/** The log of the process. Its level can change while it runs. */
export interface Logging extends LiveSettings {
  logger: Logger;
  /** Waits a moment until what was logged is out. Does not fail. */
  flush(): Promise<void>;
}

/**
 * Opens the log of the process. What is not written when the process ends is written then.
 *
 * @throws ConfigError when no files can be made in `directory`
 */
export async function openLogging(init: LoggingInit): Promise<Logging> {
  const { debug, directory, stream } = init;
  const level = new LevelSwitch(init.level);
  const writer = new StreamWriter(stream, (lines) =>
    logger.warn("lines of the log were left out: nobody read them", { lines }),
  );
  const outputs: LogOutput[] = [stream.isTTY ? terminalOutput(writer) : jsonOutput(writer)];
  const logger = createLogger({ outputs, level, stacks: debug });
  const files = directory === undefined ? undefined : await openFiles(directory, logger);
  if (files !== undefined && stream.isTTY) outputs.push(jsonOutput(files));
  else if (files !== undefined) outputs.splice(0, 1, jsonOutput(writer, files));
  return {
    logger,
    apply: (patch) => level.apply(patch),
    flush: async () => {
      const written = Promise.all([writer.flush(), files?.flush()]);
      await Promise.race([written, delay(FLUSH_MS)]);
    },
  };
}

async function openFiles(directory: string, logger: Logger): Promise<LogFileWriter> {
  const files = new LogFileWriter({
    folder: new LogFolder(join(directory, "server"), RETENTION),
    onTrouble: (error) =>
      logger.warn("the log files cannot be written; the server goes on without", {
        directory,
        error,
      }),
    onRecovered: (lines) => logger.info("the log files are written again", { lost_lines: lines }),
  });
  try {
    await files.open();
  } catch (error) {
    const why = error instanceof Error && "code" in error ? ` (${String(error.code)})` : "";
    throw new ConfigError(
      `--log-dir ${JSON.stringify(directory)} is not allowed: give a folder that can be written to${why}.`,
    );
  }
  process.once("exit", () => files.flushSync());
  return files;
}
