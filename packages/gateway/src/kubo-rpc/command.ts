import type { ContentRepository } from "@ipfs-kit/core";

import type { CommandDescription } from "./command-description.ts";
import type { MultipartUpload } from "./multipart-upload.ts";
import type { Query } from "./query.ts";

/** What a command is given. */
export interface Call {
  store: ContentRepository;
  query: Query;
  /**
   * Every `arg`, at least one; without any in the URL they are the lines of the body.
   *
   * @param name what Kubo calls it
   * @throws HttpError `invalid_request` when there is none
   */
  args: (name: string) => Promise<string[]>;
  /** Kubo's own command calls: it writes spaces in names as plus signs. */
  fromKubo: boolean;
  /** Fires when the client is gone, or the server stops. */
  signal: AbortSignal;
  /**
   * The files of the request's body.
   *
   * @param name what Kubo calls them
   * @throws HttpError `invalid_request` when it is no form
   */
  upload: (name: string) => MultipartUpload;
  /** Sends a line nobody misses: it is left out while the client is not reading. */
  hint: (line: object) => void;
}

/** What a command answers. Nothing is sent before the first item is there. */
export type Reply =
  /** One JSON object. */
  | { value: object }
  /** One JSON object per line. */
  | {
      lines: AsyncIterable<object>;
      /** The body of the request is still being read: nobody waits for the client to read. */
      whileSending?: boolean;
    }
  /** Bytes of content. */
  | { bytes: AsyncIterable<Uint8Array>; length?: number | undefined };

export interface Command {
  run: (call: Call) => Promise<Reply>;
  /** What the API description says of it. */
  about: CommandDescription;
  /** It changes what is stored or kept: not everybody who may look may do it. @default false */
  changes?: boolean;
  /**
   * The work may take as long as it takes, as it goes on without saying so: a pin, a collection of
   * garbage. @default false
   */
  patient?: boolean;
  /** It takes a body, and counts among the uploads. @default false */
  takesBody?: boolean;
}
